"""The summary of a cycle: counts that add up, long lists cut, and JSON whatever happened."""

from __future__ import annotations

import ast
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import ACCOUNT, BEGIN, HOME, a_resource

from personalize_monitor.aws.access import Access
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.cycle import summary as summary_module
from personalize_monitor.cycle.summary import Summary
from personalize_monitor.decide.considered import Considered
from personalize_monitor.execute.action_requests import floor_request
from personalize_monitor.execute.outcome import Result, busy, outcome
from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.sample import Sample, unknown
from personalize_monitor.model.window import Window

pytestmark = pytest.mark.clock

WINDOW = Window(BEGIN)
STATUSES = ["ACTIVE", "CREATE PENDING", "INACTIVE", "CREATE FAILED", "DELETE IN_PROGRESS"]


def considered(name: str, action: Action = Action.LEAVE, **more: Any) -> Considered:
    """A decision of a name."""
    if action is Action.LEAVE:
        return Considered(leave(a_resource(name), "In use.", **more), Sample(1.0))
    return Considered(Decision(a_resource(name), action, "Because.", **more), Sample(1.0))


@given(st.lists(st.sampled_from(STATUSES), max_size=12))
def test_everything_seen_is_counted_or_named(statuses: list[str]) -> None:
    """What serves is a number; what does not is left out by name, with its status."""
    summary = Summary(WINDOW)
    fleet = tuple(a_resource(f"r-{n}", status=status) for n, status in enumerate(statuses))
    summary.saw(fleet)
    told = summary.as_dict()
    assert told["resources"] + len(told["left_out"]) == len(fleet)
    assert told["resources"] == statuses.count("ACTIVE")
    left = [r for r in fleet if r.status != "ACTIVE"]
    assert told["left_out"] == [
        {"arn": str(r.arn), "why": f"its status is {r.status}"} for r in left
    ]


@given(st.lists(st.none() | st.floats(0, 1e6), max_size=12))
def test_every_sample_is_known_or_a_problem(values: list[float | None]) -> None:
    """Zero is measured; unknown is counted apart, with the reason in a sentence."""
    samples = {
        a_resource(f"r-{n}"): unknown("no answer.") if value is None else Sample(value)
        for n, value in enumerate(values)
    }
    summary = Summary(WINDOW)
    summary.measured_as(samples)
    told = summary.as_dict()
    assert told["measured"] + told["unknown"] == len(values)
    assert told["unknown"] == len(told["problems"]) == values.count(None)
    assert all(p.endswith(" are unknown in this window: no answer.") for p in told["problems"])


@given(st.integers(0, 250))
def test_a_long_list_is_cut_and_says_how_much(count: int) -> None:
    """Lambda's answer and the log line have limits; a hundred items are enough to see."""
    summary = Summary(WINDOW)
    summary.trouble(*(f"Problem {n}." for n in range(count)))
    shown = summary.as_dict()["problems"]
    assert len(shown) == min(count, 101)
    assert shown[:100] == [f"Problem {n}." for n in range(min(count, 100))]
    assert shown[100:] == ([f"... and {count - 100} more"] if count > 100 else [])


def test_what_acts_is_shown_first() -> None:
    """Of a large fleet the decisions that change something must not be the ones that are cut."""
    summary = Summary(WINDOW)
    many = [considered(f"a-{n:03}") for n in range(120)]
    summary.decided([*many, considered("z", Action.DELETE)], requested=1)
    told = summary.as_dict()
    assert told["decisions"][0]["arn"].endswith("/z")
    assert told["decisions"][1]["arn"].endswith("/a-000")
    assert told["decisions"][-1] == "... and 21 more"
    assert told["requests_sent"] == 1


def test_every_decision_carries_its_reason() -> None:
    """Also leaving alone, and what holds."""
    summary = Summary(WINDOW)
    summary.decided([considered("a", held_by="exempt"), considered("b", Action.STOP)], 1)
    stop, held = summary.as_dict()["decisions"]
    assert (stop["action"], stop["reason"]) == ("stop", "Because.")
    assert (held["action"], held["reason"], held["held_by"]) == ("leave", "In use.", "exempt")


def test_threads_add_up() -> None:
    """Places report side by side; no count is lost."""
    summary, fleet = Summary(WINDOW), (a_resource(),)

    def report(number: int) -> None:
        summary.saw(fleet)
        summary.asked(2)
        summary.put(3, at=float(number))
        summary.trouble("One.", "Two.")
        summary.hand_over(f"p-{number:03}")
        summary.leave_unfinished(f"p-{number:03}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(report, range(64)))
    told = summary.as_dict()
    assert (told["resources"], told["metrics_requested"], told["datapoints"]) == (64, 128, 192)
    assert told["last_datapoint_seconds"] == 63.0
    assert len(told["problems"]) == 101
    assert told["unfinished"] == told["handed_over"] == sorted(told["unfinished"])


def test_a_summary_is_json_and_says_which_window() -> None:
    """The same window for the same event, in UTC; a dry run is marked."""
    summary = Summary(WINDOW, dry_run=True)
    summary.calls["cloudwatch:PutMetricData"] += 2
    summary.calls["a:B"] += 1
    summary.alarms.update(created=2)
    summary.muted.extend(["b", "a"])
    summary.seconds = 1.23456
    told = json.loads(json.dumps(summary.as_dict()))
    assert told["window"] == "2026-03-02T10:02:00+00:00"
    assert told["dry_run"] is True
    assert list(told["calls"]) == ["a:B", "cloudwatch:PutMetricData"]
    assert (told["muted_alarms"], told["alarms"]) == (["a", "b"], {"created": 2})
    assert told["seconds"] == 1.235


@pytest.mark.parametrize("result", list(Result))
def test_an_outcome_names_its_resource(result: Result) -> None:
    """The function's answer: how it ended, about which ARN, in which words."""
    arn = str(a_resource().arn)
    request = floor_request({"ARN": arn, "NewMinTPS": 3}, account=ACCOUNT, request_id="r-1")
    told = outcome(request, result, "So it was.").as_dict()
    assert told == {"outcome": str(result), "arn": arn, "message": "So it was."}
    assert busy(request).as_dict()["message"].startswith(f"{arn} is changing at the moment")


HERE = Deployment(HOME, ACCOUNT, "aws", "monitor", "", "")


@pytest.mark.parametrize(
    ("topic", "account", "region", "used"),
    [
        ("arn:mine", ACCOUNT, HOME, "arn:mine"),
        ("", ACCOUNT, HOME, f"arn:aws:sns:{HOME}:{ACCOUNT}:PersonalizeMonitorNotifications"),
        (
            "arn:mine",
            ACCOUNT,
            "eu-west-1",
            f"arn:aws:sns:eu-west-1:{ACCOUNT}:PersonalizeMonitorNotifications",
        ),
        (
            "arn:mine",
            "2" * 12,
            HOME,
            f"arn:aws:sns:{HOME}:{'2' * 12}:PersonalizeMonitorNotifications",
        ),
    ],
)
def test_alarms_use_the_topic_of_their_place(
    topic: str, account: str, region: str, used: str
) -> None:
    """The stack's own at home, and the one of the contract's name everywhere else."""
    here = Deployment(HOME, ACCOUNT, "aws", "monitor", topic, "")
    assert here.topic_in(account, region) == used


def test_an_owner_is_one_stack_in_one_place() -> None:
    """Two stacks of one name in two regions do not take each other's alarms for their own."""
    there = Deployment("eu-west-1", ACCOUNT, "aws", "monitor", "", "")
    assert HERE.owner == f"monitor/{ACCOUNT}/{HOME}"
    assert HERE.owner != there.owner
    assert str(Target(Access(), ACCOUNT, HOME)) == f"{ACCOUNT}/{HOME}"


def test_the_environment_of_a_function() -> None:
    """What the template gives; outside of a stack the account is asked for, the rest is empty."""
    given_ = {
        "STACK_ACCOUNT": ACCOUNT,
        "STACK_NAME": "shop",
        "NOTIFICATION_TOPIC_ARN": "arn:topic",
        "JOURNAL_LOG_GROUP": "/journal",
    }
    read = Deployment.from_environment(given_, Access())
    assert read == Deployment(HOME, ACCOUNT, "aws", "shop", "arn:topic", "/journal")
    access = Access()
    access._account = "9" * 12
    bare = Deployment.from_environment({}, access)
    assert (bare.account, bare.stack) == ("9" * 12, "personalize-monitor")
    assert (bare.topic_arn, bare.journal_group) == ("", "")


def _written(node: ast.AST) -> list[ast.expr]:
    """What a statement assigns to, or changes by a method."""
    match node:
        case ast.Assign(targets=targets):
            return targets
        case ast.AugAssign(target=target):
            return [target]
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in CHANGING:
            return [value]
    return []


CHANGING = {"append", "extend", "update", "add", "clear", "pop", "insert", "remove"}


def test_p15_every_writer_of_a_summary_goes_through_its_lock() -> None:
    """Lanes write side by side: outside of its own module nobody changes a field."""
    own = Path(summary_module.__file__)
    wrong = [
        f"{path.name}:{target.lineno}"
        for path in own.parents[1].rglob("*.py")
        if path != own
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for target in _written(node)
        if isinstance(target, ast.Attribute)
        and target.attr in Summary.__slots__
        and ast.unparse(target.value).endswith("summary")
    ]
    assert wrong == []
