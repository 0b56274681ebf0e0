"""The realised saving: what the observed demand would have cost without our changes of floors.

The floor *without us* is the floor before our first change; a setting by a person replaces it,
because that is what would be in force without us as well. Saved is the cost at that floor minus
the cost at the floor that was in force, over the same demand, tiers included. It is arithmetic on
what was observed, a pure function of journal and demand: nothing can reset or inflate it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate, pairwise

from personalize_monitor.model.bill import pools, with_gaps
from personalize_monitor.model.floor_changes import FloorChange, FloorHistory, floor_history
from personalize_monitor.model.floors import floor_seconds
from personalize_monitor.model.metered import HOUR, Metered
from personalize_monitor.model.metering import Windows, meter, window_cuts
from personalize_monitor.model.money import Money
from personalize_monitor.model.pool import Pool, PoolKey
from personalize_monitor.model.prices import PriceTable

_DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class SavingRow:
    """One resource in one month: USD saved, requests not billed, hours that cannot be judged.

    ``day`` (UTC, ``2026-11-30``) says that it is a day of the month only.
    """

    arn: str
    month: str
    saved: Money
    requests: float
    unknown_hours: float
    day: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Rows by resource and month; narrow it with ``of`` and ``in_month``."""

    rows: tuple[SavingRow, ...]

    @property
    def saved(self) -> Money:
        """All that was saved; negative if floors raised by us cost more than lowered ones saved."""
        return Money.total(row.saved for row in self.rows)

    @property
    def unknown_hours(self) -> float:
        """Resource-hours under our changes that count for nothing because demand is unknown."""
        return sum(row.unknown_hours for row in self.rows)

    def of(self, arn: str) -> Ledger:
        """The rows of one resource."""
        return Ledger(tuple(row for row in self.rows if row.arn == arn))

    def in_month(self, month: str) -> Ledger:
        """The rows of one month, such as ``2026-11``."""
        return Ledger(tuple(row for row in self.rows if row.month == month))

    def cumulative(self) -> list[tuple[str, Money]]:
        """(Month, all saved up to its end), in order."""
        months = sorted({row.month for row in self.rows})
        sums = accumulate((self.in_month(m).saved for m in months), lambda a, b: a + b)
        return list(zip(months, sums, strict=True))


def ledger(
    resources: Sequence[Metered],
    changes: Mapping[str, Sequence[FloorChange]],
    prices: PriceTable,
    *,
    since: int | None = None,
    until: int | None = None,
    daily: bool = False,
) -> Ledger:
    """What ``changes`` (by ARN) have saved in epoch seconds ``since`` to ``until``.

    Give all resources, changed or not, because they share tiers; ``floors`` of each as for
    ``floor_history``; and ``until``, or a deleted resource's savings end with its data. A window
    of unknown demand counts as unknown where our change is in force, and as no saving elsewhere.
    ``daily`` gives a row for each day: at the tiers of the whole month, so that days add up to it.
    """
    histories = {
        item.arn: floor_history(item.floors, changes.get(item.arn, ())) for item in resources
    }
    lived = [replace(item, floors=histories[item.arn].actual) for item in resources]
    rows: list[SavingRow] = []
    for key, members in pools(lived, since, until).items():
        windows = {arn: value[1] for arn, value in members.items()}
        rows.extend(_rows(key, Pool.of(key, prices), windows, histories, daily=daily))
    return Ledger(tuple(sorted(rows, key=lambda row: (row.arn, row.month, row.day))))


def _rows(
    key: PoolKey,
    pool: Pool,
    members: Mapping[str, Windows],
    histories: Mapping[str, FloorHistory],
    *,
    daily: bool,
) -> Iterable[SavingRow]:
    """A pool's savings in one month. Unknown windows stand at the floor in force on both sides."""
    paid: dict[str, float] = {}
    spared: dict[str, float] = {}
    hours: dict[str, float] = {}
    unknown: dict[str, float] = {}
    for arn, windows in members.items():
        history = histories[arn]
        judged = _judged(windows, history)
        for day, part in _days(judged) if daily else [("", judged)]:
            name = f"{day} {arn}"
            actual = meter(part, history.actual, pool.included_per_hour)
            without = meter(part, history.without_us, pool.included_per_hour)
            paid[name] = actual.billed
            spared[name] = (without.billed - without.of_gaps) - (actual.billed - actual.of_gaps)
            hours[name] = ((without.active - without.gaps) - (actual.active - actual.gaps)) / HOUR
            unknown[name] = max(without.gaps, actual.gaps) / HOUR
    priced = pool.differences(
        {name: paid[name] + more for name, more in spared.items()}, paid, hours
    )
    for name, money in priced.items():
        day, _, arn = name.partition(" ")
        saved = replace(with_gaps(money, unknown[name]), signed=True)
        yield SavingRow(arn, key.month, saved, spared[name], unknown[name], day)


def _days(windows: Windows) -> Iterable[tuple[str, Windows]]:
    """The windows of each UTC day; a window counts to the day in which it begins."""
    count, at = len(windows.known), 0
    while at < count:
        begin = windows.start + at * windows.seconds
        midnight = (begin // _DAY + 1) * _DAY
        to = min(count, -((windows.start - midnight) // windows.seconds))
        day = datetime.fromtimestamp(begin, UTC).date().isoformat()
        yield day, Windows(begin, windows.seconds, windows.known[at:to], windows.gap[at:to])
        at = to


def _judged(windows: Windows, history: FloorHistory) -> Windows:
    """Gaps only where they matter: between different floors, and where the floor is not known."""
    gap = bytearray(windows.gap)
    both = sorted({*history.actual, *history.without_us})
    for low, high in pairwise(window_cuts(windows, both)):
        begin = windows.start + low * windows.seconds
        end = begin + windows.seconds
        if floor_seconds(history.actual, begin, end) == floor_seconds(
            history.without_us, begin, end
        ):
            gap[low:high] = bytes(high - low)
    for begin, end in history.blind:
        low = max(0, (begin - windows.start) // windows.seconds)
        high = min(len(gap), -((windows.start - end) // windows.seconds))
        gap[low:high] = b"\x01" * max(0, high - low)
    return replace(windows, gap=bytes(gap))
