"""What the changes that are asked for would save in a month: for the mail, where that is certain.

Resources of one family share the price tiers of their account and region. A figure is given where
the price has no tiers, or where the demand of all that share them is known by now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from personalize_monitor.context.memory import Memory, Place
from personalize_monitor.decide.considered import Considered
from personalize_monitor.model.bill import possible_saving
from personalize_monitor.model.decision import Action
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.metered import Metered
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.model.resource import Resource, State
from personalize_monitor.model.window import SECONDS
from personalize_monitor.plan.snapshot.month import family_of, metered

_MANY = 100
"""Above so many that share tiers, a figure for a mail is not worth the time it takes."""
_DAY = 86_400 // SECONDS


def monthly_savings(
    acting: Sequence[Considered], memory: Memory, place: Place, prices: PriceTable
) -> dict[str, float]:
    """US dollars in 730 hours by ARN, of one place's decisions that change something."""
    demands = {one.decision.resource: _demand(one) for one in acting}
    proposed = {str(one.decision.resource.arn): _floor(one) for one in acting}
    found: dict[str, float] = {}
    for one in acting:
        resource = one.decision.resource
        sharing = _sharing(resource, demands, memory, place, prices)
        if sharing is None:
            continue
        arn = str(resource.arn)
        saving = possible_saving(sharing, {arn: proposed[arn]}, prices).get(arn)
        if saving is not None and saving.is_known:
            found[arn] = round(float(saving.exact), 2)
    return found


def _demand(one: Considered) -> Demand:
    """What was decided on; what goes because it is idle had no requests."""
    created = int(one.decision.resource.created.timestamp()) // SECONDS * SECONDS
    return one.demand or Demand(created, (0.0,) * _DAY)


def _floor(one: Considered) -> int:
    goes = one.decision.action in (Action.DELETE, Action.STOP)
    return 0 if goes or one.decision.to_floor is None else one.decision.to_floor


def _sharing(
    resource: Resource,
    demands: Mapping[Resource, Demand],
    memory: Memory,
    place: Place,
    prices: PriceTable,
) -> list[Metered] | None:
    """The resource and all that share tiers with it; None where not all is known."""
    family = family_of(resource, prices)
    price = prices.price(resource.region, family)
    own = metered(resource, demands[resource], prices)
    if price is None or len(price.tiers) == 1:
        return None if price is None else [own]
    others = [
        other
        for other in memory.fleets.get(place, ())
        if other.state is State.ACTIVE
        and other.arn != resource.arn
        and family_of(other, prices) is family
    ]
    known = {other: memory.histories.get(str(other.arn)) for other in others}
    if len(others) > _MANY or None in known.values():
        return None
    past = {other: Demand(h.start, tuple(h.sums)) for other, h in known.items() if h is not None}
    return [own, *(metered(other, demand, prices) for other, demand in past.items())]
