"""ListMetrics: 500 a page, metrics active within two weeks, filters by exact or any value."""

from __future__ import annotations

from typing import Any

from aws_sandbox.cloudwatch import sources
from aws_sandbox.cloudwatch.errors import InvalidParameterValue
from aws_sandbox.cloudwatch.keys import MetricKey, Params
from aws_sandbox.cloudwatch.moment import DAY, HOUR
from aws_sandbox.cloudwatch.paging import page
from aws_sandbox.cloudwatch.store import MetricStore

PAGE = 500
LISTED = 14 * DAY
RECENT = 3 * HOUR
MAX_FILTERS = 10


def get(store: MetricStore, params: Params, now: float) -> dict[str, Any]:
    """Answer one ListMetrics request.

    Raises:
        InvalidParameterValue: more than ten dimension filters, or RecentlyActive other than PT3H.
    """
    recently = params.get("RecentlyActive")
    if recently not in {None, "PT3H"}:
        raise InvalidParameterValue(
            f"The value {recently} for parameter RecentlyActive is invalid."
        )
    filters = params.get("Dimensions") or []
    if len(filters) > MAX_FILTERS:
        raise InvalidParameterValue(
            f"The collection Dimensions must not have a size greater than {MAX_FILTERS}."
        )
    oldest = now - (RECENT if recently else LISTED)
    keys = {key for key, newest in store.metrics() if newest >= oldest}
    keys |= sources.metrics(store.account, store.region)
    chosen = sorted((key for key in keys if _fits(key, params, filters)), key=_name)
    metrics, token = page(chosen, params.get("NextToken"), PAGE, _name)
    answer: dict[str, Any] = {
        "Metrics": [
            {
                "Namespace": key.namespace,
                "MetricName": key.name,
                "Dimensions": key.dimension_list(),
            }
            for key in metrics
        ]
    }
    return answer | ({"NextToken": token} if token else {})


def _fits(key: MetricKey, params: Params, filters: list[Params]) -> bool:
    if params.get("Namespace") not in {None, key.namespace}:
        return False
    if params.get("MetricName") not in {None, key.name}:
        return False
    values = dict(key.dimensions)
    return all(
        one.get("Name") in values and one.get("Value") in {None, values[one["Name"]]}
        for one in filters
    )


def _name(key: MetricKey) -> str:
    return "\x1f".join((key.namespace, key.name, *(f"{n}={v}" for n, v in sorted(key.dimensions))))
