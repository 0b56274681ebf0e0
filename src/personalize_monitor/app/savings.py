"""The realised saving: the ledger of what our changes have saved, from the recorded past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from personalize_monitor.app.book import Book
from personalize_monitor.app.look import Look
from personalize_monitor.app.past import recorded
from personalize_monitor.aws.access import Access
from personalize_monitor.model.ledger import Ledger, ledger
from personalize_monitor.model.money import Money
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.model.window import floor_to


@dataclass(frozen=True, slots=True)
class Savings:
    """The ledger of a span of time, and what could not be read for it.

    ``unsure`` are resources that were changed, and of which nobody knows what they are now, because
    their region did not answer; the ledger is without them.
    """

    since: datetime
    until: datetime
    ledger: Ledger
    problems: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()

    @property
    def saved(self) -> Money:
        """All of it, short of what is not known."""
        return self.ledger.saved.partly(len(self.unsure))


def realised(
    access: Access,
    book: Book,
    seen: Look,
    prices: PriceTable,
    *,
    now: datetime,
    days: int = 30,
) -> Savings:
    """What the changes of the last ``days`` have saved until ``now``, in the places of ``seen``.

    See ``past.recorded`` for what counts. Raises JournalUnavailable.
    """
    until = floor_to(now, 3600)
    since = until - timedelta(days=days)
    past = recorded(access, book, seen, prices, since=since, until=until)
    book_of = ledger(
        past.metered,
        past.changes,
        prices,
        since=int(since.timestamp()),
        until=int(until.timestamp()),
    )
    return Savings(since, until, book_of, past.problems, past.unsure)
