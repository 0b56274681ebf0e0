"""The structure of a dashboard body: widgets, their properties and the limits on metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

MAX_WIDGETS = 500
MAX_WIDGET_METRICS = 500
MAX_METRICS = 2_500
MAX_ALARMS = 100
WIDTH = 24
HEIGHT = 1_000

Problem = tuple[str, str]
"""(path in the body, what is wrong there)"""

_VIEWS = frozenset({"timeSeries", "singleValue", "gauge", "bar", "pie", "table"})
_TOP = frozenset({"widgets", "start", "end", "periodOverride", "variables"})


def problems_of(body: dict[str, Any]) -> Iterator[Problem]:
    """Everything that CloudWatch would not accept in a parsed body."""
    for name in sorted(set(body) - _TOP):
        yield "", f'Should NOT have additional properties: "{name}"'
    widgets = body.get("widgets")
    if not isinstance(widgets, list):
        yield "/widgets", "Should be array" if "widgets" in body else "Should have property widgets"
        return
    if len(widgets) > MAX_WIDGETS:
        yield "/widgets", f"Should NOT have more than {MAX_WIDGETS} items"
    total = 0
    for index, widget in enumerate(widgets):
        path = f"/widgets/{index}"
        if not isinstance(widget, dict):
            yield path, "Should be object"
            continue
        yield from _widget(widget, path)
        total += len(_metrics(widget))
    if total > MAX_METRICS:
        yield "/widgets", f"Should NOT have more than {MAX_METRICS} metrics in all, has {total}"


def _metrics(widget: dict[str, Any]) -> list[Any]:
    properties = widget.get("properties")
    metrics = properties.get("metrics") if isinstance(properties, dict) else None
    return metrics if isinstance(metrics, list) else []


def _widget(widget: dict[str, Any], path: str) -> Iterator[Problem]:
    kind = widget.get("type")
    if kind not in _KINDS:
        yield f"{path}/type", f"Should be equal to one of the allowed values: {sorted(_KINDS)}"
        return
    for name, low, high in (
        ("x", 0, WIDTH - 1), ("y", 0, None), ("width", 1, WIDTH), ("height", 1, HEIGHT),
    ):  # fmt: skip
        value = widget.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or value < low or (high is not None and value > high):
            yield (
                f"{path}/{name}",
                f"Should be an integer >= {low}" + (f" and <= {high}" if high is not None else ""),
            )
    if (widget.get("x") is None) != (widget.get("y") is None):
        yield path, "Should have both x and y or neither"
    properties = widget.get("properties")
    if not isinstance(properties, dict):
        yield f"{path}/properties", "Should be object"
        return
    yield from _KINDS[kind](properties, f"{path}/properties")


def _text(properties: dict[str, Any], path: str) -> Iterator[Problem]:
    if not isinstance(properties.get("markdown"), str):
        yield f"{path}/markdown", "Should be string"


def _metric(properties: dict[str, Any], path: str) -> Iterator[Problem]:
    metrics, annotations = properties.get("metrics"), properties.get("annotations")
    yield from _required_text(properties, "region", path)
    view = properties.get("view")
    if view is not None and view not in _VIEWS:
        yield f"{path}/view", f"Should be equal to one of the allowed values: {sorted(_VIEWS)}"
    if metrics is None and not (isinstance(annotations, dict) and annotations.get("alarms")):
        yield path, "Should have property metrics or annotations.alarms"
        return
    if metrics is None:
        return
    if not isinstance(metrics, list):
        yield f"{path}/metrics", "Should be array"
        return
    if len(metrics) > MAX_WIDGET_METRICS:
        yield f"{path}/metrics", f"Should NOT have more than {MAX_WIDGET_METRICS} items"
    for index, metric in enumerate(metrics):
        yield from _metric_line(metric, f"{path}/metrics/{index}", first=index == 0)


def _metric_line(metric: object, path: str, *, first: bool) -> Iterator[Problem]:
    """["Namespace", "Metric", "Dimension", "Value", {options}], with "." and "..." to repeat."""
    if not isinstance(metric, list) or not metric:
        yield path, "Should be a non-empty array"
        return
    names, options = (metric[:-1], metric[-1]) if isinstance(metric[-1], dict) else (metric, None)
    if not names:
        if not isinstance(options, dict) or "expression" not in options:
            yield path, "Should have property expression"
        return
    if not all(isinstance(name, str) and name for name in names):
        yield path, "Should be strings, and an object last"
        return
    if "..." in names:
        if first or names[0] != "...":
            yield path, '"..." can only begin a metric that follows another'
        return
    if first and "." in names:
        yield path, '"." can only repeat what stands in the metric before'
    if len(names) < 2 or len(names) % 2:
        yield path, "Should have a namespace, a name and pairs of dimension name and value"


def _alarm(properties: dict[str, Any], path: str) -> Iterator[Problem]:
    alarms = properties.get("alarms")
    if not isinstance(alarms, list) or not alarms:
        yield f"{path}/alarms", "Should be a non-empty array"
        return
    if len(alarms) > MAX_ALARMS:
        yield f"{path}/alarms", f"Should NOT have more than {MAX_ALARMS} items"
    for index, alarm in enumerate(alarms):
        if not isinstance(alarm, str) or ":alarm:" not in alarm:
            yield f"{path}/alarms/{index}", "Should be the ARN of an alarm"


def _log(properties: dict[str, Any], path: str) -> Iterator[Problem]:
    yield from _required_text(properties, "region", path)
    yield from _required_text(properties, "query", path)


def _custom(properties: dict[str, Any], path: str) -> Iterator[Problem]:
    yield from _required_text(properties, "endpoint", path)


def _explorer(properties: dict[str, Any], path: str) -> Iterator[Problem]:
    if not isinstance(properties.get("metrics"), list):
        yield f"{path}/metrics", "Should be array"


def _required_text(properties: dict[str, Any], name: str, path: str) -> Iterator[Problem]:
    if not isinstance(properties.get(name), str) or not properties[name]:
        yield f"{path}/{name}", f"Should have property {name}"


_KINDS: dict[str, Callable[[dict[str, Any], str], Iterator[Problem]]] = {
    "metric": _metric,
    "text": _text,
    "alarm": _alarm,
    "log": _log,
    "custom": _custom,
    "explorer": _explorer,
}
