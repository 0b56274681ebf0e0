"""One picture: calls and seconds of a warm cycle over the size of the fleet, ours and baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bench.figures import median, total

_WIDTH, _HEIGHT = 960, 400
_PANEL_W, _PANEL_H, _TOP, _LEFT, _GAP = 360, 280, 66, 70, 110
_OURS, _BASE = "#2f6fde", "#c2410c"
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #444 }
  .title { font-weight: 600; font-size: 15px; fill: #222 }
  .grid { stroke: #ddd; stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #bbb } .title { fill: #eee } .grid { stroke: #444 }
  }
"""


def chart(results: Mapping[str, Any]) -> str:
    """The picture as SVG, from the results over three regions."""
    ours = {n: results["warm"][f"{n} in 3"]["warm"] for n in (10, 100, 500, 1000, 5000)}
    base = {n: results["baseline"][f"{n} in 3"] for n in (10, 100, 500)}
    calls = _Panel(
        0,
        "Calls in a warm cycle",
        {n: total(cycles[0]["calls"]) for n, cycles in ours.items()},
        {n: total(one["calls"]) for n, one in base.items()},
        (1, 100_000),
    )
    seconds = _Panel(
        1,
        "Seconds until the last datapoint",
        {n: median(c["last_datapoint"] for c in cycles) for n, cycles in ours.items()},
        {n: one["last_datapoint"] for n, one in base.items()},
        (0.1, 1000),
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'aria-label="Calls and seconds of a cycle over the number of resources">\n'
        f"<style>{_STYLE}</style>\n{_legend()}{calls.draw()}{seconds.draw()}</svg>\n"
    )


def _legend() -> str:
    items = ((_OURS, "Personalize Monitor"), (_BASE, "one call at a time (dashed: extrapolated)"))
    drawn = ""
    for nth, (colour, words) in enumerate(items):
        x = _LEFT + nth * 190
        drawn += f'<circle cx="{x}" cy="20" r="5" fill="{colour}"/>'
        drawn += f'<text x="{x + 12}" y="24">{words}</text>\n'
    return drawn


class _Panel:
    """One double logarithmic diagram."""

    def __init__(
        self,
        place: int,
        title: str,
        ours: Mapping[int, float],
        base: Mapping[int, float],
        span: tuple[float, float],
    ) -> None:
        self._x0 = _LEFT + place * (_PANEL_W + _GAP)
        self._title, self._ours, self._base, self._span = title, ours, base, span

    def draw(self) -> str:
        """Title, grid, and both lines."""
        known = list(self._base)
        more = {n: self._base[known[-1]] * n / known[-1] for n in self._ours if n >= known[-1]}
        return (
            f'<text class="title" x="{self._x0}" y="{_TOP - 14}">{self._title}</text>\n'
            + self._grid()
            + self._line(self._base, _BASE)
            + self._line(more, _BASE, dashed=True)
            + self._line(self._ours, _OURS)
        )

    def _x(self, resources: float) -> float:
        return self._x0 + _PANEL_W * (math.log10(resources) - 1) / (math.log10(5000) - 1)

    def _y(self, value: float) -> float:
        low, high = (math.log10(edge) for edge in self._span)
        return _TOP + _PANEL_H * (1 - (math.log10(value) - low) / (high - low))

    def _grid(self) -> str:
        drawn = ""
        for power in range(round(math.log10(self._span[0])), round(math.log10(self._span[1])) + 1):
            y = self._y(10**power)
            drawn += f'<path class="grid" d="M{self._x0} {y:.0f}h{_PANEL_W}"/>'
            label = f"{10**power:,}" if power >= 0 else f"{10**power:g}"
            drawn += f'<text x="{self._x0 - 8}" y="{y + 4:.0f}" text-anchor="end">{label}</text>\n'
        for resources in self._ours:
            x, y = self._x(resources), _TOP + _PANEL_H + 20
            drawn += f'<text x="{x:.0f}" y="{y}" text-anchor="middle">{resources:,}</text>\n'
        x, y = self._x0 + _PANEL_W / 2, _TOP + _PANEL_H + 42
        return drawn + f'<text x="{x:.0f}" y="{y}" text-anchor="middle">resources</text>\n'

    def _line(self, points: Mapping[int, float], colour: str, *, dashed: bool = False) -> str:
        path = " ".join(f"{self._x(n):.1f},{self._y(value):.1f}" for n, value in points.items())
        dash = ' stroke-dasharray="5 5"' if dashed else ""
        drawn = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        if not dashed:
            drawn += "".join(
                f'<circle cx="{self._x(n):.1f}" cy="{self._y(value):.1f}" r="4" fill="{colour}"/>'
                for n, value in points.items()
            )
        return drawn + "\n"
