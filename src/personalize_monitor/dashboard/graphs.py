"""The graphs of up to twenty resources of one dataset group: traffic, latency, errors, alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from personalize_monitor.alarms.names import Sort, name_of
from personalize_monitor.contract import (
    AVERAGE_METRIC,
    AWS_NAMESPACE,
    DIMENSION,
    FLOOR_METRIC,
    NAMESPACE,
    UTILIZATION_METRIC,
)
from personalize_monitor.dashboard.palette import GREY, tint
from personalize_monitor.dashboard.tiles import COLUMNS, Row, Tile
from personalize_monitor.model.recipe import ALL_APIS, Api
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS

MAX_ALARMS = 100
"""Alarms that one alarm widget may show (CloudWatch's dashboard body syntax)."""
_HEIGHT = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A resource as it is drawn: ``label`` is unique in its group, ``colour`` is its own."""

    resource: Resource
    label: str
    colour: str

    @property
    def apis(self) -> tuple[Api, ...]:
        """What its recipe serves; everything while the recipe is unknown."""
        recipe = self.resource.recipe
        return (recipe.api,) if recipe else ALL_APIS

    def metric(
        self, namespace: str, name: str, label: str = "", *, pale: bool = False, stat: str = ""
    ) -> list[object]:
        """One row of a graph's ``metrics``; ``label`` follows the resource's own."""
        options = {
            "label": f"{self.label} {label}".rstrip(),
            "color": tint(self.colour) if pale else self.colour,
        }
        if stat:
            options["stat"] = stat
        dimension = DIMENSION[self.resource.kind]
        return [namespace, name, dimension, str(self.resource.arn), options]


def rows_of(
    lines: Sequence[Line],
    *,
    home_account: str,
    threshold_percent: int | None,
    alarms: Sequence[Sort],
    range_text: str = "",
) -> tuple[Row, ...]:
    """Two rows of widgets for ``lines``, all in one account and region.

    Resources of another account than ``home_account`` are read there. ``range_text`` says which
    part of a large dataset group this is, such as "(1-20 of 34)".
    ``threshold_percent`` is None without utilization alarms.
    """
    place = _place(lines[0].resource, home_account)

    def named(title: str) -> str:
        return f"{title} {range_text}".rstrip()

    first = (
        _graph(place, named("Actual vs Provisioned TPS"), _traffic(lines), *_TRAFFIC_LOOK),
        _graph(
            place,
            named("Utilization"),
            [_utilization(line) for line in lines],
            "percent of provisioned TPS",
            _utilization_marks(threshold_percent),
        ),
        _graph(place, named("Latency"), _latency(lines), "milliseconds"),
    )
    alarm_tiles = _alarm_tiles(lines, alarms, named("Alarms"))
    width = COLUMNS // 3 if alarm_tiles else COLUMNS // 2
    second = (
        _graph(place, named("Client errors (4xx)"), _errors(lines, 0), _COUNT, width=width),
        _graph(place, named("Server errors (5xx)"), _errors(lines, 1), _COUNT, width=width),
        *alarm_tiles,
    )
    return first, second


_LOWEST: dict[str, object] = {"label": "lowest allowed", "value": 1, "color": GREY}
_TRAFFIC_LOOK = ("requests per second", [_LOWEST])
_COUNT = "requests in 5 minutes"


def _place(resource: Resource, home_account: str) -> dict[str, object]:
    place: dict[str, object] = {"region": resource.region}
    if resource.account and resource.account != home_account:
        place["accountId"] = resource.account
    return place


def _graph(
    place: Mapping[str, object],
    title: str,
    metrics: Sequence[list[object]],
    unit: str,
    marks: Iterable[Mapping[str, object]] = (),
    *,
    width: int = COLUMNS // 3,
) -> Tile:
    properties: dict[str, object] = {
        "title": title,
        "view": "timeSeries",
        "stacked": False,
        **place,
        "stat": "Sum" if unit == _COUNT else "Average",
        "period": SECONDS,
        "metrics": metrics,
        "yAxis": {"left": {"min": 0, "label": unit, "showUnits": False}},
        "legend": {"position": "bottom"},
    }
    if marks:
        properties["annotations"] = {"horizontal": list(marks)}
    return Tile("metric", width, _HEIGHT, properties, len(metrics))


def _traffic(lines: Sequence[Line]) -> list[list[object]]:
    return [
        row
        for line in lines
        for row in (
            line.metric(NAMESPACE, AVERAGE_METRIC[line.resource.kind], "actual"),
            line.metric(NAMESPACE, FLOOR_METRIC[line.resource.kind], "provisioned", pale=True),
        )
    ]


def _utilization(line: Line) -> list[object]:
    return line.metric(NAMESPACE, UTILIZATION_METRIC[line.resource.kind])


def _utilization_marks(threshold_percent: int | None) -> list[dict[str, object]]:
    marks: list[dict[str, object]] = [{"label": "fully used", "value": 100, "color": GREY}]
    # Nothing is ever below 0: that alarm never fires. At 100 the line is there already.
    if threshold_percent not in {None, 0, 100}:
        mark = {"label": "alarm below", "value": threshold_percent, "color": "#d62728"}
        marks.append(mark)
    return marks


def _latency(lines: Sequence[Line]) -> list[list[object]]:
    return [
        line.metric(
            AWS_NAMESPACE,
            api.latency_metric,
            f"{stat} {_api_word(line, api)}",
            pale=stat == "p50",
            stat=stat,
        )
        for line in lines
        for api in line.apis
        for stat in ("p90", "p50")
    ]


def _errors(lines: Sequence[Line], which: int) -> list[list[object]]:
    return [
        line.metric(AWS_NAMESPACE, api.error_metrics[which], _api_word(line, api))
        for line in lines
        for api in line.apis
    ]


def _api_word(line: Line, api: Api) -> str:
    # Only an unknown recipe has several; their lines share a colour, so the label tells.
    return api.value if len(line.apis) > 1 else ""


def _alarm_tiles(lines: Sequence[Line], alarms: Sequence[Sort], title: str) -> tuple[Tile, ...]:
    arns = [
        f"arn:{r.arn.partition}:cloudwatch:{r.region}:{r.account}:alarm:"
        + name_of(sort, r.kind, r.name)
        for r in (line.resource for line in lines)
        for sort in alarms
    ]
    if not arns:
        return ()
    properties = {"title": title, "sortBy": "stateUpdatedTimestamp", "alarms": arns}
    return (Tile("alarm", COLUMNS // 3, _HEIGHT, properties),)
