"""What `backtest` takes and promises (D9): budgets, sources, years, processes, a recommendation."""

from __future__ import annotations

import io
import random
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from tests.cli.conftest import Ask, Inside, validated

from personalize_monitor.model.demand import PER_DAY, Demand
from personalize_monitor.policy.follow.budget import room_for_update
from personalize_monitor.policy.follow.cost_profile import BALANCED
from personalize_monitor_desk.backtest import sample
from personalize_monitor_desk.backtest.evaluate import run_policy
from personalize_monitor_desk.backtest.history import Feed, Prefix
from personalize_monitor_desk.backtest.modes import Follow
from personalize_monitor_desk.cli.exits import Exit

BEGIN = 1_767_571_200


def days_of_ramps(days: int) -> Demand:
    """Noisy working days, as plans like them."""
    noise = random.Random(5)
    sums = []
    for index in range(days * PER_DAY):
        hour = index % PER_DAY / 12
        rate = 2 + 30 * max(0.0, min(1.0, (hour - 6) / 3, (22 - hour) / 3))
        sums.append(float(round(300 * rate * (1 + 0.04 * noise.gauss(0, 1)))))
    return Demand(BEGIN, tuple(sums))


def written(path: Path, demand: Demand, *, every: int = 1) -> Path:
    """A trace file; of `every` steps only one line with their sum."""
    lines = [
        f"{demand.start + 300 * at},{sum(demand.sums[at : at + every]):.0f}"
        for at in range(0, len(demand), every)
    ]
    path.write_text("timestamp,requests\n" + "\n".join(lines) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("most", [2, 5])
def test_d9_follow_keeps_to_the_updates_of_a_day(most: int) -> None:
    """In any 24 hours, as the guard of the application has it; the last one goes down."""
    demand = days_of_ramps(9)
    line = run_policy(demand, Follow(BALANCED, max_updates_per_day=most, limited=True), 30)
    starts = [start for start, _ in line.updates]
    assert len(starts) > most
    for number, start in enumerate(starts):
        in_a_day = [at for at in starts[: number + 1] if at > start - 86_400]
        assert len(in_a_day) <= most


def test_d9_the_last_update_of_a_day_is_kept_for_the_way_down() -> None:
    """One rule for the guard and for the backtest."""
    assert room_for_update(3, 5, floor=4, to_floor=9, later=None)
    assert not room_for_update(4, 5, floor=4, to_floor=9, later=None)
    assert room_for_update(4, 5, floor=9, to_floor=4, later=None)
    assert not room_for_update(4, 5, floor=9, to_floor=4, later=2)
    assert not room_for_update(5, 5, floor=9, to_floor=1, later=None)


def test_d9_hourly_data_is_told_and_spread(ask: Ask, tmp_path: Path) -> None:
    """It is not taken for five minutes with gaps; updates stay within the day's budget."""
    path = written(tmp_path / "hourly.csv", days_of_ramps(9), every=12)
    answer = ask("backtest", str(path), "-o", "json")
    assert answer.code == Exit.FINE, answer.err
    validated("backtest", answer.document)
    assert "hourly: its steps of an hour were spread evenly" in answer.err
    weekly = {one["mode"]: one["updatesPerWeek"] for one in answer.document["modes"]}
    assert max(weekly[f"follow {taste}"] for taste in ("saver", "balanced", "careful")) <= 35


def test_d9_one_bad_file_of_a_folder_costs_itself(ask: Ask, tmp_path: Path) -> None:
    """The others are tried; the bad one is named, and the code says that not all was read."""
    demand = Demand(BEGIN, (900.0,) * (3 * PER_DAY))
    written(tmp_path / "good.csv", demand)
    (tmp_path / "bad.csv").write_text("timestamp,requests\nsoon,3\n", "utf-8")
    (tmp_path / "short.csv").write_text(f"timestamp,requests\n{BEGIN},3\n", "utf-8")
    answer = ask("backtest", str(tmp_path), "-o", "json")
    assert answer.code == Exit.PARTLY
    assert {one["subject"] for one in answer.document["outcomes"]} == {"good"}
    assert "Left out: bad.csv, line 2" in answer.err
    assert "Left out: short has 0.0 days" in answer.err
    (tmp_path / "good.csv").unlink()
    assert ask("backtest", str(tmp_path)).code == Exit.USAGE


def test_d9_standard_input_and_named_columns(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trace may come through a pipe, with whatever its columns are called."""
    text = written(tmp_path / "x.csv", Demand(BEGIN, (900.0,) * (3 * PER_DAY))).read_text("utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO(text.replace("timestamp,requests", "when;n")))
    answer = ask("backtest", "-", "--time-column", "when", "--requests-column", "n")
    assert "has no column n" not in answer.err
    monkeypatch.setattr(sys, "stdin", io.StringIO(text.replace("timestamp,requests", "when,n")))
    answer = ask("backtest", "-", "--time-column", "when", "--requests-column", "n", "-o", "json")
    assert answer.code == Exit.FINE, answer.err
    assert {one["subject"] for one in answer.document["outcomes"]} == {"-"}


def test_d9_years_are_cut_and_it_is_said(ask: Ask, tmp_path: Path) -> None:
    """The last days count, however many there are; --days 0 would try all."""
    path = written(tmp_path / "years.csv", Demand(BEGIN, (900.0,) * (9 * PER_DAY)))
    answer = ask("backtest", str(path), "--days", "4", "-o", "json")
    assert "Only the last 4 of 9 days are tried; --days 0 tries all." in answer.err
    assert "Only the last" not in ask("backtest", str(path), "--days", "0", "-o", "json").err


def test_d9_of_years_weeks_are_tried_and_it_is_said(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every mode on the same weeks, spread over all; --days 0 tries every hour."""
    monkeypatch.setattr(sample, "WEEKS", 2)
    path = written(tmp_path / "years.csv", Demand(BEGIN, (900.0,) * (40 * PER_DAY)))
    picture = tmp_path / "trial.html"
    answer = ask("backtest", str(path), "--initial", "9", "--picture", str(picture), "-o", "json")
    validated("backtest", answer.document)
    assert "Of 40 days, 2 weeks evenly spread over them are tried; --days 0" in answer.err
    assert answer.document["rules"]["sampledWeeks"] == 2
    bills = {one["mode"]: one["billUsd"] for one in answer.document["modes"]}
    # Two weeks at three requests a second: the floor of 3 is all that there is to pay.
    assert bills["lower"] == pytest.approx(2 * 7 * 24 * 3 * 0.20)
    assert bills["floor as it is"] == pytest.approx(3 * bills["lower"])
    assert "clairvoyant" in picture.read_text("utf-8")


def test_d9_a_long_past_is_never_copied() -> None:
    """Each hour's look at ten years is as cheap as at a week: the work grows with the time only."""
    past = Feed(Demand(BEGIN, (900.0,) * (30 * PER_DAY))).before(BEGIN + 86_400)
    assert isinstance(past.t, Prefix)
    assert len(past.t) == PER_DAY
    assert past.t[-1] == BEGIN + 86_400 - 300
    assert list(past.t[:2]) == [BEGIN, BEGIN + 300]
    assert all(later - earlier == 300 for earlier, later in pairwise(past.t))
    with pytest.raises(IndexError):
        past.t[PER_DAY]


@pytest.mark.clock
def test_d9_several_processes_say_the_same(ask: Ask, tmp_path: Path) -> None:
    """--jobs changes how long it takes, and nothing else."""
    for name, rate in (("a", 600.0), ("b", 1500.0)):
        written(tmp_path / f"{name}.csv", Demand(BEGIN, (rate,) * (2 * PER_DAY)))
    one = ask("backtest", str(tmp_path), "-o", "json")
    two = ask("backtest", str(tmp_path), "-o", "json", "--jobs", "2")
    assert two.code == Exit.FINE, two.err
    assert two.document == one.document


def test_d9_it_ends_with_a_recommendation(ask: Ask, tmp_path: Path) -> None:
    """One sentence, in the deployment's own words; nothing where nothing is to be gained."""
    path = written(tmp_path / "x.csv", Demand(BEGIN, (900.0,) * (3 * PER_DAY)))
    wasteful = ask("backtest", str(path), "--initial", "30", "--from-launch")
    assert "Recommended: RightSizingMode lower: a bill" in " ".join(wasteful.out.split())
    fine = ask("backtest", str(path), "--initial", "3", "-o", "json").document
    assert fine["recommendation"].startswith("Recommended: leave the floor as it is")


def test_d9_a_floor_above_the_quota_is_noted(ask: Ask, tmp_path: Path) -> None:
    """The quota can be raised, so it is tried; but few have it."""
    path = written(tmp_path / "x.csv", Demand(BEGIN, (900.0,) * (2 * PER_DAY)))
    answer = ask("backtest", str(path), "--initial", "501")
    assert answer.code == Exit.FINE
    assert "A floor above 500 needs a larger quota" in answer.err


def test_d14_a_resource_by_its_name(inside: Inside) -> None:
    """As everywhere else; a misspelt one is no file that cannot be found."""
    inside.campaign("shoes", floor=5)
    answer = inside("backtest", "shoes", "-o", "json")
    assert {one["subject"] for one in answer.document["outcomes"]} == {"shoes"}
    assert "did you mean shoes?" in inside("backtest", "shoos").err
