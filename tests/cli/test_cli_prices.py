"""Prices in force, and learned from the bill: the round trip over the sandbox's own bill (M 2)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.cli.conftest import Answer, Inside, validated

from aws_sandbox import fleet
from aws_sandbox.traffic.shapes import Weekly
from personalize_monitor_desk.cli.exits import Exit

REGIONS = ("--region", "us-east-1,eu-west-1")


@pytest.fixture
def billed(inside: Inside) -> Inside:
    """A fleet of every family in two regions, at a discount of 7.5 percent."""
    world = inside.local.world
    world.billing.discount = 0.075
    fleet.add_campaign(world, "ranking", recipe="aws-personalized-ranking", floor=30)
    fleet.add_campaign(world, "shoes", shape=Weekly(3.0), floor=2)
    fleet.add_recommender(world, "films", shape=Weekly(4.0), floor=1)
    fleet.add_recommender(world, "books", shape=Weekly(2.0), floor=2)
    fleet.add_campaign(world, "far", recipe="aws-sims", floor=3, region="eu-west-1")
    fleet.add_recommender(world, "serien", shape=Weekly(3.0), floor=1, region="eu-west-1")
    return inside


def learned(inside: Inside, out: Path, *more: str) -> Answer:
    """`prices learn` as JSON."""
    return inside("prices", "learn", *REGIONS, "--out", str(out), "--yes", "-o", "json", *more)


def test_a_learned_price_explains_the_bill(billed: Inside, tmp_path: Path) -> None:
    """Every family in every region, recommenders and discount included: each month to 1 percent."""
    out = tmp_path / "prices.toml"
    answer = learned(billed, out, "--check")
    assert answer.code == Exit.FINE, answer.err
    validated("prices", answer.document)
    prices = {(one["region"], one["family"]): one for one in answer.document["prices"]}
    assert set(prices) == {
        ("us-east-1", "legacy"),
        ("us-east-1", "v2"),
        ("us-east-1", "recommender"),
        ("eu-west-1", "legacy"),
        ("eu-west-1", "recommender"),
    }
    films = prices["us-east-1", "recommender"]
    assert films["includedRequestsPerHour"] == pytest.approx(4000, abs=1)
    assert films["hourlyFeeUsd"] == pytest.approx(0.36 * 0.925)
    assert prices["eu-west-1", "legacy"]["tiers"][0]["usdPer1000Requests"] == pytest.approx(
        0.22 / 3.6 * 0.925, abs=1e-6
    )
    assert "less 7.5 %" in prices["us-east-1", "v2"]["source"]
    checks = answer.document["learned"]["checks"]
    assert {one["month"] for one in checks} == {"2026-02", "2026-03"}
    assert all(abs(one["offPercent"]) < 1 for one in checks)
    assert all(one["estimate"]["unknownParts"] == 0 for one in checks)
    # What was written is what the other verbs read: nothing is unknown any more.
    status = billed("status", *REGIONS, "--prices", str(out), "-o", "json").document
    assert status["totals"]["monthlyCost"]["unknownParts"] == 0
    assert not status["totals"]["monthlyCost"]["priceAssumed"]


def test_what_nobody_knows_is_shown_and_not_guessed(billed: Inside, tmp_path: Path) -> None:
    """It is in no price until a person says what it counts; training is no matter of floors."""
    billing = billed.local.world.billing
    for name, cost in (("Quux-Units", 12.0), ("Training-Hour", 3.0)):
        billing.extra.append((date(2026, 2, 20), "us-east-1", f"USE1-{name}", "Units", 2.0, cost))
    found = learned(billed, tmp_path / "a.toml").document["learned"]["others"]
    assert [(one["usageType"], one["known"], one["usd"]) for one in found] == [
        ("Quux-Units", False, 12.0),
        ("Training-Hour", True, 3.0),
    ]
    table = billed("prices", "learn", *REGIONS, "--out", str(tmp_path / "b.toml"), "--yes").out
    assert "--map TYPE=KIND" in table
    said = learned(billed, tmp_path / "c.toml", "--map", "Quux-Units=other").document
    assert [one["known"] for one in said["learned"]["others"]] == [True, True]
    assert billed("prices", "learn", "--map", "Quux-Units=gold").code == Exit.USAGE


def test_it_says_what_the_question_costs_and_asks(billed: Inside, tmp_path: Path) -> None:
    """Without --yes nobody pays; what it did cost is said."""
    answer = billed("prices", "learn", "--out", str(tmp_path / "prices.toml"))
    assert answer.code == Exit.USAGE
    assert "Cost Explorer takes $0.01 for each page" in answer.err
    assert not [call for call in billed.local.world.gate.calls if call.service == "ce"]
    assert not (tmp_path / "prices.toml").exists()


def test_the_prices_in_force_and_why(inside: Inside, tmp_path: Path) -> None:
    """Shipped, assumed, a person's own, or not known."""
    answer = inside("prices", *REGIONS, "-o", "json")
    validated("prices", answer.document)
    rows = {(one["region"], one["family"]): one for one in answer.document["prices"]}
    assert rows["us-east-1", "v2"]["certainty"] == "likely"
    assert rows["eu-west-1", "v2"]["assumed"] is True
    assert rows["eu-west-1", "recommender"]["known"] is False
    assert inside("prices", "--check").code == Exit.FINDINGS
    own = tmp_path / "own.toml"
    own.write_text(
        "as_of = 2026-03-01\n[prices.eu-west-1.v2]\ntiers = [{ per_1000_requests = 0.16 }]\n"
        'source = "invoice"\n',
        "utf-8",
    )
    mine = inside("prices", "--region", "eu-west-1", "--prices", str(own)).out
    assert "invoice" in mine
    assert "0.16" in mine


def test_a_refused_bill_is_a_refusal(billed: Inside, tmp_path: Path) -> None:
    """Without permission for Cost Explorer nothing is written, and the cure is said."""
    billed.local.fail(service="ce", action="GetCostAndUsage", code="AccessDeniedException")
    answer = billed("prices", "learn", "--yes", "--out", str(tmp_path / "prices.toml"))
    assert answer.code == Exit.REFUSED
    assert "doctor" in answer.err
    assert not (tmp_path / "prices.toml").exists()
