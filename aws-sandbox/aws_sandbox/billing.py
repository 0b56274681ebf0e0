"""What the sandbox's fleet costs, as Cost Explorer and the Price List API tell it.

The prices of recommenders and of other regions are this sandbox's own: nothing is claimed of AWS's.
The bill is reckoned from what was served and which floors were in force, step by step, with none of
the application's arithmetic, so that the two can be held against each other.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from aws_sandbox.answers import Answer

if TYPE_CHECKING:
    from aws_sandbox.gate import Asking
    from aws_sandbox.traffic.serving import Serving
    from aws_sandbox.world import World

SERVICE: Final = "Amazon Personalize"
SERVICE_CODE: Final = "AmazonPersonalize"
ACTIONS: Final = frozenset({"GetCostAndUsage", "GetProducts"})
_DAY, _STEP = 86_400, 300
_PREFIX: Final = {"us-east-1": "USE1", "eu-west-1": "EUW1", "us-west-2": "USW2"}
_V2: Final = ("aws-user-personalization-v2", "aws-personalized-ranking-v2")

Tiers = tuple[tuple[float | None, float], ...]
"""(End, dollars of a unit) in order; the last has no end."""
_LIST: Final[Mapping[str, tuple[str, Tiers]]] = {
    "RealTime-TPS-Hour": ("TPS-Hours", ((20_000, 0.20), (200_000, 0.10), (None, 0.05))),
    "V2-Recommendation-Requests": ("Requests", ((None, 0.00015),)),
    "Recommender-Hour": ("Hours", ((None, 0.36),)),
    "Recommender-Requests": ("Requests", ((2_000_000, 0.00009), (None, 0.00006))),
}
_DEARER: Final = {"us-east-1": 1.0}
_ELSEWHERE: Final = 1.1


@dataclass(slots=True)
class Billing:
    """The terms of the bill: ``discount`` as a share, requests that a recommender's hour includes.

    ``extra`` are lines of other kinds: (day, region, usage type, unit, usage, dollars).
    """

    discount: float = 0.0
    included: float = 4000.0
    extra: list[tuple[date, str, str, str, float, float]] = field(default_factory=list)


def tiers(usage_type: str, region: str) -> Tiers:
    """The list price of a usage type in a region."""
    factor = _DEARER.get(region, _ELSEWHERE)
    return tuple((end, round(price * factor, 9)) for end, price in _LIST[usage_type][1])


def answered(world: World, asking: Asking) -> Answer | None:
    """The answer to a call of Cost Explorer or the Price List API; None for any other."""
    if asking.service != "ce" or asking.action not in ACTIONS:
        return None
    if asking.action == "GetCostAndUsage" and not _is_span(asking.params["TimePeriod"]):
        refusal = {"__type": "ValidationException", "message": "Start must be before end."}
        return 400, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(refusal)
    answer = _costs(world, asking) if asking.action == "GetCostAndUsage" else _products(asking)
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer)


@dataclass(frozen=True, slots=True)
class Line:
    """One day's usage of one type in one region."""

    day: date
    region: str
    usage_type: str
    unit: str
    usage: float
    dollars: float


def lines(world: World, account: str, since: date, until: date) -> list[Line]:
    """The bill of the days from ``since`` to before ``until``, as far as they have been lived."""
    used = _usage(world, account, since.replace(day=1), until)
    found = []
    share = 1.0 - world.billing.discount
    for (region, usage_type), days in sorted(used.items()):
        so_far, month = 0.0, (0, 0)
        for day, usage in sorted(days.items()):
            if (day.year, day.month) != month:
                so_far, month = 0.0, (day.year, day.month)
            cost = _cost(tiers(usage_type, region), so_far, so_far + usage) * share
            so_far += usage
            if day >= since:
                name = f"{_PREFIX.get(region, region.upper())}-{usage_type}"
                found.append(Line(day, region, name, _LIST[usage_type][0], usage, cost))
    found += [Line(*one) for one in world.billing.extra if since <= one[0] < until]
    return found


def _usage(
    world: World, account: str, since: date, until: date
) -> dict[tuple[str, str], dict[date, float]]:
    """Usage by region and type, then by day."""
    found: dict[tuple[str, str], dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for serving in list(world.metrics.servings.values()):
        region, owner = serving.arn.split(":")[3:5]
        if owner != account:
            continue
        for day in _days(since, until):
            for usage_type, usage in _of_day(world, serving, day):
                if usage:
                    found[region, usage_type][day] += usage
    return found


def _days(since: date, until: date) -> Iterator[date]:
    return (since + timedelta(days=number) for number in range((until - since).days))


def _of_day(world: World, serving: Serving, day: date) -> Iterator[tuple[str, float]]:
    begin = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    end = min(begin + _DAY, int(world.clock.epoch()) // 3600 * 3600)
    served = serving.day(world.traffic, world.metrics.capacity, begin // _DAY).fives
    steps = [
        (float(served[number]) if len(served) else 0.0, serving.floor_at(at), serving.serves_at(at))
        for number, at in enumerate(range(begin, end, _STEP))
    ]
    if ":recommender/" in serving.arn:
        yield from _recommender(steps, world.billing.included)
        return
    requests = sum(max(asked, floor * _STEP) for asked, floor, up in steps if up)
    if serving.recipe.rpartition("/")[2] in _V2:
        yield "V2-Recommendation-Requests", requests
    else:
        yield "RealTime-TPS-Hour", requests / 3600


def _recommender(
    steps: list[tuple[float, float, bool]], included: float
) -> Iterator[tuple[str, float]]:
    hours = over = 0.0
    for at in range(0, len(steps), 12):
        hour = [step for step in steps[at : at + 12] if step[2]]
        if not hour:
            continue
        share = len(hour) / 12
        billed = max(sum(s[0] for s in hour), sum(s[1] for s in hour) * _STEP)
        hours += share
        over += max(0.0, billed - included * share)
    yield "Recommender-Hour", hours
    yield "Recommender-Requests", over


def _cost(price: Tiers, low: float, high: float) -> float:
    """Dollars of a month's usage from ``low`` to ``high``."""
    total, start = 0.0, 0.0
    for end, dollars in price:
        top = high if end is None else min(high, end)
        total += max(0.0, top - max(low, start)) * dollars
        start = top if end is None else end
    return total


def _is_span(period: Mapping[str, str]) -> bool:
    return period["Start"] < period["End"]


def _costs(world: World, asking: Asking) -> dict[str, Any]:
    """GetCostAndUsage by day, grouped by usage type and region."""
    period = asking.params["TimePeriod"]
    since, until = date.fromisoformat(period["Start"]), date.fromisoformat(period["End"])
    account = world.gate.account_of(asking.access_key)
    wanted = [str(group["Key"]) for group in asking.params.get("GroupBy") or ()]
    by_day: dict[date, list[Line]] = defaultdict(list)
    for line in lines(world, account, since, until):
        by_day[line.day].append(line)
    return {
        "ResultsByTime": [
            {
                "TimePeriod": {"Start": f"{day}", "End": f"{day + timedelta(days=1)}"},
                "Total": {},
                "Groups": [_group(line, wanted) for line in by_day.get(day, ())],
                "Estimated": True,
            }
            for day in _days(since, until)
        ],
        "GroupDefinitions": list(asking.params.get("GroupBy") or ()),
        "DimensionValueAttributes": [],
    }


def _group(line: Line, wanted: Iterable[str]) -> dict[str, Any]:
    keys = {"USAGE_TYPE": line.usage_type, "REGION": line.region, "SERVICE": SERVICE}
    dollars = {"Amount": f"{line.dollars:.10f}", "Unit": "USD"}
    return {
        "Keys": [keys[name] for name in wanted],
        "Metrics": {
            "NetUnblendedCost": dollars,
            "UnblendedCost": dollars,
            "UsageQuantity": {"Amount": f"{line.usage:.10f}", "Unit": line.unit},
        },
    }


def _products(asking: Asking) -> dict[str, Any]:
    """GetProducts of the service, in the region that a filter names."""
    if asking.params.get("ServiceCode") != SERVICE_CODE:
        return {"FormatVersion": "aws_v1", "PriceList": []}
    filters = {one["Field"]: one["Value"] for one in asking.params.get("Filters") or ()}
    region = str(filters.get("regionCode", "us-east-1"))
    products = [_product(usage_type, region) for usage_type in _LIST]
    return {"FormatVersion": "aws_v1", "PriceList": [json.dumps(one) for one in products]}


def _product(usage_type: str, region: str) -> dict[str, Any]:
    unit = _LIST[usage_type][0]
    start, dimensions = 0.0, {}
    for number, (end, dollars) in enumerate(tiers(usage_type, region)):
        dimensions[f"{usage_type}.{number}"] = {
            "unit": unit,
            "beginRange": f"{start:.0f}",
            "endRange": "Inf" if end is None else f"{end:.0f}",
            "pricePerUnit": {"USD": f"{dollars:.10f}"},
            "description": f"${dollars:g} per {unit}",
        }
        start = start if end is None else end
    name = f"{_PREFIX.get(region, region.upper())}-{usage_type}"
    return {
        "serviceCode": SERVICE_CODE,
        "product": {
            "sku": f"{region}-{usage_type}",
            "attributes": {"usagetype": name, "regionCode": region, "servicecode": SERVICE_CODE},
        },
        "terms": {"OnDemand": {"term": {"priceDimensions": dimensions}}},
    }
