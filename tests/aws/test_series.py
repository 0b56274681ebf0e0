"""Series are kept as numbers, and tell the same as points one by one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.aws.series import Series, Span, as_numbers, read_numbers

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIRST = int(BEGIN.timestamp())
SPAN = Span(BEGIN, BEGIN + timedelta(hours=1), 300)
POINTS = st.lists(
    st.tuples(st.integers(FIRST // 300 - 3, FIRST // 300 + 15), st.floats(0, 1e6)),
    unique_by=lambda point: point[0],
)


@given(points=POINTS, dates=st.booleans())
def test_what_was_asked_for_in_time_order(points: list[tuple[int, float]], dates: bool) -> None:
    """Whatever comes, in whatever order, times as numbers or as dates."""
    times = [at * 300 for at, _ in points]
    answered = [datetime.fromtimestamp(at, UTC) for at in times] if dates else times
    found = SPAN.series(answered, [value for _, value in points])
    inside = sorted((at * 300, v) for at, v in points if FIRST <= at * 300 < FIRST + 3600)
    assert list(found.points) == inside


def test_a_whole_answer_keeps_no_times() -> None:
    """Each period, in order: the times are known without one number each."""
    times = list(range(FIRST, FIRST + 3600, 300))
    found = SPAN.series(times, [1] * 12)
    assert isinstance(found.times, range)
    assert found.points == Series.of((at, 1.0) for at in times).points


def test_pages_are_put_together() -> None:
    """A later page may tell of earlier times."""
    pages = [Series.of([(FIRST + 300, 2.0)]), Series.of([(FIRST, 1.0)])]
    assert pages[0].and_more(pages[1]).points == ((FIRST, 1.0), (FIRST + 300, 2.0))


def hooked(body: dict[str, Any] | bytes, status: int = 200) -> tuple[dict[str, Any], bytes]:
    """What the hook answers itself, and what it leaves to botocore."""
    response = {
        "status_code": status,
        "body": body if isinstance(body, bytes) else json.dumps(body).encode(),
    }
    own: dict[str, Any] = {}
    read_numbers(response_dict=response, customized_response_dict=own)
    return own, response["body"]  # type: ignore[return-value]


def test_only_who_asks_for_numbers_gets_them() -> None:
    """Anybody else has the dates of botocore; so has whom AWS answers in another form."""
    result = {"Id": "q0", "Timestamps": [FIRST], "Values": [1.0], "StatusCode": "Complete"}
    answer = {"MetricDataResults": [result], "NextToken": "more"}
    plain = json.dumps(answer).encode()
    assert hooked(answer) == ({}, plain)
    with as_numbers():
        assert hooked(answer) == ({"MetricDataResults": [result]}, b'{"NextToken": "more"}')
        assert hooked(answer, status=400) == ({}, plain)
        assert hooked(b"<GetMetricDataResponse/>") == ({}, b"<GetMetricDataResponse/>")
        text = {"MetricDataResults": [result | {"Timestamps": ["2026-03-02T09:00:00Z"]}]}
        assert hooked(text)[0] == {}
    assert hooked(answer) == ({}, plain)


def test_a_number_as_text_is_a_number() -> None:
    """JSON has no NaN; AWS writes it as text."""
    (value,) = Span(BEGIN, BEGIN + timedelta(minutes=5), 300).series([FIRST], ["NaN"]).values  # type: ignore[list-item]
    assert value != value  # noqa: PLR0124
