"""A deployment that fails at any of its resources leaves nothing behind, and the next one works."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aws_sandbox.sandbox import Sandbox
from aws_sandbox.stack.errors import DeployError
from aws_sandbox.stack.kinds import Order
from aws_sandbox.stack.stack import Stack

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
TEAM = {"NotificationEndpoint": "team@example.com"}


def test_a_roll_back_at_each_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever resource AWS refuses to make, all others go again, also what functions made."""
    adjust = Stack._adjust
    refused = ""

    def refuse(stack: Stack, order: Order) -> Order:
        found = adjust(stack, order)
        # A custom resource takes any property, but its function must be there.
        wrong = {**found.properties, "NobodyKnowsThis": "1", "ServiceToken": "nobody"}
        return replace(found, properties=wrong) if order.logical_id == refused else found

    with Sandbox() as box:
        box.deploy(TEMPLATE, TEAM)
        resources = [one.logical_id for one in box.stack.events if one.status == "CREATE_COMPLETE"]
        box.delete()
        monkeypatch.setattr(Stack, "_adjust", refuse)
        for refused in resources:
            with pytest.raises(DeployError, match=f"ROLLBACK_COMPLETE: {refused}:"):
                box.deploy(TEMPLATE, TEAM)
            assert box.leftovers() == [], refused
        refused = ""
        box.deploy(TEMPLATE, TEAM)
        box.tick()
        assert box.invocations("MonitorFunction")[-1].ok
