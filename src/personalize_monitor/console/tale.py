"""The journal's entries as people read them: what happened, to what, because of whom, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from personalize_monitor.contract import (
    BUILD_DASHBOARD_EVENT,
    CAMPAIGN_DELETED_EVENT,
    DELETE_CAMPAIGN_EVENT,
    FLOOR_UPDATED_EVENT,
    NOTICE_EVENT,
    RECOMMENDER_STOPPED_EVENT,
    RESTORED_EVENT,
    STOP_RECOMMENDER_EVENT,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.model.entry import Entry

_CHANGED = frozenset(FLOOR_UPDATED_EVENT.values())
_ASKED = frozenset(UPDATE_FLOOR_EVENT.values())
_SOON = timedelta(hours=2)
KINDS = {
    "change": "Floors",
    "removal": "Removals",
    "restore": "Restored",
    "notice": "Notices",
    "request": "Requests",
    "other": "Other",
}
"""What the events can be narrowed to."""


@dataclass(frozen=True, slots=True)
class Tale:
    """One thing that happened. ``tone``: down, up, gone, back, told or asked, for its colour."""

    time: datetime
    kind: str
    tone: str
    title: str
    text: str
    who: str
    arn: str

    @property
    def name(self) -> str:
        """The resource's name."""
        return self.arn.rpartition("/")[2]

    @property
    def region(self) -> str:
        """The resource's region, or empty."""
        parts = self.arn.split(":")
        return parts[3] if len(parts) > 5 else ""

    @property
    def address(self) -> str:
        """The path of the resource's page, or empty."""
        kind = self.arn.rpartition(":")[2].partition("/")[0]
        if not self.region or kind not in {"campaign", "recommender"}:
            return ""
        return f"/r/{quote(self.region)}/{kind}/{quote(self.name, safe='')}"


def tales(entries: Iterable[Entry]) -> list[Tale]:
    """Newest first; the executors' own notes between asking and doing are left out."""
    found = [tale for entry in entries if (tale := tale_of(entry)) is not None]
    newest = sorted(found, key=lambda tale: tale.time, reverse=True)
    done = [tale for tale in newest if tale.kind in {"change", "removal"}]
    return [tale for tale in newest if not _answered(tale, done)]


def _answered(tale: Tale, done: Sequence[Tale]) -> bool:
    """Whether it is a request, of which the outcome is told as well."""
    return tale.kind == "request" and any(
        other.arn == tale.arn
        and timedelta() <= other.time - tale.time <= _SOON
        and (other.kind == "removal" or tale.title.endswith(other.title.rpartition(" ")[2]))
        for other in done
    )


def tale_of(entry: Entry) -> Tale | None:
    """One entry as a tale; None for what people need not see."""
    told = _told(entry)
    if told is None:
        return None
    kind, tone, title = told
    text = str(entry.detail.get("Reason") or entry.detail.get("Message") or "")
    return Tale(entry.time, kind, tone, title, text, _who(entry), entry.arn)


def _told(entry: Entry) -> tuple[str, str, str] | None:
    detail, before, after = entry.detail, entry.previous_floor, entry.floor
    if entry.name in _CHANGED:
        up = before is not None and after is not None and after > before
        return "change", "up" if up else "down", f"Floor {_from(before)}{after}"
    if entry.name in _ASKED:
        now = detail.get("CurrentMinTPS") or detail.get("CurrentProvisionedTPS")
        wanted = detail.get("NewMinTPS") or detail.get("MinProvisionedTPS") or "as before"
        return "request", "asked", f"Asked for floor {_from(now)}{wanted}"
    plain = {
        CAMPAIGN_DELETED_EVENT: ("removal", "gone", "Deleted"),
        RECOMMENDER_STOPPED_EVENT: ("removal", "gone", "Stopped"),
        RESTORED_EVENT: ("restore", "back", "Restored"),
        NOTICE_EVENT: ("notice", "told", str(detail.get("Subject") or detail.get("Kind") or "Notice")),
        DELETE_CAMPAIGN_EVENT: ("request", "asked", "Asked to delete"),
        STOP_RECOMMENDER_EVENT: ("request", "asked", "Asked to stop"),
        BUILD_DASHBOARD_EVENT: ("other", "asked", "Dashboard to be rebuilt"),
    }
    return plain.get(entry.name)


def _from(floor: object) -> str:
    return "" if floor is None else f"{floor} → "


def _who(entry: Entry) -> str:
    if entry.by_monitor or "Datapoints" in entry.detail or _is_measured(entry):
        return "the monitor"
    by = str(entry.detail.get("By") or entry.detail.get("RequestedByArn") or "")
    return by.rpartition("/")[2] or ("" if entry.name == NOTICE_EVENT else "a person")


def _is_measured(entry: Entry) -> bool:
    return "TotalRequestsDuringIdleThresholdHours" in entry.detail
