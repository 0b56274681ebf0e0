"""Leaving a region: everything of ours goes, nothing of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aws_sandbox.faults import Rule
from personalize_monitor.alarms.mark import OWNER_TAG
from personalize_monitor.alarms.topics import ensure
from personalize_monitor.context.budget import Budget
from personalize_monitor.uninstall.sweep import sweep_region

if TYPE_CHECKING:
    from tests.alarms.conftest import Stage


def topics(stage: Stage) -> list[str]:
    """Topics of the region."""
    return [topic["TopicArn"] for topic in stage.sns.list_topics()["Topics"]]


def used(stage: Stage, region: str = "eu-west-1", count: int = 1) -> Stage:
    """A region in which the deployment has alarms and a topic."""
    away = stage.elsewhere(region)
    away.set(NotificationEndpoint="ann@example.com")
    ensure(away.target, away.settings, away.deployment)
    away.reconcile(*(away.resource(f"c{number:03}") for number in range(count)))
    return away


def sweep(stage: Stage, **more: Any) -> Any:
    """Leave the region."""
    given = {"deployment": stage.deployment, "budget": Budget(), **more}
    return sweep_region(stage.target, **given)


def test_nothing_of_ours_is_left(stage: Stage) -> None:
    """Hundreds of alarms, the topic and its subscription go, a hundred alarms a call (B23)."""
    away = used(stage, count=105)
    report = sweep(away)
    assert (report.alarms, report.topics, report.problems, report.done) == (210, 1, (), True)
    assert away.alarms() == {}
    assert topics(away) == []
    assert away.sns.list_subscriptions()["Subscriptions"] == []
    assert away.calls("DeleteAlarms") == 3
    again = sweep(away)
    assert (again.alarms, again.topics, again.done) == (0, 0, True)


def test_other_deployments_and_people_keep_theirs(stage: Stage) -> None:
    """Another stack's alarms, a person's alarms and a person's topic stay (B32)."""
    away = stage.elsewhere("eu-west-1")
    away.sns.create_topic(Name="PersonalizeMonitorNotifications")
    away.reconcile(away.resource(), deployment=away.owned_by("other"))
    name = "PersonalizeMonitor-IdleCampaign-mine"
    away.cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace="n", MetricName="m", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="LessThanThreshold",
    )  # fmt: skip
    report = sweep(away)
    assert (report.alarms, report.topics, report.done) == (0, 0, True)
    assert len(away.alarms()) == 3
    assert len(topics(away)) == 1


@pytest.mark.parametrize(("owner", "gone"), [("", 0), ("monitor/123456789012/us-east-1", 1)])
def test_a9_alarms_of_the_existing_application_stay(stage: Stage, owner: str, gone: int) -> None:
    """It may still run elsewhere; without a mark only what has our owner's tag goes."""
    stage.cloudwatch.put_metric_alarm(
        AlarmName="PersonalizeMonitor-IdleCampaign-old", Namespace="n", MetricName="m",
        Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="LessThanThreshold",
        Tags=[
            {"Key": "CreatedBy", "Value": "PersonalizeMonitor"},
            {"Key": OWNER_TAG, "Value": owner},
        ],
    )  # fmt: skip
    assert sweep(stage).alarms == gone


def test_the_home_topic_is_left_to_cloudformation(stage: Stage) -> None:
    """At home only alarms are removed."""
    stage.sns.create_topic(Name="PersonalizeMonitorNotifications")
    stage.reconcile(stage.resource())
    report = sweep(stage)
    assert (report.alarms, report.topics) == (2, 0)
    assert topics(stage) == [stage.deployment.topic_arn]


def test_alarms_to_keep_keep_their_topic(stage: Stage) -> None:
    """What is named to be kept stays, and so does the topic that it reports to."""
    away = used(stage, count=2)
    keep = "PersonalizeMonitor-IdleCampaign-c001"
    report = sweep(away, keep_alarms={keep})
    assert (report.alarms, report.topics) == (3, 0)
    assert list(away.alarms()) == [keep]
    assert len(topics(away)) == 1


def test_a_region_that_does_not_answer_is_reported(stage: Stage) -> None:
    """One region that is down stops nothing and is named (B26)."""
    away = used(stage)
    rule = away.world.gate.faults.add(Rule(region="eu-west-1", down=True))
    report = sweep(away)
    assert not report.done
    assert any("123456789012/eu-west-1" in problem for problem in report.problems)
    away.world.gate.faults.remove(rule)
    assert sweep(away).done
    assert away.alarms() == {}


def test_without_time_it_says_that_it_is_not_done(stage: Stage) -> None:
    """A sweep that runs out of time can be repeated."""
    away = used(stage)
    report = sweep(away, budget=Budget(lambda: 0.5))
    assert not report.done
    assert ["no time" in problem for problem in report.problems] == [True]
    assert len(away.alarms()) == 2
