"""What Prometheus scrapes, and what the graphs draw: the very numbers that were measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from tests.console.byhand.front import Front, put
from tests.console.byhand.values import IN_ALARM, NOW, SHOES, WINDOW, entry, look, seen, usd
from tests.support import BEGIN, Local, a_resource, every_window

from aws_sandbox import fleet
from aws_sandbox.traffic.shapes import Replay, Steady
from personalize_monitor.aws.access import Access
from personalize_monitor.contract import FLOOR_UPDATED_EVENT
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.money import Money
from personalize_monitor.model.resource import Kind, State
from personalize_monitor.model.window import Window
from personalize_monitor.plan.snapshot import Errors, Seen, Snapshot
from personalize_monitor_desk.console.account_poller import View
from personalize_monitor_desk.console.metrics import exposition
from personalize_monitor_desk.console.poller import Shot
from personalize_monitor_desk.console.series import RANGES, series, span_of

NOTHING: Mapping[str, str] = {}
WINDOW_END = Window.settled(BEGIN, timedelta(minutes=5)).end.timestamp()
Samples = dict[tuple[str, str], float]


def samples(found: Snapshot | None, trouble: str = "") -> Samples:
    """Every sample of a scrape: (metric without its prefix, name of the resource) to value."""
    text = exposition(Shot(View.of(found) if found else None, 1, trouble)).decode()
    return {
        (sample.name.removeprefix("personalize_monitor_"), sample.labels.get("name", "")): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_each_number_of_a_resource_is_scraped() -> None:
    """Floor, rate, utilization as a ratio, errors of a day, alarms, dollars of a month."""
    one = seen(
        requests=1200.0, floor=16, errors=Errors(3.0, 4.0), alarms=[IN_ALARM], cost=usd("12.5")
    )
    found = samples(look(one, problems={"eu-west-1": ["It is down."]}))
    of_shoes = {name: value for (name, resource), value in found.items() if resource == "shoes"}
    assert of_shoes == {
        "resource_info": 1.0,
        "resource_floor_tps": 16.0,
        "resource_average_tps": 4.0,
        "resource_utilization_ratio": 0.25,
        "resource_errors_client_day": 3.0,
        "resource_errors_server_day": 4.0,
        "resource_alarms_firing": 1.0,
        "resource_cost_dollars_month": 12.5,
        "resource_waste_dollars_month": 40.0,
    }
    assert found["up", ""] == 1.0
    assert found["look_problems", ""] == 1.0
    assert found["window_end_timestamp_seconds", ""] == WINDOW.end.timestamp()


def test_what_is_unknown_has_no_sample() -> None:
    """An alert on a zero must not fire because CloudWatch did not answer."""
    nothing = Money.not_known()
    one = seen(
        requests=None, errors=Errors(None, 2.0), alarms=None, cost=nothing, waste=usd(3).partly(1)
    )
    found = samples(look(one))
    assert {name for name, resource in found if resource} == {
        "resource_info",
        "resource_floor_tps",
        "resource_errors_server_day",
        "resource_waste_dollars_month",
    }


resources = st.builds(
    seen,
    st.sampled_from(["a", "b"]),
    st.sampled_from(Kind),
    requests=st.one_of(st.none(), st.floats(0, 1e9)),
    errors=st.builds(
        Errors, st.one_of(st.none(), st.floats(0, 9)), st.one_of(st.none(), st.floats(0, 9))
    ),
    status=st.sampled_from(["ACTIVE", "INACTIVE", "CREATE FAILED", "DELETE PENDING"]),
    floor=st.integers(1, 500),
)


@given(resources)
@settings(max_examples=30)
def test_a_scrape_and_the_page_agree(one: Seen) -> None:
    """There is a sample exactly where the page has a number, and nothing is NaN or negative."""
    found = samples(look(one))
    name = one.resource.name
    serves = one.resource.state is State.ACTIVE
    assert (("resource_floor_tps", name) in found) == serves
    assert (("resource_average_tps", name) in found) == (serves and one.average is not None)
    assert found.get(("resource_average_tps", name)) == (one.average if serves else None)
    assert (("resource_errors_client_day", name) in found) == (one.errors.client is not None)
    assert all(value >= 0 for value in found.values())


def test_trouble_is_a_number_too() -> None:
    """While AWS does not answer `up` is 0; the last numbers stay, and none are made up before."""
    assert samples(None) == {("up", ""): 1.0}
    assert samples(None, "No answer.") == {("up", ""): 0.0}
    stale = samples(look(seen()), "No answer.")
    assert stale["up", ""] == 0.0
    assert stale["resource_floor_tps", "shoes"] == 10.0


def test_one_name_in_two_regions_is_two_series(front: Front) -> None:
    """Region and kind tell them apart, and the answer is typed as Prometheus wants it."""
    front.show(seen("same"), seen("same", region="eu-west-1"), seen("same", Kind.RECOMMENDER))
    answer = front.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    lines = [
        line for line in answer.text.splitlines() if line.startswith("personalize_monitor_resource")
    ]
    assert len(lines) == len({line.rpartition(" ")[0] for line in lines})
    floors = [line for line in lines if "_floor_tps{" in line]
    assert len(floors) == 3


def test_every_metric_says_what_it_is() -> None:
    """Each has one line of help that ends like a sentence, and a type."""
    text = exposition(Shot(View.of(look(seen())), 1)).decode()
    helps = [line for line in text.splitlines() if line.startswith("# HELP ")]
    types = [line for line in text.splitlines() if line.startswith("# TYPE ")]
    assert len(helps) == len(types) == len({line.split()[2] for line in helps})
    assert all(line.endswith(".") for line in helps)


# --- graphs ---


def drawn(
    local: Local, member: Any, span: str = "3h", asked: Mapping[str, str] = NOTHING, **resource: Any
) -> dict[str, Any]:
    """What a graph gets for a member of the sandbox's fleet."""
    arn = Arn(member.arn)
    what = a_resource(arn.name, Kind(arn.kind), region=arn.region, **resource)
    window = Window.settled(local.now, timedelta(minutes=5))
    return series(local.access, what, span_of({"range": span, **asked}, window))


def test_the_graph_draws_what_the_monitor_measured(local: Local) -> None:
    """After two hours of cycles each charted rate and floor is the datapoint that was put."""
    member = fleet.add_campaign(local.world, "shoes", floor=7, shape=Steady(3.0))
    for _ in range(6):
        local.cycle()
    found = drawn(local, member, floor=7)
    averages = local.points("averageTPS", member.arn)
    assert len(averages) == 6
    for moment, value in averages.items():
        at = (int(moment.timestamp()) - found["start"]) // found["step"]
        assert found["tps"][at] == pytest.approx(value, abs=5e-5)
        assert found["floor"][at] == local.points("minProvisionedTPS", member.arn)[moment]


@pytest.mark.parametrize("span", ["3h", "3d"])
def test_lists_are_as_long_as_the_range(local: Local, span: str) -> None:
    """In five-minute steps that end with the last settled window, whatever the range."""
    member = fleet.add_campaign(local.world, "shoes", shape=every_window(600))
    found = drawn(local, member, span)
    steps = RANGES[span] / timedelta(minutes=5)
    assert {len(found[key]) for key in ("tps", "floor", "p50", "p90", "client", "server")} == {
        steps
    }
    end = Window.settled(BEGIN, timedelta(minutes=5)).end
    assert found["start"] + steps * found["step"] == end.timestamp()
    assert set(found["tps"][-36:]) == {2.0}
    json.dumps(found, allow_nan=False)


def test_the_day_and_the_week_before_are_drawn_beside(local: Local) -> None:
    """The demand of the same hours then, on the same grid; before its birth there is none."""
    of_day = {0: 600, 1: 300, 7: 900}  # requests in five minutes, by how many days ago
    begin = BEGIN - timedelta(days=10, minutes=2)
    counts = tuple(of_day.get(9 - n // 288, 0) for n in range(10 * 288))
    shape = Replay(int(begin.timestamp()), counts)
    member = fleet.add_campaign(local.world, "shoes", shape=shape, age=timedelta(days=20))
    alone = drawn(local, member)
    assert set(alone["tps"]) == {2.0}
    assert "before" not in alone
    for against, rate in (("day", 1.0), ("week", 3.0)):
        assert set(drawn(local, member, asked={"against": against})["before"]) == {rate}
    nine = timedelta(hours=9)
    young = fleet.add_campaign(local.world, "young", shape=every_window(600), age=nine)
    found = drawn(local, young, asked={"against": "day"}, created=BEGIN - nine)
    assert set(found["before"]) == {None}


def test_a_free_range_is_drawn_from_its_begin_to_its_end(local: Local) -> None:
    """On the grid of five minutes, at most up to the last settled window."""
    member = fleet.add_campaign(local.world, "shoes", shape=every_window(600))
    free = {"from": "2026-03-01T04:03", "until": "2026-03-01T05:59"}
    found = drawn(local, member, asked=free)
    assert found["start"] == datetime(2026, 3, 1, 4, tzinfo=UTC).timestamp()
    assert found["tps"] == [2.0] * 23
    late = drawn(local, member, asked={"from": "2026-03-02T09:00", "until": "2027-01-01T00:00"})
    assert late["start"] + len(late["tps"]) * 300 == WINDOW_END
    open_end = drawn(local, member, asked={"from": "2026-03-02T09:00"})
    assert open_end["tps"] == late["tps"]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"range": "1y"}, "range must be one of 3h, 12h"),
        ({"against": "year"}, "against must be one of day, week."),
        ({"from": "soon"}, "'soon' is no time such as"),
        ({"until": "2026-03-02T09:00"}, "'' is no time such as"),
        ({"from": "2026-03-02T09:00", "until": "2026-03-02T09:00"}, "must begin before it ends"),
        ({"from": "2027-03-02T09:00"}, "must begin before it ends, and before now."),
        ({"from": "2026-02-10T00:00"}, "longer than 14 days"),
        ({"from": "2025-02-10T00:00", "until": "2025-02-11T00:00"}, "keeps such values for 63"),
        ({"from": "0001-01-01T00:00+14:00"}, "is no time"),
    ],
)
def test_ranges_that_cannot_be_charted(front: Front, asked: dict[str, str], why: str) -> None:
    """One sentence that says what is wrong; AWS is asked for nothing."""
    front.show(seen())
    answer = front.get(f"{SHOES}/series?{urlencode(asked)}")
    assert answer.status_code == 422
    assert why in answer.json()["problem"]


def test_before_its_birth_there_is_nothing(local: Local) -> None:
    """A graph that begins before the resource has gaps there, not zeros."""
    member = fleet.add_campaign(local.world, "shoes", floor=4)
    found = drawn(local, member, floor=4, created=BEGIN - timedelta(hours=1))
    born = sum(value is None for value in found["tps"])
    assert 22 <= born <= 25  # of 36 steps
    for key, value in (("tps", 0.0), ("floor", 4.0), ("client", 0.0), ("server", 0.0)):
        assert found[key][:born] == [None] * born
        assert set(found[key][born:]) == {value}


def test_what_is_newer_than_the_window_has_no_graph_yet(local: Local) -> None:
    """A resource that was created a minute ago: gaps only, and no trouble."""
    member = fleet.add_campaign(local.world, "shoes", floor=4, age=timedelta(minutes=1))
    found = drawn(local, member, floor=4, created=BEGIN - timedelta(minutes=1))
    assert set(found["tps"]) == set(found["floor"]) == set(found["client"]) == {None}
    assert found["why"] == ""


def test_silence_is_zero_requests_but_no_latency(local: Local) -> None:
    """Nobody asked: a rate of zero, no errors, and no latency that could be known."""
    member = fleet.add_recommender(local.world, "films", floor=2)
    found = drawn(local, member, floor=2)
    assert set(found["tps"]) == set(found["client"]) == set(found["server"]) == {0.0}
    assert set(found["p50"]) == set(found["p90"]) == {None}
    assert found["why"] == ""


@pytest.mark.parametrize("answer", ["PartialData", "InternalError", "Forbidden"])
def test_what_cloudwatch_does_not_answer_is_a_gap_with_a_reason(local: Local, answer: str) -> None:
    """No half-known rate is drawn; the floor, which is known, stays."""
    member = fleet.add_campaign(local.world, "shoes", floor=4, shape=every_window(300))
    local.blind(answer, dimension=member.arn)
    found = drawn(local, member, floor=4)
    assert set(found["tps"]) == {None}
    assert set(found["floor"]) == {4.0}
    assert answer in found["why"]


def test_a_lowered_floor_is_drawn_as_it_was(local: Local) -> None:
    """Before the first datapoint as it was then, and each change at its own time."""
    member = fleet.add_campaign(local.world, "shoes", floor=9, shape=Steady(3.0))
    local.env(AutoAdjustCampaignMinProvisionedTPS="No")
    local.cycle()
    local.client("personalize").update_campaign(campaignArn=member.arn, minProvisionedTPS=2)
    for _ in range(8):
        local.cycle()
    found = drawn(local, member, floor=2)
    line = found["floor"]
    assert (line[0], line[-1]) == (9.0, 2.0)
    assert line == sorted(line, reverse=True)
    assert set(line) == {9.0, 2.0}


def test_a_graph_is_asked_for_by_its_page(local: Local, front: Front) -> None:
    """The page's address answers the same numbers, with the changes to be marked on them."""
    fleet.add_campaign(local.world, "shoes", shape=every_window(300))
    stage = Front(front.folder, access=Access())
    stage.show(seen())
    stage.told(
        entry(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN], 30, PreviousMinTPS=20, NewMinTPS=10),
        entry("PersonalizeMonitorNotice", 20, Kind="idle"),
        entry(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN], 10, "arn:aws:personalize:x", NewMinTPS=1),
    )
    answer = stage.get(f"{SHOES}/series?range=12h")
    found = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert (len(found["tps"]), set(found["tps"])) == (144, {1.0})
    at = int((NOW - timedelta(minutes=30)).timestamp())
    assert found["changes"] == [{"at": at, "title": "Floor 20 → 10", "tone": "down"}]


def test_a_graph_without_a_look_is_not_found(front: Front) -> None:
    """Before the first look nothing is known of the resource, and nothing is asked."""
    assert front.get(f"{SHOES}/series").status_code == 404
    put(front.watch.day, None, "No answer.")
    assert front.get(f"{SHOES}/series").status_code == 404
