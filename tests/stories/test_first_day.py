"""The first day: whatever AWS refuses or does not answer, somebody is told within an hour."""

from __future__ import annotations

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
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.stackinfo import Stacks
from personalize_monitor.contract import TEST_EVENT
from personalize_monitor.selftest.roles import AT_PLACES, FUNCTIONS
from personalize_monitor_desk.cli.doctor.finding import Mark
from personalize_monitor_desk.cli.doctor.selftest import findings

ROOT = Path(__file__).parents[2]
OTHER = "210987654321"
TEAM = "team@example.com"
UPDATE = "personalize:UpdateCampaign"
EVERYTHING = {
    "AutoDeleteIdleCampaigns": "Yes",
    "AutoStopIdleRecommenders": "Yes",
    "ChatNotifications": "Yes",
    "LearnPrices": "Yes",
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


HOME, AWAY = "us-east-1", "eu-west-1"
SILENT = [
    *((service, region) for region in (HOME, AWAY) for service in ("personalize", "cloudwatch")),
    *((service, HOME) for service in ("events", "lambda", "sqs", "ssm")),
    ("sns", AWAY),
    ("*", AWAY),
]
"""What falls silent, and where: of a region that is not home the application needs only these."""


def test_each_service_of_each_region_that_is_silent_is_told_within_the_hour(box: Sandbox) -> None:
    """One world for all of them: a mail names service and region, and what to do."""
    lists = {name: EVERYTHING[name] for name in ("CampaignARNs", "RecommenderARNs")}
    deploy(box, Regions=f"{HOME},{AWAY}", **lists)
    untold = []
    for number, (service, region) in enumerate(SILENT):
        # Changed parameters are tried anew: nobody waits for the daily self-test.
        box.update({"IdleGraceHours": str(number + 1)})
        box.tick()
        known, end = len(mails(box)), box.now + timedelta(hours=1)
        fault = box.gate.faults.add(Rule(service=service, region=region, down=True))
        told: list[str] = []
        while not told and box.now < end:
            box.run(until=box.now + timedelta(minutes=5))
            told = [one for one in mails(box)[known:] if _tells(one, service, region)]
        box.gate.faults.remove(fault)
        untold += [] if told else [(service, region)]
    assert untold == []


def _tells(mail: str, service: str, region: str) -> bool:
    """Whether a mail names what is silent, and where, with the cure."""
    named = f"Trying {service}:" if service != "*" else "Trying "
    cure = f"if {region} never answers, take it out of Regions"
    return any(named in line and cure in line for line in mail.splitlines())


@pytest.mark.parametrize("service", ["logs", "sns", "cloudwatch", "ssm"])
def test_what_a_mail_cannot_tell_an_alarm_does(box: Sandbox, service: str) -> None:
    """Where no mail goes out, or nothing can begin; the alarm says where to look."""
    deploy(box, CampaignARNs=EVERYTHING["CampaignARNs"])
    box.cold_start("MonitorFunction")
    box.gate.faults.add(Rule(service=service, region=HOME, down=True))
    box.run(until=box.now + timedelta(hours=1))
    box.gate.faults.clear()
    told = [one for one in mails(box) if _tells(one, service, HOME)]
    assert told or alarms(box).keys() & {"DeadLettersArrived", "MonitorErrors"}


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


def test_other_accounts_are_on_the_dashboard_and_in_the_digest(box: Sandbox) -> None:
    """Whoever builds it; an account that lets nobody in is named, and costs only itself."""
    member = box.deploy(ROOT / "member-account.yaml", MEMBER, account=OTHER, name="member")
    role = member.outputs["RoleArn"]
    shape = Steady(2.0)
    abroad = fleet.add_campaign(box.world, "abroad", floor=20, shape=shape, account=OTHER)
    gone = "arn:aws:iam::333333333333:role/personalize-monitor-member"
    deploy(box, MonitoredRoleARNs=f"{role},{gone}")
    box.run(until=box.now + timedelta(hours=2))
    for ask in ({}, {"time": box.now.isoformat()}):
        if ask:
            answer = box.invoke("DashboardFunction", ask)
            assert answer.ok, answer.error
        watch = box.client("cloudwatch")
        body = watch.get_dashboard(DashboardName="Amazon-Personalize-Monitor")["DashboardBody"]
        assert abroad.arn in body
        assert f'"accountId":"{OTHER}"' in body
        assert "Floors: abroad 2. The graphs are empty until" in body
        assert "333333333333/us-east-1 did not answer." in body
    assert box.invoke("MonitorFunction", {"Digest": True}).ok
    box.catch_up()
    (digest,) = [m for m in box.mailbox.delivered_to(TEAM) if "Last week" in str(m.subject)]
    assert "- abroad: lowered from 20 to 2 at " in digest.message
    unknown = digest.message.partition("What is not known:")[2]
    assert "Listing campaigns of 333333333333/us-east-1 failed (AccessDenied)" in unknown
    assert "not looked at here" not in unknown
    assert "home" not in digest.message.partition("What was changed")[2].partition("What")[0]
