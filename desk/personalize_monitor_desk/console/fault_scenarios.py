"""Weather for the sandbox: the misfortunes that the application is for, at the push of a button."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aws_sandbox.faults import Rule
from aws_sandbox.server import BadRequest
from aws_sandbox.traffic.shapes import Abandoned, FlashSale, Shape
from aws_sandbox.world import World

_SALE_PEAK = 60.0
_THROTTLED = timedelta(hours=3)
_DOWN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Cloud:
    """One piece of weather; ``clear`` takes it back."""

    kind: str
    where: str
    since: datetime
    until: datetime | None
    clear: Callable[[], None]


class FaultScenarios:
    """Makes weather over one world and remembers it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._clouds: list[Cloud] = []

    def make(self, asked: Mapping[str, Any]) -> dict[str, object]:
        """``kind`` and ``where`` (an ARN or a region); kind ``clear`` ends all of it.

        Raises BadRequest for what cannot be meant.
        """
        kind, where = str(asked.get("kind", "")), str(asked.get("where", ""))
        makers = {
            "sale": self._sale,
            "abandon": self._abandon,
            "throttle": self._throttle,
            "outage": self._outage,
        }
        if kind == "clear":
            # What came last goes first: each puts back what it found.
            for cloud in reversed(self._clouds):
                cloud.clear()
            self._clouds.clear()
            return {"said": "The sky is clear."}
        if kind not in makers or not where:
            raise BadRequest(f"kind must be one of clear, {', '.join(makers)}, with a where.")
        return {"said": makers[kind](where)}

    def weather(self) -> list[dict[str, str]]:
        """What is going on, newest first."""
        now = self._world.clock.now()
        return [
            {
                "kind": cloud.kind,
                "where": cloud.where,
                "since": cloud.since.isoformat(),
                "until": cloud.until.isoformat() if cloud.until else "",
            }
            for cloud in reversed(self._clouds)
            if cloud.until is None or cloud.until > now
        ]

    def _sale(self, arn: str) -> str:
        now = self._world.clock.now()
        self._reshape(arn, "sale", lambda shape: FlashSale(shape, now, _SALE_PEAK), 2)
        return f"A flash sale begins on {_name(arn)}: {_SALE_PEAK:g} TPS in ten minutes."

    def _abandon(self, arn: str) -> str:
        now = self._world.clock.now()
        self._reshape(arn, "abandon", lambda shape: Abandoned(shape, now), None)
        return f"Nobody asks {_name(arn)} any more."

    def _reshape(
        self, arn: str, kind: str, change: Callable[[Shape], Shape], hours: float | None
    ) -> None:
        before = self._world.traffic.shape_of(arn)
        now = self._world.clock.now()
        with self._world.gate.lock:
            self._world.assign(arn, change(before))
        until = now + timedelta(hours=hours) if hours else None
        self._clouds.append(Cloud(kind, arn, now, until, lambda: self._world.assign(arn, before)))

    def _throttle(self, region: str) -> str:
        rule = self._rule(region, _THROTTLED, rate=0.5)
        self._remember("throttle", region, rule)
        return f"Personalize in {region} refuses most calls for the next three hours."

    def _outage(self, region: str) -> str:
        rule = self._rule(region, _DOWN, down=True)
        self._remember("outage", region, rule)
        return f"Personalize in {region} does not answer for the next hour."

    def _rule(self, region: str, lasts: timedelta, **what: Any) -> Rule:
        now = self._world.clock.now()
        return self._world.gate.faults.add(
            Rule(service="personalize", region=region, since=now, until=now + lasts, **what)
        )

    def _remember(self, kind: str, where: str, rule: Rule) -> None:
        faults = self._world.gate.faults
        assert rule.since is not None
        self._clouds.append(Cloud(kind, where, rule.since, rule.until, lambda: faults.remove(rule)))


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
