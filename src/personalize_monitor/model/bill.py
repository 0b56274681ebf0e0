"""What resources cost, what of it was for nobody, and what another floor would save."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from personalize_monitor.model.calendar_month import by_month
from personalize_monitor.model.floors import Floors
from personalize_monitor.model.metered import HOUR, Metered
from personalize_monitor.model.metering import Quantity, Windows, meter, windows_of
from personalize_monitor.model.money import Money
from personalize_monitor.model.pool import Pool, PoolKey
from personalize_monitor.model.prices import PriceTable

MONTH_HOURS = 730
"""The month of AWS's own price examples."""


@dataclass(frozen=True, slots=True)
class BillRow:
    """One resource in one month: its share of the pool's cost, and of the pool's waste.

    ``waste`` is the part of ``cost`` for a floor above the demand, ``marginal`` what the pool
    would save without the resource.
    """

    arn: str
    month: str
    cost: Money
    marginal: Money
    waste: Money
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Bill:
    """Rows by resource and month; narrow it with ``of`` and ``in_month``, then ask for the sums."""

    rows: tuple[BillRow, ...]

    @property
    def cost(self) -> Money:
        """All that was paid."""
        return Money.total(row.cost for row in self.rows)

    @property
    def waste(self) -> Money:
        """All that was paid for floors above the demand."""
        return Money.total(row.waste for row in self.rows)

    @property
    def unknown_hours(self) -> float:
        """Resource-hours whose demand is unknown."""
        return sum(row.quantity.gaps for row in self.rows) / HOUR

    def of(self, arn: str) -> Bill:
        """The rows of one resource."""
        return Bill(tuple(row for row in self.rows if row.arn == arn))

    def in_month(self, month: str) -> Bill:
        """The rows of one month, such as ``2026-11``."""
        return Bill(tuple(row for row in self.rows if row.month == month))


def pools(
    resources: Iterable[Metered], since: int | None, until: int | None
) -> dict[PoolKey, dict[str, tuple[Metered, Windows]]]:
    """The billing windows of each resource from ``since`` to ``until``, by pool and month.

    Without limits the resource's own series counts from its first to its last whole window.
    """
    found: dict[PoolKey, dict[str, tuple[Metered, Windows]]] = defaultdict(dict)
    for item in resources:
        begin = item.start if since is None else since
        for month, low, high in by_month(begin, item.end if until is None else until):
            key = PoolKey(item.account, item.region, item.family, month)
            found[key][item.arn] = (item, windows_of(item, low, high))
    return found


def bill(
    resources: Iterable[Metered],
    prices: PriceTable,
    *,
    since: int | None = None,
    until: int | None = None,
) -> Bill:
    """The estimated bill of epoch seconds ``since`` to ``until``; give all resources at once.

    Tiers count the whole account and region, so a resource left out makes the others dearer than
    they are. A resource with unknown demand counts at least its floor, and its cost says so.
    """
    rows: list[BillRow] = []
    for key, members in sorted(pools(resources, since, until).items()):
        pool = Pool.of(key, prices)
        amounts = {
            arn: meter(windows, item.floors, pool.included_per_hour)
            for arn, (item, windows) in members.items()
        }
        rows.extend(_rows(key.month, pool, amounts))
    return Bill(tuple(sorted(rows, key=lambda row: (row.arn, row.month))))


def _rows(month: str, pool: Pool, amounts: Mapping[str, Quantity]) -> Iterable[BillRow]:
    """A pool's rows of one month."""
    billed = {arn: amount.billed for arn, amount in amounts.items()}
    used = {arn: amount.used for arn, amount in amounts.items()}
    hours = {arn: amount.active / HOUR for arn, amount in amounts.items()}
    cost, marginal = pool.shares(billed, hours), pool.marginal(billed, hours)
    waste = pool.differences(billed, used, dict.fromkeys(hours, 0.0))
    for arn, amount in amounts.items():
        yield BillRow(
            arn,
            month,
            with_gaps(cost[arn], amount.gaps),
            with_gaps(marginal[arn], amount.gaps),
            with_gaps(waste[arn], amount.gaps),
            amount,
        )


def with_gaps(money: Money, gaps: float) -> Money:
    """``money``, marked as incomplete when some seconds of demand are unknown."""
    return money.partly(1) if gaps and money.is_known else money


def possible_saving(
    resources: Sequence[Metered],
    proposed: Mapping[str, int | Floors],
    prices: PriceTable,
    *,
    since: int | None = None,
    until: int | None = None,
) -> dict[str, Money]:
    """What the ``proposed`` floors (by ARN; 0: deleted) would save in a month of 730 hours.

    The month repeats the known demand of ``since`` to ``until``; the present floor is the last
    one, for the whole time. Unknown demand is left out; nothing known of a resource: unknown. A
    resource without a proposal counts for the tiers only. Negative: the proposal costs more.
    """
    keyed: dict[PoolKey, list[Metered]] = defaultdict(list)
    for item in resources:
        keyed[PoolKey(item.account, item.region, item.family)].append(item)
    savings: dict[str, Money] = {}
    for key, items in keyed.items():
        if not any(item.arn in proposed for item in items):
            continue
        pool = Pool.of(key, prices)
        now: dict[str, Quantity] = {}
        then: dict[str, Quantity] = {}
        for item in items:
            begin = max(item.start if since is None else since, item.floors[0][0])
            windows = windows_of(item, begin, item.end if until is None else until)
            present = item.floors[-1][1]
            now[item.arn] = _monthly(pool, windows, present)
            other = proposed.get(item.arn)
            then[item.arn] = now[item.arn] if other is None else _monthly(pool, windows, other)
            if 0 not in windows.gap:
                savings[item.arn] = Money.not_known()
        savings = _savings(pool, now, then) | savings
    return {arn: savings[arn] for arn in proposed if arn in savings}


def _monthly(pool: Pool, windows: Windows, floors: int | Floors) -> Quantity:
    """The known part of ``windows`` under ``floors``, scaled to a month; empty without any."""
    line = ((windows.start, floors),) if isinstance(floors, int) else floors
    amount = meter(windows, line, pool.included_per_hour)
    known = windows.gap.count(0) * windows.seconds
    if not known:
        return Quantity()
    scale = MONTH_HOURS * HOUR / known
    return Quantity(
        billed=(amount.billed - amount.of_gaps) * scale,
        active=(amount.active - amount.gaps) * scale,
    )


def _savings(
    pool: Pool, now: Mapping[str, Quantity], then: Mapping[str, Quantity]
) -> dict[str, Money]:
    """Each resource's share of the difference between two months of the pool."""
    return pool.differences(
        {arn: amount.billed for arn, amount in now.items()},
        {arn: amount.billed for arn, amount in then.items()},
        {arn: (amount.active - then[arn].active) / HOUR for arn, amount in now.items()},
    )
