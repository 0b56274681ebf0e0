"""Do others confirm a silence in the very minutes in which a resource is used?"""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.test_outage import NOON, busy, hole

from personalize_monitor.model.demand import PER_DAY, PER_HOUR
from personalize_monitor.policy.outage import Voice, doubt_about_minutes


def batch(begin: int, windows: int, days: int = 14) -> list[float]:
    """In use once a day, from so many windows after midnight on; up to NOON."""
    first = NOON // 300 - days * PER_DAY
    return [
        60.0 if begin <= (first + i) % PER_DAY < begin + windows else 0.0
        for i in range(days * PER_DAY)
    ]


def sure(own: list[float], *others: list[float], since: int, hours: int = 24) -> bool:
    """Whether the minutes confirm a silence since so many windows before NOON."""
    voices = [Voice(NOON - 300 * len(one), one) for one in (own, *others)]
    begin = NOON - 300 * since
    doubt = doubt_about_minutes(voices[0], voices[1:], since=begin, now=NOON, idle_hours=hours)
    return doubt is None


@given(length=st.integers(1, 24), after=st.integers(0, 11), many=st.integers(1, 3))
def test_p1_a_loss_of_the_minutes_in_which_it_is_used(length: int, after: int, many: int) -> None:
    """A nightly batch in a hole just as long: its neighbours speak in all other minutes."""
    begin = 12 * PER_HOUR - after - length  # windows after midnight
    usual = batch(begin, length)
    since = PER_DAY + after
    others = [busy(0.5 + n, seed=n) for n in range(many)]
    lost = [hole(one, after + length, length) for one in others]
    own = hole(usual, after + length, length)
    assert not sure(own, *lost, since=since)
    assert sure(own, *others, since=since)


@pytest.mark.parametrize("length", [4, 9])
@pytest.mark.parametrize("spread", [1, 5])
def test_p1_a_batch_that_begins_at_another_minute_each_day(length: int, spread: int) -> None:
    """Nobody knows the minutes of today: the neighbours must be heard in all around them."""
    dice, usual = random.Random(3), [0.0] * (14 * PER_DAY)
    for day in range(13):
        begin = day * PER_DAY + PER_DAY - 24 + dice.randint(-spread, spread)
        usual[begin : begin + length] = [60.0] * length
    other = busy(1)
    assert sure(usual, other, since=PER_DAY + 12)
    assert not sure(usual, hole(other, 24, length), since=PER_DAY + 12)


def test_p1_what_is_used_at_any_time_may_be_lost_at_any_time() -> None:
    """A burst a day, at another hour each time: no hours of silence of all others, then."""
    dice, bursts = random.Random(5), [0.0] * (14 * PER_DAY)
    for day in range(13):
        begin = day * PER_DAY + dice.randrange(PER_DAY - 4)
        bursts[begin : begin + 4] = [600.0] * 4
    other = busy(1)
    assert sure(bursts, other, since=30 * PER_HOUR)
    assert not sure(bursts, hole(other, 100, 60), since=30 * PER_HOUR)
    assert sure(bursts, hole(other, 400, 30), since=30 * PER_HOUR)  # that was before


@given(length=st.integers(5, 12 * 20), after=st.integers(5, 12 * 4))
def test_p1_hours_in_which_nobody_is_heard_do_not_count(length: int, after: int) -> None:
    """Idle for 24 hours means: for 24 hours in which a request would have been seen."""
    own, other = busy(3), busy(1)
    lost = hole(other, after + length, length)
    enough = 24 * PER_HOUR + length
    assert sure(hole(own, enough, enough), lost, since=enough)
    assert not sure(hole(own, enough - 1, enough - 1), lost, since=enough - 1)
    assert sure(hole(own, enough - 1, enough - 1), other, since=enough - 1)


def test_k1_what_is_not_counted_yet_is_no_silence() -> None:
    """Metrics that come an hour late: the neighbours are not heard any more either."""
    usual = batch(12 * PER_HOUR - 9, 9)
    own, other = hole(usual, 12, 12), busy(3)
    assert sure(own, other, since=PER_DAY)
    assert not sure(own, hole(other, 12, 12), since=PER_DAY)
    never_twice = [0.0] * len(own)
    never_twice[5 * PER_DAY + 7] = 50.0
    assert not sure(never_twice, hole(other, 12, 12), since=PER_DAY)
    assert sure(never_twice, other, since=PER_DAY)
    seldom = [9.0 if i % PER_HOUR == 0 else 0.0 for i in range(len(other))]
    assert sure(never_twice, seldom, since=PER_DAY)


def test_a_doubt_about_minutes_ends() -> None:
    """As every doubt does, with the bound."""
    assert sure(hole(busy(3), 72 * PER_HOUR, 72 * PER_HOUR), since=72 * PER_HOUR)
    assert not sure(hole(busy(3), 71 * PER_HOUR, 71 * PER_HOUR), since=71 * PER_HOUR)
