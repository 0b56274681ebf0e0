"""Announce what was done, exactly once, however often the request for it is delivered.

Before anything is changed, an *intent* goes into the journal; after the service accepted the
change, the announcement goes to EventBridge, which also copies it into the journal, and a note of
it goes there at once, because that copy takes its time. A delivery that finds the work already done
looks there: an intent without an announcement means that an earlier attempt died in between, so
this one announces; otherwise it stays silent.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.app.orders import Order
from personalize_monitor.app.records import Records, Sender, as_record
from personalize_monitor.aws.events import Event
from personalize_monitor.contract import EVENT_SOURCE
from personalize_monitor.errors import JournalUnavailable, Unannounced
from personalize_monitor.model.entry import ANNOUNCED, INTENT

_RETRIES_LAST = timedelta(hours=25)  # EventBridge gives up on a target after 24 hours
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Announcer:
    """Speaks for one deployment. ``journal`` is None where no log group is deployed.

    ``desk_time``: a person acts, at that time, and nobody tries again. Then nothing is done that is
    not recorded before, and what cannot be sent is at least written into the journal.
    """

    events: Sender
    journal: Records | None
    desk_time: datetime | None = None

    def intend(self, order: Order, event: Event, *, must: bool, **recipe: Any) -> None:
        """Record what is about to be done and how to undo it.

        With ``must`` nothing may happen without the record: raises JournalUnavailable.
        """
        if self.journal is None:
            return
        detail = {
            "RequestId": order.id,
            "ARN": str(order.arn),
            "Announcement": event.detail_type,
            "AnnouncementDetail": event.detail,
            **recipe,
        }
        try:
            self._note(order, INTENT, detail)
        except JournalUnavailable as problem:
            if must or self.desk_time is not None:
                raise
            _log.warning("the intent is not recorded", extra={"problem": str(problem)})

    def _note(self, order: Order, name: str, detail: Mapping[str, Any]) -> None:
        assert self.journal is not None
        record = {
            "time": order.now.isoformat(),
            "source": EVENT_SOURCE,
            "detail-type": name,
            "resources": [str(order.arn)],
            "detail": detail,
        }
        self.journal.write(record, stream=f"intents/{order.arn.name}", now=order.now)

    def announce(self, order: Order, event: Event) -> None:
        """Send the announcement of what ``order`` did, and note at once that it is sent."""
        self.say(event)
        if self.journal is None:
            return
        detail = {"RequestId": order.id, "ARN": str(order.arn), "Announcement": event.detail_type}
        try:
            self._note(order, ANNOUNCED, detail)
        except JournalUnavailable as problem:
            _log.warning("the announcement is not noted", extra={"problem": str(problem)})

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

    def owed(self, order: Order) -> Event | None:
        """The announcement that an earlier attempt of this request could not make, or None."""
        if self.journal is None:
            return None
        try:
            records = list(self.journal.read(containing=order.id, start=order.now - _RETRIES_LAST))
        except JournalUnavailable as problem:
            _log.warning("announcements cannot be checked", extra={"problem": str(problem)})
            return None
        owed: dict[str, Any] | None = None
        for record in records:
            detail = record.get("detail")
            if not isinstance(detail, Mapping) or detail.get("RequestId") != order.id:
                continue
            if record.get("detail-type") != INTENT:
                return None
            owed = dict(detail)
        if owed is None:
            return None
        return Event(owed["Announcement"], owed["AnnouncementDetail"], owed["ARN"])
