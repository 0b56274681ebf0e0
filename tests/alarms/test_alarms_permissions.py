"""The permissions that alarms, topics and the sweep need, and that they need no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_sandbox.gate import Principal
from personalize_monitor.alarms.topics import ensure
from personalize_monitor.context.budget import Budget
from personalize_monitor.uninstall.sweep import sweep_region

if TYPE_CHECKING:
    from tests.alarms.conftest import Stage

ALARMS = "arn:aws:cloudwatch:*:123456789012:alarm:PersonalizeMonitor-*"
TOPIC = "arn:aws:sns:*:123456789012:PersonalizeMonitorNotifications"


def allow(resource: str, *actions: str) -> dict[str, Any]:
    """One statement."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


KEEPING = [
    allow("*", "cloudwatch:DescribeAlarms", "sns:Unsubscribe"),
    allow("*", "personalize:DescribeCampaign", "personalize:DescribeRecommender"),
    allow(
        ALARMS,
        "cloudwatch:DeleteAlarms",
        "cloudwatch:ListTagsForResource",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:SetAlarmState",
        "cloudwatch:TagResource",
    ),
    allow(
        TOPIC,
        "sns:CreateTopic",
        "sns:ListSubscriptionsByTopic",
        "sns:ListTagsForResource",
        "sns:Subscribe",
        "sns:TagResource",
    ),
]
SWEEPING = [
    allow("*", "cloudwatch:DescribeAlarms"),
    allow(ALARMS, "cloudwatch:DeleteAlarms", "cloudwatch:ListTagsForResource"),
    allow(TOPIC, "sns:DeleteTopic", "sns:ListTagsForResource"),
]


def become(stage: Stage, *statements: dict[str, Any]) -> None:
    """Call AWS with these permissions, and no others, from now on."""
    credentials = stage.access._session.get_credentials()
    assert credentials is not None
    principal = Principal("monitor", policies=statements)
    stage.world.gate.register(credentials.access_key or "", principal)


def left_by_the_existing_application(stage: Stage, name: str) -> None:
    """An orphan without a mark, whose tag has to be looked at."""
    stage.cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace="n", MetricName="m", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="LessThanThreshold",
        Tags=[{"Key": "CreatedBy", "Value": "PersonalizeMonitor"}],
    )  # fmt: skip


def test_these_permissions_are_enough(stage: Stage) -> None:
    """Making, changing, resetting, deleting and sweeping do with the least permissions."""
    away = stage.elsewhere("eu-west-1")
    left_by_the_existing_application(away, "PersonalizeMonitor-IdleCampaign-old")
    become(away, *KEEPING)
    for endpoint in ("ann@example.com", "ben@example.com"):
        away.set(NotificationEndpoint=endpoint)
        assert ensure(away.target, away.settings, away.deployment) == []
    low = "PersonalizeMonitor-LowCampaignUtilization-shoes"
    young, old = away.resource(floor=1), away.resource()
    report = away.reconcile(young)
    assert (len(report.deleted), report.problems) == (1, ())
    away.cloudwatch.set_alarm_state(AlarmName=low, StateValue="ALARM", StateReason="test")
    report = away.reconcile(old)
    assert (report.reset, report.problems) == ((low,), ())
    assert away.reconcile(away.resource("hats")).problems == ()
    become(away, allow("*", "cloudwatch:*"))
    left_by_the_existing_application(away, "PersonalizeMonitor-IdleCampaign-old")
    become(away, *SWEEPING)
    swept = sweep_region(away.target, away.deployment, budget=Budget())
    assert (swept.problems, swept.alarms, swept.topics) == ((), 2, 1)
