"""The use case: prices from the account's own bill, and how far they explain it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.billing import Billing, ListPrice
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.bill import bill
from personalize_monitor.model.metered import Metered
from personalize_monitor.model.metering import meter, windows_of
from personalize_monitor.model.money import ZERO, Money
from personalize_monitor.model.price_learning import CLOSE, Used, learn_tiers, rate_of
from personalize_monitor.model.prices import Family, Price, PriceTable, Tier
from personalize_monitor.model.usage import Usage, UsageDay, recognised, requests_of, short_name
from personalize_monitor.plan.past import recorded
from personalize_monitor.plan.snapshot import Snapshot

_ROUNDS = 60

Key = tuple[str, Family]
"""Region and family."""


@dataclass(frozen=True, slots=True)
class Other:
    """A usage type that tells no price: its sum, and whether nobody knows what it is."""

    region: str
    usage_type: str
    unit: str
    amount: Fraction
    cost: Fraction
    unknown: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One month, or its days so far, of one family: the bill, and the estimate at these prices."""

    region: str
    family: Family
    month: str
    billed: Fraction
    estimate: Money

    @property
    def off(self) -> Fraction | None:
        """By which share the estimate is more (or less) than the bill; None when nobody knows."""
        if not self.estimate.is_known or not self.billed:
            return None
        return (self.estimate.exact - self.billed) / self.billed


@dataclass(frozen=True, slots=True)
class Learned:
    """Prices by region and family with their checks; ``problems`` are what could not be learned.

    ``requests`` is how often Cost Explorer was asked; ``since`` and ``until`` are whole days.
    """

    since: date
    until: date
    prices: Mapping[Key, Price]
    checks: tuple[Check, ...]
    others: tuple[Other, ...]
    problems: tuple[str, ...]
    requests: int


def span(now: datetime) -> tuple[date, date]:
    """The days to learn from: the last month and this one until yesterday. Tiers begin with months.

    CloudWatch has the five-minute demand of all of them.
    """
    today = now.astimezone(UTC).date()
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1), today


def learn(
    access: Access,
    reader: JournalReader,
    seen: Snapshot,
    prices: PriceTable,
    *,
    said: Mapping[str, Usage],
) -> Learned:
    """Learn from the bill of the regions in ``seen``; ``said`` names usage types nobody knows.

    Raises AWS's errors when Cost Explorer refuses, and JournalUnavailable.
    """
    since, until = span(seen.now)
    service = Billing(access)
    regions = {place.region for place in seen.places}
    days = [day for day in service.days(since, until) if day.region in regions]
    problems: list[str] = []
    listed = {region: _listed(service, region, problems) for region in sorted(regions)}
    past = recorded(access, reader, seen, prices, since=_moment(since), until=_moment(until))
    problems += past.problems
    found: dict[Key, Price] = {}
    for (region, family), lines in sorted(_by_family(days, said).items()):
        price, why = _price(family, lines, listed[region], said, past.metered, region, until)
        if price is not None:
            found[region, family] = price
        else:
            problems.append(f"No price of {family} in {region} could be learned: {why}.")
    return Learned(
        since=since,
        until=until,
        prices=found,
        checks=_checks(days, said, past.metered, with_prices(prices, found)),
        others=_others(days, said),
        problems=tuple(problems),
        requests=service.requests,
    )


def with_prices(table: PriceTable, learned: Mapping[Key, Price]) -> PriceTable:
    """``table`` with the learned prices in it."""
    return replace(table, prices={**table.prices, **learned})


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _listed(service: Billing, region: str, problems: list[str]) -> list[ListPrice]:
    try:
        return service.list_prices(region)
    except AWS_ERRORS as error:
        problems.append(sentence(f"Reading list prices of {region}", error))
        return []


def _by_family(
    days: Iterable[UsageDay], said: Mapping[str, Usage]
) -> dict[Key, dict[Usage, list[UsageDay]]]:
    found: dict[Key, dict[Usage, list[UsageDay]]] = defaultdict(lambda: defaultdict(list))
    for day in days:
        usage = recognised(day.usage_type, said)
        if usage.family is not None:
            found[day.region, usage.family][usage].append(day)
    return found


def _price(  # noqa: PLR0917  one step of a loop, with all that the loop knows
    family: Family,
    lines: Mapping[Usage, Sequence[UsageDay]],
    listed: Sequence[ListPrice],
    said: Mapping[str, Usage],
    metered: Sequence[Metered],
    region: str,
    today: date,
) -> tuple[Price | None, str]:
    """The price of a family, or None and why not."""
    if family is not Family.RECOMMENDER:
        (usage,) = lines
        learned = learn_tiers(_used(lines[usage], usage), _tiers(listed, usage, said))
        if learned is None:
            return None, "nothing was used"
        return _of(learned.tiers, learned.how, today, sure=learned.off <= CLOSE), ""
    hours = list(lines.get(Usage.RECOMMENDER_HOURS, ()))
    over = list(lines.get(Usage.RECOMMENDER_REQUESTS, ()))
    fee = rate_of(_used(hours, Usage.RECOMMENDER_HOURS))
    list_price = _tiers(listed, Usage.RECOMMENDER_REQUESTS, said)
    learned = learn_tiers(_used(over, Usage.RECOMMENDER_REQUESTS), list_price)
    if learned is None and not list_price:
        return None, "no request above the included ones was billed, and no list price is known"
    tiers = learned.tiers if learned else list_price
    how = learned.how if learned else "the list price for requests above the included ones"
    mine = [one for one in metered if one.region == region and one.family is Family.RECOMMENDER]
    amount = sum((one.amount for one in _used(over, Usage.RECOMMENDER_REQUESTS)), Fraction(0))
    included = _included(mine, float(amount)) if fee else Fraction(0)
    if included is None:
        return None, "the demand of its recommenders is not known for all of the time"
    price = _of(tiers, how, today, sure=bool(learned and learned.off <= CLOSE))
    return replace(price, hourly_fee=fee or Fraction(0), included_per_hour=included), ""


def _of(tiers: tuple[Tier, ...], how: str, today: date, *, sure: bool) -> Price:
    source = f"the account's own bill until {today.isoformat()}: {how}"
    return Price(tiers, today, certainty="certain" if sure else "likely", source=source)


def _used(days: Iterable[UsageDay], usage: Usage) -> list[Used]:
    """Days in requests (hours for hours); what several usage types count is added up."""
    amounts: dict[date, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for one in days:
        amounts[one.day][0] += one.amount * requests_of(usage, one.unit, one.usage_type)
        amounts[one.day][1] += one.cost
    return [Used(day, amount, cost) for day, (amount, cost) in sorted(amounts.items())]


def _tiers(
    listed: Iterable[ListPrice], usage: Usage, said: Mapping[str, Usage]
) -> tuple[Tier, ...]:
    """The list price by the request, of the one usage type that counts ``usage``."""
    known = [one for one in listed if recognised(one.usage_type, said) is usage]
    if len(known) != 1:
        return ()
    size = requests_of(usage, known[0].unit, known[0].usage_type)
    return tuple(
        Tier(None if tier.end is None else tier.end * size, tier.usd / size)
        for tier in known[0].tiers
    )


def _included(recommenders: Sequence[Metered], billed: float) -> Fraction | None:
    """Requests that an hour's fee includes: as many as leave ``billed`` of the demand to pay."""
    windows = [(windows_of(one, one.start, one.end), one.floors) for one in recommenders]
    if any(any(known.gap) for known, _ in windows):
        return None

    def over(included: float) -> float:
        return sum(meter(known, floors, included).billed for known, floors in windows)

    low, high = 0.0, 1.0
    while over(high) > billed and high < 1e9:
        high *= 2
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        low, high = (middle, high) if over(middle) > billed else (low, middle)
    return Fraction(round(high))


def _checks(
    days: Iterable[UsageDay],
    said: Mapping[str, Usage],
    metered: Sequence[Metered],
    table: PriceTable,
) -> tuple[Check, ...]:
    billed: dict[tuple[str, Family, str], Fraction] = defaultdict(Fraction)
    for day in days:
        family = recognised(day.usage_type, said).family
        if family is not None:
            billed[day.region, family, f"{day.day:%Y-%m}"] += day.cost
    kinds = {one.arn: (one.region, one.family) for one in metered}
    estimates: dict[tuple[str, Family, str], Money] = defaultdict(lambda: ZERO)
    for row in bill(metered, table).rows:
        estimates[(*kinds[row.arn], row.month)] += row.cost
    return tuple(
        Check(*key, billed.get(key, Fraction(0)), estimates.get(key, ZERO))
        for key in sorted({*billed, *estimates})
    )


def _others(days: Iterable[UsageDay], said: Mapping[str, Usage]) -> tuple[Other, ...]:
    """What is billed and has no family, the dearest first."""
    sums: dict[tuple[str, str, str], Other] = {}
    for day in days:
        usage = recognised(day.usage_type, said)
        if usage.family is not None:
            continue
        key = day.region, short_name(day.usage_type), day.unit
        before = sums.get(key)
        amount, cost = (before.amount, before.cost) if before else (Fraction(0), Fraction(0))
        sums[key] = Other(*key, amount + day.amount, cost + day.cost, usage is Usage.UNKNOWN)
    return tuple(sorted(sums.values(), key=lambda one: (-one.cost, one.usage_type)))


def explains(checks: Iterable[Check]) -> bool:
    """Whether each month's estimate is as close to the bill as a price can be asked to be."""
    return all(one.off is not None and abs(one.off) <= CLOSE for one in checks if one.billed)
