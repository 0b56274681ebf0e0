"""Replacing parts of moto while a sandbox runs, and putting them back."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from moto.core import utils as moto_utils

from personalize_monitor.sandbox.clock import Clock


class Patches:
    """Attributes that were replaced, in order; `undo` restores all of them."""

    def __init__(self) -> None:
        self._saved: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute of a class or module that exists already.

        Raises:
            AttributeError: moto has changed and has no such attribute any more.
        """
        self._saved.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def undo(self) -> None:
        """Put everything back, last replacement first."""
        while self._saved:
            owner, name, value = self._saved.pop()
            setattr(owner, name, value)


def follow_clock(clock: Clock, patches: Patches) -> None:
    """Let every moto module that asks moto's own `utcnow` see the sandbox's time.

    moto keeps naive UTC times. Its `unix_time` and ISO helpers all ask `utcnow`.
    """
    original = moto_utils.utcnow

    def utcnow() -> datetime:
        return clock.now().astimezone(UTC).replace(tzinfo=None)

    for name, module in list(sys.modules.items()):
        if not name.startswith("moto.") or not isinstance(module, ModuleType):
            continue
        if vars(module).get("utcnow") is original:
            patches.replace(module, "utcnow", utcnow)
