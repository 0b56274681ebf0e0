"""The ledger of realised savings against the sandbox's own knowledge of what was billed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from tests.plan.test_savings import looked_at

from aws_sandbox import fleet
from aws_sandbox.sandbox import Sandbox
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.journal import Journal
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.prices import Family, PriceTable
from personalize_monitor.model.resource import Resource
from personalize_monitor.plan.savings import realised

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
RECOMMENDERS = {"tiers": [{"per_1000_requests": 0.08}], "certainty": "unverified", "source": "me"}


def prices() -> PriceTable:
    """The shipped prices, with one of our own for recommenders, which have none."""
    return load_prices(
        {"as_of": date(2026, 3, 1), "prices": {"us-east-1": {"recommender": RECOMMENDERS}}}
    )


def true_saving(
    box: Sandbox, members: list[fleet.Member], since: datetime, until: datetime
) -> Fraction:
    """Bill at the floors of the beginning minus bill at the floors in force, window by window."""
    table = prices()
    actual: dict[tuple[str, Family, int], Fraction] = defaultdict(Fraction)
    without: dict[tuple[str, Family, int], Fraction] = defaultdict(Fraction)
    for member in members:
        serving = box.world.metrics.servings[member.arn]
        family = table.family(f"arn:aws:personalize:::recipe/{member.recipe}")
        window = 3600 if member.kind == "recommender" else 300
        begin = int(since.timestamp())
        for at in range(begin, int(until.timestamp()), window):
            start = datetime.fromtimestamp(at, UTC)
            used = box.world.served_between(member.arn, start, start + timedelta(seconds=window))
            month = start.month
            area = sum(
                serving.floor_at(at + s) * 60 if serving.serves_at(at + s) else 0
                for s in range(0, window, 60)
            )
            key = (member.region, family, month)
            actual[key] += max(Fraction(used), Fraction(area))
            without[key] += max(Fraction(used), Fraction(member.floor * window))
    total = Fraction(0)
    for key, requests in without.items():
        price = table.price(key[0], key[1])
        assert price is not None
        total += price.cost(requests) - price.cost(actual[key])
    return total


def story(days: float, **parameters: str) -> None:
    """The fleet lives so long, and the ledger must know what was saved."""
    with Sandbox(datetime(2026, 3, 2, tzinfo=UTC), seed=4) as box:
        members = fleet.demo(box.world)
        box.gate.validate = False
        since = box.now
        box.deploy(
            TEMPLATE,
            {"Regions": "us-east-1,eu-west-1", "AutoDeleteIdleCampaigns": "Yes", **parameters},
        )
        box.run(days=days)
        access = Access()
        journal = Journal(access, box.home, group="/aws/events/personalize-monitor")
        resources = [
            resource
            for region in ("us-east-1", "eu-west-1")
            for resource in (
                *(
                    Personalize(access, region).campaign(summary.arn)
                    for summary in Personalize(access, region).campaigns()[0]
                ),
                *Personalize(access, region).recommenders()[0],
            )
        ]
        recipes = {member.arn: member.recipe for member in members}
        found = realised(
            access,
            JournalReader(journal),
            looked_at(
                *(_with_recipe(resource, recipes) for resource in resources), account=access.account
            ),
            prices(),
            now=box.now,
            days=max(1, round(days)),
        )
        saved = found.ledger.saved
        assert not found.problems
        assert saved.is_known
        truth = true_saving(box, members, since, found.until)
        assert truth > 0
        assert abs(saved.exact - truth) <= truth / 100, (float(saved.exact), float(truth))


def _with_recipe(resource: Resource, recipes: dict[str, str]) -> Resource:
    name = recipes[str(resource.arn)]
    return replace(resource, recipe_arn=f"arn:aws:personalize:::recipe/{name}")


def test_the_ledger_of_half_a_day_is_the_bill_s_difference() -> None:
    """What the ledger says was saved is what the sandbox billed less, to one percent."""
    story(0.5)


@pytest.mark.soak
@pytest.mark.parametrize("mode", ["lower", "follow"])
def test_the_ledger_of_a_month_is_the_bill_s_difference(mode: str) -> None:
    """The same over a month, in both modes of right-sizing."""
    story(30, RightSizingMode=mode)
