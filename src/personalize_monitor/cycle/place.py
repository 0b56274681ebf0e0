"""Watch one place: find its resources, measure them, and publish the datapoints as they come."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from personalize_monitor.aws.metrics import Datum, Metrics
from personalize_monitor.collect.discover import Census, Discovery, Found
from personalize_monitor.collect.measure import measure
from personalize_monitor.collect.publish import averages, datums
from personalize_monitor.context.budget import Budget, Stopwatch
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Target
from personalize_monitor.contract import NAMESPACE
from personalize_monitor.cycle.summary import Summary
from personalize_monitor.harm.riders import Along
from personalize_monitor.model.apart import apart
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import Window
from personalize_monitor.policy.slots import SLOTS, slot_of
from personalize_monitor.settings import Settings

WORKERS_OF_A_PLACE = 4
"""Threads that call Personalize for one account and region: its own rate is used up by these, and
a slow region cannot take them from another."""
_DECIDED_AT_FIRST_SIGHT = 100
_NOTHING = 0.001  # seconds: the cycle is over, and whoever comes back late leaves things alone


@dataclass(slots=True)
class Collected:
    """One place in one cycle.

    ``census`` is None until its lists are read, ``found`` until its datapoints are out;
    ``handed_over`` says that another invocation watches it.
    """

    target: Target
    census: Census | None = None
    found: Found | None = None
    handed_over: bool = False


@dataclass(slots=True)
class Collector:
    """What the watching of every place in a cycle has in common."""

    settings: Settings
    memory: Memory
    window: Window
    budget: Budget
    summary: Summary
    clock: Stopwatch = field(default_factory=Stopwatch)

    def place(
        self, place: Collected, counted: Callable[[Collected], bool]
    ) -> dict[Resource, Sample]:
        """Everything up to the datapoints of one place; the samples of what decisions are due for.

        ``counted`` hears of the place as soon as its lists are read, and answers whether it is
        to be watched here.
        """
        pool = ThreadPoolExecutor(WORKERS_OF_A_PLACE, thread_name_prefix=str(place.target))
        try:
            return self._watch(place, pool, counted)
        finally:  # a call that hangs is not waited for
            pool.shutdown(wait=False, cancel_futures=True)

    def _watch(
        self, place: Collected, pool: ThreadPoolExecutor, counted: Callable[[Collected], bool]
    ) -> dict[Resource, Sample]:
        discovery = Discovery(
            place.target, self.settings, self.memory, self.window, pool, self.budget
        )
        discovery.look()
        place.census = discovery.census
        if not counted(place):
            return {}
        samples: dict[Resource, Sample] = {}
        for batch in discovery.batches():
            if not self.budget.allows(_NOTHING):
                return {}
            samples |= self._measure(place.target, batch)
        discovery.refresh()
        place.found = discovery.found()
        self.summary.saw(place.found.resources)
        self.summary.trouble(*place.found.problems)
        return self._in_turn(place, samples)

    def _measure(self, target: Target, batch: tuple[Resource, ...]) -> dict[Resource, Sample]:
        metrics = Metrics(target.access, target.region)
        place = (target.account, target.region)
        along = Along.of(self.memory.dockets.get(place), batch, self.window)
        late = self.memory.lateness_of(place)
        samples = measure(metrics, batch, self.window, late, along)
        self.summary.asked(metrics.requested)
        points, odd = apart(
            samples.items(),
            lambda pair: datums(dict([pair]), self.window),
            doing="Publishing",
            name=lambda pair: str(pair[0].arn),
        )
        self.summary.trouble(*odd)
        overdue = [datum for one in late.take() for datum in averages(*one)]
        self.publish(metrics, [*(point for of_one in points for point in of_one), *overdue])
        self.summary.measured_as(samples)
        return samples

    def publish(self, metrics: Metrics, points: list[Datum]) -> None:
        """Put datapoints; those that are lost are told, each with its reason."""
        lost = metrics.publish(NAMESPACE, points)
        self.summary.put(len(points) - len(lost), at=self.clock.seconds)
        for why in dict.fromkeys(lost.values()):
            affected = sorted({d.dimension[1] for d in lost if d.dimension and lost[d] == why})
            about = ", ".join(affected[:10]) or "the counts of the fleet"
            self.summary.trouble(f"Datapoints of {about} were not published. {why}")

    def _in_turn(self, place: Collected, samples: dict[Resource, Sample]) -> dict[Resource, Sample]:
        """Samples of the resources as they are by now, of those that may be decided about.

        A large fleet that is seen for the first time by this function is not decided about all at
        once: only those whose slot it is; the others follow in the next cycle.
        """
        assert place.found is not None
        now = {str(resource.arn): resource for resource in place.found.active}
        current = {now[arn]: sample for r, sample in samples.items() if (arn := str(r.arn)) in now}
        key = (place.target.account, place.target.region)
        self.memory.looks[key] = self.memory.looks.get(key, 0) + 1
        if self.memory.looks[key] > 1 or len(current) <= _DECIDED_AT_FIRST_SIGHT:
            return current
        slot = self.window.number % SLOTS
        return {r: s for r, s in current.items() if slot_of(str(r.arn)) == slot}
