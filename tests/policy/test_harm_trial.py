"""The verdict on a change: hurt, harmless, or not yet known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.policy.harm_windows import DAY, MONDAY, STEP, bursts, unknown, wave, windows

from personalize_monitor.policy.harm.evidence import Quality
from personalize_monitor.policy.harm.trial import Trial, judge
from personalize_monitor.policy.harm.verdict import Verdict, Word

FLOOR, BEFORE = 1, 7
LANDED = MONDAY + 14 * DAY
PAST = windows(wave(14))
BURSTS = windows(bursts(14))


def since(rates: list[float], **more: object) -> list[Quality]:
    """Windows from the moment at which the new floor is in force."""
    return windows(rates, start=LANDED, **more)  # type: ignore[arg-type]


def judged(past: list[Quality], after: list[Quality], floor: int = FLOOR) -> Verdict:
    """The verdict on a floor that came down from 7."""
    return judge(past, after, floor=floor, from_floor=BEFORE, landed=LANDED)


def above(share: float) -> Callable[[int, float], float]:
    """Refuse a share of what comes in windows above the new floor."""
    return lambda _, rate: share if rate > FLOOR else 0.0


def late(after: list[float], headroom: float = 0.0) -> Callable[[int, float], float]:
    """Refuse what a service cannot carry that follows ten minutes late."""

    def share(i: int, rate: float) -> float:
        held = max(FLOOR, (1 + headroom) * max(after[max(0, i - 3) : max(0, i - 1)], default=0.0))
        return max(0.0, 1 - held / rate) if rate else 0.0

    return share


def hurts_at(past: list[Quality], after: list[Quality]) -> int | None:
    """How many loaded windows were seen when harm was told; None if it never was."""
    trial = Trial.of(past, floor=FLOOR, from_floor=BEFORE, landed=LANDED)
    for window in after:
        loaded = (window.rate or 0.0) > FLOOR
        if trial.feed([window]).windows and loaded and trial.verdict().word is Word.HURT:
            return trial.windows
    return None


@settings(max_examples=15, deadline=None)
@given(
    own=st.sampled_from([0.0, 0.005, 0.01, 0.05, 0.2, 0.6]),
    seed=st.integers(0, 10_000),
    shape=st.sampled_from([wave, bursts]),
)
def test_a_service_that_carries_all_never_hurts(
    own: float, seed: int, shape: Callable[[float], list[float]]
) -> None:
    """Whatever callers' own errors: looked at after every window of three days."""
    past = windows(shape(14), own=own, seed=seed)
    assert hurts_at(past, since(shape(3), own=own, seed=seed + 1)) is None


@settings(max_examples=15, deadline=None)
@given(
    share=st.floats(0.15, 0.9),
    own=st.sampled_from([0.0, 0.01]),
    seed=st.integers(0, 1000),
    high=st.floats(2.0, 7.0),
)
def test_refusals_in_loaded_windows_are_found_within_two_of_them(
    share: float, own: float, seed: int, high: float
) -> None:
    """The second loaded window is enough for a harm like the demo's."""
    past = windows(bursts(14, high=high), own=own, seed=seed)
    after = since(bursts(0.3, high=high), own=own, seed=seed + 1, refused=above(share))
    assert hurts_at(past, after) == 2


def test_a_single_loaded_window_is_never_enough() -> None:
    """One may be chance."""
    rates = [0.3] * 10 + [6.0] + [0.3] * 10
    assert judged(PAST, since(rates, refused=above(0.9))).word is Word.UNKNOWN


@pytest.mark.parametrize("days", [4 / 24, 2, 9])
def test_a_burst_long_after_the_lowering(days: float) -> None:
    """Four hours, two days, nine days: whenever it comes, it is judged."""
    past = BURSTS
    quiet = [0.3] * round(days * 288)
    found = judged(past, since([*quiet, 6.0, 6.0], refused=above(0.4)))
    assert found.word is Word.HURT
    assert "of 3,600 requests were refused or failed (40.0%)" in found.reason
    assert (found.figures.hurt_from, found.figures.hurt_to) == (6.0, 6.0)


def test_a_record_says_nothing_of_the_change_and_is_told() -> None:
    """Three times what was ever asked: nobody knows what the floor before would have carried."""
    rates = wave(2)
    rates[100:110] = [21.0] * 10
    refused = judged(PAST, since(rates, refused=lambda _, rate: 0.5 if rate > 20 else 0.0))
    assert refused.word is Word.UNKNOWN
    assert refused.reason.endswith(
        "31,500 requests were refused or failed at up to 21.0 TPS, which was never seen before: "
        "nobody knows whether a floor of 7 carries it."
    )
    assert "never seen" not in judged(PAST, since(rates)).reason


def test_a_harm_after_a_harmless_week_is_found_at_once() -> None:
    """Carried bursts do not vouch for later ones."""
    rates = wave(9)
    assert judged(PAST, since(rates)).word is Word.HARMLESS
    found = judged(PAST, since([*rates, *[6.0] * 2], refused=lambda i, _: 0.3 * (i >= len(rates))))
    assert found.word is Word.HURT


@settings(max_examples=15, deadline=None)
@given(
    st.permutations(range(2)),
    st.permutations(range(4, 8)),
    st.lists(st.floats(0, 0.3), min_size=8, max_size=8),
)
@example([0, 1], [4, 5, 6, 7], [0.05] * 8)
def test_the_order_within_a_burst_does_not_matter(
    jumps: list[int], calm: list[int], shares: list[float]
) -> None:
    """Eight windows at one load: two of the jump, two between, four of the calm after it."""
    request = [*jumps, 2, 3, *calm]
    past = BURSTS

    def verdict(given: list[float]) -> Verdict:
        rates = [0.3] * 6 + [6.0] * 8
        return judged(past, since(rates, refused=lambda i, _: given[i - 6] if i >= 6 else 0.0))

    one, other = verdict(shares), verdict([shares[i] for i in request])
    assert one.word is other.word
    assert one.figures.bad == pytest.approx(other.figures.bad)


@settings(max_examples=12, deadline=None)
@given(st.sets(st.integers(0, 287)), st.floats(0, 1))
def test_unknown_windows_never_make_a_verdict(gone: set[int], share: float) -> None:
    """Taking windows away never makes a harm; nothing at all is known from unknown ones."""
    rates = wave(1)
    after = since(rates, refused=above(0.004 * share))
    holes = [w if i not in gone else unknown([w])[0] for i, w in enumerate(after)]
    if judged(PAST, after).word is not Word.HURT:
        assert judged(PAST, holes).word is not Word.HURT
    assert judged(PAST, unknown(after)).word is Word.UNKNOWN
    assert judged(unknown(PAST), after).word is Word.UNKNOWN


@settings(max_examples=15, deadline=None)
@given(st.floats(0.02, 1.0), st.integers(0, 1000))
def test_an_outage_that_hits_unloaded_windows_too_is_no_harm(share: float, seed: int) -> None:
    """Everything fails from the night on, in bursts and between them."""
    past = windows(bursts(14), own=0.01, seed=seed)
    rates = bursts(1.5)
    after = since(rates, own=0.01, seed=seed, refused=lambda i, _: share * (20 <= i < 300))
    assert judged(past, after).word is not Word.HURT


def test_only_loaded_windows_speak() -> None:
    """What fails where no more came than the lower floor carries says nothing against it."""
    rates = bursts(3)
    after = since(rates, refused=lambda _, rate: 0.0 if rate > FLOOR else 0.9)
    assert judged(BURSTS, after).word is not Word.HURT
    assert judged(BURSTS, since(rates, refused=above(0.9))).word is Word.HURT


def test_an_outage_of_everything_is_no_harm() -> None:
    """What fails elsewhere at the same time is not the floor's fault."""
    after = [
        Quality(w.start, w.served, w.refused, w.failed, w.p90_ms, elsewhere=0.4)
        for w in since([6.0] * 4, refused=above(0.4))
    ]
    assert judged(PAST, after).word is Word.UNKNOWN


def test_a_slow_recipe_is_no_harm() -> None:
    """Slow before and slow after."""
    past = windows(wave(14), p90=lambda _: 900.0)
    assert judged(past, since(wave(9), p90=lambda _: 900.0)).word is Word.HARMLESS


def test_slower_answers_in_loaded_windows_hurt() -> None:
    """Nothing refused, and ten times slower where more came than the floor."""
    rates = bursts(4)
    after = since(rates, p90=lambda i: 1000.0 if rates[i] > FLOOR else 100.0)
    found = judged(BURSTS, after)
    assert found.word is Word.HURT
    assert "answered within 1000 ms, and 100 is usual" in found.reason


def test_slower_answers_everywhere_are_no_harm() -> None:
    """Another recipe's fault."""
    found = judged(BURSTS, since(bursts(4), p90=lambda _: 1000.0))
    assert found.word is not Word.HURT


def test_a_morning_ramp_hurts_callers_with_errors_of_their_own() -> None:
    """Five percent fail anyway; what is refused on the ramp alone is told apart."""
    rates = [
        rate if i % 288 < 99 or i % 288 > 105 else rate * 1.4 for i, rate in enumerate(wave(2))
    ]
    past = windows(wave(14), own=0.05, seed=1)
    found = judged(past, since(rates, own=0.05, seed=2, refused=late(rates)))
    assert found.word is Word.HURT
    assert found.figures.hurt_from > FLOOR


def test_above_the_floor_before_and_all_that_was_seen_nothing_is_known() -> None:
    """The floor before would not have carried it either."""
    found = judged(PAST, since([30.0] * 6, refused=above(0.7)))
    assert found.word is Word.UNKNOWN
    assert found.figures.windows == 0


@pytest.mark.parametrize(
    ("after", "missing"),
    [
        ([0.5] * 300, "No window above 1 TPS since Monday, 2025-01-20 00:00 UTC."),
        ([0.5] * 100 + [6.0] * 5, "Only 5 of 24 windows above 1 TPS since Monday, 2025-01-20"),
        (wave(1), "1.0 of 7 days have passed"),
        ([*wave(1), *[0.5] * (7 * 288)], "UTC on a weekend, as there was before."),
        (wave(8, high=3.0), "No load like the 6.00 TPS before; the highest since: 3.00."),
    ],
)
def test_what_is_missing_is_told(after: list[float], missing: str) -> None:
    """In a sentence."""
    found = judged(PAST, since(after))
    assert found.word is Word.UNKNOWN
    assert missing in found.reason


def test_a_jump_that_was_there_before_must_be_seen_again() -> None:
    """A week of gentle ramps does not vouch for a sudden one."""
    sudden = wave(14)
    sudden[900] = 5.0
    found = judged(windows(sudden), since(wave(9)))
    assert found.word is Word.UNKNOWN
    assert "as there was before" in found.reason


def test_own_errors_can_hide_a_harm() -> None:
    """A few bursts among callers who fail wildly prove nothing."""
    past = windows(bursts(14, high=1.5), own=0.3, seed=1)
    found = judged(past, since(bursts(9, high=1.5), own=0.3, seed=2))
    assert found.word is Word.UNKNOWN
    assert "could hide trouble of up to" in found.reason


def test_a_verdict_through_the_journal() -> None:
    """To plain values and back."""
    found = judged(PAST, since(wave(9)))
    assert Verdict.from_dict(found.to_dict()) == found


def test_looking_changes_nothing() -> None:
    """Asked once or after every window, the last verdict is the same."""
    rates = bursts(3)
    after = since(rates, own=0.02, seed=3, refused=late(rates, 0.5))
    trial = Trial.of(PAST, floor=FLOOR, from_floor=BEFORE, landed=LANDED)
    for window in after:
        trial.feed([window]).verdict()
    assert trial.verdict() == judged(PAST, after)
    assert after[0].start == LANDED
    assert STEP == 300


def test_too_few_slow_windows_for_harm_are_still_no_proof() -> None:
    """Some answers above the new floor came late: it is told, and looked at further."""
    after = bursts(9)
    loaded = [i for i, rate in enumerate(after) if rate > FLOOR]
    slow = set(loaded[::9])
    found = judged(BURSTS, since(after, p90=lambda i: 400.0 if i in slow else 100.0))
    assert found.word is Word.UNKNOWN
    assert "of the windows above 1 TPS were slow" in found.reason


def test_no_latency_is_no_slowness() -> None:
    """Nothing was measured since the change: answers are not called slow."""
    found = judged(BURSTS, since(bursts(9), p90=lambda i: None))
    assert found.figures.p90 is None
    assert found.word is not Word.HURT
