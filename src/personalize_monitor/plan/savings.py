"""The realised saving: the ledger of what our changes have saved, from the recorded past."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from personalize_monitor.aws.access import Access
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.floor_changes import FloorChange
from personalize_monitor.model.ledger import Ledger, SavingRow, ledger
from personalize_monitor.model.metered import Metered
from personalize_monitor.model.money import ZERO, Money
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.model.window import floor_to
from personalize_monitor.plan.past import recorded
from personalize_monitor.plan.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Savings:
    """The ledger of a span of time, and what could not be read for it.

    ``unsure`` are resources that were changed, and of which nobody knows what they are now, because
    their region did not answer; the ledger is without them. ``metered``, ``changes`` and
    ``prices`` are what it was drawn from.
    """

    since: datetime
    until: datetime
    ledger: Ledger
    problems: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    metered: tuple[Metered, ...] = ()
    changes: Mapping[str, Sequence[FloorChange]] = field(default_factory=dict)
    prices: PriceTable | None = None

    @property
    def saved(self) -> Money:
        """All of it, short of what is not known."""
        return self.ledger.saved.partly(len(self.unsure))

    def between(self, arn: str, begin: int, end: int) -> Money:
        """What our changes of one resource saved in these epoch seconds, to whole hours.

        Parts of a time add up to the whole. Not known for what was not looked at.
        """
        own = next((one for one in self.metered if one.arn == arn), None)
        if own is None or self.prices is None:
            return Money.not_known()
        begin = max(int(self.since.timestamp()), begin // 3600 * 3600)
        end = min(int(self.until.timestamp()), end // 3600 * 3600)
        if begin >= end:
            return ZERO
        price = self.prices.price(own.region, own.family)
        tiered = price is not None and len(price.tiers) > 1
        sharing = [
            one
            for one in self.metered
            if one is own or (tiered and (one.region, one.family) == (own.region, own.family))
        ]
        return ledger(sharing, self.changes, self.prices, since=begin, until=end).of(arn).saved


def realised(
    access: Access,
    reader: JournalReader,
    seen: Snapshot,
    prices: PriceTable,
    *,
    now: datetime,
    days: int = 30,
    beside: Collection[str] = (),
) -> Savings:
    """What the changes of the last ``days`` have saved until ``now``, in the places of ``seen``.

    See ``past.recorded`` for what counts and what is ``beside``. Raises JournalUnavailable.
    """
    until = floor_to(now, 3600)
    since = until - timedelta(days=days)
    past = recorded(
        access,
        reader,
        seen,
        prices,
        since=since,
        until=until,
        only_changed=True,
        beside=beside,
    )
    drawn = ledger(
        past.metered,
        past.changes,
        prices,
        since=int(since.timestamp()),
        until=int(until.timestamp()),
        daily=True,
    )
    unchanged = [
        SavingRow(arn, f"{until:%Y-%m}", ZERO, 0.0, 0.0, f"{until:%Y-%m-%d}")
        for arn in past.left_out
    ]
    return Savings(
        since,
        until,
        Ledger((*drawn.rows, *unchanged)),
        past.problems,
        past.unsure,
        tuple(past.metered),
        past.changes,
        prices,
    )
