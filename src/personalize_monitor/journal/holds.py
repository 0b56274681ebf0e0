"""Holds that no tag could carry: what protects a floor must not depend on room for a tag."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from personalize_monitor.contract import HOLD_UNTIL_TAG
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.entry import HELD
from personalize_monitor.model.moment import known_time

_LOOK_BACK_HOURS = 32 * 24.0  # no request of ours holds longer


def held_by_journal(
    reader: JournalReader, arn: object, tags: Mapping[str, str], now: datetime
) -> datetime | None:
    """Until when the journal says that a floor is to be left alone, None for not at all.

    It was written there because the tag could not be set. A tag that is there decides, unless it
    was over by then: so old a one could not be replaced either. Raises JournalUnavailable.
    """
    tag = known_time(tags.get(HOLD_UNTIL_TAG))
    if HOLD_UNTIL_TAG in tags and (tag is None or tag > now):
        return None
    ends = [
        end
        for entry in reader.about(HELD, now=now, hours=_LOOK_BACK_HOURS)
        if entry.name == HELD
        and entry.own
        and entry.arn == str(arn)
        and (tag is None or tag <= entry.time)
        and (end := known_time(entry.detail.get("HoldUntil"))) is not None
    ]
    return max((end for end in ends if end > now), default=None)
