"""The ledger of harm: for each change what callers met before and after it, and what it saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from personalize_monitor.model.money import Money
from personalize_monitor.policy.harm.case import By, Case, State
from personalize_monitor.policy.harm.evidence import Quality
from personalize_monitor.policy.harm.verdict import Word
from personalize_monitor.policy.harm.words import reason_of, word_of


@dataclass(frozen=True, slots=True)
class Side:
    """What callers met on one side of a change: requests, those in trouble, median p90 (ms).

    ``unknown`` counts windows that nobody knows; they are in no sum.
    """

    asked: float = 0.0
    refused: float = 0.0
    failed: float = 0.0
    p90: float | None = None
    unknown: int = 0

    @property
    def share(self) -> float | None:
        """The share refused or failed; None where nothing was asked."""
        return (self.refused + self.failed) / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class Row:
    """One change: floors, both sides, dollars, and the verdict.

    ``extra`` counts the requests in trouble beyond what the loads before let expect.
    """

    arn: str
    opened: int
    by: By
    from_floor: int
    floor: int
    state: State
    word: Word
    reason: str
    before: Side
    after: Side
    extra: float
    saved: Money


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over rows, of what came after: changes of one resource share windows before."""

    changes: int
    asked: float
    refused: float
    failed: float
    extra: float
    saved: Money
    harmless: int
    hurt: int
    unknown: int


def side(windows: Iterable[Quality]) -> Side:
    """Sums over windows."""
    found = list(windows)
    known = [window for window in found if window.asked is not None]
    p90s = [window.p90_ms for window in known if window.p90_ms is not None]
    return Side(
        asked=sum(window.asked or 0.0 for window in known),
        refused=sum(window.refused or 0.0 for window in known),
        failed=sum(window.failed or 0.0 for window in known),
        p90=median(p90s) if p90s else None,
        unknown=len(found) - len(known),
    )


def row(case: Case, past: Sequence[Quality], since: Sequence[Quality], saved: Money) -> Row:
    """The row of a case: ``past`` is what it is compared with, ``since`` what came after."""
    return Row(
        arn=case.arn,
        opened=case.opened,
        by=case.by,
        from_floor=case.from_floor,
        floor=case.floor,
        state=case.state,
        word=word_of(case),
        reason=reason_of(case),
        before=side(past),
        after=side(since),
        extra=case.verdict.figures.excess if case.verdict else 0.0,
        saved=saved,
    )


def totals(rows: Iterable[Row]) -> Totals:
    """The sums under the table."""
    found = list(rows)
    return Totals(
        changes=len(found),
        asked=sum(one.after.asked for one in found),
        refused=sum(one.after.refused for one in found),
        failed=sum(one.after.failed for one in found),
        extra=sum(one.extra for one in found),
        saved=Money.total(one.saved for one in found),
        harmless=sum(one.word is Word.HARMLESS for one in found),
        hurt=sum(one.word is Word.HURT for one in found),
        unknown=sum(one.word is Word.UNKNOWN for one in found),
    )
