"""No test depends on the hour, the day, the zone or the load: the machine's clock has one door."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from scripts.at_set_times import SETTINGS, Setting

ROOT = Path(__file__).parents[2]
SOURCES = (ROOT / "src", ROOT / "desk", ROOT / "aws-sandbox" / "aws_sandbox")
READERS = {
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime"},
}
STOPWATCHES = {"perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "thread_time"}


def calls(path: Path) -> Iterator[tuple[str, str]]:
    """The names before and after the last dot of what a module calls or hands on."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node.value).removeprefix("datetime."), node.attr


def test_s2_the_machine_s_clock_is_read_in_one_place() -> None:
    """What must follow the real time asks `clock.utc_now`, which a sandbox and a test can set."""
    found = {
        f"{path.relative_to(ROOT)}: {owner}.{name}"
        for source in SOURCES
        for path in source.rglob("*.py")
        for owner, name in calls(path)
        if name in READERS.get(owner, ())
    }
    assert found == {"src/personalize_monitor/clock.py: datetime.now"}


def test_s2_no_test_has_a_stopwatch() -> None:
    """How long something takes says bench/; in a test it would say how busy the machine is."""
    found = {
        f"{path.relative_to(ROOT)}: {owner}.{name}"
        for path in (ROOT / "tests").rglob("*.py")
        for owner, name in calls(path)
        if owner == "time" and name in STOPWATCHES
    }
    assert found == set()


ASKING = {
    "alive.js": "how long the console has been silent, when it cannot say the time itself",
    "clocks.js": "the zone of whoever asks for local time",
}
"""Scripts that look at the browser's clock or zone, and for what."""


def test_s2_the_pages_ask_the_browser_for_no_time() -> None:
    """Times come from the server, in UTC; two scripts know the browser's clock, and say so."""
    every = {
        path.name: path
        for path in (ROOT / "desk" / "personalize_monitor_desk" / "console" / "static").glob("*.js")
    }
    assert set(ASKING) < set(every)
    scripts = [path for name, path in sorted(every.items()) if name not in ASKING]
    asked = re.compile(
        r"Date\.now|new Date\(\)|new Date;|performance\.now|toLocale(Date|Time)"
        r"|\.get(Hours|Minutes|Date|Day|Month|FullYear|TimezoneOffset)\("
    )
    texts = {path.name: path.read_text("utf-8") for path in scripts}
    found = [(name, hit[0]) for name, text in texts.items() for hit in asked.finditer(text)]
    assert found == []


UNMARKED = """
import subprocess, sys
import pytest
from personalize_monitor.clock import utc_now
from tests.support import BEGIN
pytest_plugins = ("tests.present",)

def test_asks(): utc_now()
def test_starts(): subprocess.run([sys.executable, "-c", ""], check=True)
def test_sees_nothing(): pass
@pytest.mark.clock
def test_marked(): utc_now()
def test_in_a_sandbox():
    from aws_sandbox import wire
    with wire.live(BEGIN):
        assert utc_now() == BEGIN
"""


@pytest.mark.clock(once=True)
def test_s2_a_test_that_can_see_the_clock_is_marked(tmp_path: Path) -> None:
    """One that asks for the real time, or starts a process of ours, and has no mark, fails."""
    (tmp_path / "test_it.py").write_text(UNMARKED, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = clock\n", "utf-8")
    path = os.pathsep.join(map(str, (ROOT, ROOT / "src", ROOT / "desk", ROOT / "aws-sandbox")))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("ERROR ")}
    assert wrong == {"test_it.py::test_asks", "test_it.py::test_starts"}, done.stdout


def times() -> list[tuple[Setting, datetime]]:
    """The set times."""
    return [(setting, datetime.fromisoformat(setting.moment)) for setting in SETTINGS]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("hours", [1, -1])
def test_s2_clock_changes_are_among_the_set_times(zone: str, hours: int) -> None:
    """Both changes of both zones come within minutes, on a machine that stands there."""
    soon = timedelta(minutes=10)
    changes = [
        (at + soon).astimezone(ZoneInfo(zone)).utcoffset() == offset + timedelta(hours=hours)
        for setting, at in times()
        if setting.zone == zone and (offset := at.astimezone(ZoneInfo(zone)).utcoffset())
    ]
    assert any(changes)


def test_s2_odd_days_and_zones_are_among_the_set_times() -> None:
    """Before midnight and just after it, 29 February, 31 December; zones far from each other."""
    moments = [at.astimezone(UTC) for _, at in times()]
    assert {"22:58", "00:02"} <= {f"{at:%H:%M}" for at in moments}
    assert {"02-29", "12-31"} <= {f"{at:%m-%d}" for at in moments}
    offsets = {at.astimezone(ZoneInfo(s.zone)).utcoffset() for s, at in times()}
    assert {timedelta(hours=5.5), timedelta(hours=-3.5), timedelta(hours=-11)} & offsets
    assert len(offsets) >= 5
