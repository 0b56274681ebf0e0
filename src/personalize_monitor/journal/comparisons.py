"""What changes of a kind were seen to leave as it was, in real accounts, and what they did not.

AWS's documentation lets us expect that an update changes the floor and nothing else. Only an
account can tell. So the first changes of a kind are compared, member by member, and the result is
kept in the journal, where only our functions can write. A difference holds every automatic change
of a floor, in all accounts, until a person ends that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.contract import (
    EVENT_SOURCE,
    FLOOR_UPDATED_EVENT,
    RECOMMENDER_STOPPED_EVENT,
)
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.entry import COMPARED, Entry
from personalize_monitor.model.moment import known_time
from personalize_monitor.model.resource import Kind

STREAM = "tests/compared"
BEFORE = "Before"
"""What an intent holds of the resource beside its floor."""
OPERATIONS: Mapping[str, str] = {
    FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]: "UpdateCampaign",
    FLOOR_UPDATED_EVENT[Kind.RECOMMENDER]: "UpdateRecommender",
    RECOMMENDER_STOPPED_EVENT: "StopRecommender",
}
"""The operation of AWS behind each announcement of ours that is compared."""
METRICS = "modelMetrics"
"""The quality of a recommender's model: another one after an update tells of a training."""
END = "personalize-monitor doctor --deployed --end-hold"
_VERSION, _SYNC = "solutionVersionArn", "campaignConfig.syncWithLatestSolutionVersion"
_MINUTE = "%Y-%m-%d %H:%M"
_EVER = 3653 * 24.0  # hours: no journal keeps longer
_RENEWED_AFTER = timedelta(days=7)  # the journal keeps 30 days at least


@dataclass(frozen=True, slots=True)
class Difference:
    """One member that is not as it was before; ``before`` and ``after`` are words.

    ``time`` is when it was seen, ``written`` when the journal took it last.
    """

    operation: str
    member: str
    before: str
    after: str
    arn: str
    time: datetime
    written: datetime

    def __str__(self) -> str:
        return (
            f"{self.operation} changed {self.member} of {Arn(self.arn).name} at "
            f"{self.time:{_MINUTE}} UTC: before {self.before}, after {self.after}"
        )


@dataclass(slots=True)
class Comparisons:
    """What is known: ``verified`` since when, by account, operation and member; what is ``open``.

    ``accepted`` are operations and members whose difference a person has looked at.
    """

    verified: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    open: list[Difference] = field(default_factory=list)
    accepted: set[tuple[str, str]] = field(default_factory=set)

    def asks(self, account: str, operation: str, member: str) -> bool:
        """Whether it is still to be seen what becomes of a member there."""
        known = (account, operation, member) in self.verified
        return not known and (operation, member) not in self.accepted

    @property
    def hold(self) -> str:
        """Why no floor is changed automatically, as a guard says it; empty when they may be."""
        if not self.open:
            return ""
        return f"{self.open[0]}; all floors stay until a person ends this with `{END}`."

    def lines(self, since: datetime | None = None) -> list[str]:
        """What was verified, since a time or ever: a sentence for each operation and account."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        times: dict[tuple[str, str], datetime] = {}
        for (account, operation, member), time in sorted(self.verified.items()):
            if since is None or time >= since:
                found[account, operation].append(member)
                times[account, operation] = max(time, times.get((account, operation), time))
        return [
            f"{operation} in account {account}: verified at {times[account, operation]:{_MINUTE}} "
            f"UTC that it leaves {', '.join(members)} as before."
            for (account, operation), members in found.items()
        ]


def recall(reader: JournalReader, now: datetime) -> Comparisons:
    """What the journal knows. Raises JournalUnavailable."""
    found = Comparisons()
    for entry in reader.about(COMPARED, now=now, hours=_EVER, streams=STREAM):
        if entry.own and entry.name == COMPARED:
            _add(found, entry)
    return found


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, bool]:
    """By member, whether it is as before; one of which nothing can be said is left out."""
    told: dict[str, bool] = {}
    for member in [*before, *(m for m in after if m not in before)]:
        was, has = before.get(member), after.get(member)
        if member == METRICS and (was is None or has is None):
            continue
        if member == _VERSION and _follows(before, after):
            continue
        # A member that is written out with nothing in it is one that is not there.
        told[member] = was == has or not (was or has)
    return told


def _follows(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the campaign takes newer versions of its solution by itself, as it should."""
    solutions = {str(one.get(_VERSION)).rpartition("/")[0] for one in (before, after)}
    return bool(before.get(_SYNC) and after.get(_SYNC)) and len(solutions) == 1


def keep(
    reader: JournalReader,
    same: Iterable[str],
    different: Iterable[Difference],
    now: datetime,
    *,
    operation: str,
    arn: str,
) -> None:
    """Write one comparison into the journal. Raises JournalUnavailable."""
    detail = {
        "ARN": arn,
        "Operation": operation,
        "Same": list(same),
        "Different": [
            {
                "Member": one.member,
                "Before": one.before,
                "After": one.after,
                "Seen": one.time.isoformat(),
            }
            for one in different
        ],
    }
    _write(reader, detail, now)


def end(reader: JournalReader, now: datetime) -> list[Difference]:
    """End the hold: what was different is accepted. Raises JournalUnavailable."""
    ended = recall(reader, now).open
    if ended:
        _write(reader, {"Ended": True}, now)
    return ended


def renew(reader: JournalReader, now: datetime) -> None:
    """Write again what is old and holds, so that it outlives what the journal drops."""
    for one in recall(reader, now).open:
        if now - one.written >= _RENEWED_AFTER:
            keep(reader, (), [one], now, operation=one.operation, arn=one.arn)


def _write(reader: JournalReader, detail: Mapping[str, Any], now: datetime) -> None:
    record = {
        "time": now.isoformat(),
        "source": EVENT_SOURCE,
        "detail-type": COMPARED,
        "resources": [detail["ARN"]] if "ARN" in detail else [],
        "detail": detail,
    }
    reader.keep(record, stream=STREAM, now=now)


def _add(found: Comparisons, entry: Entry) -> None:
    detail = entry.detail
    if detail.get("Ended") is True:
        found.accepted |= {(one.operation, one.member) for one in found.open}
        found.open = []
        return
    operation, account = str(detail.get("Operation")), Arn(entry.arn).account
    for member in detail.get("Same") or ():
        found.verified.setdefault((account, operation, str(member)), entry.time)
    for one in detail.get("Different") or ():
        member, seen = str(one["Member"]), known_time(one["Seen"]) or entry.time
        words = str(one["Before"]), str(one["After"])
        new = Difference(operation, member, *words, entry.arn, seen, entry.time)
        key = (operation, member, entry.arn)
        found.open = [o for o in found.open if (o.operation, o.member, o.arn) != key]
        found.open.append(new)
