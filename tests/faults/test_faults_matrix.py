"""A bad day in the cloud, one story for each fault.

A fault that hits some resources costs exactly their datapoints, and only for as long as it lasts;
the next cycle is complete; nothing is decided on what is not known.
"""

from __future__ import annotations

import random
import threading
from concurrent.futures import FIRST_COMPLETED, wait
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from tests.support import ACCOUNT, HOME, Context, Local, every_window

from aws_sandbox import fleet
from aws_sandbox.fleet import Member
from personalize_monitor.aws import access
from personalize_monitor.cycle import run as cycle
from personalize_monitor.errors import Unavailable
from personalize_monitor.functions import update

REGIONS = ("us-east-1", "eu-west-1")
AVERAGE = {"campaign": "averageTPS", "recommender": "averageRPS"}


@pytest.fixture
def members(local: Local) -> list[Member]:
    """Eight resources in two regions with known traffic; floors that should stay as they are."""
    local.env(Regions=",".join(REGIONS), AutoDeleteIdleCampaigns="Yes")
    found = []
    for n in range(8):
        make = fleet.add_recommender if n % 4 == 3 else fleet.add_campaign
        where = REGIONS[n % 2]
        found.append(
            make(local.world, f"m-{n}", floor=1, region=where, shape=every_window(30 * (n + 1)))
        )
    return found


def missing(local: Local, members: list[Member], at: datetime) -> set[str]:
    """Names of the resources that have no average at this time; the others' values are right."""
    found: dict[str, float] = {}
    for region in REGIONS:
        asked = {m.arn: AVERAGE[m.kind] for m in members if m.region == region}
        found |= local.values_at(at, asked, region)
    for n, member in enumerate(members):
        assert found.get(member.arn, (n + 1) / 10) == pytest.approx((n + 1) / 10)
    return {member.arn.rsplit("/")[-1] for member in members if member.arn not in found}


def complete(local: Local, members: list[Member]) -> None:
    """The fault is over: the next cycle has every datapoint and no problem."""
    local.heal()
    summary = local.cycle()
    assert summary["problems"] == []
    assert missing(local, members, local.window()) == set()


def without_decisions_on_the_unknown(summary: dict[str, Any]) -> None:
    """Nothing was asked for."""
    assert summary["requests_sent"] == 0


@pytest.mark.parametrize("service", ["personalize", "cloudwatch", "events", "sns", "logs"])
def test_each_service_throttled_for_a_while(
    local: Local, members: list[Member], service: str
) -> None:
    """A few throttled calls of a service are repeated by boto3 and cost nothing."""
    local.fail(service=service, code="ThrottlingException", message="Rate exceeded", times=3)
    local.at(local.now)
    assert missing(local, members, local.window()) == set()
    complete(local, members)


def test_describe_throttled_uses_the_last_known_value(local: Local, members: list[Member]) -> None:
    """A throttled describe of a known campaign costs no datapoint; the floor is the last known."""
    local.at(local.now)
    local.fail(action="DescribeCampaign", code="ThrottlingException")
    for _ in range(12):  # every campaign's hour comes in this hour
        summary = local.cycle()
        assert missing(local, members, local.window()) == set()
        without_decisions_on_the_unknown(summary)
    complete(local, members)


def test_a_cold_start_on_a_throttled_account_publishes_what_it_can(
    local: Local, members: list[Member]
) -> None:
    """Recommenders come with their list; campaigns that nothing is known of must wait."""
    local.fail(action="DescribeCampaign", code="ThrottlingException")
    summary = local.at(local.now)
    assert missing(local, members, local.window()) == {f"m-{n}" for n in range(8) if n % 4 != 3}
    assert all(m.arn in str(summary["problems"]) for m in members if m.kind == "campaign")
    complete(local, members)


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_random_errors_cost_hardly_a_datapoint(
    local: Local, members: list[Member], share: float
) -> None:
    """At 5 % random errors of every service at least 99.9 % of the datapoints arrive in a day's."""
    local.fail(code="InternalFailure", status=500, probability=share)
    cycles, lost = 24, 0
    for _ in range(cycles):
        without_decisions_on_the_unknown(local.cycle())
        lost += len(missing(local, members, local.window()))
    assert lost <= (0 if share < 0.1 else cycles * len(members) * 0.1)
    complete(local, members)


def test_a_region_that_is_off_the_network(local: Local, members: list[Member]) -> None:
    """Connections that fail cost exactly the region's datapoints and are named."""
    local.fail(region="eu-west-1", down=True)
    summary = local.at(local.now)
    assert missing(local, members, local.window()) == {f"m-{n}" for n in (1, 3, 5, 7)}
    assert "eu-west-1" in " ".join(summary["problems"])
    without_decisions_on_the_unknown(summary)
    complete(local, members)


def test_p12_a_region_that_is_refused(local: Local, members: list[Member]) -> None:
    """A region that is not enabled costs its own datapoints; the counts tell of the others."""
    local.fail(region="eu-west-1", code="UnrecognizedClientException", status=403)
    summary = local.at(local.now)
    assert missing(local, members, local.window()) == {f"m-{n}" for n in (1, 3, 5, 7)}
    assert list(local.points("monitoredResourceCount").values()) == [4]
    told = [p for p in summary["problems"] if "eu-west-1" in p]
    assert any(p.startswith("The counts of the fleet leave out") for p in told)
    assert all("enable it under Account > AWS Regions" in p for p in told if "Listing" in p)
    complete(local, members)
    local.fail(region="eu-west-1", code="UnrecognizedClientException", status=403)
    local.cycle()
    assert local.points("monitoredResourceCount")[local.window()] == 8  # as last known


def test_s2_a_slow_region_does_not_hold_up_the_others(
    local: Local, members: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When time is over, the slow region is left unfinished and the rest is complete."""
    released = threading.Event()
    local.stall(released, region="eu-west-1")
    # The time is over when the region that answers is done, however long that takes here.
    end = partial(wait, return_when=FIRST_COMPLETED)
    monkeypatch.setattr(cycle, "wait", lambda lanes, timeout: end(lanes))
    summary = local.at(local.now, Context(60.0))
    slow, points = {f"m-{n}" for n in (1, 3, 5, 7)}, local.window()
    released.set()
    local.heal()
    assert missing(local, members, points) == slow
    assert summary["unfinished"] == [f"{ACCOUNT}/eu-west-1"]


def test_access_denied_on_one_resource(local: Local, members: list[Member]) -> None:
    """A policy against one campaign costs its datapoints only, and the cure is said."""
    local.fail(action="DescribeCampaign", resource=members[2].arn, code="AccessDeniedException")
    summary = local.at(local.now)
    assert missing(local, members, local.window()) == {"m-2"}
    (problem,) = summary["problems"]
    assert members[2].arn in problem
    assert "permission is missing" in problem
    complete(local, members)


@pytest.mark.parametrize(
    ("action", "lost"),
    [
        ("ListSolutions", set()),
        ("DescribeAlarms", set()),
        ("PutMetricAlarm", set()),
        ("ListRecommenders", {"m-3", "m-7"}),
        ("GetMetricData", {f"m-{n}" for n in range(8)}),
    ],
)
def test_access_denied_on_one_action(
    local: Local, members: list[Member], action: str, lost: set[str]
) -> None:
    """A missing permission costs what hangs on it and nothing else."""
    rule = local.fail(action=action, code="AccessDeniedException")
    moment = local.now
    summary = local.at(moment)
    local.world.gate.faults.remove(rule)
    assert missing(local, members, local.window(moment)) == lost
    assert summary["problems"]
    without_decisions_on_the_unknown(summary)
    complete(local, members)


@pytest.mark.parametrize("kind", ["PartialData", "InternalError", "Forbidden"])
def test_cloudwatch_answers_in_part(local: Local, members: list[Member], kind: str) -> None:
    """Exactly the resources without a complete answer have no average; none of them is touched."""
    for member in members[4:6]:
        local.blind(kind, dimension=member.arn)
    summary = local.at(local.now)
    assert missing(local, members, local.window()) == {"m-4", "m-5"}
    assert summary["unknown"] == 2
    without_decisions_on_the_unknown(summary)
    complete(local, members)


def test_silence_of_cloudwatch_deletes_nothing(local: Local, members: list[Member]) -> None:
    """When all metrics vanish with the status Complete, idleness of everything is not believed."""
    for _ in range(3):
        local.cycle()
    local.blind("Empty")
    for _ in range(13):
        local.cycle(120)
    assert local.sent("DeletePersonalizeCampaign") == []


def test_metrics_that_cannot_be_put_are_named(local: Local, members: list[Member]) -> None:
    """A refused PutMetricData says which resources miss their datapoints."""
    local.fail(action="PutMetricData", region="eu-west-1", code="InternalFailure", status=500)
    summary = local.at(local.now)
    assert missing(local, members, local.window()) == {f"m-{n}" for n in (1, 3, 5, 7)}
    text = " ".join(summary["problems"])
    assert all(members[n].arn in text for n in (1, 3, 5, 7))
    complete(local, members)


def test_events_that_fail_inside_a_200_are_asked_for_again(local: Local) -> None:
    """A request that EventBridge does not take stays due, and goes out in the next cycle."""
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500))

    def refuse(call: Any, answer: dict[str, Any]) -> dict[str, Any]:
        if call.action == "PutEvents":
            answer["FailedEntryCount"] = len(answer["Entries"])
            answer["Entries"] = [
                {"ErrorCode": "InternalFailure", "ErrorMessage": "try again"}
                for _ in answer["Entries"]
            ]
        return answer

    local.world.gate.alter.append(refuse)
    summary = local.at(local.now)
    assert summary["requests_sent"] == 0
    assert any("is lost" in problem for problem in summary["problems"])
    assert len(local.calls("PutEvents")) == 4
    local.world.gate.alter.clear()
    assert local.cycle()["requests_sent"] == 1


def test_sns_down_costs_no_datapoint_and_no_alarm(local: Local, members: list[Member]) -> None:
    """Without topics the alarms are still made, and the topics follow when SNS is back."""
    local.fail(service="sns", code="InternalError", status=500)
    local.at(local.now)
    assert missing(local, members, local.window()) == set()
    local.heal()
    local.cycle(65)
    topics = local.client("sns", "eu-west-1").list_topics()["Topics"]
    assert len(topics) == 1


class Killed(BaseException):
    """The environment of the invocation is gone."""


@pytest.mark.parametrize("seed", range(6))
def test_a_function_killed_at_any_moment(local: Local, members: list[Member], seed: int) -> None:
    """Whatever a killed cycle left undone, the repeated event completes; nothing is done twice."""
    at_call = random.Random(seed).randint(1, 25)
    count = iter(range(1, 10_000))

    def die(call: Any) -> None:
        if next(count) >= at_call:
            raise Killed

    local.world.gate.on_call.append(die)
    try:
        local.at(local.now)
    except Killed:
        pass
    finally:
        local.world.gate.on_call.clear()
    local.env()  # the next invocation is a cold start
    local.at(local.now)
    assert {a for a, n in _alarm_names(local).items() if n > 1} == set()
    assert missing(local, members, local.window()) == set()
    complete(local, members)


def _alarm_names(local: Local) -> dict[str, int]:
    names: dict[str, int] = {}
    for region in REGIONS:
        for alarm in local.client("cloudwatch", region).describe_alarms()["MetricAlarms"]:
            names[alarm["AlarmArn"]] = names.get(alarm["AlarmArn"], 0) + 1
    return names


def test_a_clock_that_jumps(local: Local, members: list[Member]) -> None:
    """Back or forth, the event's time alone decides, and what was learnt later is forgotten."""
    for minutes in (0, 600, -300, -299, 5, 1440):
        moment = local.now + timedelta(minutes=minutes)
        if moment > local.now:
            local.world.clock.advance_to(moment)
        summary = local.at(moment)
        assert summary["window"] == local.window(moment).isoformat()
        assert summary["problems"] == []
        assert missing(local, members, local.window(moment)) == set() or minutes < 0


def test_each_event_delivered_twice(local: Local, members: list[Member]) -> None:
    """Two deliveries of a cycle or a request change nothing a second time."""
    fleet.add_campaign(local.world, "wide", floor=20, shape=every_window(1500))
    first, second = local.at(local.now), local.at(local.now)
    assert (first["requests_sent"], second["requests_sent"]) == (1, 0)
    (asked,) = local.sent("UpdatePersonalizeCampaignMinProvisionedTPS")
    event = {"id": "e", "time": local.now.isoformat(), "detail": asked}
    outcomes = [update.handler(event, None)["outcome"] for _ in range(2)]
    assert outcomes == ["done", "no change needed"]
    assert len(local.calls("UpdateCampaign")) == 1


def test_lists_of_many_pages(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred and fifty pages are read to the end."""
    for n in range(250):
        fleet.add_campaign(local.world, f"c-{n}", shape=every_window(30))
    monkeypatch.setattr("personalize_monitor.aws.personalize._PAGE", 1)
    local.env(AutoCreateCampaignUtilizationAlarms="No", AutoCreateIdleCampaignAlarms="No")
    summary = local.at(local.now)
    assert (summary["measured"], summary["problems"]) == (250, [])
    assert len(local.calls("ListCampaigns")) == 250


def test_an_empty_list_is_an_empty_fleet(local: Local) -> None:
    """A region without anything is no problem, before and after it had something."""
    member = fleet.add_campaign(local.world, "c")
    local.at(local.now)
    local.client("personalize").delete_campaign(campaignArn=member.arn)
    summary = local.cycle(20)
    assert (summary["resources"], summary["problems"]) == (0, [])


def test_a_token_that_expires_between_pages(
    local: Local, members: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is read once more from its beginning; nothing is lost and nothing is twice."""
    monkeypatch.setattr("personalize_monitor.aws.personalize._PAGE", 1)
    expired = iter([True])

    def expire(call: Any, answer: dict[str, Any]) -> dict[str, Any]:
        if call.action == "ListCampaigns" and call.region == HOME and next(expired, False):
            answer["nextToken"] = "expired"
        return answer

    local.world.gate.alter.append(expire)
    summary = local.at(local.now)
    assert (summary["resources"], summary["problems"]) == (8, [])
    assert missing(local, members, local.window()) == set()


def test_a_list_that_breaks_off_forgets_nobody(local: Local, members: list[Member]) -> None:
    """What was there before and is not in a broken list is kept, and its alarms stay."""
    local.at(local.now)
    before = _alarm_names(local)
    local.fail(action="ListCampaigns", region=HOME, code="InternalFailure", status=500)
    summary = local.cycle()
    assert any("Listing campaigns" in problem for problem in summary["problems"])
    assert missing(local, members, local.window()) == set()
    assert _alarm_names(local) == before
    complete(local, members)


def test_a_wait_for_a_slow_answer_has_an_end() -> None:
    """Clients give up on a connection and on an answer well within the function's time."""
    config = access._config("standard", 5)
    assert config.connect_timeout <= 10  # type: ignore[attr-defined]
    assert config.read_timeout <= 30  # type: ignore[attr-defined]


def test_an_executor_whose_service_is_down_is_tried_again(local: Local) -> None:
    """A request that met an outage raises, so that Lambda and EventBridge repeat it."""
    member = fleet.add_campaign(local.world, "c", floor=20)
    local.fail(service="personalize", down=True)
    request = {"id": "e", "detail": {"ARN": member.arn, "NewMinTPS": 5}}
    with pytest.raises(Unavailable):
        update.handler(request, None)
    local.heal()
    assert update.handler(request, None)["outcome"] == "done"
