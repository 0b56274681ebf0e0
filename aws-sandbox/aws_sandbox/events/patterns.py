"""Event patterns: what EventBridge accepts as one, and which events it matches. Pure.

Source: EventBridge user guide, "Event patterns", "Arrays in event patterns" and "Comparison
operators" (`exists` knows leaf nodes only). The guide says that 300 and 300.0 are not equal; what
others recorded from the service says that they are, and so it is here.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Pattern = Mapping[str, Any]
_RANGE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    "=": lambda value, bound: value == bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}
_TEXTS: Final = frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard"})
_ANY_CASE: Final = "equals-ignore-case"


class PatternError(ValueError):
    """A text that is no event pattern; the sentence says why."""


def parse(text: str) -> Pattern:
    """The checked pattern.

    Raises:
        PatternError: EventBridge would refuse it.
    """
    try:
        pattern = json.loads(text)
    except ValueError:
        raise PatternError("Invalid JSON") from None
    if not isinstance(pattern, dict):
        raise PatternError("Filter is not an object")
    if not pattern:
        raise PatternError("Empty objects are not allowed")
    _check(pattern)
    return pattern


def matches(pattern: Pattern, event: Any) -> bool:
    """Whether every field of the pattern is met by the event, or by a part of it."""
    fields: Mapping[str, Any] = event if isinstance(event, Mapping) else {}
    return all(_field_matches(name, wanted, fields) for name, wanted in pattern.items())


def _check(pattern: Pattern) -> None:
    for name, wanted in pattern.items():
        if name == "$or" and isinstance(wanted, list):
            _check_choices(wanted)
        elif isinstance(wanted, dict):
            if not wanted:
                raise PatternError("Empty objects are not allowed")
            _check(wanted)
        elif not isinstance(wanted, list):
            raise PatternError(f'"{name}" must be an object or an array')
        elif not wanted:
            raise PatternError("Empty arrays are not allowed")
        else:
            for one in wanted:
                _check_value(name, one)


def _check_choices(choices: list[Any]) -> None:
    if len(choices) < 2 or not all(isinstance(one, dict) and one for one in choices):
        raise PatternError("$or must be an array of two or more objects")
    for one in choices:
        _check(one)


def _check_value(name: str, wanted: Any) -> None:
    if isinstance(wanted, list):
        raise PatternError(f'"{name}" must not have an array inside of its array')
    if not isinstance(wanted, dict):
        return
    if len(wanted) != 1:
        raise PatternError("Only one key allowed in match expression")
    ((operator, given),) = wanted.items()
    valid = _VALID.get(operator)
    if valid is None:
        raise PatternError(f"Unrecognized match type {operator}")
    if not valid(given):
        raise PatternError(f"Value of {operator} match is not valid: {json.dumps(given)}")


def _is_text(given: Any) -> bool:
    return isinstance(given, str)


def _is_number(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def _is_text_in_a_case(given: Any) -> bool:
    if isinstance(given, dict):
        return set(given) == {_ANY_CASE} and _is_text(given[_ANY_CASE])
    return _is_text(given)


def _is_range(given: Any) -> bool:
    if not isinstance(given, list) or not given or len(given) % 2:
        return False
    return all(sign in _RANGE for sign in given[::2]) and all(map(_is_number, given[1::2]))


def _is_wildcard(given: Any) -> bool:
    return _is_text(given) and "**" not in re.sub(r"\\.", "", given)


def _is_network(given: Any) -> bool:
    try:
        return _is_text(given) and bool(ipaddress.ip_network(given, strict=False))
    except ValueError:
        return False


def _is_exclusion(given: Any) -> bool:
    if isinstance(given, dict):
        if len(given) != 1:
            return False
        ((operator, texts),) = given.items()
        values = texts if isinstance(texts, list) else [texts]
        # What leaves nothing out, or everything, is refused; so are nested objects.
        return operator in _TEXTS and bool(values) and all(map(_is_excluded(operator), values))
    values = given if isinstance(given, list) else [given]
    return bool(values) and (all(map(_is_text, values)) or all(map(_is_number, values)))


def _is_excluded(operator: str) -> Callable[[Any], bool]:
    if operator == "wildcard":
        return _is_wildcard
    return lambda given: _is_text(given) and bool(given)


_VALID: Final[Mapping[str, Callable[[Any], bool]]] = {
    "exists": lambda given: isinstance(given, bool),
    "prefix": _is_text_in_a_case,
    "suffix": _is_text_in_a_case,
    _ANY_CASE: _is_text,
    "wildcard": _is_wildcard,
    "numeric": _is_range,
    "cidr": _is_network,
    "anything-but": _is_exclusion,
}


def _field_matches(name: str, wanted: Any, fields: Mapping[str, Any]) -> bool:
    if name == "$or" and isinstance(wanted, list):
        return any(matches(one, fields) for one in wanted)
    if isinstance(wanted, Mapping):
        return any(matches(wanted, part) for part in _parts(fields.get(name)))
    leaves = list(_leaves(fields[name])) if name in fields else []
    return any(_value_matches(one, leaves) for one in wanted)


def _parts(value: Any) -> list[Any]:
    """The objects that a nested pattern looks into; one without fields where there is none."""
    return value or [{}] if isinstance(value, list) else [value]


def _leaves(value: Any) -> Iterator[Any]:
    """The single values of a field: itself, or the elements of an array."""
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif not isinstance(value, Mapping):
        yield value


def _value_matches(wanted: Any, leaves: list[Any]) -> bool:
    if not isinstance(wanted, Mapping):
        return any(_is_same(wanted, leaf) for leaf in leaves)
    ((operator, given),) = wanted.items()
    if operator == "exists":
        return bool(leaves) is bool(given)
    return any(_HOLDS[operator](given, leaf) for leaf in leaves)


def _is_same(wanted: Any, leaf: Any) -> bool:
    """Equal as JSON knows it: 5 is 5.0, but not "5", and true is not 1."""
    if isinstance(wanted, bool) or isinstance(leaf, bool):
        return wanted is leaf
    return bool(wanted == leaf)


def _affix(given: Any, leaf: Any, test: Callable[[str, str], bool]) -> bool:
    if not isinstance(leaf, str):
        return False
    if isinstance(given, Mapping):
        return test(leaf.lower(), str(given[_ANY_CASE]).lower())
    return test(leaf, given)


def _in_range(given: list[Any], leaf: Any) -> bool:
    if not _is_number(leaf):
        return False
    pairs = zip(given[::2], given[1::2], strict=True)
    return all(_RANGE[sign](leaf, bound) for sign, bound in pairs)


def _in_network(given: str, leaf: Any) -> bool:
    try:
        return ipaddress.ip_address(leaf) in ipaddress.ip_network(given, strict=False)
    except ValueError:
        return False


def _like(given: str, leaf: Any) -> bool:
    if not isinstance(leaf, str):
        return False
    parts = re.findall(r"\\.|\*|[^*\\]+|\\", given)
    regex = "".join(".*" if part == "*" else re.escape(_plain(part)) for part in parts)
    return re.fullmatch(regex, leaf, re.DOTALL) is not None


def _plain(part: str) -> str:
    r"""A star or backslash that was escaped: `\*` is a star."""
    return part[1] if part in {"\\*", "\\\\"} else part


def _is_other(given: Any, leaf: Any) -> bool:
    if isinstance(given, Mapping):
        ((operator, texts),) = given.items()
        values = texts if isinstance(texts, list) else [texts]
        return not any(_HOLDS[operator](one, leaf) for one in values)
    values = given if isinstance(given, list) else [given]
    return not any(_is_same(one, leaf) for one in values)


_HOLDS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "prefix": lambda given, leaf: _affix(given, leaf, str.startswith),
    "suffix": lambda given, leaf: _affix(given, leaf, str.endswith),
    _ANY_CASE: lambda given, leaf: isinstance(leaf, str) and leaf.lower() == given.lower(),
    "wildcard": _like,
    "numeric": _in_range,
    "cidr": _in_network,
    "anything-but": _is_other,
}
