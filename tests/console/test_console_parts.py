"""The parts of the console on their own: drawings, tales, lanes, jobs, metrics, weather."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.console.stage import Seat, text_of

from personalize_monitor.contract import (
    AVERAGE_METRIC,
    FLOOR_METRIC,
    RESOURCE_COUNT_METRIC,
    UTILIZATION_METRIC,
)
from personalize_monitor.errors import Unavailable
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.entry import Entry
from personalize_monitor_desk.console import assets
from personalize_monitor_desk.console.assets import LibrariesMissing, libraries
from personalize_monitor_desk.console.jobs import Jobs
from personalize_monitor_desk.console.journal_rows import shown
from personalize_monitor_desk.console.metrics import exposition
from personalize_monitor_desk.console.poller import Poller
from personalize_monitor_desk.console.render import clock
from personalize_monitor_desk.console.sparkline import HEIGHT, STEPS, WIDTH, area, spark, steps

_NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
_ARN = "arn:aws:personalize:us-east-1:123456789012:campaign/shop"
_DAY = 288

sums = st.one_of(st.just(UNKNOWN), st.integers(0, 10**6).map(float))


@given(st.lists(sums, max_size=_DAY + 20), st.integers(1, 500))
def test_sparks_stay_in_their_box(values: list[float], floor: int) -> None:
    """Whatever the demand, the drawing begins and ends within its box and is short."""
    demand = Demand(0, tuple(values))
    drawn = spark(demand, ((demand.end - 86_400, floor),))
    for x, y in _points(drawn.area) + _points(drawn.floor):
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT
    assert len(drawn.area) <= 8 * STEPS


@given(st.lists(st.one_of(st.none(), st.integers(0, HEIGHT)), max_size=40))
def test_a_gap_is_where_nothing_is_known(points: list[int | None]) -> None:
    """Each run of known values is one closed shape; an unknown one belongs to none."""
    runs = re.findall(r"\S+", "".join("x" if p is not None else " " for p in points))
    assert area(points, 4).count("z") == len(runs)


def test_lines_keep_their_height() -> None:
    """A floor is drawn as steps, not as a slope."""
    assert steps([3, 3, 20, 20], 4) == "M0 3h8V20h8"
    assert steps([], 4) == ""


def _points(path: str) -> list[tuple[float, float]]:
    """The corners of a path of M, V, h, l and z."""
    x = y = 0.0
    found = []
    for letter, numbers in re.findall(r"([MVhlz])([^MVhlz]*)", path):
        values = [float(n) for n in re.findall(r"-?[\d.]+", numbers)]
        match letter:
            case "M":
                x, y = values
            case "V":
                y = values[0]
            case "h":
                x += values[0]
            case "l":
                for dx, dy in zip(values[::2], values[1::2], strict=True):
                    x, y = x + dx, y + dy
                    found.append((x, y))
        found.append((x, y))
    return found


def _entry(name: str, minutes: int = 0, **detail: object) -> Entry:
    return Entry(_NOW + timedelta(minutes=minutes), name, _ARN, {"ARN": _ARN, **detail})


def test_a_request_and_its_outcome_are_one_tale() -> None:
    """A request is told only as long as nothing came of it."""
    asked = _entry(
        "UpdatePersonalizeCampaignMinProvisionedTPS", CurrentMinTPS=20, NewMinTPS=3, Reason="r"
    )
    done = _entry(
        "PersonalizeCampaignMinProvisionedTPSUpdated",
        5,
        PreviousMinTPS=20,
        NewMinTPS=3,
        RequestedBy="monitor",
    )
    assert [tale.title for tale in shown([asked])] == ["Asked for floor 3"]
    (tale,) = shown([asked, done])
    assert (tale.title, tale.tone, tale.who) == ("Floor 20 → 3", "down", "the monitor")
    assert tale.address == "/r/us-east-1/campaign/shop"


def test_a_rise_is_not_a_fall() -> None:
    """Floors that rise and floors that fall have different colours."""
    name = "PersonalizeCampaignMinProvisionedTPSUpdated"
    (tale,) = shown([_entry(name, PreviousMinTPS=9, NewMinTPS=10)])
    assert tale.tone == "up"


def test_a_lane_looks_only_for_somebody() -> None:
    """Nothing is asked of the account before the first visit, and again only when it is due."""
    count = 0

    def take() -> int:
        nonlocal count
        count += 1
        return count

    poller: Poller[int] = Poller("test", take, lambda last: last is None, pause=0.01)
    poller.start()
    try:
        threading.Event().wait(0.1)
        assert count == 0
        assert poller.first(5).value == 1
        threading.Event().wait(0.1)
        assert count == 1
        poller.poke()
        assert poller.after(1, 5).value == 2
    finally:
        poller.stop()


def test_a_lane_keeps_the_last_look() -> None:
    """Trouble is told beside the last look, and gone with the next good one."""
    answers: Iterator[str | Unavailable] = iter(["one", Unavailable("No answer."), "two"])

    def take() -> str:
        answer = next(answers)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    poller: Poller[str] = Poller("test", take, lambda _: False, pause=0.01)
    poller._look()
    poller._look()
    assert (poller._shot.value, poller._shot.trouble) == ("one", "No answer.")
    poller._look()
    assert (poller._shot.value, poller._shot.trouble) == ("two", "")


def test_jobs_tell_their_end_once() -> None:
    """Each page hears of a job's end once, good or bad; one of a name runs at a time."""
    jobs, gate = Jobs(), threading.Event()

    def work(progress: object) -> str:
        gate.wait(5)
        raise Unavailable("It failed.")

    assert jobs.start("a", work)
    assert not jobs.start("a", work)
    assert list(jobs.running) == ["a"]
    gate.set()
    while jobs.running:
        pass
    (told,) = jobs.since(0)
    assert (told.text, told.good) == ("It failed.", False)
    assert not jobs.since(jobs.last)


def test_a_stopped_console_leaves_no_job_behind() -> None:
    """A job that only waits ends with the console and says so, whenever its nap would end."""
    jobs = Jobs()

    def work(progress: object) -> str:
        while True:
            jobs.nap(3600)

    assert jobs.start("a", work)
    jobs.stop()
    jobs.wait(20)
    assert not jobs.running
    assert [told.good for told in jobs.since(0)] == [False]
    assert "goes on in AWS" in jobs.since(0)[0].text


def test_times_are_utc() -> None:
    """Every time is shown in UTC."""
    berlin = datetime.fromisoformat("2026-03-02T01:30:00+02:00")
    assert text_of(clock(berlin)) == "2026-03-01 23:30 UTC"
    assert 'datetime="2026-03-01T23:30:00+00:00"' in clock(berlin)


def test_metrics_for_prometheus(seat: Seat) -> None:
    """What is scraped is what the page shows; what is unknown has no sample."""
    text = seat.client.get("/metrics").text
    floor = re.search(r'resource_floor_tps\{[^}]*name="search-ranking"[^}]*\} (\S+)', text)
    assert floor
    assert float(floor[1]) == 10
    assert "NaN" not in text
    if shutil.which("promtool"):
        done = subprocess.run(
            ["promtool", "check", "metrics"],
            input=text,
            text=True,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_metrics_of_trouble() -> None:
    """Before the first look, or when AWS does not answer, that is what Prometheus learns."""
    poller: Poller[object] = Poller("test", object, lambda _: False, pause=1)
    shot = poller._troubled("No answer.")
    assert "personalize_monitor_up 0.0" in exposition(shot).decode()  # type: ignore[arg-type]


def test_boards_ask_for_what_there_is(seat: Seat) -> None:
    """Every metric that the Grafana boards draw is one that is published."""
    folder = Path(__file__).parents[2] / "docs" / "grafana"
    text = seat.client.get("/metrics").text
    board = (folder / "prometheus.json").read_text()
    asked = set(re.findall(r"personalize_monitor_\w+", board))
    assert asked
    assert asked <= set(re.findall(r"^(personalize_monitor_\w+)", text, re.MULTILINE)) | {
        "personalize_monitor_resource_info"
    }
    ours = {*AVERAGE_METRIC.values(), *FLOOR_METRIC.values(), *UTILIZATION_METRIC.values()}
    cloudwatch = json.loads((folder / "cloudwatch.json").read_text())
    drawn = {
        target["metricName"]
        for panel in cloudwatch["panels"]
        for target in panel["targets"]
        if target["namespace"] == "PersonalizeMonitor"
    }
    assert drawn == ours | {RESOURCE_COUNT_METRIC}


def test_libraries_that_are_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without its JavaScript, or with another than was tested, the console says how it comes."""
    monkeypatch.setattr(assets, "HERE", tmp_path / "a" / "b" / "c")
    libraries.cache_clear()
    with pytest.raises(LibrariesMissing, match="make js"):
        libraries()
    vendor = tmp_path / "a" / "b" / "c" / "static" / "vendor"
    vendor.mkdir(parents=True)
    (vendor / "htmx.min.js").write_text("alert(1)")
    with pytest.raises(LibrariesMissing, match="not the file"):
        libraries()
    libraries.cache_clear()
