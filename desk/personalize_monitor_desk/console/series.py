"""One resource over time, as the charts draw it: demand, floor, latency and errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.metrics import Metrics, Query
from personalize_monitor.aws.series import Series
from personalize_monitor.collect.measure import apis_of, request_query
from personalize_monitor.context.moment import in_utc
from personalize_monitor.contract import DIMENSION, FLOOR_METRIC, NAMESPACE
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS, Window, floor_to

RANGES = {
    "3h": timedelta(hours=3),
    "12h": timedelta(hours=12),
    "1d": timedelta(days=1),
    "3d": timedelta(days=3),
    "1w": timedelta(days=7),
    "2w": timedelta(days=14),
}
"""What can be chosen, always in five-minute steps, so that zooming in shows more."""


BACK = {"day": timedelta(days=1), "week": timedelta(days=7)}
"""How long before the demand was that can be drawn beside it."""
_LONGEST = timedelta(days=14)
_KEPT = timedelta(days=63)
"""How long CloudWatch keeps values of five minutes."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is charted, on the grid of five minutes; ``back`` (a key of BACK) is drawn beside it."""

    begin: datetime
    end: datetime
    back: str = ""


def span_of(asked: Mapping[str, str], window: Window) -> Span:
    """``range`` up to the last settled window, or ``from`` and ``until`` in UTC; ``against``.

    Raises InvalidRequest for what cannot be charted.
    """
    back = asked.get("against", "")
    if back and back not in BACK:
        raise InvalidRequest(f"against must be one of {', '.join(BACK)}.")
    if not asked.get("from") and not asked.get("until"):
        if (known := RANGES.get(asked.get("range") or "1d")) is None:
            raise InvalidRequest(f"range must be one of {', '.join(RANGES)}.")
        return Span(window.end - known, window.end, back)
    begin = _on_grid(asked.get("from", ""))
    end = min(_on_grid(asked["until"]) if asked.get("until") else window.end, window.end)
    if begin >= end:
        raise InvalidRequest("The range must begin before it ends, and before now.")
    if end - begin > _LONGEST:
        raise InvalidRequest(f"The range is longer than {_LONGEST.days} days; take a part of it.")
    if begin < window.end - _KEPT:
        raise InvalidRequest(f"CloudWatch keeps such values for {_KEPT.days} days; begin later.")
    return Span(begin, end, back)


def _on_grid(text: str) -> datetime:
    try:
        return floor_to(in_utc(text), SECONDS)
    except (ValueError, OverflowError):
        raise InvalidRequest(f"{text!r} is no time such as 2026-11-27T08:00.") from None


def series(access: Access, resource: Resource, span: Span) -> dict[str, Any]:
    """Lists of equal length from ``start`` (epoch seconds) every ``step`` seconds.

    None is unknown or does not exist. ``tps``, ``floor`` and ``before`` (the demand of
    ``span.back`` before, where that is asked for) in requests a second, latencies in milliseconds,
    errors in requests a step. ``why`` says what could not be read.
    """
    begin, end = span.begin, span.end
    metrics = Metrics(access, resource.region)
    asked = _asked(resource)
    answers = metrics.read(
        (query for queries in asked.values() for query in queries),
        start=begin,
        end=end,
        period=SECONDS,
    )
    first, count = int(begin.timestamp()), int((end - begin).total_seconds()) // SECONDS
    born = _place(resource.created, first)
    found: dict[str, Any] = {"start": first, "step": SECONDS}
    for name, queries in asked.items():
        zero = 0.0 if name in {"tps", "client", "server"} else None
        parts = [answers[query] for query in queries]
        found[name] = _line(parts, first, count, zero, born)
    found["tps"] = [None if v is None else round(v / SECONDS, 4) for v in found["tps"]]
    if span.back:
        found["before"] = _before(metrics, resource, span, count)
    found["floor"] = _filled(found["floor"], resource.floor, born)
    found["why"] = next((s.why_unknown for s in answers.values() if not s.known), "")
    return found


def _before(metrics: Metrics, resource: Resource, span: Span, count: int) -> list[float | None]:
    """The demand of a day or a week earlier, on the same grid."""
    begin, end = span.begin - BACK[span.back], span.end - BACK[span.back]
    asked = [request_query(resource, api) for api in apis_of(resource)]
    answers = metrics.read(asked, start=begin, end=end, period=SECONDS)
    first = int(begin.timestamp())
    line = _line(answers.values(), first, count, 0.0, _place(resource.created, first))
    return [None if value is None else round(value / SECONDS, 4) for value in line]


def _asked(resource: Resource) -> Mapping[str, list[Query]]:
    apis = apis_of(resource)
    dimension = (DIMENSION[resource.kind], str(resource.arn))
    return {
        "tps": [request_query(resource, api) for api in apis],
        "floor": [Query(NAMESPACE, FLOOR_METRIC[resource.kind], dimension, "Maximum")],
        "p50": [request_query(resource, api.latency_metric, "p50") for api in apis],
        "p90": [request_query(resource, api.latency_metric, "p90") for api in apis],
        "client": [request_query(resource, api.error_metrics[0]) for api in apis],
        "server": [request_query(resource, api.error_metrics[1]) for api in apis],
    }


def _place(moment: datetime, first: int) -> int:
    return max(0, (int(moment.timestamp()) - first) // SECONDS)


def _line(
    parts: Iterable[Series], first: int, count: int, zero: float | None, born: int
) -> list[float | None]:
    """The sum of the parts on the grid; ``zero`` where nothing was reported since birth."""
    known = True
    values = [None if at < born else zero for at in range(count)]
    for part in parts:
        known = known and part.known
        for epoch, value in part.points:
            at = (epoch - first) // SECONDS
            if 0 <= at < count and not isnan(value):
                values[at] = round((values[at] or 0.0) + value, 3)
    return values if known else [None] * count


def _filled(floors: list[float | None], now: int, born: int) -> list[float | None]:
    """The floor at all times: before the first sight as it was then, afterwards as it is."""
    seen = next((value for value in floors if value is not None), None)
    last: float | None = seen if seen is not None else float(now)
    filled: list[float | None] = []
    for at, value in enumerate(floors):
        last = value if value is not None else last
        filled.append(last if at >= born else None)
    return filled
