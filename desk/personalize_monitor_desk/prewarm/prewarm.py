"""A pre-warm: a higher floor for a known time, once or week after week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind


@dataclass(frozen=True, slots=True)
class Prewarm:
    """One pre-warm: ``floor`` for ``arn`` from ``begin`` to ``until``, raised ``lead`` before.

    A recurring one has ``cron`` in ``zone``, and lasts ``minutes`` each time. ``by`` made it.
    """

    id: str
    arn: str
    floor: int
    lead_minutes: int
    begin: datetime | None = None
    until: datetime | None = None
    cron: str = ""
    zone: str = ""
    minutes: int = 0
    by: str = ""

    def state(self, now: datetime) -> str:
        """waiting, active, over, or recurring."""
        if self.begin is None or self.until is None:
            return "recurring"
        if now < self.begin - timedelta(minutes=self.lead_minutes):
            return "waiting"
        return "active" if now < self.until else "over"

    @property
    def kind(self) -> Kind:
        """Whether it is about a campaign or a recommender."""
        return Kind(Arn(self.arn).kind)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, times in ISO."""
        return {
            key: value.isoformat() if isinstance(value, datetime) else value
            for key, value in asdict(self).items()
        }

    @classmethod
    def of(cls, detail: Mapping[str, Any]) -> Prewarm | None:
        """As written into a schedule's event; None for an event of something else."""
        told = detail.get("Prewarm")
        if not isinstance(told, dict):
            return None
        try:
            times = {k: datetime.fromisoformat(told[k]) for k in ("begin", "until") if told.get(k)}
            return cls(**{**told, **times})
        except (TypeError, ValueError):
            return None
