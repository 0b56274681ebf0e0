"""Tell people what the monitor changed by itself: after each cycle one mail.

The journal says what was changed, and holds a note of what was told. So an outage of any length up
to ``_LOOK_BACK`` delays mails and loses none, and no change is told twice, unless the function dies
between a mail and its note, or cannot write it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from personalize_monitor.aws.journal import COPIES, NOTES, Journal
from personalize_monitor.aws.problems import AWS_ERRORS
from personalize_monitor.clock import RealTime
from personalize_monitor.context.memory import Memory
from personalize_monitor.contract import (
    CAMPAIGN_DELETED_EVENT,
    EVENT_SOURCE,
    FLOOR_UPDATED_EVENT,
    NOTICE_EVENT,
    RECOMMENDER_STOPPED_EVENT,
    STEP_BACK_KEY,
)
from personalize_monitor.model.entry import STORED, TOLD
from personalize_monitor.model.moment import known_time
from personalize_monitor.notify.compose import compose
from personalize_monitor.notify.facts import Home
from personalize_monitor.notify.gather import Change, Gathered, gather, mark_of
from personalize_monitor.notify.letter import Letter

_CHANGES = (*FLOOR_UPDATED_EVENT.values(), CAMPAIGN_DELETED_EVENT, RECOMMENDER_STOPPED_EVENT)
_LOOK_BACK = timedelta(days=7)
_LATE = timedelta(minutes=15)
"""What was stored so long ago is found by whoever reads; the newest records take their time."""
_SETTLED = timedelta(minutes=2)
_PATIENCE = timedelta(minutes=5)
"""A cycle's changes come within a minute or two; of what is older, the rest is not waited for."""


def tell_changes(
    journal: Journal,
    publish: Callable[[Letter], None],
    home: Home,
    *,
    turn: datetime,
    now: RealTime,
    memory: Memory,
) -> list[str]:
    """Publish what was not told yet; answers with the subjects.

    ``memory`` keeps until when there was nothing left to tell; without it, a week is read.
    ``turn`` is the time of the schedule for which this runs: of several deliveries of one turn, one
    tells. Raises JournalUnavailable, and what AWS said about a mail that it did not take, after the
    others are out; then the turn can be tried again.
    """
    since: datetime = now - _LOOK_BACK
    if memory.told_until and since < memory.told_until <= now:
        since = memory.told_until
    changes, harms = _untold(journal, since)
    if not (changes or harms):
        memory.told_until = now
        return []
    due = [one for one in harms if (known_time(one.get("time")) or now) <= now - _PATIENCE]
    ready = [] if changes and _still_coming(changes, now) else changes
    claim = f"{NOTES}{turn:%Y-%m-%d/%H%M%S}"
    if not (ready or due) or not journal.claim(claim):
        return []
    subjects: list[str] = []
    failed: list[Exception] = []
    mails = [*gather(ready, home), *(Gathered(compose(one, home), (one,)) for one in due)]
    for mail in mails:
        try:
            if mail.letter is not None:
                publish(mail.letter)
                subjects.append(mail.letter.subject)
        except AWS_ERRORS as error:
            failed.append(error)
            continue
        journal.write(_note(mail, now), stream=f"{NOTES}{now:%Y-%m-%d}", now=now)
    if failed:
        journal.release(claim)
        raise failed[0]
    return subjects


def _untold(journal: Journal, since: datetime) -> tuple[list[Change], list[Change]]:
    """Changes of ours, and verdicts that one of them hurt, that no note of a mail names.

    One read for all: this runs every five minutes, and nearly always nothing is found.
    """
    copies = list(journal.read(start=since - _LATE, streams=COPIES))
    made = [one for one in copies if one.get("detail-type") in _CHANGES]
    changes: list[Change] = [one for one in made if _by_the_monitor(one)]
    harms = _not_taken_back(copies, made)
    # Of what is looked at, nothing was told before it was stored.
    told = _told(journal, since - 2 * _LATE) if changes or harms else set()
    return (
        [one for one in changes if mark_of(one) not in told],
        [one for one in harms if mark_of(one) not in told],
    )


def _told(journal: Journal, start: datetime) -> set[str]:
    """The marks of what was told since then."""
    told: set[str] = set()
    for record in journal.read(start=start, streams=NOTES):
        detail = record.get("detail")
        if record.get("detail-type") == TOLD and isinstance(detail, Mapping):
            told.update(detail["Changes"])
    return told


def _by_the_monitor(change: Change) -> bool:
    """Whether people are told by schedule; of the rest they were told at once."""
    return _said(change).get("RequestedBy") == "monitor" and not _steps_back(change)


def _steps_back(change: Change) -> bool:
    return _said(change).get(STEP_BACK_KEY) is True


def _not_taken_back(copies: Iterable[Change], made: Iterable[Change]) -> list[Change]:
    """Verdicts that a change of ours hurt, where no step back came after.

    Where one came, its own mail tells all of it; it comes within minutes.
    """
    taken_back = {str(_said(one).get("ARN")) for one in made if _steps_back(one)}
    return [
        record
        for record in copies
        if _is_harm(record) and str(_said(record).get("ARN")) not in taken_back
    ]


def _is_harm(record: Change) -> bool:
    said = _said(record)
    kind, verdict, by = (said.get(key) for key in ("Kind", "Verdict", "RequestedBy"))
    return record.get("detail-type") == NOTICE_EVENT and (kind, verdict, by) == (
        "verdict",
        "hurt",
        "monitor",
    )


def _said(change: Change) -> Mapping[str, Any]:
    detail = change.get("detail")
    return detail if isinstance(detail, Mapping) else {}


def _still_coming(changes: list[Change], now: RealTime) -> bool:
    stored = [datetime.fromtimestamp(one[STORED] / 1000, UTC) for one in changes]
    return max(stored) > now - _SETTLED and min(stored) > now - _PATIENCE


def _note(mail: Gathered, now: RealTime) -> dict[str, Any]:
    return {
        "time": now.isoformat(),
        "source": EVENT_SOURCE,
        "detail-type": TOLD,
        "resources": [],
        "detail": {
            "Changes": [mark_of(change) for change in mail.changes],
            "Subject": mail.letter.subject if mail.letter else "",
        },
    }
