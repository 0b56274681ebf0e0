"""Finding the deployment: one stack of ours, or a sentence that says what is in the way."""

from __future__ import annotations

from typing import Any

import pytest
from tests.aws.script import Script, Scripted, in_pages, refused
from tests.support import HOME

from personalize_monitor.aws.stackinfo import StackInfo, Stacks
from personalize_monitor.errors import InvalidRequest, Unavailable

OUTPUTS = {
    "JournalLogGroup": "/aws/events/monitor",
    "UpdateFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:update",
    "PrewarmScheduleGroup": "monitor-prewarms",
}


def stack(
    name: str = "monitor", status: str = "CREATE_COMPLETE", outputs: Any = None, **more: Any
) -> dict[str, Any]:
    """A stack as DescribeStacks tells it."""
    told = OUTPUTS if outputs is None else outputs
    return {
        "StackName": name,
        "StackStatus": status,
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in told.items()],
        **more,
    }


def at(*answers: Any) -> tuple[Stacks, Script]:
    """CloudFormation that answers one call after the other so."""
    client = Script(describe_stacks=list(answers))
    return Stacks(Scripted({"cloudformation": client}), HOME), client


def listed(*stacks: dict[str, Any]) -> dict[str, Any]:
    """A page of stacks."""
    return {"Stacks": list(stacks)}


def test_the_only_deployment_is_found_among_others() -> None:
    """A stack of ours is known by its outputs, whatever it is called."""
    other = stack("vpc", outputs={"VpcId": "vpc-1"})
    given = [{"ParameterKey": "DryRun", "ParameterValue": "Yes"}, {"ParameterKey": "Regions"}]
    stacks, client = at(listed(other, stack("shop-watch", Parameters=given)))
    found = stacks.find()
    assert found == StackInfo("shop-watch", HOME, {"DryRun": "Yes", "Regions": ""}, OUTPUTS)
    assert found is not None
    assert found.journal_group == "/aws/events/monitor"
    assert client.asked("describe_stacks") == [{}]


def test_no_deployment_is_no_error() -> None:
    """The command works where nothing is deployed, too."""
    stacks, _ = at(listed(stack("vpc", outputs={})))
    assert stacks.find() is None
    assert StackInfo("x", HOME, {}, {}).journal_group == ""


def test_a_stack_without_outputs_or_parameters_is_looked_at_all_the_same() -> None:
    """CloudFormation leaves out what is empty."""
    stacks, _ = at(listed({"StackName": "bare", "StackStatus": "CREATE_COMPLETE"}))
    assert stacks.find() is None


@pytest.mark.parametrize(
    ("status", "stands"),
    [
        ("CREATE_COMPLETE", True),
        ("UPDATE_COMPLETE", True),
        ("UPDATE_ROLLBACK_COMPLETE", True),
        ("DELETE_IN_PROGRESS", False),
        ("ROLLBACK_COMPLETE", False),
        ("CREATE_IN_PROGRESS", False),
    ],
)
def test_only_a_stack_that_stands_is_taken_unasked(status: str, stands: bool) -> None:
    """Nobody's journal is written into a stack that is going, or never came to be."""
    stacks, _ = at(listed(stack(status=status)))
    assert (stacks.find() is not None) is stands


def test_several_deployments_are_a_question() -> None:
    """The sentence names them all in order, and the option that chooses."""
    stacks, _ = at(listed(stack("b"), stack("a")))
    with pytest.raises(InvalidRequest) as problem:
        stacks.find()
    assert str(problem.value) == (
        "Several deployments are in us-east-1: a, b; choose one with --stack."
    )


def test_all_pages_are_looked_at() -> None:
    """An account has more stacks than a page holds."""
    others = [stack(f"s-{n}", outputs={}) for n in range(7)]
    client = Script(describe_stacks=in_pages("Stacks", [*others, stack()], 3, token="NextToken"))
    found = Stacks(Scripted({"cloudformation": client}), HOME).find()
    assert found is not None
    assert found.name == "monitor"


def test_a_named_stack_is_asked_for_alone() -> None:
    """A name is exact, and a stack that is being updated may be named."""
    stacks, client = at(listed(stack("mine", "UPDATE_IN_PROGRESS")))
    found = stacks.find("mine")
    assert found is not None
    assert found.name == "mine"
    assert client.asked("describe_stacks") == [{"StackName": "mine"}]


def test_a_name_that_is_no_stack_is_none() -> None:
    """CloudFormation calls it a ValidationError; the command says it in its own words."""
    stacks, _ = at(refused("ValidationError", "Stack with id mine does not exist"))
    assert stacks.find("mine") is None


def test_a_name_of_another_stack_is_refused() -> None:
    """A stack of something else, or of an old version, would be written into otherwise."""
    old = {key: value for key, value in OUTPUTS.items() if key != "PrewarmScheduleGroup"}
    stacks, _ = at(listed(stack("mine", outputs=old)))
    with pytest.raises(InvalidRequest, match=r"Stack mine in us-east-1 is not a deployment"):
        stacks.find("mine")


def test_no_answer_is_not_the_answer_none() -> None:
    """Whoever may not look must not be told that nothing is deployed."""
    stacks, _ = at(refused("AccessDenied"))
    with pytest.raises(Unavailable, match=r"Looking for the stack failed .*permission"):
        stacks.find()
    stacks, _ = at(refused("Throttling"))
    with pytest.raises(Unavailable, match="Looking for stack mine failed"):
        stacks.find("mine")
    stacks, _ = at({"Stacks": [stack()], "NextToken": "1"}, refused("Throttling"))
    with pytest.raises(Unavailable):
        stacks.find()
