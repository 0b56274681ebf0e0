"""Days of a region: what people are told, when, and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from aws_sandbox import fleet
from aws_sandbox.faults import Rule
from aws_sandbox.traffic.shapes import Abandoned, Shape, Steady
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Resource

if TYPE_CHECKING:
    from tests.alarms.conftest import Stage

IDLE = "PersonalizeMonitor-IdleCampaign-shoes"
LOW = "PersonalizeMonitor-LowCampaignUtilization-shoes"


def born(stage: Stage, shape: Shape | None = None, *, hours_ago: float = 0) -> Resource:
    """A campaign that the sandbox's Personalize serves, created so long ago."""
    age = timedelta(hours=hours_ago)
    member = fleet.add_campaign(
        stage.world, "shoes", recipe="aws-user-personalization", floor=4, shape=shape, age=age
    )
    recipe = "arn:aws:personalize:::recipe/aws-user-personalization"
    return stage.resource("shoes", arn=Arn(member.arn), age=age, recipe_arn=recipe)


def hourly(stage: Stage, resource: Resource) -> Callable[[], None]:
    """Reconcile in the first cycle of each hour, as the monitor does at least."""

    def cycle() -> None:
        if stage.now.minute < 5:
            stage.reconcile(resource)

    return cycle


def told(stage: Stage, word: str, alarm: str) -> int:
    """How many mails said that ``alarm`` went into the state ``word``."""
    return sum(word in title and alarm in title for _, title in stage.mails)


def test_a_campaign_abandoned_since_birth_is_noticed(stage: Stage) -> None:
    """Its alarm fires unheard while it is young; once it is old enough people are told (B20)."""
    shoes = born(stage)
    stage.set(AutoCreateCampaignUtilizationAlarms="No")
    stage.reconcile(shoes)
    stage.pass_time(hourly(stage, shoes), hours=23)
    assert stage.alarm(IDLE)["StateValue"] == "ALARM"
    assert stage.mails == []
    stage.pass_time(hourly(stage, shoes), hours=3)
    assert told(stage, "ALARM", IDLE) == 1
    stage.pass_time(hourly(stage, shoes), hours=24)
    assert told(stage, "ALARM", IDLE) == 1


def test_the_notice_comes_even_if_the_first_reset_fails(stage: Stage) -> None:
    """An alarm that was armed but could not be reset is reset by a later reconciliation."""
    shoes = born(stage)
    stage.set(AutoCreateCampaignUtilizationAlarms="No")
    stage.reconcile(shoes)
    stage.pass_time(hourly(stage, shoes), hours=23)
    broken = stage.world.gate.faults.add(Rule(action="SetAlarmState", code="InternalFailure"))
    stage.pass_time(hourly(stage, shoes), hours=3)
    assert stage.alarm(IDLE)["ActionsEnabled"] is True
    assert stage.mails == []
    stage.world.gate.faults.remove(broken)
    stage.pass_time(hourly(stage, shoes), hours=2)
    assert told(stage, "ALARM", IDLE) == 1
    written = stage.calls("PutMetricAlarm"), stage.calls("SetAlarmState")
    stage.pass_time(hourly(stage, shoes), hours=3)
    assert (stage.calls("PutMetricAlarm"), stage.calls("SetAlarmState")) == written
    assert told(stage, "ALARM", IDLE) == 1


def test_a_campaign_with_traffic_is_never_called_idle(stage: Stage) -> None:
    """Steady traffic keeps the idle alarm quiet from the first day on."""
    shoes = born(stage, Steady(2.0))
    stage.set(AutoCreateCampaignUtilizationAlarms="No", IdleCampaignThresholdHours="2")
    stage.reconcile(shoes)
    stage.pass_time(hourly(stage, shoes), hours=30)
    assert told(stage, "ALARM", IDLE) == 0


def test_a_threshold_beyond_a_day_is_true_to_its_hours(stage: Stage) -> None:
    """With 30 hours nobody is told after 29 without a request, and everybody within 34."""
    shoes = born(stage, Abandoned(Steady(2.0), stage.now), hours_ago=100)
    stage.set(AutoCreateCampaignUtilizationAlarms="No", IdleCampaignThresholdHours="30")
    stage.reconcile(shoes)
    stage.pass_time(hourly(stage, shoes), hours=29)
    assert told(stage, "ALARM", IDLE) == 0
    stage.pass_time(hourly(stage, shoes), hours=5)
    assert told(stage, "ALARM", IDLE) == 1


def test_a_muted_alarm_stays_silent_until_it_is_enabled(stage: Stage) -> None:
    """A person who disabled the actions hears nothing, through maturity and changes (B19)."""
    shoes = born(stage, Abandoned(Steady(2.0), stage.now), hours_ago=100)
    stage.set(AutoCreateCampaignUtilizationAlarms="No")
    stage.reconcile(shoes)
    stage.cloudwatch.disable_alarm_actions(AlarmNames=[IDLE])
    stage.pass_time(hourly(stage, shoes), hours=30)
    stage.set(AutoCreateCampaignUtilizationAlarms="No", IdleCampaignThresholdHours="20")
    stage.pass_time(hourly(stage, shoes), hours=2)
    assert stage.alarm(IDLE)["StateValue"] == "ALARM"
    assert stage.alarm(IDLE)["EvaluationPeriods"] == 20
    assert told(stage, "ALARM", IDLE) == 0


def test_low_utilization_fires_recovers_and_is_announced_when_the_floor_rises(
    stage: Stage,
) -> None:
    """Below the threshold in 9 of 12 windows it fires; raising the floor from 1 tells people."""
    stage.set(AutoCreateIdleCampaignAlarms="No")
    low_floor, high_floor = stage.resource(floor=1), stage.resource(floor=10)
    percent = 20.0

    def measured() -> None:
        stage.cloudwatch.put_metric_data(
            Namespace="PersonalizeMonitor",
            MetricData=[
                {
                    "MetricName": "campaignUtilization",
                    "Dimensions": [{"Name": "CampaignArn", "Value": str(low_floor.arn)}],
                    "Timestamp": stage.now - timedelta(minutes=10),
                    "Value": percent,
                    "Unit": "Percent",
                }
            ],
        )

    stage.reconcile(low_floor)
    stage.pass_time(measured, hours=2)
    assert stage.alarm(LOW)["StateValue"] == "ALARM"
    assert stage.mails == []
    assert stage.reconcile(high_floor).reset == (LOW,)
    stage.pass_time(measured, minutes=10)
    assert told(stage, "ALARM", LOW) == 1
    percent = 150.0
    stage.pass_time(measured, hours=2)
    assert told(stage, "OK", LOW) == 1
