"""The plan of one resource for the coming day, as numbers and as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from personalize_monitor.model.counted import counted
from personalize_monitor.model.demand import PER_DAY, PER_HOUR, Demand
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.follow import analogs as past
from personalize_monitor.policy.follow.choose import Path, Trial, cheapest, level_of, trial
from personalize_monitor.policy.follow.cost_profile import BALANCED, CostProfile
from personalize_monitor.policy.follow.outlook import NEAR_STEPS, Outlook, look, with_floor
from personalize_monitor.policy.follow.record import NO_RECORD, Record
from personalize_monitor.policy.lower import ANY_FLOOR, Bounds, Proposal, propose

UPDATE_SECONDS = 900
"""From the start of an update until its floor serves; AWS names no figure, this is careful."""
_COMING_HOUR = PER_HOUR // NEAR_STEPS
_LEAST_DAYS = 3
_LEAST_LIKE = 2
_STALE_STEPS = 12
_STIFFER = 1.4
_LEAST_UPDATE = 0.0004
"""An update costs that share of a day's requests at least, so that none is made for nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """Start an update to ``floor`` at ``start`` (epoch seconds)."""

    start: int
    floor: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Updates for the coming day; only those of the coming hour are settled, then plan again.

    ``gain`` and ``doubt`` are the expected saving over floor 1 in the next eleven hours and its
    standard error, in requests (exposure priced in); 0 where nothing was to be tried.
    """

    floor: int
    steps: tuple[Step, ...]
    rule: str
    reason: str
    held_by: str = ""
    days: tuple[int, ...] = ()
    gain: float = 0.0
    doubt: float = 0.0

    def before(self, end: int) -> tuple[Step, ...]:
        """The steps that start before ``end`` (epoch seconds)."""
        return tuple(step for step in self.steps if step.start < end)


def plan(
    demand: Demand,
    *,
    now: int,
    floor: int,
    age_hours: float,
    last_update: int | None = None,
    taste: CostProfile = BALANCED,
    headroom: float = 0.0,
    max_updates_per_day: int = 5,
    min_age_hours: float = 24,
    bounds: Bounds = ANY_FLOOR,
    record: Record = NO_RECORD,
) -> Plan:
    """Floors for the day after ``now`` (epoch seconds), from settled ``demand`` alone.

    Pure: it depends on the arguments only. ``headroom`` is what the service keeps above demand
    by itself (0.1 = 10 %), ``record`` what earlier raises came to. Unknown data changes nothing;
    without past days to go by, the floor only comes down, by the rule of mode ``lower``.
    """
    if age_hours < min_age_hours:
        return _hold(floor, "young", f"The resource is only {age_hours:.1f} hours old.")
    begin = -(-now // SECONDS) * SECONDS
    if last_update is not None:
        begin = max(begin, last_update + UPDATE_SECONDS)
    lead = (begin + UPDATE_SECONDS - demand.end) // SECONDS
    if not 0 < lead <= _STALE_STEPS:
        return _hold(floor, "unknown", "The latest requests are not known yet.")
    found = _analogs(demand)
    if found is None:
        return _hold(floor, "unknown", "Requests of the last two hours are not all known.")
    if not found.mean or len(found.days) < _LEAST_DAYS or found.like < _LEAST_LIKE:
        proposal = propose(
            demand,
            now=now,
            floor=floor,
            age_hours=age_hours,
            min_age_hours=min_age_hours,
            bounds=bounds,
        )
        return _come_down(proposal, now)
    outlook = with_floor(_outlook(demand, lead, headroom), floor)
    allowed = None
    if bounds != ANY_FLOOR:
        allowed = [bounds.clamp(int(level)) == level for level in outlook.levels]
        if not any(allowed):
            return _hold(floor, "bounds", "The bounds leave no floor to choose.")
    path = _path(
        outlook,
        found.mean,
        floor=floor,
        taste=taste,
        most=max_updates_per_day,
        allowed=allowed,
    )
    tried = Trial(0.0, 0.0)
    start = level_of(outlook, floor)
    raised = max(path.levels[:_COMING_HOUR]) > start
    held = False
    if raised:
        tried = trial(outlook, path, taste.exposure_price)
        # Silence where there should be traffic is an outage: nobody knows when it ends.
        held = found.silent or not tried.convinces(taste.doubt_after(record))
        if held:
            path = _without_raise(path, start)
    steps = _steps(outlook, path, floor, begin)
    return _explain(floor, steps, found, tried, held)


@lru_cache(maxsize=2)
def _analogs(demand: Demand) -> past.Analogs | None:
    """The past days, remembered for a moment: several tastes are often asked about the same."""
    return past.find(demand)


@lru_cache(maxsize=2)
def _outlook(demand: Demand, lead: int, headroom: float) -> Outlook:
    """The outlook, remembered likewise; it depends neither on the taste nor on the floor."""
    found = _analogs(demand)
    assert found is not None, "a plan looks ahead only where it has past days"
    return look(demand, found, lead=lead, headroom=headroom)


def _path(
    outlook: Outlook,
    mean: float,
    *,
    floor: int,
    taste: CostProfile,
    most: int,
    allowed: Sequence[bool] | None,
) -> Path:
    """The cheapest path with at most ``most`` changes: each update is made dearer until so."""
    # At stake is what floor 1 exposes; a price of requests would leave calm traffic unprotected.
    at_stake = taste.exposure_price * sum(exposed[0] for exposed in outlook.exposed)
    update = max(taste.update_price * at_stake, _LEAST_UPDATE * mean * PER_DAY)
    while True:
        path = cheapest(
            outlook,
            start=level_of(outlook, floor),
            price=taste.exposure_price,
            update=update,
            allowed=allowed,
        )
        if path.changes <= max(1, most):
            return path
        update *= _STIFFER


def _without_raise(path: Path, start: int) -> Path:
    """The path with the coming hour's raises left out; ways down are kept."""
    levels, level = [], start
    for wanted in path.levels[:_COMING_HOUR]:
        level = min(level, wanted)
        levels.append(level)
    return Path((*levels, *path.levels[_COMING_HOUR:]), path.changes)


def _steps(outlook: Outlook, path: Path, floor: int, begin: int) -> tuple[Step, ...]:
    """Where the path changes level, with the time at which to start each update."""
    level = level_of(outlook, floor)
    first = outlook.slots[0].first
    steps = []
    for slot, wanted in zip(outlook.slots, path.levels, strict=True):
        if wanted != level:
            start = begin + (slot.first - first) * SECONDS
            steps.append(Step(start, int(outlook.levels[wanted])))
            level = wanted
    return tuple(steps)


def _hold(floor: int, rule: str, reason: str) -> Plan:
    return Plan(floor, (), rule, f"{reason} The floor stays at {floor}.", rule)


def _come_down(proposal: Proposal, now: int) -> Plan:
    """Without enough past days: the lowering rule, which needs none."""
    steps = () if proposal.to_floor is None else (Step(now, proposal.to_floor),)
    reason = f"There are not enough past days like today to plan by. {proposal.reason}"
    return Plan(proposal.floor, steps, "few-days", reason, proposal.held_by)


def _explain(
    floor: int, steps: tuple[Step, ...], found: past.Analogs, tried: Trial, held: bool
) -> Plan:
    """The plan in a sentence."""
    days = tuple(day.days_ago for day in found.days)
    by = f"By {len(days)} past days like today, the nearest {days[0]} days ago"
    if held and found.silent:
        rule = "doubt"
        why = f"{by}, the last two hours should have had requests and had none: no raise now."
    elif held:
        rule = "doubt"
        why = (
            f"{by}, a raise now would save {tried.gain * SECONDS:.0f} request prices, give or "
            f"take {tried.error * SECONDS:.0f}: too uncertain to pay for."
        )
    elif steps:
        rule = "plan"
        why = f"{by}, worth their cost in the coming day: {counted(len(steps), 'update')}."
    else:
        rule = "plan"
        why = f"{by}, no update pays for itself: the floor of {floor} stays."
    return Plan(
        floor,
        steps,
        rule,
        why,
        "doubt" if held else "",
        days,
        tried.gain * SECONDS,
        tried.error * SECONDS,
    )
