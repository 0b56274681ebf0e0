"""One resource on one trace under one model of the service, with every change followed, or not.

The service is the one of the backtest; callers' own errors and latencies are drawn on top. The
cycle is acted out every five minutes: it sees the requests served up to five minutes ago, looks
at errors and latencies only when ``policy.harm.watch`` says so, and asks for floors at once.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from math import exp

from bench.harm.field import Trace
from personalize_monitor.model.demand import HOUR, PER_HOUR
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.harm.case import (
    By,
    Case,
    State,
    carried_before,
    conclude,
    open_case,
)
from personalize_monitor.policy.harm.evidence import Quality
from personalize_monitor.policy.harm.memory import DAY, Memory, lowest_allowed
from personalize_monitor.policy.harm.trial import Trial
from personalize_monitor.policy.harm.verdict import Word
from personalize_monitor.policy.harm.watch import Sight, due
from personalize_monitor.policy.lower import SMALLEST_STEP
from personalize_monitor_desk.backtest.evaluate import (
    CALL_SECONDS,
    PRICE_PER_TPS_HOUR,
    Service,
    Updates,
)

DELAY = 2 * SECONDS
"""A window is known to the cycle that begins so long after its start."""
USUAL_MS = 100.0
SLOW_MS = 1000.0


@dataclass(frozen=True, slots=True)
class Model:
    """How late the service follows, how much room it keeps, and what callers do wrong.

    ``own`` is the share of requests that fail anyway; ``refuses`` tells whether requests above
    capacity are refused or only slow; ``incidents`` adds an hour of five times ``own`` (at
    least 10 %) at random, once in three days.
    """

    lag: int = 10
    headroom: float = 0.0
    own: float = 0.0
    refuses: bool = True
    incidents: bool = False


@dataclass(slots=True)
class Followed:
    """What became of one lowering, and what was true of it."""

    floor: int
    from_floor: int
    landed: int
    word: Word | None = None
    at: int | None = None
    """When harm was told, or harmlessness if no harm was told."""
    harmless_at: int | None = None
    loaded: float = 0.0
    refused: float = 0.0
    refused_at_verdict: float = 0.0
    refused_at_harmless: float = 0.0
    loaded_at_harmless: float = 0.0
    harmed: list[int] = field(default_factory=list)
    """Starts of the first two loaded windows in which 1 % or more was refused."""
    gross: list[int] = field(default_factory=list)
    """The same with 10 % or more."""
    missing: str = ""


@dataclass(slots=True)
class Run:
    """The figures of one run."""

    trace: str
    model: Model
    refused: list[float] = field(default_factory=list)
    floors: list[int] = field(default_factory=list)
    cases: list[Followed] = field(default_factory=list)
    bill: float = 0.0
    looks: list[int] = field(default_factory=list)
    rides: int = 0
    """Cycles whose own batch asked about the case, too."""
    again: int = 0


class Callers:
    """Errors that have nothing to do with the floor, and latencies."""

    def __init__(self, model: Model, seed: str) -> None:
        self.model = model
        self._random = random.Random(seed)
        self._hour = -1
        self._share = 0.0

    def errors(self, start: int, requests: float) -> float:
        """Requests of a window that fail by themselves."""
        model = self.model
        if not model.own and not model.incidents:
            return 0.0
        draw = self._random
        if start // HOUR != self._hour:
            self._hour = start // HOUR
            self._share = model.own * exp(draw.gauss(-0.045, 0.3))
            if model.incidents and draw.random() < 1 / 72:
                self._share = max(0.1, 5 * model.own)
        mean = requests * self._share
        return float(min(requests, max(0, round(draw.gauss(mean, mean**0.5)))))

    def p90(self, *, slow: bool) -> float:
        """Milliseconds."""
        return (SLOW_MS if slow else USUAL_MS) * exp(0.05 * self._random.gauss(0, 1))


class Keeper:
    """Mode ``lower`` with every change followed: what the application does in its cycles."""

    def __init__(self, trace: Trace, run: Run) -> None:
        self.trace = trace
        self.run = run
        self.updates = Updates(trace.first)
        self.memory = Memory()
        self.case: Case | None = None
        self.truth: Followed | None = None
        self._trial: Trial | None = None
        self._sight: Sight | None = None
        self._last_look: int | None = None
        self._unread = 0
        self.windows: list[Quality] = []

    def cycle(self, now: int) -> None:
        """One cycle at ``now``; the windows that started up to ``now`` - 10 minutes are known."""
        self._opens(now)
        self._watches(now)
        if now % HOUR == CALL_SECONDS:
            self._lowers(now)
        self.updates.start(now)

    def _opens(self, now: int) -> None:
        """A floor that came into force opens a case."""
        floor, before_that = self.updates.floor, self.run.floors[-1] if self.run.floors else None
        if before_that is None or floor == before_that:
            return
        started = self.updates.started[-1][0]
        case, _ = open_case(
            self.trace.name,
            from_floor=before_that,
            floor=floor,
            by=By.MONITOR,
            opened=started,
            landed=now,
            cases=[self.case] if self.case else [],
        )
        self.case = case
        self._trial = self._sight = self.truth = None
        if case.watched:
            self._begin(case)

    def _begin(self, case: Case) -> None:
        past = (case.compare_to - 14 * DAY, case.compare_to)
        ours = [window for window in self.windows if past[0] <= window.start < past[1]]
        self._trial = Trial.of(
            ours,
            floor=case.floor,
            from_floor=case.compare_floor,
            landed=case.landed,
        ).feed(self.windows[-8:])
        highest = self._trial.usual.highest
        self.memory = self.memory.with_carried(carried_before(case, highest))
        self._sight = Sight(case.floor, self._trial.usual.share)
        self._unread = len(self.windows)
        self.truth = Followed(case.floor, case.from_floor, case.landed)
        self.run.cases.append(self.truth)

    def _watches(self, now: int) -> None:
        if self._sight is None or self.case is None:
            return
        newest = len(self.windows) - 1
        if newest < self._unread - 1 or newest < 0:
            return
        window = self.windows[newest]
        if window.start < self.case.landed:
            return
        rides = self.case.state is State.OPEN and self._sight.rides(window.start)
        waiting = self._sight.meet(window.start, window.served)
        if rides:
            self.run.rides += 1
            self._look(now, self.windows[max(self._unread, newest + 1 - PER_HOUR) :])
        elif due([waiting], now=now, last_look=self._last_look):
            self._last_look = now
            self.run.looks.append(now)
            self._look(now, self.windows[self._unread :])

    def _look(self, now: int, windows: list[Quality]) -> None:
        assert self.case is not None
        assert self._trial is not None
        assert self._sight is not None
        assert self.truth is not None
        trial = self._trial.feed(windows)
        self._unread = len(self.windows)
        verdict = trial.verdict()
        self._sight.look(trial.jumps[1])
        done = conclude(
            self.case, verdict, self.memory, now=now, world=self.trace.world(now, self.memory)
        )
        self.case, self.memory = done.case, done.memory
        self.truth.missing = verdict.reason
        if done.news:
            self._note(now, verdict.word)
        if done.back_to is not None:
            self.updates.take(now, done.back_to)

    def _note(self, now: int, word: Word) -> None:
        truth = self.truth
        assert truth is not None
        if word is Word.HARMLESS:
            truth.harmless_at = now
            truth.refused_at_harmless, truth.loaded_at_harmless = truth.refused, truth.loaded
        truth.word, truth.at = word, now
        truth.refused_at_verdict = truth.refused

    def _lowers(self, now: int) -> None:
        floor = self.updates.floor
        target = self.trace.target(now, floor)
        if target is None:
            return
        allowed = lowest_allowed(self.memory, target, now, self.trace.world(now, self.memory))
        if allowed.floor > floor * (1 - SMALLEST_STEP):
            return
        self._audit(allowed.floor, now)
        self.updates.take(now, allowed.floor)

    def _audit(self, floor: int, now: int) -> None:
        """Count a floor that hurt within two weeks."""
        self.run.again += any(h.floor >= floor and now < h.at + 14 * DAY for h in self.memory.hurts)


def simulate(trace: Trace, model: Model) -> Run:
    """Act out the whole trace."""
    run = Run(trace.name, model)
    keeper = Keeper(trace, run)
    service = Service(lag_minutes=model.lag, headroom=model.headroom)
    callers = Callers(model, f"{trace.name} {model}")
    settling: deque[Quality] = deque()
    billed = 0.0
    for moment, rate in zip(
        range(trace.demand.start, trace.demand.end, SECONDS), trace.rates, strict=True
    ):
        keeper.updates.land(moment)
        if settling and settling[0].start <= moment - DELAY:
            keeper.windows.append(settling.popleft())
        keeper.cycle(moment)
        floor = keeper.updates.floor
        over = max(0.0, rate - service.meet(rate, floor))
        refused = min(int(rate * SECONDS), round(over * SECONDS))
        run.refused.append(refused)
        run.floors.append(floor)
        billed += max(rate, floor)
        settling.append(_window(moment, rate * SECONDS, refused, floor, callers))
        _truth(keeper.truth, moment, rate, floor, refused)
    run.bill = billed / PER_HOUR * PRICE_PER_TPS_HOUR
    return run


def _window(start: int, asked: float, refused: float, floor: int, callers: Callers) -> Quality:
    """What callers got; ``refused`` of the ``asked`` requests were above capacity."""
    away = refused if callers.model.refuses else 0.0
    own = callers.errors(start, asked - away)
    slow = callers.p90(slow=refused > 0) if asked else None
    return Quality(start, asked - away - own, away + own, 0.0, slow, floor)


def _truth(truth: Followed | None, start: int, rate: float, floor: int, refused: float) -> None:
    if truth is None or start < truth.landed or rate <= truth.floor or floor != truth.floor:
        return
    asked = rate * SECONDS
    truth.loaded += asked
    truth.refused += refused
    if len(truth.harmed) < 2 and refused >= max(10, 0.01 * asked):
        truth.harmed.append(start)
    if len(truth.gross) < 2 and refused >= max(10, 0.1 * asked):
        truth.gross.append(start)
