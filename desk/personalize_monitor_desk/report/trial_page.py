"""The picture of a backtest: cost against exposure, and one week of one subject under each mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite, isnan
from pathlib import Path

from personalize_monitor.model.window import SECONDS

_W, _H, _PAD = 1040, 380, 52
_NAMES = 230
"""Room on the right for the names of the dots."""
_WEEK_W, _WEEK_H = 1040, 170
_STYLE = Path(__file__).with_name("style.css")


@dataclass(frozen=True, slots=True)
class Dot:
    """One mode: its bill and its exposure, both relative to floor 1 for ever."""

    title: str
    bill: float
    exposed: float


@dataclass(frozen=True, slots=True)
class Week:
    """A week of one mode: five-minute rates, floors and capacities in TPS from ``start``."""

    title: str
    start: int
    rates: Sequence[float]
    floors: Sequence[float]
    capacities: Sequence[float]


def as_page(title: str, dots: Sequence[Dot], weeks: Sequence[Week]) -> str:
    """One self-contained HTML page."""
    parts = [
        f"<h1>{escape(title)}</h1>",
        "<h2>Bill against exposure</h2>",
        (
            '<p class="quiet">Left and down is better. Both axes are multiples of what a floor of '
            "1 for ever gives: the lowest bill there is, and the exposure that comes with it.</p>"
        ),
        f'<div class="card">{scatter(dots)}</div>',
    ]
    if weeks:
        parts += [
            "<h2>The last week</h2>",
            (
                '<p class="key"><span><i class="mean"></i>demand, TPS</span>'
                '<span><i class="floor"></i>floor</span>'
                '<span><i class="proposed"></i>capacity of the service, as modelled</span></p>'
            ),
            *(
                f'<section class="card"><h3>{escape(week.title)}</h3>{week_picture(week)}</section>'
                for week in weeks
            ),
        ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE.read_text('utf-8')}"
        ".dot { fill: var(--mean); } .chart .label { fill: var(--ink); }</style>\n"
        "</head>\n<body>\n<main>\n" + "\n".join(parts) + "\n</main>\n</body>\n</html>\n"
    )


def scatter(dots: Sequence[Dot]) -> str:
    """Each mode as a labelled dot."""
    shown = [d for d in dots if isfinite(d.bill) and isfinite(d.exposed)]
    right = max([1.1, *(d.bill for d in shown)])
    top = max([1.0, *(d.exposed for d in shown)])

    def x(bill: float) -> float:
        return _PAD + (bill - 1) / (right - 1) * (_W - _PAD - _NAMES)

    def y(exposed: float) -> float:
        return _H - _PAD - exposed / top * (_H - _PAD - 20)

    parts = [
        f'<svg class="chart" viewBox="0 0 {_W} {_H}" role="img" aria-label="Bill and exposure">'
    ]
    for share in (0.0, 0.5, 1.0):
        bill, exposed = 1 + share * (right - 1), share * top
        parts.append(f'<path class="grid" d="M{_PAD} {y(exposed):.1f}H{_W - _NAMES}"/>')
        parts.append(
            f'<text class="y" x="{_PAD - 6}" y="{y(exposed) + 4:.1f}">{exposed:.2g}</text>'
        )
        parts.append(f'<path class="grid" d="M{x(bill):.1f} 20V{_H - _PAD}"/>')
        parts.append(f'<text x="{x(bill) - 8:.1f}" y="{_H - _PAD + 16}">{bill:.2f}</text>')
    parts.append(f'<text x="{_PAD}" y="{_H - 12}">bill, 1 = the lowest there is</text>')
    parts.append('<text x="4" y="12">exposure, 1 = as with a floor of 1</text>')
    taken: list[tuple[float, float]] = []
    for dot in sorted(shown, key=lambda d: y(d.exposed)):
        place = _free(x(dot.bill) + 9, y(dot.exposed) + 4, taken)
        at = f'cx="{x(dot.bill):.1f}" cy="{y(dot.exposed):.1f}"'
        parts.append(f'<circle class="dot" {at} r="5"/>')
        parts.append(
            f'<text class="label" x="{place[0]:.1f}" y="{place[1]:.1f}">{escape(dot.title)}</text>'
        )
    return "".join([*parts, "</svg>"])


def _free(x: float, y: float, taken: list[tuple[float, float]]) -> tuple[float, float]:
    """A place for a name at or below (x, y) that no other name has; ``taken`` remembers it."""
    while any(abs(y - other) < 14 and abs(x - at) < 180 for at, other in taken):
        y += 14
    taken.append((x, y))
    return x, y


def week_picture(week: Week) -> str:
    """Demand as an area, the floor and the capacity as lines."""
    values = [v for v in (*week.rates, *week.floors, *week.capacities) if not isnan(v)]
    top = max(values, default=1.0) or 1.0
    count = max(1, len(week.rates))

    def x(index: int) -> float:
        return 44 + index / count * (_WEEK_W - 52)

    def y(value: float) -> float:
        return _WEEK_H - 10 - (0.0 if isnan(value) else value) / top * (_WEEK_H - 20)

    def steps(line: Sequence[float]) -> str:
        path = f"M{x(0):.1f} {y(line[0]):.1f}"
        for index in range(1, len(line)):
            if line[index] != line[index - 1]:
                path += f"H{x(index):.1f}V{y(line[index]):.1f}"
        return f"{path}H{x(len(line)):.1f}"

    area = "".join(f"L{x(i):.1f} {y(rate):.1f}" for i, rate in enumerate(week.rates))
    hours = count * SECONDS // 3600
    return (
        f'<svg class="chart" viewBox="0 0 {_WEEK_W} {_WEEK_H}" role="img" '
        f'aria-label="{hours} hours of demand, floor and capacity">'
        f'<text class="y" x="38" y="14">{top:.3g}</text>'
        f'<text class="y" x="38" y="{_WEEK_H - 8}">0</text>'
        f'<path class="mean" d="M{x(0):.1f} {y(0):.1f}{area}L{x(count):.1f} {y(0):.1f}Z"/>'
        f'<path class="proposed" d="{steps(week.capacities)}"/>'
        f'<path class="floor" d="{steps(week.floors)}"/></svg>'
    )
