"""How a fleet is shown by status, plan and savings: each state, each unknown, each name."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.cli.cast import NOW, demand, resource, seen, the_look
from tests.cli.conftest import validated
from tests.cli.test_cli_output import HOSTILE, on_screen

from personalize_monitor.alarms.names import Sort
from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.money import ZERO, Money
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.snapshot import AlarmSeen, Errors, Figures, Seen, Snapshot
from personalize_monitor_desk.advice import advice
from personalize_monitor_desk.cli import documents
from personalize_monitor_desk.cli.output import Result, as_csv, as_markdown
from personalize_monitor_desk.cli.verbs import plan, report, savings, status

ABC = "abcdefghijklmnopqrstuvwxyz"


def look_of(*everything: Seen, days: int = 14) -> Snapshot:
    """An account with these."""
    return the_look(days, everything=everything)


def line_of(result: Result, name: str = "shoes", width: int = 200) -> str:
    """The row of a resource on a wide screen."""
    return next(line for line in on_screen(result, width) if line.startswith(name))


def csv_of(result: Result, name: str = "shoes") -> dict[str, str]:
    """The row of a resource in the file."""
    rows = csv.DictReader(io.StringIO(as_csv(result.tables[result.main])))
    return next(row for row in rows if row["name"] == name)


def shoes(past: Demand | None = None, **more: Any) -> Seen:
    """A campaign with two requests a second and a floor of 10."""
    made: dict[str, Any] = {}
    for key in ("status", "update_pending", "stale", "recipe"):
        if key in more:
            made[key] = more.pop(key)
    return seen(resource("shoes", **made), demand(1, 2.0) if past is None else past, **more)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({}, "active"),
        ({"update_pending": True}, "updating"),
        ({"status": "CREATE PENDING"}, "create"),
        ({"status": "STOP IN_PROGRESS"}, "stop"),
        ({"status": "INACTIVE"}, "stopped"),
        ({"status": "CREATE FAILED"}, "failed"),
        ({"status": "DELETE IN_PROGRESS"}, "going"),
        ({"stale": True}, "unknown"),
    ],
)
def test_each_state_has_its_word_in_every_form(more: dict[str, Any], word: str) -> None:
    """What it does is one word on the screen, and the same in a file."""
    result = status.result(look_of(shoes(**more), days=1))
    assert word in line_of(result).split()
    assert csv_of(result)["state"] == word
    validated("status", result.document)


@pytest.mark.parametrize("state", ["INACTIVE", "CREATE FAILED", "DELETE PENDING"])
def test_what_does_not_serve_measures_nothing(state: str) -> None:
    """Dashes for people, nothing for machines; never a zero, and it costs nothing."""
    one = shoes(Demand(0, ()), status=state, errors=Errors(None, None))
    result = status.result(look_of(one, days=1))
    assert line_of(result).split().count("–") >= 4
    row = csv_of(result)
    assert (row["floor"], row["average_tps"], row["utilization_percent"]) == ("", "", "")
    (document,) = result.document["resources"]
    assert document["floor"] is document["averageTps"] is document["utilizationPercent"] is None
    assert document["monthlyCost"]["usd"] == "0.000000"


ALARM = AlarmSeen("PersonalizeMonitor-x", Sort.LOW, "OK", speaks=True, muted=False, since=NOW)
FIRING = replace(ALARM, state="ALARM")


@pytest.mark.parametrize(
    ("alarms", "text", "raw"),
    [
        pytest.param(None, "?", "", id="not to be had"),
        pytest.param((), "–", "0", id="none"),
        pytest.param((ALARM,), "ok", "0", id="calm"),
        pytest.param((FIRING, ALARM), "1 on", "1", id="one fires"),
        pytest.param((FIRING, FIRING), "2 on", "2", id="both fire"),
        pytest.param((replace(ALARM, muted=True, speaks=False),), "ok, 1 muted", "0", id="muted"),
        pytest.param(
            (FIRING, replace(FIRING, muted=True, speaks=False)), "1 on, 1 muted", "1", id="each"
        ),
        pytest.param((replace(FIRING, speaks=False),), "ok", "0", id="silent at floor 1"),
    ],
)
def test_alarms_in_words_and_numbers(
    alarms: tuple[AlarmSeen, ...] | None, text: str, raw: str
) -> None:
    """How many fire and speak; that they could not be read is unknown, not calm."""
    result = status.result(look_of(shoes(alarms=alarms), days=1))
    assert f" {text} " in line_of(result)
    assert csv_of(result)["alarms"] == raw
    shown = result.document["resources"][0]["alarms"]
    assert (shown is None) == (alarms is None)


FAILED = {"status": "CREATE FAILED"}


@pytest.mark.parametrize(
    ("one", "found"),
    [
        pytest.param(shoes(), [], id="fine"),
        pytest.param(shoes(Demand(0, ()), **FAILED), ["failed"], id="failed"),
        pytest.param(shoes(alarms=(FIRING,)), ["alarm"], id="an alarm"),
        pytest.param(shoes(errors=Errors(1.0, 0.0)), ["errors"], id="errors"),
        pytest.param(shoes(errors=Errors(None, 0.0)), [], id="errors that are not known"),
        pytest.param(shoes(demand(1, UNKNOWN)), ["unknown"], id="an unknown measurement"),
        pytest.param(shoes(Demand(0, ())), [], id="nothing to measure yet"),
        pytest.param(
            shoes(demand(1, UNKNOWN), alarms=(FIRING,), errors=Errors(0.0, 2.0)),
            ["alarm", "errors", "unknown"],
            id="several",
        ),
    ],
)
def test_what_deserves_a_look(one: Seen, found: list[str]) -> None:
    """What --check counts is in the document by resource, and nothing else is."""
    assert status.findings(one) == found
    document = status.result(look_of(one, days=1)).document
    assert document["findings"] == ({str(one.resource.arn): found} if found else {})


@pytest.mark.parametrize(
    ("rate", "text", "use"),
    [
        (0.0, "0", "0"),
        (0.004, "<0.01", "<0.1"),
        (0.07, "0.07", "0.7"),
        (4.7, "4.70", "47"),
        (42.0, "42.0", "420"),
        (1234.0, "1,234", "12,340"),
    ],
)
def test_rates_have_the_digits_that_matter(rate: float, text: str, use: str) -> None:
    """A little traffic is never nothing, and much has no digits that nobody reads."""
    result = status.result(look_of(shoes(demand(1, rate)), days=1))
    cells = line_of(result).split()
    assert text in cells
    assert use in cells
    assert float(csv_of(result)["average_tps"]) == pytest.approx(rate, abs=1e-6)


def test_the_region_is_shown_where_there_are_several() -> None:
    """With one region a column for it would say the same in each row."""
    far = seen(resource("far", region="eu-west-1"), demand(1, 1.0))
    assert "Region" not in "\n".join(on_screen(status.result(look_of(shoes(), days=1)), 100))
    both = status.result(look_of(shoes(), far, days=1))
    assert "Region" in "\n".join(on_screen(both, 100))
    assert csv_of(both, "far")["region"] == "eu-west-1"


@pytest.mark.parametrize(
    ("recipe", "name"),
    [
        ("aws-user-personalization-v2", "user-personalization-v2"),
        ("my-own-recipe", "my-own-recipe"),
        (None, "unknown"),
    ],
)
def test_recipes_by_their_short_name(recipe: str | None, name: str) -> None:
    """Without the prefix that all of AWS's have; one that is not known yet is unknown."""
    result = status.result(look_of(shoes(recipe=recipe), days=1))
    assert name in line_of(result).split()
    assert result.document["resources"][0]["recipe"] == recipe


def test_an_empty_fleet() -> None:
    """A sentence with what to try, no figures, no notes about figures."""
    result = status.result(look_of(days=1))
    text = "\n".join(on_screen(result))
    assert "0 of 0 resources in service" in text
    assert "--region all looks everywhere" in text
    assert result.notes == []
    validated("status", result.document)


def named(name: str) -> Snapshot:
    """A fleet in which a name, a reason and a guard are this text."""
    one = shoes(demand(14, 2.0))
    what = replace(one.resource, name=name)
    acting = replace(one, resource=what, guards=(name,))
    acting = replace(acting, decision=Decision(what, Action.SET_FLOOR, name, to_floor=3))
    held = replace(acting, decision=leave(what, name, held_by=name))
    return look_of(acting, held)


SHOWN: dict[str, Callable[[Snapshot], Result]] = {
    "status": status.result,
    "plan": lambda look: plan.result(look, advice(look.seen)),
    "savings": lambda look: savings.result(look, None, 30),
}


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("verb", SHOWN)
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_any_name_in_any_verb(verb: str, name: str, width: int) -> None:
    """Whatever it is called: the rows fit, nothing steers the screen, the document is valid."""
    result = SHOWN[verb](named(name))
    lines = on_screen(result, width)
    table = lines[2 : len(lines) - len(result.notes)]
    assert max(cell_len(line) for line in table) <= width
    assert "\x1b" not in "".join(lines)
    validated(verb, json.loads(documents.dumped(result.document)))
    rows = [line for line in as_markdown(result).splitlines() if line.startswith("| ")]
    assert "<script" not in "".join(rows)


@given(
    st.lists(st.text(ABC + "-", min_size=1, max_size=63), min_size=1, max_size=4, unique=True),
    st.integers(60, 160),
)
def test_every_resource_is_a_row_at_any_width(names: list[str], width: int) -> None:
    """No resource is lost for want of room, and its floor is always beside its name."""
    fleet = [seen(resource(name, floor=77), demand(1, 2.0)) for name in names]
    result = status.result(look_of(*fleet, days=1))
    table = on_screen(result, width)[: len(names) + 5]
    rows = [line for line in table if " 77 " in f"{line} "]
    assert len(rows) == len(names)


def test_floors_and_sums_stand_under_each_other() -> None:
    """The same figure of two resources, and the sum of a column, end in the same place."""
    fleet = [seen(resource(name, floor=floor), demand(1, 2.0)) for name, floor in _FLOORS]
    result = status.result(look_of(*fleet, days=1))
    lines = on_screen(result, 120)
    head = next(line for line in lines if "Floor" in line)
    end = head.index("Floor") + len("Floor")
    for name, floor in _FLOORS:
        line = next(line for line in lines if line.startswith(name))
        assert line[:end].endswith(f" {floor}")
    waste = head.index("Waste") + len("Waste")
    foot = next(line for line in lines if line.startswith("3 resources"))
    assert len(foot) == waste


_FLOORS = (("a-shop", 7), ("b-shop", 70), ("c-shop", 500))


@pytest.mark.parametrize(
    ("cost", "text", "raw"),
    [
        pytest.param(Money.usd("1234.5"), "$1,235", "1234.500000", id="known"),
        pytest.param(ZERO, "$0", "0.000000", id="nothing"),
        pytest.param(Money.usd("0.004"), "<$1", "0.004000", id="next to nothing"),
        pytest.param(Money.not_known(), "?", "", id="unknown"),
        pytest.param(Money.usd(5).partly(1), "≥$5", "5.000000", id="a lower bound"),
        pytest.param(Money(Fraction(-3), signed=True), "-$3", "-3.000000", id="a loss"),
        pytest.param(
            Money(Fraction(30), unknown=1, signed=True), "~$30", "30.000000", id="of either sign"
        ),
    ],
)
def test_each_amount_in_every_form(cost: Money, text: str, raw: str) -> None:
    """Whole dollars for people, six digits for machines, and a bound is marked as one."""
    one = replace(shoes(), figures=Figures(cost, ZERO, None))
    for verb, result in (
        ("status", status.result(look_of(one, days=1))),
        ("savings", savings.result(look_of(one), None, 30)),
    ):
        assert text in line_of(result).split(), verb
        assert csv_of(result)["cost"] == raw, verb
        assert f"| {text.replace('<', '&lt;')} |" in as_markdown(result), verb
        told = result.document["resources"][0]["monthlyCost"]
        assert told["usd"] == (raw or None), verb
        assert told["text"] == str(cost), verb


def test_advice_and_what_is_held_stand_apart() -> None:
    """Two tables: what would be changed, and what is left alone and by what."""
    result = plan.result(the_look(14), advice(the_look(14).seen))
    todo, held = result.tables
    assert [row.seen.resource.name for row in todo.rows] == ["home-page-for-you", "spring-launch"]
    assert [row.held_by for row in held.rows] == ["young"]
    text = "\n".join(on_screen(result, 120))
    assert text.index("What would be changed") < text.index("Left alone for now")
    assert "new-here" in text.partition("Left alone for now")[2]
    assert "2 changes to save" in result.heading


def test_nothing_held_is_no_table() -> None:
    """An empty list of what is left alone would only ask why."""
    result = plan.result(look_of(shoes(demand(14, 2.0))), [])
    assert len(result.tables) == 1
    assert "Nothing: no floor can come down now, and nothing is idle." in "\n".join(
        on_screen(result)
    )


def test_the_reports_rows_have_the_advice() -> None:
    """One file with everything: the fleet and what is advised for each, without the curve."""
    look = the_look(14)
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(as_csv(report.rows(look))))}
    assert set(rows) == {one.resource.name for one in look.seen}
    assert rows["home-page-for-you"]["action"] == "floor 20 → 3"
    assert rows["spring-launch"]["action"] == "delete"
    assert rows["search"]["action"] == rows["search"]["monthly_saving"] == ""
    assert rows["new-here"]["reason"].startswith("It is 2.0 hours old")
    assert "curve" not in rows["search"]


@pytest.mark.parametrize(("kind", "short"), [(Kind.CAMPAIGN, "camp."), (Kind.RECOMMENDER, "rec.")])
def test_kinds_are_short_for_people_and_whole_for_machines(kind: Kind, short: str) -> None:
    """A narrow column on the screen, the word of the ARN in a file."""
    result = status.result(look_of(seen(resource("shoes", kind), demand(1, 1.0)), days=1))
    assert short in line_of(result).split()
    assert csv_of(result)["kind"] == kind
