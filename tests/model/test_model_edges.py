"""Values at their edges: months elsewhere, traces by hand, weekly times, statuses, floors."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support import a_resource

from personalize_monitor.errors import InvalidArn, InvalidRequest
from personalize_monitor.model.arn import EXAMPLE, Arn
from personalize_monitor.model.calendar_month import by_month, month_end, month_of, month_start
from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.floor_changes import ChangeKind, FloorChange, floor_history
from personalize_monitor.model.recipe import recipe_of
from personalize_monitor.model.resource import State
from personalize_monitor_desk.backtest.trace import read_trace

NOON = 1_700_049_600 // 3600 * 3600


def epoch(*parts: int) -> int:
    """An epoch second, by its date in UTC."""
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type]


# --- months ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("_elsewhere")
@pytest.mark.parametrize(
    ("at", "month", "begin", "end"),
    [
        (epoch(2026, 1, 1), "2026-01", epoch(2026, 1, 1), epoch(2026, 2, 1)),
        (epoch(2026, 1, 31, 23, 59, 59), "2026-01", epoch(2026, 1, 1), epoch(2026, 2, 1)),
        (epoch(2026, 2, 28, 23), "2026-02", epoch(2026, 2, 1), epoch(2026, 3, 1)),
        (epoch(2028, 2, 29), "2028-02", epoch(2028, 2, 1), epoch(2028, 3, 1)),
        (epoch(2026, 12, 31, 1), "2026-12", epoch(2026, 12, 1), epoch(2027, 1, 1)),
    ],
)
def test_months_are_those_of_utc_wherever_the_machine_is(
    at: int, month: str, begin: int, end: int
) -> None:
    """AWS bills by UTC, so a laptop in Tokyo shows the same months."""
    assert (month_of(at), month_start(at), month_end(at)) == (month, begin, end)


def test_parts_of_months() -> None:
    """Two and a half months are three parts, without a gap; nothing has no part."""
    begin, end = epoch(2026, 1, 15), epoch(2026, 3, 2)
    assert list(by_month(begin, end)) == [
        ("2026-01", begin, epoch(2026, 2, 1)),
        ("2026-02", epoch(2026, 2, 1), epoch(2026, 3, 1)),
        ("2026-03", epoch(2026, 3, 1), end),
    ]
    assert list(by_month(end, end)) == []
    assert list(by_month(end, begin)) == []


# --- ARNs and decisions ----------------------------------------------------------------------


def test_a_refused_arn_says_what_would_do() -> None:
    """All kinds that are wanted, and an example, in sentences that can be read."""
    kinds = ("campaign", "recommender")
    bucket = "arn:aws:s3:us-east-1:123456789012:bucket/x"
    solution = "arn:aws:personalize:us-east-1:123456789012:solution/x"
    for text, said in (
        ("x", f"'x' is not an ARN; it should look like {EXAMPLE}."),
        (7, f"7 is not an ARN; it should look like {EXAMPLE}."),
        (
            bucket,
            (
                f"{bucket} belongs to the service s3; give the ARN of a Personalize campaign or "
                "recommender."
            ),
        ),
        (solution, f"{solution} is a solution; give the ARN of a campaign or recommender."),
        (
            "arn:aws:personalize:us-east-1::campaign/x",
            (
                f"arn:aws:personalize:us-east-1::campaign/x is not complete; it should look like "
                f"{EXAMPLE}."
            ),
        ),
    ):
        with pytest.raises(InvalidArn) as caught:
            Arn.of_resource(text, kinds=kinds)
        assert str(caught.value) == said


def test_an_arn_of_the_greatest_length() -> None:
    """AWS allows 256 characters; one more is no ARN, however it looks."""
    end = ":personalize:us-east-1:123456789012:campaign/a"
    fits = "arn:aws-" + "x" * (256 - len("arn:aws-") - len(end)) + end
    assert len(fits) == 256
    assert Arn.of_resource(fits, kinds=("campaign",)).name == "a"
    with pytest.raises(InvalidArn, match="is not an ARN"):
        Arn.of_resource(fits + "b", kinds=("campaign",))


def test_leaving_is_a_decision_about_the_resource() -> None:
    """It keeps whom it is about, and everything that was said."""
    resource = a_resource()
    assert leave(resource, "No.", held_by="x", evidence={"n": 1}) == Decision(
        resource, Action.LEAVE, "No.", None, {"n": 1}, "x"
    )


def test_recipes_are_known_by_their_last_name() -> None:
    """By ARN in any partition, or by the name alone; nothing is no recipe."""
    for text in ("arn:aws:personalize:::recipe/aws-sims", "x/y/aws-sims", "aws-sims"):
        found = recipe_of(text)
        assert found is not None
        assert found.name == "aws-sims"
    assert recipe_of("") is None
    assert recipe_of("aws-sims/other") is None


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("create_failed", State.FAILED),
        ("UPDATE FAILED", State.FAILED),
        ("DELETE FAILED", State.GOING),
        ("IN_ACTIVE", State.CHANGING),
        ("active", State.ACTIVE),
    ],
)
def test_statuses_in_other_spellings(status: str, state: State) -> None:
    """Case and underscores do not matter; a failed deletion is still on its way out."""
    assert State.of_status(status) is state


# --- demand ----------------------------------------------------------------------------------


def test_an_off_grid_start_says_what_to_do() -> None:
    """The moment is told, and how to align it."""
    with pytest.raises(InvalidRequest) as caught:
        Demand(NOON + 60, ())
    assert str(caught.value) == (
        f"Demand starts at epoch {NOON + 60}, which is not on a five-minute mark; align the points "
        "to multiples of 300 seconds."
    )


def test_the_peak_of_nothing_is_nothing() -> None:
    """Without a known number the peak is zero, and there is no watermark."""
    assert Demand(NOON, ()).peak() == 0
    assert Demand(NOON, (UNKNOWN,) * 12).peak() == 0
    assert Demand(NOON, (UNKNOWN,) * 12).low_watermark() is None


@pytest.mark.parametrize("at", range(5))
def test_the_last_request_wherever_it_is(at: int) -> None:
    """Even a fraction of a request counts, in the first interval and in the last."""
    sums = [0.0] * 5
    sums[at] = 0.5
    assert Demand(NOON, tuple(sums)).last_request() == NOON + (at + 1) * 300


def test_a_span_without_points() -> None:
    """A given span is unknown, or what the caller says; without a span nothing is there."""
    empty = Demand.from_points([], start=NOON, end=NOON + 900, missing=0.0)
    assert empty == Demand(NOON, (0.0, 0.0, 0.0))
    assert Demand.from_points([], start=NOON) == Demand(NOON, ())
    assert Demand.from_points([], end=NOON) == Demand(0, ())
    assert Demand.from_points([]) == Demand(0, ())


def test_points_within_a_given_span() -> None:
    """Points outside the span are left out; those inside stand in their interval."""
    points = [(NOON - 300, 9.0), (NOON + 301.5, 1.0), (NOON + 900, 9.0)]
    found = Demand.from_points(points, start=NOON, end=NOON + 900, missing=0.0)  # type: ignore[arg-type]
    assert found == Demand(NOON, (0.0, 1.0, 0.0))
    assert Demand.from_points([(NOON, 4)], end=NOON + 600, missing=0.0).sums == (4.0, 0.0)
    assert Demand.from_points([(NOON, 4)], start=NOON - 300, missing=0.0).sums == (0.0, 4.0)


def trace(path: Path, *lines: str) -> Path:
    """A trace file."""
    path.write_text("\n".join(("timestamp,requests", *lines)) + "\n", "utf-8")
    return path


@pytest.mark.usefixtures("_elsewhere")
def test_a_trace_without_zones_is_in_utc(tmp_path: Path) -> None:
    """Times without a zone are UTC, wherever the machine is; others are what they say."""
    plain = read_trace(trace(tmp_path / "a.csv", "2025-01-06T00:00:00,5")).demand
    zoned = read_trace(trace(tmp_path / "b.csv", "2025-01-06T01:00:00+01:00,5")).demand
    assert plain == zoned == Demand(1_736_121_600, (5.0,))


def test_zero_and_little_are_numbers_of_requests(tmp_path: Path) -> None:
    """A known zero stays zero, and averages may be fractions."""
    lines = ("2025-01-06T00:00:00Z,0", "2025-01-06T00:05:00Z,0.25", "2025-01-06T00:10:00Z, ")
    found = read_trace(str(trace(tmp_path / "a.csv", *lines))).demand
    assert found.sums[:2] == (0.0, 0.25)
    assert found.known == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2025-01-06T00:00:00Z,inf", "inf is not a number of requests."),
        ("2025-01-06T00:00:00Z,-0.5", "-0.5 is not a number of requests."),
        ("2025-01-06T00:00:00Z", "expected an ISO time and a number of requests ("),
        ("noon,4", "expected an ISO time and a number of requests ("),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    """File and line, counted as an editor counts them, and what is wrong there."""
    path = trace(tmp_path / "week.csv", "2025-01-06T00:00:00Z,1", line)
    with pytest.raises(InvalidRequest) as caught:
        read_trace(path)
    assert str(caught.value).startswith(f"week.csv, line 3: {said}")
    other = tmp_path / "other.csv"
    other.write_text("when,requests\n", "utf-8")
    with pytest.raises(InvalidRequest) as caught:
        read_trace(other)
    assert str(caught.value).startswith(
        "other.csv is not a trace: its first line must name the columns timestamp and requests "
    )


# --- floors over time ------------------------------------------------------------------------


def test_two_settings_by_people_after_the_creation() -> None:
    """Each setting that was seen is in force from then on, with and without us."""
    observed = ((0, 5), (600, 8), (900, 3))
    found = floor_history(observed, ())
    assert (found.actual, found.without_us, found.blind) == (observed, observed, ())


def test_a_floor_that_nobody_set_on_record() -> None:
    """Our change found 9 where 5 was known: nobody knows since when."""
    change = FloorChange(600, 9, 2, ChangeKind.LOWERED)
    found = floor_history(((100, 5),), (change,))
    assert found.blind == ((100, 600),)
    assert found.actual == ((100, 5), (600, 2))
    assert found.without_us == ((100, 5), (600, 9))


def test_a_second_surprise_is_blind_since_the_change_before() -> None:
    """What is not known begins with the last moment at which the floor was known for sure."""
    changes = (
        FloorChange(600, 5, 2, ChangeKind.LOWERED),
        FloorChange(1200, 7, 3, ChangeKind.LOWERED),
    )
    assert floor_history(((100, 5),), changes).blind == ((600, 1200),)
