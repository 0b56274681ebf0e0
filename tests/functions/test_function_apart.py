"""Odd answers cost themselves only, and problems are heard of."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support import BEGIN, HOME, Local, every_window

from aws_sandbox import fleet
from aws_sandbox.faults import Rule
from aws_sandbox.sandbox import Sandbox
from personalize_monitor.errors import Blind
from personalize_monitor.functions import runtime

OTHER = "eu-west-1"
TEMPLATE = Path(__file__).parents[2] / "template.yaml"


@pytest.mark.parametrize("odd", ["campaignArn", "status"])
def test_k5_one_odd_item_of_a_list_costs_itself(local: Local, odd: str) -> None:
    """A poisoned campaign has no datapoint and a sentence; the others have all of theirs."""
    bad = fleet.add_campaign(local.world, "bad", floor=2, shape=every_window(30))
    good = fleet.add_campaign(local.world, "good", floor=20, shape=every_window(1500))
    local.world.gate.validate = False

    def poison(_: object, answer: dict[str, object]) -> dict[str, object]:
        items = answer.get("campaigns")
        for item in items if isinstance(items, list) else []:
            if item["campaignArn"] == bad.arn:
                item[odd] = {"what": "is this?"}
        return answer

    local.world.gate.alter.append(poison)
    summary = local.at(local.now)
    assert local.points("averageTPS", good.arn) == {local.window(): 5.0}
    assert summary["requests_sent"] == 1
    assert len(local.client("cloudwatch").describe_alarms()["MetricAlarms"]) >= 2
    assert not local.points("averageTPS", bad.arn)
    assert any("Reading the campaign" in problem for problem in summary["problems"])


def test_k5_one_odd_describe_answer_costs_itself(local: Local) -> None:
    """What cannot be read is a sentence about this campaign, and of no other."""
    bad = fleet.add_campaign(local.world, "bad", floor=2, shape=every_window(30))
    good = fleet.add_campaign(local.world, "good", floor=20, shape=every_window(1500))
    local.world.gate.validate = False

    def poison(_: object, answer: dict[str, object]) -> dict[str, object]:
        campaign = answer.get("campaign")
        if isinstance(campaign, dict) and campaign["campaignArn"] == bad.arn:
            campaign["minProvisionedTPS"] = 10**400
        return answer

    local.world.gate.alter.append(poison)
    summary = local.at(local.now)
    assert local.points("averageTPS", good.arn) == {local.window(): 5.0}
    assert summary["requests_sent"] == 1
    assert any(bad.arn in problem for problem in summary["problems"])
    assert not any(good.arn in problem for problem in summary["problems"])


def test_a1_a_cycle_that_can_publish_nothing_is_an_error(local: Local) -> None:
    """Denied everywhere, no metric of ours can tell: the invocation fails, and Lambda counts it."""
    fleet.add_campaign(local.world, "a")
    local.fail(code="AccessDeniedException")
    with pytest.raises(Blind, match=r"Nothing at all could be published\."):
        local.at(local.now)


def test_a1_problems_are_a_metric_and_lines_of_the_log(
    local: Local, caplog: pytest.LogCaptureFixture
) -> None:
    """A healthy cycle has no datapoint; each problem is a line of its own at level ERROR."""
    local.env(Regions=f"{HOME},{OTHER}")
    local.at(local.now)
    assert local.points("monitorProblemCount") == {}
    local.fail(region=OTHER, code="UnrecognizedClientException", status=403)
    summary = local.cycle()
    at = local.window()
    assert local.points("monitorProblemCount")[at] == len(summary["problems"]) > 0
    lines = [r for r in caplog.records if r.levelname == "ERROR" and r.message == "problem"]
    assert [vars(line)["problem"] for line in lines] == summary["problems"]


def test_a1_problems_that_last_are_told_once_a_day(local: Local) -> None:
    """After two hours, with the cure; a cold start finds in the journal that they were told."""
    local.with_journal()
    local.env(Regions=f"{HOME},{OTHER}")
    local.fail(region=OTHER, code="UnrecognizedClientException", status=403)
    told: list[int] = []
    for number in range(40):
        if number == 30:
            runtime.forget()
        local.cycle()
        told.append(len(local.sent("PersonalizeMonitorNotice")))
    assert told == [0] * 24 + [1] * 16
    (notice,) = local.sent("PersonalizeMonitorNotice")
    assert notice["Kind"] == "problems"
    assert "enable it under Account > AWS Regions" in notice["Reason"]


def states(box: Sandbox) -> dict[str, str]:
    """The stack's own alarms with their states, by logical id."""
    found = box.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {
        name: alarm["StateValue"]
        for alarm in found
        for name in ("MonitorErrors", "MonitorProblems", "MonitorBlind")
        if f"-{name}-" in alarm["AlarmName"]
    }


def test_a1_a_monitor_that_is_denied_everything_is_heard_of() -> None:
    """Also from its first minute on: people get a mail within half an hour."""
    with Sandbox(BEGIN, seed=1) as box:
        fleet.add_campaign(box.world, "a", shape=every_window(300))
        box.gate.faults.add(Rule(principal="*MonitorFunctionRole*", code="AccessDeniedException"))
        box.deploy(TEMPLATE, {"NotificationEndpoint": "team@example.com"})
        box.confirm("team@example.com")
        box.run(days=0.5 / 24)
        assert states(box)["MonitorErrors"] == "ALARM"
        assert any(
            "MonitorErrors" in mail.message for mail in box.mailbox.delivered_to("team@example.com")
        )


def test_a1_problems_that_last_raise_an_alarm() -> None:
    """A region that is refused for hours does; in a healthy stack both alarms are quiet."""
    with Sandbox(BEGIN, seed=1) as box:
        fleet.add_campaign(box.world, "a", shape=every_window(300))
        box.deploy(TEMPLATE, {"Regions": f"{HOME},{OTHER}"})
        box.run(days=3 / 24)
        healthy = {"MonitorErrors": "OK", "MonitorProblems": "OK", "MonitorBlind": "OK"}
        assert states(box) == healthy
        box.gate.faults.add(Rule(region=OTHER, code="UnrecognizedClientException", status=403))
        box.run(days=3 / 24)
        assert states(box) == {**healthy, "MonitorProblems": "ALARM"}
