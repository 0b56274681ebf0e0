"""Gather what the guards judge by, for a decision that would change something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from personalize_monitor.aws.metrics import Metrics, Query
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.aws.series import Series
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Target
from personalize_monitor.contract import (
    DIMENSION,
    FLOOR_METRIC,
    FLOOR_UPDATED_EVENT,
    NAMESPACE,
)
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.harm.aftermath import failures, try_again_at
from personalize_monitor.harm.cases import remembered
from personalize_monitor.journal.comparisons import Comparisons, recall
from personalize_monitor.journal.holds import held_by_journal
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.entry import changes_of_ours
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS, floor_to
from personalize_monitor.policy.floor import lowers
from personalize_monitor.policy.guards import FloorPast, GuardInputs
from personalize_monitor.policy.harm import World, lowest_allowed
from personalize_monitor.policy.tag_overrides import TagOverrides, tag_overrides_in
from personalize_monitor.settings import Settings

_BIRTH = timedelta(hours=2)  # creation itself updates a resource until it serves
_UPDATE_TAKES = timedelta(hours=1)  # between the announcement and the new floor in the metric
_LATE = timedelta(minutes=15)
_A_DAY = 24
_FORTNIGHT = 14 * 24 * 3600 - SECONDS * 12 * 7  # the last hours may not be settled
_FAILURES_COUNT_HOURS = 7 * 24.0


@dataclass(slots=True)
class GuardInputsReader:
    """One place's facts; what was read once in a cycle is not read again."""

    target: Target
    metrics: Metrics
    memory: Memory
    reader: JournalReader
    settings: Settings
    now: datetime
    personalize: Personalize = field(init=False)
    _wishes: dict[Resource, TagOverrides | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.personalize = Personalize(self.target.access, self.target.region)

    def overrides(self, resource: Resource) -> TagOverrides | str:
        """The resource's tags, understood, and the hold that no tag could carry.

        A sentence when they cannot be read.
        """
        if resource not in self._wishes:
            try:
                tags = self.personalize.tags(resource.arn)
                held = held_by_journal(self.reader, resource.arn, tags, self.now)
            except AWS_ERRORS as error:
                self._wishes[resource] = sentence(f"Reading the tags of {resource.arn}", error)
            except JournalUnavailable as problem:
                self._wishes[resource] = str(problem)
            else:
                overrides = tag_overrides_in(tags, self.now)
                self._wishes[resource] = replace(overrides, hold_until=held) if held else overrides
        return self._wishes[resource]

    def facts(
        self, decisions: Iterable[Decision], demands: Mapping[Resource, Demand]
    ) -> dict[Resource, GuardInputs]:
        """Facts for each decision that acts; ``demands`` are what lowerings were decided on."""
        acting = [decision for decision in decisions if decision.acts]
        moving = [d.resource for d in acting if d.action is Action.SET_FLOOR]
        pasts = self._floor_pasts(moving)
        known = self._comparisons() if moving else Comparisons()
        return {
            decision.resource: self._above_hurt(
                self._of(decision.resource, pasts.get(decision.resource), known),
                decision,
                demands.get(decision.resource),
            )
            for decision in acting
        }

    def _comparisons(self) -> Comparisons | str:
        """What may hold all floors; a sentence when that cannot be read."""
        try:
            return recall(self.reader, self.now)
        except JournalUnavailable as problem:
            return str(problem)

    def _of(
        self, resource: Resource, past: FloorPast | str | None, known: Comparisons | str
    ) -> GuardInputs:
        overrides = self.overrides(resource)
        needed = (overrides, past) if past is None else (overrides, past, known)
        unknown = " ".join(dict.fromkeys(part for part in needed if isinstance(part, str)))
        if past is not None:
            try:
                again = self._try_again(resource)
            except JournalUnavailable as problem:
                again, unknown = None, " ".join(filter(None, (unknown, str(problem))))
        else:
            again = None
        return GuardInputs(
            now=self.now,
            settings=self.settings,
            try_again=again,
            overrides=overrides if isinstance(overrides, TagOverrides) else TagOverrides(),
            floor_past=past if isinstance(past, FloorPast) else None,
            otherwise=known.hold if past is not None and isinstance(known, Comparisons) else "",
            unknown=unknown,
        )

    def _above_hurt(
        self, facts: GuardInputs, decision: Decision, demand: Demand | None
    ) -> GuardInputs:
        """With the lowest floor that does not go where it hurt."""
        resource, floor = decision.resource, decision.to_floor
        if floor is None or not lowers(decision):
            return facts
        try:
            known = remembered(self.reader, self.memory, self.target, self.now, resource)
        except JournalUnavailable as problem:
            return replace(facts, unknown=" ".join(filter(None, (facts.unknown, str(problem)))))
        world = World(resource.solution_version_arn, _highest(demand))
        lowest = lowest_allowed(known, floor, int(self.now.timestamp()), world)
        return replace(facts, lowest=lowest)

    def _try_again(self, resource: Resource) -> datetime | None:
        """When its floor may be changed again after updates that failed."""
        failed = failures(self.reader, self.now, hours=_FAILURES_COUNT_HOURS)
        return try_again_at([entry for entry in failed if entry.arn == str(resource.arn)])

    def _floor_pasts(self, resources: list[Resource]) -> Mapping[Resource, FloorPast | str]:
        hours = max(_A_DAY, self.settings.respect_manual_hours)
        if not resources:
            return {}
        end = floor_to(self.now, SECONDS)
        start = end - timedelta(hours=hours)
        queries = {resource: _floor_query(resource) for resource in resources}
        answers = self.metrics.read(queries.values(), start=start, end=end, period=SECONDS)
        return {
            resource: self._floor_past(resource, answers[query], start)
            for resource, query in queries.items()
        }

    def _floor_past(self, resource: Resource, series: Series, start: datetime) -> FloorPast | str:
        if not series.known:
            return f"The past of its floor is not known ({series.why_unknown})"
        past = self._last_changed(resource, series, start)
        if isinstance(past, FloorPast):
            past = replace(past, changes=_changes(series, self.now - timedelta(hours=_A_DAY)))
        return past

    def _last_changed(self, resource: Resource, series: Series, start: datetime) -> FloorPast | str:
        changed = _last_change(series, resource.floor)
        if changed is not None:
            return self._who_changed(resource, start, changed)
        since = _moment(series.points[0][0]) if series.points else self.now
        unseen = resource.updated > resource.created + _BIRTH and start < resource.updated < since
        if not unseen:
            return FloorPast(since)
        return self._who_changed(resource, since, None, resource.updated)

    def _who_changed(
        self,
        resource: Resource,
        since: datetime,
        changed: datetime | None,
        updated: datetime | None = None,
    ) -> FloorPast | str:
        """Whether the journal says that the floor in force is one that we set."""
        at = changed or updated
        assert at is not None
        hours = (self.now - at + _UPDATE_TAKES).total_seconds() / 3600
        try:
            entries = self.reader.of_resource(resource.arn, now=self.now, hours=hours)
        except JournalUnavailable as problem:
            return str(problem)
        name = FLOOR_UPDATED_EVENT[resource.kind]
        ours = [e for e in changes_of_ours(entries) if e.name == name and e.time <= at + _LATE]
        by_us = bool(ours) and ours[-1].by_monitor and ours[-1].floor == resource.floor
        return FloorPast(since, changed, by_us=by_us, unseen_update=None if by_us else updated)


def _highest(demand: Demand | None) -> float | None:
    """The highest rate of a wholly known fortnight."""
    if demand is None:
        return None
    last = demand.since(demand.end - _FORTNIGHT)
    whole = len(last) * SECONDS >= _FORTNIGHT and last.known == len(last)
    return max(last.rates) if whole else None


def _floor_query(resource: Resource) -> Query:
    return Query(
        NAMESPACE,
        FLOOR_METRIC[resource.kind],
        (DIMENSION[resource.kind], str(resource.arn)),
        "Average",
    )


def _last_change(series: Series, floor: int) -> datetime | None:
    """The end of the last window in which another floor was in force."""
    other = [epoch for epoch, value in series.points if round(value) != floor]
    return _moment(max(other) + SECONDS) if other else None


def _changes(series: Series, since: datetime) -> int:
    """How often the floor changed after ``since``, as far as it was seen."""
    floors = [value for epoch, value in series.points if epoch >= since.timestamp()]
    return sum(before != after for before, after in pairwise(floors))


def _moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
