"""Problems that last are told to people: one notice a day for all of them, each with its cure.

A summary that nobody reads is no message. What passes by itself, a throttled call or a slow
region, is not told; what was met two hours ago and is met still, is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from personalize_monitor.aws.events import Event
from personalize_monitor.context.memory import Memory, Trouble
from personalize_monitor.context.target import Deployment
from personalize_monitor.contract import NOTICE_EVENT
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.journal.journal_reader import JournalReader

TROUBLE_KIND = "problems"
_LASTS = timedelta(hours=2)
_FORGOTTEN = timedelta(minutes=75)  # hourly work meets its problem once an hour
_A_DAY = timedelta(days=1)
_SHOWN = 10
_LONGEST = 600  # characters of one problem
_NUMBER = re.compile(r"\d+")


def trouble_notice(
    problems: Iterable[str],
    deployment: Deployment,
    reader: JournalReader,
    memory: Memory,
    now: datetime,
) -> Event | None:
    """The notice about problems that last, or None when there are none or people know of them."""
    lasting = _lasting(problems, memory, now)
    if not lasting or _told_lately(reader, memory, now):
        return None
    memory.told_troubles = now
    shown = " ".join(problem[:_LONGEST] for problem in lasting[:_SHOWN])
    more = f" And {len(lasting) - _SHOWN} more." if len(lasting) > _SHOWN else ""
    what = "1 problem lasts" if len(lasting) == 1 else f"{len(lasting)} problems last"
    detail = {
        "Kind": TROUBLE_KIND,
        "ARN": "",
        "Name": deployment.stack,
        "Region": deployment.home_region,
        "Summary": f"{what} in the deployment {deployment.stack}; until then it cannot do all of "
        "its work.",
        "Reason": f"{shown}{more}",
    }
    return Event(NOTICE_EVENT, detail)


def _lasting(problems: Iterable[str], memory: Memory, now: datetime) -> list[str]:
    """Of the problems of this cycle those that were met for the first time long ago."""
    known = {key: seen for key, seen in memory.troubles.items() if now - seen.last <= _FORGOTTEN}
    lasting = []
    for problem in dict.fromkeys(problems):
        key = _key(problem)
        first = known[key].first if key in known else now
        known[key] = Trouble(first, now)
        if now - first >= _LASTS:
            lasting.append(problem)
    memory.troubles = known
    return lasting


def _key(problem: str) -> str:
    """What makes it the same problem again: AWS's own words and numbers may differ."""
    return _NUMBER.sub("#", problem.partition(" AWS says:")[0])


def _told_lately(reader: JournalReader, memory: Memory, now: datetime) -> bool:
    """Whether people were told within the last day; the journal knows it after a cold start."""
    if memory.told_troubles is None:
        try:
            told = reader.about(TROUBLE_KIND, now=now, hours=24)
        except JournalUnavailable:
            told = []  # better told twice than not at all: this too is a problem that lasts
        of_us = [
            e.time for e in told if e.name == NOTICE_EVENT and e.detail.get("Kind") == TROUBLE_KIND
        ]
        memory.told_troubles = max(of_us, default=None)
    return memory.told_troubles is not None and now - memory.told_troubles < _A_DAY
