"""Moto's time: the live sandbox's, and the machine's where no sandbox is live.

Moto keeps naive UTC times, and its `unix_time` and ISO helpers all ask its own `utcnow`. Every
module of moto sees the one below, those that are imported later too, so nothing needs to be taken
back when a sandbox ends.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

from moto.core import utils as moto_utils

from aws_sandbox import clock

_machine_s: Callable[[], datetime] = moto_utils.utcnow


def utcnow() -> datetime:
    """In the place of moto's own."""
    try:
        return clock.current().now().replace(tzinfo=None)
    except LookupError:
        return _machine_s()


def follow() -> None:
    """Let moto ask here; harmless when it does so already."""
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and vars(module).get("utcnow") is _machine_s:
            module.utcnow = utcnow  # type: ignore[attr-defined]
