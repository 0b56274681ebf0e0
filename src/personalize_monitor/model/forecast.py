"""What the month will cost: what it has cost so far, and the rest as the same hours were before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from personalize_monitor.model.bill import with_gaps
from personalize_monitor.model.calendar_month import month_end, month_of, month_start
from personalize_monitor.model.floors import floor_at
from personalize_monitor.model.metered import HOUR, Metered
from personalize_monitor.model.metering import Quantity, meter, windows_of
from personalize_monitor.model.money import Money
from personalize_monitor.model.pool import Pool, PoolKey
from personalize_monitor.model.prices import PriceTable

_HISTORY = 28 * 86_400
_WEEK_HOURS = 168
_DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """One resource: its cost in this month until now, and expected by the month's end."""

    arn: str
    to_date: Money
    month_end: Money


@dataclass(frozen=True, slots=True)
class Forecast:
    """All resources in ``month``."""

    month: str
    rows: tuple[ForecastRow, ...]

    @property
    def to_date(self) -> Money:
        """What the month has cost until now."""
        return Money.total(row.to_date for row in self.rows)

    @property
    def month_end(self) -> Money:
        """What the whole month is expected to cost."""
        return Money.total(row.month_end for row in self.rows)

    def of(self, arn: str) -> Forecast:
        """The row of one resource."""
        return Forecast(self.month, tuple(row for row in self.rows if row.arn == arn))


def forecast(
    resources: Iterable[Metered],
    prices: PriceTable,
    now: int,
    *,
    floors: Mapping[str, int] | None = None,
) -> Forecast:
    """The month of epoch second ``now``, if floors stay (or become ``floors``, by ARN) from now on.

    An hour to come is billed like the same hour of the week was on average in the last 28 days,
    priced at the floor to come; else like that hour of the day, else like any known hour. Where
    nothing is known it is the floor, and the result says that it is a lower bound.
    """
    keyed: dict[PoolKey, list[Metered]] = defaultdict(list)
    for item in resources:
        keyed[PoolKey(item.account, item.region, item.family)].append(item)
    rows: list[ForecastRow] = []
    for key, items in keyed.items():
        pool = Pool.of(key, prices)
        past = {
            item.arn: meter(
                windows_of(item, month_start(now), now), item.floors, pool.included_per_hour
            )
            for item in items
        }
        whole = {
            item.arn: past[item.arn]
            + projected(
                item,
                (floors or {}).get(item.arn, floor_at(item.floors, now)),
                now,
                pool.included_per_hour,
            )
            for item in items
        }
        so_far, expected = _priced(pool, past), _priced(pool, whole)
        rows.extend(ForecastRow(arn, so_far[arn], expected[arn]) for arn in past)
    return Forecast(month_of(now), tuple(sorted(rows, key=lambda row: row.arn)))


def _priced(pool: Pool, amounts: Mapping[str, Quantity]) -> dict[str, Money]:
    """Each resource's share, marked where demand is unknown."""
    shares = pool.shares(
        {arn: amount.billed for arn, amount in amounts.items()},
        {arn: amount.active / HOUR for arn, amount in amounts.items()},
    )
    return {arn: with_gaps(money, amounts[arn].gaps) for arn, money in shares.items()}


def projected(item: Metered, floor: int, now: int, included_per_hour: float = 0.0) -> Quantity:
    """Billable requests from the unfinished window of ``now`` to the month's end at ``floor``."""
    begin, end = now // item.window * item.window, month_end(now)
    if not floor:
        return Quantity()
    history = _hourly_means(item, floor, begin, included_per_hour)
    billed = unknown = 0.0
    least = max(float(floor * HOUR), included_per_hour) - included_per_hour
    at = begin
    while at < end:
        until = min(end, (at // HOUR + 1) * HOUR)
        share = (until - at) / HOUR
        hour = at // HOUR
        mean = next((history[slot] for slot in _slots(hour) if slot in history), None)
        billed += share * (least if mean is None else mean)
        unknown += (until - at) if mean is None else 0
        at = until
    return Quantity(billed, active=end - begin, gaps=unknown)


def _slots(hour: int) -> tuple[int, int, int]:
    """Where to look for an hour like this: of the week, of the day (negative), any (the last)."""
    return hour % _WEEK_HOURS, -1 - hour % _DAY_HOURS, -1 - _DAY_HOURS


def _hourly_means(
    item: Metered, floor: int, now: int, included_per_hour: float
) -> dict[int, float]:
    """Billable requests per hour at ``floor`` on average of the last 28 days, by slot."""
    windows = windows_of(item, max(now - _HISTORY, item.floors[0][0]), now)
    free = included_per_hour * windows.seconds / HOUR
    least = max(float(floor * windows.seconds), free)
    was_away = any(value == 0 for _, value in item.floors)
    sums: dict[int, float] = defaultdict(float)
    counts: dict[int, int] = defaultdict(int)
    for number, (value, gap) in enumerate(zip(windows.known, windows.gap, strict=True)):
        at = windows.start + number * windows.seconds
        if gap or (was_away and not floor_at(item.floors, at)):
            continue
        for slot in _slots(at // HOUR):
            sums[slot] += max(value, least) - free
            counts[slot] += 1
    return {slot: sums[slot] / counts[slot] * HOUR / windows.seconds for slot in sums}
