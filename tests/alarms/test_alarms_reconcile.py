"""Reconciliation against the sandbox's CloudWatch: create, change, delete, leave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aws_sandbox import fleet
from aws_sandbox.faults import Rule
from personalize_monitor.context.budget import Budget
from personalize_monitor.model.resource import Kind

if TYPE_CHECKING:
    from tests.alarms.conftest import Stage

IDLE = "PersonalizeMonitor-IdleCampaign-shoes"
LOW = "PersonalizeMonitor-LowCampaignUtilization-shoes"


def tags(stage: Stage, name: str) -> dict[str, str]:
    """The tags of an alarm."""
    answer = stage.cloudwatch.list_tags_for_resource(ResourceARN=stage.alarm(name)["AlarmArn"])
    return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}


def by_the_existing_application(stage: Stage, name: str, **more: object) -> None:
    """An alarm as another program made it: our name, no mark."""
    stage.cloudwatch.put_metric_alarm(
        **{
            "AlarmName": name,
            "Namespace": "PersonalizeMonitor",
            "MetricName": "campaignUtilization",
            "Statistic": "Average",
            "Period": 300,
            "EvaluationPeriods": 12,
            "Threshold": 50,
            "ComparisonOperator": "LessThanThreshold",
            "Tags": [{"Key": "CreatedBy", "Value": "PersonalizeMonitor"}],
            **more,
        }
    )


def test_new_alarms_are_made_with_tags_actions_and_owner(stage: Stage) -> None:
    """A new resource gets its alarms, tagged, with both actions to the topic, and nothing twice."""
    report = stage.reconcile(stage.resource())
    assert report.created == (IDLE, LOW)
    assert (report.done, report.problems) == (True, ())
    alarm = stage.alarm(IDLE)
    assert alarm["AlarmActions"] == [stage.deployment.topic_arn]
    assert alarm["ActionsEnabled"] is True
    assert tags(stage, IDLE)["CreatedBy"] == "PersonalizeMonitor"
    assert stage.deployment.owner in alarm["AlarmDescription"]


@pytest.mark.parametrize("recipe", ["aws-sims", "aws-of-tomorrow"])
def test_a_second_look_writes_nothing(stage: Stage, recipe: str) -> None:
    """Only differences are written; alarms on metric math compare equal too."""
    stage.set(AutoCreateErrorAlarms="Yes")
    shoes = stage.resource(recipe_arn=f"arn:aws:personalize:::recipe/{recipe}")
    assert len(stage.reconcile(shoes).created) == 4
    written = stage.calls("PutMetricAlarm")
    report = stage.reconcile(shoes)
    assert (report.created, report.changed, report.deleted) == ((), (), ())
    assert stage.calls("PutMetricAlarm") == written == 4


def test_every_threshold_is_accepted(stage: Stage) -> None:
    """No idle threshold from 2 to 48 hours is refused, with a known recipe or without (B7)."""
    for hours in range(2, 49):
        stage.set(IdleCampaignThresholdHours=str(hours))
        report = stage.reconcile(stage.resource(), stage.resource("hats", recipe_arn=None))
        assert (len(report.created or report.changed), report.problems) == (
            4 if hours == 2 else 2,
            (),
        )
        assert stage.alarm(IDLE)["EvaluationPeriods"] == hours


def test_alarms_follow_the_parameters_and_keep_their_state(stage: Stage) -> None:
    """A changed threshold changes the alarm in place, without forgetting that it fires (B18)."""
    stage.reconcile(stage.resource())
    stage.cloudwatch.set_alarm_state(AlarmName=LOW, StateValue="ALARM", StateReason="test")
    stage.set(CampaignThresholdAlarmLowerBound="60", IdleCampaignThresholdHours="48")
    report = stage.reconcile(stage.resource())
    assert report.changed == (IDLE, LOW)
    assert stage.alarm(LOW)["Threshold"] == 60
    assert stage.alarm(IDLE)["EvaluationPeriods"] == 48
    assert stage.alarm(LOW)["StateValue"] == "ALARM"
    assert report.reset == ()


def test_kinds_that_are_switched_off_disappear(stage: Stage) -> None:
    """Switching a kind of alarm off removes its alarms, even where a list failed."""
    stage.reconcile(stage.resource())
    stage.set(AutoCreateIdleCampaignAlarms="No")
    report = stage.reconcile(stage.resource(), gone_ok=frozenset())
    assert report.deleted == (IDLE,)
    assert list(stage.alarms()) == [LOW]


def test_alarms_of_vanished_resources_disappear(stage: Stage) -> None:
    """Whoever deleted the resource: its alarms go, those of others stay (B25)."""
    stage.reconcile(stage.resource(), stage.resource("hats"))
    report = stage.reconcile(stage.resource("hats"))
    assert report.deleted == (IDLE, LOW)
    assert len(stage.alarms()) == 2


def test_a_failed_list_deletes_nothing(stage: Stage) -> None:
    """Absence from a list that failed says nothing; the work stays undone until it is known."""
    recommender = stage.resource("films", Kind.RECOMMENDER)
    stage.reconcile(stage.resource(), recommender)
    report = stage.reconcile(gone_ok=frozenset({Kind.CAMPAIGN}))
    assert report.deleted == (IDLE, LOW)
    assert not report.done
    assert len(stage.alarms()) == 2


@pytest.mark.parametrize("kind", list(Kind))
def test_k14_a_list_that_misses_a_resource_deletes_no_alarm(stage: Stage, kind: Kind) -> None:
    """The resource itself is asked before its alarms go; a person's muting outlives the list."""
    add = fleet.add_campaign if kind is Kind.CAMPAIGN else fleet.add_recommender
    add(stage.world, "films")
    films = stage.resource("films", kind)
    stage.reconcile(films)
    before = stage.alarms()
    report = stage.reconcile()
    assert (report.deleted, report.done) == ((), False)
    assert stage.alarms() == before
    report = stage.reconcile(films)
    assert (report.created, report.done) == ((), True)


def test_k14_without_an_answer_about_the_resource_its_alarms_stay(stage: Stage) -> None:
    """What cannot be asked is not gone; the problem says so."""
    stage.reconcile(stage.resource())
    stage.world.gate.faults.add(Rule(action="DescribeCampaign", code="AccessDeniedException"))
    report = stage.reconcile()
    assert (report.deleted, report.done, len(stage.alarms())) == ((), False, 2)
    assert "whose alarms may be of no use" in report.problems[0]


@pytest.mark.parametrize(
    ("status", "left"),
    [("CREATE IN_PROGRESS", 2), ("UPDATE PENDING", 2), ("INACTIVE", 0), ("DELETE PENDING", 0)],
)
def test_a_resource_on_its_way_keeps_its_alarms(stage: Stage, status: str, left: int) -> None:
    """What may come back keeps its alarms; what stopped or goes loses them."""
    stage.reconcile(stage.resource("films", Kind.RECOMMENDER))
    stage.reconcile(stage.resource("films", Kind.RECOMMENDER, status=status))
    assert len(stage.alarms()) == left


def test_narrowing_the_selection_removes_alarms(stage: Stage) -> None:
    """Alarms of resources that are no longer selected go, although the resource is there (B24)."""
    shoes, hats = stage.resource(), stage.resource("hats")
    stage.reconcile(shoes, hats)
    stage.set(CampaignARNs=str(hats.arn))
    assert stage.reconcile(shoes, hats, gone_ok=frozenset()).deleted == (IDLE, LOW)


def test_a_raised_floor_arms_the_low_alarm(stage: Stage) -> None:
    """Actions of the low-utilization alarm are enabled while the floor is above 1."""
    stage.reconcile(stage.resource(floor=1))
    assert stage.alarm(LOW)["ActionsEnabled"] is False
    assert stage.reconcile(stage.resource(floor=2)).changed == (LOW,)
    assert stage.alarm(LOW)["ActionsEnabled"] is True
    assert stage.reconcile(stage.resource(floor=1)).changed == (LOW,)
    assert stage.alarm(LOW)["ActionsEnabled"] is False


def test_what_a_person_muted_stays_muted(stage: Stage) -> None:
    """Actions disabled by hand stay so through every change, until a person enables them (B19)."""
    stage.reconcile(stage.resource())
    stage.cloudwatch.disable_alarm_actions(AlarmNames=[LOW])
    report = stage.reconcile(stage.resource())
    assert (report.muted, report.changed) == ((LOW,), ())
    stage.set(CampaignThresholdAlarmLowerBound="60")
    assert stage.reconcile(stage.resource()).changed == (LOW,)
    assert stage.alarm(LOW)["Threshold"] == 60
    for floor in (1, 4):
        report = stage.reconcile(stage.resource(floor=floor))
        assert (report.muted, report.changed) == ((LOW,), ())
    assert stage.alarm(LOW)["ActionsEnabled"] is False
    stage.cloudwatch.enable_alarm_actions(AlarmNames=[LOW])
    assert stage.reconcile(stage.resource()).muted == ()
    assert stage.alarm(LOW)["ActionsEnabled"] is True
    stage.reconcile(stage.resource(floor=1))
    assert stage.alarm(LOW)["ActionsEnabled"] is False
    assert stage.reconcile(stage.resource(floor=1)).muted == ()


def test_what_a_person_added_stays(stage: Stage) -> None:
    """Another action beside ours survives a change of the threshold."""
    stage.reconcile(stage.resource())
    pager = "arn:aws:sns:us-east-1:123456789012:pager"
    found = stage.alarm(LOW)
    known = ("AlarmName", "AlarmDescription", "Namespace", "MetricName", "Dimensions", "Statistic",
             "Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "OKActions",
             "ComparisonOperator", "TreatMissingData", "ActionsEnabled")  # fmt: skip
    stage.cloudwatch.put_metric_alarm(
        **{key: found[key] for key in known},
        AlarmActions=[*found["AlarmActions"], pager],
        InsufficientDataActions=[pager],
    )
    assert stage.reconcile(stage.resource()).changed == ()
    stage.set(CampaignThresholdAlarmLowerBound="60")
    assert stage.reconcile(stage.resource()).changed == (LOW,)
    assert stage.alarm(LOW)["AlarmActions"] == [stage.deployment.topic_arn, pager]
    assert stage.alarm(LOW)["InsufficientDataActions"] == [pager]


def test_another_deployment_keeps_its_alarms(stage: Stage) -> None:
    """Two stacks on one region do not fight: the second leaves the first one's alarms (B32)."""
    stage.reconcile(stage.resource(), deployment=stage.owned_by("first"))
    stage.set(CampaignThresholdAlarmLowerBound="60")
    report = stage.reconcile(stage.resource())
    assert report.others == (IDLE, LOW)
    assert (report.created, report.changed, report.deleted) == ((), (), ())
    assert len(report.problems) == 1
    assert "first/123456789012/us-east-1" in report.problems[0]
    assert stage.reconcile().deleted == ()
    assert len(stage.alarms()) == 2


def test_alarms_of_the_existing_application_are_taken_over(stage: Stage) -> None:
    """An alarm with our name and no mark becomes ours, with the right members."""
    by_the_existing_application(stage, LOW, ActionsEnabled=False)
    report = stage.reconcile(stage.resource())
    assert (report.created, report.changed) == ((IDLE,), (LOW,))
    assert report.muted == ()
    assert stage.alarm(LOW)["Threshold"] == 100
    assert stage.alarm(LOW)["ActionsEnabled"] is True


def test_orphans_of_the_existing_application_go_only_with_its_tag(stage: Stage) -> None:
    """Without a mark, the tag decides; a person's own alarm with a similar name stays."""
    by_the_existing_application(stage, LOW)
    by_the_existing_application(stage, IDLE, Tags=[{"Key": "CreatedBy", "Value": "me"}])
    by_the_existing_application(stage, "PersonalizeMonitor-Errors")
    assert stage.reconcile().deleted == (LOW,)
    assert sorted(stage.alarms()) == ["PersonalizeMonitor-Errors", IDLE]


def test_a_large_fleet_gets_its_alarms_over_several_cycles(stage: Stage) -> None:
    """Without time left the work stops, says so, and the next cycle goes on where it was."""
    fleet = [stage.resource(f"c{number:03}") for number in range(12)]
    made: list[str] = []
    for _ in range(2):
        report = stage.reconcile(*fleet, budget=countdown(10))
        made += report.created
        assert not report.done
        assert not report.problems
    report = stage.reconcile(*fleet)
    assert report.done
    assert len(made) + len(report.created) == len(stage.alarms()) == 24
    assert ["Idle" in name for name in made] == [True] * 12 + [False] * 6


def countdown(calls: int) -> Budget:
    """A budget that allows so many looks, then no more."""
    left: Iterator[float] = iter([100.0] * calls)
    return Budget(lambda: next(left, 0.0))


def test_all_pages_are_read(stage: Stage) -> None:
    """More than a hundred alarms are seen as they are, and deleted a hundred a call (B23)."""
    stage.set(AutoCreateErrorAlarms="Yes")
    fleet = [stage.resource(f"c{number:03}") for number in range(60)]
    assert len(stage.reconcile(*fleet).created) == 240
    again = stage.reconcile(*fleet)
    assert (again.created, again.changed) == ((), ())
    assert len(stage.reconcile().deleted) == 240
    assert stage.calls("DeleteAlarms") == 3
    assert stage.alarms() == {}


def test_one_refused_alarm_does_not_stop_the_others(stage: Stage) -> None:
    """What AWS refuses is named, and everything else is written."""
    stage.world.gate.faults.add(
        Rule(action="PutMetricAlarm", resource=IDLE, code="ValidationError")
    )
    report = stage.reconcile(stage.resource(), stage.resource("hats"))
    assert len(report.created) == 3
    assert [IDLE in problem for problem in report.problems] == [True]
    assert report.done


def test_throttling_ends_the_work_until_the_next_cycle(stage: Stage) -> None:
    """A throttled call after all retries ends the work for now, with one problem."""
    rule = stage.world.gate.faults.add(
        Rule(action="PutMetricAlarm", code="Throttling", message="Rate exceeded")
    )
    report = stage.reconcile(stage.resource(), stage.resource("hats"))
    assert (report.created, report.done, len(report.problems)) == ((), False, 1)
    stage.world.gate.faults.remove(rule)
    assert len(stage.reconcile(stage.resource(), stage.resource("hats")).created) == 4


def test_an_incomplete_listing_changes_nothing(stage: Stage) -> None:
    """Alarms that could not be listed may exist, be muted, or be another's."""
    stage.reconcile(stage.resource())
    written = stage.calls("PutMetricAlarm")
    rule = stage.world.gate.faults.add(Rule(action="DescribeAlarms", code="InternalServiceFault"))
    report = stage.reconcile(stage.resource("hats"))
    stage.world.gate.faults.remove(rule)
    assert (report.done, len(report.problems)) == (False, 1)
    assert stage.calls("PutMetricAlarm") == written
    assert len(stage.alarms()) == 2


def test_a_missing_permission_is_told_once(stage: Stage) -> None:
    """Without the permission to write, one sentence says so; it is no reason to try again soon."""
    stage.world.gate.faults.add(Rule(action="PutMetricAlarm", code="AccessDenied", status=403))
    report = stage.reconcile(stage.resource(), stage.resource("hats"))
    assert (report.done, len(report.problems)) == (True, 1)
    assert "permission" in report.problems[0]


def test_a_young_resource_is_recreated_with_fresh_patience(stage: Stage) -> None:
    """A campaign recreated under its old name does not inherit an armed idle alarm (B25)."""
    stage.reconcile(stage.resource())
    assert stage.alarm(IDLE)["ActionsEnabled"] is True
    stage.reconcile(stage.resource(age=timedelta(hours=1)))
    assert stage.alarm(IDLE)["ActionsEnabled"] is False
