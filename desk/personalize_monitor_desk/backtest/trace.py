"""Traces: request counts over time from a CSV file, as people's own tools write them.

Read are ``,``, ``;`` and tabs, a byte-order mark, ISO times and epoch seconds or milliseconds, and
steps other than five minutes: what a step leaves open is said.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import isnan
from pathlib import Path

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.window import SECONDS

TIMES = ("timestamp", "time", "date", "datetime")
REQUESTS = ("requests", "count", "sum", "value")
"""Names of columns that are found by themselves, in any case; the first of them counts."""
_LONGEST = 86_400
_MILLISECONDS = 10**11
"""From here on an epoch number cannot be seconds."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What a file holds: demand by five minutes, and the step of its own lines in seconds."""

    demand: Demand
    step: int = SECONDS

    @property
    def note(self) -> str:
        """What was made of another step; empty where nothing was."""
        if self.step < SECONDS:
            return f"its steps of {_span(self.step)} were added up to five minutes"
        if self.step > SECONDS:
            return (
                f"its steps of {_span(self.step)} were spread evenly over five minutes: bursts "
                "within a step are not in it, so what is exposed is a lower bound"
            )
        return ""


def read_trace(path: str | Path, *, time_column: str = "", requests_column: str = "") -> Trace:
    """Read a CSV file, plain or ``.gz``; gaps and empty fields are unknown.

    Columns are those of ``TIMES`` and ``REQUESTS`` unless they are named. Raises InvalidRequest
    naming the bad line.
    """
    path = Path(path)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        return parsed(file, path.name, time_column=time_column, requests_column=requests_column)


def parsed(
    lines: Iterable[str], name: str, *, time_column: str = "", requests_column: str = ""
) -> Trace:
    """The same of lines that are at hand; ``name`` is for sentences about them."""
    rows = iter(lines)
    head = next(rows, "").lstrip("\ufeff")
    delimiter = max(",;\t", key=head.count)
    titles = next(csv.reader([head], delimiter=delimiter), [])
    when = _column(titles, time_column, TIMES, name)
    many = _column(titles, requests_column, REQUESTS, name)
    comma = delimiter == ";"
    reader = csv.reader(rows, delimiter=delimiter)
    points = list(_points(reader, (when, many), name, comma=comma))
    return _on_grid(points)


def _column(titles: Sequence[str], asked: str, usual: Sequence[str], name: str) -> int:
    """Where a column is, by the name that was asked for or one of the usual ones."""
    plain = [title.strip().casefold() for title in titles]
    for wanted in (asked,) if asked else usual:
        if wanted.casefold() in plain:
            return plain.index(wanted.casefold())
    if asked:
        raise InvalidRequest(
            f"{name} has no column {asked}; its first line names {', '.join(titles) or 'nothing'}."
        )
    raise InvalidRequest(
        f"{name} is not a trace: its first line must name the columns timestamp and requests "
        f"(or give --time-column and --requests-column); it names {', '.join(titles) or 'nothing'}."
    )


def _points(
    rows: Iterator[list[str]], columns: tuple[int, int], name: str, *, comma: bool
) -> Iterator[tuple[int, float]]:
    when, many = columns
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        try:
            text = row[many].strip()
            value = float(text.replace(",", ".") if comma else text) if text else UNKNOWN
            moment = _epoch(row[when].strip())
        except (IndexError, ValueError, OverflowError) as error:
            raise InvalidRequest(
                f"{name}, line {number}: expected an ISO time and a number of requests ({error})."
            ) from error
        if value < 0 or value == float("inf"):
            raise InvalidRequest(f"{name}, line {number}: {value} is not a number of requests.")
        yield moment, value


def _epoch(text: str) -> int:
    if text.isdecimal() and len(text) > len("20260105"):  # fewer digits are an ISO date
        number = int(text)
        return number // 1000 if number >= _MILLISECONDS else number
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _on_grid(points: Sequence[tuple[int, float]]) -> Trace:
    step = _step(points)
    if step == SECONDS:
        return Trace(Demand.from_points(points))
    if step < SECONDS:
        return Trace(Demand.from_points(_added(points, SECONDS // step)), step)
    parts = step // SECONDS
    spread = (
        (at + number * SECONDS, value / parts) for at, value in points for number in range(parts)
    )
    return Trace(Demand.from_points(spread), parts * SECONDS)


def _step(points: Sequence[tuple[int, float]]) -> int:
    """The usual distance of two lines; five minutes where there is none that means something."""
    times = sorted({at for at, _ in points})
    gaps = Counter(later - earlier for earlier, later in pairwise(times))
    if not gaps:
        return SECONDS
    usual, count = gaps.most_common(1)[0]
    # Lines that leave out what had no requests have no usual distance: theirs is the grid's.
    if usual > _LONGEST or count * 2 <= len(times) - 1:
        return SECONDS
    return max(1, usual)


def _added(points: Iterable[tuple[int, float]], whole: int) -> Iterator[tuple[int, float]]:
    """Sums of five minutes; one that lacks a line is unknown, not less."""
    sums: dict[int, list[float]] = defaultdict(list)
    for at, value in points:
        sums[at // SECONDS * SECONDS].append(value)
    for at, values in sums.items():
        known = len(values) >= whole and not any(isnan(value) for value in values)
        yield at, sum(values) if known else UNKNOWN


def _span(seconds: int) -> str:
    if seconds % 3600 == 0:
        return "an hour" if seconds == 3600 else f"{seconds // 3600} hours"
    if seconds % 60 == 0:
        return "a minute" if seconds == 60 else f"{seconds // 60} minutes"
    return f"{seconds} seconds"
