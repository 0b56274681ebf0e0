"""The bench of harm: one small trace from the lowering to the verdict, and the tables of it."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bench.harm.field import Trace
from bench.harm.figures import Compared, compare, figures
from bench.harm.report import BEGIN, END, report, write
from bench.harm.simulate import Model, simulate
from tests.policy.harm_windows import MONDAY, STEP, wave

from personalize_monitor.policy.harm.verdict import Word


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """Twelve days of a wave with a sudden hour at noon."""
    path = tmp_path_factory.mktemp("traces") / "waves__p20.csv.gz"
    rates = [rate + 10 * (144 <= i % 288 < 156) for i, rate in enumerate(wave(12))]
    with gzip.open(path, "wt", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("timestamp", "requests"))
        for i, rate in enumerate(rates):
            moment = datetime.fromtimestamp(MONDAY + i * STEP, UTC)
            out.writerow((f"{moment:%Y-%m-%dT%H:%M:%SZ}", round(rate * 300)))
    return Trace(path)


@pytest.fixture(scope="module")
def harmed(trace: Trace) -> Compared:
    """A service that follows ten minutes late, without headroom."""
    return compare(trace, simulate(trace, Model(10, 0.0, 0.01)))


def test_a_harm_is_taken_back_within_a_cycle(harmed: Compared) -> None:
    """One burst pays; those after it do not."""
    found = figures([harmed])
    assert (found.hurt, found.hurt_wrong, found.again) == (1, 0, 0)
    assert found.gross == (0.0,)
    assert found.left == 0.0
    assert harmed.refused_after_without > 10_000


def test_a_service_that_carries_all_keeps_the_saving(trace: Trace) -> None:
    """Harmless after a week, whatever callers do wrong."""
    found = compare(trace, simulate(trace, Model(10, 4.0, 0.05)))
    assert found.carries
    assert found.saved == found.saved_without > 0
    assert [case.word for case in found.cases] in ([Word.HARMLESS], [None])


def test_looks_cost_at_most_one_an_hour(harmed: Compared) -> None:
    """And far fewer when nothing is loaded."""
    assert harmed.most_looks == 1


def test_the_tables_go_between_the_marks_of_the_page(harmed: Compared, tmp_path: Path) -> None:
    """The words around them stay."""
    page = tmp_path / "harm.md"
    page.write_text(f"Before.\n{BEGIN}old\n{END}After.\n", "utf-8")
    write(report([harmed]), page)
    text = page.read_text("utf-8")
    assert text.startswith("Before.\n")
    assert text.endswith("After.\n")
    assert f"{BEGIN}old" not in text
    assert "| own errors 0.01 | 1 |" in text
