"""One cycle: discover, measure, publish; then alarms, decisions, dashboard.

Places (an account in a region) run side by side and fail alone. Datapoints come first in each;
what follows takes the time that is left and continues in the next cycle where it stopped.
"""

from __future__ import annotations

import logging
from concurrent.futures import Executor, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from personalize_monitor.app.book import Book
from personalize_monitor.app.budget import Budget
from personalize_monitor.app.discover import Discovery, Found
from personalize_monitor.app.measure import measure
from personalize_monitor.app.memory import Memory
from personalize_monitor.app.publish import counts, datums
from personalize_monitor.app.site import Deployment, Site
from personalize_monitor.app.summary import Summary
from personalize_monitor.app.tend import Tending, tend, tend_home
from personalize_monitor.aws.access import WORKERS, Access
from personalize_monitor.aws.metrics import Datum, Metrics
from personalize_monitor.contract import NAMESPACE
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import Window
from personalize_monitor.settings import Settings

_SECONDS_TO_FINISH = 15.0
"""Kept back from the invocation's time for the counts and the summary."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Watched:
    """One place after its datapoints are out; ``found`` is None when nothing could be read."""

    site: Site
    found: Found | None = None


class Cycle:
    """One run of the monitor. All it remembers is in ``memory``; ``now`` is the event's time."""

    def __init__(
        self,
        deployment: Deployment,
        settings: Settings,
        access: Access,
        memory: Memory,
        *,
        now: datetime,
        budget: Budget,
    ) -> None:
        self._deployment = deployment
        self._settings = settings
        self._access = access
        self._memory = memory
        self._now = now
        self._budget = budget
        self._window = Window.settled(now, timedelta(minutes=settings.metric_delay_minutes))
        self._summary = Summary(self._window, dry_run=settings.dry_run)

    def run(self) -> Summary:
        """Do what time allows; every failure is a problem in the summary, never an exception."""
        self._memory.begin(self._now)
        calls_before = self._access.calls.copy()
        sites = [
            Site(self._access, self._deployment.account, region)
            for region in self._settings.regions_to_watch(self._deployment.home_region)
        ]
        watched = [Watched(site) for site in sites]
        lanes = ThreadPoolExecutor(max(1, len(sites)), thread_name_prefix="place")
        pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="call")
        try:
            running = {lanes.submit(self._place, place, pool): place for place in watched}
            left = self._budget.seconds - _SECONDS_TO_FINISH
            _, late = wait(running, timeout=None if left == float("inf") else max(0.0, left))
            for lane in late:
                self._summary.unfinished.append(str(running[lane].site))
            self._at_home(watched, pool)
        finally:
            lanes.shutdown(wait=False, cancel_futures=True)
            pool.shutdown(wait=False, cancel_futures=True)
        for (service, operation), number in (self._access.calls - calls_before).items():
            self._summary.calls[f"{service}:{operation}"] = number
        return self._summary

    def _place(self, place: Watched, pool: Executor) -> None:
        try:
            samples = self._watch(place, pool)
            tend(self._tending(place.site), place.found, samples)
        except Exception as error:  # noqa: BLE001  one place must never cost the others theirs
            _log.exception("place failed", extra={"place": str(place.site)})
            self._summary.trouble(
                f"{place.site} failed unexpectedly ({type(error).__name__}: {error}); "
                "the other places are not affected, and the next cycle tries again."
            )

    def _watch(self, place: Watched, pool: Executor) -> dict[Resource, Sample]:
        """Everything up to the datapoints of one place."""
        site = place.site
        found = Discovery(site, self._settings, self._memory, self._window, pool).run()
        place.found = found
        self._summary.saw(found.resources)
        self._summary.trouble(*found.problems)
        metrics = Metrics(site.access, site.region)
        samples = measure(metrics, found.active, self._window)
        self._publish(metrics, datums(samples, self._window))
        self._summary.measured_as(samples)
        self._summary.metrics_requested += metrics.requested
        return samples

    def _publish(self, metrics: Metrics, points: list[Datum]) -> None:
        lost = metrics.publish(NAMESPACE, points)
        self._summary.published += len(points) - len(lost)
        for why in dict.fromkeys(lost.values()):
            affected = sorted({d.dimension[1] for d in lost if d.dimension and lost[d] == why})
            about = ", ".join(affected[:10]) or "the counts of the fleet"
            self._summary.trouble(f"Datapoints of {about} were not published. {why}")

    def _at_home(self, watched: list[Watched], pool: Executor) -> None:
        """What concerns the whole fleet: its counts, its dashboard, places no longer watched."""
        fleet = [r for place in watched if place.found for r in place.found.active]
        if all(place.found is not None and _all_seen(place.found) for place in watched):
            home = Metrics(self._access, self._deployment.home_region)
            self._publish(home, counts(fleet, self._window))
        else:
            self._summary.trouble(
                "The fleet could not be counted, because a list is not complete; "
                "the counts have no datapoint in this window."
            )
        try:
            home_site = Site(self._access, self._deployment.account, self._deployment.home_region)
            places = {place.site.region: place.found for place in watched}
            tend_home(self._tending(home_site), fleet, places, pool)
        except Exception as error:  # noqa: BLE001  the datapoints are out: report, do not fail
            _log.exception("work at home failed")
            self._summary.trouble(f"The work at home failed ({type(error).__name__}: {error}).")

    def _tending(self, site: Site) -> Tending:
        return Tending(
            site=site,
            deployment=self._deployment,
            settings=self._settings,
            memory=self._memory,
            book=Book.of(self._access, self._deployment),
            window=self._window,
            now=self._now,
            budget=self._budget,
            summary=self._summary,
        )


def _all_seen(found: Found) -> bool:
    """Whether the place's fleet is known: listed now, or remembered from a cycle before."""
    return len(found.complete) == 2 or bool(found.resources)
