"""Metric math in GetMetricData."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from aws_sandbox.cloudwatch.expression import parse
from aws_sandbox.cloudwatch.formulas import compute
from aws_sandbox.cloudwatch.lines import Line, Scope

A = Line({0: 1.0, 60: 2.0, 180: 4.0}, 60)
B = Line({0: 10.0, 120: 30.0, 180: 0.0}, 60)


def value(text: str) -> Any:
    """The value of an expression over A and B, as plain numbers and dicts."""
    lines = {"a": A, "b": B, "none": Line({}, 60)}
    scope = Scope(0, 240, 60, lines.__getitem__, lambda text: [A, B])
    result = compute(text, scope)
    if isinstance(result, list):
        return [line.points for line in result]
    return result.points if isinstance(result, Line) else result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b", {0: 11.0, 180: 4.0}),
        ("a / b", {0: 0.1}),
        ("a * 100 / 4 - 1", {0: 24.0, 60: 49.0, 180: 99.0}),
        ("-a ^ 2", {0: 1.0, 60: 4.0, 180: 16.0}),
        ("2 ^ a", {0: 2.0, 60: 4.0, 180: 16.0}),
        ("a >= 2", {0: 0.0, 60: 1.0, 180: 1.0}),
        ("a > 1 AND a < 4", {0: 0.0, 60: 1.0, 180: 0.0}),
        ("a == 1 || a == 4", {0: 1.0, 60: 0.0, 180: 1.0}),
        ("SUM([a, b])", {0: 11.0, 60: 2.0, 120: 30.0, 180: 4.0}),
        ("SUM(METRICS())", {0: 11.0, 60: 2.0, 120: 30.0, 180: 4.0}),
        ("MAX([a, b])", {0: 10.0, 60: 2.0, 120: 30.0, 180: 4.0}),
        ("MIN([a, b])", {0: 1.0, 60: 2.0, 120: 30.0, 180: 0.0}),
        ("AVG([a, b])", {0: 5.5, 60: 2.0, 120: 30.0, 180: 2.0}),
        ("SUM(a)", 7.0),
        ("AVG(b)", 40.0 / 3),
        ("MAX(a) - MIN(a)", 3.0),
        ("FILL(a, 0)", {0: 1.0, 60: 2.0, 120: 0.0, 180: 4.0}),
        ("FILL(a, REPEAT)", {0: 1.0, 60: 2.0, 120: 2.0, 180: 4.0}),
        ("FILL(a, LINEAR)", {0: 1.0, 60: 2.0, 120: 3.0, 180: 4.0}),
        ("FILL(a, b)", {0: 1.0, 60: 2.0, 120: 30.0, 180: 4.0}),
        ("FILL(none, 0)", {0: 0.0, 60: 0.0, 120: 0.0, 180: 0.0}),
        ("FILL(none, REPEAT)", {}),
        ("FILL([a, none], 0)", [{0: 1.0, 60: 2.0, 120: 0.0, 180: 4.0},
                                {0: 0.0, 60: 0.0, 120: 0.0, 180: 0.0}]),
        ("IF(a > 1, a, 0)", {0: 0.0, 60: 2.0, 180: 4.0}),
        ("IF(a > 1, b)", {180: 0.0}),
        ("IF(1, a, b)", {0: 1.0, 60: 2.0, 180: 4.0}),
        ("RUNNING_SUM(FILL(a, 0))", {0: 1.0, 60: 3.0, 120: 3.0, 180: 7.0}),
        ("DIFF(a)", {60: 1.0, 180: 2.0}),
        ("RATE(a)", {60: 1 / 60, 180: 2 / 120}),
        ("CEIL(a / 3)", {0: 1.0, 60: 1.0, 180: 2.0}),
        ("FLOOR(a / 3)", {0: 0.0, 60: 0.0, 180: 1.0}),
        ("ABS(0 - a)", {0: 1.0, 60: 2.0, 180: 4.0}),
        ("a / PERIOD(a)", {0: 1 / 60, 60: 2 / 60, 180: 4 / 60}),
        ("ABS(2 - 7)", 5.0),
        ("METRIC_COUNT([a, b])", 2.0),
        ("TIME_SERIES(5)", {0: 5.0, 60: 5.0, 120: 5.0, 180: 5.0}),
        ("LAST(a) - FIRST(a)", 3.0),
        ("METRICS() * 2", [{0: 2.0, 60: 4.0, 180: 8.0}, {0: 20.0, 120: 60.0, 180: 0.0}]),
        ("(1 + 2) * 3 - 4 / 2", 7.0),
    ],
)  # fmt: skip
def test_an_expression_has_the_value_the_guide_describes(text: str, expected: Any) -> None:
    """Arithmetic where both have a point, aggregation over what is there, FILL over the range."""
    result = value(text)
    if isinstance(expected, dict):
        assert list(result) == sorted(result)
    assert result == (pytest.approx(expected) if not isinstance(expected, list) else expected)


@given(st.recursive(
    st.sampled_from(["1", "a", "b", "2.5"]),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({''.join(t)})"),
    max_leaves=8,
))  # fmt: skip
def test_arithmetic_is_python_arithmetic(text: str) -> None:
    """At a moment where all operands have a point, the result is the ordinary one."""
    result = value(text)
    expected = eval(text, {"__builtins__": {}}, {"a": A.points[0], "b": B.points[0]})
    at_zero = result[0] if isinstance(result, dict) else result
    assert at_zero == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "a +", "(a", "a b", "SUM([a)", "a $ b", "FILL(a", "1 +* 2"])
def test_bad_syntax_is_told(text: str) -> None:
    """What cannot be read is an error, never a wrong number."""
    with pytest.raises(ValueError, match=r"unexpected|expected|cannot read"):
        parse(text)


def test_an_overflow_has_no_point(bench: Any, query: Any) -> None:
    """What is not a finite number is left out of the answer."""
    bench.put("a", 1.0, 2.0**300)
    assert bench.values(query("a"), {"Id": "e", "Expression": "a * a * a * a"})["e"] == [1.0]


def test_expressions_see_the_other_queries_and_hidden_ones_stay_hidden(
    bench: Any, query: Any
) -> None:
    """ReturnData false keeps a metric out of the answer but not out of the sum."""
    bench.put("a", 1.0, 2.0)
    bench.put("b", 10.0, 20.0)
    values = bench.values(
        query("a", ReturnData=False),
        query("b", ReturnData=False),
        {"Id": "total", "Expression": "SUM(METRICS())", "Label": "all"},
        {"Id": "share", "Expression": "a / total * 100"},
    )
    assert values["total"] == [11.0, 22.0]
    assert values["share"] == pytest.approx([100 / 11, 100 / 11])


@pytest.mark.parametrize(
    "text", ["x + 1", "SUM(", "NOPE(a)", "SUM(a)", "5", "e1 + 1", "a + [a, a] + [a]", "a + 'text'"]
)
def test_a_bad_expression_is_a_validation_error(bench: Any, query: Any, text: str) -> None:
    """Unknown Ids and functions, circles and bare numbers are refused."""
    bench.put("a", 1.0)
    with pytest.raises(ClientError, match=r"ValidationError.*e1"):
        bench.read(query("a"), {"Id": "e1", "Expression": text})
