"""One record of the journal: what was asked, intended, done or told, about which resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

INTENT = "PersonalizeMonitorIntent"
ANNOUNCED = "PersonalizeMonitorAnnounced"
"""The detail-types of the journal's own records, beside those of our events."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of ours, or an intent that an executor wrote before it acted.

    ``name`` is the event's detail-type. ``request_id`` ties together the request, its intent and
    its announcement. ``by_monitor`` says that the application decided it, not a person.
    """

    time: datetime
    name: str
    arn: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def request_id(self) -> str:
        """The id of the request behind an intent or announcement; empty for others."""
        return str(self.detail.get("RequestId", ""))

    @property
    def by_monitor(self) -> bool:
        """Whether the application itself decided this."""
        return self.detail.get("RequestedBy") == "monitor"

    @property
    def floor(self) -> int | None:
        """The floor that a change set, or a request asks for."""
        given = _int(self.detail.get("NewMinTPS"))
        return _int(self.detail.get("MinProvisionedTPS")) if given is None else given

    @property
    def previous_floor(self) -> int | None:
        """The floor before a change."""
        return _int(self.detail.get("PreviousMinTPS"))


def entries_in(records: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """The records that can be understood, in time order."""
    found = [entry for record in records if (entry := _entry(record)) is not None]
    return sorted(found, key=lambda entry: entry.time)


def _entry(record: Mapping[str, Any]) -> Entry | None:
    name, detail, when = record.get("detail-type"), record.get("detail"), record.get("time")
    if not isinstance(name, str) or not isinstance(detail, Mapping) or not isinstance(when, str):
        return None
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        return None
    resources = record.get("resources") or [detail.get("ARN") or detail.get("CampaignARN") or ""]
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Entry(moment, name, str(resources[0]), detail)


def _int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
