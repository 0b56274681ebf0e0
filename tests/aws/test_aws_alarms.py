"""CloudWatch alarms and dashboards: pages, batches and the pace that AWS allows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.script import Script, Scripted, in_pages, refused
from tests.support import HOME

from personalize_monitor.aws.alarms import Alarms
from personalize_monitor.aws.dashboards import Dashboards, is_ours

ALLOWED = {
    "PutMetricAlarm": 3,
    "DeleteAlarms": 3,
    "EnableAlarmActions": 3,
    "DescribeAlarms": 9,
}
"""Calls a second that CloudWatch allows an account in a region, by its limits page."""


def at(**answers: Any) -> tuple[Scripted, Script]:
    """An account whose CloudWatch answers so."""
    cloudwatch = Script(**answers)
    return Scripted({"cloudwatch": cloudwatch}), cloudwatch


def test_every_alarm_call_keeps_below_the_pace_of_aws() -> None:
    """One gate for each operation, a little slower than the service refuses."""
    access, _ = at(
        describe_alarms={"MetricAlarms": []},
        put_metric_alarm={},
        delete_alarms={},
        set_alarm_state={},
    )
    alarms = Alarms(access, HOME)
    alarms.ours()
    alarms.put({"AlarmName": "a"})
    alarms.delete(["a"])
    alarms.reset("a", "Why.")
    found = {action: pace for (action, _), pace in access.paced.items()}
    assert {action: pace.waited for action, pace in found.items()} == dict.fromkeys(ALLOWED, 1)
    assert all(0 < pace.rate < ALLOWED[action] for action, pace in found.items())


@given(st.integers(0, 250))
def test_our_alarms_are_read_to_the_last_page(count: int) -> None:
    """CloudWatch gives fifty or a hundred a page; we ask for the most, and pace each page."""
    items = [{"AlarmName": f"PersonalizeMonitor-{n}"} for n in range(count)]
    access, cloudwatch = at(describe_alarms=in_pages("MetricAlarms", items, 50, token="NextToken"))
    listing = Alarms(access, HOME).ours()
    assert (list(listing.items), listing.complete) == (items, True)
    asked = cloudwatch.asked("describe_alarms")
    assert access.paced["DescribeAlarms", HOME].waited == len(asked) == max(1, -(-count // 50))
    assert {call["AlarmNamePrefix"] for call in asked} == {"PersonalizeMonitor-"}
    assert {call["MaxRecords"] for call in asked} == {100}


@given(st.lists(st.text("abc", min_size=1, max_size=3), max_size=350))
def test_alarms_are_deleted_a_hundred_a_call(names: list[str]) -> None:
    """Every name goes into exactly one call of at most a hundred; none is no call."""
    access, cloudwatch = at(delete_alarms={})
    Alarms(access, HOME).delete(names)
    calls = [call["AlarmNames"] for call in cloudwatch.asked("delete_alarms")]
    assert [name for call in calls for name in call] == names
    assert all(1 <= len(call) <= 100 for call in calls)


def test_resetting_makes_an_alarm_forget() -> None:
    """INSUFFICIENT_DATA with our reason, so that its history says who did it."""
    access, cloudwatch = at(set_alarm_state={})
    Alarms(access, HOME).reset("a", "It was armed.")
    assert cloudwatch.asked("set_alarm_state") == [
        {"AlarmName": "a", "StateValue": "INSUFFICIENT_DATA", "StateReason": "It was armed."}
    ]


def test_tags_of_an_alarm_by_name() -> None:
    """Tags come as a mapping; an answer without any is an alarm without any."""
    tags = [{"Key": "CreatedBy", "Value": "PersonalizeMonitor"}]
    access, cloudwatch = at(list_tags_for_resource=[{"Tags": tags}, {}])
    alarms = Alarms(access, HOME)
    assert alarms.tags("arn:x") == {"CreatedBy": "PersonalizeMonitor"}
    assert alarms.tags("arn:y") == {}
    assert [c["ResourceARN"] for c in cloudwatch.asked("list_tags_for_resource")] == [
        "arn:x",
        "arn:y",
    ]


def test_a_refusal_goes_to_whoever_asked() -> None:
    """The gateway does not guess what a refused write means; the work that called it does."""
    access, _ = at(put_metric_alarm=refused("LimitExceeded"), delete_alarms=refused("Denied"))
    alarms = Alarms(access, HOME)
    with pytest.raises(Exception, match="LimitExceeded"):
        alarms.put({"AlarmName": "a"})
    with pytest.raises(Exception, match="Denied"):
        alarms.delete(["a"])


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Amazon-Personalize-Monitor", True),
        ("Amazon-Personalize-Monitor-2", True),
        ("Amazon-Personalize-Monitor-17", True),
        ("Amazon-Personalize-Monitor-", False),
        ("Amazon-Personalize-Monitor-copy", False),
        ("Amazon-Personalize-Monitor-2-mine", False),
        ("Amazon-Personalize-Monitor2", False),
        ("My-Amazon-Personalize-Monitor", False),
    ],
)
def test_a_dashboard_is_ours_by_its_fixed_name_or_number(name: str, ours: bool) -> None:
    """A copy that a person made under a similar name is theirs."""
    assert is_ours(name) is ours


def test_dashboards_of_ours_in_order_and_no_others() -> None:
    """The prefix finds copies of people too; they are left out."""
    names = ["-3", "", "-mine", "-2"]
    items = [{"DashboardName": f"Amazon-Personalize-Monitor{n}"} for n in names]
    access, cloudwatch = at(
        list_dashboards=in_pages("DashboardEntries", items, 2, token="NextToken")
    )
    assert Dashboards(access, HOME).names() == (
        "Amazon-Personalize-Monitor",
        "Amazon-Personalize-Monitor-2",
        "Amazon-Personalize-Monitor-3",
    )
    assert len(cloudwatch.asked("list_dashboards")) == 2


def test_a_list_of_dashboards_that_breaks_off_is_no_list() -> None:
    """What was not listed may exist, so nothing is concluded from half of them."""
    half = {"DashboardEntries": [{"DashboardName": "Amazon-Personalize-Monitor"}], "NextToken": "1"}
    access, _ = at(list_dashboards=[half, refused("InternalServiceFault")])
    with pytest.raises(Exception, match="InternalServiceFault"):
        Dashboards(access, HOME).names()


@given(st.integers(0, 230))
def test_dashboards_are_deleted_a_hundred_a_call(count: int) -> None:
    """Each name once, a hundred at most in a call."""
    access, cloudwatch = at(delete_dashboards={})
    names = [f"d-{n}" for n in range(count)]
    Dashboards(access, HOME).delete(names)
    calls = [call["DashboardNames"] for call in cloudwatch.asked("delete_dashboards")]
    assert [name for call in calls for name in call] == names
    assert all(len(call) <= 100 for call in calls)


def test_a_dashboard_is_replaced_whole() -> None:
    """The body goes out as the JSON text that it is."""
    access, cloudwatch = at(put_dashboard={})
    Dashboards(access, HOME).put("d", '{"widgets":[]}')
    assert cloudwatch.asked("put_dashboard") == [
        {"DashboardName": "d", "DashboardBody": '{"widgets":[]}'}
    ]
