"""Pre-warms as the journal tells them: what is read from each record, and what each step says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from personalize_monitor.model.entry import Entry
from personalize_monitor.policy.prewarm import Standing, Step, begin, end, standing

T0 = datetime(2026, 11, 27, 7, tzinfo=UTC)
ARN = "arn:aws:personalize:us-east-1:123456789012:campaign/shoes"
ASKED = "UpdatePersonalizeCampaignMinProvisionedTPS"
DONE = "PersonalizeCampaignMinProvisionedTPSUpdated"
RATE_ASKED = "UpdatePersonalizeRecommenderMinRecommendationRPS"
RATE_DONE = "PersonalizeRecommenderMinRecommendationRPSUpdated"


def at(minute: int) -> datetime:
    """Minutes after seven."""
    return T0 + timedelta(minutes=minute)


def asked(minute: int, name: str, floor: object, name_of: str = ASKED, **more: Any) -> Entry:
    """The request of a pre-warm."""
    more.setdefault("HoldMinutes", 60)
    return Entry(at(minute), name_of, ARN, {"PrewarmId": name, "NewMinTPS": floor, **more})


def done(
    minute: int, name: str, before: int, after: int, name_of: str = DONE, **more: Any
) -> Entry:
    """A change that a pre-warm made."""
    detail = {"PrewarmId": name, "PreviousMinTPS": before, "NewMinTPS": after, **more}
    return Entry(at(minute), name_of, ARN, detail)


# --- what the journal says -------------------------------------------------------------------


def test_nothing_was_ever_warmed() -> None:
    """Without records, and with records of other things, nobody asks for anything."""
    others = [
        Entry(at(1), ASKED, ARN, {"NewMinTPS": 9}),
        Entry(at(2), DONE, ARN, {"PreviousMinTPS": 4, "NewMinTPS": 9}),
        Entry(at(3), DONE, ARN, {"PreviousMinTPS": 4, "NewMinTPS": 9, "PrewarmId": ""}),
        Entry(at(4), "PersonalizeMonitorRestored", ARN, {"PrewarmId": "a", "NewMinTPS": 9}),
    ]
    assert standing([], at(9)) == Standing({}, None, None)
    assert standing(others, at(9)) == Standing({}, None, None)


@pytest.mark.parametrize(("ask", "tell"), [(ASKED, DONE), (RATE_ASKED, RATE_DONE)])
def test_asked_and_done(ask: str, tell: str) -> None:
    """Campaigns and recommenders: who asks for which floor, the floor before, and the one set."""
    entries = [asked(0, "a", 60, ask), done(1, "a", 4, 60, tell)]
    assert standing(entries, at(2)) == Standing({"a": 60}, 4, 60)


def test_a_pre_warm_of_an_unnamed_record_does_not_end_the_reading() -> None:
    """What is no pre-warm's is passed over, and what follows it is read."""
    entries = [Entry(at(0), ASKED, ARN, {}), asked(1, "a", 60), done(2, "a", 4, 60)]
    assert standing(entries, at(9)) == Standing({"a": 60}, 4, 60)


@pytest.mark.parametrize(("minute", "active"), [(59, {"a": 60}), (60, {}), (61, {})])
def test_the_end_of_its_minutes(minute: int, active: dict[str, int]) -> None:
    """Even if its end never arrives, a pre-warm asks for nothing once its time is over."""
    assert standing([asked(0, "a", 60)], at(minute)).active == active


@pytest.mark.parametrize(
    ("until", "active"),
    [
        (at(30).isoformat(), {"a": 60}),
        (at(10).isoformat(), {}),
        ("tomorrow", {}),
        (None, {}),
    ],
    ids=["later", "now", "no time", "nothing"],
)
def test_the_end_as_a_time(until: str | None, active: dict[str, int]) -> None:
    """A one-time pre-warm says until when; one that cannot be understood asks for nothing."""
    entry = asked(0, "a", 60, HoldMinutes=None, HoldUntil=until)
    assert standing([entry], at(10)).active == active


@pytest.mark.parametrize("floor", [None, "60", True])
def test_a_request_without_a_floor_asks_for_nothing(floor: object) -> None:
    """Only a whole number is a floor."""
    assert standing([asked(0, "a", floor)], at(1)).active == {}


def test_the_present_moment_is_not_read() -> None:
    """The request that is being carried out is in the journal already, and must not count."""
    entries = [asked(0, "a", 60), asked(5, "b", 70)]
    assert standing(entries, at(5)).active == {"a": 60}
    assert standing(entries, at(6)).active == {"a": 60, "b": 70}


def test_a_record_of_now_hides_no_earlier_one_behind_it() -> None:
    """Records that come together are told by their time, each by itself."""
    assert standing([asked(9, "b", 70), asked(0, "a", 60)], at(9)).active == {"a": 60}


def test_an_end_takes_back_what_was_asked() -> None:
    """The end of one leaves the others; ending what never began is no mistake."""
    ended = Entry(at(3), ASKED, ARN, {"PrewarmId": "a", "EndPrewarm": True})
    entries = [asked(0, "a", 60), asked(1, "b", 50), ended]
    assert standing(entries, at(4)).active == {"b": 50}
    assert standing([ended, asked(5, "b", 50)], at(6)).active == {"b": 50}


def test_only_a_true_end_is_one() -> None:
    """A beginning says so itself: EndPrewarm that is not true is none."""
    assert standing([asked(0, "a", 60, EndPrewarm=False)], at(1)).active == {"a": 60}
    assert standing([asked(0, "a", 60, EndPrewarm="no")], at(1)).active == {"a": 60}


def test_a_second_one_keeps_the_floor_before_both() -> None:
    """Raised twice in a row, what was before the first of them is what returns."""
    entries = [
        asked(0, "a", 40),
        done(1, "a", 4, 40),
        asked(2, "b", 60),
        done(3, "b", 40, 60),
    ]
    assert standing(entries, at(4)) == Standing({"a": 40, "b": 60}, 4, 60)


def test_a_person_in_between_sets_a_new_before() -> None:
    """A floor that the pre-warms did not leave there is a person's, and returns at the end."""
    entries = [
        asked(0, "a", 40),
        done(1, "a", 4, 40),
        asked(2, "b", 60),
        done(3, "b", 30, 60),
    ]
    assert standing(entries, at(4)) == Standing({"a": 40, "b": 60}, 30, 60)


def ended(minute: int, name: str) -> Entry:
    """The request that ends a pre-warm."""
    return Entry(at(minute), ASKED, ARN, {"PrewarmId": name, "EndPrewarm": True})


def test_after_the_last_end_everything_is_forgotten() -> None:
    """With none running any more, the next one starts from the floor that it finds."""
    entries = [
        asked(0, "a", 40),
        done(1, "a", 4, 40),
        ended(2, "a"),
        done(3, "a", 40, 4, EndPrewarm=True),
    ]
    assert standing(entries, at(4)) == Standing({}, None, None)


def test_an_end_while_another_runs_is_not_the_last() -> None:
    """The floor before the first stays known until the last of them has ended."""
    entries = [
        asked(0, "a", 40),
        done(1, "a", 4, 40),
        asked(2, "b", 20),
        ended(3, "a"),
        done(4, "a", 40, 20, EndPrewarm=True),
    ]
    assert standing(entries, at(5)) == Standing({"b": 20}, 4, 20)


def test_another_that_is_over_by_its_time_does_not_run() -> None:
    """One whose end never arrived does not keep the floor before for ever."""
    entries = [
        asked(0, "b", 20, HoldMinutes=2),
        asked(0, "a", 40),
        done(1, "a", 4, 40),
        ended(2, "a"),
        done(2, "a", 40, 4, EndPrewarm=True),
    ]
    assert standing(entries, at(5)) == Standing({}, None, None)


# --- the beginning ---------------------------------------------------------------------------


@pytest.mark.parametrize(("in_force", "floor"), [(60, 60), (61, 60)])
def test_high_enough(in_force: int, floor: int) -> None:
    """A floor that is there already is left, and both numbers are told."""
    assert begin(Standing(), "a", floor, in_force) == Step(
        None, f"The floor already is {in_force}, and pre-warm a asks for {floor}."
    )


def test_it_begins() -> None:
    """A lower floor is raised, also where others set it, or where nothing was set before."""
    up = Step(60, "Pre-warm a begins.")
    assert begin(Standing(), "a", 60, 59) == up
    assert begin(Standing({"a": 60}, None, None), "a", 60, 4) == up
    assert begin(Standing({"a": 60}, 4, 40), "a", 60, 40) == up
    assert begin(Standing({"b": 40}, 4, 40), "a", 60, 30) == up, "it is the first of its own"


def test_a_person_changed_it_since_it_began() -> None:
    """Asked again, a pre-warm does not overwrite what somebody set after it."""
    assert begin(Standing({"a": 60}, 4, 60), "a", 60, 30) == Step(
        None,
        "Pre-warm a set the floor to 60 before, and somebody changed it to 30 since; that is left "
        "alone.",
    )


# --- the end ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stand", [Standing(), Standing({"a": 60}, None, 60), Standing({"a": 60}, 4, None)]
)
def test_it_raised_nothing(stand: Standing) -> None:
    """What raised nothing, or was ended before, takes nothing back."""
    assert end(stand, "a", 60) == Step(
        None, "Pre-warm a raised nothing, or has been ended already."
    )


@pytest.mark.parametrize("in_force", [59, 61])
def test_a_person_changed_it_during_it(in_force: int) -> None:
    """Another floor than the pre-warm's is a person's, and stays."""
    assert end(Standing({"a": 60}, 4, 60), "a", in_force) == Step(
        None,
        f"Somebody changed the floor from 60 to {in_force} during pre-warm a; that is left alone.",
    )


@pytest.mark.parametrize(
    ("others", "before", "step"),
    [
        pytest.param({}, 4, (4, "returns to 4, what it was before"), id="alone"),
        pytest.param({"b": 3}, 4, (4, "returns to 4, what it was before"), id="a lower other"),
        pytest.param({"b": 4}, 4, (4, "returns to 4, what it was before"), id="an equal other"),
        pytest.param(
            {"b": 9}, 4, (9, "returns to 9, which pre-warm b asks for"), id="a higher other"
        ),
        pytest.param(
            {"b": 9, "c": 20, "d": 7},
            4,
            (20, "returns to 20, which pre-warm c asks for"),
            id="the highest of several",
        ),
    ],
)
def test_it_ends(others: dict[str, int], before: int, step: tuple[int, str]) -> None:
    """The floor goes back to what the others ask for, or to what it was before all of them."""
    floor, told = step
    found = end(Standing({"a": 60, **others}, before, 60), "a", 60)
    assert found == Step(floor, f"Pre-warm a has ended: the floor {told}.")


@pytest.mark.parametrize("other", [60, 80])
def test_another_needs_the_same_floor(other: int) -> None:
    """While another asks for at least as much, nothing changes."""
    assert end(Standing({"a": 60, "b": other}, 4, 60), "a", 60) == Step(
        None, "Pre-warm a ends, and the floor stays 60 for another one."
    )


# --- K8: days, people, and odd records ---------------------------------------------------------


def test_k8_a_persons_change_on_one_day_does_not_keep_the_next_from_being_raised() -> None:
    """Day 1: raised, changed by a person, ended without a change. Day 2 is another day."""
    day = 24 * 60
    entries = [
        asked(0, "a", 60),
        done(1, "a", 4, 60),
        asked(50, "a", 0, EndPrewarm=True),
        asked(day, "a", 60),
    ]
    for minute in (day, day + 10):
        stand = standing(entries, at(minute), asked=at(minute))
        assert begin(stand, "a", 60, 30) == Step(60, "Pre-warm a begins.")
    entries.append(done(day + 1, "a", 30, 60))
    assert end(standing(entries, at(day + 50)), "a", 60).floor == 30


def test_k8_a_person_who_wants_the_same_floor_keeps_it() -> None:
    """Asked for on the bus, or set with AWS's own tools, while the pre-warm runs."""
    entries = [asked(0, "a", 60), done(1, "a", 4, 60)]
    wish = Entry(at(20), ASKED, ARN, {"NewMinTPS": 60})
    assert end(standing([*entries, wish], at(50)), "a", 60).floor is None
    measured = Entry(at(20), ASKED, ARN, {"NewMinTPS": 60, "CurrentMinTPS": 60})
    assert end(standing([*entries, measured], at(50)), "a", 60).floor == 4
    stand = standing(entries, at(50))
    assert end(stand, "a", 60, at(1)).floor == 4
    assert end(stand, "a", 60, at(20)).floor is None


@pytest.mark.parametrize(
    "hold",
    [
        {"HoldMinutes": None, "HoldUntil": "2026-11-27T09:00:00"},
        {"HoldMinutes": None, "HoldUntil": "9999-12-31T23:59:59-14:00"},
        {"HoldMinutes": 10**30},
        {"HoldMinutes": True},
        {"HoldMinutes": float("nan")},
        {"HoldMinutes": None, "HoldUntil": 7},
    ],
)
def test_k5_one_odd_hold_costs_itself_only(hold: dict[str, Any]) -> None:
    """A time without a zone is UTC; what is no time is nothing to wait for."""
    good = [asked(0, "a", 60), done(1, "a", 4, 60)]
    found = standing([asked(-1, "odd", 9, **hold), *good], at(2))
    assert (found.before, found.last, found.active["a"]) == (4, 60, 60)


def test_k1_a_beginning_after_its_own_end_comes_too_late() -> None:
    """Deliveries out of order: what was ended is not begun again."""
    entries = [asked(30, "a", 0, EndPrewarm=True)]
    stand = standing(entries, at(40), asked=at(0))
    assert "has been ended already" in begin(stand, "a", 60, 4).why
