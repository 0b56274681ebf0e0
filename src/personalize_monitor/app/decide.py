"""Decide, once an hour for each resource, what should happen to it, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from personalize_monitor.app.budget import Budget
from personalize_monitor.app.history import demands
from personalize_monitor.app.idleness import signs_of_life
from personalize_monitor.app.memory import Memory
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import Window
from personalize_monitor.policy.floor import decide_floor, may_change
from personalize_monitor.policy.idle import idle, may_be_idle
from personalize_monitor.settings import Settings

_AT_ONCE = 50  # resources between two looks at the time that is left
_SECONDS_FOR_A_BATCH = 20.0


@dataclass(frozen=True, slots=True)
class Considered:
    """A decision beside what it was drawn from; ``demand`` is empty where none was needed."""

    decision: Decision
    sample: Sample
    demand: Demand | None = None


@dataclass(frozen=True, slots=True)
class Deciding:
    """What a place's decisions are drawn with."""

    metrics: Metrics
    settings: Settings
    memory: Memory
    window: Window
    now: datetime


def decide(
    with_: Deciding, samples: Mapping[Resource, Sample], budget: Budget
) -> tuple[list[Considered], bool]:
    """Decisions for all resources whose hour has come, and whether time sufficed for all.

    What is not reached keeps its turn, and the next cycle continues there. A resource that AWS did
    not answer for keeps its turn as well.
    """
    due = [r for r in samples if with_.memory.is_due(str(r.arn), with_.window)]
    decided: list[Considered] = []
    for at in range(0, len(due), _AT_ONCE):
        if not budget.allows(_SECONDS_FOR_A_BATCH):
            return decided, False
        batch = due[at : at + _AT_ONCE]
        for considered in _batch(with_, batch, samples):
            decided.append(considered)
            if considered.decision.held_by != "unknown data":
                with_.memory.done(str(considered.decision.resource.arn), with_.window)
    return decided, True


def _batch(
    with_: Deciding, batch: Sequence[Resource], samples: Mapping[Resource, Sample]
) -> list[Considered]:
    idle_decisions = _idle(with_, batch, samples)
    acts = {r for r, decision in idle_decisions.items() if decision.acts}
    floors = {r: may_change(r, with_.settings, with_.now) for r in batch if r not in acts}
    open_ = [resource for resource, decision in floors.items() if decision is None]
    histories = demands(with_.metrics, open_, with_.window, with_.memory) if open_ else {}
    decided = []
    for resource in batch:
        demand = histories.get(resource)
        decision = idle_decisions.get(resource)
        if decision is None or not decision.acts:
            held = floors[resource]
            by_floor = (
                decide_floor(resource, demand, with_.settings, with_.now)
                if held is None and demand is not None
                else held
            )
            decision = _together(resource, decision, by_floor)
        decided.append(Considered(decision, samples[resource], demand))
    return decided


def _together(resource: Resource, by_idle: Decision | None, by_floor: Decision | None) -> Decision:
    """The floor's decision, with what was found about idleness when nothing is changed."""
    if by_floor is not None and (by_floor.acts or by_idle is None):
        return by_floor
    if by_floor is None or by_idle is None:
        return by_idle or leave(resource, "Nothing to decide.")
    return leave(
        resource,
        f"{by_idle.reason} {by_floor.reason}",
        held_by=by_idle.held_by or by_floor.held_by,
        evidence={**by_idle.evidence, **by_floor.evidence},
    )


def _idle(
    with_: Deciding, batch: Sequence[Resource], samples: Mapping[Resource, Sample]
) -> dict[Resource, Decision]:
    """Decisions of those that seem idle; those that served just now need no question."""
    settings, found = with_.settings, {}
    suspects = []
    for resource in batch:
        if samples[resource].requests or not _enabled(settings, resource):
            continue
        early = may_be_idle(resource, settings.idle_hours, with_.now)
        if early is None:
            suspects.append(resource)
        else:
            found[resource] = early
    if suspects:
        lives = signs_of_life(
            with_.metrics, suspects, end=with_.window.end, hours=settings.idle_hours
        )
        for resource, life in lives.items():
            decision = idle(resource, life, hours=settings.idle_hours, enabled=True, now=with_.now)
            if decision is not None:
                found[resource] = decision
    return found


def _enabled(settings: Settings, resource: Resource) -> bool:
    if resource.kind is Kind.CAMPAIGN:
        return settings.delete_idle_campaigns
    return settings.stop_idle_recommenders


def acting(decided: Sequence[Considered]) -> list[Considered]:
    """Those that would change something."""
    return [c for c in decided if c.decision.action is not Action.LEAVE]
