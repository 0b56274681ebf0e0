"""How the demo is told: a story made by hand, so that each sentence can be held against it."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from rich.cells import cell_len
from tests.cli.cast import demand, resource, seen
from tests.cli.conftest import validated
from tests.cli.test_cli_output import on_screen

from personalize_monitor.contract import ALARM_PREFIX
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.money import Money
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor_desk.cli import demo_environment
from personalize_monitor_desk.cli.demo import telling
from personalize_monitor_desk.cli.demo.story import (
    Change,
    Character,
    Firing,
    Mail,
    Story,
    firings_of,
)
from personalize_monitor_desk.cli.output import as_csv, as_markdown
from personalize_monitor_desk.cli.verbs import demo

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
NOON = BEGIN + timedelta(hours=12)
LOW = f"{ALARM_PREFIX}LowCampaignUtilization-shoes"
DAY = date(2026, 7, 1)


def character(
    what: Resource, *, now: int | None = 3, past: Demand | None = None, gone: bool = False
) -> Character:
    """One of the fleet; its floor was the resource's at first."""
    lived = demand(1, 2.0) if past is None else past
    return Character(
        arn=str(what.arn),
        name=what.name,
        kind=str(what.kind),
        region=what.region,
        recipe="user-personalization-v2",
        floor_before=what.floor,
        floor_now=None if gone else now,
        demand=lived,
        seen=None if gone else seen(replace(what, floor=now or 1), lived),
    )


SHOES = character(resource("shoes", floor=20))
PILOT = character(resource("pilot", floor=4), gone=True, past=demand(1, 0.0))
BAGS = character(resource("bags", Kind.RECOMMENDER, floor=2), now=2)
OLD = character(resource("old", Kind.RECOMMENDER, floor=2), gone=True, past=demand(1, 0.0))


def story(**more: Any) -> Story:
    """Three days in which one floor came down and two resources went."""
    values: dict[str, Any] = {
        "begin": BEGIN,
        "end": BEGIN + timedelta(days=3),
        "seed": 7,
        "cast": (SHOES, PILOT, BAGS, OLD),
        "changes": (
            Change(NOON, SHOES.arn, 20, 3, "Too high: the quietest hour used 1.78 TPS."),
            Change(NOON, PILOT.arn, 4, 0, "No request came."),
            Change(NOON, OLD.arn, 2, 0, "No request came."),
        ),
        "firings": (
            Firing(LOW, "us-east-1", NOON, NOON + timedelta(minutes=95), True),
            Firing(LOW, "us-east-1", NOON + timedelta(hours=5), NOON + timedelta(hours=6), False),
        ),
        "mails": (
            Mail(NOON, "us-east-1", "ALARM: Low", "It fires."),
            Mail(NOON, "us-east-1", "OK: Low", "It recovered."),
            Mail(NOON, "us-east-1", "Personalize Monitor: floor of shoes", "20 to 3."),
            Mail(
                NOON, "us-east-1", "Personalize Monitor: Deletion of pilot", "Gone.\n\nWhy: idle."
            ),
            Mail(NOON, "us-east-1", "Something", "Else."),
        ),
        "bill": Money.usd(120, as_of=DAY),
        "bill_without": Money.usd(1234, as_of=DAY),
        "saved": Money.usd(1114, as_of=DAY),
        "cycles": 864,
        "failures": 0,
        "calls": 12345,
        **more,
    }
    return Story(**values)


def afterword(told: Story) -> str:
    """What stands below the tables, as one text."""
    return "\n".join(line for _, line in telling.afterword(told))


@pytest.mark.parametrize(
    ("days", "said"), [(3.0, "3 days of 4"), (1.0, "1 day of 4"), (0.5, "0.5 days of 4")]
)
def test_the_heading(days: float, said: str) -> None:
    """How long, how many, from when to when, and the seed with which it can be seen again."""
    heading = telling.heading(story(end=BEGIN + timedelta(days=days)))
    assert heading.startswith(said)
    assert heading.endswith("seed 7")
    assert "02 Mar 2026" in heading


def test_the_document_keeps_its_schema() -> None:
    """A script reads the same story."""
    document = telling.document(story())
    validated("demo", document)
    by_name = {one["name"]: one for one in document["resources"]}
    assert (by_name["shoes"]["floorBefore"], by_name["shoes"]["floor"]) == (20, 3)
    assert by_name["shoes"]["requests"] == sum(SHOES.demand.sums)
    assert by_name["pilot"]["floor"] is None


def test_what_went_is_called_by_its_kind() -> None:
    """A campaign that was idle is deleted; a recommender is only stopped, and can be started."""
    by_name = {one["name"]: one["state"] for one in telling.document(story())["resources"]}
    assert by_name == {
        "shoes": "active",
        "pilot": "deleted",
        "bags": "active",
        "old": "stopped",
    }
    text = "\n".join(on_screen(telling.result(story()), 120))
    fleet, _, rest = text.partition("What the application did")
    assert _line(fleet, "pilot").rstrip().endswith("deleted")
    assert _line(fleet, "old").rstrip().endswith("stopped")
    assert "deleted" in _line(rest, "pilot")
    assert "stopped" in _line(rest, "old")


def _line(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if name in line.split())


def test_the_fleet_in_every_form() -> None:
    """Before and after, rate and use are the same on the screen, in the file and the document."""
    result = telling.result(story())
    document = {one["name"]: one for one in result.document["resources"]}
    table = {row["name"]: row for row in csv.DictReader(io.StringIO(as_csv(result.tables[0])))}
    shoes = table["shoes"]
    assert (shoes["floor_before"], shoes["floor"]) == ("20", "3")
    assert float(shoes["average_tps"]) == document["shoes"]["averageTps"] == 2.0
    assert float(shoes["utilization_percent"]) == document["shoes"]["utilizationPercent"]
    assert table["pilot"]["floor"] == ""
    cells = _line("\n".join(on_screen(result, 120)), "shoes").split()
    assert {"20", "3", "2.00", "67"} <= set(cells)
    assert "| shoes | camp. |" in as_markdown(result)


def test_what_is_gone_has_no_rate() -> None:
    """A dash where nothing serves any more."""
    row = _line("\n".join(on_screen(telling.result(story()), 120)), "pilot")
    assert row.split().count("–") == 3


@pytest.mark.parametrize("width", [80, 120])
def test_the_tables_fit(width: int) -> None:
    """Names, floors and reasons are there at the usual widths, and nothing is wider."""
    lines = on_screen(telling.result(story()), width)[2:]
    assert max(cell_len(line) for line in lines) <= width
    text = "\n".join(lines)
    for part in ("shoes", "20 → 3", "Too high", "LowCampaignUtilization-shoes"):
        assert part in text


def test_nothing_happened() -> None:
    """A story without changes and alarms says so in words."""
    quiet = story(changes=(), firings=(), mails=())
    text = "\n".join(on_screen(telling.result(quiet)))
    assert "Nothing: no floor was too high and nothing was idle." in text
    assert "None." in text
    assert "0 mails reached the team: none." in afterword(quiet)
    assert "changed silently" not in afterword(quiet)


def test_mails_are_counted_by_what_they_are() -> None:
    """Alarms, all-clears, floors, deletions and others."""
    said = afterword(story())
    for part in ("5 mails", "1 alarm,", "1 all-clear,", "1 floor,", "1 deletion,", "1 other."):
        assert part in said


def test_the_deletion_is_quoted() -> None:
    """One mail is shown as people read it."""
    said = afterword(story())
    assert "One of the mails" in said
    assert "  | Gone.\n  |\n  | Why: idle." in said
    assert "One of the mails" not in afterword(story(mails=()))


def test_money_stands_under_each_other() -> None:
    """Bill, the bill without the application, and their difference, with what they rest on."""
    lines = afterword(story()).splitlines()
    amounts = [line for line in lines if line.endswith(("$120.00", "$1,234.00", "$1,114.00"))]
    assert len(amounts) == 3
    assert len({line.index("$") for line in amounts}) == 1
    assert any("prices of 2026-07-01" in line for line in lines)
    assert "Unknown are recommenders" not in "\n".join(lines)


def test_a_bill_with_gaps_says_which() -> None:
    """Where recommenders have no price the bill is a lower bound, and the reason is told."""
    said = afterword(story(bill=Money.usd(120, as_of=DAY).partly(3)))
    assert "at least $120.00" in said
    assert "Unknown are recommenders" in said


def test_alarms_that_told_nobody_are_only_counted() -> None:
    """At floor 1 there is nothing to lower: such alarms are no rows, but they are mentioned."""
    silent = tuple(
        Firing(f"{ALARM_PREFIX}Low-{name}", "us-east-1", NOON, None, False) for name in "ab"
    )
    told = story(firings=(*story().firings, *silent))
    assert [line.name for line in telling.alarms(told).rows] == [LOW]
    assert "2 more alarms changed silently" in afterword(told)


@pytest.mark.parametrize(
    ("firings", "said"),
    [
        pytest.param([(0, 45)], "45 min", id="minutes"),
        pytest.param([(0, 95)], "1 h 35 min", id="hours"),
        pytest.param([(0, 60), (300, 425)], "2 h 05 min", id="the longest"),
        pytest.param([(0, 60), (300, None)], "still fires", id="still"),
    ],
)
def test_how_long_it_took(firings: Sequence[tuple[int, int | None]], said: str) -> None:
    """An alarm's line tells when it recovered at the latest, or that it fires still."""
    made = tuple(
        Firing(
            LOW,
            "us-east-1",
            NOON + timedelta(minutes=begin),
            None if end is None else NOON + timedelta(minutes=end),
            True,
        )
        for begin, end in firings
    )
    result = telling.result(story(firings=made))
    (row,) = csv.DictReader(io.StringIO(as_csv(result.tables[2])))
    assert row["recovered"] == said
    assert row["fired"] == row["mails"] == str(len(firings))


def test_alarms_of_one_name_in_two_regions_are_two() -> None:
    """A name says not where."""
    two = tuple(Firing(LOW, region, NOON, None, True) for region in ("us-east-1", "eu-west-1"))
    assert [line.region for line in telling.alarm_lines(story(firings=two))] == [
        "eu-west-1",
        "us-east-1",
    ]


def test_an_alarm_that_fires_again_begins_once() -> None:
    """The same state twice is one firing, and an end without a beginning is none."""
    changes = [
        (NOON - timedelta(hours=1), "us-east-1", LOW, "OK"),
        (NOON, "us-east-1", LOW, "ALARM"),
        (NOON + timedelta(minutes=5), "us-east-1", LOW, "ALARM"),
        (NOON + timedelta(minutes=9), "us-east-1", LOW, "INSUFFICIENT_DATA"),
        (NOON + timedelta(minutes=20), "us-east-1", LOW, "ALARM"),
    ]
    first, second = firings_of(changes, set())
    assert first.ended == NOON + timedelta(minutes=9)
    assert (second.began, second.ended) == (NOON + timedelta(minutes=20), None)


@pytest.mark.parametrize(
    ("past", "average"),
    [
        (demand(1, 3.0), 3.0),
        (Demand(0, (300.0, float("nan"), 900.0)), 2.0),
        (Demand(0, ()), 0.0),
    ],
)
def test_the_average_of_the_last_day(past: Demand, average: float) -> None:
    """Of the known intervals; a resource that never lived has none."""
    one = character(resource("x"), past=past)
    assert one.average == average


def test_only_the_last_day_counts() -> None:
    """What was on the days before is not in the average."""
    past = Demand(0, (30_000.0,) * 288 + (600.0,) * 288)
    assert character(resource("x"), past=past).average == 2.0


class Terminal(io.StringIO):
    """Standard error of somebody who watches."""

    def isatty(self) -> bool:
        return True


def test_progress_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar says at which moment of the story it is."""
    watching = Terminal()
    monkeypatch.setattr(sys, "stderr", watching)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    with demo._progress(2.0) as tell:
        tell(NOON, BEGIN)
        tell(BEGIN + timedelta(days=2), BEGIN)
    assert "Wed 04 Mar 2026, 00:00" in watching.getvalue()
    assert "100 %" in watching.getvalue()


def test_progress_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each virtual day, no bar."""
    with demo._progress(2.0) as tell:
        for hours in (0, 12, 24, 36, 48):
            tell(BEGIN + timedelta(hours=hours), BEGIN)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "It is Mon 02 Mar 2026",
        "It is Tue 03 Mar 2026",
        "It is Wed 04 Mar 2026",
    ]


def test_the_end_says_what_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Below the tables: mails and money, the next commands, and what it took."""
    monkeypatch.setenv("COLUMNS", "80")
    demo._close(story(), 61.4)
    text = capsys.readouterr().out
    for command, _ in telling.NEXT:
        assert f"  {command}" in text
    assert "864 cycles and 12,345 calls of AWS in 61 s." in text


def test_the_demo_lives_hour_by_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time goes on in steps of an hour, and stops exactly at the end."""
    lived: list[datetime] = []
    box = SimpleNamespace(now=BEGIN)

    class Scene:
        sandbox = box

        def live(self, until: datetime) -> None:
            box.now = until
            lived.append(until)

        def __enter__(self) -> Scene:
            return self

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr(demo_environment, "opened", lambda seed: Scene())
    monkeypatch.setattr(demo, "told", lambda scene, begin: story(begin=begin))
    assert demo.live(2.5 / 24, 7).begin == BEGIN
    assert lived == [BEGIN + timedelta(hours=hours) for hours in (1, 2, 2.5)]
