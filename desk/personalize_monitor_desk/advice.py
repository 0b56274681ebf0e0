"""What the decisions of a look advise, in the order of what they save."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.money import Money
from personalize_monitor.model.plan import PlanItem
from personalize_monitor.plan.snapshot.values import Seen
from personalize_monitor.policy.guards import BLOCKED
from personalize_monitor.policy.risk import risk_in


@dataclass(frozen=True, slots=True)
class Advice:
    """One resource and what to do about it, or (``held_by``) what holds that back for now."""

    seen: Seen
    decision: Decision
    held_by: str = ""

    @property
    def item(self) -> PlanItem:
        """The same as a plan keeps it, with the fingerprint that an approval names."""
        return PlanItem.of(self.decision, self.seen.figures.saving)

    @property
    def why_held(self) -> str:
        """What holds it back, and then what would be done otherwise."""
        otherwise, _, hold = self.decision.reason.partition(f" {BLOCKED} ")
        return f"{hold[:1].upper()}{hold[1:]} Otherwise: {otherwise}" if hold else otherwise

    @property
    def saving(self) -> Money:
        """What it would save in a month; nothing is claimed for what is held back."""
        return self.seen.figures.saving or Money.not_known()

    @property
    def risk(self) -> str:
        """The share of requests at risk, ``up to 11.8 %``; empty for what lowers nothing."""
        return risk_in(self.decision)

    @property
    def what(self) -> str:
        """``floor 20 → 3``, ``delete``, ``stop``."""
        match self.action:
            case Action.SET_FLOOR:
                return f"floor {self.seen.resource.floor} → {self.to_floor}"
            case other:
                return str(other)

    @property
    def action(self) -> Action:
        """What would be done if nothing held it."""
        if self.held_by:
            return Action(str(self.decision.evidence.get("would", Action.LEAVE)))
        return self.decision.action

    @property
    def removes(self) -> bool:
        """Whether it would take the resource out of service: a deletion or a stop."""
        return self.action in {Action.DELETE, Action.STOP}

    @property
    def to_floor(self) -> int | None:
        """The floor it would set; None for another action."""
        if not self.held_by:
            return self.decision.to_floor
        to = self.decision.evidence.get("to")
        return to if isinstance(to, int) else None


def advice(seen: Iterable[Seen]) -> list[Advice]:
    """What to do now, the largest known saving first, then what has no known price."""
    found = [Advice(one, one.decision) for one in seen if one.decision and one.decision.acts]
    return sorted(found, key=lambda a: (-a.saving.exact, a.seen.resource.name))


def held_back(seen: Iterable[Seen]) -> list[Advice]:
    """What a guard holds back, by name; a floor of 1 that nothing would delete is not worth it."""
    found = [
        Advice(one, one.decision, one.decision.held_by)
        for one in seen
        if one.decision
        and not one.decision.acts
        and one.decision.held_by
        and (one.resource.floor > 1 or "would" in one.decision.evidence)
    ]
    return sorted(found, key=lambda a: a.seen.resource.name)
