"""The record of raises: what they wasted and spared, and when it is beyond luck."""

from __future__ import annotations

from math import nan

import pytest

from personalize_monitor.model.demand import Demand
from personalize_monitor.policy.follow.record import ENOUGH, WATCHED, Record, record_of

MONDAY = 1_736_121_600
RISE = [2.0] * 60 + [8.0] * 60
"""At interval 60 demand jumps from 2 to 8 TPS; the service follows ten minutes later."""


def demand(rates: list[float]) -> Demand:
    """Rates in TPS from a Monday."""
    return Demand(MONDAY, tuple(300 * rate for rate in rates))


def floors(begin: int, floor: float, size: int = 120) -> list[float]:
    """1, and from ``begin`` on ``floor``."""
    return [1.0] * begin + [floor] * (size - begin)


def test_a_raise_ahead_of_a_jump_spares_its_exposure() -> None:
    """Two intervals of 6 TPS above what the service holds, for half an hour of waste."""
    found = record_of(demand(RISE), floors(54, 8.0))
    assert found.raises == ((6 * 6.0, 2 * 6.0),)


def test_headroom_spares_by_itself() -> None:
    """A service that holds half as much again is exposed by less."""
    ((_, spared),) = record_of(demand(RISE), floors(54, 8.0), headroom=0.5).raises
    assert spared == pytest.approx(2 * 5.0)


@pytest.mark.parametrize("unknown", ["demand", "floor", "future"])
def test_what_is_not_known_does_not_count(unknown: str) -> None:
    """An unknown interval, or three hours that are not over."""
    rates, lines = list(RISE), floors(54, 8.0)
    if unknown == "demand":
        rates[60] = nan
    elif unknown == "floor":
        lines[60] = nan
    else:
        rates, lines = rates[: 54 + WATCHED - 1], lines[: 54 + WATCHED - 1]
    assert record_of(demand(rates), lines).raises == ()


def test_a_floor_that_stays_or_falls_is_no_raise() -> None:
    """Only what went up was a bet."""
    assert record_of(demand(RISE), [8.0] * 60 + [1.0] * 60).raises == ()


def test_few_raises_say_nothing() -> None:
    """However well they went."""
    good = (1.0, 1.0)
    assert not Record((good,) * (ENOUGH - 1)).convinces(10)
    assert Record((good,) * ENOUGH).convinces(10)


def test_luck_does_not_convince() -> None:
    """One burst that paid for twenty raises in vain is no ground to be bold."""
    assert not Record((*((5.0, 0.0),) * 20, (0.0, 40.0))).convinces(10)


def test_raises_that_cost_more_than_they_spare_do_not_convince() -> None:
    """At a low price of an exposed request; a higher one makes them worth it."""
    record = Record(((5.0, 1.0), (6.0, 1.0)) * 10)
    assert not record.convinces(4)
    assert record.convinces(10)
