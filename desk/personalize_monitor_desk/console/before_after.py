"""One change in one picture: requests served and refused, on both sides of it."""

from __future__ import annotations

from dataclasses import dataclass

from personalize_monitor_desk.changes.changes import Change

WIDTH, HEIGHT = 576, 96
_ROOM = 6


@dataclass(frozen=True, slots=True)
class Picture:
    """Paths in a box of WIDTH by HEIGHT; ``at`` is where the change lies, ``top`` the scale's TPS.

    ``served`` and ``refused`` are bars, the refused ones stacked on the served; ``floor`` is the
    line of the floors before and after. What nobody knows is left out.
    """

    served: str
    refused: str
    floor: str
    at: int
    top: float
    width: int = WIDTH
    height: int = HEIGHT


def picture(change: Change) -> Picture | None:
    """The picture of a change; None where nothing is known of it."""
    bars = change.bars
    if not bars:
        return None
    case = change.case
    begin, end = bars[0].start, bars[-1].start + bars[-1].seconds
    peak = max(((b.served + b.bad) / b.seconds for b in bars if b.known), default=0.0)
    top = max(peak, case.from_floor, case.floor)
    scale = WIDTH / (end - begin)
    served, refused = [], []
    for bar in bars:
        if not bar.known:
            continue
        left, width = (bar.start - begin) * scale, bar.seconds * scale
        low = _tall(bar.served / bar.seconds, top)
        high = _tall((bar.served + bar.bad) / bar.seconds, top)
        served.append(_bar(left, width, 0.0, low))
        if bar.bad:
            refused.append(_bar(left, width, low, max(high, low + 1)))
    at = round((min(max(case.landed, begin), end) - begin) * scale)
    before, after = (HEIGHT - _tall(floor, top) for floor in (case.from_floor, case.floor))
    return Picture(
        "".join(served), "".join(refused), f"M0 {before:.0f}H{at}V{after:.0f}H{WIDTH}", at, top
    )


def _tall(rate: float, top: float) -> float:
    return rate / top * (HEIGHT - _ROOM)


def _bar(left: float, width: float, low: float, high: float) -> str:
    return f"M{left:.1f} {HEIGHT - low:.1f}V{HEIGHT - high:.1f}h{width:.1f}V{HEIGHT - low:.1f}z"
