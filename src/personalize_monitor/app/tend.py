"""What follows the datapoints of a place: its alarms, its decisions, and the requests they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from personalize_monitor.app.alarms.desired import desired, digest
from personalize_monitor.app.alarms.reconcile import reconcile
from personalize_monitor.app.book import Book
from personalize_monitor.app.budget import Budget
from personalize_monitor.app.considered import Considered
from personalize_monitor.app.dashboard.build import build
from personalize_monitor.app.decide import Decided, Deciding, acting
from personalize_monitor.app.discover import Found
from personalize_monitor.app.groups import known_group, learn
from personalize_monitor.app.held import HELD_KIND, held_notice
from personalize_monitor.app.memory import AlarmsDone, Memory
from personalize_monitor.app.requests import request_of
from personalize_monitor.app.site import Deployment, Site
from personalize_monitor.app.stepback import StepBack, ask_again, watch
from personalize_monitor.app.summary import Summary
from personalize_monitor.app.sweep import sweep_region
from personalize_monitor.app.topics import ensure
from personalize_monitor.app.uninstall import regions_of
from personalize_monitor.aws.access import WORKERS, Access
from personalize_monitor.aws.events import Event, Events
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.contract import BUILD_DASHBOARD_EVENT, STEP_BACK_KEY
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import Window
from personalize_monitor.settings import Settings

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_ALARM_SECONDS = 45.0
"""At nearly three a second this makes 125 alarms a cycle; larger fleets need several cycles."""


@dataclass(frozen=True, slots=True)
class Tending:
    """Everything that the work on one place needs; ``home`` is the way to the deployment's own."""

    site: Site
    home: Access
    deployment: Deployment
    settings: Settings
    memory: Memory
    book: Book
    window: Window
    now: datetime
    budget: Budget
    summary: Summary

    @property
    def speaks(self) -> bool:
        """Whether requests and notices go out, and so may be remembered as sent."""
        return self.settings.actions and not self.settings.dry_run


def tend(at: Tending, found: Found | None, samples: Mapping[Resource, Sample]) -> None:
    """Alarms, then decisions, of one place."""
    if found is None:
        return
    _alarms(at, found)
    metrics = Metrics(at.site.access, at.site.region)
    deciding = Deciding(at.site, metrics, at.book, at.settings, at.memory, at.window, at.now)
    decided = deciding.run(samples, at.budget)
    backs = _steps_back(at, found, metrics)
    decided.notices += _held(at, decided)
    at.summary.asked(metrics.requested)
    if not decided.finished:
        at.summary.leave_unfinished(f"decisions of {at.site}")
    at.summary.decided(decided.considered, _send(at, decided, backs))


def _held(at: Tending, decided: Decided) -> list[Event]:
    """What people should know that guards hold back, if they want to."""
    if not at.settings.notify_held_back or not at.speaks:
        return []
    try:
        event = held_notice(decided.considered, at.site, at.book, at.memory, at.now)
    except JournalUnavailable as problem:
        at.summary.trouble(f"Nobody is told what is held back now. {problem}")
        return []
    return [] if event is None else [event]


def _steps_back(at: Tending, found: Found, metrics: Metrics) -> list[Event]:
    """Floors that go back because callers suffer from what we lowered."""
    if not at.settings.adjust_floor or not at.speaks:
        return []
    problems: list[str] = []
    looking = StepBack(at.site, metrics, at.book, at.memory, at.window, at.now, problems)
    events = looking.run(found.active)
    at.summary.trouble(*problems)
    return events


def _send(at: Tending, decided: Decided, backs: Sequence[Event]) -> int:
    """Hand what was decided to the executors, and notices to people; answers how many went out."""
    if not at.speaks:
        return 0
    events = _requests(at, acting(decided.considered))
    asked_back = {event.resource for event in backs}
    events = [event for event in events if event.resource not in asked_back]
    events += [*backs, *decided.notices]
    if not events:
        return 0
    watch(at.memory, at.site, events, at.now)
    lost = Events(at.home, at.deployment.home_region).put(events)
    for event, why in lost:
        _give_back(at, event)
        at.summary.trouble(f"The event {event.detail_type} for {event.resource} is lost: {why}")
    return len(events) - len(lost)


def _requests(at: Tending, changing: Sequence[Considered]) -> list[Event]:
    if not changing:
        return []
    # Only here, because a cycle that changes nothing need not wait for prices.
    from personalize_monitor.app.worth import monthly_savings  # noqa: PLC0415
    from personalize_monitor.model.price_file import shipped_prices  # noqa: PLC0415

    place = (at.site.account, at.site.region)
    savings = monthly_savings(changing, at.memory, place, shipped_prices())
    return [
        request_of(one, now=at.now, saving=savings.get(str(one.decision.resource.arn)))
        for one in changing
    ]


def _give_back(at: Tending, event: Event) -> None:
    """What was not sent is not done: the next cycle decides, steps back or tells again."""
    at.memory.turns.pop(event.resource, None)
    if event.detail.get(STEP_BACK_KEY):
        ask_again(at.memory, event.resource)
    if event.detail.get("Kind") == HELD_KIND:
        at.memory.told_held.pop((at.site.account, at.site.region), None)


def _alarms(at: Tending, found: Found) -> None:
    place = (at.site.account, at.site.region)
    wanted = desired(
        found.resources, at.settings, at.deployment, at.site.account, at.site.region, at.now
    )
    mark = digest(wanted)
    last = at.memory.alarms.get(place)
    fresh = last is not None and last.done and last.digest == mark and at.now - last.at < _HOUR
    if fresh:
        return
    at.summary.trouble(*ensure(at.site, at.settings, at.deployment))
    report = reconcile(
        at.site,
        found.resources,
        found.complete,
        at.settings,
        at.deployment,
        at.now,
        at.budget.at_most(_ALARM_SECONDS),
    )
    at.memory.alarms[place] = AlarmsDone(mark, at.now, report.done and not report.young)
    at.summary.alarms.update(report.counts())
    at.summary.muted.extend(report.muted)
    at.summary.trouble(*report.problems)
    if not report.done:
        at.summary.leave_unfinished(f"alarms of {at.site}")


def tend_home(
    at: Tending,
    fleet: Sequence[Resource],
    places: Mapping[str, Found | None],
    *,
    whole: bool,
) -> None:
    """The dashboard once an hour, and once a day the regions that are no longer watched.

    ``places`` are those of the home account. Where ``fleet`` is not ``whole``, because others
    watch parts of it, the dashboard's own function is asked to look at all of it.
    """
    if _dashboard_due(at):
        if whole:
            _build(at, fleet, places)
        else:
            _ask_for_dashboard(at)
        at.memory.done(_DASHBOARD, at.window)
    _sweep(at, set(places))


def _build(at: Tending, fleet: Sequence[Resource], places: Mapping[str, Found | None]) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        for region, found in places.items():
            if found is not None:
                site = replace(at.site, region=region)
                at.summary.trouble(*learn(site, found.active, at.memory, pool))
    grouped = [replace(r, dataset_group_arn=known_group(r, at.memory)) for r in fleet]
    unseen = [f"{region} did not answer." for region, found in places.items() if not found]
    report = build(at.home, at.deployment, grouped, at.settings, now=at.now, notes=unseen)
    at.summary.trouble(*report.problems)
    at.summary.dashboards = len(report.names)


def _ask_for_dashboard(at: Tending) -> None:
    event = Event(BUILD_DASHBOARD_EVENT, {"Reason": "An hour has passed."})
    for _, why in Events(at.home, at.deployment.home_region).put([event]):
        at.summary.trouble(f"The dashboard is not rebuilt in this hour: {why}")


_DASHBOARD = "dashboard"


def _dashboard_due(at: Tending) -> bool:
    # A cold start builds it in the second cycle: the first has describes enough to make.
    cold = at.memory.cycles == 1 and at.memory.turns.get(_DASHBOARD) is None
    on_the_hour = at.window.number % 12 == 0
    return on_the_hour if cold else at.memory.is_due(_DASHBOARD, at.window)


def _sweep(at: Tending, watched: set[str]) -> None:
    """Remove what we made in regions that we no longer watch: one region a cycle, each once a day.

    One at a time, because a region that does not answer costs seconds, and nothing hurries.
    """
    regions = [region for region in regions_of(at.deployment) if region not in watched]
    if not regions or not at.budget.allows(_SECONDS_FOR_A_SWEEP):
        return
    region = regions[at.window.number % len(regions)]
    place = (at.site.account, region)
    last = at.memory.swept.get(place)
    if last is not None and at.now - last < _DAY:
        return
    report = sweep_region(replace(at.site, region=region), at.deployment, budget=at.budget)
    at.summary.alarms.update({"swept": report.alarms})
    if report.done:
        at.memory.swept[place] = at.now


_SECONDS_FOR_A_SWEEP = 60.0
