"""Run a policy over a trace, and price what came of it. One step is five minutes.

Bill, capacity, exposure, updates and windows are defined in ``docs/right-sizing.md``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan

from personalize_monitor.model.demand import HOUR, PER_DAY, PER_HOUR, Demand
from personalize_monitor.model.window import SECONDS
from personalize_monitor_desk.backtest.history import Answer, Feed, Past, Policy

UPDATE_SECONDS = 900
"""From the start of an update until its floor is in force; one at a time."""
CALL_SECONDS = 300
"""The policy is called five minutes past the hour, and knows the data up to the hour."""
PRICE_PER_TPS_HOUR = 0.20
PRICE_PER_REQUEST = PRICE_PER_TPS_HOUR / HOUR
HOLD_STEPS = 3
DAY = 86_400
"""The service keeps capacity for fifteen minutes after demand has fallen."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The floor in force in every interval, and the updates (start, floor) that led to it."""

    floors: tuple[int, ...]
    updates: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Score:
    """What one timeline cost in one window: dollars, requests, and updates."""

    bill: float
    requests: float
    exposed: float
    updates: int
    weeks: float

    @property
    def updates_per_week(self) -> float:
        """Updates started, per seven days."""
        return self.updates / self.weeks if self.weeks else 0.0

    def __add__(self, other: Score) -> Score:
        return Score(
            self.bill + other.bill,
            self.requests + other.requests,
            self.exposed + other.exposed,
            self.updates + other.updates,
            self.weeks + other.weeks,
        )

    def cost(self, exposure_price: float) -> float:
        """Bill plus exposed requests at ``exposure_price`` prices of a served request."""
        return self.bill + exposure_price * PRICE_PER_REQUEST * self.exposed


class Updates:
    """How asked floors come into force: the floor, the update in flight, and the pending plan."""

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self.started: list[tuple[int, int]] = []
        self.last: int | None = None
        self._flight: tuple[int, int] | None = None
        self._pending: list[tuple[int, int]] = []

    @property
    def at_rest(self) -> bool:
        """Whether nothing happens until the policy is asked again."""
        return not self._flight and not self._pending

    def land(self, now: int) -> None:
        """Put the floor in force whose update is done."""
        if self._flight and now >= self._flight[0]:
            self.floor = self._flight[1]
            self._flight = None

    def take(self, now: int, answer: Answer) -> None:
        """Note what the policy wants."""
        if answer is None:
            return
        if isinstance(answer, dict):
            self._pending = sorted((int(when), int(floor)) for when, floor in answer["schedule"])
        else:
            self._pending = [(now, int(answer))]

    def start(self, now: int) -> None:
        """Start the latest update that is due, unless one is in flight; it then waits."""
        due = sum(1 for when, _ in self._pending if when <= now)
        if not due or self._flight:
            return
        floor = max(1, self._pending[due - 1][1])
        del self._pending[:due]
        if floor != self.floor:
            self._flight = (now + UPDATE_SECONDS, floor)
            self.last = now
            self.started.append((now, floor))


def run_policy(demand: Demand, policy: Policy | type[object], initial_floor: int) -> Timeline:
    """Floors that ``policy`` leads to over ``demand``; a class is made once for the trace."""
    return run_together(demand, [policy], initial_floor)[0]


def run_together(
    demand: Demand,
    policies: Sequence[Policy | type[object]],
    initial_floor: int,
    progress: Callable[[float], None] = lambda _: None,
    *,
    ask_from: int = 0,
) -> list[Timeline]:
    """Several policies side by side, hour by hour: those that look at the same look once.

    ``progress`` hears after each day which share of the demand is done. Before interval
    ``ask_from`` the floor stays, and what comes is history only.
    """
    feed = Feed(demand)
    runs = [_Run(policy, initial_floor) for policy in policies]
    first = demand.start + max(1, ask_from * SECONDS)
    moment = demand.start
    while moment < demand.end:
        history = None
        if moment % HOUR == CALL_SECONDS and moment >= first:
            history = feed.before(moment - CALL_SECONDS)
        until = min(demand.end, (moment - CALL_SECONDS) // HOUR * HOUR + HOUR + CALL_SECONDS)
        for one in runs:
            one.go(moment, until, history, (moment - demand.start) / HOUR)
        if moment // DAY != until // DAY:
            progress((until - demand.start) / (demand.end - demand.start))
        moment = until
    return [Timeline(tuple(one.floors), tuple(one.updates.started)) for one in runs]


class _Run:
    """One policy on its way through a trace."""

    def __init__(self, policy: Policy | type[object], initial_floor: int) -> None:
        made = policy() if inspect.isclass(policy) else policy
        self._policy: Policy = made  # type: ignore[assignment]
        self.updates = Updates(max(1, initial_floor))
        self.floors: list[int] = []

    def go(self, begin: int, end: int, history: Past | None, age_hours: float) -> None:
        """The intervals from ``begin`` to ``end``; with a history the policy is asked first."""
        self.updates.land(begin)
        if history is not None:
            floor, last = self.updates.floor, self.updates.last
            self.updates.take(begin, self._policy(begin, history, floor, age_hours, last))
        for moment in range(begin, end, SECONDS):
            self.updates.land(moment)
            self.updates.start(moment)
            self.floors.append(self.updates.floor)
            if self.updates.at_rest:
                self.floors += [self.updates.floor] * ((end - moment) // SECONDS - 1)
                break


class Service:
    """What the service holds, interval by interval: it follows demand late, above the floor."""

    def __init__(self, *, lag_minutes: int = 10, headroom: float = 0.0) -> None:
        self._steps = lag_minutes * 60 // SECONDS
        self._headroom = headroom
        self._size = max(HOLD_STEPS, self._steps)
        self._grown: list[float] = []
        self._held = 0.0

    def meet(self, rate: float, floor: float) -> float:
        """Capacity in TPS of the next interval, in which ``rate`` comes; floor in force."""
        grown = self._grown
        kept = min(self._held, max(grown[-HOLD_STEPS:], default=0.0))
        grown.append(rate * (1 + self._headroom))
        ordered = grown[-1 - self._steps] if len(grown) > self._steps else 0.0
        self._held = max(floor, ordered, kept)
        if len(grown) > self._size:
            del grown[0]
        return self._held


def capacities(
    rates: Sequence[float], floors: Sequence[float], *, lag_minutes: int = 10, headroom: float = 0.0
) -> list[float]:
    """Capacity in TPS in every interval, as the service follows ``rates`` above ``floors``."""
    service = Service(lag_minutes=lag_minutes, headroom=headroom)
    return [service.meet(rate, floor) for rate, floor in zip(rates, floors, strict=True)]


def steady_from(demand: Demand) -> int:
    """Where the steady window starts: after 14 days, or half the trace if under 28 days."""
    return 14 * PER_DAY if len(demand) >= 28 * PER_DAY else len(demand) // 2


def score(
    demand: Demand,
    timeline: Timeline,
    *,
    lag_minutes: int = 10,
    headroom: float = 0.0,
    begin: int = 0,
) -> Score:
    """Price ``timeline`` from interval ``begin`` on. Unknown intervals cost and expose nothing."""
    rates = _hold_unknown(demand.rates)
    capacity = capacities(rates, timeline.floors, lag_minutes=lag_minutes, headroom=headroom)
    known = [not isnan(v) for v in demand.sums]
    billed = exposed = served = 0.0
    for i in range(begin, len(rates)):
        if known[i]:
            rate = rates[i]
            billed += max(rate, timeline.floors[i])
            exposed += max(0.0, rate - capacity[i])
            served += rate
    since = demand.start + begin * SECONDS
    return Score(
        bill=billed / PER_HOUR * PRICE_PER_TPS_HOUR,
        requests=served * SECONDS,
        exposed=exposed * SECONDS,
        updates=sum(1 for when, _ in timeline.updates if when >= since),
        weeks=(len(rates) - begin) / (7 * PER_DAY),
    )


def _hold_unknown(rates: Sequence[float]) -> list[float]:
    """Rates with every unknown replaced by the last known one, or 0 before the first."""
    last = 0.0
    result = []
    for rate in rates:
        last = rate if not isnan(rate) else last
        result.append(last)
    return result
