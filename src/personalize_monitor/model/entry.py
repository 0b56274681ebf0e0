"""One record of the journal: what was asked, intended, done or told, about which resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from personalize_monitor.model.moment import known_time

INTENT = "PersonalizeMonitorIntent"
ANNOUNCED = "PersonalizeMonitorAnnounced"
GAVE_UP = "PersonalizeMonitorGaveUp"
HELD = "PersonalizeMonitorHeld"
TOLD = "PersonalizeMonitorTold"
TESTED = "PersonalizeMonitorTested"
COMPARED = "PersonalizeMonitorCompared"
CASE = "PersonalizeMonitorCase"
LEARNED = "PersonalizeMonitorPricesLearned"
"""The detail-types of the journal's own records, beside those of our events."""
OWN, STORED = "@own", "@stored"
"""What reading a record adds to it: whether one of our functions wrote it, and when it was stored
(epoch milliseconds). Nobody can write these: they are set anew on each reading."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of ours, or an intent that an executor wrote before it acted.

    ``name`` is the event's detail-type. ``request_id`` ties together the request, its intent and
    its announcement. ``by_monitor`` says that the application decided it, not a person. ``own``
    marks what our functions wrote: all else came over the bus, where anybody may put an event.
    ``stored`` is when the journal took it, whatever time it claims.
    """

    time: datetime
    name: str
    arn: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    own: bool = False
    stored: datetime | None = None

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


def changes_of_ours(entries: Iterable[Entry]) -> list[Entry]:
    """What our functions themselves wrote about changes, as the announcements that they made of it.

    An intent says beforehand what will be announced. The announcements that came over the bus are
    left out: anybody may put one there.
    """
    found = []
    for entry in entries:
        said, name = entry.detail.get("AnnouncementDetail"), entry.detail.get("Announcement")
        if not entry.own:
            continue
        if entry.name == INTENT and isinstance(said, Mapping) and isinstance(name, str):
            found.append(Entry(entry.time, name, entry.arn, said, True, entry.stored))
        elif entry.name != INTENT:
            found.append(entry)
    return found


def entries_in(records: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """The records that can be understood, in time order."""
    found = [entry for record in records if (entry := _entry(record)) is not None]
    return sorted(found, key=lambda entry: entry.time)


def _entry(record: Mapping[str, Any]) -> Entry | None:
    """One record, strictly: what others write must not cost the entries beside it."""
    name, detail, moment = record.get("detail-type"), record.get("detail"), record.get("time")
    when = known_time(moment)
    if not isinstance(name, str) or not isinstance(detail, Mapping) or when is None:
        return None
    resources = record.get("resources")
    named = resources[0] if isinstance(resources, list) and resources else None
    arn = named or detail.get("ARN") or detail.get("CampaignARN") or ""
    own, stored = record.get(OWN) is True, _stored(record)
    if stored is not None and not own:
        when = min(when, stored)  # what says that it is of the future is of when it came
    return Entry(when, name, str(arn), detail, own, stored)


def _stored(record: Mapping[str, Any]) -> datetime | None:
    millis = record.get(STORED)
    if isinstance(millis, bool) or not isinstance(millis, int | float):
        return None
    try:
        return datetime.fromtimestamp(millis / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
