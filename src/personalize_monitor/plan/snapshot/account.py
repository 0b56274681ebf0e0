"""The use case: look at an account, region by region, side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from personalize_monitor.alarms.existing import Existing
from personalize_monitor.alarms.names import read_name
from personalize_monitor.aws.access import WORKERS, Access
from personalize_monitor.aws.alarms import Alarms
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.aws.problems import sentence
from personalize_monitor.collect.discover import Discovery, Found
from personalize_monitor.collect.groups import known_group, learn
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Target
from personalize_monitor.decide.decide import Deciding
from personalize_monitor.decide.history import SPAN, demands
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.journal.casebook import cases_in, last_lowering
from personalize_monitor.model.counted import counted
from personalize_monitor.model.decision import Decision
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.floors import floor_at
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.sample import unknown
from personalize_monitor.plan.snapshot.month import figures
from personalize_monitor.plan.snapshot.reading import Reading, read
from personalize_monitor.plan.snapshot.values import (
    DAY,
    AlarmSeen,
    Arrivals,
    Errors,
    Place,
    Question,
    Seen,
    Snapshot,
)
from personalize_monitor.policy.floor import may_change
from personalize_monitor.policy.idle import may_be_idle

_READERS = 4
"""Calls of a region for two weeks of sums at a time: each answer has up to 100,800 of them."""

AlarmBook = Mapping[tuple[Kind, str], tuple[AlarmSeen, ...]]
"""Alarms by the kind and name of their resource."""


def take_snapshot(access: Access, question: Question) -> Snapshot:
    """See the account as ``question`` asks. Reads only; what fails is a problem of its place."""
    account = access.account
    targets = [Target(access, account, region) for region in question.regions]
    with (
        ThreadPoolExecutor(max(1, len(targets)), thread_name_prefix="place") as lanes,
        ThreadPoolExecutor(WORKERS, thread_name_prefix="call") as pool,
    ):
        places = tuple(lanes.map(lambda target: _place(target, question, pool), targets))
    seen = Snapshot(
        account=account,
        now=question.now,
        window=question.window,
        span=question.span,
        places=places,
        prices_as_of=question.prices.as_of,
    )
    return _with_cases(seen, question)


def _with_cases(seen: Snapshot, question: Question) -> Snapshot:
    """With what became of the last lowering of each floor, as the journal has it."""
    there = {str(one.resource.arn): one.resource for one in seen.seen}
    try:
        found = cases_in(
            question.reader, there, now=question.now, hours=SPAN.total_seconds() / 3600
        )
    except JournalUnavailable as problem:
        return replace(seen, journal_trouble=f"What became of changes is not known. {problem}")
    last = {arn: last_lowering(cases) for arn, cases in found.items()}
    places = (
        replace(
            place,
            seen=tuple(replace(one, case=last.get(str(one.resource.arn))) for one in place.seen),
        )
        for place in seen.places
    )
    return replace(seen, places=tuple(places)) if last else seen


def _place(target: Target, question: Question, pool: Executor) -> Place:
    memory = Memory()
    before = question.before.get(target.region)
    if before is not None:
        memory.fleets[target.account, target.region] = tuple(one.resource for one in before.seen)
    discovery = Discovery(target, question.settings, memory, question.window, pool)

    def so_far() -> Arrivals:
        # Copied at once, as other threads add to it.
        return Arrivals(tuple(memory.campaigns.copy().values()), discovery.census.total)

    question.arriving(target.region, so_far)
    found = discovery.run()
    missing = frozenset(Kind) - found.complete
    question.progress(f"{target.region}: {counted(len(found.resources), 'resource')} found")
    # A look at the past does not show what was created since.
    there = tuple(r for r in found.resources if not question.past or r.created <= question.now)
    place = Place(
        target.region,
        problems=tuple(found.problems),
        answered=not missing or any(not r.stale for r in there),
        missing=missing,
        since=_since(before, missing, there, question),
    )
    if not there and missing == frozenset(Kind):
        return place
    # Three questions that do not depend on each other: alarms, demand, dataset groups.
    alarms = pool.submit(_alarms, target)
    measured = pool.submit(_measured, target, question, found, memory)
    problems = list(found.problems)
    if question.groups:
        problems += learn(target, there, memory, pool)
    readings, decisions = measured.result()
    question.progress(f"{target.region}: demand read")
    reader, trouble = alarms.result()
    problems += [trouble] if trouble else []
    problems += [
        f"The requests of {resource.arn} are unknown: {reading.sample.why_unknown}"
        for resource, reading in readings.items()
        if not reading.sample.known and resource.created < question.window.start
    ]
    seen = _seen(question, there, readings, decisions, reader)
    return replace(
        place,
        seen=tuple(replace(one, dataset_group=known_group(one.resource, memory)) for one in seen),
        problems=tuple(problems),
    )


def _since(
    before: Place | None, missing: Collection[Kind], there: Iterable[Resource], question: Question
) -> datetime | None:
    """Since when a part of the region does not answer; None while all of it does."""
    if not missing and not any(resource.stale for resource in there):
        return None
    return question.now if before is None or before.since is None else before.since


def _measured(
    target: Target, question: Question, found: Found, memory: Memory
) -> tuple[dict[Resource, Reading], dict[Resource, Decision]]:
    metrics = Metrics(target.access, target.region)
    active = [r for r in found.active if r.created < question.window.end]
    if not active:
        return {}, {}
    if question.depth == "day":
        return read(metrics, active, question.window, question.span), {}
    known = _demands(target, question, metrics, active, memory)
    span = DAY if question.depth == "month" else question.span
    readings = read(metrics, active, question.window, span, known)
    if question.depth == "month":
        return readings, {}
    samples = {resource: reading.sample for resource, reading in readings.items()}
    deciding = Deciding(
        target=target,
        metrics=metrics,
        reader=question.reader,
        deployed=question.deployed,
        settings=question.settings,
        memory=memory,
        window=question.window,
        now=question.now,
    )
    considered = deciding.run(samples, Budget()).considered
    return readings, {one.decision.resource: one.decision for one in considered}


def _demands(
    target: Target, question: Question, metrics: Metrics, active: Sequence[Resource], memory: Memory
) -> dict[Resource, Demand]:
    """Two weeks of each, some calls at a time; the progress tells how far it is."""
    done = 0

    def heard(more: int) -> None:
        nonlocal done
        done += more  # a count that is short for a moment does no harm
        question.progress(
            f"{target.region}: demand of {done} of {counted(len(active), 'resource')}"
        )

    # Threads of their own: one that waits here for others of its own pool might wait for ever.
    with ThreadPoolExecutor(_READERS, thread_name_prefix="demand") as readers:
        return demands(metrics, active, question.window, memory, pool=readers, progress=heard)


def _alarms(target: Target) -> tuple[AlarmBook | None, str]:
    """The alarms of this application by resource, or None and why they could not be read."""
    listing = Alarms(target.access, target.region).ours()
    if listing.error is not None:
        return None, sentence(f"Listing alarms of {target}", listing.error)
    reader: dict[tuple[Kind, str], tuple[AlarmSeen, ...]] = {}
    for item in listing.items:
        alarm, named = Existing.of(item), read_name(item["AlarmName"])
        if named is not None:
            seen = AlarmSeen(
                name=alarm.name,
                sort=named.sort,
                state=alarm.state,
                speaks=alarm.enabled,
                muted=alarm.muted,
                since=item.get("StateUpdatedTimestamp"),
            )
            key = (named.kind, named.resource)
            reader[key] = (*reader.get(key, ()), seen)
    return reader, ""


def _seen(
    question: Question,
    resources: Iterable[Resource],
    readings: Mapping[Resource, Reading],
    decisions: Mapping[Resource, Decision],
    reader: AlarmBook | None,
) -> tuple[Seen, ...]:
    end = int(question.window.end.timestamp())
    nothing = Reading(
        Demand(end, ()), unknown("It does not serve."), (), Errors(client=None, server=None)
    )
    shown = {r: _as_of(r, readings.get(r, nothing), question) for r in resources}
    money = figures(
        {shown[r]: readings.get(r, nothing).demand for r in shown},
        {shown[r]: decision for r, decision in decisions.items()},
        question.prices,
    )
    seen = []
    for original in sorted(shown, key=lambda r: (r.name, str(r.arn))):
        resource, reading = shown[original], readings.get(original, nothing)
        seen.append(
            Seen(
                resource=resource,
                sample=reading.sample,
                demand=reading.demand,
                floors=_floors(resource, reading),
                errors=reading.errors,
                alarms=None if reader is None else reader.get((resource.kind, resource.name), ()),
                guards=_guards(resource, question),
                figures=money[resource],
                decision=decisions.get(original),
            )
        )
    return tuple(seen)


def _as_of(resource: Resource, reading: Reading, question: Question) -> Resource:
    """The resource with the floor of the question's time, where metrics still tell it."""
    if not question.past or not reading.floors:
        return resource
    return replace(resource, floor=floor_at(reading.floors, question.window.end.timestamp()))


def _floors(resource: Resource, reading: Reading) -> tuple[tuple[int, int], ...]:
    """Floors as the metrics tell them, ending with the one in force."""
    start = reading.demand.start
    if not reading.floors:
        return ((start, resource.floor),)
    (_, first), *rest = reading.floors
    line = [(start, first), *rest]
    if line[-1][1] != resource.floor:
        line.append((max(line[-1][0], reading.demand.end), resource.floor))
    return tuple(line)


def _guards(resource: Resource, question: Question) -> tuple[str, ...]:
    """Names of what would hold back an action now, as far as no history is needed for it."""
    settings, now = question.settings, question.now
    held = (may_change(resource, settings, now), may_be_idle(resource, settings.idle_hours, now))
    return tuple(dict.fromkeys(d.held_by for d in held if d is not None and d.held_by))
