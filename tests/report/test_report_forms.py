"""The report's forms beside each other: one account, the same facts as page and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.cast import demand, resource, seen, the_look

from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.money import ZERO, Money
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.snapshot import Errors, Figures, Seen, Snapshot, words
from personalize_monitor_desk.advice import advice, held_back
from personalize_monitor_desk.report import as_html, as_markdown, text
from personalize_monitor_desk.report.markdown import cell


class Read(HTMLParser):
    """A page as a browser reads it: its tables cell by cell, its headings, its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.headings: list[str] = []
        self.items: list[str] = []
        self.words: list[str] = []
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")
        elif tag in {"h1", "h2", "h3"}:
            self.headings.append("")
        elif tag == "li":
            self.items.append("")
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._open in {"td", "th"}:
            self.tables[-1][-1][-1] += data
        elif self._open in {"h1", "h2", "h3"}:
            self.headings[-1] += data
        elif self._open == "li":
            self.items[-1] += data

    def table(self, first: str) -> list[dict[str, str]]:
        """The rows of the table whose first title is so, by their titles."""
        found = next(table for table in self.tables if table[0][0] == first)
        return [dict(zip(found[0], row, strict=True)) for row in found[1:]]


def markdown_table(page: str, first: str) -> list[dict[str, str]]:
    """The same of a Markdown text."""
    lines = page.splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith(f"| {first} |"))
    head = _cells(lines[begin])
    rows = []
    for line in lines[begin + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(dict(zip(head, _cells(line), strict=True)))
    return rows


def _cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line)[1:-1]
    return [part.strip().replace("\\|", "|").replace("&lt;", "<") for part in parts]


def look_of(*everything: Seen, days: int = 14) -> Snapshot:
    """An account with these."""
    return the_look(days, everything=everything)


def test_the_fleet_is_the_same_on_the_page_and_in_markdown() -> None:
    """Every resource with the same floor, rate, utilization, cost and waste in both."""
    account = the_look(14)
    page = Read(as_html(account)).table("Name")[: len(account.seen)]
    rows = markdown_table(as_markdown(account), "Name")
    both = {"Name", "Kind", "Region", "Recipe", "State", "Floor", "TPS", "Use %", "Waste"}
    assert [{key: row[key] for key in both} for row in page] == [
        {key: row[key] for key in both} for row in rows
    ]
    assert [row["Cost a month"] for row in page] == [row["Cost"] for row in rows]


def test_the_advice_is_the_same_in_the_same_order() -> None:
    """What to do first is first in both, with the same saving and reason."""
    account = the_look(14)
    page = Read(as_html(account)).table("Resource")
    rows = markdown_table(as_markdown(account), "Resource")
    assert [row["Resource"] for row in page] == [
        one.seen.resource.name for one in advice(account.seen)
    ]
    for shown, told in zip(page, rows, strict=True):
        assert shown == told


def test_what_is_held_back_is_the_same() -> None:
    """A guard's name stands beside what it holds, in both."""
    account = the_look(14)
    (held,) = held_back(account.seen)
    assert held.held_by == "young"
    tables = [table for table in Read(as_html(account)).tables if "Held by" in table[0]]
    assert tables[0][1][2] == "young"
    assert "| new-here | young |" in as_markdown(account)


def test_the_sums_are_the_rows() -> None:
    """The page's last row and its tiles have the account's sums."""
    account = the_look(14)
    shown = Read(as_html(account))
    foot = shown.table("Name")[-1]
    assert foot["Name"] == f"{len(account.seen)} resources"
    assert foot["Cost a month"] == words.dollars(account.cost)
    assert foot["Waste"] == words.dollars(account.waste)
    assert words.dollars(account.saving) in shown.words
    assert f"{len(account.serving)} of {len(account.seen)}" in shown.words


@pytest.mark.parametrize(
    "status", ["INACTIVE", "CREATE FAILED", "CREATE IN_PROGRESS", "DELETE PENDING"]
)
def test_what_does_not_serve_has_no_figures(status: str) -> None:
    """A dash for floor, rate and use: neither a zero nor a question, as nothing is measured."""
    one = seen(resource("paused", Kind.RECOMMENDER, status=status, floor=3), Demand(0, ()))
    account = look_of(one)
    for row in (
        Read(as_html(account)).table("Name")[0],
        markdown_table(as_markdown(account), "Name")[0],
    ):
        assert (row["Floor"], row["TPS"], row["Use %"]) == ("–", "–", "–")
        assert row["Waste"] == "$0"


def test_unknown_is_a_question_everywhere() -> None:
    """A demand that is not known is not zero: rate, use, errors and even the peak are unknown."""
    start = demand(14, 1.0).start
    one = seen(
        resource("blind", floor=4),
        Demand(start, (UNKNOWN,) * 14 * 288),
        errors=Errors(None, 3.0),
    )
    page = as_html(look_of(one))
    row = Read(page).table("Name")[0]
    assert (row["TPS"], row["Use %"], row["Errors 24 h"]) == ("?", "?", "?")
    assert markdown_table(as_markdown(look_of(one)), "Name")[0]["TPS"] == "?"
    assert "Peak <b>? TPS</b>" in page
    assert "highest five minutes unknown TPS" in page


def test_a_known_zero_is_a_zero() -> None:
    """Nobody asked, and that is known."""
    page = as_html(look_of(seen(resource("idle", floor=4), demand(14, 0.0))))
    assert Read(page).table("Name")[0]["TPS"] == "0"
    assert "Peak <b>0 TPS</b>" in page


def test_what_is_not_known_is_listed() -> None:
    """Problems, prices and gaps, a sentence each, the same in both forms."""
    account = the_look(14)
    sentences = text.unknowns(account)
    assert Read(as_html(account)).items == sentences
    assert [line[2:] for line in as_markdown(account).splitlines() if line.startswith("- ")][
        4:
    ] == sentences


def test_everything_known_is_said_too() -> None:
    """An empty list would look like a page that was cut off."""
    account = look_of(seen(resource("fine"), demand(14, 1.0)))
    assert text.unknowns(account) == []
    for page in (as_html(account), as_markdown(account)):
        assert "Everything that was asked for was answered." in page


def test_many_names_are_not_all_listed() -> None:
    """Eight are named, the others counted."""
    without = [
        seen(resource(f"bought-{number}", Kind.RECOMMENDER, recipe="aws-ecomm-x"), demand(14, 1.0))
        for number in range(11)
    ]
    (sentence,) = text.unknowns(look_of(*without))
    assert "bought-7 and 3 more" in sentence
    assert "bought-8" not in sentence


def test_a_gap_in_the_traffic_makes_a_lower_bound() -> None:
    """A day without data: the cost is at least so much, and the report names the resource."""
    past = demand(14, 30.0)
    gap = Demand(past.start, (UNKNOWN,) * 288 + tuple(past.sums[288:]))
    account = look_of(seen(resource("gappy", floor=1), gap))
    (sentence,) = text.unknowns(account)
    assert "gappy" in sentence
    assert "lower bound" in sentence
    assert Read(as_html(account)).table("Name")[0]["Cost a month"].startswith("≥$")


def test_another_regions_price_is_said() -> None:
    """Where no price of the region is known that of us-east-1 is assumed, and told."""
    one = seen(resource("far", region="ap-south-1"), demand(14, 1.0))
    assumed = replace(one, figures=Figures(Money.usd(5, assumed=True), ZERO))
    assert any("us-east-1 are assumed" in line for line in text.unknowns(look_of(assumed)))


@pytest.mark.parametrize(
    ("saving", "said"),
    [
        (Money.usd(5284), "saves $5,284 a month"),
        (Money.usd(Fraction(1, 2)), "saves <$1 a month"),
        (Money.not_known(), "saving not known"),
        (Money.usd(5).partly(1), "saves ≥$5 a month"),
    ],
)
def test_a_line_of_advice(saving: Money, said: str) -> None:
    """One line for a mail: what, where, and what it saves, as far as that is known."""
    what = resource("shoes", floor=20)
    decision = Decision(what, Action.SET_FLOOR, "Too high.", to_floor=3)
    one = seen(what, demand(14, 2.0), decision)
    one = replace(one, figures=replace(one.figures, saving=saving))
    assert text.advice_line(advice([one])[0]) == f"shoes (us-east-1): floor 20 → 3, {said}"


def test_the_largest_saving_comes_first() -> None:
    """Known savings by their size, then those whose price is not known."""
    found = []
    for name, saving in (("a", Money.not_known()), ("b", Money.usd(5)), ("c", Money.usd(900))):
        what = resource(name, floor=20)
        one = seen(what, demand(14, 2.0), Decision(what, Action.SET_FLOOR, "High.", to_floor=3))
        found.append(replace(one, figures=replace(one.figures, saving=saving)))
    account = look_of(*found)
    assert [row["Resource"] for row in Read(as_html(account)).table("Resource")] == ["c", "b", "a"]


def test_nothing_to_do_is_said_in_words() -> None:
    """No empty table."""
    account = look_of(seen(resource("fine", floor=1), demand(14, 1.0)))
    for page in (as_html(account), as_markdown(account)):
        assert "Nothing: no floor can come down now, and nothing is idle." in page
        assert "Left alone for now" not in page


def test_a_removal_has_no_line_in_its_picture() -> None:
    """A proposed floor is drawn dashed; a deletion proposes none."""
    lowered, gone = resource("a", floor=9), resource("b", floor=9)
    page = as_html(
        look_of(
            seen(lowered, demand(14, 2.0), Decision(lowered, Action.SET_FLOOR, "x", to_floor=3)),
            seen(gone, demand(14, 0.0), Decision(gone, Action.DELETE, "x")),
        )
    )
    assert page.count('<path class="proposed"') == 1


def test_a_firing_alarm_is_on_the_page() -> None:
    """Its resource says so, and the tile counts all."""
    page = as_html(the_look(14))
    assert "Alarms <b>1 fire</b>" in page
    assert '<b class="bad">1</b><span>alarms fire</span>' in page


HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "an attribute": '" onload="x',
    "an entity": "&lt;b&gt; & more",
    "a bar": "a | b",
    "backslashes": "a\\|b\\",
    "lines": "one\n\n## two\r\n- three",
    "a link": "[x](javascript:alert(1))",
    "right to left": "נעליים",
    "markup of a terminal": "[red]x[/red]",
    "very long": "x-" * 500,
}


def everywhere(bad: str) -> Snapshot:
    """An account in which this text is a name, a reason, a guard's name and a problem."""
    named = replace(resource("x", floor=9), name=bad)
    held = replace(resource("y", floor=9), name=bad)
    account = look_of(
        seen(named, demand(14, 2.0), Decision(named, Action.SET_FLOOR, bad, to_floor=3)),
        seen(held, demand(14, 2.0), leave(held, bad, held_by="young")),
    )
    return replace(account, places=(replace(account.places[0], problems=(bad,)),))


@pytest.mark.parametrize("bad", HOSTILE.values(), ids=HOSTILE)
def test_a_browser_reads_the_text_as_it_is(bad: str) -> None:
    """On the page every name and reason is text: read back it is what it was."""
    shown = Read(as_html(everywhere(bad)))
    rows = shown.table("Resource")
    assert rows[0]["Resource"] == bad
    assert rows[0]["Why"] == bad
    assert shown.items[0] == bad


@pytest.mark.parametrize("bad", HOSTILE.values(), ids=HOSTILE)
def test_markdown_keeps_its_shape(bad: str) -> None:
    """No text adds a row, a heading, an item or a tag to the document."""
    usual, hostile = as_markdown(everywhere("x")), as_markdown(everywhere(bad))

    def shape(page: str) -> list[str]:
        return [line[:2] for line in page.splitlines()]

    assert shape(usual) == shape(hostile)
    assert "<script" not in hostile


@given(st.text(max_size=50))
def test_any_cell_is_one_line_and_one_cell(value: str) -> None:
    """Whatever the text, it cannot leave its cell."""
    written = cell(value)
    assert len(written.splitlines()) <= 1
    bare = re.sub(r"\\.", "", written)
    assert "|" not in bare
    assert "<" not in bare
    assert not (len(written) - len(written.rstrip("\\"))) % 2


def test_the_page_says_whose_and_when() -> None:
    """Account, regions, moment and span are in both forms' first lines."""
    account = the_look(14)
    for page in (as_html(account), as_markdown(account)):
        head = page.partition("What to do first")[0]
        for part in (account.account, "us-east-1", "eu-west-1", "10 March 2026", "14 days"):
            assert part in head


def test_money_is_called_an_estimate_with_its_date() -> None:
    """Nobody takes the figures for the bill."""
    account = replace(the_look(14), prices_as_of=date(2026, 7, 1))
    for page in (as_html(account), as_markdown(account)):
        assert "estimate, prices of" in page
        assert "prices of 2026-07-01" in page
        assert "The bill is AWS" in page


def sections(page: str) -> Sequence[str]:
    """The headings of a page without the resources' own."""
    names = {
        "What to do first",
        "Left alone for now",
        "Changes and what became of them",
        "The fleet",
        "What is not known",
    }
    return [heading for heading in Read(page).headings if heading in names]


def test_every_section_has_its_place() -> None:
    """What to do comes before what there is, and what is not known comes last."""
    account = the_look(14)
    request = [
        "What to do first",
        "Left alone for now",
        "Changes and what became of them",
        "The fleet",
        "What is not known",
    ]
    assert sections(as_html(account)) == request
    headings = [line[3:] for line in as_markdown(account).splitlines() if line.startswith("## ")]
    assert headings == request
