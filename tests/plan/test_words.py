"""What a look says in words and figures: the same everywhere, and never a guess."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.cast import ACCOUNT, NOW, WINDOW, demand, resource, seen
from tests.datapoints import Numbers
from tests.support import BEGIN, a_resource, with_parameters

from personalize_monitor.alarms.names import Sort
from personalize_monitor.contract import FLOOR_METRIC
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.money import ZERO, Money
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.window import Window
from personalize_monitor.plan.snapshot import (
    AlarmSeen,
    Errors,
    Place,
    Question,
    Seen,
    Snapshot,
    words,
)
from personalize_monitor.plan.snapshot.month import figures
from personalize_monitor.plan.snapshot.reading import read
from personalize_monitor.policy.guards import held
from personalize_monitor_desk.advice import advice, held_back

PRICES = load_prices()
BUSY = demand(1, 2.0)
FIVE = timedelta(minutes=5)
END = BEGIN.replace(minute=0)


@given(st.floats(0, 1e9))
def test_a_rate_has_few_digits_and_never_lies(value: float) -> None:
    """A column holds it, zero is only zero, and the text is within a hundredth or a percent."""
    text = words.rate(value)
    assert len(text) <= 13
    assert (text == "0") is (value == 0)
    if not text.startswith("<"):
        assert float(text.replace(",", "")) == pytest.approx(value, rel=0.01, abs=0.006)


@given(st.floats(0, 1e6))
def test_a_percentage_never_hides_use(value: float) -> None:
    """Something used is never shown as nothing."""
    text = words.percent(value)
    assert (text == "0") is (value == 0)
    if not text.startswith("<"):
        assert float(text.replace(",", "")) == pytest.approx(value, rel=0.051, abs=0.06)


@pytest.mark.parametrize("word", [words.rate, words.percent, words.count])
@pytest.mark.parametrize("value", [None, UNKNOWN])
def test_unknown_is_a_question_mark(word: object, value: float | None) -> None:
    """In every column, and never zero."""
    assert callable(word)
    assert word(value) == "?"


@given(st.fractions(-1_000_000, 1_000_000))
def test_dollars_are_whole_and_signed_once(amount: object) -> None:
    """One sign at most, and what is below a dollar is said to be so."""
    money = Money.usd(amount)  # type: ignore[arg-type]
    text = words.dollars(money)
    assert text.count("-") == (1 if money.exact < 0 else 0)
    assert text.count("$") == 1
    if money.exact and abs(money.exact) < 1:
        assert text in ("<$1", ">-$1")


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({}, "active"),
        ({"update_pending": True}, "updating"),
        ({"stale": True, "update_pending": True}, "unknown"),
        ({"status": "CREATE PENDING"}, "create"),
        ({"status": "STOP IN_PROGRESS"}, "stop"),
        ({"status": "INACTIVE"}, "stopped"),
        ({"status": "CREATE FAILED"}, "failed"),
        ({"status": "DELETE PENDING"}, "going"),
    ],
)
def test_a_state_is_one_word(state: dict[str, Any], word: str) -> None:
    """Old knowledge and a change on its way are said first."""
    assert words.state_word(resource("a", **state)) == word


def test_short_words() -> None:
    """Kinds, recipes and groups in narrow columns; what is not known is said to be."""
    assert [words.short_kind(kind) for kind in Kind] == ["C", "R"]
    assert words.recipe_name(resource("a", recipe="aws-sims")) == "sims"
    assert words.recipe_name(resource("a", recipe="my-own")) == "my-own"
    assert words.recipe_name(resource("a", recipe="")) == "unknown"
    assert words.group_name("arn:aws:personalize:us-east-1:1:dataset-group/shop") == "shop"
    assert words.group_name(None) == "not known"


def decided(name: str, decision: Decision, **more: object) -> Seen:
    """One resource with what was decided about it."""
    return seen(replace(decision.resource, name=name), BUSY, decision, **more)


def lower(name: str, floor: int, to: int) -> Seen:
    """A floor that is to go down."""
    one = resource(name, floor=floor)
    return seen(one, BUSY, Decision(one, Action.SET_FLOOR, "Less.", to_floor=to))


def test_advice_begins_with_what_saves_most() -> None:
    """Then the smaller savings, then what has no known price; what does not act is no advice."""
    quiet = resource("quiet")
    unpriced = resource("unpriced", floor=400, recipe="nobody-knows")
    by_price = Decision(unpriced, Action.SET_FLOOR, "Less.", to_floor=1)
    found = advice(
        [
            seen(quiet, BUSY, leave(quiet, "In use.")),
            seen(unpriced, BUSY, by_price),
            lower("small", 5, 4),
            lower("large", 50, 4),
            seen(resource("new"), BUSY),
        ]
    )
    assert [one.seen.resource.name for one in found] == ["large", "small", "unpriced"]
    assert found[0].saving.exact > found[1].saving.exact > 0
    assert not found[2].saving.is_known
    assert [one.what for one in found[:2]] == ["floor 50 → 4", "floor 5 → 4"]


@pytest.mark.parametrize(("action", "what"), [(Action.DELETE, "delete"), (Action.STOP, "stop")])
def test_advice_to_remove_says_so(action: Action, what: str) -> None:
    """The verb is all there is to it, whether it may be done now or is held."""
    one = resource("idle")
    found = Decision(one, action, "Idle.")
    assert [a.what for a in advice([seen(one, BUSY, found)])] == [what]
    (back,) = held_back([seen(one, BUSY, held(found, "exempt", "Tag says so."))])
    assert (back.what, back.held_by, back.to_floor) == (what, "exempt", None)


def test_what_is_held_is_shown_with_what_it_would_be() -> None:
    """Nothing is claimed as saved for it; the names are in order."""
    one, two = resource("b", floor=20), resource("a", floor=20)
    would = Decision(one, Action.SET_FLOOR, "Less.", to_floor=3)
    young = leave(two, "It is young.", held_by="young")
    back = held_back([seen(one, BUSY, held(would, "held", "Until noon.")), seen(two, BUSY, young)])
    assert [(a.seen.resource.name, a.what) for a in back] == [
        ("a", "leave"),
        ("b", "floor 20 → 3"),
    ]
    assert back[1].to_floor == 3
    assert (back[0].action, back[0].to_floor) == (Action.LEAVE, None)
    assert not any(a.saving.exact for a in back)


def test_a_hold_that_would_change_nothing_is_not_worth_a_line() -> None:
    """A young campaign at the lowest floor is left alone in any case."""
    small = resource("small", floor=1)
    assert held_back([seen(small, BUSY, leave(small, "Young.", held_by="young"))]) == []
    two = resource("two", floor=2)
    assert len(held_back([seen(two, BUSY, leave(two, "Young.", held_by="young"))])) == 1
    would = held(Decision(small, Action.DELETE, "Idle."), "young", "Young.")
    assert len(held_back([seen(small, BUSY, would)])) == 1


def alarm(state: str, *, speaks: bool) -> AlarmSeen:
    """One alarm of a resource."""
    return AlarmSeen("a", Sort.IDLE, state, speaks, not speaks, None)


@pytest.mark.parametrize(
    ("alarms", "firing"),
    [
        (None, 0),
        ((), 0),
        ((alarm("ALARM", speaks=True), alarm("OK", speaks=True)), 1),
        ((alarm("ALARM", speaks=False),), 0),
        ((alarm("ALARM", speaks=True), alarm("ALARM", speaks=True)), 2),
    ],
)
def test_only_an_alarm_that_tells_people_counts_as_firing(
    alarms: tuple[AlarmSeen, ...] | None, firing: int
) -> None:
    """A muted one is a person's decision; an unread list is no alarm."""
    assert seen(resource("a"), BUSY, alarms=alarms).firing == firing


@pytest.mark.parametrize(
    ("client", "server", "total"),
    [(1.0, 2.0, 3.0), (0.0, 0.0, 0.0), (None, 2.0, None), (1.0, None, None)],
)
def test_errors_are_known_together_or_not(
    client: float | None, server: float | None, total: float | None
) -> None:
    """Half of an answer is no count of errors."""
    assert Errors(client, server).total == total


def test_the_whole_account_adds_up() -> None:
    """Costs of all that serve, savings of all that is decided, problems of all places."""
    stopped = resource("stopped", kind=Kind.RECOMMENDER, status="INACTIVE")
    places = (
        Place("us-east-1", (lower("large", 50, 4), seen(stopped, BUSY)), ("One.",)),
        Place("eu-west-1", (), ("Two.",), answered=False),
        Place("eu-central-1", (lower("small", 5, 4),)),
    )
    look = Snapshot(ACCOUNT, NOW, WINDOW, timedelta(1), places, PRICES.as_of)
    assert [one.resource.name for one in look.seen] == ["large", "stopped", "small"]
    assert [one.resource.name for one in look.serving] == ["large", "small"]
    assert look.problems == ("One.", "Two.")
    parts = [one.figures for one in look.seen]
    # What eu-west-1 would add nobody knows, so that every sum is a part.
    assert not look.whole
    assert look.cost == Money.total(part.cost for part in parts).partly(1)
    assert look.waste.exact <= look.cost.exact
    whole = Money.total(part.saving for part in parts if part.saving)
    assert look.saving == whole.partly(1)
    assert look.seen[1].utilization is None
    assert look.seen[1].figures.cost == ZERO


def test_a_question_knows_its_span_and_window() -> None:
    """A day or two weeks; "now" is the last settled window."""
    base = {"regions": ("us-east-1",), "now": NOW, "settings": with_parameters(), "prices": PRICES}
    day = Question(**base)  # type: ignore[arg-type]
    assert (day.span, day.window) == (timedelta(days=1), WINDOW)
    assert Question(**base, depth="fortnight").span == timedelta(days=14)  # type: ignore[arg-type]
    assert isinstance(day.reader, JournalReader)


def test_two_resources_of_one_account_are_priced_together() -> None:
    """They share the tiers, so the parts are the whole: nothing is counted twice."""
    one, two = (resource(name, floor=90, recipe="aws-sims") for name in "ab")
    apart = [figures({r: BUSY}, {}, PRICES)[r].cost.exact for r in (one, two)]
    together = figures({one: BUSY, two: BUSY}, {}, PRICES)
    assert together[one].cost.exact + together[two].cost.exact < sum(apart)
    assert together[one].cost == together[two].cost


def test_a_resource_of_unknown_demand_costs_its_floor_at_least() -> None:
    """A lower bound that is marked as one: a floor is billed whoever comes."""
    one = resource("a", floor=10)
    blind = Demand(BUSY.start, (UNKNOWN,) * len(BUSY))
    cost = figures({one: blind}, {}, PRICES)[one].cost
    known = figures({one: demand(1, 0.0)}, {}, PRICES)[one].cost
    assert not cost.is_known
    assert cost.exact == known.exact


def test_a_reading_tells_demand_floors_and_errors() -> None:
    """The changes of the floor, the sums of five minutes from creation on, the errors of a day."""
    numbers = Numbers()
    one = a_resource(created=END - timedelta(hours=2))
    for nth in range(24):
        at = END - timedelta(hours=2) + nth * FIVE
        numbers.put("GetRecommendations", one, 30.0 + nth, at)
        numbers.put(FLOOR_METRIC[one.kind], one, 4.0 if nth < 12 else 9.0, at)
    numbers.put("GetRecommendations", one, 999.0, END - timedelta(hours=3))  # an earlier life
    numbers.put("GetRecommendations4xxErrors", one, 3.0, END - FIVE)
    window = Window(END - FIVE)
    found = read(numbers.metrics, [one], window, timedelta(days=1))[one]
    assert tuple(found.demand.sums) == tuple(30.0 + nth for nth in range(24))
    assert found.sample.requests == 53.0
    begin = int((END - timedelta(hours=2)).timestamp())
    assert found.floors == ((begin, 4), (begin + 3600, 9))
    assert (found.errors.client, found.errors.server) == (3.0, 0.0)


@pytest.mark.parametrize(
    "metric", ["GetRecommendations", "GetRecommendations4xxErrors", "minProvisionedTPS"]
)
def test_a_reading_keeps_apart_what_is_unknown(metric: str) -> None:
    """One metric that is not answered leaves the others known."""
    numbers, one = Numbers(), a_resource()
    numbers.put("GetRecommendations", one, 30.0, END - FIVE)
    numbers.put(FLOOR_METRIC[one.kind], one, 4.0, END - FIVE)
    numbers.blind(metric=metric)
    found = read(numbers.metrics, [one], Window(END - FIVE), timedelta(hours=1))[one]
    assert found.sample.known is (metric != "GetRecommendations")
    assert found.demand.known == (12 if found.sample.known else 0)
    assert (found.errors.client is None) is (metric == "GetRecommendations4xxErrors")
    assert found.errors.server == 0.0
    assert bool(found.floors) is (metric != "minProvisionedTPS")
