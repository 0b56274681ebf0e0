"""Whether a value conforms to a botocore shape: types, members, enums, ranges and patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape

_NUMBERS: Final = {"integer", "long", "float", "double"}


@cache
def service_model(service: str) -> ServiceModel:
    """The botocore model of a service, named as for boto3.client."""
    session: Any = botocore.session.get_session()
    model: ServiceModel = session.get_service_model(service)
    return model


@cache
def operation(service: str, action: str) -> OperationModel | None:
    """The model of one action; None when the service has no such action."""
    model: Any = service_model(service)
    if action not in model.operation_names:
        return None
    found: OperationModel = model.operation_model(action)
    return found


def problems(shape: Shape | None, value: object, *, strict: bool = True) -> list[str]:
    """What is wrong with `value` as a `shape`, one sentence each; an empty list when nothing is.

    `strict` also holds lengths, ranges, patterns and enums.
    """
    if shape is None or _test(shape, strict)(value):
        return []
    return list(_check(shape, value, "", strict))


_Test = Callable[[Any], bool]


@cache
def _test(shape: Any, strict: bool) -> _Test:
    """Whether `_check` has nothing to say, without a place and a sentence for each value."""
    kind = shape.type_name
    if kind == "structure":
        return _structure_test(shape, strict)
    if kind == "list":
        return _list_test(shape, strict)
    if kind == "map" or (strict and shape.type_name in {"string", *_NUMBERS}):
        return lambda value: next(_check(shape, value, "", strict), None) is None
    return lambda value: _is(kind, value)


def _structure_test(shape: Any, strict: bool) -> _Test:
    required, members = shape.required_members, _members(shape)
    tests: dict[str, _Test] = {}  # found when first met: shapes may hold themselves

    def fits(value: Any) -> bool:
        if not isinstance(value, dict) or any(value.get(name) is None for name in required):
            return False
        for name, inner in value.items():
            test = tests.get(name)
            if test is None:
                if name not in members:
                    return False
                test = tests[name] = _test(members[name], strict)
            if inner is not None and not test(inner):
                return False
        return True

    return fits


def _list_test(shape: Any, strict: bool) -> _Test:
    member, plain = shape.member, _plain(shape.member)

    def fits(value: Any) -> bool:
        if not isinstance(value, list):
            return False
        if strict and next(_length(shape, len(value), value, ""), None) is not None:
            return False
        return plain >= set(map(type, value)) or all(map(_test(member, strict), value))

    return fits


def _check(shape: Any, value: object, path: str, strict: bool) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        yield from _structure(shape, value, path, strict)
    elif kind == "list":
        yield from _list(shape, value, path, strict)
    elif kind == "map":
        yield from _map(shape, value, path, strict)
    elif not _is(kind, value):
        yield _said(path, value, f"must be a {kind}")
    elif strict:
        yield from _constraints(shape, value, path)


def _structure(shape: Any, value: object, path: str, strict: bool) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _said(path, value, "must be a structure")
        return
    members = _members(shape)
    for name in shape.required_members:
        if value.get(name) is None:
            yield _said(_join(path, name), None, "must not be null")
    for name, inner in value.items():
        member = members.get(name)
        if member is None:
            yield _said(_join(path, name), inner, f"is not a member of {shape.name}")
        elif inner is not None:
            yield from _check(member, inner, _join(path, name), strict)


@cache
def _members(shape: Any) -> Mapping[str, Any]:
    """Members by their name on the wire and in Python; shapes live as long as their model."""
    members: Mapping[str, Any] = shape.members
    renamed = {
        member.serialization["name"]: member
        for member in members.values()
        if "name" in member.serialization
    }
    return {**members, **renamed} if renamed else members


def _list(shape: Any, value: object, path: str, strict: bool) -> Iterator[str]:
    if not isinstance(value, list | tuple):
        yield _said(path, value, "must be a list")
        return
    if strict:
        yield from _length(shape, len(value), value, path)
    if _plain(shape.member) >= set(map(type, value)):
        return
    for index, inner in enumerate(value):
        yield from _check(shape.member, inner, f"{path}.{index + 1}.member", strict)


@cache
def _plain(member: Any) -> frozenset[type]:
    """Types that need no second look in a long list, such as a page of datapoints."""
    if member.type_name == "timestamp" or (
        member.type_name in {"double", "float"} and not {"min", "max"} & set(member.metadata)
    ):
        return frozenset({int, float, datetime})
    return frozenset()


def _map(shape: Any, value: object, path: str, strict: bool) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _said(path, value, "must be a map")
        return
    for name, inner in value.items():
        yield from _check(shape.key, name, _join(path, str(name)), strict)
        yield from _check(shape.value, inner, _join(path, str(name)), strict)


def _is(kind: str, value: object) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in _NUMBERS:
        whole = kind in {"integer", "long"}
        return isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if kind == "timestamp":
        return isinstance(value, int | float | str | datetime) and not isinstance(value, bool)
    return isinstance(value, str | bytes)


def _constraints(shape: Any, value: Any, path: str) -> Iterator[str]:
    bounds = shape.metadata
    if shape.type_name in _NUMBERS:
        if "min" in bounds and value < bounds["min"]:
            limit = f"Member must have value greater than or equal to {bounds['min']}"
            yield _said(path, value, limit, constraint=True)
        if "max" in bounds and value > bounds["max"]:
            limit = f"Member must have value less than or equal to {bounds['max']}"
            yield _said(path, value, limit, constraint=True)
    elif isinstance(value, str) and shape.type_name == "string":
        yield from _length(shape, len(value), value, path)
        yield from _text(bounds, shape, value, path)


def _text(bounds: Mapping[str, Any], shape: Any, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        limit = f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        yield _said(path, value, limit, constraint=True)
    pattern = bounds.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        limit = f"Member must satisfy regular expression pattern: {pattern}"
        yield _said(path, value, limit, constraint=True)


def _length(shape: Any, length: int, value: object, path: str) -> Iterator[str]:
    bounds = shape.metadata
    if "min" in bounds and length < bounds["min"]:
        limit = f"Member must have length greater than or equal to {bounds['min']}"
        yield _said(path, value, limit, constraint=True)
    if "max" in bounds and length > bounds["max"]:
        limit = f"Member must have length less than or equal to {bounds['max']}"
        yield _said(path, value, limit, constraint=True)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # The models write POSIX classes that Python's re has not.
    plain = pattern.replace(r"\p{M}\p{Z}\p{S}\p{L}\p{N}\p{P}", r"\s\S").replace(r"\p{C}", "")
    try:
        return re.compile(plain)
    except re.error:
        return re.compile(r"[\s\S]*")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _said(path: str, value: object, what: str, *, constraint: bool = False) -> str:
    """AWS's own wording of a failed constraint."""
    shown = "null" if value is None else str(value)[:100]
    if constraint:
        return f"Value '{shown}' at '{path}' failed to satisfy constraint: {what}"
    return f"Value '{shown}' at '{path or 'answer'}' {what}"
