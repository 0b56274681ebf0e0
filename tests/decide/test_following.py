"""Mode follow in the application: the plan's steps are taken when they are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from aws_sandbox import fleet
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.traffic.shapes import BusinessHours
from personalize_monitor import contract
from personalize_monitor.model.resource import Kind

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


def changes(box: Sandbox) -> list[tuple[datetime, int, int]]:
    """(When, from, to) of every announced change of a floor."""
    return [
        (
            record.time,
            record.event["detail"]["PreviousMinTPS"],
            record.event["detail"]["NewMinTPS"],
        )
        for record in box.events_log
        if record.event["detail-type"] == contract.FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]
    ]


def add_office(box: Sandbox) -> None:
    """A campaign that is busy by day, with a month of history."""
    fleet.add_campaign(
        box.world,
        "office",
        recipe="aws-sims",
        floor=1,
        shape=BusinessHours(20.0),
        age=timedelta(days=30),
    )


def test_floors_rise_ahead_of_the_morning_and_fall_in_the_evening() -> None:
    """A resource busy by day is raised before its ramp and lowered again, few times a day."""
    with Sandbox(datetime(2026, 3, 3, tzinfo=UTC), seed=3) as box:
        box.gate.validate = False
        add_office(box)
        box.deploy(TEMPLATE, {"RightSizingMode": "follow", "ExposurePrice": "careful"})
        box.run(days=1)
        made = changes(box)
        raises = [when for when, before, after in made if after > before]
        assert raises, "a ramp that comes every day is worth a raise at the careful price"
        assert any(5 <= when.hour <= 9 for when in raises)
        assert made[-1][2] < max(after for _, _, after in made)
        assert len(made) <= 5


def test_a_plan_spends_nothing_where_the_service_keeps_headroom() -> None:
    """Told that the service keeps as much again, one step is enough, and demand pays for it."""
    with Sandbox(datetime(2026, 3, 3, tzinfo=UTC), seed=3) as box:
        box.gate.validate = False
        add_office(box)
        box.deploy(TEMPLATE, {"RightSizingMode": "follow", "AssumedHeadroom": "1"})
        box.run(days=0.5)
        made = changes(box)
        assert len(made) <= 1
        # Below what is served all day a floor costs nothing; without headroom it goes above 20.
        assert all(floor <= 5 for _, _, floor in made)
