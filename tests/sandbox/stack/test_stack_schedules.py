"""Schedules: expressions, and EventBridge Scheduler on the clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from tests.sandbox.stack.stack_support import BEGIN, App

from aws_sandbox import fleet
from aws_sandbox.events.expressions import ExpressionError, parse
from aws_sandbox.sandbox import Sandbox

ACCOUNT = "123456789012"
TRUST = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "scheduler.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ]
}
OFF = {"Mode": "OFF"}


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "zone", "after", "due"),
    [
        ("rate(5 minutes)", "UTC", "2026-03-02T10:02", "2026-03-02T10:05"),
        ("rate(1 hour)", "UTC", "2026-03-02T10:00", "2026-03-02T11:00"),
        ("rate(2 days)", "UTC", "2026-03-02T10:00", "2026-03-04T10:00"),
        ("at(2026-03-02T12:30:00)", "UTC", "2026-03-02T10:00", "2026-03-02T12:30"),
        ("at(2026-03-02T12:30:00)", "Europe/Berlin", "2026-03-02T10:00", "2026-03-02T11:30"),
        ("at(2026-03-02T09:00:00)", "UTC", "2026-03-02T10:00", None),
        ("cron(0 12 * * ? *)", "UTC", "2026-03-02T12:00", "2026-03-03T12:00"),
        ("cron(15 8 ? * MON-FRI *)", "UTC", "2026-03-06T09:00", "2026-03-09T08:15"),
        ("cron(0/20 * * * ? *)", "UTC", "2026-03-02T10:05", "2026-03-02T10:20"),
        ("cron(0 0 L * ? *)", "UTC", "2026-02-10T00:00", "2026-02-28T00:00"),
        ("cron(0 9 ? * 2#1 *)", "UTC", "2026-03-03T00:00", "2026-04-06T09:00"),
        ("cron(0 9 ? * 6L *)", "UTC", "2026-03-01T00:00", "2026-03-27T09:00"),
        ("cron(0 18 ? JAN,DEC SUN 2026)", "UTC", "2026-03-01T00:00", "2026-12-06T18:00"),
        ("cron(0 8 * * ? *)", "Europe/Berlin", "2026-07-01T00:00", "2026-07-01T06:00"),
        # The night in which clocks go forward: 02:30 does not exist and is skipped.
        ("cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-28T12:00", "2026-03-30T00:30"),
        # The night in which clocks go back: 02:30 comes once.
        ("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T00:30", "2026-10-26T01:30"),
        ("cron(0 0 1 1 ? 2020)", "UTC", "2026-03-02T10:00", None),
    ],
)
def test_when_an_expression_is_due(expression: str, zone: str, after: str, due: str | None) -> None:
    """rate, cron and at name the next moment in UTC."""
    found = parse(expression, zone).after(at(after), BEGIN)
    assert found == (at(due) if due else None)


@pytest.mark.parametrize(
    "wrong",
    [
        "rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "every day", "cron(0 12 * * *)",
        "cron(0 12 * * * *)", "cron(0 25 * * ? *)", "cron(0 12 ? * FOO *)", "at(2026-03-02)",
    ],
)  # fmt: skip
def test_a_wrong_expression_is_refused(box: Sandbox, wrong: str) -> None:
    """Both services refuse what EventBridge refuses."""
    with pytest.raises(ExpressionError):
        parse(wrong)
    with pytest.raises(ClientError, match="ValidationException"):
        box.client("scheduler").create_schedule(
            Name="s", ScheduleExpression=wrong, FlexibleTimeWindow=OFF,
            Target={"Arn": "arn:aws:sns:us-east-1:1:t", "RoleArn": "arn:aws:iam::1:role/r"},
        )  # fmt: skip


@given(st.integers(1, 500), st.integers(0, 10_000))
def test_rates_are_even(minutes: int, later: int) -> None:
    """The next due time of a rate is later, by at most its length, on the grid of its anchor."""
    unit = "minute" if minutes == 1 else "minutes"
    moment = BEGIN + timedelta(minutes=later)
    due = parse(f"rate({minutes} {unit})").after(moment, BEGIN)
    assert due is not None
    assert moment < due <= moment + timedelta(minutes=minutes)
    assert (due - BEGIN) % timedelta(minutes=minutes) == timedelta(0)


def schedule(box: Sandbox, expression: str, target: dict[str, Any], **more: Any) -> None:
    """Create a schedule named s."""
    box.client("scheduler").create_schedule(
        Name="s",
        ScheduleExpression=expression,
        FlexibleTimeWindow=OFF,
        Target={"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/warm", **target},
        **more,
    )


def warm(box: Sandbox, action: str, resource: str = "*") -> None:
    """The role of the schedules."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    box.create_role("warm", trust=TRUST, statements=[statement])


def test_a_schedule_invokes_a_function_once_and_deletes_itself(box: Sandbox, app: App) -> None:
    """`at` in a time zone fires at that minute; ActionAfterCompletion DELETE removes it."""
    box.deploy(app.function().write())
    warm(box, "lambda:InvokeFunction")
    target = {"Arn": box.function("Worker").arn, "Input": json.dumps({"NewMinTPS": 5})}
    schedule(
        box, "at(2026-03-02T11:12:00)", target,
        ScheduleExpressionTimezone="Europe/Berlin", ActionAfterCompletion="DELETE",
    )  # fmt: skip
    box.run(until=BEGIN + timedelta(minutes=30))
    (run,) = box.invocations("Worker")
    assert (run.time, run.event) == (BEGIN + timedelta(minutes=12), {"NewMinTPS": 5})
    assert box.client("scheduler").list_schedules()["Schedules"] == []


def test_a_schedule_needs_its_role(box: Sandbox, app: App) -> None:
    """A role that may not invoke, or does not trust the service, invokes nothing."""
    box.deploy(app.function().write())
    warm(box, "sns:Publish")
    schedule(box, "rate(5 minutes)", {"Arn": box.function("Worker").arn})
    box.tick()
    box.create_role(
        "warm",
        trust={"Statement": []},
        statements=[{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    )
    box.tick()
    assert box.invocations("Worker") == []
    warm(box, "lambda:InvokeFunction")
    box.tick()
    assert len(box.invocations("Worker")) == 1


def test_a_schedule_calls_an_api_with_the_rights_of_its_role(box: Sandbox) -> None:
    """A universal target changes a campaign's floor, if the role may."""
    arn = fleet.add_campaign(box.world, "shoes", floor=2).arn
    box.tick()
    warm(box, "personalize:UpdateCampaign", arn)
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:personalize:updateCampaign",
        "Input": json.dumps({"CampaignArn": arn, "MinProvisionedTPS": 9}),
    }
    schedule(box, "at(2026-03-02T10:20:00)", target)
    box.run(until=BEGIN + timedelta(hours=2))
    campaign = box.client("personalize").describe_campaign(campaignArn=arn)["campaign"]
    assert campaign["minProvisionedTPS"] == 9
    by = [call.principal.name for call in box.gate.calls if call.action == "UpdateCampaign"]
    assert by == ["warm/scheduler"]


def test_a_schedule_puts_events(box: Sandbox) -> None:
    """A bus as a target receives Source, DetailType and the Input as Detail."""
    warm(box, "events:PutEvents")
    bus = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
    parameters = {"Source": "mine", "DetailType": "Warm"}
    schedule(
        box, "rate(1 hour)",
        {"Arn": bus, "Input": '{"a": 1}', "EventBridgeParameters": parameters},
    )  # fmt: skip
    box.run(until=BEGIN + timedelta(hours=2))
    put = [record.event for record in box.events_log if record.event.get("source") == "mine"]
    assert [event["detail"] for event in put] == [{"a": 1}] * 2


def test_schedules_can_be_changed_paused_and_deleted(box: Sandbox, app: App) -> None:
    """UpdateSchedule takes effect from now on; DISABLED and deleted ones are silent."""
    box.deploy(app.function().write())
    warm(box, "lambda:InvokeFunction")
    target = {"Arn": box.function("Worker").arn, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/warm"}
    schedule(box, "rate(5 minutes)", target)
    box.tick()
    client = box.client("scheduler")
    common = {"Name": "s", "FlexibleTimeWindow": OFF, "Target": target}
    client.update_schedule(ScheduleExpression="rate(5 minutes)", State="DISABLED", **common)
    box.tick()
    client.update_schedule(ScheduleExpression="rate(1 minute)", State="ENABLED", **common)
    box.tick()
    assert len(box.invocations("Worker")) == 6
    client.delete_schedule(Name="s")
    box.tick()
    assert len(box.invocations("Worker")) == 6


def test_groups(box: Sandbox, app: App) -> None:
    """A template's group holds schedules; without it they cannot be made; deletion takes all."""
    box.deploy(app.add("Group", "AWS::Scheduler::ScheduleGroup", Name="warming").write())
    target = {"Arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t"}
    with pytest.raises(ClientError, match="ResourceNotFound"):
        schedule(box, "rate(1 hour)", target, GroupName="nowhere")
    schedule(box, "rate(1 hour)", target, GroupName="warming")
    assert "schedule" in {thing.kind for thing in box.leftovers()}
    box.delete()
    assert box.leftovers() == []


def test_a_schedule_of_the_template(box: Sandbox, app: App) -> None:
    """AWS::Scheduler::Schedule is made, changed and deleted with its stack."""
    app.function()
    app.add(
        "Daily", "AWS::Scheduler::Schedule", Name="daily", FlexibleTimeWindow=OFF,
        ScheduleExpression={"Ref": "When"}, ScheduleExpressionTimezone="America/New_York",
        Target={"Arn": {"Fn::GetAtt": ["Worker", "Arn"]},
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/warm"},
    )  # fmt: skip
    warm(box, "lambda:InvokeFunction")
    default = {"Type": "String", "Default": "cron(30 5 * * ? *)"}
    box.deploy(app.write(Parameters={"When": default}))
    box.run(until=BEGIN + timedelta(hours=1))
    assert [run.time for run in box.invocations("Worker")] == [BEGIN + timedelta(minutes=30)]
    box.update({"When": "cron(15 6 * * ? *)"})
    box.run(until=BEGIN + timedelta(hours=2))
    assert box.invocations("Worker")[-1].time == BEGIN + timedelta(minutes=75)
    box.delete()
    assert {thing.kind for thing in box.leftovers()} == {"log group"}


def test_the_start_and_end_date_bound_a_schedule(box: Sandbox, app: App) -> None:
    """Outside of its dates a rate does not fire."""
    box.deploy(app.function().write())
    warm(box, "lambda:InvokeFunction")
    schedule(
        box, "rate(5 minutes)", {"Arn": box.function("Worker").arn},
        StartDate=BEGIN + timedelta(minutes=8), EndDate=BEGIN + timedelta(minutes=17),
    )  # fmt: skip
    box.run(until=BEGIN + timedelta(minutes=30))
    times = [run.time - BEGIN for run in box.invocations("Worker")]
    assert times == [timedelta(minutes=10), timedelta(minutes=15)]
