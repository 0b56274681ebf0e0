"""Weeks out of a long trace: tried as they would be in the whole, in a part of its time."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from personalize_monitor.model.demand import PER_DAY, Demand
from personalize_monitor.policy.follow.cost_profile import BALANCED
from personalize_monitor_desk.backtest import baselines, sample
from personalize_monitor_desk.backtest.evaluate import run_together, score
from personalize_monitor_desk.backtest.modes import Follow, Lower

MONDAY = 1_767_571_200


def wave(days: int) -> Demand:
    """The same day again and again: 2 to 14 TPS."""
    day = [300 * (8 + 6 * math.sin(2 * math.pi * i / PER_DAY)) for i in range(PER_DAY)]
    return Demand(MONDAY, tuple(day * days))


def test_the_weeks_are_spread_over_all() -> None:
    """The first has four weeks and a day before it, and the last ends with the trace's last day."""
    trace = wave(400)
    parts = sample.parts_of(trace, 5)
    starts = [(part.demand.start - MONDAY) // 86_400 for part in parts]
    assert (starts[0], starts[-1]) == (0, 400 - 36)
    gaps = {later - earlier for earlier, later in pairwise(starts)}
    assert max(gaps) - min(gaps) <= 1
    assert {len(part.demand) - part.begin for part in parts} == {7 * PER_DAY}


def test_a_week_is_tried_as_in_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each day is like the next, mode follow costs in the weeks what it costs in all."""
    monkeypatch.setattr(sample, "WEEKS", 2)
    trace = wave(50)
    heard: list[float] = []
    played = sample.play(
        trace,
        {"lower": Lower(), "as it is": baselines.as_it_is},
        {"follow": lambda: Follow(BALANCED, limited=True)},
        20,
        heard.append,
    )
    assert heard == [0.0, 0.0, 0.5]
    lines = run_together(trace, [Lower(), baselines.as_it_is, Follow(BALANCED, limited=True)], 20)
    for name, line in zip(("lower", "as it is", "follow"), lines, strict=True):
        whole = score(trace, line, begin=29 * PER_DAY)
        parts = [score(p.part.demand, p.lines[name], begin=p.part.begin) for p in played]
        weeks = parts[0] + parts[1]
        assert weeks.weeks == pytest.approx(2.0)
        assert weeks.bill / weeks.weeks == pytest.approx(whole.bill / whole.weeks, rel=0.02)


def test_what_remembers_long_goes_all_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mode lower came down in the first weeks, and is down in each later one."""
    monkeypatch.setattr(sample, "WEEKS", 3)
    played = sample.play(wave(90), {"lower": Lower()}, {}, 20)
    assert [set(one.lines["lower"].floors) for one in played] == [{3}] * 3


@pytest.mark.parametrize(("days", "is_long"), [(14, False), (15, True)])
def test_only_what_is_longer_than_the_weeks_is_sampled(
    monkeypatch: pytest.MonkeyPatch, days: int, is_long: bool
) -> None:
    """Otherwise every hour is tried at the same cost."""
    monkeypatch.setattr(sample, "WEEKS", 2)
    assert sample.is_long(wave(days)) is is_long
