"""What follows the datapoints of a place: its alarms, its decisions, and the requests they make."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from personalize_monitor.alarms.desired import UNKNOWN, desired, digest
from personalize_monitor.alarms.hours import learn_hours
from personalize_monitor.alarms.reconcile import reconcile
from personalize_monitor.alarms.topics import ensure
from personalize_monitor.aws.access import WORKERS, Access
from personalize_monitor.aws.events import Event, Events
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.collect.discover import Found
from personalize_monitor.collect.groups import known_group, learn
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.memory import AlarmsDone, Memory
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.context.terms import Terms
from personalize_monitor.contract import BUILD_DASHBOARD_EVENT, VERDICT_KIND
from personalize_monitor.cycle.summary import Summary
from personalize_monitor.dashboard.build import build
from personalize_monitor.decide.considered import Considered
from personalize_monitor.decide.decide import Decided, Deciding, acting
from personalize_monitor.decide.requests import request_of
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.harm.aftermath import Aftermath
from personalize_monitor.harm.cases import Cases
from personalize_monitor.harm.comparing import Comparing
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.apart import apart
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import Window
from personalize_monitor.notify.blocked_notice import HELD_KIND, held_notice
from personalize_monitor.uninstall.run import unwatched
from personalize_monitor.uninstall.sweep import sweep_region

_log = logging.getLogger(__name__)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_ALARM_SECONDS = 45.0
"""At nearly three a second this makes 125 alarms a cycle; larger fleets need several cycles."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Everything that the work on one place needs; ``home`` is the way to the deployment's own."""

    target: Target
    home: Access
    deployment: Deployment
    terms: Terms
    memory: Memory
    reader: JournalReader
    window: Window
    now: datetime
    budget: Budget
    summary: Summary

    @property
    def speaks(self) -> bool:
        """Whether requests and notices go out, and so may be remembered as sent."""
        return self.terms.speaks


def reconcile_place(
    at: Reconciler, found: Found | None, samples: Mapping[Resource, Sample]
) -> None:
    """Alarms, then decisions, of one place; nothing where nothing could be seen."""
    if found is None or not (found.resources or found.complete):
        return
    if at.terms.keeps(at.target, at.home, at.deployment):
        if at.terms.deployed.idle_alarms:
            odd = learn_hours(at.target, samples, at.memory, at.window, at.budget)
            at.summary.trouble(*odd)
        _alarms(at, found)
    metrics = Metrics(at.target.access, at.target.region)
    deciding = Deciding(at.target, metrics, at.reader, at.terms.run, at.memory, at.window, at.now)
    backs, verdicts = _cases(at, metrics, samples)  # first: what hurt must not be set again
    decided = _decide(at, deciding, samples)
    at.memory.in_place |= decided.in_place  # so that no alarm asks to lower what is right
    decided.notices += [*verdicts, *_held(at, decided), *_outcomes(at, found)]
    at.summary.asked(metrics.requested)
    if not decided.finished:
        at.summary.leave_unfinished(f"decisions of {at.target}")
    at.summary.decided(decided.considered, _send(at, decided, backs))


def _decide(at: Reconciler, deciding: Deciding, samples: Mapping[Resource, Sample]) -> Decided:
    """The decisions; one that fails in a way that nobody thought of costs nothing but them."""
    try:
        return deciding.run(samples, at.budget)
    except Exception as error:  # noqa: BLE001  the place's other work goes on
        _log.exception("decisions failed", extra={"place": str(at.target)})
        at.summary.trouble(
            f"Decisions of {at.target} failed unexpectedly ({type(error).__name__}: {error}); "
            "nothing is changed there, and the next cycle tries again."
        )
        return Decided()


def _held(at: Reconciler, decided: Decided) -> list[Event]:
    """What people should know that guards hold back, if they want to."""
    if not at.terms.run.notify_held_back or not at.speaks:
        return []
    try:
        event = held_notice(decided.considered, at.target, at.reader, at.memory, at.now)
    except JournalUnavailable as problem:
        at.summary.trouble(f"Nobody is told what is held back now. {problem}")
        return []
    return [] if event is None else [event]


def _cases(
    at: Reconciler, metrics: Metrics, samples: Mapping[Resource, Sample]
) -> tuple[list[Event], list[Event]]:
    """Floors that go back because callers suffer from what we lowered, and verdicts for people."""
    if not at.speaks:
        return [], []
    problems: list[str] = []
    cases = Cases(at.target, metrics, at.reader, at.memory, at.window, at.now, problems)
    try:
        backs, verdicts = cases.run(samples, at.budget)
    except Exception as error:  # noqa: BLE001  the place's other work goes on
        _log.exception("cases failed", extra={"place": str(at.target)})
        problems.append(
            f"The cases of {at.target} failed unexpectedly ({type(error).__name__}: {error}); the "
            "next cycle looks at them again."
        )
        backs, verdicts = [], []
    at.summary.trouble(*problems)
    return backs if at.terms.run.adjust_floor else [], verdicts


def _outcomes(at: Reconciler, found: Found) -> list[Event]:
    """Changes of ours that failed after they were announced, or changed more than they should."""
    if not at.speaks:
        return []
    problems: list[str] = []
    events = Aftermath(at.target, at.reader, at.now, problems).run(found.active)
    comparing = Comparing(at.target, at.reader, at.memory, at.now, problems)
    events += comparing.run(found.resources)
    at.summary.trouble(*problems)
    return events


def _said_first(at: Reconciler, notice: Event) -> bool:
    """Whether no other invocation of this event has sent this notice."""
    text = json.dumps([notice.resource, notice.detail, at.now.isoformat()], sort_keys=True)
    return at.reader.first(f"claims/notices/{hashlib.sha256(text.encode()).hexdigest()[:40]}")


def _send(at: Reconciler, decided: Decided, backs: Sequence[Event]) -> int:
    """Hand what was decided to the executors, and notices to people; answers how many went out."""
    if not at.speaks:
        return 0
    events, odd = _requests(at, acting(decided.considered))
    at.summary.trouble(*odd)
    asked_back = {event.resource for event in backs}
    # Where a step back goes the floor belongs: no alarm must ask to lower it again.
    at.memory.in_place.update(dict.fromkeys(asked_back, True))
    events = [event for event in events if event.resource not in asked_back]
    events += [*backs, *(one for one in decided.notices if _said_first(at, one))]
    if not events:
        return 0
    lost = Events(at.home, at.deployment.home_region).put(events)
    for event, why in lost:
        _give_back(at, event)
        at.summary.trouble(f"The event {event.detail_type} for {event.resource} is lost: {why}")
    return len(events) - len(lost)


def _requests(at: Reconciler, changing: Sequence[Considered]) -> tuple[list[Event], list[str]]:
    """The events that ask for changes, and what could not be asked."""
    if not changing:
        return [], []
    # Only here, because a cycle that changes nothing need not wait for prices.
    from personalize_monitor.cycle.worth import monthly_savings  # noqa: PLC0415
    from personalize_monitor.plan.learned_prices import in_force  # noqa: PLC0415

    place = (at.target.account, at.target.region)
    prices = in_force(at.reader, at.terms.deployed, account=at.target.account, now=at.now)
    at.summary.trouble(*prices.unreadable)
    savings = monthly_savings(changing, at.memory, place, prices.table)
    return apart(
        changing,
        lambda one: request_of(one, now=at.now, saving=savings.get(str(one.decision.resource.arn))),
        doing="Asking for the change of",
        name=lambda one: str(one.decision.resource.arn),
    )


def _give_back(at: Reconciler, event: Event) -> None:
    """What was not sent is not done: the next cycle decides or tells again."""
    at.memory.turns.pop(event.resource, None)
    if event.detail.get("Kind") == HELD_KIND:
        at.memory.told_held.pop((at.target.account, at.target.region), None)
    docket = at.memory.dockets.get((at.target.account, at.target.region))
    if event.detail.get("Kind") == VERDICT_KIND and docket is not None:
        docket.untold.append(event)


def _alarms(at: Reconciler, found: Found) -> None:
    place = (at.target.account, at.target.region)
    settings = at.terms.deployed
    hours = {r.arn: at.memory.idle_hours.get(str(r.arn), UNKNOWN) for r in found.resources}
    in_place = {r.arn: at.memory.in_place.get(str(r.arn)) for r in found.resources}
    wanted = desired(
        found.resources,
        settings,
        at.deployment,
        at.target.account,
        at.target.region,
        at.now,
        idle_hours=hours,
        in_place=in_place,
    )
    mark = digest(wanted)
    last = at.memory.alarms.get(place)
    fresh = last is not None and last.done and last.digest == mark and at.now - last.at < _HOUR
    if fresh:
        return
    at.summary.trouble(*ensure(at.target, settings, at.deployment))
    report = reconcile(
        at.target,
        found.resources,
        found.complete,
        settings,
        at.deployment,
        at.now,
        at.budget.at_most(_ALARM_SECONDS),
        idle_hours=hours,
        in_place=in_place,
    )
    at.memory.alarms[place] = AlarmsDone(mark, at.now, report.done and not report.young)
    at.summary.keep_alarms(report.counts(), report.muted)
    at.summary.trouble(*report.problems)
    if not report.done:
        at.summary.leave_unfinished(f"alarms of {at.target}")


def reconcile_home(
    at: Reconciler,
    fleet: Sequence[Resource],
    places: Mapping[Target, Found | None],
    *,
    whole: bool,
) -> None:
    """The dashboard once an hour, and once a day the regions that are no longer watched.

    ``places`` are those of all accounts. Where ``fleet`` is not ``whole``, because others
    watch parts of it, the dashboard's own function is asked to look at all of it.
    """
    if at.terms.sees_all and _dashboard_due(at):
        if whole:
            _build(at, fleet, places)
        else:
            _ask_for_dashboard(at)
        at.memory.done(_DASHBOARD, at.window)
    _sweep(at)


def _build(
    at: Reconciler, fleet: Sequence[Resource], places: Mapping[Target, Found | None]
) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        for target, found in places.items():
            if found is not None:
                at.summary.trouble(*learn(target, found.active, at.memory, pool))
    grouped = [replace(r, dataset_group_arn=known_group(r, at.memory)) for r in fleet]
    unseen = [
        f"{target.region if target.account == at.target.account else target} did not answer."
        for target, found in places.items()
        if found is None or found.blank
    ]
    report = build(at.home, at.deployment, grouped, at.terms.deployed, now=at.now, notes=unseen)
    at.summary.trouble(*report.problems)
    at.summary.show(len(report.names))


def _ask_for_dashboard(at: Reconciler) -> None:
    event = Event(BUILD_DASHBOARD_EVENT, {"Reason": "An hour has passed."})
    for _, why in Events(at.home, at.deployment.home_region).put([event]):
        at.summary.trouble(f"The dashboard is not rebuilt in this hour: {why}")


_DASHBOARD = "dashboard"


def _dashboard_due(at: Reconciler) -> bool:
    # A cold start builds it in the second cycle: the first has describes enough to make.
    cold = at.memory.cycles == 1 and at.memory.turns.get(_DASHBOARD) is None
    on_the_hour = at.window.number % 12 == 0
    return on_the_hour if cold else at.memory.is_due(_DASHBOARD, at.window)


def _sweep(at: Reconciler) -> None:
    """Remove what we made in places that we no longer watch: one place a cycle, each once a day.

    One at a time, because a region that does not answer costs seconds, and nothing hurries.
    """
    targets = unwatched(at.home, at.deployment, at.terms.deployed)
    if not targets or not at.budget.allows(_SECONDS_FOR_A_SWEEP):
        return
    target = targets[at.window.number % len(targets)]
    place = (target.account, target.region)
    last = at.memory.swept.get(place)
    if last is not None and at.now - last < _DAY:
        return
    report = sweep_region(target, at.deployment, budget=at.budget)
    at.summary.keep_alarms({"swept": report.alarms})
    if report.done:
        at.memory.swept[place] = at.now


_SECONDS_FOR_A_SWEEP = 60.0
