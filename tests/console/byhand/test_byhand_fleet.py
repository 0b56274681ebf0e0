"""The fleet page: what is shown of each resource, and how it is narrowed, searched and sorted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.console.byhand.front import Front, Outline, names, put, rows, words
from tests.console.byhand.values import FINE, FLEET, IN_ALARM, seen, usd
from tests.support import a_resource

from personalize_monitor.alarms.names import Sort
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.money import Money
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.snapshot import AlarmSeen, Arrivals, Errors, Seen
from personalize_monitor.policy.harm import By, Case, State
from personalize_monitor_desk.console.pages import fleet as fleet_page
from personalize_monitor_desk.console.rows import VIEWS, tone, use

ERRORS_ALARM = AlarmSeen("e", Sort.CLIENT_ERRORS, "ALARM", speaks=True, muted=False, since=None)
HURT = Case("a", 20, 10, By.MONITOR, 0, 0, 0, 20, state=State.HURT)
SILENT_ALARM = AlarmSeen("b", Sort.LOW, "ALARM", speaks=False, muted=False, since=None)

NAME, REGION, STATE, FLOOR, TPS, USE, DRAWING, ERRORS, ALARMS, COST, WASTE = range(11)


def row(front: Front, one: Seen) -> list[str]:
    """The cells of a fleet of one."""
    front.show(one)
    (cells,) = rows(front.get("/fleet/rows").text)
    return cells


def test_a_row_tells_everything_about_its_resource(front: Front) -> None:
    """Name, recipe, region, state, floor, rate, utilization, errors, alarms, cost and waste."""
    one = seen(
        requests=1200.0,
        floor=16,
        errors=Errors(3.0, 4.0),
        alarms=[FINE],
        cost=usd(1234.5),
        waste=usd("0.4"),
    )
    assert row(front, one) == [
        "shoes user-personalization-v2",
        "us-east-1",
        "active",
        "16",
        "4.00",
        "25",
        "",
        "7",
        "ok",
        "$1,235",
        "<$1",
    ]


def test_what_is_unknown_is_a_question_mark_and_never_a_zero(front: Front) -> None:
    """Demand, utilization, errors, alarms and money that nobody could read are not shown as 0."""
    one = seen(
        requests=None,
        errors=Errors(None, 0.0),
        alarms=None,
        cost=Money.not_known(),
        waste=Money.not_known(),
    )
    cells = row(front, one)
    assert [cells[at] for at in (TPS, ERRORS, ALARMS)] == ["?"] * 3
    assert [cells[at] for at in (COST, WASTE)] == ["unknown"] * 2
    assert "No known price 1 campaign" in front.words("/")
    assert cells[USE] == "–"
    assert "0" not in "".join(cells[TPS:]), cells


def test_a_lower_bound_says_that_it_is_one(front: Front) -> None:
    """Money of which a part is missing is 'at least', in the row and in the sum."""
    cells = row(front, seen(cost=usd(50).partly(1)))
    assert cells[COST] == "at least $50"
    assert "Cost a month $50 at least" in front.words("/")


@pytest.mark.parametrize(
    ("status", "more", "word", "colour"),
    [
        ("ACTIVE", {}, "active", "a"),
        ("ACTIVE", {"update_pending": True, "pending_floor": 3}, "updating", "b"),
        ("ACTIVE", {"stale": True}, "unknown", "s"),
        ("CREATE IN_PROGRESS", {}, "create", "b"),
        ("STOP PENDING", {}, "stop", "b"),
        ("INACTIVE", {}, "stopped", "o"),
        ("DELETE PENDING", {}, "going", "o"),
        ("CREATE FAILED", {}, "failed", "x"),
    ],
)
def test_each_state_has_its_word_and_colour(
    front: Front, status: str, more: dict[str, Any], word: str, colour: str
) -> None:
    """What a resource does is one word, with a colour that does not stand alone."""
    one = seen(status=status, **more)
    assert row(front, one)[STATE] == word
    assert tone(one) == colour
    assert f"<i class={colour}></i>{word}" in front.get("/fleet/rows").text


@pytest.mark.parametrize("status", ["INACTIVE", "CREATE FAILED", "DELETE PENDING", "STOP PENDING"])
def test_what_does_not_serve_has_no_rate(front: Front, status: str) -> None:
    """A stopped or failed resource has dashes instead of numbers, and no drawing."""
    cells = row(front, seen(status=status, requests=None))
    assert [cells[at] for at in (FLOOR, TPS, USE, ERRORS)] == ["–"] * 4
    assert "class=s" not in front.get("/fleet/rows").text


@pytest.mark.parametrize(
    ("alarms", "cell"),
    [
        (None, "?"),
        ((), "–"),
        ((FINE,), "ok"),
        ((SILENT_ALARM,), "ok"),
        ((FINE, IN_ALARM), "1 on"),
        ((IN_ALARM, IN_ALARM), "2 on"),
    ],
)
def test_alarms_count_when_they_speak(
    front: Front, alarms: tuple[AlarmSeen, ...] | None, cell: str
) -> None:
    """Only an alarm that tells people is counted; none is a dash, unread is a question mark."""
    assert row(front, seen(alarms=alarms))[ALARMS] == cell


@given(st.one_of(st.none(), st.floats(0, 1e7)))
def test_the_bar_of_utilization_stays_in_its_box(requests: float | None) -> None:
    """From 0 to 40 whatever the demand; nothing is drawn where nothing is known."""
    width = use(seen(requests=requests, floor=3))
    assert width is None if requests is None else width is not None and 0 <= width <= 40


# --- what fails, is unknown, wastes, idles ---

VIEWED = [
    ("all is well", seen(alarms=[FINE], waste=usd(50)), {"campaign"}),
    ("an alarm about money fires", seen(alarms=[IN_ALARM]), {"campaign", "wasting"}),
    ("an alarm about errors fires", seen(alarms=[ERRORS_ALARM]), {"campaign", "failing"}),
    ("an alarm fires in silence", seen(alarms=[SILENT_ALARM]), {"campaign"}),
    ("one request was refused", seen(errors=Errors(1.0, 0.0)), {"campaign"}),
    ("many were refused", seen(requests=90.0, errors=Errors(900.0, 0.0)), {"campaign", "failing"}),
    ("its floor hurts callers", replace(seen(), case=HURT), {"campaign", "failing"}),
    ("demand is unknown", seen(requests=None), {"campaign", "unknown"}),
    ("it failed", seen(status="CREATE FAILED"), {"campaign", "failing"}),
    ("it is known from before only", seen(stale=True), {"campaign", "unknown"}),
    ("nobody asks", seen(requests=0.0), {"campaign", "idle"}),
    ("nobody asks what is stopped", seen(requests=0.0, status="INACTIVE"), {"campaign"}),
    ("it is new, nothing measured", seen(demand=Demand(0, ())), {"campaign"}),
    ("more than half is waste", seen(waste=usd(51)), {"campaign", "wasting"}),
    ("it costs nothing", seen(cost=usd(0), waste=usd(0)), {"campaign"}),
    ("a recommender", seen("films", Kind.RECOMMENDER), {"recommender"}),
]


@pytest.mark.parametrize(
    ("one", "views"), [case[1:] for case in VIEWED], ids=[case[0] for case in VIEWED]
)
def test_views(front: Front, one: Seen, views: set[str]) -> None:
    """Each view shows exactly what its name says, and its count agrees with its rows."""
    found = front.show(one)
    assert {name for name, (_, keep) in VIEWS.items() if keep(one)} == views | {"all"}
    page = Outline(front.get("/").text)
    counts = re.findall(r"(\d+)", words(front.get("/").text.partition("</fieldset>")[0])[-200:])
    assert len(page.all("input", name="view")) == len(VIEWS)
    for name in VIEWS:
        listed = names(front.get(f"/fleet/rows?view={name}").text)
        assert len(listed) == (name in views | {"all"})
    assert [int(count) for count in counts[-len(VIEWS) :]] == [
        sum(keep(each) for each in found.seen) for _, keep in VIEWS.values()
    ]


# --- the page around the rows ---


def test_before_the_first_look(front: Front) -> None:
    """Until the account has answered the page says where it looks, and shows no numbers."""
    said = front.words("/")
    assert "Looking at the account…" in said
    assert "us-east-1, eu-west-1" in said
    assert "$" not in said


def test_an_empty_account(front: Front) -> None:
    """No campaign and no recommender: where was looked, and how to look elsewhere."""
    front.show(problems={"us-east-1": [], "eu-west-1": []})
    said = front.words("/")
    assert "No campaign or recommender here" in said
    assert "--region all" in said
    assert "Cost a month" not in said


def test_trouble_is_told_beside_the_last_look(front: Front) -> None:
    """When AWS stops answering, the page keeps what it knew and says why nothing is newer."""
    front.show(seen(), trouble="No answer from AWS at noon.")
    said = front.words("/fleet/rows")
    assert "No fresh look. No answer from AWS at noon." in said
    assert "shoes" in said
    put(front.watch.day, None, "Expired credentials.")
    assert "Expired credentials." in front.words("/")


def test_a_region_that_does_not_answer_is_named(front: Front) -> None:
    """The other regions stay; what could not be read is a list of sentences that can be opened."""
    front.show(seen(), problems={"eu-west-1": ["eu-west-1 is down.", "Alarms too."]})
    answer = front.get("/").text
    assert "2 things could not be read" in words(answer)
    assert names(answer) == ["shoes"]
    assert "eu-west-1 is down." in words(answer)
    front.show(seen(), problems={"eu-west-1": ["One."]})
    assert "1 thing could not be read" in front.words("/")


def test_many_problems_are_cut_and_counted(front: Front) -> None:
    """A thousand sentences do not fill the page; their number is still told."""
    front.show(seen(), problems={"eu-west-1": [f"Problem {n}." for n in range(1000)]})
    said = front.words("/")
    assert "1000 things" in said
    assert "Problem 49." in said
    assert "Problem 50." not in said


def test_more_rows_than_a_page_holds(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the most that is shown, the page says how many there are."""
    monkeypatch.setattr(fleet_page, "MOST", 3)
    front.show(*FLEET)
    answer = front.get("/fleet/rows?sort=name").text
    assert names(answer) == ["anorak", "Boots", "cap"]
    assert "5 resources, the first 3 shown" in words(answer)


def test_the_foot_says_what_the_numbers_rest_on(front: Front) -> None:
    """The measured five minutes in UTC, and the date of the prices."""
    front.show(seen())
    said = front.words("/")
    assert "measured 2026-03-02 09:50 UTC to 09:55 UTC" in said
    assert "prices of 2026-01-31" in said


def test_the_sums_are_those_of_the_rows(front: Front) -> None:
    """Cost, waste and its share, and how many serve, agree with the resources below them."""
    front.show(*(one for one in FLEET if one.figures.cost.is_known))
    said = front.words("/")
    assert "Cost a month $200 Unused $120 60 % Serving 3 of 4" in said
    assert "Failing, wasting 0, 3" in said


def test_a_fleet_that_costs_nothing_has_no_share(front: Front) -> None:
    """Nothing is divided by a cost of zero."""
    front.show(seen(status="INACTIVE", cost=usd(0), waste=usd(0)))
    assert "Unused $0 Serving 0 of 1" in front.words("/")


def test_only_what_is_new_is_sent(front: Front) -> None:
    """A browser that has this look and this choice gets no content; any difference is sent."""
    front.show(seen())
    (have,) = Outline(front.get("/?q=shoes").text).all("input", name="have")
    stamp = have["value"]
    assert front.get(f"/fleet/rows?q=shoes&have={stamp}").status_code == 204
    assert front.get(f"/fleet/rows?have={stamp}").status_code == 200
    assert front.get(f"/fleet/rows?q=shoes&sort=name&have={stamp}").status_code == 200
    put(front.watch.day, front.watch.day.shot().value, "Trouble.")
    assert front.get(f"/fleet/rows?q=shoes&have={stamp}").status_code == 200


# --- the very first look, while it is under way ---


def test_c9_what_is_known_so_far_is_shown_at_once(front: Front) -> None:
    """Rows with what the service has told, and how many there will be; then the look itself."""
    here, there = a_resource("shoes", floor=7), a_resource("hats", region="eu-west-1")
    front.watch._so_far["us-east-1"] = lambda: Arrivals((here,), 900)
    assert "1 of 900 resources are known so far; their traffic" in front.words("/")
    front.watch.day.tell("eu-west-1: 1 resource found")
    front.watch._so_far["eu-west-1"] = lambda: Arrivals((there,), 100)
    said = front.words("/")
    assert "2 of 1000 resources are known so far (eu-west-1: 1 resource found)" in said
    assert "hats eu-west-1 active 10 shoes us-east-1 active 7" in said
    assert "$" not in said
    assert "hats eu-west-1" not in front.words("/?region=us-east-1")
    assert "shoes us-east-1" not in front.words("/?q=hat")
    (have,) = Outline(front.get("/fleet/rows").text).all("input", name="have")
    assert front.get(f"/fleet/rows?have={have['value']}").status_code == 204
    front.watch._so_far["us-east-1"] = lambda: Arrivals((here, a_resource("caps")), 900)
    assert front.get(f"/fleet/rows?have={have['value']}").status_code == 200
    front.show(seen())
    assert "known so far" not in front.words("/")
