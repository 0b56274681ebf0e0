"""A picture of demand against floor, as an SVG that needs nothing around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from math import ceil, isnan, log10

from personalize_monitor.model.demand import HOUR, PER_HOUR, Demand
from personalize_monitor.model.floors import Floors

WIDTH, HEIGHT = 1040, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 10, 22
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Hour:
    """One clock hour: its mean and its highest five minutes, in TPS; NaN where unknown."""

    start: int
    mean: float
    peak: float


def hours_of(demand: Demand) -> list[Hour]:
    """The whole clock hours of a demand."""
    first = -(demand.start // -HOUR) * HOUR
    offset = (first - demand.start) // 300
    rates = demand.rates
    found = []
    for index in range(offset, len(rates) - PER_HOUR + 1, PER_HOUR):
        part = rates[index : index + PER_HOUR]
        known = not any(isnan(value) for value in part)
        mean = sum(part) / PER_HOUR if known else float("nan")
        peak = max(part) if known else float("nan")
        found.append(Hour(demand.start + index * 300, mean, peak))
    return found


def chart(demand: Demand, floors: Floors, *, name: str, proposed: int | None = None) -> str:
    """Demand by the hour as an area, its five-minute peaks above, the floor as a line.

    ``floors`` as (epoch second, floor); ``proposed`` is drawn dashed. Unknown hours stay blank.
    """
    hours = hours_of(demand)
    if not hours:
        return '<p class="quiet">Too young for a picture: not one whole hour is known.</p>'
    top = _ceiling([h.peak for h in hours] + [float(f) for _, f in floors] + [proposed or 0])
    frame = _Frame(hours[0].start, hours[-1].start + HOUR, top)
    parts = [
        (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" class="chart" '
            f'aria-label="{escape(_label(name, hours, floors), quote=True)}">'
        ),
        frame.grid(),
        frame.areas([(h.start, h.peak) for h in hours], "peak"),
        frame.areas([(h.start, h.mean) for h in hours], "mean"),
        frame.floor_line(floors),
    ]
    if proposed is not None:
        y = frame.y(proposed)
        parts.append(f'<path class="proposed" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>')
    return "".join([*parts, "</svg>"])


def _label(name: str, hours: Sequence[Hour], floors: Floors) -> str:
    known = [h.peak for h in hours if not isnan(h.peak)]
    peak = f"{max(known):.2f}" if known else "unknown"
    return f"Demand of {name}: highest five minutes {peak} TPS, floor now {floors[-1][1]}."


def _ceiling(values: Sequence[float]) -> float:
    """A round number at or above all values."""
    highest = max((v for v in values if not isnan(v)), default=1.0) or 1.0
    unit: float = 10.0 ** (ceil(log10(highest)) - 1)
    return next(unit * step for step in (1, 2, 3, 4, 5, 6, 8, 10) if unit * step >= highest * 0.999)


@dataclass(frozen=True, slots=True)
class _Frame:
    """From epoch seconds and TPS to the picture's coordinates."""

    begin: int
    end: int
    top: float

    def x(self, epoch: float) -> float:
        share = (min(max(epoch, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    def y(self, tps: float) -> float:
        return HEIGHT - _BOTTOM - tps / self.top * (HEIGHT - _TOP - _BOTTOM)

    def grid(self) -> str:
        parts = []
        for share in (0.0, 0.5, 1.0):
            y = self.y(share * self.top)
            parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>')
            text = f"{share * self.top:g}"
            parts.append(f'<text class="y" x="{_LEFT - 6}" y="{y + 3.5:.1f}">{text}</text>')
        days = (self.end - self.begin) / _DAY
        every = max(1, ceil(days / 8))
        first = -(self.begin // -_DAY) * _DAY
        for number, epoch in enumerate(range(first, self.end, _DAY)):
            x = self.x(epoch)
            parts.append(f'<path class="grid" d="M{x:.1f} {_TOP}V{HEIGHT - _BOTTOM}"/>')
            if number % every == 0 and x < WIDTH - 40:
                day = datetime.fromtimestamp(epoch, UTC)
                label = f"{day:%a} {day.day} {day:%b}"
                parts.append(f'<text class="x" x="{x + 3:.1f}" y="{HEIGHT - 7}">{label}</text>')
        return "".join(parts)

    def areas(self, values: Sequence[tuple[int, float]], kind: str) -> str:
        """One path for each stretch of known hours."""
        paths: list[str] = []
        run: list[tuple[int, float]] = []
        for start, value in values:
            if isnan(value):
                paths.append(self._area(run, kind))
                run = []
            else:
                run.append((start, value))
        paths.append(self._area(run, kind))
        return "".join(paths)

    def _area(self, run: Sequence[tuple[int, float]], kind: str) -> str:
        if not run:
            return ""
        ground = round(self.y(0))
        x, y = round(self.x(run[0][0])), ground
        steps, along = [f"M{x} {y}"], 0
        # Whole pixels, told as differences: a page of a hundred pictures is still one to mail.
        for start, value in run:
            here, level = round(self.x(start + HOUR)), round(self.y(value))
            if value > 0:
                level = min(level, ground - 1)  # little traffic is never nothing
            if level != y:
                steps.append(f"h{along}" * bool(along) + f"v{level - y}")
                y, along = level, 0
            along, x = along + here - x, here
        steps.append(f"h{along}" * bool(along))
        return f'<path class="{kind}" d="{"".join(steps)}V{ground}Z"/>'

    def floor_line(self, floors: Floors) -> str:
        """The floor in force, as steps up to the picture's end."""
        steps = [f"M{self.x(floors[0][0]):.1f} {self.y(floors[0][1]):.1f}"]
        steps += [f"H{self.x(at):.1f}V{self.y(floor):.1f}" for at, floor in floors[1:]]
        return f'<path class="floor" d="{"".join(steps)}H{WIDTH - _RIGHT}"/>'
