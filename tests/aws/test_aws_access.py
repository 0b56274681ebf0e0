"""The way into accounts: clients are made once, calls are counted, roles are assumed late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import ACCOUNT, HOME, Local

from aws_sandbox.gate import Principal, Role
from personalize_monitor.aws import access
from personalize_monitor.aws.access import WORKERS, Access, new_session
from personalize_monitor.aws.problems import AWS_ERRORS, is_denied

ROLE = "arn:aws:iam::210987654321:role/personalize-monitor-member"


@given(st.integers(0, 4_000_000_000))
def test_a_number_is_a_time_in_utc(epoch: int) -> None:
    """CloudWatch's thousands of epoch numbers become aware times without botocore's slow parser."""
    moment = access._timestamp(epoch)
    assert moment.tzinfo is UTC
    assert moment.timestamp() == epoch


def test_a_text_is_a_time_too() -> None:
    """Services that write times as text are read as before."""
    assert access._timestamp("2026-03-02T10:02:00Z") == datetime(2026, 3, 2, 10, 2, tzinfo=UTC)


def test_a_client_is_made_once_for_service_and_region() -> None:
    """Every caller of a service in a region shares its client, also when many ask at once."""
    way = Access()
    with ThreadPoolExecutor(WORKERS) as pool:
        clients = list(pool.map(lambda _: way.client("logs", HOME), range(WORKERS)))
    assert {id(client) for client in clients} == {id(clients[0])}
    assert way.client("logs", "eu-west-1") is not clients[0]
    assert way.client("logs", "eu-west-1").meta.region_name == "eu-west-1"


@pytest.mark.parametrize(("service", "mode"), [("personalize", "adaptive"), ("logs", "standard")])
def test_only_the_service_that_throttles_early_slows_itself_down(service: str, mode: str) -> None:
    """Personalize gets botocore's adaptive retries; the others try again as usual."""
    config = Access().client(service, HOME).meta.config
    assert config.retries["mode"] == mode
    assert config.max_pool_connections == WORKERS
    assert "personalize-monitor/" in config.user_agent_extra


def test_a_call_has_an_end() -> None:
    """A region that hangs is given up within half a minute of a try, not with the function."""
    config = Access().client("cloudwatch", HOME).meta.config
    assert config.connect_timeout + config.read_timeout <= 30


def test_one_pace_for_all_callers_of_an_operation() -> None:
    """AWS counts an account's calls in a region, so everybody waits at the same gate."""
    way = Access()
    first = way.pace("PutMetricAlarm", HOME, 2.8)
    assert way.pace("PutMetricAlarm", HOME, 2.8) is first
    assert way.pace("PutMetricAlarm", "eu-west-1", 2.8) is not first
    assert way.pace("DeleteAlarms", HOME, 2.8) is not first


def test_home_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Lambda the stack's region; us-east-1 where a machine has none set."""
    assert Access(boto3.Session(region_name="eu-west-1")).home_region == "eu-west-1"
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    assert Access(new_session()).home_region == "us-east-1"


@pytest.mark.parametrize(("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn")])
def test_china_has_a_partition_of_its_own(region: str, partition: str) -> None:
    """ARNs that we build name the partition of the home region."""
    assert Access(boto3.Session(region_name=region)).partition() == partition


def test_the_account_is_asked_for_once(local: Local) -> None:
    """However often it is needed, STS is asked once."""
    way = Access()
    assert (way.account, way.account) == (ACCOUNT, ACCOUNT)
    assert way.calls["sts", "GetCallerIdentity"] == 1


def test_assuming_asks_nothing_until_it_is_used(local: Local) -> None:
    """A role that refuses costs its own account's calls, and nothing before."""
    way = Access()
    member = way.assume(ROLE, session_name="monitor", external_id="stack/1/home")
    assert member.account == "210987654321"
    assert member.home_region == way.home_region
    assert local.calls("AssumeRole") == []
    assert way.assume(ROLE, session_name="monitor", external_id="stack/1/home") is member


def test_a_role_is_assumed_once_for_an_hour(local: Local) -> None:
    """Many calls of many services use one set of credentials, with the external id that is due."""
    local.world.gate.register_role(ROLE, Role(None))
    member = local.access.assume(ROLE, session_name="monitor", external_id="stack/1/home")
    member.client("personalize", HOME).list_campaigns()
    member.client("cloudwatch", HOME).list_dashboards()
    (call,) = local.calls("AssumeRole")
    assert call.params["ExternalId"] == "stack/1/home"
    assert call.params["RoleSessionName"] == "monitor"
    assert int(call.params["DurationSeconds"]) == 3600
    assert {c.account for c in local.calls("ListCampaigns")} == {"210987654321"}


def test_a_role_that_refuses_is_a_refusal_of_the_call(local: Local) -> None:
    """Whoever calls through it gets an AWS error in its own place, as from any other call."""

    def nobody(caller: Principal, told: Any) -> bool:
        return False

    local.world.gate.register_role(ROLE, Role(None, nobody))
    member = local.access.assume(ROLE, session_name="monitor", external_id="wrong")
    with pytest.raises(AWS_ERRORS) as refusal:
        member.client("personalize", HOME).list_campaigns()
    assert is_denied(refusal.value)


def test_credentials_are_renewed_before_they_expire(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warm function that lives for hours assumes the role again, by the machine's own clock."""
    local.world.gate.register_role(ROLE, Role(None))
    now = [datetime(2026, 3, 2, 10, 2, tzinfo=UTC)]
    monkeypatch.setattr(access, "utc_now", lambda: now[0])
    member = local.access.assume(ROLE, session_name="monitor", external_id="stack/1/home")
    client = member.client("personalize", HOME)
    for _ in range(3):
        client.list_campaigns()
    assert len(local.calls("AssumeRole")) == 1
    now[0] += timedelta(minutes=59)
    client.list_campaigns()
    assert len(local.calls("AssumeRole")) == 2


def test_calls_of_a_member_are_counted_apart(local: Local) -> None:
    """The summary says which calls were made in which account's name."""
    local.world.gate.register_role(ROLE, Role(None))
    member = local.access.assume(ROLE, session_name="monitor", external_id="stack/1/home")
    member.client("personalize", HOME).list_campaigns()
    assert member.calls["personalize", "ListCampaigns"] == 1
    assert local.access.calls["personalize", "ListCampaigns"] == 0
