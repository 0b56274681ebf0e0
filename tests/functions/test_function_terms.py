"""What one run goes by: an override and a time of the past change nothing that is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support import ACCOUNT, HOME, Local, every_window

from aws_sandbox import fleet
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.functions import dashboard, runtime

OTHER = "eu-west-1"


def kept(local: Local) -> dict[object, object]:
    """All that outlives a run: alarms and topics of both regions, and the dashboards' names."""
    found: dict[object, object] = {}
    for region in (HOME, OTHER):
        client = local.client("cloudwatch", region)
        for alarm in client.describe_alarms()["MetricAlarms"]:
            found[region, alarm["AlarmName"]] = (alarm["Threshold"], alarm["ActionsEnabled"])
        for topic in local.client("sns", region).list_topics()["Topics"]:
            found[region, topic["TopicArn"]] = True
    for entry in local.client("cloudwatch").list_dashboards()["DashboardEntries"]:
        found[entry["DashboardName"]] = entry["Size"]
    return found


@pytest.fixture
def two_regions(local: Local) -> Local:
    """A deployment that watches two regions; an alarm is muted by a person."""
    local.env(Regions=f"{HOME},{OTHER}", NotificationEndpoint="team@example.com")
    for name in ("a", "b"):
        fleet.add_campaign(local.world, name, floor=3, shape=every_window(1200))
    fleet.add_campaign(local.world, "c", region=OTHER, floor=3, shape=every_window(1200))
    local.cycle()
    muted = "PersonalizeMonitor-LowCampaignUtilization-b"
    local.client("cloudwatch").disable_alarm_actions(AlarmNames=[muted])
    local.cycle()
    return local


ONLY_A = f"arn:aws:personalize:{HOME}:{ACCOUNT}:campaign/a"


@pytest.mark.parametrize(
    "override",
    [
        {"CampaignARNs": ONLY_A, "DryRun": "Yes"},
        {"CampaignARNs": ONLY_A},
        {"CampaignARNs": "none", "RecommenderARNs": "none"},
        {"Regions": HOME, "DryRun": "Yes"},
        {"Regions": f"{HOME},{OTHER},ap-south-1"},
        {"AutoCreateIdleCampaignAlarms": "No", "AutoCreateCampaignUtilizationAlarms": "No"},
        {"AutoCreateErrorAlarms": "Yes"},
        {"CampaignThresholdAlarmLowerBound": 50, "IdleCampaignThresholdHours": 2},
        {"NotificationEndpoint": "else@example.com"},
        {"MonitoredRoleARNs": "arn:aws:iam::222222222222:role/nobody"},
        {"MetricDelayMinutes": 60},
    ],
    ids="-".join,
)
def test_p6_an_override_changes_nothing_that_is_kept(
    two_regions: Local, override: dict[str, object]
) -> None:
    """Alarms, topics, dashboards and counts follow the deployment, in all of an hour's slots."""
    local = two_regions
    before = kept(local)
    mails = len(local.calls("Subscribe"))
    for _ in range(13):
        local.cycle()  # the schedule's own run
        local.sweeping = True
        local.at(local.now, **override)
        local.sweeping = False
        assert kept(local) == before
    assert not local.calls("DeleteAlarms")
    assert not local.calls("DeleteTopic")
    assert len(local.calls("Subscribe")) == mails
    assert set(local.points("monitoredResourceCount").values()) == {3.0}


def test_p6_an_override_leaves_the_memory_of_the_schedule_alone(two_regions: Local) -> None:
    """The next run of the schedule knows what it knew: no describe, and its turns are its own."""
    local = two_regions
    memory = runtime.runtime().memory
    known = (dict(memory.turns), dict(memory.fleets), dict(memory.alarms), dict(memory.campaigns))
    local.at(local.now, CampaignARNs=ONLY_A, AdjustMinAgeHours=1, DryRun="Yes")
    assert known == (memory.turns, memory.fleets, memory.alarms, memory.campaigns)
    described = len(local.calls("DescribeCampaign"))
    local.cycle()
    assert len(local.calls("DescribeCampaign")) - described <= 1  # of the hour's slot


def test_p6_a_dry_run_takes_no_turn_from_the_schedule(local: Local) -> None:
    """What a dry run decided is still asked for by the next run."""
    fleet.add_campaign(local.world, "a", floor=20, shape=every_window(1500))
    assert local.at(local.now, DryRun="Yes")["requests_sent"] == 0
    assert local.at(local.now)["requests_sent"] == 1


@pytest.mark.parametrize("ahead", [timedelta(minutes=2), timedelta(hours=2), timedelta(days=27000)])
def test_p7_a_time_that_has_not_come_is_refused(local: Local, ahead: timedelta) -> None:
    """A local time without its zone must not measure what has not happened."""
    fleet.add_campaign(local.world, "shop", floor=20, shape=every_window(4500))
    with pytest.raises(InvalidRequest, match=r"nothing was done for a time that has not come"):
        local.at(local.now + ahead)
    with pytest.raises(InvalidRequest, match=r"nothing was done for a time that has not come"):
        dashboard.handler({"time": (local.now + ahead).isoformat()}, None)
    assert local.world.gate.calls == []
    assert local.at(local.now + timedelta(seconds=59))["requests_sent"] == 1


def test_p7_a_replay_of_the_past_only_publishes(local: Local) -> None:
    """What was idle or over-provisioned hours ago is measured, and nothing follows from it."""
    local.env(AutoDeleteIdleCampaigns="Yes")
    member = fleet.add_campaign(local.world, "a", floor=20, shape=every_window(1500))
    moment = local.now - timedelta(minutes=61)
    summary = local.at(moment)
    assert (summary["replay"], summary["requests_sent"], summary["decisions"]) == (True, 0, [])
    assert local.points("averageTPS", member.arn) == {local.window(moment): 5.0}
    assert not local.calls("PutMetricAlarm")
    assert not local.calls("PutDashboard")
    summary = local.at(local.now - timedelta(minutes=59))
    assert (summary["replay"], summary["requests_sent"]) == (False, 1)


def test_p7_a_delivery_out_of_order_neither_acts_nor_forgets(local: Local) -> None:
    """An older cycle after a newer one publishes its window, from what is known already."""
    member = fleet.add_campaign(local.world, "a", floor=20, shape=every_window(1500))
    local.cycle()
    newer = local.now
    memory = runtime.runtime().memory
    before = (dict(memory.turns), memory.now, memory.cycles)
    calls = len(local.calls("DescribeCampaign"))
    summary = local.at(newer - timedelta(minutes=5))
    assert (summary["replay"], summary["requests_sent"]) == (True, 0)
    assert set(local.points("averageTPS", member.arn)) == {
        local.window(newer),
        local.window(newer - timedelta(minutes=5)),
    }
    assert before == (memory.turns, memory.now, memory.cycles)
    assert len(local.calls("DescribeCampaign")) == calls
    assert local.at(newer)["replay"] is False  # the same once more is no replay
