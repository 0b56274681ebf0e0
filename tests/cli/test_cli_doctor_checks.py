"""The doctor's single checks, each on an account in which one thing is not as it should be."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from rich.console import Console
from tests.cli.cast import the_look
from tests.cli.conftest import Inside, validated
from tests.support import ACCOUNT, HOME

from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.cli import session
from personalize_monitor.cli.doctor import deployment, permissions
from personalize_monitor.cli.doctor.deployment import Ward
from personalize_monitor.cli.doctor.finding import Finding, Mark, note, ok, skipped, wrong
from personalize_monitor.cli.doctor.permissions import Need, tried
from personalize_monitor.cli.emit import as_csv, as_markdown, show
from personalize_monitor.cli.exits import Exit
from personalize_monitor.cli.session import Where
from personalize_monitor.cli.verbs import doctor

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
    assert found.said.startswith("1 of 1 resources have no datapoints, such as shoes.")


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


def refusal(code: str) -> ClientError:
    """What AWS answers."""
    return ClientError({"Error": {"Code": code, "Message": "No."}}, "Any")


def failing(error: Exception) -> Callable[[], object]:
    """A try that ends so."""

    def attempt() -> object:
        raise error

    return attempt


@pytest.mark.parametrize(
    ("code", "vital", "mark"),
    [
        ("AccessDeniedException", True, Mark.WRONG),
        ("AccessDeniedException", False, Mark.NOTE),
        ("AccessDenied", True, Mark.WRONG),
        ("ThrottlingException", False, Mark.WRONG),
        ("InternalFailure", True, Mark.WRONG),
    ],
)
def test_a_permission_that_is_missing(code: str, vital: bool, mark: Mark) -> None:
    """Without a vital one the verbs stop; another costs a part only. What else fails is told so."""
    (found,) = tried([Need("x:Do", "status", failing(refusal(code)), vital=vital)], HOME)
    assert found.mark is mark
    assert found.subject == f"x:Do in {HOME}"
    denied = code.startswith("AccessDenied")
    assert ("Allow x:Do" in found.cure) == denied
    assert ("is not about permissions" in found.cure) == (not denied)


def test_what_does_not_exist_may_be_asked() -> None:
    """An answer that something is not there shows that asking is allowed."""
    needs = [
        Need("x:A", "", lambda: None),
        Need("x:B", "", failing(refusal("ResourceNotFoundException"))),
    ]
    (found,) = tried(needs, HOME)
    assert (found.mark, found.said) == (Mark.OK, "2 calls are allowed.")


def test_nothing_allowed_is_not_praised() -> None:
    """Where every call is denied there is no line that says how many are allowed."""
    found = tried([Need("x:A", "", failing(refusal("AccessDenied")))], HOME)
    assert [one.mark for one in found] == [Mark.WRONG]
    assert tried([], HOME) == []


def test_only_what_is_there_is_tried(inside: Inside) -> None:
    """Describing is tried on a campaign that there is; a journal and a topic only at home."""
    place = Where(inside.local.access, (HOME,), inside.local.now, past=False)

    def actions(home: StackInfo | None) -> set[str]:
        seen = session.see(place, depth="day", prices=None)
        return {need.action for need in permissions.needs(place, HOME, seen, home)}

    bare = actions(None)
    assert "personalize:DescribeCampaign" not in bare
    assert "logs:FilterLogEvents" not in bare
    inside.recommender("bags", age=AGE)
    assert actions(None) - bare == {"personalize:ListTagsForResource"}
    inside.campaign("shoes", age=AGE)
    assert "personalize:DescribeSolution" in actions(None)
    outputs = {"JournalLogGroup": "/j", "NotificationTopicArn": topic_of()}
    home = StackInfo("monitor", HOME, {}, outputs)
    assert {"logs:FilterLogEvents", "sns:ListSubscriptionsByTopic"} <= actions(home)


def test_a_campaign_whose_solution_is_not_known(inside: Inside) -> None:
    """Nothing is tried on what nobody knows: describing its solution is left out."""
    place = Where(inside.local.access, (HOME,), inside.local.now, past=False)
    seen = the_look()
    assert all(one.resource.solution_version_arn is None for one in seen.seen)
    actions = {need.action for need in permissions.needs(place, HOME, seen, None)}
    assert "personalize:DescribeCampaign" in actions
    assert "personalize:DescribeSolution" not in actions


FINDINGS = [
    ok("Credentials", "They work."),
    note("Notifications", "Nobody is told.", "Deploy with an address."),
    wrong("Cycles", "The [monitor] does not run.", "Look at its log | group."),
    skipped("Dashboard", "It could not be asked."),
]


@pytest.mark.parametrize(
    ("findings", "heading"),
    [
        (FINDINGS[:1], "All is well."),
        (FINDINGS[:2], "All is well. One to know."),
        ([FINDINGS[1]] * 2, "All is well. 2 to know."),
        ([FINDINGS[2]], "One thing is wrong."),
        ([FINDINGS[2]] * 3, "3 things are wrong."),
        (FINDINGS, "One thing is wrong. One to know."),
    ],
)
def test_the_heading_counts(findings: Sequence[Finding], heading: str) -> None:
    """One line says how it stands."""
    assert doctor.result(findings).heading == heading


def test_findings_in_every_form() -> None:
    """The same subject, mark and cure everywhere; the screen has signs for the marks."""
    result = doctor.result(FINDINGS)
    validated("doctor", result.document)
    assert result.document["wrong"] == 1
    table = list(csv.DictReader(io.StringIO(as_csv(result.tables[0]))))
    told = [(one["subject"], one["mark"], one["cure"] or "") for one in result.document["findings"]]
    assert [(row["subject"], row["mark"], row["cure"]) for row in table] == told
    markdown = as_markdown(result)
    assert "| ✗ | Cycles | The [monitor] does not run. |" in markdown
    assert "- Cycles: Look at its log | group." in markdown
    file = io.StringIO()
    show(result, Console(file=file, width=80))
    for sign in "✓!✗-":
        assert f"\n{sign}  " in file.getvalue()
    assert "The [monitor] does not run." in file.getvalue()


def test_the_whole_examination_and_its_codes(inside: Inside) -> None:
    """Something wrong is a finding for --check only; the order is that of the cures."""
    inside.campaign("shoes", age=AGE)
    inside.deploy()
    answer = inside("doctor", "-o", "json")
    assert answer.code == Exit.FINE
    validated("doctor", answer.document)
    subjects = [one["subject"] for one in answer.document["findings"]]
    assert subjects[:4] == [
        "Credentials",
        f"Region {HOME}",
        f"Permissions in {HOME}",
        "Deployment",
    ]
    assert answer.document["wrong"] > 0
    assert inside("doctor", "--check").code == Exit.FINDINGS


def test_a_stack_that_is_not_ours_is_a_finding(inside: Inside) -> None:
    """The doctor does not stop there: it says which option chooses."""
    inside.stack("web")
    document = inside("doctor", "--stack", "web", "-o", "json").document
    about = next(one for one in document["findings"] if one["subject"] == "Deployment")
    assert about["mark"] == "wrong"
    assert about["cure"] == "Choose the stack with --stack."


@pytest.mark.parametrize(
    ("code", "cure"),
    [
        ("AccessDenied", "Allow cloudformation:DescribeStacks"),
        ("InternalFailure", "try again"),
    ],
)
def test_a_deployment_that_cannot_be_seen(inside: Inside, code: str, cure: str) -> None:
    """A denial is cured by a permission, an outage by time."""
    inside.local.fail(service="cloudformation", code=code)
    document = inside("doctor", "-o", "json").document
    about = next(one for one in document["findings"] if one["subject"] == "Deployment")
    assert cure in about["cure"]


def test_regions_that_do_not_answer(inside: Inside) -> None:
    """One of two: the other is examined. Both: that is the finding, and permissions are tried."""
    inside.local.fail(service="personalize", region="eu-west-1", code="AccessDeniedException")
    regions = ("--region", "us-east-1,eu-west-1")
    first = {o["subject"]: o for o in inside("doctor", *regions, "-o", "json").document["findings"]}
    assert first["Region us-east-1"]["mark"] == "ok"
    assert first["Region eu-west-1"]["mark"] == "wrong"
    inside.local.fail(service="personalize", code="AccessDeniedException")
    both = {o["subject"]: o for o in inside("doctor", *regions, "-o", "json").document["findings"]}
    assert both["Regions us-east-1, eu-west-1"]["mark"] == "wrong"
    assert both["personalize:ListCampaigns in us-east-1"]["mark"] == "wrong"


class Nobody:
    """An account without credentials."""

    home_region = HOME

    @property
    def account(self) -> str:
        raise NoCredentialsError


def test_without_credentials_the_code_is_a_refusal(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is one finding with its cure, and the rest is skipped."""
    found = doctor.examined(_place_of(Nobody(), inside.local.now), "")
    assert [one.mark for one in found] == [Mark.WRONG, Mark.SKIPPED]
    assert "--profile" in found[0].said + found[0].cure
    monkeypatch.setattr(doctor, "examined", lambda *_: found)
    assert inside("doctor").code == Exit.REFUSED


def _place_of(access: Any, now: datetime) -> Where:
    return Where(access, (HOME,), now, past=False)


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
