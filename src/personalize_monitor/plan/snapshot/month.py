"""A month's money from the demand that was seen: cost, waste, and what a decision would save."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from personalize_monitor.model.bill import MONTH_HOURS, possible_saving, with_gaps
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.floors import Floors
from personalize_monitor.model.metered import HOUR, Metered
from personalize_monitor.model.metering import Quantity, meter, windows_of
from personalize_monitor.model.money import ZERO, Money
from personalize_monitor.model.pool import Pool, PoolKey
from personalize_monitor.model.prices import Family, PriceTable
from personalize_monitor.model.resource import Kind, Resource, State
from personalize_monitor.model.window import SECONDS
from personalize_monitor.plan.snapshot.values import Figures, Snapshot

NOTHING = Figures(ZERO, ZERO)
"""What costs nothing: a stopped, failed or vanishing resource."""


def family_of(resource: Resource, prices: PriceTable) -> Family:
    """How the resource is priced; a recommender is one whatever its recipe."""
    known = prices.family(resource.recipe_arn)
    return Family.RECOMMENDER if resource.kind is Kind.RECOMMENDER else known


def metered(
    resource: Resource, demand: Demand, prices: PriceTable, floors: Floors | None = None
) -> Metered:
    """The resource over the whole of ``demand``, with ``floors`` or else its present one."""
    return Metered(
        arn=str(resource.arn),
        region=resource.region,
        account=resource.account,
        family=family_of(resource, prices),
        start=demand.start,
        step=SECONDS,
        requests=demand.sums,
        floors=floors or ((demand.start, resource.floor),),
    )


def figures(
    demands: Mapping[Resource, Demand],
    decisions: Mapping[Resource, Decision],
    prices: PriceTable,
) -> dict[Resource, Figures]:
    """A month of 730 hours like the time seen, for all resources of an account and region.

    Give all resources at once, since they share price tiers. Those that do not serve cost nothing.
    """
    serving = [r for r in demands if r.state is State.ACTIVE]
    items = [metered(resource, demands[resource], prices) for resource in serving]
    costs = _costs(items, prices)
    savings = possible_saving(items, _proposed(decisions), prices) if items else {}
    return {
        resource: Figures(*costs[str(resource.arn)], savings.get(str(resource.arn)))
        if resource.state is State.ACTIVE
        else NOTHING
        for resource in demands
    }


def repriced(now: Snapshot, past: Snapshot, prices: PriceTable) -> Snapshot:
    """``now`` with its money on the basis of ``past``: its longer demand, at the floors of now.

    So that a page that looks often and shortly shows the same figures as the plan.
    """
    known = {str(one.resource.arn): one.demand for one in past.seen}
    places = []
    for place in now.places:
        demands = {one.resource: known.get(str(one.resource.arn), one.demand) for one in place.seen}
        money = figures(demands, {}, prices)
        seen = tuple(replace(one, figures=money[one.resource]) for one in place.seen)
        places.append(replace(place, seen=seen))
    return replace(now, places=tuple(places), priced=past.basis)


def _proposed(decisions: Mapping[Resource, Decision]) -> dict[str, int]:
    proposed = {}
    for resource, decision in decisions.items():
        if decision.action in (Action.DELETE, Action.STOP):
            proposed[str(resource.arn)] = 0
        elif decision.to_floor is not None and decision.acts:
            proposed[str(resource.arn)] = decision.to_floor
    return proposed


def _costs(items: Sequence[Metered], prices: PriceTable) -> dict[str, tuple[Money, Money]]:
    found: dict[str, tuple[Money, Money]] = {}
    for key, members in _pools(items).items():
        pool = Pool.of(key, prices)
        months = {item.arn: _month(item, pool.included_per_hour) for item in members}
        blind = {arn for arn, (_, gaps) in months.items() if gaps >= MONTH_HOURS * HOUR}
        billed = {arn: amount.billed for arn, (amount, _) in months.items()}
        used = {arn: amount.used for arn, (amount, _) in months.items()}
        cost = pool.shares(billed, dict.fromkeys(billed, float(MONTH_HOURS)))
        waste = pool.differences(billed, used, dict.fromkeys(billed, 0.0))
        for arn, (_, gaps) in months.items():
            # Whose demand nobody knows costs its floor at least; whether that is waste, who knows.
            lost = Money.not_known() if arn in blind else with_gaps(waste[arn], gaps)
            found[arn] = (with_gaps(cost[arn], gaps), lost)
    return found


def _pools(items: Iterable[Metered]) -> dict[PoolKey, list[Metered]]:
    keyed: dict[PoolKey, list[Metered]] = defaultdict(list)
    for item in items:
        keyed[PoolKey(item.account, item.region, item.family)].append(item)
    return keyed


def _month(item: Metered, included_per_hour: float) -> tuple[Quantity, float]:
    """Billable requests of 730 hours like the known ones, and the seconds that are not known.

    Where nothing is known the floor alone is billed, a lower bound.
    """
    windows = windows_of(item, item.start, item.end)
    amount = meter(windows, item.floors, included_per_hour)
    known = amount.active - amount.gaps
    month = MONTH_HOURS * HOUR
    if known <= 0:
        least = max(float(item.floors[-1][1] * month), included_per_hour * MONTH_HOURS)
        return Quantity(least - included_per_hour * MONTH_HOURS), float(month)
    scale = float(Fraction(month) / Fraction(known))
    billed = (amount.billed - amount.of_gaps) * scale
    return Quantity(billed, (amount.used - amount.of_gaps) * scale), amount.gaps
