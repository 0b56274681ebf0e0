"""The executor's side of a pre-warm: from a request that begins or ends one to the floor it means.

What the floor was before, and which other pre-warms run, is in the journal, where EventBridge
copies the requests and the announcements.
"""

from __future__ import annotations

import logging

from personalize_monitor.app.book import Book
from personalize_monitor.app.orders import Order
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.policy import prewarm
from personalize_monitor.policy.prewarm import Standing, Step

_LOOK_BACK_HOURS = 32 * 24.0  # a pre-warm lasts at most 31 days
_log = logging.getLogger(__name__)


def step(book: Book, order: Order, in_force: int) -> Step:
    """The floor that ``order`` asks for, or why the floor stays.

    Raises JournalUnavailable when an end cannot know what to return to; a beginning does without.
    """
    try:
        entries = book.of_resource(order.arn, now=order.now, hours=_LOOK_BACK_HOURS)
    except JournalUnavailable as problem:
        if order.ends_prewarm:
            raise
        # Too high a floor for a while costs money; too low a one costs the sale.
        _log.warning("pre-warm without its past", extra={"problem": str(problem)})
        entries = []
    stand = prewarm.standing(entries, order.now) if entries else Standing()
    if order.ends_prewarm:
        return prewarm.end(stand, order.prewarm, in_force)
    assert order.floor is not None
    return prewarm.begin(stand, order.prewarm, order.floor, in_force)
