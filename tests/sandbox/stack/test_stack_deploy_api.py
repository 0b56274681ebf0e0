"""Templates can be installed, changed and removed through CloudFormation's own operations."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_sandbox.errands import Errands
from aws_sandbox.sandbox import Sandbox

TEMPLATE = Path(__file__).parents[3] / "template.yaml"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


def parameters(**values: str) -> list[dict[str, Any]]:
    """In CloudFormation's form; a value of KEEP keeps the previous one."""
    return [
        {"ParameterKey": name, "UsePreviousValue": True}
        if value == "KEEP"
        else {"ParameterKey": name, "ParameterValue": value}
        for name, value in values.items()
    ]


def create(box: Sandbox, **values: str) -> None:
    """Ask for the application."""
    box.client("cloudformation").create_stack(
        StackName="monitor",
        TemplateBody=TEMPLATE.read_text("utf-8"),
        Capabilities=CAPABILITIES,
        Parameters=parameters(**values),
    )


def described(box: Sandbox) -> dict[str, Any]:
    """The stack as CloudFormation shows it."""
    (stack,) = box.client("cloudformation").describe_stacks(StackName="monitor")["Stacks"]
    return dict(stack)


def given(box: Sandbox) -> dict[str, str]:
    """Its parameters."""
    return {p["ParameterKey"]: p["ParameterValue"] for p in described(box)["Parameters"]}


def test_a_stack_lives_its_life(box: Sandbox) -> None:
    """Created, updated with some values kept and others back at their default, and deleted."""
    cloudformation = box.client("cloudformation")
    create(box, DryRun="Yes", IdleGraceHours="5", Regions="eu-west-1")
    assert described(box)["StackStatus"] == "CREATE_IN_PROGRESS"
    box.tick()
    assert described(box)["StackStatus"] == "CREATE_COMPLETE"
    cloudformation.update_stack(
        StackName="monitor",
        UsePreviousTemplate=True,
        Capabilities=CAPABILITIES,
        Parameters=parameters(DryRun="KEEP", Regions="us-east-1,eu-west-1"),
    )
    box.tick()
    assert described(box)["StackStatus"] == "UPDATE_COMPLETE"
    now = given(box)
    assert (now["DryRun"], now["Regions"]) == ("Yes", "us-east-1,eu-west-1")
    assert now["IdleGraceHours"] == "0"
    cloudformation.delete_stack(StackName="monitor")
    box.tick()
    with pytest.raises(ClientError, match="does not exist"):
        described(box)
    cloudformation.delete_stack(StackName="monitor")
    assert box.leftovers() == []


def test_what_cannot_be_meant_is_refused_at_once(box: Sandbox) -> None:
    """A wrong value, a name that is taken, no template, no stack: a sentence, and nothing made."""
    cloudformation = box.client("cloudformation")
    with pytest.raises(ClientError, match="IdleGraceHours"):
        create(box, IdleGraceHours="many")
    with pytest.raises(ClientError, match="TemplateBody"):
        cloudformation.create_stack(StackName="monitor", TemplateURL="https://example.com/x")
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.update_stack(StackName="monitor", UsePreviousTemplate=True)
    assert box.stacks == []
    create(box)
    with pytest.raises(ClientError, match="already exists"):
        create(box)
    with pytest.raises(ClientError, match="can not be updated"):
        cloudformation.update_stack(StackName="monitor", UsePreviousTemplate=True)


def test_errands_are_done_by_who_runs_them() -> None:
    """Who asks waits for the work, and gets its error."""
    errands = Errands()
    assert not errands.run_next()

    def fail() -> None:
        raise LookupError("no such thing")

    told: list[str] = []

    def ask() -> None:
        errands.ask(lambda: told.append("done"))
        try:
            errands.ask(fail)
        except LookupError as problem:
            told.append(str(problem))

    asking = threading.Thread(target=ask)
    asking.start()
    while asking.is_alive():
        errands.run_next()
    asking.join()
    assert told == ["done", "no such thing"]
