"""Parameter values of a deployment, checked the way CloudFormation checks them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aws_sandbox.stack.errors import ParameterError, TemplateError

_LONGEST = 4096  # CloudFormation's quota for a parameter's value
_TYPES = {"String", "Number", "List<Number>", "CommaDelimitedList"}


def resolve_parameters(
    declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]
) -> dict[str, str]:
    """Every declared parameter's value as text: given, else its default.

    Raises:
        ParameterError: unknown names, missing values, values that a rule refuses; all at once.
        TemplateError: a parameter of a type that the sandbox does not know.
    """
    problems = [
        f"Parameter {name} does not exist in the template."
        for name in given
        if name not in declared
    ]
    values: dict[str, str] = {}
    for name, declaration in declared.items():
        if declaration.get("Type") not in _TYPES:
            raise TemplateError(
                f"Parameter {name}: type {declaration.get('Type')} is not known to the sandbox; "
                f"use one of {', '.join(sorted(_TYPES))}."
            )
        raw = given.get(name, declaration.get("Default"))
        if raw is None:
            problems.append(f"Parameter {name} must have a value.")
            continue
        values[name] = _text(raw)
        problems += _refusals(name, declaration, values[name])
    if problems:
        raise ParameterError(problems)
    return values


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(str(item) for item in value)
    return str(value)


def _refusals(name: str, declaration: Mapping[str, Any], value: str) -> list[str]:
    """One sentence for each rule of the declaration that the value breaks."""
    if len(value.encode()) > _LONGEST:
        return [f"Parameter {name} must have at most {_LONGEST} bytes."]
    if declaration["Type"] in {"Number", "List<Number>"}:
        problems = _number_refusals(name, declaration, value)
    else:
        problems = _string_refusals(name, declaration, value)
    allowed = [_text(item) for item in declaration.get("AllowedValues", [])]
    if allowed and value not in allowed:
        problems.append(f"Parameter {name} must be one of {', '.join(allowed)}, not {value!r}.")
    hint = declaration.get("ConstraintDescription")
    return [f"{problem} ({hint})" for problem in problems] if hint else problems


def _string_refusals(name: str, declaration: Mapping[str, Any], value: str) -> list[str]:
    items = value.split(",") if declaration["Type"] == "CommaDelimitedList" else [value]
    pattern = declaration.get("AllowedPattern")
    # CloudFormation matches the whole value, anchored or not.
    problems = [
        f"Parameter {name} must match the pattern {pattern}, not {item!r}."
        for item in items
        if pattern is not None and not re.fullmatch(str(pattern), item.strip())
    ]
    if len(value) < int(declaration.get("MinLength", 0)):
        problems.append(
            f"Parameter {name} must have at least {declaration['MinLength']} characters."
        )
    if "MaxLength" in declaration and len(value) > int(declaration["MaxLength"]):
        problems.append(
            f"Parameter {name} must have at most {declaration['MaxLength']} characters."
        )
    return problems


def _number_refusals(name: str, declaration: Mapping[str, Any], value: str) -> list[str]:
    items = value.split(",") if declaration["Type"] == "List<Number>" else [value]
    problems = []
    for item in items:
        try:
            number = float(item)
        except ValueError:
            problems.append(f"Parameter {name} must be a number, not {item!r}.")
            continue
        if "MinValue" in declaration and number < float(declaration["MinValue"]):
            problems.append(
                f"Parameter {name} must be a number not less than {declaration['MinValue']}, "
                f"not {item}."
            )
        if "MaxValue" in declaration and number > float(declaration["MaxValue"]):
            problems.append(
                f"Parameter {name} must be a number not greater than {declaration['MaxValue']}, "
                f"not {item}."
            )
    return problems
