"""Several accounts: each watched and acted on in itself, through its own role."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aws_sandbox import fleet
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.traffic.shapes import Replay

ROOT = Path(__file__).parents[2]
HOME, RETAIL, MEDIA = "123456789012", "222222222222", "333333333333"
ROLE = "arn:aws:iam::{}:role/personalize-monitor-member"
BEGIN = datetime(2026, 3, 2, 10, 2, tzinfo=UTC)


def steady(requests: int) -> Replay:
    """So many requests in every five minutes."""
    return Replay(0, (requests,), repeat=True)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """Three accounts with a campaign each, the two others with the role of the second template."""
    with Sandbox(BEGIN, account=HOME) as sandbox:
        for account, name in ((HOME, "home"), (RETAIL, "shoes"), (MEDIA, "films")):
            region = "eu-west-1" if account == MEDIA else "us-east-1"
            fleet.add_campaign(
                sandbox.world, name, floor=4, shape=steady(300), account=account, region=region
            )
        yield sandbox


def join(box: Sandbox, account: str, **parameters: str) -> None:
    """Deploy the member template in an account."""
    home = {"HomeAccountId": HOME, "HomeRegion": "us-east-1"}
    box.deploy(ROOT / "member-account.yaml", home | parameters, account=account, name="member")


def deploy(box: Sandbox, **parameters: str) -> None:
    """Deploy the application at home, watching all three accounts in two regions."""
    roles = ",".join(ROLE.format(account) for account in (RETAIL, MEDIA))
    values = {"Regions": "us-east-1,eu-west-1", "MonitoredRoleARNs": roles} | parameters
    box.deploy(ROOT / "template.yaml", values)


def latest(box: Sandbox, account: str, region: str, arn: str) -> list[float]:
    """The averages that were published about a campaign in an account and region."""
    stat = {
        "Namespace": "PersonalizeMonitor",
        "MetricName": "averageTPS",
        "Dimensions": [{"Name": "CampaignArn", "Value": arn}],
    }
    answer = box.client("cloudwatch", region=region, account=account).get_metric_data(
        MetricDataQueries=[
            {"Id": "m", "MetricStat": {"Metric": stat, "Period": 300, "Stat": "Sum"}}
        ],
        StartTime=box.now - timedelta(hours=2),
        EndTime=box.now,
    )
    values: list[float] = answer["MetricDataResults"][0]["Values"]
    return values


def count(box: Sandbox, name: str) -> list[float]:
    """The counts at home."""
    stat: dict[str, Any] = {"Namespace": "PersonalizeMonitor", "MetricName": name, "Dimensions": []}
    answer = box.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {"Id": "m", "MetricStat": {"Metric": stat, "Period": 300, "Stat": "Sum"}}
        ],
        StartTime=box.now - timedelta(hours=2),
        EndTime=box.now,
    )
    values: list[float] = answer["MetricDataResults"][0]["Values"]
    return values


def campaign(account: str, name: str, region: str = "us-east-1") -> str:
    """The ARN of a campaign."""
    return f"arn:aws:personalize:{region}:{account}:campaign/{name}"


def alarms(box: Sandbox, account: str, region: str = "us-east-1") -> dict[str, list[str]]:
    """Our alarms of an account and region, with their actions."""
    cloudwatch = box.client("cloudwatch", region=region, account=account)
    found = cloudwatch.describe_alarms(AlarmNamePrefix="PersonalizeMonitor-")["MetricAlarms"]
    return {alarm["AlarmName"]: alarm["AlarmActions"] for alarm in found}


def floor(box: Sandbox, account: str, name: str) -> int:
    """The floor that is in force or on its way."""
    personalize = box.client("personalize", account=account)
    found = personalize.describe_campaign(campaignArn=campaign(account, name))["campaign"]
    update = found.get("latestCampaignUpdate") or found
    return int(update["minProvisionedTPS"])


def test_three_accounts_are_measured_alarmed_and_counted(box: Sandbox) -> None:
    """Each account has its own datapoints, alarms and topic; the counts at home are of all."""
    join(box, RETAIL)
    join(box, MEDIA)
    deploy(box, AutoAdjustCampaignMinProvisionedTPS="No")
    for _ in range(3):
        box.tick()
    places = ((HOME, "home", "us-east-1"), (RETAIL, "shoes", "us-east-1"))
    for account, name, region in (*places, (MEDIA, "films", "eu-west-1")):
        arn = campaign(account, name, region)
        assert latest(box, account, region, arn), arn
        assert set(latest(box, account, region, arn)) == {1.0}
        topic = f"arn:aws:sns:{region}:{account}:PersonalizeMonitorNotifications"
        found = alarms(box, account, region)
        assert len(found) == 2
        assert all(actions == [topic] for actions in found.values())
    assert latest(box, HOME, "us-east-1", campaign(RETAIL, "shoes")) == []
    assert set(count(box, "monitoredCampaignCount")) == {3.0}
    assert [i.error for i in box.invocations("MonitorFunction") if not i.ok] == []


def test_floors_change_in_the_account_of_the_campaign(box: Sandbox) -> None:
    """The executor takes on the role of the campaign's account, and no other campaign changes."""
    join(box, RETAIL)
    join(box, MEDIA, AllowFloorChanges="No")
    deploy(box, AutoAdjustCampaignMinProvisionedTPS="No")
    arn = campaign(RETAIL, "shoes")
    done = box.invoke("UpdateFunction", {"CampaignARN": arn, "MinProvisionedTPS": 2})
    assert done.ok, done.error
    assert (floor(box, RETAIL, "shoes"), floor(box, HOME, "home")) == (2, 4)
    there = campaign(MEDIA, "films", "eu-west-1")
    refused = box.invoke("UpdateFunction", {"CampaignARN": there, "MinProvisionedTPS": 2})
    assert not refused.ok
    assert "permission" in str(refused.error)
    unknown = campaign("444444444444", "x")
    stranger = box.invoke("UpdateFunction", {"CampaignARN": unknown, "MinProvisionedTPS": 2})
    assert "belongs to account 444444444444" in str(stranger.error)


def test_the_monitor_lowers_floors_of_members_through_events_at_home(box: Sandbox) -> None:
    """A decision about a member's campaign is requested at home and carried out there."""
    join(box, RETAIL)
    join(box, MEDIA)
    fleet.add_campaign(box.world, "wide", floor=20, shape=steady(300), account=RETAIL)
    deploy(box)
    for _ in range(14):
        box.tick()
    assert floor(box, RETAIL, "wide") == 1
    updated = [e.event for e in box.events_log if e.event["detail-type"].endswith("TPSUpdated")]
    assert campaign(RETAIL, "wide") in {event["detail"]["ARN"] for event in updated}


def test_an_account_that_lets_nobody_in_leaves_the_others_alone(box: Sandbox) -> None:
    """Without its role, an account is a problem of its own; the others have all datapoints."""
    join(box, RETAIL)
    deploy(box, AutoAdjustCampaignMinProvisionedTPS="No")
    box.tick()
    box.tick()
    summary = box.invocations("MonitorFunction")[-1].result
    assert summary is not None
    assert any(f"{MEDIA}/eu-west-1" in problem for problem in summary["problems"])
    assert not any(RETAIL in problem for problem in summary["problems"])
    assert latest(box, RETAIL, "us-east-1", campaign(RETAIL, "shoes"))
    assert latest(box, HOME, "us-east-1", campaign(HOME, "home"))
    assert latest(box, MEDIA, "eu-west-1", campaign(MEDIA, "films", "eu-west-1")) == []


def test_a_role_trusts_one_deployment_only(box: Sandbox) -> None:
    """A stack of another name in the same home account is not let in."""
    join(box, RETAIL, HomeStackName="another-stack")
    join(box, MEDIA)
    deploy(box, AutoAdjustCampaignMinProvisionedTPS="No")
    box.tick()
    box.tick()
    assert latest(box, RETAIL, "us-east-1", campaign(RETAIL, "shoes")) == []
    assert latest(box, MEDIA, "eu-west-1", campaign(MEDIA, "films", "eu-west-1"))


def test_uninstalling_clears_the_members_away_too(box: Sandbox) -> None:
    """Alarms and topics in member accounts go with the stack."""
    join(box, RETAIL)
    join(box, MEDIA)
    deploy(box, AutoAdjustCampaignMinProvisionedTPS="No")
    for _ in range(3):
        box.tick()
    assert alarms(box, RETAIL)
    box.delete()
    assert alarms(box, RETAIL) == {}
    assert alarms(box, MEDIA, "eu-west-1") == {}
    for account in (RETAIL, MEDIA):
        for region in ("us-east-1", "eu-west-1"):
            topics = box.client("sns", region=region, account=account).list_topics()["Topics"]
            assert topics == []


def made(box: Sandbox, account: str, region: str) -> list[str]:
    """Alarms and topics of ours in a place."""
    sns = box.client("sns", region=region, account=account)
    topics = [topic["TopicArn"] for topic in sns.list_topics()["Topics"]]
    return [*alarms(box, account, region), *topics]


def test_k13_a_role_taken_away_leaves_nothing_in_its_account(box: Sandbox) -> None:
    """Its alarms and topic go with the update, and the other account keeps its own."""
    join(box, RETAIL)
    join(box, MEDIA)
    deploy(box)
    box.tick()
    assert len(made(box, MEDIA, "eu-west-1")) == 3
    before = made(box, RETAIL, "us-east-1")
    box.update({"MonitoredRoleARNs": ROLE.format(RETAIL)})
    assert made(box, MEDIA, "eu-west-1") == []
    assert made(box, RETAIL, "us-east-1") == before
    box.update({"MonitoredRoleARNs": ""})
    assert made(box, RETAIL, "us-east-1") == []


def test_k13_a_region_taken_away_leaves_nothing_in_any_account(box: Sandbox) -> None:
    """Also in the other accounts, and then the stack may go."""
    join(box, RETAIL)
    join(box, MEDIA)
    deploy(box)
    box.tick()
    assert made(box, MEDIA, "eu-west-1")
    box.update({"Regions": "us-east-1"})
    assert made(box, MEDIA, "eu-west-1") == []
    box.stacks[-1].delete()
    for account in (HOME, RETAIL, MEDIA):
        for region in ("us-east-1", "eu-west-1"):
            assert made(box, account, region) == []


def test_k13_a_role_that_cannot_be_taken_on_any_more_is_named(box: Sandbox) -> None:
    """With a name of its own the update has no way in: the log says what is left, and the cure."""
    join(box, RETAIL)
    join(box, MEDIA, RoleName="a-name-of-its-own")
    mine = f"arn:aws:iam::{MEDIA}:role/a-name-of-its-own"
    deploy(box, MonitoredRoleARNs=f"{ROLE.format(RETAIL)},{mine}")
    box.tick()
    box.update({"MonitoredRoleARNs": ROLE.format(RETAIL)})
    told = "\n".join(box.invocations("LifecycleFunction")[-1].log)
    assert f"Account {MEDIA} is no longer watched" in told
    assert "describe-alarms --alarm-name-prefix PersonalizeMonitor-" in told
