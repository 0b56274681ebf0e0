"""A plan: what would be changed, why, what it saves, and the world that it was drawn from.

The cycle logs it, the command shows it, saves it and applies it. Each item carries what was seen of
its resource, so that whoever applies it later can tell whether the world has moved since. Its
fingerprint names all of that: who approves an item approves this, and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from personalize_monitor.errors import InvalidArn, InvalidRequest
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.decision import Action, Decision, Evidence
from personalize_monitor.model.money import Money
from personalize_monitor.model.resource import Kind, Resource

FORMAT = "personalize-monitor/saved-plan/2"
_REMOVALS = (Action.DELETE, Action.STOP)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen of a resource: enough to tell whether somebody touched it since."""

    status: str
    floor: int
    updated: str
    update_pending: bool

    @classmethod
    def of(cls, resource: Resource) -> Sighting:
        """Of a resource as it was read."""
        updated = resource.updated.isoformat()
        return cls(resource.status, resource.floor, updated, resource.update_pending)

    def differs(self, now: Sighting) -> str:
        """What is different ``now``, in words; empty when nothing is."""
        told = [
            (self.status, now.status, "its status was {} and is {}"),
            (self.floor, now.floor, "its floor was {} and is {}"),
            (self.update_pending, now.update_pending, "whether it is being updated: {}, now {}"),
            (self.updated, now.updated, "it was last updated at {}, and now at {}"),
        ]
        return "; ".join(text.format(then, at) for then, at, text in told if then != at)


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One decision as a plan shows it; ``held_by`` names the guard that holds it back."""

    arn: str
    kind: str
    action: Action
    floor: int
    to_floor: int | None
    reason: str
    held_by: str
    evidence: Mapping[str, Evidence]
    seen: Sighting
    saving: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, decision: Decision, saving: Money | None = None) -> PlanItem:
        """From a decision and what it would save in a month, if that is known."""
        resource = decision.resource
        return cls(
            arn=str(resource.arn),
            kind=str(resource.kind),
            action=decision.action,
            floor=resource.floor,
            to_floor=decision.to_floor,
            reason=decision.reason,
            held_by=decision.held_by,
            evidence=dict(decision.evidence),
            seen=Sighting.of(resource),
            saving=None if saving is None else saving.as_json(),
        )

    @property
    def acts(self) -> bool:
        """Whether it would change something."""
        return self.action is not Action.LEAVE

    @property
    def removes(self) -> bool:
        """Whether it would take the resource out of service: a deletion or a stop."""
        return self.action in _REMOVALS

    @property
    def idle_hours(self) -> int | None:
        """The hours without a request that a removal rests on; None for anything else."""
        hours = self.evidence.get("hours")
        return int(hours) if self.removes and isinstance(hours, int) else None

    @property
    def region(self) -> str:
        """Where its resource is."""
        return Arn(self.arn).region

    @property
    def name(self) -> str:
        """The name of its resource."""
        return Arn(self.arn).name

    @property
    def what(self) -> str:
        """``floor 20 -> 3``, ``delete``, ``stop``, ``leave``."""
        if self.action is Action.SET_FLOOR:
            return f"floor {self.floor} -> {self.to_floor}"
        return str(self.action)

    @property
    def fingerprint(self) -> str:
        """Of what a person approves: the resource as it was seen, and what would be done to it.

        Reasons and savings move with every window and are left out; what they lead to is in.
        """
        seen = self.seen
        parts = (
            *(self.arn, self.action, self.floor, self.to_floor, self.held_by, self.idle_hours),
            *(seen.status, seen.floor, seen.updated, seen.update_pending),
        )
        text = json.dumps([None if part is None else str(part) for part in parts])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "arn": self.arn,
            "kind": self.kind,
            "action": str(self.action),
            "floor": self.floor,
            "to_floor": self.to_floor,
            "reason": self.reason,
            "held_by": self.held_by,
            "evidence": dict(self.evidence),
            "saving": None if self.saving is None else dict(self.saving),
            "seen": {
                "status": self.seen.status,
                "floor": self.seen.floor,
                "updated": self.seen.updated,
                "update_pending": self.seen.update_pending,
            },
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """All decisions of one look at ``made`` (ISO time) in one account; the acting ones first."""

    account: str
    made: datetime
    items: tuple[PlanItem, ...]
    problems: tuple[str, ...] = field(default=())

    @classmethod
    def of(
        cls,
        account: str,
        made: datetime,
        items: Iterable[PlanItem],
        problems: Iterable[str] = (),
    ) -> Plan:
        """Items in the order in which a plan shows them: acting, held, left alone."""
        ordered = sorted(items, key=lambda i: (not i.acts, not i.held_by, i.region, i.arn))
        return cls(account, made, tuple(ordered), tuple(problems))

    @property
    def acting(self) -> tuple[PlanItem, ...]:
        """What apply would carry out."""
        return tuple(item for item in self.items if item.acts)

    @property
    def held(self) -> tuple[PlanItem, ...]:
        """What a guard holds back."""
        return tuple(item for item in self.items if not item.acts and item.held_by)

    @property
    def hash(self) -> str:
        """Over everything in it: a plan that was edited by hand is refused."""
        body = {"account": self.account, "made": self.made.isoformat()}
        text = json.dumps([body, [item.as_dict() for item in self.items]], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "format": FORMAT,
            "account": self.account,
            "made": self.made.isoformat(),
            "items": [item.as_dict() for item in self.items],
            "problems": list(self.problems),
            "hash": self.hash,
        }

    def to_json(self) -> str:
        """The text that is saved."""
        return json.dumps(self.as_dict(), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read a saved plan. Raises InvalidRequest when it is none, or was changed by hand."""
        try:
            found = json.loads(text)
            if found["format"] != FORMAT:
                raise InvalidRequest(
                    f"The file has format {found['format']!r}; this version reads {FORMAT}."
                )
            made = datetime.fromisoformat(found["made"])
            items = tuple(_item(item) for item in found["items"])
            plan = cls(str(found["account"]), made, items, tuple(found["problems"]))
            stated = found["hash"]
        except InvalidRequest:
            raise
        except (ValueError, KeyError, TypeError, InvalidArn) as error:
            raise InvalidRequest(
                f"The file is not a plan ({type(error).__name__}: {error}); make one with "
                "`personalize-monitor plan --out FILE`."
            ) from error
        if plan.hash != stated:
            raise InvalidRequest(
                "The plan was changed after it was made; make a new one, and choose from it with "
                "--only."
            )
        return plan


def _item(found: Mapping[str, Any]) -> PlanItem:
    seen = found["seen"]
    return PlanItem(
        arn=str(Arn.of_resource(found["arn"], kinds=tuple(Kind))),
        kind=str(found["kind"]),
        action=Action(found["action"]),
        floor=int(found["floor"]),
        to_floor=found["to_floor"],
        reason=str(found["reason"]),
        held_by=str(found["held_by"]),
        evidence=dict(found["evidence"]),
        seen=Sighting(
            str(seen["status"]),
            int(seen["floor"]),
            str(seen["updated"]),
            bool(seen["update_pending"]),
        ),
        saving=found["saving"],
    )
