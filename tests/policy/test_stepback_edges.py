"""A step back at its thresholds: exactly there, one below, and what is said."""

from __future__ import annotations

import pytest

from personalize_monitor.policy.stepback import Quality, worse

FLOOR = 3
GOOD = [Quality(1500, 0, 50.0)] * 12


def loaded(requests: float, errors: float, p90: float | None = 50.0) -> Quality:
    """A window above the floor of 3, which is 900 requests in five minutes."""
    found = Quality(requests, errors, p90)
    assert found.asked > FLOOR
    return found


@pytest.mark.parametrize(
    ("requests", "errors", "asked"), [(300, 0, 1.0), (0, 300, 1.0), (450, 150, 2.0), (0, 0, 0.0)]
)
def test_what_is_refused_was_asked_too(requests: float, errors: float, asked: float) -> None:
    """What came is what was served and what was refused, per second of five minutes."""
    assert Quality(requests, errors, None).asked == asked


@pytest.mark.parametrize(
    ("errors", "back"), [((0, 19), False), ((0, 20), True), ((10, 9), False), ((10, 10), True)]
)
def test_twenty_errors_are_enough(errors: tuple[int, int], back: bool) -> None:
    """Fewer than twenty errors in all may be chance, whatever their share."""
    after = [loaded(901, errors[0]), loaded(901, errors[1])]
    assert bool(worse(GOOD, after, FLOOR)) is back


@pytest.mark.parametrize(("errors", "back"), [(29, False), (30, True), (31, True)])
def test_one_in_a_hundred(errors: int, back: bool) -> None:
    """The share of errors grows by one in a hundred at least."""
    assert bool(worse(GOOD, [loaded(3000 - errors, errors)] * 2, FLOOR)) is back


@pytest.mark.parametrize(("failing", "back"), [(79, False), (80, True), (81, True)])
def test_errors_must_double(failing: int, back: bool) -> None:
    """Where four in a hundred failed before, eight in a hundred are the fault of the floor."""
    before = [Quality(960, 40, 50.0)] * 12
    after = [Quality(1000 - failing, failing, 50.0)] * 2
    found = worse(before, after, FLOOR)
    assert bool(found) is back
    if back:
        share = {80: "8.0%", 81: "8.1%"}[failing]
        assert found == f"{share} of the requests failed since then, and 4.0% in the hour before"


def test_the_share_is_that_of_all_windows_together() -> None:
    """A busy window weighs more than a quiet one, before and after."""
    before = [Quality(9000, 0, 50.0), Quality(0, 1000, 50.0)]
    after = [Quality(7000, 1000, 50.0), Quality(1000, 1000, 50.0)]
    assert worse(before, after, FLOOR) == (
        "20.0% of the requests failed since then, and 10.0% in the hour before"
    )


def test_only_windows_above_the_floor_are_judged() -> None:
    """Exactly the floor is not above it: such a window is left out of every figure."""
    at_the_floor = Quality(600, 300, 900.0)
    assert at_the_floor.asked == FLOOR
    assert worse(GOOD, [at_the_floor] * 12, FLOOR) == ""
    bad = loaded(1000, 250)
    assert worse(GOOD, [at_the_floor, bad, bad, at_the_floor], FLOOR) == (
        "20.0% of the requests failed since then, and 0.0% in the hour before"
    )


@pytest.mark.parametrize(("count", "back"), [(1, False), (2, True), (3, True)])
def test_two_windows_are_needed(count: int, back: bool) -> None:
    """One bad window may be chance; two are not."""
    assert bool(worse(GOOD, [loaded(500, 500)] * count, FLOOR)) is back


@pytest.mark.parametrize(
    ("before", "after", "back"),
    [
        pytest.param(50.0, 74.9, False, id="not half as slow again"),
        pytest.param(50.0, 75.0, True, id="exactly both limits"),
        pytest.param(20.0, 44.9, False, id="twice as slow, but by little"),
        pytest.param(20.0, 45.0, True, id="by exactly 25 ms"),
        pytest.param(100.0, 149.0, False, id="by much, but not by half"),
        pytest.param(100.0, 150.0, True, id="exactly by half"),
    ],
)
def test_slower_by_half_and_by_25_ms(before: float, after: float, back: bool) -> None:
    """Answers take half as long again and 25 ms more, or nothing is concluded."""
    found = worse([Quality(1500, 0, before)] * 12, [loaded(1500, 0, after)] * 2, FLOOR)
    said = (
        f"nine of ten requests were answered within {after:.0f} ms since then, and within "
        f"{before:.0f} ms in the hour before"
    )
    assert found == (said if back else "")


def test_the_middle_window_counts() -> None:
    """One slow window among fast ones is no slowness; windows without an answer are left out."""
    after = [loaded(1500, 0, p90) for p90 in (50.0, 51.0, 900.0)]
    assert worse(GOOD, after, FLOOR) == ""
    slow = [loaded(1500, 0, p90) for p90 in (None, 200.0, 300.0, 400.0)]
    assert "within 300 ms since then, and within 50 ms" in worse(GOOD, slow, FLOOR)


@pytest.mark.parametrize("known", ["before", "after", "neither"])
def test_unknown_latency_concludes_nothing(known: str) -> None:
    """Without a latency on both sides nobody can say that it grew."""
    before = [Quality(1500, 0, 10.0 if known == "before" else None)]
    after = [loaded(1500, 0, 900.0 if known == "after" else None)] * 2
    assert worse(before, after, FLOOR) == ""


def test_errors_are_told_before_slowness() -> None:
    """Where both got worse, what failed is the reason that is given."""
    found = worse(GOOD, [loaded(1000, 1000, 900.0)] * 2, FLOOR)
    assert found == "50.0% of the requests failed since then, and 0.0% in the hour before"
