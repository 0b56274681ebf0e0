"""The journal as people read it: what happened to what, who or what caused it, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from personalize_monitor.contract import (
    BUILD_DASHBOARD_EVENT,
    CAMPAIGN_DELETED_EVENT,
    DELETE_CAMPAIGN_EVENT,
    END_PREWARM_KEY,
    FLOOR_UPDATED_EVENT,
    NOTICE_EVENT,
    PREWARM_KEY,
    RECOMMENDER_STOPPED_EVENT,
    RESTORED_EVENT,
    STOP_RECOMMENDER_EVENT,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.model.entry import INTENT, Entry

KINDS = ("change", "removal", "restore", "notice", "request", "intent", "other")
"""What tales can be narrowed to. An intent is what a function wrote before it acted."""
_CHANGED = frozenset(FLOOR_UPDATED_EVENT.values())
_ASKED = frozenset(UPDATE_FLOOR_EVENT.values())
_PLAIN = {
    CAMPAIGN_DELETED_EVENT: ("removal", "deleted"),
    RECOMMENDER_STOPPED_EVENT: ("removal", "stopped"),
    DELETE_CAMPAIGN_EVENT: ("request", "asked to delete"),
    STOP_RECOMMENDER_EVENT: ("request", "asked to stop"),
    BUILD_DASHBOARD_EVENT: ("other", "dashboard to be rebuilt"),
}


@dataclass(frozen=True, slots=True)
class JournalItem:
    """One thing that happened: its kind (see KINDS), what, to which ARN, by whom, and why."""

    time: datetime
    kind: str
    what: str
    arn: str
    by: str
    why: str

    @property
    def name(self) -> str:
        """The resource's name; empty when it is about none."""
        return self.arn.rpartition("/")[2]


def tales(entries: Iterable[Entry]) -> list[JournalItem]:
    """The oldest first; notes between the functions that say nothing new are left out."""
    return [tale for entry in entries if (tale := _tale(entry)) is not None]


def _tale(entry: Entry) -> JournalItem | None:
    told = _told(entry)
    if told is None:
        return None
    kind, what = told
    return JournalItem(entry.time, kind, what, entry.arn, cause(entry), _why(entry))


def _told(entry: Entry) -> tuple[str, str] | None:
    """(Kind, what), or None for what people need not see."""
    detail = entry.detail
    if entry.name in _CHANGED:
        return "change", f"floor {_or_unknown(entry.previous_floor)} -> {_or_unknown(entry.floor)}"
    if entry.name in _ASKED:
        ends = detail.get(END_PREWARM_KEY) is True
        what = f"asked for floor {_or_unknown(entry.floor)}"
        return "request", f"end of pre-warm {detail.get(PREWARM_KEY)}" if ends else what
    again = "created again" if detail.get("Deed") == "create" else "started again"
    speaking = {
        RESTORED_EVENT: ("restore", again),
        NOTICE_EVENT: ("notice", str(detail.get("Kind") or "notice")),
        INTENT: ("intent", f"about to announce {detail.get('Announcement')}"),
    }
    return speaking.get(entry.name) or _PLAIN.get(entry.name)


def _or_unknown(floor: int | None) -> str:
    return "?" if floor is None else str(floor)


def cause(entry: Entry) -> str:
    """Who or what caused it, as far as the journal tells; empty for what has no cause."""
    detail = entry.detail
    if entry.name == INTENT:
        said = detail.get("AnnouncementDetail")
        detail = said if isinstance(said, Mapping) else {}
    by, prewarm = str(detail.get("By") or ""), str(detail.get(PREWARM_KEY) or "")
    told = detail.get("Prewarm")
    if not by and isinstance(told, Mapping):
        by = str(told.get("by") or "")
    who = by.rpartition("/")[2] if by else ""
    if prewarm:
        return f"pre-warm {prewarm}" + (f" of {who}" if who else "")
    if detail.get("RequestedBy") == "monitor" or _measured(detail) or entry.name == NOTICE_EVENT:
        return "the monitor"
    verb = {"restore": "restore", "apply": "apply"}.get(str(detail.get("RequestedBy")))
    if verb:
        return f"{who or 'a person'} ({verb})"
    if entry.name == BUILD_DASHBOARD_EVENT:
        return ""
    return who or "a request on the event bus"


def _measured(detail: Mapping[str, object]) -> bool:
    keys = ("CurrentMinTPS", "CurrentProvisionedTPS", "TotalRequestsDuringIdleThresholdHours")
    return any(key in detail for key in keys)


def _why(entry: Entry) -> str:
    detail = entry.detail
    if entry.name == NOTICE_EVENT:
        return " ".join(str(detail[key]) for key in ("Summary", "Reason") if detail.get(key))
    if entry.name == INTENT:
        said = detail.get("AnnouncementDetail")
        return str(said.get("Reason", "")) if isinstance(said, Mapping) else ""
    return str(detail.get("Reason") or "")
