"""One cycle: discover, measure, publish; then alarms, decisions, dashboard.

Places (an account in a region) run side by side and fail alone. Datapoints come first in each;
what follows takes the time that is left and continues in the next cycle where it stopped.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.events import Events
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.collect.discover import Census
from personalize_monitor.collect.publish import counts, problem_count
from personalize_monitor.collect.shards import FanOut, Shard
from personalize_monitor.context.accounts import Accounts
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.context.terms import Terms
from personalize_monitor.contract import NAMESPACE
from personalize_monitor.cycle.place import Collected, Collector
from personalize_monitor.cycle.summary import Summary
from personalize_monitor.model.resource import Kind, Resource, State
from personalize_monitor.model.window import Window

if TYPE_CHECKING:
    from personalize_monitor.cycle.reconcile import Reconciler
    from personalize_monitor.journal.journal_reader import JournalReader
    from personalize_monitor.selftest.progress import Progress

_SECONDS_TO_FINISH = 15.0
"""Kept back from the invocation's time for the work at home and the summary."""
_SECONDS_TO_TEST = 100.0
_log = logging.getLogger(__name__)

Tester = Callable[["Progress | None", "list[Resource]"], "tuple[Progress, list[str]]"]
"""Takes its turn, given what is known of earlier self-tests and the fleet; see selftest."""


class Cycle:
    """One run of the monitor. All it remembers is in ``memory``; ``now`` is the event's time.

    ``shard`` limits it to one place, without the work that concerns the whole fleet; ``fan_out``
    may take places away from it. ``tester`` has its turn when all else is done.
    """

    def __init__(
        self,
        deployment: Deployment,
        terms: Terms,
        access: Access,
        memory: Memory,
        *,
        now: datetime,
        budget: Budget,
        shard: Shard | None = None,
        fan_out: FanOut | None = None,
        tester: Tester | None = None,
        problems: Sequence[str] = (),
    ) -> None:
        self._deployment = deployment
        self._terms = terms
        self._access = access
        self._memory = memory
        self._now = now
        self._shard = shard
        self._fan_out = fan_out
        self._tester = tester
        self._over = threading.Event()
        # What still runs when the cycle is over (a region that hangs) does nothing more.
        self._budget = budget.unless(self._over.is_set)
        run = terms.run
        self._window = Window.settled(now, timedelta(minutes=run.metric_delay_minutes))
        self._summary = Summary(self._window, dry_run=run.dry_run, replay=terms.replay)
        self._summary.trouble(*problems)
        self._watching = Collector(run, memory, self._window, self._budget, self._summary)
        self._accounts = Accounts.of(access, deployment, run)
        self._places = [Collected(target) for target in self._sites()]
        self._counting = threading.Lock()
        self._counted = shard is not None or not terms.sees_all

    def _sites(self) -> list[Target]:
        targets = self._accounts.targets(self._terms.run, self._deployment.home_region)
        if self._shard is None:
            return targets
        wanted = (self._shard.account, self._shard.region)
        return [target for target in targets if (target.account, target.region) == wanted]

    def run(self) -> Summary:
        """Do what time allows; every failure is a problem in the summary, never an exception."""
        self._memory.begin(self._now)
        self._summary.trouble(*self._accounts.strangers(self._terms.run))
        before = self._calls()
        lanes = ThreadPoolExecutor(max(1, len(self._places)), thread_name_prefix="place")
        try:
            running = {lanes.submit(self._lane, place): place for place in self._places}
            left = self._budget.seconds - _SECONDS_TO_FINISH
            _, late = wait(running, timeout=None if left == float("inf") else max(0.0, left))
            for poller in late:
                self._summary.leave_unfinished(str(running[poller].target))
            if self._shard is None:
                self._at_home()
            if self._terms.own:
                self._test_safely()
                self._tell_safely()
        finally:
            self._over.set()
            lanes.shutdown(wait=False, cancel_futures=True)
        self._summary.finish(self._calls() - before, self._watching.clock.seconds)
        return self._summary

    @property
    def fleet(self) -> list[Resource]:
        """What serves, as far as this cycle saw it."""
        return [r for place in self._places if place.found for r in place.found.active]

    def _calls(self) -> Counter[str]:
        calls: Counter[str] = Counter()
        for access in self._accounts.ways.values():
            for (service, operation), number in access.calls.copy().items():
                calls[f"{service}:{operation}"] += number
        return calls

    def _lane(self, place: Collected) -> None:
        try:
            samples = self._watching.place(place, self._keeps)
            if self._terms.replay:
                return
            # Imported when the datapoints are out: a cold start publishes sooner.
            from personalize_monitor.cycle.reconcile import reconcile_place  # noqa: PLC0415

            reconcile_place(self._tending(place.target), place.found, samples)
        except Exception as error:  # noqa: BLE001  one place must never cost the others theirs
            if self._over.is_set():
                return
            _log.exception("place failed", extra={"place": str(place.target)})
            self._summary.trouble(
                f"{place.target} failed unexpectedly ({type(error).__name__}: {error}); "
                "the other places are not affected, and the next cycle tries again."
            )

    def _keeps(self, place: Collected) -> bool:
        """Hear that a place is listed: the last one lets the counts go out."""
        with self._counting:
            ready = not self._counted and all(one.census for one in self._places)
            self._counted = self._counted or ready
        if ready:
            self._put_counts([one.census for one in self._places])
        if self._fan_out is not None and place.census is not None:
            place.handed_over = not self._fan_out.keeps(place.target, place.census.total)
            if place.handed_over:
                self._summary.hand_over(str(place.target))
        return not place.handed_over

    def _put_counts(self, censuses: list[Census | None]) -> None:
        known = [census for census in censuses if census is not None and census.sure]
        if censuses and not known:
            self._summary.trouble(
                "The fleet could not be counted, because no list is complete; "
                "the counts have no datapoint in this window."
            )
            return
        blank = [
            str(one.target)
            for one, census in zip(self._places, censuses, strict=True)
            if census is None or not census.sure
        ]
        if blank:
            self._summary.trouble(
                f"The counts of the fleet leave out {', '.join(blank)}, because its lists are not "
                "complete and nothing is remembered of it."
            )
        points = counts(
            sum(census.campaigns for census in known),
            sum(census.recommenders for census in known),
            self._window,
        )
        self._watching.publish(Metrics(self._access, self._deployment.home_region), points)

    def _at_home(self) -> None:
        """What concerns the whole fleet: its counts, its dashboard, places no longer watched."""
        from personalize_monitor.cycle.reconcile import reconcile_home  # noqa: PLC0415  see the lanes

        with self._counting:
            missing, self._counted = not self._counted, True
        if missing:
            self._put_counts([one.census or self._remembered(one.target) for one in self._places])
        home = Target(self._access, self._deployment.account, self._deployment.home_region)
        found = {one.target: one.found for one in self._places}
        whole = not any(one.handed_over for one in self._places)
        if self._terms.replay:
            return
        try:
            reconcile_home(self._tending(home), self.fleet, found, whole=whole)
        except Exception as error:  # noqa: BLE001  the datapoints are out: report, do not fail
            _log.exception("work at home failed")
            self._summary.trouble(f"The work at home failed ({type(error).__name__}: {error}).")

    def _test_safely(self) -> None:
        """The self-test, where it is due: it must cost the fleet nothing, not even its failure."""
        if self._tester is None or self._shard is not None:
            return
        if not self._budget.allows(_SECONDS_TO_TEST):
            return
        try:
            self._memory.tests, problems = self._tester(self._memory.tests, self.fleet)
            self._summary.trouble(*problems)
        except Exception as error:  # noqa: BLE001  the datapoints are out: report, do not fail
            _log.exception("the self-test failed")
            self._summary.trouble(f"The self-test failed ({type(error).__name__}: {error}).")

    def _tell_safely(self) -> None:
        try:
            self._tell()
        except Exception as error:  # noqa: BLE001  the datapoints are out: report, do not fail
            _log.exception("telling problems failed")
            self._summary.trouble(f"Telling problems failed ({type(error).__name__}: {error}).")

    def _tell(self) -> None:
        """Make known what went wrong: as a metric, and to people when it lasts."""
        from personalize_monitor.notify.troubles import trouble_notice  # noqa: PLC0415  see the lanes

        home = self._deployment.home_region
        if self._shard is None:
            notice = trouble_notice(
                self._summary.met, self._deployment, self._book, self._memory, self._now
            )
            for event, why in Events(self._access, home).put([notice] if notice else []):
                self._memory.told_troubles = None
                self._summary.trouble(f"The notice about {event.detail['Kind']} is lost: {why}")
        # Not one of the window's datapoints, so it is not counted among them.
        points = problem_count(len(self._summary.met), self._window)
        for why in Metrics(self._access, home).publish(NAMESPACE, points).values():
            self._summary.trouble(f"The number of problems was not published. {why}")

    def _remembered(self, target: Target) -> Census:
        """What was there in the last cycle, for a place that has not answered yet."""
        fleet = self._memory.fleets.get((target.account, target.region))
        kinds = [r.kind for r in fleet or () if r.state is State.ACTIVE]
        campaigns, recommenders = kinds.count(Kind.CAMPAIGN), kinds.count(Kind.RECOMMENDER)
        return Census(campaigns, recommenders, sure=fleet is not None)

    @cached_property
    def _book(self) -> JournalReader:
        from personalize_monitor.journal.journal_reader import JournalReader  # noqa: PLC0415  see the lanes

        return JournalReader.of(self._access, self._deployment, remember=True)

    def _tending(self, target: Target) -> Reconciler:
        from personalize_monitor.cycle.reconcile import Reconciler  # noqa: PLC0415  see the lanes

        return Reconciler(
            target=target,
            deployment=self._deployment,
            terms=self._terms,
            memory=self._memory,
            reader=self._book,
            home=self._access,
            window=self._window,
            now=self._now,
            budget=self._budget,
            summary=self._summary,
        )
