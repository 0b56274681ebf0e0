"""One request acts once and is announced once, however often it is delivered and wherever it dies.

Before anything is changed, an *intent* goes into the journal, and then a name is claimed there that
exactly one delivery can have (``Records.claim``). After the service accepted the change, the
announcement goes to EventBridge, from where a function copies it into the journal, and a note of it
goes there at once, because that copy takes its time. Every delivery first asks what earlier ones
did: what was announced is never done again; what was done without an announcement is announced;
what died before it acted is taken up again, under the next name.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.events import Event
from personalize_monitor.clock import RealTime
from personalize_monitor.contract import EVENT_SOURCE
from personalize_monitor.errors import JournalUnavailable, Unannounced
from personalize_monitor.execute.action_requests import ActionRequest
from personalize_monitor.journal.records import Records, Sender, as_record
from personalize_monitor.model.entry import ANNOUNCED, GAVE_UP, HELD, INTENT, Entry, entries_in

DEAD_AFTER = timedelta(seconds=60)
"""An attempt that began so long ago is over: the functions end after 55 seconds (template.yaml)."""
_MOST_ATTEMPTS = 5
_RETRIES_LAST = timedelta(hours=49)  # each hop gives up within 24 hours at the latest
_PLAIN = re.compile(r"[\w.:/-]{1,128}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier deliveries of a request did, as far as the journal says.

    ``attempt`` is the number of the last one that was about to act, 0 for none; ``began`` is when,
    ``ended`` says that it told its own end, and ``idle`` that it did nothing, as it knew for sure.
    ``owed`` is what it would have announced, and ``seen`` the resource as it found it. ``read`` is
    False where it is not known.
    """

    attempt: int = 0
    began: datetime | None = None
    ended: bool = False
    idle: bool = False
    announced: bool = False
    owed: Event | None = None
    seen: str = ""
    read: bool = True

    def running(self, now: RealTime) -> bool:
        """Whether that attempt may be at work at this moment."""
        if self.began is None or self.ended or self.announced:
            return False
        return self.began > now - DEAD_AFTER


@dataclass(frozen=True, slots=True)
class Announcer:
    """Speaks for one deployment. ``journal`` is None where no log group is deployed.

    ``desk_time``: a person acts, at that time, and nobody tries again. Then nothing is done that is
    not recorded before, and what cannot be sent is at least written into the journal.
    """

    events: Sender
    journal: Records | None
    desk_time: datetime | None = None

    def before(self, request: ActionRequest, now: RealTime) -> Before:
        """What earlier deliveries of ``order`` did. Raises JournalUnavailable."""
        if self.journal is None:
            return Before()
        text = request.id if _PLAIN.fullmatch(request.id) else str(request.arn)
        records = entries_in(self.journal.read(containing=text, start=now - _RETRIES_LAST))
        mine = [e for e in records if e.request_id == request.id and e.arn == str(request.arn)]
        intents = [e for e in mine if e.own and e.name == INTENT and _of_this(e, request)]
        if not intents:
            return Before()
        # Records of one moment come in any order: the intents first, then what became of them.
        found = _intended(max(intents, key=lambda entry: (_attempt(entry), entry.time)), request)
        for entry in mine:
            if entry.time >= intents[0].time:
                found = _after(found, entry)
        return found

    def begun(self, request: ActionRequest) -> bool:
        """Whether some delivery of ``order`` was about to act, also if its record is not seen."""
        return self.journal is not None and self.journal.claimed(_name(request, 1))

    def intend(
        self,
        request: ActionRequest,
        event: Event,
        now: RealTime,
        *,
        attempt: int,
        seen: str,
        **recipe: Any,
    ) -> None:
        """Record what is about to be done and how to undo it. Raises JournalUnavailable."""
        detail = {
            "Attempt": attempt,
            "AskedAt": request.asked_at,
            "Deed": _deed(request),
            "Seen": seen,
            "Announcement": event.detail_type,
            "AnnouncementDetail": event.detail,
            **recipe,
        }
        self._note(request, INTENT, detail, now)

    def take(self, request: ActionRequest, attempt: int) -> bool:
        """Make this delivery the one that acts; False when another one is. See Records.claim."""
        if self.journal is None:
            return True
        return attempt <= _MOST_ATTEMPTS and self.journal.claim(_name(request, attempt))

    def take_any(self, names: list[str]) -> bool:
        """Take the first of some names that is free; False when none is."""
        journal = self.journal
        return journal is None or any(journal.claim(name) for name in names)

    def gave_up(self, request: ActionRequest, now: RealTime, attempt: int, *, idle: bool) -> None:
        """Note that this attempt is over, so that the next one need not wait.

        ``idle`` says that it certainly changed nothing.
        """
        self._try_to_note(request, GAVE_UP, {"Attempt": attempt, "Idle": idle}, now)

    def hold(self, request: ActionRequest, until: datetime, now: RealTime) -> None:
        """Keep in the journal that a floor is to be left alone; raises JournalUnavailable."""
        self._note(request, HELD, {"HoldUntil": until.isoformat()}, now)

    def announce(self, request: ActionRequest, event: Event, now: RealTime) -> None:
        """Send the announcement of what ``order`` did, and note at once that it is sent."""
        self.say(event)
        self._try_to_note(request, ANNOUNCED, {"Announcement": event.detail_type}, now)

    def say(self, *events: Event) -> None:
        """Send announcements; raises Unannounced so that the invocation is tried again."""
        lost = self.events.put(events)
        if not lost:
            return
        event, why = lost[0]
        if self.desk_time is not None:
            self._keep((event for event, _ in lost), self.desk_time)
        raise Unannounced(
            f"The change of {event.resource} is made but {event.detail_type} could not be "
            f"sent: {why} The next attempt announces it.",
            why,
        )

    def _keep(self, events: Iterable[Event], now: datetime) -> None:
        """Into the journal, where ``restore`` looks for them."""
        for event in events:
            if self.journal is None:
                return
            try:
                self.journal.write(as_record(event, now), stream="desk", now=now)
            except JournalUnavailable as problem:
                _log.warning("the announcement is not kept", extra={"problem": str(problem)})

    def _try_to_note(
        self, request: ActionRequest, name: str, detail: Mapping[str, Any], now: RealTime
    ) -> None:
        try:
            self._note(request, name, detail, now)
        except JournalUnavailable as problem:
            _log.warning("a note is not written", extra={"note": name, "problem": str(problem)})

    def _note(
        self, request: ActionRequest, name: str, detail: Mapping[str, Any], now: RealTime
    ) -> None:
        if self.journal is None:
            return
        record = {
            "time": now.isoformat(),
            "source": EVENT_SOURCE,
            "detail-type": name,
            "resources": [str(request.arn)],
            "detail": {"RequestId": request.id, "ARN": str(request.arn), **detail},
        }
        self.journal.write(record, stream=f"intents/{request.arn.name}", now=now)


def _name(request: ActionRequest, attempt: int) -> str:
    """What one attempt claims: the same for every delivery of one request, and for no other."""
    whole = "\n".join((request.id, str(request.arn), _deed(request), request.asked_at))
    return f"claims/{hashlib.sha256(whole.encode()).hexdigest()[:40]}/{attempt}"


def _deed(request: ActionRequest) -> str:
    return "removal" if request.removes else "floor"


def _of_this(intent: Entry, request: ActionRequest) -> bool:
    """Whether it is of this very request; programs of people may give one id to several."""
    asked = request.asked_at
    detail = intent.detail
    told = isinstance(detail.get("AnnouncementDetail"), Mapping)
    same = detail.get("AskedAt", asked), detail.get("Deed", _deed(request))
    return told and same == (asked, _deed(request))


def _attempt(intent: Entry) -> int:
    number = intent.detail.get("Attempt", 1)
    return number if isinstance(number, int) else 1


def _intended(intent: Entry, request: ActionRequest) -> Before:
    detail = intent.detail
    owed = Event(str(detail["Announcement"]), dict(detail["AnnouncementDetail"]), str(request.arn))
    return Before(_attempt(intent), intent.time, owed=owed, seen=str(detail.get("Seen", "")))


def _after(found: Before, entry: Entry) -> Before:
    """What is known with one more record of the request."""
    if entry.name == GAVE_UP and entry.own:
        if _attempt(entry) != found.attempt:
            return found
        return replace(found, ended=True, idle=entry.detail.get("Idle") is True)
    noted = entry.name == ANNOUNCED and entry.own
    copied = found.owed is not None and entry.name == found.owed.detail_type
    return replace(found, announced=True) if noted or copied else found
