"""Our modes as callables of the policy interface, so that anyone's evaluator can run them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from personalize_monitor.model.demand import HOUR, PER_DAY, PER_HOUR, Demand
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.follow import CostProfile, plan
from personalize_monitor.policy.follow.analogs import DAYS
from personalize_monitor.policy.follow.budget import room_for_update
from personalize_monitor.policy.follow.cost_profile import BALANCED, CAREFUL, SAVER
from personalize_monitor.policy.follow.planner import UPDATE_SECONDS, Step
from personalize_monitor.policy.follow.record import NO_RECORD, Record, record_of
from personalize_monitor.policy.lower import LOOK_BACK_HOURS, SMALLEST_STEP, propose
from personalize_monitor_desk.backtest.history import History, Schedule

DATA_DELAY = 300
_LANDING = UPDATE_SECONDS // SECONDS
"""A policy called at five past the hour knows what happened up to the hour."""


class Memory:
    """Turns growing histories into Demand without reading them again from the start.

    Only a shortcut: a history that does not continue the last one is read afresh, so that the
    result depends on the history alone. Intervals without an entry had no request.
    """

    def __init__(self, days: int) -> None:
        self._days = days
        self._forget()

    def _forget(self) -> None:
        self._sums: list[float] = []
        self._start = 0
        self._read = 0
        self._last: tuple[int, float] = (0, 0.0)
        self._hours: list[float] = []

    def demand(self, now: int, history: History, age_hours: float) -> Demand:
        """The last days of ``history``, from launch if that is later, up to the settled hour."""
        self._follow(now, history, age_hours)
        first = max(0, len(self._sums) - self._days * PER_DAY)
        return Demand(self._start + first * SECONDS, tuple(self._sums[first:]))

    def watermark(self, now: int, history: History, age_hours: float, hours: int) -> float | None:
        """The low watermark of the demand of so many hours before ``now``, at little cost."""
        self._follow(now, history, age_hours)
        begin = -(self._start // -HOUR) * HOUR
        offset = (begin - self._start) // SECONDS + len(self._hours) * PER_HOUR
        for at in range(offset, len(self._sums) - PER_HOUR + 1, PER_HOUR):
            self._hours.append(sum(self._sums[at : at + PER_HOUR]) / HOUR)
        oldest = max(0, -((begin - (now - hours * HOUR)) // HOUR))
        return min(self._hours[oldest:], default=None)

    def _follow(self, now: int, history: History, age_hours: float) -> None:
        starts, requests = history.t, history.n
        end = (now - DATA_DELAY) // SECONDS * SECONDS
        launch = -(-(now - round(age_hours * HOUR)) // SECONDS) * SECONDS
        if not self._continues(starts, requests, launch, end):
            self._forget()
            self._start = min(launch, int(starts[0])) if len(starts) else launch
        self._read_on(starts, requests)
        self._sums.extend([0.0] * ((end - self._start) // SECONDS - len(self._sums)))

    def _continues(
        self, starts: Sequence[int], requests: Sequence[float], launch: int, end: int
    ) -> bool:
        """Whether the history begins with what was read before, as far as a look can tell."""
        if not self._sums or end < self._start + len(self._sums) * SECONDS:
            return False
        if self._read == 0:
            return launch == self._start and not len(starts)
        return len(starts) >= self._read and self._last == (
            int(starts[self._read - 1]),
            float(requests[self._read - 1]),
        )

    def _read_on(self, starts: Sequence[int], requests: Sequence[float]) -> None:
        for index in range(self._read, len(starts)):
            place = (int(starts[index]) - self._start) // SECONDS
            self._sums.extend([0.0] * (place + 1 - len(self._sums)))
            self._sums[place] = float(requests[index])
            self._last = (int(starts[index]), float(requests[index]))
        self._read = len(starts)


class Lower:
    """Mode ``lower`` as a policy; also usable directly, without making one per trace."""

    def __init__(self, *, min_age_hours: float = 24, idle_hours: float = 24) -> None:
        self._min_age_hours = min_age_hours
        self._idle_hours = idle_hours
        self._memory = Memory(days=15)

    def __call__(
        self,
        now: int,
        history: History,
        floor: int,
        age_hours: float,
        last_update: int | None,  # noqa: ARG002 - the policy interface
    ) -> int | None:
        """The lower floor to set now, or None."""
        if floor <= 1:
            return None
        low = self._memory.watermark(now, history, age_hours, LOOK_BACK_HOURS)
        if low is not None and max(1, ceil(low - 1e-9)) > floor * (1 - SMALLEST_STEP):
            return None  # whatever else is asked, there is nothing to gain
        return propose(
            self._memory.demand(now, history, age_hours),
            now=now,
            floor=floor,
            age_hours=age_hours,
            min_age_hours=self._min_age_hours,
            idle_hours=self._idle_hours,
        ).to_floor


lower = Lower()


class PastFloors:
    """The floors that were in force from call to call, and once a day what raises came to.

    As in the application, the record ends at midnight, after two weeks at most. Calls that do not
    go on by the hour begin anew.
    """

    def __init__(self, headroom: float) -> None:
        self._headroom = headroom
        self._began = self._next = 0
        self._floors: list[float] = []
        self._coming: list[tuple[int, int]] = []
        self._record, self._day = NO_RECORD, 0

    def record(self, now: int, floor: int, demand: Demand) -> Record:
        """The record at ``now``, when ``floor`` is in force; ``demand`` is settled."""
        here = now // SECONDS
        if not 0 < here - self._next <= PER_HOUR:
            self._began, self._floors, self._coming = here, [], []
            self._record = NO_RECORD
        for interval in range(self._began + len(self._floors), here):
            landed = [f for at, f in self._coming if at <= interval]
            self._floors.append(landed[-1] if landed else self._floors[-1])
        self._floors.append(floor)
        self._next = here
        # What is in flight lands after this call; what was to start later is planned anew.
        self._coming = [(at, f) for at, f in self._coming if here < at <= here + _LANDING]
        midnight = demand.end // SECONDS // PER_DAY * PER_DAY
        if midnight != self._day:
            self._day = midnight
            self._record = self._until(midnight, demand)
        return self._record

    def expect(self, steps: Sequence[Step]) -> None:
        """These updates are asked for in the coming hour."""
        starts = [(-(-s.start // SECONDS), s.floor) for s in steps]
        self._coming += [(start + _LANDING, floor) for start, floor in starts]

    def _until(self, midnight: int, demand: Demand) -> Record:
        begin = max(self._began, midnight - 14 * PER_DAY, demand.start // SECONDS)
        if begin >= midnight:
            return NO_RECORD
        known = demand.between(begin * SECONDS, midnight * SECONDS)
        floors = self._floors[begin - self._began : midnight - self._began]
        del self._floors[: begin - self._began]
        self._began = begin
        return record_of(known, floors, headroom=self._headroom)


class Follow:
    """Mode ``follow`` as a policy: every hour the updates of that hour, after a look at the day.

    Later steps of the plan are not handed out: the next call plans again, with an hour more.
    ``limited`` keeps to ``max_updates_per_day`` over the last 24 hours, as the application does;
    without, it is what each plan of a day is made for.
    """

    def __init__(
        self,
        taste: CostProfile = BALANCED,
        *,
        headroom: float = 0.0,
        max_updates_per_day: int = 5,
        min_age_hours: float = 24,
        limited: bool = False,
    ) -> None:
        self._limited = limited
        self._asked: list[int] = []
        self._started: list[int] = []
        self._taste = taste
        self._headroom = headroom
        self._max_updates_per_day = max_updates_per_day
        self._min_age_hours = min_age_hours
        self._memory = Memory(days=DAYS + 1)
        self._past = PastFloors(headroom)

    def __call__(
        self,
        now: int,
        history: History,
        floor: int,
        age_hours: float,
        last_update: int | None,
    ) -> int | Schedule:
        """Updates to start within the coming hour; a lone one that is due now as an int."""
        demand = self._memory.demand(now, history, age_hours)
        planned = plan(
            demand,
            now=now,
            floor=floor,
            age_hours=age_hours,
            last_update=last_update,
            taste=self._taste,
            headroom=self._headroom,
            max_updates_per_day=self._max_updates_per_day,
            min_age_hours=self._min_age_hours,
            record=self._past.record(now, floor, demand),
        )
        coming = planned.before(now + HOUR)
        if self._limited:
            coming = self._within_budget(planned.steps, coming, now, floor, last_update)
        self._past.expect(coming)
        if len(coming) == 1 and coming[0].start <= now:
            return coming[0].floor
        return {"schedule": [(step.start, step.floor) for step in coming]}

    def _within_budget(
        self,
        steps: Sequence[Step],
        coming: Sequence[Step],
        now: int,
        floor: int,
        last_update: int | None,
    ) -> tuple[Step, ...]:
        """The steps of the coming hour for which the last 24 hours leave room."""
        if last_update is not None:
            done = [at for at in self._asked if at <= last_update]
            self._started += done or [last_update] if last_update not in self._started else []
        day = [at for at in self._started if at > now - 24 * HOUR]
        self._started = day
        kept: list[Step] = []
        for number, step in enumerate(coming):
            later = steps[number + 1].floor if number + 1 < len(steps) else None
            room = room_for_update(
                len(day) + len(kept),
                self._max_updates_per_day,
                floor=kept[-1].floor if kept else floor,
                to_floor=step.floor,
                later=later,
            )
            if not room:
                break
            kept.append(step)
        self._asked = [max(step.start, now) for step in kept]
        return tuple(kept)


def follow(*, exposure_price: float = BALANCED.exposure_price, headroom: float = 0.0) -> Follow:
    """Mode ``follow`` with a price of an exposed request and the headroom the service keeps."""
    return Follow(CostProfile(exposure_price), headroom=headroom)


follow_saver = Follow(SAVER)
follow_balanced = Follow(BALANCED)
follow_careful = Follow(CAREFUL)
