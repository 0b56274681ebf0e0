"""The doctor's single checks, each on an account in which one thing is not as it should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.cli.cast import the_look
from tests.cli.conftest import Inside
from tests.support import ACCOUNT, HOME

from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor_desk.cli import session
from personalize_monitor_desk.cli.doctor import deployment
from personalize_monitor_desk.cli.doctor.deployment import Ward
from personalize_monitor_desk.cli.doctor.finding import Finding, Mark
from personalize_monitor_desk.cli.session import Where

AGE = timedelta(days=4)
MAIL = "team@example.com"


def topic_of(region: str = HOME, name: str = "PersonalizeMonitorNotifications") -> str:
    """Where people are told."""
    return f"arn:aws:sns:{region}:{ACCOUNT}:{name}"


def ward(inside: Inside, *regions: str, **parameters: str) -> Ward:
    """A deployment with these parameters, and what a look at the regions shows."""
    now = inside.local.now
    place = Where(inside.local.access, regions or (HOME,), now, past=False)
    seen = session.see(place, depth="day", prices=None)
    outputs = {"NotificationTopicArn": topic_of()}
    return Ward(inside.local.access, StackInfo("monitor", HOME, parameters, outputs), seen, now)


def checked(inside: Inside, *regions: str, **parameters: str) -> dict[str, Finding]:
    """All checks by subject."""
    found = deployment.checks(ward(inside, *regions, **parameters))
    return {one.subject: one for one in found}


def beat(inside: Inside, *, minutes_ago: float) -> None:
    """The monitor's own metric, as its last cycle put it."""
    inside.local.client("cloudwatch").put_metric_data(
        Namespace="PersonalizeMonitor",
        MetricData=[
            {
                "MetricName": "monitoredResourceCount",
                "Timestamp": inside.local.now - timedelta(minutes=minutes_ago),
                "Value": 3.0,
            }
        ],
    )


@pytest.mark.parametrize(
    ("minutes", "mark"),
    [
        pytest.param(12, Mark.OK, id="the last window"),
        pytest.param(45, Mark.WRONG, id="three quarters of an hour"),
        pytest.param(None, Mark.WRONG, id="never"),
    ],
)
def test_whether_the_monitor_lives(inside: Inside, minutes: float | None, mark: Mark) -> None:
    """A cycle every five minutes: without a fresh datapoint it does not run, and it is said."""
    if minutes is not None:
        beat(inside, minutes_ago=minutes)
    found = checked(inside)["Cycles"]
    assert found.mark is mark
    if mark is Mark.WRONG:
        assert "does not run" in found.said
        assert ("No datapoint" in found.said) == (minutes is None)
        assert "schedule" in found.cure


def test_what_cannot_be_asked_is_skipped(inside: Inside) -> None:
    """CloudWatch denied: the checks that need it say so instead of guessing."""
    about = ward(inside, NotificationEndpoint=MAIL)
    inside.local.fail(service="cloudwatch", code="AccessDenied")
    inside.local.fail(service="sns", code="AuthorizationError")
    found = {one.subject: one for one in deployment.checks(about)}
    for subject in ("Cycles", "The monitor's own alarms", "Dashboard", f"Mail from {HOME}"):
        assert found[subject].mark is Mark.SKIPPED, subject
        assert "failed" in found[subject].said


def test_parameters_that_cannot_be_meant(inside: Inside) -> None:
    """Then nothing else is looked at: the parameters are told with their mistakes."""
    found = checked(inside, IdleCampaignThresholdHours="many", DryRun="Perhaps")
    assert list(found) == ["Parameters"]
    assert found["Parameters"].mark is Mark.WRONG
    assert "IdleCampaignThresholdHours" in found["Parameters"].said
    assert "DryRun" in found["Parameters"].said


@pytest.mark.parametrize(
    ("parameters", "notes"),
    [
        ({}, []),
        ({"Actions": "Off"}, ["Actions"]),
        ({"DryRun": "Yes"}, ["DryRun"]),
        ({"Actions": "Off", "DryRun": "Yes"}, ["Actions", "DryRun"]),
    ],
)
def test_switches_that_keep_it_from_acting(
    inside: Inside, parameters: dict[str, str], notes: list[str]
) -> None:
    """Each is a note with the value to deploy; with none the parameters are fine."""
    found = checked(inside, **parameters)
    told = [one for one in ("Actions", "DryRun") if one in found]
    assert told == notes
    assert ("Parameters" in found) == (not notes)
    for subject in notes:
        assert found[subject].mark is Mark.NOTE
        assert subject in found[subject].cure


def test_a_region_beside_the_watched_ones(inside: Inside) -> None:
    """The value to deploy is ready to be copied, the regions of before included."""
    inside.campaign("shoes", age=AGE)
    inside.campaign("hats", age=AGE, region="eu-west-1")
    found = checked(inside, HOME, "eu-west-1")["Regions"]
    assert found.mark is Mark.WRONG
    assert found.cure == "Deploy with Regions=eu-west-1,us-east-1."
    watched = checked(inside, HOME, "eu-west-1", Regions="us-east-1,eu-west-1")
    assert watched["Regions"].mark is Mark.OK


def test_metrics_that_do_not_arrive(inside: Inside) -> None:
    """A resource without our datapoints is counted and one is named; a new one has time."""
    inside.campaign("shoes", age=AGE)
    inside.campaign("just-made", age=timedelta(minutes=10))
    found = checked(inside)[f"Metrics in {HOME}"]
    assert found.mark is Mark.WRONG
    assert found.said.startswith("No datapoints of 1 of 1 resource, such as shoes.")


def test_a_region_without_resources_is_not_measured(inside: Inside) -> None:
    """Where nothing serves there is nothing to arrive."""
    assert f"Metrics in {HOME}" not in checked(inside)


def test_metrics_that_arrive(inside: Inside) -> None:
    """The floor's metric is there: the monitor measures the resource."""
    arn = inside.campaign("shoes", age=AGE)
    inside.local.client("cloudwatch").put_metric_data(
        Namespace="PersonalizeMonitor",
        MetricData=[
            {
                "MetricName": "minProvisionedTPS",
                "Dimensions": [{"Name": "CampaignArn", "Value": arn}],
                "Timestamp": inside.local.now - timedelta(minutes=12),
                "Value": 1.0,
            }
        ],
    )
    assert checked(inside)[f"Metrics in {HOME}"].mark is Mark.OK


def fire(inside: Inside, name: str, about: str = "Requests failed.\nSee the queue.") -> None:
    """An alarm of the stack itself fires."""
    client = inside.local.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName=name,
        AlarmDescription=about,
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Statistic="Maximum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="x")


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("monitor-DeadLettersArrived-1A", "Read the queue's message"),
        ("monitor-MonitorErrors-1A", "Read the monitor's log group"),
        ("monitor-MonitorMissed-1A", "schedule is enabled"),
        ("monitor-MonitorOverrun-1A", "`unfinished`"),
        ("monitor-SomethingElse-1A", "Look at what it watches."),
    ],
)
def test_each_alarm_of_the_stack_has_its_cure(inside: Inside, name: str, cure: str) -> None:
    """What fires about the application itself is wrong, with the first line of what it means."""
    fire(inside, name)
    found = checked(inside)[f"Alarm {name}"]
    assert (found.mark, found.said) == (Mark.WRONG, "Requests failed.")
    assert cure in found.cure


def test_alarms_of_resources_are_not_the_monitors_own(inside: Inside) -> None:
    """A busy campaign's alarm is no fault of the deployment, nor is another stack's."""
    fire(inside, "PersonalizeMonitor-LowCampaignUtilization-shoes")
    fire(inside, "web-DeadLettersArrived")
    found = checked(inside)
    assert found["Alarms"].mark is Mark.OK
    assert not [subject for subject in found if subject.startswith("Alarm ")]


def test_an_alarm_without_words(inside: Inside) -> None:
    """Nobody described it: it is still told that it fires."""
    fire(inside, "monitor-Odd", about="")
    assert checked(inside)["Alarm monitor-Odd"].said == "It fires."


def subscribe(inside: Inside, region: str = HOME, count: int = 0) -> str:
    """The topic with so many other addresses; its ARN."""
    client = inside.local.client("sns", region)
    arn = str(client.create_topic(Name="PersonalizeMonitorNotifications")["TopicArn"])
    for number in range(count):
        client.subscribe(TopicArn=arn, Protocol="email", Endpoint=f"p{number}@example.com")
    return arn


def test_an_address_among_many(inside: Inside) -> None:
    """Lists come in pages of a hundred: an address on the second page is subscribed, too."""
    arn = subscribe(inside, count=120)
    inside.local.client("sns").subscribe(TopicArn=arn, Protocol="email", Endpoint=MAIL)
    found = checked(inside, NotificationEndpoint=MAIL)[f"Mail from {HOME}"]
    assert "is not subscribed" not in found.said


def test_an_address_that_declined(inside: Inside) -> None:
    """Nobody of that address is subscribed: the call that does it is ready to be copied."""
    arn = subscribe(inside, count=1)
    found = checked(inside, NotificationEndpoint=MAIL)[f"Mail from {HOME}"]
    assert found.mark is Mark.WRONG
    assert "is not subscribed" in found.said
    assert f"--topic-arn {arn}" in found.cure
    assert f"--notification-endpoint {MAIL}" in found.cure


def test_a_region_whose_topic_is_still_to_come(inside: Inside) -> None:
    """Topics are made with a region's first alarm: until then there is nothing wrong."""
    subscribe(inside)
    regions = "us-east-1,eu-west-1"
    found = checked(inside, NotificationEndpoint=MAIL, Regions=regions)["Mail from eu-west-1"]
    assert found.mark is Mark.NOTE
    assert "no topic yet" in found.said


def test_nobody_is_told(inside: Inside) -> None:
    """Without an address that is a note, and no topic is asked."""
    found = checked(inside)
    assert found["Notifications"].mark is Mark.NOTE
    assert inside.local.calls("ListSubscriptionsByTopic") == []


@pytest.mark.parametrize("there", [True, False])
def test_the_dashboard(inside: Inside, there: bool) -> None:
    """It is there, or it is told how it comes back."""
    if there:
        inside.local.client("cloudwatch").put_dashboard(
            DashboardName="Amazon-Personalize-Monitor", DashboardBody='{"widgets": []}'
        )
    assert checked(inside)["Dashboard"].mark is (Mark.OK if there else Mark.WRONG)


def test_tags_that_cannot_be_understood(inside: Inside) -> None:
    """A malformed wish exempts its resource: each is named with its value."""
    inside.campaign("shoes", age=AGE, tags={"PersonalizeMonitor:MinTPS": "many"})
    inside.campaign("hats", age=AGE, tags={"PersonalizeMonitor:MinTPS": "2"})
    found = checked(inside)
    assert "'many'" in found["Tags of shoes"].said
    assert "exempt" in found["Tags of shoes"].said
    assert "Tags of hats" not in found
    about = ward(inside)
    inside.local.fail(action="ListTagsForResource", code="AccessDeniedException")
    assert not [one for one in deployment.checks(about) if one.subject.startswith("Tags")]


def test_muted_alarms_are_named(inside: Inside) -> None:
    """A person muted one: it is a note with its name, however the fleet fares."""
    fleet = the_look()
    alarm = next(alarm for one in fleet.seen for alarm in one.alarms or ())
    muted = replace(alarm, muted=True, speaks=False)
    one = replace(next(one for one in fleet.seen if one.alarms), alarms=(muted,))
    seen = replace(fleet, places=(replace(fleet.places[0], seen=(one,)),))
    stack = StackInfo("monitor", HOME, {}, {})
    found = {
        one.subject: one
        for one in deployment.checks(Ward(inside.local.access, stack, seen, inside.local.now))
    }
    assert found["Muted alarms"].mark is Mark.NOTE
    assert muted.name in found["Muted alarms"].said
