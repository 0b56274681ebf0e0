"""Demand: a pure function of seed, ARN and minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_sandbox.traffic import (
    Abandoned,
    Bursty,
    BusinessHours,
    DailyBatch,
    FlashSale,
    Idle,
    Replay,
    Shape,
    Steady,
    Traffic,
    Weekly,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SHAPES: list[Shape] = [
    Steady(2.5),
    BusinessHours(5.0, 0.1),
    Weekly(8.0),
    Bursty(0.4, 7.0),
    DailyBatch(9.0, 3.5),
    FlashSale(Weekly(2.0), MONDAY + timedelta(hours=12), 20.0),
    Abandoned(Steady(3.0), MONDAY + timedelta(hours=5)),
    Idle(),
]


def traffic(shape: Shape, seed: int = 1) -> Traffic:
    """Traffic with one resource, `x`."""
    made = Traffic(seed)
    made.assign("x", shape)
    return made


def tps(shape: Shape, start: datetime, span: timedelta = HOUR) -> float:
    """The mean rate of a shape in a span."""
    return traffic(shape).requests_between("x", start, start + span) / span.total_seconds()


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_the_same_seed_gives_the_same_requests(shape: Shape) -> None:
    """Two models with one seed agree in every minute, in whatever order they are asked."""
    one, two = traffic(shape), traffic(shape)
    day = int(MONDAY.timestamp()) // 86_400
    later = two.day("x", day + 1)
    assert one.day("x", day) == two.day("x", day)
    assert one.day("x", day + 1) == later
    assert len(later) == 1440


@pytest.mark.parametrize("shape", [Steady(2.5), Weekly(8.0), Bursty(0.4, 7.0)])
def test_another_seed_or_another_resource_gives_other_requests(shape: Shape) -> None:
    """Seed and ARN both enter."""
    day = int(MONDAY.timestamp()) // 86_400
    first = traffic(shape, 1)
    first.assign("y", shape)
    assert first.day("x", day) != traffic(shape, 2).day("x", day)
    assert first.day("x", day) != first.day("y", day)


@given(
    shape=st.sampled_from(SHAPES),
    cuts=st.lists(st.integers(0, 3 * 1440), min_size=2, max_size=5),
)
def test_spans_add_up(shape: Shape, cuts: list[int]) -> None:
    """Requests of adjoining spans sum to those of the whole, across midnights."""
    model = traffic(shape)
    times = [MONDAY + timedelta(minutes=cut) for cut in sorted(cuts)]
    parts = sum(model.requests_between("x", a, b) for a, b in pairwise(times))
    assert parts == model.requests_between("x", times[0], times[-1])
    first = int(times[0].timestamp())
    minutes = (int(times[-1].timestamp()) - first) // 60
    assert parts == sum(model.minute("x", first + 60 * i) for i in range(minutes))


@given(rate=st.floats(0, 50))
def test_steady_without_noise_is_exact(rate: float) -> None:
    """A known rate gives a known number of requests in every five minutes, to one request."""
    got = traffic(Steady(rate, noise=0)).requests_between("x", MONDAY, MONDAY + DAY / 288)
    assert abs(got - rate * 300) <= 1.0


def test_steady_with_noise_keeps_its_mean() -> None:
    """Noise moves minutes, not the day's level, also where minutes hold less than one request."""
    assert tps(Steady(5.0), MONDAY, 7 * DAY) == pytest.approx(5.0, rel=0.05)
    assert tps(Steady(0.005), MONDAY, 7 * DAY) == pytest.approx(0.005, rel=0.15)


def test_business_hours_are_busy_on_weekday_noons_only() -> None:
    """Night and weekend are far below a weekday's noon."""
    shape = BusinessHours(5.0)
    assert tps(shape, MONDAY + 10 * HOUR) > 4
    assert tps(shape, MONDAY + 2 * HOUR) == 0
    assert tps(shape, MONDAY + 5 * DAY + 10 * HOUR) < 1.2


def test_weekly_peaks_at_its_hour_and_more_so_at_the_weekend() -> None:
    """One hill a day; Saturday is higher than Monday and reaches the peak."""
    shape = Weekly(8.0, peak_hour=20.0)
    assert tps(shape, MONDAY + 20 * HOUR) > 3 * tps(shape, MONDAY + 8 * HOUR)
    saturday = tps(shape, MONDAY + 5 * DAY + 19.5 * HOUR)
    assert saturday > tps(shape, MONDAY + 19.5 * HOUR)
    assert saturday == pytest.approx(8.0, rel=0.15)


def test_bursts_stand_out_of_a_low_base() -> None:
    """The busiest five minutes of a day are many times its median."""
    model = traffic(Bursty(0.4, 7.0))
    steps = sorted(
        model.requests_between("x", MONDAY + i * DAY / 288, MONDAY + (i + 1) * DAY / 288)
        for i in range(288)
    )
    assert steps[-1] > 5 * steps[144] > 0


def test_an_abandoned_resource_falls_silent_at_its_minute() -> None:
    """Traffic until the moment, none after it."""
    shape = Abandoned(Steady(3.0, noise=0), MONDAY + 5 * HOUR)
    assert tps(shape, MONDAY + 4 * HOUR) == pytest.approx(3.0)
    assert tps(shape, MONDAY + 5 * HOUR, 3 * DAY) == 0


def test_a_batch_runs_once_a_day() -> None:
    """All requests lie in the batch's window, every day."""
    shape = DailyBatch(9.0, 3.5, minutes=30)
    for day in range(3):
        window = traffic(shape).requests_between(
            "x", MONDAY + day * DAY + 3.5 * HOUR, MONDAY + day * DAY + 4 * HOUR
        )
        whole = traffic(shape).requests_between("x", MONDAY + day * DAY, MONDAY + (day + 1) * DAY)
        assert window == whole > 0


def test_a_flash_sale_comes_once_or_weekly() -> None:
    """The peak stands at its time; with `every_days` it returns, also across midnight."""
    noon = MONDAY + 12 * HOUR
    once = FlashSale(Idle(), noon, 20.0)
    assert tps(once, noon) > 5
    assert tps(once, noon - HOUR) == 0
    assert tps(once, noon + 7 * DAY) == 0
    late = FlashSale(Idle(), MONDAY + 23.5 * HOUR, 20.0, every_days=7)
    assert tps(late, MONDAY + DAY, HOUR) > 1
    assert tps(late, MONDAY + 8 * DAY, HOUR) > 1
    assert tps(late, MONDAY + 3 * DAY, 2 * DAY) == 0


@given(sums=st.lists(st.integers(0, 5000), min_size=1, max_size=600))
def test_replay_gives_back_the_trace(sums: list[int]) -> None:
    """Each five minutes hold exactly the trace's number; outside there is nothing."""
    start = int(MONDAY.timestamp()) + 3600
    model = traffic(Replay(start, tuple(sums)))
    begin = MONDAY + HOUR
    for step in {0, len(sums) // 2, len(sums) - 1}:
        at = begin + step * timedelta(minutes=5)
        assert model.requests_between("x", at, at + timedelta(minutes=5)) == sums[step]
    end = begin + len(sums) * timedelta(minutes=5)
    assert model.requests_between("x", MONDAY, end + DAY) == sum(sums)


def test_replay_may_repeat() -> None:
    """A repeated trace goes on for ever, in both directions."""
    model = traffic(Replay(int(MONDAY.timestamp()), (5, 10), repeat=True))
    assert model.requests_between("x", MONDAY, MONDAY + HOUR) == 90
    assert model.requests_between("x", MONDAY - HOUR, MONDAY) == 90


def test_assigning_anew_replaces_what_was_known() -> None:
    """A new shape takes effect for all of time, cached days included."""
    model = traffic(Steady(1.0, noise=0))
    assert model.requests_between("x", MONDAY, MONDAY + HOUR) == 3600
    model.assign("x", Steady(2.0, noise=0))
    assert model.requests_between("x", MONDAY, MONDAY + HOUR) == 7200
    assert model.requests_between("unknown", MONDAY, MONDAY + HOUR) == 0
