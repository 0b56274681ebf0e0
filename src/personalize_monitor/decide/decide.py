"""Decide, once an hour for each resource, what should happen to it, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from personalize_monitor.aws.events import Event
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.collect.idleness import signs_of_life
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Target
from personalize_monitor.decide.considered import Considered
from personalize_monitor.decide.guard_inputs import GuardInputsReader
from personalize_monitor.decide.headrooms import headrooms
from personalize_monitor.decide.history import PLAN_SPAN, SPAN, demands, settles
from personalize_monitor.decide.outage import Listening
from personalize_monitor.decide.removals import Removals
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.harm.cases import remembered
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.decision import Decision, leave
from personalize_monitor.model.demand import HOUR, Demand
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import Window
from personalize_monitor.policy.floor import (
    FOLLOW,
    decide_floor,
    finds_in_place,
    lowers,
    may_change,
)
from personalize_monitor.policy.follow.headroom import Headroom
from personalize_monitor.policy.follow.record import NO_RECORD, Record
from personalize_monitor.policy.guards import guarded, held
from personalize_monitor.policy.harm import Reserve
from personalize_monitor.policy.idle import idle, may_be_idle
from personalize_monitor.policy.outage import DOUBTFUL
from personalize_monitor.policy.risk import bounded, told
from personalize_monitor.policy.tag_overrides import TagOverrides
from personalize_monitor.settings import Settings

_AT_ONCE = 50  # resources between two looks at the time that is left
_SECONDS_FOR_A_BATCH = 20.0
_SHOWN = 25 * HOUR
"""Seconds of demand that a decision keeps: what its request shows."""
_A_DAY = 24 * HOUR


@dataclass(slots=True)
class Decided:
    """One place's decisions, and the ``notices`` that are to be sent to people.

    ``finished`` is False when time ran out before everything due had been considered.
    """

    considered: list[Considered] = field(default_factory=list)
    notices: list[Event] = field(default_factory=list)
    finished: bool = True
    in_place: dict[str, bool] = field(default_factory=dict)
    """By ARN, whether right-sizing finds the floor where it belongs, also where it is off."""


@dataclass(slots=True)
class Deciding:
    """Draws the decisions of one place in one cycle."""

    target: Target
    metrics: Metrics
    reader: JournalReader
    settings: Settings
    memory: Memory
    window: Window
    now: datetime
    deployed: bool = True
    """Whether a monitor runs here, so that datapoints of ours are to be expected."""
    _facts: GuardInputsReader = field(init=False)
    _speaking: frozenset[str] = frozenset()
    _mute: bool = False
    """The journal did not answer; it is not asked again for each resource."""

    def __post_init__(self) -> None:
        self._facts = GuardInputsReader(
            self.target, self.metrics, self.memory, self.reader, self.settings, self.now
        )

    def run(self, samples: Mapping[Resource, Sample], budget: Budget) -> Decided:
        """Decisions for all resources whose hour has come.

        What time does not reach keeps its turn, and the next cycle continues there; so does a
        resource about which something is unknown.
        """
        due = [resource for resource in samples if self._due(str(resource.arn))]
        self._speaking = frozenset(str(r.arn) for r, sample in samples.items() if sample.requests)
        decided = Decided()
        for at in range(0, len(due), _AT_ONCE):
            if not budget.allows(_SECONDS_FOR_A_BATCH):
                decided.finished = False
                break
            batch = due[at : at + _AT_ONCE]
            decided.considered += self._batch(batch, samples)
            if not self.settings.adjust_floor and self.settings.utilization_alarms:
                decided.in_place |= _places(self._as_if_on(batch))
        removals = Removals(
            self.target, self.metrics, self.reader, self.settings, self._listening()
        )
        decided.considered, decided.notices = removals.careful(decided.considered, now=self.now)
        for one in decided.considered:
            self._remember(one.decision)
        decided.in_place |= _places(one.decision for one in decided.considered)
        return decided

    def _due(self, arn: str) -> bool:
        """Whether its hour has come, or a step of its plan."""
        wake = self.memory.wakes.get(arn)
        planned = wake is not None and wake <= self.now.timestamp()
        return planned or self.memory.is_due(arn, self.window)

    def _remember(self, decision: Decision) -> None:
        arn = str(decision.resource.arn)
        wake = decision.evidence.get("next_step")
        if isinstance(wake, int):
            self.memory.wakes[arn] = wake
        else:
            self.memory.wakes.pop(arn, None)
        if decision.held_by != "unknown data":
            self.memory.done(arn, self.window)

    def _batch(
        self, batch: Sequence[Resource], samples: Mapping[Resource, Sample]
    ) -> list[Considered]:
        idle_hours = self._idle_hours(batch, samples)
        by_idle = self._idle(idle_hours)
        rest = [r for r in batch if not _acts(by_idle.get(r))]
        by_floor, histories = self._floors(rest, self.settings)
        drafts = {r: _together(r, by_idle.get(r), by_floor.get(r)) for r in batch}
        facts = self._facts.facts(drafts.values(), histories)
        return [
            Considered(
                told(
                    guarded(draft, facts[resource]),
                    histories.get(resource),
                    self._reserve(resource) if lowers(draft) else None,
                )
                if draft.acts
                else draft,
                samples[resource],
                _shown(histories.get(resource)) if draft.acts else None,
                idle_hours.get(resource) or self.settings.idle_hours,
            )
            for resource, draft in drafts.items()
        ]

    def _as_if_on(self, batch: Sequence[Resource]) -> list[Decision]:
        """What would be decided of floors if right-sizing were on: nothing is done about it."""
        drafts, histories = self._floors(batch, replace(self.settings, adjust_floor=True))
        facts = self._facts.facts(drafts.values(), histories)
        return [guarded(d, facts[r]) if d.acts else d for r, d in drafts.items()]

    def _idle_hours(
        self, batch: Sequence[Resource], samples: Mapping[Resource, Sample]
    ) -> dict[Resource, int | None]:
        """Those that may be idle, with their threshold; None where the tags cannot be read.

        What served in the window just measured needs no question.
        """
        found: dict[Resource, int | None] = {}
        for resource in batch:
            if _enabled(self.settings, resource) and not samples[resource].requests:
                overrides = self._facts.overrides(resource)
                known = isinstance(overrides, TagOverrides)
                hours = overrides.idle_hours if isinstance(overrides, TagOverrides) else None
                found[resource] = (hours or self.settings.idle_hours) if known else None
        return found

    def _idle(self, suspects: Mapping[Resource, int | None]) -> dict[Resource, Decision]:
        found: dict[Resource, Decision] = {}
        by_hours: dict[int, list[Resource]] = {}
        for resource, hours in suspects.items():
            if hours is None:
                why = str(self._facts.overrides(resource))
                found[resource] = leave(resource, why, held_by="unknown data")
            elif early := may_be_idle(resource, hours, self.now):
                found[resource] = early
            else:
                by_hours.setdefault(hours, []).append(resource)
        for hours, resources in by_hours.items():
            lives = signs_of_life(self.metrics, resources, end=self.window.end, hours=hours)
            for resource, life in lives.items():
                decision = idle(resource, life, hours=hours, enabled=True, now=self.now)
                if decision is not None:
                    found[resource] = decision
        return found

    def _floors(
        self, resources: Sequence[Resource], settings: Settings
    ) -> tuple[dict[Resource, Decision], dict[Resource, Demand]]:
        early = {r: may_change(r, settings, self.now) for r in resources}
        found = {r: decision for r, decision in early.items() if decision is not None}
        open_ = [r for r in resources if r not in found]
        if not open_:
            return found, {}
        follows = self.settings.right_sizing_mode == FOLLOW
        histories = demands(
            self.metrics,
            open_,
            self.window,
            self.memory,
            span=PLAN_SPAN if follows else SPAN,
        )
        kept = self._headrooms(histories) if follows else {}
        settled = {r: self._settled(demand, follows=follows) for r, demand in histories.items()}
        drafts = {
            r: decide_floor(r, demand, self.settings, self.now, kept.get(r), record=self._record(r))
            for r, demand in settled.items()
        }
        lowering = {r: demand for r, demand in settled.items() if lowers(drafts[r])}
        sure = self._listening().believed(
            lowering,
            idle_hours=self.settings.idle_hours,
            since=int(self.window.end.timestamp()) - _A_DAY if follows else None,
        )
        for resource, (demand, doubt) in sure.items():
            drafts[resource] = (
                decide_floor(
                    resource,
                    demand,
                    self.settings,
                    self.now,
                    kept.get(resource),
                    record=self._record(resource),
                )
                if doubt is None
                else held(drafts[resource], DOUBTFUL, str(doubt))
            )
        most = self.settings.max_exposure_percent
        within = {
            r: bounded(draft, histories[r], most, self._reserve(r))
            if most is not None and lowers(draft)
            else draft
            for r, draft in drafts.items()
        }
        return found | within, histories

    def _headrooms(self, histories: Mapping[Resource, Demand]) -> dict[Resource, Headroom]:
        """What cases have shown of the service's reserve; else what the resource's ramps show."""
        reserves = {resource: self._reserve(resource) for resource in histories}
        learned = {r: found for r, one in reserves.items() if one and (found := one.as_headroom())}
        return headrooms(
            self.metrics,
            histories,
            self.memory,
            self.window,
            learned=learned,
            assumed=self.settings.assumed_headroom,
        )

    def _record(self, resource: Resource) -> Record:
        """What its raises came to; nothing is known in mode ``lower``, which makes none."""
        return self.memory.records.get(str(resource.arn), NO_RECORD)

    def _reserve(self, resource: Resource) -> Reserve | None:
        """What its cases have shown; without a journal nothing is known, as the guards say."""
        if self._mute:
            return None
        try:
            return remembered(self.reader, self.memory, self.target, self.now, resource).reserve
        except JournalUnavailable:
            self._mute = True
            return None

    def _settled(self, demand: Demand, *, follows: bool) -> Demand:
        """Without the end that may still grow; plans need it, as far as metrics are in time."""
        end, lateness = int(self.window.end.timestamp()), self.memory.lateness_of(self._place)
        unsettled = settles(lateness, end, least=0) if follows else settles(lateness, end)
        return demand.between(demand.start, max(demand.start, end - unsettled))

    def _listening(self) -> Listening:
        return Listening(
            self.metrics,
            self.memory.fleets.get(self._place, ()),
            self.window.end,
            self._speaking,
            self.deployed,
        )

    @property
    def _place(self) -> tuple[str, str]:
        return self.target.account, self.target.region


def _shown(demand: Demand | None) -> Demand | None:
    """The end of it: all of it takes 130 kB for each resource."""
    return demand and demand.since(demand.end - _SHOWN)


def _acts(decision: Decision | None) -> bool:
    return decision is not None and decision.acts


def _together(resource: Resource, by_idle: Decision | None, by_floor: Decision | None) -> Decision:
    """One decision out of both questions; out of two reasons to leave it alone, both."""
    if by_idle is None or by_floor is None:
        return by_idle or by_floor or leave(resource, "Nothing to decide.")
    if by_idle.acts or by_floor.acts:
        return by_idle if by_idle.acts else by_floor
    return leave(
        resource,
        f"{by_idle.reason} {by_floor.reason}",
        held_by=by_idle.held_by or by_floor.held_by,
        evidence={**by_idle.evidence, **by_floor.evidence},
    )


def _enabled(settings: Settings, resource: Resource) -> bool:
    if resource.kind is Kind.CAMPAIGN:
        return settings.delete_idle_campaigns
    return settings.stop_idle_recommenders


def _places(decisions: Iterable[Decision]) -> dict[str, bool]:
    found = ((str(d.resource.arn), finds_in_place(d)) for d in decisions)
    return {arn: placed for arn, placed in found if placed is not None}


def acting(decided: Sequence[Considered]) -> list[Considered]:
    """Those that would change something."""
    return [one for one in decided if one.decision.acts]
