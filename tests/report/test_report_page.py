"""The page to mail: complete, self-contained, and safe with any name."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.cast import demand, fleet, resource, seen, the_look

from personalize_monitor.model.arn import Arn
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor_desk.report import as_html, as_markdown
from personalize_monitor_desk.report.chart import chart, hours_of
from personalize_monitor_desk.report.trial_page import Dot, Week, as_page


class Tags(HTMLParser):
    """Collects what a page refers to, and checks that tags close in order."""

    VOID = frozenset({"meta", "path", "circle", "i"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.references: list[str] = []
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.references += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.fixture
def written() -> str:
    """The page of the cast's last two weeks."""
    return as_html(the_look(14))


def test_the_page_needs_nothing_else(written: str) -> None:
    """No script, and no address of anything outside of the file."""
    tags = Tags(written)
    assert not tags.open
    assert not tags.references
    assert "script" not in tags.tags
    assert "url(" not in written
    assert not re.search(r"https?:", written)


def test_the_page_tells_everything(written: str) -> None:
    """Every resource, its action with the reason, money with its date, and what is not known."""
    for one in the_look(14).seen:
        assert one.resource.name in written
    assert "floor 20 → 3" in written
    assert "The quietest of 335 known hours" in written
    assert "prices of 2026-07-01" in written
    assert "No price is known for bought-together" in written
    assert "Left alone for now" in written
    assert written.count("<svg") == len(the_look(14).serving)


def test_the_markdown_tells_the_same() -> None:
    """The same sections for a wiki."""
    text = as_markdown(the_look(14))
    for heading in ("What to do first", "Left alone for now", "The fleet", "What is not known"):
        assert f"## {heading}" in text
    assert "| home-page-for-you | us-east-1 | floor 20 → 3 |" in text


def test_an_empty_account_has_a_page() -> None:
    """No resource is no reason to fail."""
    page = as_html(the_look(everything=()))
    assert "There is no campaign or recommender here." in page
    assert "There is no campaign or recommender here." in as_markdown(the_look(everything=()))


@pytest.mark.parametrize("bad", ["<script>alert(1)</script>", '"><img src=x onerror=a>', "a|b<i>"])
def test_nothing_in_a_name_or_reason_becomes_markup(bad: str) -> None:
    """Text from AWS stays text, wherever it appears."""
    what = replace(resource("x"), name=bad)
    look = the_look(everything=(seen(what, demand(2, 1.0)),))
    place = replace(look.places[0], problems=(bad,))
    page = as_html(replace(look, places=(place,)))
    assert bad not in page
    assert "<img" not in page
    assert "<script" not in page
    text = as_markdown(replace(look, places=(place,)))
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert not any("<script" in row or "<img" in row for row in rows)


def test_a_large_fleet_makes_a_page_that_can_be_mailed() -> None:
    """A thousand noisy resources with something to do for each: 1.5 MB at most, all in the table.

    Pictures are of those with most to do and most waste, and the page says of how many.
    """
    noise = random.Random(1)
    wasteful = fleet(14)[1]
    shown = replace(wasteful, demand=demand(14, *(30 * noise.random() for _ in range(336))))
    many = []
    for number in range(1000):
        name = f"a-resource-with-a-long-name-{number:04}"
        arn = Arn(f"arn:aws:personalize:us-east-1:123456789012:campaign/{name}")
        what = replace(shown.resource, name=name, arn=arn)
        decision = shown.decision and replace(shown.decision, resource=what)
        many.append(replace(shown, resource=what, decision=decision))
    quiet = [replace(one, decision=None, alarms=()) for one in many[:-1]]
    page = as_html(the_look(14, everything=tuple(many)))
    assert len(page.encode()) < 1_500_000
    assert all(one.resource.name in page for one in many)
    assert page.count("<section") == 100
    assert "The 100 with most to do and most waste; 900 more" in page
    urgent = as_html(the_look(14, everything=(*quiet, many[-1])))
    assert f"<h3>{many[-1].resource.name}</h3>" in urgent


def ys(path: str) -> list[float]:
    """Heights of a path, from the top of the picture, one for each step up or down."""
    found: list[float] = []
    for sign, number in re.findall(r"(M[\d.]+ |V|v)(-?[\d.]+)", path):
        found.append(float(number) + (found[-1] if sign == "v" else 0))
    return found


RATES = st.lists(st.one_of(st.floats(0, 5000), st.just(UNKNOWN)), min_size=0, max_size=14 * 24)


@given(RATES, st.integers(1, 500))
def test_a_chart_stays_within_its_frame(rates: list[float], floor: int) -> None:
    """Whatever the demand, every coordinate is a number within the picture."""
    sums = tuple(rate * 300 for rate in rates for _ in range(12))
    past = Demand(0, sums)
    drawn = chart(past, ((0, floor),), name="x", proposed=1)
    if not rates:
        assert "<svg" not in drawn
        return
    assert "nan" not in drawn.lower()
    for path in re.findall(r' d="([^"]*)"', drawn):
        assert all(-1 <= y <= 191 for y in ys(path))
    known = [hour for hour in hours_of(past) if not isnan(hour.mean)]
    assert len(known) == sum(1 for rate in rates if not isnan(rate))


def test_the_trial_page() -> None:
    """Dots for modes, a week for each, names escaped."""
    week = Week("<b>", 0, [1.0, UNKNOWN, 3.0], [2, 2, 1], [2.0, 2.0, 3.0])
    page = as_page("T", [Dot("lower <x>", 1.1, 0.5), Dot("inf", float("inf"), 1.0)], [week])
    assert "lower &lt;x&gt;" in page
    assert "nan" not in page
    assert not Tags(page).references
