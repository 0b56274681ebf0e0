"""What one console looks at, and what it may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from personalize_monitor.aws.access import Access
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.plan.operator import Operator
from personalize_monitor.settings import Settings
from personalize_monitor_desk.console.remote import Remote


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleContext:
    """One account and the way to it.

    ``now`` answers the account's present: real UTC, or the sandbox's. ``desk`` opens the
    deployment's journal, or the file that stands in for it. ``learns`` says that prices which the
    deployment has learned count before ``prices``, as nobody gave a file. ``sandbox`` is the way to
    the sandbox's clock, None against AWS. Without ``allow_actions`` nothing is ever changed; only
    an ``own_sandbox``, started with the console for whoever sits at it, may be played with.
    """

    access: Access
    regions: tuple[str, ...]
    settings: Settings
    prices: PriceTable
    now: Callable[[], datetime]
    operator: Callable[[], Operator]
    allow_actions: bool = False
    learns: bool = False
    sandbox: Remote | None = None
    own_sandbox: bool = False

    @property
    def may_play(self) -> bool:
        """Whether the sandbox's clock and weather may be turned from the pages."""
        return self.sandbox is not None and (self.allow_actions or self.own_sandbox)
