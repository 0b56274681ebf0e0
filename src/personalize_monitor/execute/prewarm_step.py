"""The executor's side of a pre-warm: from a request that begins or ends one to the floor it means.

What the floor was before, and which other pre-warms run, is in the journal, where EventBridge
copies the requests and the announcements.
"""

from __future__ import annotations

import logging

from personalize_monitor.clock import RealTime
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.execute.action_requests import ActionRequest
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.resource import Resource
from personalize_monitor.policy import prewarm
from personalize_monitor.policy.prewarm import Standing, Step

_LOOK_BACK_HOURS = 32 * 24.0  # a pre-warm lasts at most 31 days
_log = logging.getLogger(__name__)


def step(reader: JournalReader, request: ActionRequest, current: Resource, now: RealTime) -> Step:
    """The floor that ``order`` asks for, or why the floor stays.

    Raises JournalUnavailable when an end cannot know what to return to; a beginning does without.
    """
    until = request.holds_until(now)
    if not request.ends_prewarm and until is not None and until <= now:
        return Step(None, f"Pre-warm {request.prewarm} is over; its beginning came too late.")
    try:
        entries = reader.of_resource(request.arn, now=now, hours=_LOOK_BACK_HOURS)
    except JournalUnavailable as problem:
        if request.ends_prewarm:
            raise
        # Too high a floor for a while costs money; too low a one costs the sale.
        _log.warning("pre-warm without its past", extra={"problem": str(problem)})
        entries = []
    stand = prewarm.standing(entries, now, asked=request.asked) if entries else Standing()
    if request.ends_prewarm:
        return prewarm.end(stand, request.prewarm, current.next_floor, current.changed)
    assert request.floor is not None
    return prewarm.begin(stand, request.prewarm, request.floor, current.next_floor)
