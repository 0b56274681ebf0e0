"""Hourly work spread over the hour: each resource has one of twelve slots, by its ARN.

The slot is compared with the *window's* time, never with the minute at which the code happens to
run, so a late run skips nothing, and a repeated one finds that the hour's work is done.
"""

from __future__ import annotations

import zlib

from personalize_monitor.model.window import Window

SLOTS = 12
"""Windows of five minutes in an hour."""


def slot_of(key: str) -> int:
    """The slot of an ARN (or any other text), 0 to 11, the same for ever."""
    return zlib.crc32(key.encode()) % SLOTS


def turn(key: str, window: Window) -> int:
    """The number of the hour-long turn that ``key`` is in at ``window``.

    It grows by one when the window reaches the key's slot, and stays for twelve windows. Work is
    due when the turn differs from the one in which it was last done; for a key that nothing is
    remembered of, it is due at once.
    """
    return (window.number - slot_of(key)) // SLOTS
