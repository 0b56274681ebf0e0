"""Mode ``lower``: bring a floor down to what was always used, in one step, and never up."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isnan

from personalize_monitor.model.demand import HOUR, Demand

LOOK_BACK_HOURS = 14 * 24
FRESH_HOURS = 3
"""At least one of the last so many whole hours must be known: no action on stale data."""
SMALLEST_STEP = 0.05
"""A floor less than 5 % above the target costs next to nothing; an update is not worth it."""
FAR_ABOVE = 2.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """A person's limits for the floor of one resource; ``maximum`` None means no limit."""

    minimum: int = 1
    maximum: int | None = None

    def clamp(self, floor: int) -> int:
        """``floor`` moved into the bounds; never below 1, and the minimum wins."""
        top = floor if self.maximum is None else min(floor, self.maximum)
        return max(1, self.minimum, top)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What ``lower`` wants: ``to_floor`` None means leave it, and ``held_by`` says what held.

    ``watermark`` and ``peak`` are rates per second; ``known_hours`` is the evidence's size.
    """

    floor: int
    to_floor: int | None
    rule: str
    reason: str
    held_by: str = ""
    watermark: float | None = None
    peak: float | None = None
    known_hours: int = 0


ANY_FLOOR = Bounds()


def propose(
    demand: Demand,
    *,
    now: int,
    floor: int,
    age_hours: float,
    min_age_hours: float = 24,
    idle_hours: float = 24,
    bounds: Bounds = ANY_FLOOR,
) -> Proposal:
    """A lower floor for ``floor``, or why not. ``now`` in epoch seconds; data after it is unused.

    Pure: the same history gives the same answer. More demand never gives a lower floor; an
    unknown hour is left out, which can only make the answer higher.
    """
    seen = demand.between(now - LOOK_BACK_HOURS * HOUR, now)
    hours = [(start, rate) for start, rate in seen.hourly() if not isnan(rate)]
    facts = _Facts(
        floor=floor,
        watermark=min((rate for _, rate in hours), default=None),
        peak=seen.peak(),
        hours=len(hours),
        needed=max(1, int(min(min_age_hours, 24)) // 2),
        quiet_hours=_quiet_hours(seen, now),
    )
    if floor <= bounds.clamp(1):
        return facts.keep("lowest", f"The floor is {floor}, as low as it may be.")
    if age_hours < min_age_hours:
        return facts.keep(
            "young",
            f"The resource is {age_hours:.1f} hours old; floors are left alone for the first "
            f"{min_age_hours:g}.",
            held=True,
        )
    if not any(start >= now - (FRESH_HOURS + 1) * HOUR for start, _ in hours):
        return facts.keep(
            "unknown",
            f"No whole hour of the last {FRESH_HOURS} is known; nothing follows from that.",
            held=True,
        )
    return _decide(facts, bounds, idle_hours)


@dataclass(frozen=True, slots=True)
class _Facts:
    """The numbers behind a proposal."""

    floor: int
    watermark: float | None
    peak: float
    hours: int
    needed: int
    quiet_hours: float

    def keep(self, rule: str, reason: str, *, held: bool = False) -> Proposal:
        """Leave the floor alone."""
        return self._propose(None, rule, reason, rule if held else "")

    def lower(self, to_floor: int, rule: str, reason: str) -> Proposal:
        """Bring the floor down."""
        return self._propose(to_floor, rule, reason, "")

    def _propose(self, to_floor: int | None, rule: str, reason: str, held_by: str) -> Proposal:
        return Proposal(
            floor=self.floor,
            to_floor=to_floor,
            rule=rule,
            reason=reason,
            held_by=held_by,
            watermark=self.watermark,
            peak=self.peak,
            known_hours=self.hours,
        )


def _decide(facts: _Facts, bounds: Bounds, idle_hours: float) -> Proposal:
    """The watermark as the target, if there is enough evidence and enough to gain."""
    if facts.hours < facts.needed or facts.watermark is None:
        return facts.keep(
            "evidence",
            f"Only {facts.hours} whole hours are known; {facts.needed} are needed.",
            held=True,
        )
    rule = "watermark"
    used = dict.fromkeys(_tps(rate) for rate in (facts.watermark, facts.peak))
    why = f"In {_span(facts.hours)} it used {' to '.join(used)} TPS; you pay for {facts.floor}."
    if facts.quiet_hours >= idle_hours:
        rule = "idle"
        why = f"No request came for {facts.quiet_hours:.0f} hours; you pay for {facts.floor} TPS."
    elif facts.floor > FAR_ABOVE * facts.peak:
        rule = "far-above"
    to_floor = bounds.clamp(ceil(facts.watermark - 1e-9))
    if to_floor >= facts.floor:
        return facts.keep(rule, f"{why} That is as low as its quietest hour allows.")
    if to_floor > facts.floor * (1 - SMALLEST_STEP):
        return facts.keep("small-step", f"{why} There is too little to gain for an update.")
    return facts.lower(to_floor, rule, f"{why} Lower it to {to_floor}.")


def _tps(rate: float) -> str:
    """``0``, ``0.54``, ``8.00``, ``30.0``."""
    if not rate:
        return "0"
    return f"{rate:.2f}" if rate < 10 else f"{rate:.1f}"


def _span(hours: int) -> str:
    """Known hours in words: ``36 hours``, and from two days on whole days."""
    return f"{hours} hours" if hours < 48 else f"{hours / 24:.0f} days"


def _quiet_hours(seen: Demand, now: int) -> float:
    """Hours since the last request, or 0 while any interval since then is unknown."""
    last = seen.last_request()
    since = seen.since(seen.start if last is None else last)
    if since.known < len(since):
        return 0.0
    return (now - since.start) / HOUR
