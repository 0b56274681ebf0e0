"""What one console looks at, and what it may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from personalize_monitor.aws.access import Access
from personalize_monitor.console.remote import Remote
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """One account and the way to it.

    ``now`` answers the account's present: real UTC, or the sandbox's. ``sandbox`` is the way to
    its clock, None against AWS. ``stack`` names the deployment, empty for the only one there is; where
    nothing is deployed the journal is the file at ``journal_path``. Without ``allow_actions``
    nothing is ever changed.
    """

    access: Access
    regions: tuple[str, ...]
    settings: Settings
    prices: PriceTable
    now: Callable[[], datetime]
    journal_path: Path
    stack: str = ""
    allow_actions: bool = False
    sandbox: Remote | None = None
