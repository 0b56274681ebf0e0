"""The gate: principals, permissions, faults, validation and the record of calls."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from aws_sandbox import answers, fleet, gate
from aws_sandbox.faults import Faults, Rule
from aws_sandbox.gate import Call, InvalidAnswer, Principal, Role
from aws_sandbox.world import World

ONCE = Config(retries={"max_attempts": 0})
SECRET = "secret"  # any will do: signatures are not checked


def client(service: str, key: str = "AKIDTEST", region: str = "us-east-1") -> Any:
    """A client that does not retry, with an access key of our choice."""
    session: Any = boto3.Session(aws_access_key_id=key, aws_secret_access_key=SECRET)
    return session.client(service, region_name=region, config=ONCE)


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    """One allowing statement."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def test_every_call_is_recorded_with_its_caller(world: World) -> None:
    """Time, principal, service, action, region, parameters and error, in order."""
    world.gate.register("AKIDROBOT", Principal("robot/session", "210987654321"))
    heard: list[Call] = []
    world.gate.on_call.append(heard.append)
    with pytest.raises(ClientError):
        client("personalize", "AKIDROBOT").describe_campaign(
            campaignArn="arn:aws:personalize:us-east-1:210987654321:campaign/x"
        )
    client("sns", "AKIDROBOT", "eu-west-1").create_topic(Name="t")
    first, second = world.gate.calls
    assert (first.service, first.action, first.error) == (
        "personalize",
        "DescribeCampaign",
        "ResourceNotFoundException",
    )
    assert first.time == world.clock.now()
    assert first.principal.name == "robot/session"
    assert (second.service, second.action, second.region, second.error) == (
        "sns",
        "CreateTopic",
        "eu-west-1",
        None,
    )
    assert second.params["Name"] == "t"
    assert second.account == "210987654321"
    assert heard == [first, second]
    assert world.gate.counts["sns", "CreateTopic", "eu-west-1", None] == 1


def test_the_key_decides_the_account(world: World) -> None:
    """Registered keys have their account, twelve digits name one, all others are the default."""
    world.gate.register("AKIDROBOT", Principal("robot", "210987654321"))
    for key, account in (
        ("AKIDROBOT", "210987654321"),
        ("333333333333", "333333333333"),
        ("whatever", "123456789012"),
    ):
        made = client("sns", key).create_topic(Name="t")["TopicArn"]
        assert made == f"arn:aws:sns:us-east-1:{account}:t"


def test_a_denial_speaks_as_aws_does(world: World) -> None:
    """AccessDenied names user, action and resource; a permission lets the call through."""
    arn = fleet.add_campaign(world, "home").arn
    world.gate.register(
        "AKIDROBOT", Principal("monitor/fn", policies=[allow("personalize:ListCampaigns")])
    )
    robot = client("personalize", "AKIDROBOT")
    assert len(robot.list_campaigns()["campaigns"]) == 1
    with pytest.raises(ClientError) as caught:
        robot.describe_campaign(campaignArn=arn)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"] == (
        "User: arn:aws:sts::123456789012:assumed-role/monitor/fn is not authorized to perform: "
        f"personalize:DescribeCampaign on resource: {arn} because no identity-based policy allows "
        "the personalize:DescribeCampaign action"
    )
    denied = {"Effect": "Deny", "Action": "personalize:*", "Resource": arn}
    world.gate.register("AKIDROBOT", Principal("m", policies=[allow("personalize:*"), denied]))
    with pytest.raises(ClientError, match="with an explicit deny"):
        robot.describe_campaign(campaignArn=arn)
    assert world.gate.calls[-1].error == "AccessDeniedException"


def test_an_unknown_token_is_refused(world: World) -> None:
    """A key registered to nobody is UnrecognizedClient."""
    gate.register("AKIDGONE", None)
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        client("personalize", "AKIDGONE").list_campaigns()


def test_assuming_a_role_gives_its_permissions_and_account(world: World) -> None:
    """Keys from AssumeRole act in the role's account with the role's statements, if it trusts."""
    arn = "arn:aws:iam::210987654321:role/reader"
    role = Role([allow("personalize:ListCampaigns")], lambda who, _: who.account == "123456789012")
    world.gate.register_role(arn, role)
    fleet.add_campaign(world, "theirs", account="210987654321")
    got = client("sts").assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]
    theirs = boto3.client(
        "personalize",
        region_name="us-east-1",
        aws_access_key_id=got["AccessKeyId"],
        aws_secret_access_key=got["SecretAccessKey"],
        aws_session_token=got["SessionToken"],
        config=ONCE,
    )
    assert len(theirs.list_campaigns()["campaigns"]) == 1
    with pytest.raises(ClientError, match=r"assumed-role/reader/me is not authorized"):
        theirs.list_recommenders()
    with pytest.raises(ClientError, match="AccessDenied"):
        client("sts").assume_role(RoleArn=arn + "2", RoleSessionName="me")
    with pytest.raises(ClientError, match="AccessDenied"):
        client("sts", "333333333333").assume_role(RoleArn=arn, RoleSessionName="me")


@pytest.mark.parametrize(
    ("service", "method", "code"),
    [
        ("personalize", "list_campaigns", "ThrottlingException"),
        ("cloudwatch", "list_metrics", "Throttling"),
        ("events", "list_rules", "ThrottlingException"),
        ("sns", "list_topics", "Throttling"),
        ("scheduler", "list_schedules", "ThrottlingException"),
        ("lambda", "list_functions", "ThrottlingException"),
    ],
)
def test_an_injected_error_arrives_in_every_protocol(
    world: World, service: str, method: str, code: str
) -> None:
    """JSON, query-compatible JSON, query and REST-JSON clients all read code and message."""
    rule = Rule(service=service, code="ThrottlingException", message="Rate <exceeded>")
    world.gate.faults.add(rule)
    with pytest.raises(ClientError) as caught:
        getattr(client(service), method)()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["Error"]["Message"] == "Rate <exceeded>"
    assert world.gate.faults.hits(rule) == 1
    world.gate.faults.remove(rule)
    getattr(client(service), method)()


def test_a_rule_strikes_where_and_when_it_says(world: World) -> None:
    """Action, region, resource, principal, time span and number of hits all narrow a rule."""
    first = fleet.add_campaign(world, "one").arn
    second = fleet.add_campaign(world, "two").arn
    now = world.clock.now()
    world.gate.faults.add(
        Rule(
            action="Describe*",
            region="us-*",
            resource="*/one",
            principal="admin*",
            since=now + timedelta(minutes=5),
            until=now + timedelta(minutes=10),
            times=2,
            code="InternalServerError",
            status=500,
        )
    )
    asker = client("personalize")
    asker.describe_campaign(campaignArn=first)
    world.clock.advance(timedelta(minutes=5))
    asker.describe_campaign(campaignArn=second)
    asker.list_campaigns()
    for _ in range(2):
        with pytest.raises(ClientError, match="InternalServerError"):
            asker.describe_campaign(campaignArn=first)
    asker.describe_campaign(campaignArn=first)


def test_a_probability_is_drawn_from_the_seed(world: World) -> None:
    """The same calls fare alike for one seed, about the given share of them fails."""
    world.gate.faults.add(Rule(code="ThrottlingException", probability=0.3))

    def fates() -> list[bool]:
        asker = client("personalize")
        fates = []
        for _ in range(60):
            world.clock.advance(timedelta(seconds=1))
            try:
                asker.list_campaigns()
                fates.append(True)
            except ClientError:
                fates.append(False)
        return fates

    assert 8 <= fates().count(False) <= 30


def test_draws_do_not_depend_on_the_order_of_threads() -> None:
    """Two fault sets of one seed agree call by call, whatever was asked in between."""
    now = datetime(2026, 3, 2, tzinfo=UTC)

    def call(name: str) -> Call:
        who = Principal("p")
        return Call(now, who, who.account, "personalize", "DescribeX", "r", {"arn": name})

    rule = Rule(code="X", probability=0.5)
    one, two = Faults(7), Faults(7)
    one.add(rule)
    two.add(rule)
    names = [f"n{i}" for i in range(40)]
    forth = {name: one.meet(call(name)) is None for name in names}
    back = {name: two.meet(call(name)) is None for name in reversed(names)}
    assert forth == back
    assert len(set(forth.values())) == 2


def test_a_rate_limit_is_a_token_bucket() -> None:
    """Three calls pass at once, then one each third of a second."""
    watch = [0.0]
    faults = Faults(monotonic=lambda: watch[0])
    faults.add(Rule(action="PutMetricAlarm", rate=3, burst=3))
    who = Principal("p")
    call = Call(
        datetime(2026, 3, 2, tzinfo=UTC), who, who.account, "cloudwatch", "PutMetricAlarm", "r", {}
    )
    passed = [faults.meet(call) is None for _ in range(4)]
    assert passed == [True, True, True, False]
    watch[0] += 0.34
    assert faults.meet(call) is None
    throttled = faults.meet(call)
    assert throttled is not None
    assert throttled.code == "ThrottlingException"


def test_a_region_that_is_down_cannot_be_reached(world: World) -> None:
    """The client sees a connection error there, and service as usual elsewhere."""
    world.gate.faults.add(Rule(region="eu-west-1", down=True))
    with pytest.raises(EndpointConnectionError):
        client("personalize", region="eu-west-1").list_campaigns()
    client("personalize").list_campaigns()
    assert world.gate.calls[0].error == "Unreachable"


def test_slowness_is_shared_by_threads(world: World) -> None:
    """Latency is waited for outside the lock: ten slow calls of ten threads wait at once."""
    world.gate.faults.add(Rule(latency=0.2))
    asker, together = client("personalize"), threading.Barrier(10)
    asked: list[float] = []

    def sleep(seconds: float) -> None:
        asked.append(seconds)
        together.wait(60)

    world.gate.faults.sleep = sleep
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: asker.list_campaigns(), range(10)))
    assert asked == [0.2] * 10


def test_an_answer_that_aws_would_not_give_is_caught(world: World) -> None:
    """A missing or unknown member fails loudly, unless validation is switched off."""
    fleet.add_campaign(world, "home")

    def spoil(call: Call, body: dict[str, Any]) -> dict[str, Any] | None:
        return {"campaigns": [{"name": 5, "colour": "red"}]} if "campaigns" in body else None

    world.gate.alter.append(spoil)
    with pytest.raises(InvalidAnswer, match=r"colour.*not a member"):
        client("personalize").list_campaigns()
    client("personalize").list_recommenders()
    world.gate.validate = False
    assert client("personalize").list_campaigns()["campaigns"][0]["name"] == 5


def test_deferred_work_runs_after_the_lock_is_free(world: World) -> None:
    """Work from inside a request may use the sandbox from another thread: it waits its turn."""
    done: list[int] = []

    def from_a_thread() -> None:
        def ask() -> None:
            done.append(len(client("personalize").list_campaigns()["campaigns"]))

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(5)

    def inside(call: Call, body: dict[str, Any]) -> None:
        if call.action == "ListRecommenders":
            world.gate.defer(from_a_thread)

    world.gate.alter.append(inside)
    client("personalize").list_recommenders()
    assert done == [0]
    world.gate.defer(lambda: done.append(7))
    assert done == [0, 7]


def test_the_record_of_calls_is_bounded(world: World) -> None:
    """A long run keeps the latest calls and counts them all."""
    world.gate.validate = False
    asker = client("personalize")
    asker.list_campaigns()
    (call,) = world.gate.calls
    world.gate.kept = 100
    world.gate.calls.extend([call] * 100)
    asker.list_recommenders()
    assert len(world.gate.calls) < 100
    assert sum(world.gate.counts.values()) == 2
    assert world.gate.calls[-1].action == "ListRecommenders"


def test_error_codes_are_read_from_any_answer() -> None:
    """Header, JSON body and XML body, in this order; else the status."""
    assert answers.code_of((400, {"X-Amzn-ErrorType": "A:http://x"}, "{}")) == "A"
    assert answers.code_of((400, {}, json.dumps({"__type": "com.amazonaws#B"}))) == "B"
    assert answers.code_of((400, {}, b"<Error><Code>C</Code></Error>")) == "C"
    assert answers.code_of((500, {}, "oops")) == "500"
