"""The Condition block of an IAM statement: operators, quantifiers, missing keys.

Source: the IAM user guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Values = tuple[str, ...]
"""A context key may carry several values (aws:TagKeys)."""


class ConditionError(ValueError):
    """A Condition uses an operator that the sandbox does not know."""


@lru_cache(maxsize=4096)
def wildcard(pattern: str) -> re.Pattern[str]:
    """IAM's wildcards (`*` any text, `?` one character) as a compiled, anchored pattern."""
    body = "".join({"*": ".*", "?": "."}.get(char) or re.escape(char) for char in pattern)
    return re.compile(body, re.DOTALL)


def like(value: str, pattern: str) -> bool:
    """Whether the whole value matches the pattern with `*` and `?`."""
    return pattern == "*" or wildcard(pattern).fullmatch(value) is not None


def arn_like(value: str, pattern: str) -> bool:
    """ARN comparison: each of the six parts is matched by itself, so `*` never spans a colon."""
    left, right = value.split(":", 5), pattern.split(":", 5)
    if pattern == "*":
        return True
    return len(left) == len(right) and all(like(a, b) for a, b in zip(left, right, strict=True))


def _number(test: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def compare(value: str, wanted: str) -> bool:
        try:
            return test(float(value), float(wanted))
        except ValueError:
            return False

    return compare


_POSITIVE: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "NumericEquals": _number(lambda a, b: a == b),
    "NumericLessThan": _number(lambda a, b: a < b),
    "NumericLessThanEquals": _number(lambda a, b: a <= b),
    "NumericGreaterThan": _number(lambda a, b: a > b),
    "NumericGreaterThanEquals": _number(lambda a, b: a >= b),
}
_NEGATIVE = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def _strings(value: Any) -> Values:
    """Policy values as strings; a boolean is written the way JSON writes it."""
    items = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return tuple(str(x).lower() if isinstance(x, bool) else str(x) for x in items)


def holds(condition: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Whether every operator and every key of a Condition block holds in this context.

    Keys are compared without case, as IAM does.
    """
    known = {key.lower(): _strings(value) for key, value in context.items()}
    return all(
        _operator_holds(operator, _strings(wanted), known.get(key.lower()))
        for operator, block in condition.items()
        for key, wanted in block.items()
    )


def _operator_holds(operator: str, wanted: Values, present: Values | None) -> bool:
    quantifier, _, name = operator.rpartition(":")
    name, if_exists = name.removesuffix("IfExists"), name.endswith("IfExists")
    if name == "Null":
        return (present is None) == (wanted == ("true",))
    positive = _POSITIVE.get(_NEGATIVE.get(name, name))
    if positive is None or quantifier not in {"", "ForAnyValue", "ForAllValues"}:
        message = f"Condition operator {operator} is not known to the sandbox; use a String, Arn, "
        raise ConditionError(message + "Numeric, Bool or Null operator.")
    negated = name in _NEGATIVE
    if present is None:
        return if_exists or quantifier == "ForAllValues" or (negated and not quantifier)
    each = [negated != any(positive(value, want) for want in wanted) for value in present]
    return all(each) if quantifier == "ForAllValues" or (negated and not quantifier) else any(each)
