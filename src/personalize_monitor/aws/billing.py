"""What Amazon Personalize cost by day, from Cost Explorer, and its list prices.

Both services have one endpoint for all regions of the partition ``aws``, in us-east-1. A request to
Cost Explorer costs ``REQUEST_USD``; the Price List API is free.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.errors import Unavailable
from personalize_monitor.model.usage import UsageDay

REQUEST_USD = Decimal("0.01")
REGION = "us-east-1"
_COST = "NetUnblendedCost"
_AMOUNT = "UsageQuantity"
# Credits, refunds and taxes say nothing of a price; discounts are in the net cost.
_RECORDS = ["Credit", "Refund", "Tax", "Support", "Upfront"]


@dataclass(frozen=True, slots=True)
class ListTier:
    """One step of a list price: USD a unit, up to ``end`` units a month (None: without end)."""

    end: Fraction | None
    usd: Fraction


@dataclass(frozen=True, slots=True)
class ListPrice:
    """The list price of one usage type, its tiers in order."""

    usage_type: str
    unit: str
    tiers: tuple[ListTier, ...]


class Billing:
    """The account's bill of Amazon Personalize."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self.requests = 0
        """Requests to Cost Explorer, each of which costs ``REQUEST_USD``."""

    def days(self, since: date, until: date) -> list[UsageDay]:
        """Usage and cost of each day before ``until``, by usage type and region."""
        client = self._access.client("ce", REGION)
        asked: dict[str, Any] = {
            "TimePeriod": {"Start": since.isoformat(), "End": until.isoformat()},
            "Granularity": "DAILY",
            "Metrics": [_COST, _AMOUNT],
            "GroupBy": [
                {"Type": "DIMENSION", "Key": "USAGE_TYPE"},
                {"Type": "DIMENSION", "Key": "REGION"},
            ],
            "Filter": {
                "And": [
                    {"Dimensions": {"Key": "SERVICE", "Values": ["Amazon Personalize"]}},
                    {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": _RECORDS}}},
                ]
            },
        }
        found: list[UsageDay] = []
        while True:
            self.requests += 1
            page = client.get_cost_and_usage(**asked)
            for day in page.get("ResultsByTime") or ():
                found += _of_day(day)
            if not page.get("NextPageToken"):
                return found
            asked["NextPageToken"] = page["NextPageToken"]

    def list_prices(self, region: str) -> list[ListPrice]:
        """The list prices in a region; empty where the Price List API has none."""
        client = self._access.client("pricing", REGION)
        wanted = [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": region}]
        found: list[ListPrice] = []
        token: dict[str, str] = {}
        while True:
            page = client.get_products(
                ServiceCode="AmazonPersonalize", Filters=wanted, FormatVersion="aws_v1", **token
            )
            for text in page.get("PriceList") or ():
                found += _of_product(json.loads(text))
            if not page.get("NextToken"):
                return found
            token = {"NextToken": page["NextToken"]}


def _of_day(answer: Mapping[str, Any]) -> Iterator[UsageDay]:
    day = date.fromisoformat(answer["TimePeriod"]["Start"])
    for group in answer.get("Groups") or ():
        usage_type, region = group["Keys"]
        amount, cost = group["Metrics"][_AMOUNT], group["Metrics"][_COST]
        if cost.get("Unit") not in {None, "USD"}:
            raise Unavailable(
                f"The bill is in {cost['Unit']}; only bills in USD can be learned from."
            )
        yield UsageDay(
            day=day,
            region=region,
            usage_type=usage_type,
            unit=str(amount.get("Unit") or ""),
            amount=_exact(amount["Amount"]),
            cost=_exact(cost["Amount"]),
        )


def _of_product(product: Mapping[str, Any]) -> Iterator[ListPrice]:
    usage_type = product.get("product", {}).get("attributes", {}).get("usagetype")
    for term in (product.get("terms", {}).get("OnDemand") or {}).values():
        steps = list((term.get("priceDimensions") or {}).values())
        if not usage_type or not all("USD" in step.get("pricePerUnit", {}) for step in steps):
            continue
        steps.sort(key=lambda step: _exact(step.get("beginRange") or 0))
        tiers = tuple(
            ListTier(
                None if step.get("endRange") in {None, "Inf"} else _exact(step["endRange"]),
                _exact(step["pricePerUnit"]["USD"]),
            )
            for step in steps
        )
        if tiers:
            yield ListPrice(usage_type, str(steps[0].get("unit") or ""), tiers)


def _exact(text: object) -> Fraction:
    """The number as it was sent. Raises Unavailable for what is none: unknown is never zero."""
    try:
        return Fraction(Decimal(str(text)))
    except (InvalidOperation, ValueError) as problem:
        raise Unavailable(
            f"AWS sent {text!r} where an amount was expected; try again."
        ) from problem
