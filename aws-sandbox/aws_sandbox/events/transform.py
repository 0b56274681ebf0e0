"""What a target receives: Input, InputPath and InputTransformer of an EventBridge target.

Source: EventBridge user guide, "Input transformation". Values are inserted as they are, without
escaping; a path that finds nothing leaves nothing; quote marks of string templates stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\*)\]")
_MISSING = object()
PREDEFINED = frozenset(
    {
        "aws.events.rule-arn",
        "aws.events.rule-name",
        "aws.events.event",
        "aws.events.event.json",
        "aws.events.event.ingestion-time",
    }
)


class TransformError(ValueError):
    """The template does not give what the target needs; the delivery fails."""


def look_up(path: str, event: Any) -> Any:
    """The value at a JSON path (`$.detail.name`, `$.resources[0]`, `[*]`), or None if absent."""
    found = _follow(path, event)
    return None if found is _MISSING else found


def _follow(path: str, event: Any) -> Any:
    if not path.startswith("$"):
        return _MISSING
    node = event
    for key, index in _STEP.findall(path[1:]):
        if key and isinstance(node, Mapping) and key in node:
            node = node[key]
        elif index == "*" and isinstance(node, list):
            continue
        elif index and index != "*" and isinstance(node, list) and int(index) < len(node):
            node = node[int(index)]
        else:
            return _MISSING
    return node


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """The text that this target receives for this event (JSON, or a string template's text).

    Raises:
        TransformError: a JSON template is not JSON once its placeholders are filled in.
    """
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(look_up(target["InputPath"], event))
    transformer = target.get("InputTransformer")
    if transformer:
        return _apply(transformer, event, rule_arn)
    return json.dumps(event)


def undefined_variables(transformer: Mapping[str, Any]) -> list[str]:
    """The placeholders of a template that neither its paths nor EventBridge define."""
    known = set(transformer.get("InputPathsMap") or {}) | PREDEFINED
    used = _PLACEHOLDER.findall(str(transformer.get("InputTemplate") or ""))
    return [name for name in used if name not in known]


def _apply(transformer: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    template = str(transformer["InputTemplate"])
    values: dict[str, Any] = {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rsplit("/", 1)[-1],
        "aws.events.event": {k: v for k, v in event.items() if k != "detail"},
        "aws.events.event.json": event,
        "aws.events.event.ingestion-time": event["time"],
    }
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        values[name] = _follow(path, event)
    is_json = template.lstrip().startswith(("{", "["))
    text = _fill_json(template, values) if is_json else _fill_text(template, values)
    if is_json:
        try:
            json.loads(text)
        except ValueError as problem:
            raise TransformError(f"The input template does not give JSON: {problem}.") from problem
    return text


def _plain(value: Any) -> str:
    if value is _MISSING or value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _fill_text(template: str, values: Mapping[str, Any]) -> str:
    return _PLACEHOLDER.sub(
        lambda match: _plain(values[match[1]]) if match[1] in values else match[0], template
    )


def _fill_json(template: str, values: Mapping[str, Any]) -> str:
    """Inside quotes a value is text, outside it is JSON."""

    def one(match: re.Match[str]) -> str:
        if match[1] not in values:
            return match[0]
        value = values[match[1]]
        if _inside_string(template, match.start()):
            return _plain(value)
        return json.dumps("" if value is _MISSING else value)

    return _PLACEHOLDER.sub(one, template)


def _inside_string(text: str, position: int) -> bool:
    inside = False
    escaped = False
    for char in text[:position]:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            inside = not inside
    return inside
