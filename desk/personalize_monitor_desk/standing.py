"""What hurts first: what fails its callers is another thing than what wastes money."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from personalize_monitor.alarms.names import Sort
from personalize_monitor.model.demand import PER_DAY
from personalize_monitor.model.resource import State
from personalize_monitor.plan.snapshot.values import Seen
from personalize_monitor.policy.harm import State as Stands

TROUBLED = 0.01
"""Share of a day's requests refused or failed from which callers count as failed,"""
ENOUGH = 10
"""if there are so many of them."""
_OF_ERRORS = frozenset({Sort.CLIENT_ERRORS, Sort.SERVER_ERRORS})
_OF_WASTE = frozenset({Sort.LOW, Sort.IDLE})


class Standing(enum.StrEnum):
    """How a resource stands, in the order in which people should look at it."""

    FAILING = "failing"
    """It failed, its callers fail, or a lower floor hurts them now."""
    UNKNOWN = "unknown"
    """AWS did not answer about it, wholly or in part."""
    WASTING = "wasting"
    """More than half of its cost is for nobody, or an alarm says so."""
    FINE = "fine"


_ORDER = {standing: place for place, standing in enumerate(Standing)}


def standing_of(one: Seen) -> Standing:
    """The first that is true of it."""
    if why_failing(one):
        return Standing.FAILING
    if one.unknown:
        return Standing.UNKNOWN
    cost, waste = one.figures.cost, one.figures.waste
    if _fires(one, _OF_WASTE) or (cost.exact and waste.exact * 2 > cost.exact):
        return Standing.WASTING
    return Standing.FINE


def why_failing(one: Seen) -> str:
    """Why it counts as failing, in a few words; empty when it does not."""
    if one.resource.stale:
        return ""
    if one.resource.state is State.FAILED:
        return "failed"
    if one.resource.state is not State.ACTIVE:
        return ""
    if hurts(one):
        return "its floor hurts callers"
    if _fires(one, _OF_ERRORS):
        return "an alarm about errors"
    return "requests fail" if _callers_fail(one) else ""


def hurts(one: Seen) -> bool:
    """Whether the floor in force is known to hurt."""
    case = one.case
    return case is not None and case.state is Stands.HURT and one.resource.floor <= case.floor


def _fires(one: Seen, sorts: frozenset[Sort]) -> bool:
    return any(a.state == "ALARM" and a.speaks and a.sort in sorts for a in one.alarms or ())


def _callers_fail(one: Seen) -> bool:
    errors = one.errors.total
    if errors is None or errors < ENOUGH:
        return False
    served = sum(value for value in one.demand.sums[-PER_DAY:] if value == value)  # noqa: PLR0124
    return errors >= TROUBLED * (served + errors)


def in_order(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    """What fails first, then what is unknown, then the greatest waste."""
    return tuple(sorted(seen, key=place_in_order))


def place_in_order(one: Seen) -> tuple[int, float, float, str]:
    """Sorts resources into the order in which people should look at them."""
    errors = one.errors.total or 0.0
    return (
        _ORDER[standing_of(one)],
        -errors if why_failing(one) else 0.0,
        -float(one.figures.waste.exact),
        one.resource.name,
    )
