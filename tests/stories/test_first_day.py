"""The first day: whatever AWS refuses or does not answer, somebody is told within an hour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.stories.test_permissions import request

from aws_sandbox import fleet
from aws_sandbox.faults import Rule
from aws_sandbox.iam.statements import as_list
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.stack.stack import Grant, Stack
from aws_sandbox.traffic.shapes import Steady
from personalize_monitor.app.selftest.roles import AT_PLACES, FUNCTIONS
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.stackinfo import Stacks
from personalize_monitor.contract import TEST_EVENT
from personalize_monitor_desk.cli.doctor.finding import Mark
from personalize_monitor_desk.cli.doctor.selftest import ended, findings

ROOT = Path(__file__).parents[2]
OTHER = "210987654321"
TEAM = "team@example.com"
UPDATE = "personalize:UpdateCampaign"
EVERYTHING = {
    "AutoDeleteIdleCampaigns": "Yes",
    "AutoStopIdleRecommenders": "Yes",
    "ChatNotifications": "Yes",
    "CampaignARNs": "ssm:/shop/campaigns",
    "RecommenderARNs": "ssm:/shop/recommenders",
}
MEMBER = {
    "HomeAccountId": "123456789012",
    "HomeStackName": "personalize-monitor",
    "HomeRegion": "us-east-1",
    "AllowDeletion": "Yes",
    "AllowStop": "Yes",
}
NOT_TRIED = {
    # A pre-warm's schedule takes this role on, no function may. What it is refused comes into
    # the dead letters, which have an alarm; the way there matters only when the first is closed.
    "PrewarmRole AskForFloors events:PutEvents",
    "PrewarmRole KeepWhatFails sqs:SendMessage",
    # The same action on the same role as in TakeOnRoles: AWS does not say which one allowed it.
    # When a role cannot be taken on for the last time, the update of the stack says so.
    "LifecycleFunctionRole TakeOnRoles sts:AssumeRole",
    "LifecycleFunctionRole TakeOnRolesForTheLastTime sts:AssumeRole",
}


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A campaign at home, which is busy."""
    with Sandbox(datetime(2026, 3, 2, 6, tzinfo=UTC), seed=4) as box:
        fleet.add_campaign(box.world, "home", floor=2, shape=Steady(2.0))
        for name in ("campaigns", "recommenders"):
            box.client("ssm").put_parameter(Name=f"/shop/{name}", Value="all", Type="String")
        yield box


def deploy(box: Sandbox, **parameters: str) -> Stack:
    """The stack, with somebody who reads its mails."""
    stack = box.deploy(ROOT / "template.yaml", {"NotificationEndpoint": TEAM, **parameters})
    box.confirm(TEAM)
    return stack


@contextmanager
def without(box: Sandbox, stack: Stack, grant: Grant) -> Iterator[None]:
    """One action of one statement of a role is taken away for a while."""
    arn = stack.resources[grant.role].made.attributes["Arn"]
    role = box.cloud.roles.get(arn)
    assert role is not None
    before = [dict(statement) for statement in role.statements]
    after = [
        {**one, "Action": [a for a in as_list(one["Action"]) if a != grant.action] or "none:None"}
        if one.get("Sid") == grant.statement
        else one
        for one in before
    ]
    box.cloud.roles.put(arn, trust=role.trust, statements=after)
    try:
        yield
    finally:
        box.cloud.roles.put(arn, trust=role.trust, statements=before)


def tried(box: Sandbox, function: str) -> dict[str, list[dict[str, str]]]:
    """A function's own self-test."""
    answer = box.invoke(f"{function}Function", {"SelfTest": "own"})
    assert answer.ok, answer.error
    return dict(answer.result or {})


def missing(box: Sandbox, stack: Stack, grant: Grant, function: str) -> set[str]:
    """What a function misses, as grants, when one is taken away."""
    with without(box, stack, grant):
        found = tried(box, function)["refused"]
    return {f"{one['role']} {one['statement']} {one['action']}" for one in found}


def name(grant: Grant) -> str:
    """A grant in one line."""
    return f"{grant.role} {grant.statement} {grant.action}"


def test_each_permission_that_is_taken_away_is_missed_by_name(box: Sandbox) -> None:
    """Role, statement and action, for each action of each role of the template."""
    stack = deploy(box, **EVERYTHING)
    box.tick()
    for function in FUNCTIONS:
        report = tried(box, function)
        assert (report["refused"], report["silent"]) == ([], [])
    assert {
        name(grant): found
        for grant in stack.grants()
        if name(grant) not in NOT_TRIED
        and (found := missing(box, stack, grant, grant.role.removesuffix("FunctionRole")))
        != {name(grant)}
    } == {}


def test_the_same_holds_in_a_member_account(box: Sandbox) -> None:
    """Each action of its role, and the way there, for a function that uses it."""
    member = box.deploy(ROOT / "member-account.yaml", MEMBER, account=OTHER, name="member")
    role = member.outputs["RoleArn"]
    # Watched away from home, so that home has nothing to try beside.
    stack = deploy(box, MonitoredRoleARNs=role, Regions="eu-west-1", **EVERYTHING)
    box.tick()
    assert not tried(box, "Monitor")["refused"]
    wrong = {}
    for owner, grant in [*((member, one) for one in member.grants()), *_ways(stack)]:
        function = next(
            (one for one, mine in AT_PLACES.items() if grant.action in mine and one != "Dashboard"),
            grant.role.removesuffix("FunctionRole"),
        )
        box.cold_start(f"{function}Function")  # it takes the role on anew
        found = missing(box, owner, grant, function)
        if found != {name(grant)}:
            wrong[name(grant)] = found
    assert wrong == {}


def _ways(stack: Stack) -> list[tuple[Stack, Grant]]:
    ways = [one for one in stack.grants() if one.statement == "TakeOnRoles"]
    return [(stack, one) for one in ways if name(one) not in NOT_TRIED]


def alarms(box: Sandbox) -> dict[str, str]:
    """Those of the stack's own alarms that are in ALARM or INSUFFICIENT_DATA, with their text."""
    found = box.client("cloudwatch").describe_alarms(AlarmNamePrefix="personalize-monitor-")
    return {
        str(one["AlarmName"].split("-")[2]): str(one["AlarmDescription"])
        for one in found["MetricAlarms"]
        if one["StateValue"] == "ALARM"
    }


def mails(box: Sandbox) -> list[str]:
    """What was told of the self-test."""
    found = box.mailbox.delivered_to(TEAM)
    return [mail.message for mail in found if str(mail.subject).startswith("Self-test")]


BY_MAIL = [
    Grant("MonitorFunctionRole", "ReadWishes", "personalize:ListTagsForResource"),
    Grant("MonitorFunctionRole", "SendEvents", "events:PutEvents"),
    Grant("MonitorFunctionRole", "ShareTheWork", "lambda:InvokeFunction"),
    Grant("MonitorFunctionRole", "ReadJournal", "logs:FilterLogEvents"),
    Grant("MonitorFunctionRole", "ReadJournal", "logs:CreateLogStream"),
    Grant("MonitorFunctionRole", "KeepCases", "logs:PutLogEvents"),
    Grant("MonitorFunctionRole", "PublishMetrics", "cloudwatch:PutMetricData"),
    Grant("MonitorFunctionRole", "ReadMetrics", "cloudwatch:GetMetricData"),
    Grant("JournalFunctionRole", "CopyEvents", "logs:PutLogEvents"),
    Grant("NotifyFunctionRole", "KeepWhatFails", "sqs:SendMessage"),
]


@pytest.mark.parametrize("grant", BY_MAIL, ids=lambda g: f"{g.role}-{g.action}")
def test_somebody_is_told_within_the_hour_by_mail(box: Sandbox, grant: Grant) -> None:
    """Also where the way of the notice itself is closed; the mail names the cure."""
    stack = deploy(box)
    with without(box, stack, grant):
        box.run(until=box.now + timedelta(hours=1))
        (told,) = mails(box)
    assert f"{grant.action} is refused to {grant.role.removesuffix('Role')} in us-east-1" in told
    assert f"the statement {grant.statement} of {grant.role} in template.yaml" in told


def test_what_is_mended_is_told_once(box: Sandbox) -> None:
    """Changed parameters are tried anew; what stays wrong is not told again."""
    stack = deploy(box)
    lost = Grant("NotifyFunctionRole", "KeepWhatFails", "sqs:SendMessage")
    with without(box, stack, lost):
        for grace in ("0", "1"):
            box.update({"IdleGraceHours": grace})
            box.run(until=box.now + timedelta(minutes=40))
            assert len(mails(box)) == 1
    box.update({"IdleGraceHours": "2"})
    box.run(until=box.now + timedelta(minutes=40))
    assert "Nothing is refused." in mails(box)[-1]
    assert len(mails(box)) == 2


def test_a_mail_that_cannot_be_sent_is_an_alarm(box: Sandbox) -> None:
    """CloudWatch reaches the topic by itself; the alarm says where to look."""
    stack = deploy(box)
    lost = Grant("NotifyFunctionRole", "TellPeople", "sns:Publish")
    with without(box, stack, lost):
        box.run(until=box.now + timedelta(hours=1))
    assert mails(box) == []
    assert "the message in the queue says which" in alarms(box)["DeadLettersArrived"]


PLACES = [
    *((service, "us-east-1") for service in ("events", "logs", "sns", "lambda", "cloudwatch")),
    ("*", "eu-west-1"),
]


@pytest.mark.parametrize(("service", "region"), PLACES, ids=str)
def test_a_service_or_region_that_is_silent_is_told_within_the_hour(
    box: Sandbox, service: str, region: str
) -> None:
    """By a mail that names it, or by an alarm of the stack's own."""
    deploy(box, Regions="us-east-1,eu-west-1")
    box.gate.faults.add(Rule(service=service, region=region, down=True))
    box.run(until=box.now + timedelta(hours=1))
    box.gate.faults.clear()
    told = [text for text in mails(box) if f"in {region} failed" in text]
    assert told or alarms(box).keys() & {"DeadLettersArrived", "MonitorErrors"}


def test_each_service_that_is_silent_is_named(box: Sandbox) -> None:
    """In each region that is watched, by the function that needs it."""
    deploy(box, Regions="us-east-1,eu-west-1")
    box.tick()
    for region in ("us-east-1", "eu-west-1"):
        for service in ("personalize", "cloudwatch", "sns"):
            fault = box.gate.faults.add(Rule(service=service, region=region, down=True))
            silent = tried(box, "Monitor")["silent"]
            box.gate.faults.remove(fault)
            assert [one for one in silent if f"Trying {service}:" in one and region in one]


def test_who_asks_gets_an_answer_by_mail_once(box: Sandbox) -> None:
    """Whatever it is; a second delivery of the event is the same question. Nothing is left."""
    deploy(box)
    request(box, TEST_EVENT, {})
    box.catch_up()
    (told,) = mails(box)
    assert "0 refusals" in told
    asked = box.invocations("MonitorFunction")[-1]
    assert box.invoke("MonitorFunction", asked.event).result == {"again": True}
    box.catch_up()
    assert len(mails(box)) == 1
    watch = box.client("cloudwatch")
    assert not watch.describe_alarms(AlarmNamePrefix="PersonalizeMonitor-Self")["MetricAlarms"]
    assert not watch.list_dashboards(DashboardNamePrefix="Amazon-Personalize-Monitor-self")[
        "DashboardEntries"
    ]


def test_an_hour_after_installation_it_says_what_it_watches(box: Sandbox) -> None:
    """Once, whatever becomes of the function's memory; nothing else is said of a healthy fleet."""
    deploy(box)
    box.run(until=box.now + timedelta(minutes=70))
    (mail,) = box.mailbox.delivered_to(TEAM)
    assert mail.subject == "Personalize Monitor watches 1 campaign"
    for part in ("What is watched:", "It deletes no campaign", "0 refusals.", "doctor --deployed"):
        assert part in mail.message
    box.cold_start("MonitorFunction")
    box.run(until=box.now + timedelta(hours=2))
    assert len(box.mailbox) == 1


def test_the_doctor_lets_the_functions_try(box: Sandbox) -> None:
    """With --deployed it names what they miss, with the cure, or what it misses itself."""
    stack = deploy(box)
    access = Access()
    info = Stacks(access, box.home).find()
    (well,) = findings(access, info)
    assert well.mark is Mark.OK
    with without(box, stack, Grant("UpdateFunctionRole", "ChangeFloors", UPDATE)):
        (wrong,) = findings(access, info)
    assert wrong.said == f"{UPDATE} is refused to UpdateFunction in us-east-1."
    assert wrong.cure.startswith("See that the statement ChangeFloors of UpdateFunctionRole in")
    box.gate.faults.add(Rule(service="lambda", code="AccessDeniedException"))
    (denied,) = findings(access, info)
    assert denied.cure.startswith("Allow lambda:InvokeFunction on arn:aws:lambda:us-east-1:")
    assert findings(access, None)[0].mark is Mark.SKIPPED


def test_an_event_that_does_not_arrive_is_missed(box: Sandbox) -> None:
    """The rule of the journal is disabled: the self-test's own event is not found there."""
    stack = deploy(box)
    box.client("events").disable_rule(Name=stack.physical_id("JournalFunctionEvents"))
    box.run(until=box.now + timedelta(hours=1))
    (told,) = mails(box)
    assert "UTC has not arrived in the journal: look at its rule" in told


EXPLORES = {"itemExplorationConfig": {"explorationWeight": "0.3"}}
SYNC = "syncWithLatestSolutionVersion"


def guard_of(box: Sandbox, name: str) -> str:
    """The guard behind the last decision about a resource."""
    cycles = box.invocations("MonitorFunction")
    found = [
        one
        for cycle in cycles
        for one in dict(cycle.result or {}).get("decisions", ())
        if one["arn"].endswith(f"/{name}")
    ]
    return str(found[-1]["held_by"])


def compared(box: Sandbox) -> list[str]:
    """The subjects of the mails about what changed beside a floor."""
    return [
        str(mail.subject)
        for mail in box.mailbox.delivered_to(TEAM)
        if "Until then every automatic change of a floor is held" in mail.message
    ]


def test_an_update_that_loses_a_member_holds_all_floors_until_a_person_ends_it(
    box: Sandbox,
) -> None:
    """One notice names the member, before and after; the hold outlives a restart."""
    box.world.habits.loses = {SYNC}
    config = {**EXPLORES, SYNC: True}
    fleet.add_campaign(box.world, "first", floor=20, shape=Steady(2.0), config=config)
    exempt = {"PersonalizeMonitor:Exempt": "yes"}
    later = fleet.add_campaign(box.world, "later", floor=20, shape=Steady(2.0), tags=exempt)
    deploy(box)
    box.run(until=box.now + timedelta(hours=2))
    assert compared(box) == [
        "UpdateCampaign changed campaignConfig.syncWithLatestSolutionVersion: all floors are held"
    ]
    client = box.client("personalize")
    client.untag_resource(resourceArn=later.arn, tagKeys=list(exempt))
    box.update({"IdleGraceHours": "1"})
    box.cold_start("MonitorFunction")
    box.run(until=box.now + timedelta(hours=2))
    assert guard_of(box, "later") == "update check"
    assert len(compared(box)) == 1
    access = Access()
    info = Stacks(access, box.home).find()
    found = {one.mark: one.said for one in findings(access, info)}
    assert "of first at 2026-03-02" in found[Mark.WRONG]
    assert "before true, after absent." in found[Mark.WRONG]
    (done,) = ended(access, info)
    assert "accepted from now on: UpdateCampaign changed campaignConfig.sync" in done.said
    box.run(until=box.now + timedelta(hours=2))
    assert client.describe_campaign(campaignArn=later.arn)["campaign"]["minProvisionedTPS"] == 2
    assert len(compared(box)) == 1
    assert [one.mark for one in ended(access, info)] == [Mark.OK]


def test_first_changes_that_leave_all_as_it_was_are_remembered(box: Sandbox) -> None:
    """Of each kind: the doctor shows it, and the next digest tells it."""
    fleet.add_campaign(box.world, "first", floor=20, shape=Steady(2.0), config=EXPLORES)
    fleet.add_recommender(box.world, "second", floor=20, shape=Steady(2.0))
    fleet.add_recommender(box.world, "idle", floor=2)
    deploy(box, Digest="Daily", AutoStopIdleRecommenders="Yes")
    box.run(until=datetime(2026, 3, 3, 8, tzinfo=UTC))
    access = Access()
    told = [one.said for one in findings(access, Stacks(access, box.home).find())]
    at = r" in account 123456789012: verified at 2026-03-02 \d\d:\d\d UTC that it leaves "
    for operation, members in (
        ("UpdateCampaign", "campaignConfig.itemExplorationConfig, solutionVersionArn"),
        ("UpdateRecommender", "modelMetrics, recipeArn"),
        ("StopRecommender", "recipeArn"),
    ):
        assert any(re.fullmatch(f"{operation}{at}{members} as before.", one) for one in told)
    (digest,) = [m for m in box.mailbox.delivered_to(TEAM) if "Last day" in str(m.subject)]
    assert "What changes left as it was:\n- StopRecommender in account" in digest.message
    assert compared(box) == []


def test_a_recommender_that_is_trained_anew_is_told(box: Sandbox) -> None:
    """The metrics of its model say so; a campaign is not lowered after that."""
    box.world.habits.loses = {"modelMetrics"}
    fleet.add_recommender(box.world, "second", floor=20, shape=Steady(2.0))
    deploy(box)
    box.run(until=box.now + timedelta(hours=2))
    assert compared(box) == ["UpdateRecommender changed modelMetrics: all floors are held"]
