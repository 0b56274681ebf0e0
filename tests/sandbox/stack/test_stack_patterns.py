"""Event patterns: what is one, and what it matches."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from aws_sandbox.events.patterns import PatternError, matches, parse
from aws_sandbox.sandbox import Sandbox

EVENT = {
    "source": "mine",
    "resources": ["arn:a", "arn:b"],
    "detail": {
        "state": "running",
        "n": 5,
        "flag": True,
        "nothing": None,
        "none": [],
        "file": "dir/a*b.png",
        "ip": "10.0.0.7",
        "items": [{"kind": "x", "n": 1}, {"kind": "y", "n": 2}],
        "deep": {"k": [[1, 2], 3]},
    },
}
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text("ab*", max_size=3))


@pytest.mark.parametrize(
    ("wanted", "matched"),
    [
        ({"state": ["stopped", "running"]}, True),
        ({"state": ["Running"]}, False),
        ({"n": [5]}, True),
        ({"n": [5.0]}, True),
        ({"n": ["5"]}, False),
        ({"flag": [True]}, True),
        ({"flag": [1]}, False),
        ({"n": [True]}, False),
        ({"nothing": [None]}, True),
        ({"absent": [None]}, False),
        ({"none": [None]}, False),
        ({"absent": [{"exists": False}]}, True),
        ({"absent": {"below": [{"exists": False}]}}, True),
        ({"nothing": [{"exists": True}]}, True),
        ({"deep": [{"exists": True}]}, False),
        ({"deep": {"k": [2]}}, True),
        ({"items": {"kind": ["y"]}}, True),
        ({"items": {"kind": ["z"]}}, False),
        ({"state": [{"prefix": "run"}]}, True),
        ({"state": [{"prefix": {"equals-ignore-case": "RUN"}}]}, True),
        ({"state": [{"suffix": "NING"}]}, False),
        ({"state": [{"suffix": {"equals-ignore-case": "NING"}}]}, True),
        ({"state": [{"equals-ignore-case": "RUNNING"}]}, True),
        ({"n": [{"equals-ignore-case": "5"}]}, False),
        ({"n": [{"prefix": "5"}]}, False),
        ({"n": [{"numeric": [">", 4, "<=", 5]}]}, True),
        ({"n": [{"numeric": ["=", 5.0]}]}, True),
        ({"n": [{"numeric": ["<", 5]}]}, False),
        ({"flag": [{"numeric": [">", 0]}]}, False),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, True),
        ({"ip": [{"cidr": "10.0.1.0/24"}]}, False),
        ({"state": [{"cidr": "10.0.0.0/24"}]}, False),
        ({"file": [{"wildcard": "dir/*.png"}]}, True),
        ({"file": [{"wildcard": r"dir/a\*b.*"}]}, True),
        ({"file": [{"wildcard": r"d\*png"}]}, False),
        ({"n": [{"wildcard": "*"}]}, False),
        ({"state": [{"anything-but": "stopped"}]}, True),
        ({"state": [{"anything-but": ["stopped", "running"]}]}, False),
        ({"absent": [{"anything-but": "stopped"}]}, False),
        ({"nothing": [{"anything-but": "stopped"}]}, True),
        ({"n": [{"anything-but": {"prefix": "5"}}]}, True),
        ({"state": [{"anything-but": {"suffix": ["ning", "ped"]}}]}, False),
        ({"state": [{"anything-but": {"equals-ignore-case": "RUNNING"}}]}, False),
        ({"file": [{"anything-but": {"wildcard": "*.png"}}]}, False),
        ({"$or": [{"n": [6]}, {"state": ["running"]}]}, True),
        ({"n": [6], "$or": [{"n": [5]}, {"state": ["running"]}]}, False),
    ],
)
def test_a_pattern_matches_as_the_guide_says(wanted: dict[str, Any], matched: bool) -> None:
    """Fields are all needed, values of a field are alternatives, operators work on leaves."""
    pattern = parse(json.dumps({"source": ["mine"], "detail": wanted}))
    assert matches(pattern, EVENT) is matched


@pytest.mark.parametrize(
    "wrong",
    [
        "not json",
        "[]",
        "{}",
        '{"source": "mine"}',
        '{"source": []}',
        '{"detail": {}}',
        '{"source": [["mine"]]}',
        '{"source": [{"near": "x"}]}',
        '{"source": [{"prefix": "x", "suffix": "y"}]}',
        '{"source": [{"prefix": 5}]}',
        '{"source": [{"exists": "yes"}]}',
        '{"source": [{"equals-ignore-case": ["x"]}]}',
        '{"source": [{"numeric": [">"]}]}',
        '{"source": [{"numeric": [">", "5"]}]}',
        '{"source": [{"numeric": ["!", 5]}]}',
        '{"source": [{"numeric": []}]}',
        '{"source": [{"cidr": "nowhere"}]}',
        '{"source": [{"wildcard": "a**b"}]}',
        '{"source": [{"anything-but": []}]}',
        '{"source": [{"anything-but": ["x", 5]}]}',
        '{"source": [{"anything-but": null}]}',
        '{"source": [{"anything-but": {"prefix": ""}}]}',
        '{"source": [{"anything-but": {"prefix": {"equals-ignore-case": "x"}}}]}',
        '{"source": [{"anything-but": {"numeric": [">", 1]}}]}',
        '{"source": [{"anything-but": {"prefix": "x", "suffix": "y"}}]}',
        '{"$or": [{"source": ["x"]}]}',
    ],
)
def test_what_is_no_pattern_is_refused(box: Sandbox, wrong: str) -> None:
    """PutRule and TestEventPattern answer InvalidEventPatternException and say why."""
    with pytest.raises(PatternError, match=r"\w+ \w+|Invalid JSON"):
        parse(wrong)
    with pytest.raises(ClientError, match="InvalidEventPatternException"):
        box.client("events").put_rule(Name="r", EventPattern=wrong)
    with pytest.raises(ClientError, match="InvalidEventPatternException"):
        box.client("events").test_event_pattern(EventPattern=wrong, Event="{}")


def test_a_pattern_can_be_tried_without_a_rule(box: Sandbox) -> None:
    """TestEventPattern answers whether an event with all its fields matches."""
    events = box.client("events")
    whole = {"id": "1", "account": "1", "time": "t", "region": "r", "detail-type": "T", **EVENT}

    def tried(pattern: Any) -> bool:
        answer = events.test_event_pattern(
            EventPattern=json.dumps(pattern), Event=json.dumps(whole)
        )
        return bool(answer["Result"])

    assert tried({"source": ["mine"]})
    assert not tried({"source": ["other"]})
    for event in ("not json", "[]", json.dumps(EVENT)):
        with pytest.raises(ClientError, match="Parameter Event is not valid"):
            events.test_event_pattern(EventPattern='{"source": ["x"]}', Event=event)


@given(st.lists(LEAVES, min_size=1, max_size=3), LEAVES)
def test_anything_but_is_the_opposite_of_equal(values: list[Any], leaf: Any) -> None:
    """For a single value, one of the two matches, never both."""
    texts = [value for value in values if isinstance(value, str)] or ["a"]
    equal = matches({"f": texts}, {"f": leaf})
    other = matches({"f": [{"anything-but": texts}]}, {"f": leaf})
    assert equal is not other


@given(LEAVES)
def test_a_value_matches_itself_and_exists(leaf: Any) -> None:
    """Whatever a field holds, its own value in a pattern matches it, alone or in an array."""
    assert matches({"f": [leaf]}, {"f": leaf})
    assert matches({"f": [leaf]}, {"f": ["other", leaf]})
    assert matches({"f": [{"exists": True}]}, {"f": leaf})
    assert not matches({"f": [{"exists": False}]}, {"f": leaf})


@pytest.mark.parametrize(
    "target",
    [
        {"Input": "{}", "InputPath": "$.detail"},
        {"InputPath": "$.detail", "InputTransformer": {"InputTemplate": '"x"'}},
        {"InputTransformer": {"InputPathsMap": {"a": "$.detail"}, "InputTemplate": '"<b>"'}},
    ],
)
def test_a_target_has_one_input_with_known_variables(box: Sandbox, target: Any) -> None:
    """PutTargets refuses two kinds of input, and a placeholder that nothing defines."""
    events = box.client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["mine"]}')
    wanted = {"Id": "one", "Arn": "arn:aws:sqs:us-east-1:123456789012:q", **target}
    with pytest.raises(ClientError, match="ValidationException"):
        events.put_targets(Rule="r", Targets=[wanted])


def test_a_sixth_target_is_over_the_limit(box: Sandbox) -> None:
    """PutTargets answers LimitExceededException."""
    events = box.client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["mine"]}')
    arn = "arn:aws:sqs:us-east-1:123456789012:q"
    with pytest.raises(ClientError, match="LimitExceededException"):
        events.put_targets(Rule="r", Targets=[{"Id": str(n), "Arn": arn} for n in range(6)])
