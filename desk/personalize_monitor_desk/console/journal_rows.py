"""The journal's tales as a page shows them: with colour, headline and the way to the resource."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from personalize_monitor.model.entry import Entry
from personalize_monitor_desk import journal_view as tale

KINDS = {
    "change": "Floors",
    "removal": "Removals",
    "restore": "Restored",
    "notice": "Notices",
    "request": "Requests",
    "other": "Other",
}
"""What the events can be narrowed to; what else the journal holds is for machines."""
QUIET = frozenset({"other"})
"""Kinds that are shown only when they are asked for."""
_SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One thing that happened; ``tone`` is down, up, gone, back, told or asked, for its colour.

    ``me`` is the last part of the ARN of whoever looks; empty where nobody knows.
    """

    told: tale.JournalItem
    tone: str
    me: str = ""

    @property
    def time(self) -> datetime:
        """When, in UTC."""
        return self.told.time.astimezone(UTC)

    @property
    def kind(self) -> str:
        """See KINDS."""
        return self.told.kind

    @property
    def arn(self) -> str:
        """About which resource; may be empty."""
        return self.told.arn

    @property
    def title(self) -> str:
        """What happened, as a headline."""
        what = self.told.what.replace(" -> ", " → ").replace("None → ", "")
        return what[:1].upper() + what[1:]

    @property
    def text(self) -> str:
        """Why."""
        return self.told.why

    @property
    def who(self) -> str:
        """Because of whom or what."""
        who, _, how = self.told.by.partition(" (")
        if not self.me or who != self.me:
            return self.told.by
        return f"you ({how}" if how else "you"

    @property
    def name(self) -> str:
        """The resource's name."""
        return self.told.name

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


def shown(entries: Iterable[Entry], me: str = "") -> tuple[JournalRow, ...]:
    """Newest first; a request is left out when its outcome is told as well."""
    found = [JournalRow(one, _tone(one), me) for one in tale.tales(entries) if one.kind in KINDS]
    newest = sorted(found, key=lambda one: one.time, reverse=True)
    done = [one for one in newest if one.kind in {"change", "removal"}]
    return tuple(one for one in newest if not _answered(one, done))


def _tone(one: tale.JournalItem) -> str:
    if one.kind == "change":
        before, _, after = one.what.removeprefix("floor ").partition(" -> ")
        rises = before.isdecimal() and after.isdecimal() and int(after) > int(before)
        return "up" if rises else "down"
    return {"removal": "gone", "restore": "back", "notice": "told"}.get(one.kind, "asked")


def _answered(one: JournalRow, done: Sequence[JournalRow]) -> bool:
    if one.kind != "request":
        return False
    last = one.title.rpartition(" ")[2]
    removes = last in {"delete", "stop"}
    return any(
        other.arn == one.arn
        and timedelta() <= other.time - one.time <= _SOON
        and (other.kind == "removal" if removes else other.title.rpartition(" ")[2] == last)
        for other in done
    )
