"""A sandbox in which the template itself is deployed, and the questions that the stories ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support import untested

from aws_sandbox import fleet
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.traffic.shapes import Shape
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.stackinfo import StackInfo, Stacks
from personalize_monitor.model.arn import Arn

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
START = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
OPS = "ops@example.com"


@dataclass
class Story:
    """One deployment in a sandbox of its own; people use the command beside it as ``access``."""

    box: Sandbox
    access: Access

    @property
    def now(self) -> datetime:
        """The sandbox's time."""
        return self.box.now

    def campaign(self, name: str, shape: Shape | None = None, **more: Any) -> Arn:
        """A campaign that is a month old."""
        return Arn(fleet.add_campaign(self.box.world, name, shape=shape, **more).arn)

    def recommender(self, name: str, shape: Shape | None = None, **more: Any) -> Arn:
        """A recommender that is a month old."""
        return Arn(fleet.add_recommender(self.box.world, name, shape=shape, **more).arn)

    def deploy(self, **parameters: str) -> None:
        """Deploy the template; the mails' reader confirms."""
        self.box.deploy(TEMPLATE, {"NotificationEndpoint": OPS, **parameters})
        self.box.confirm(OPS)
        untested(self.box)

    def run(self, hours: float) -> None:
        """Let time pass."""
        self.box.run(until=self.now + timedelta(hours=hours))

    @property
    def stack(self) -> StackInfo:
        """The deployment as the command finds it."""
        found = Stacks(self.access, self.box.home).find()
        assert found is not None
        return found

    def describe(self, arn: Arn) -> dict[str, Any]:
        """The campaign or recommender as AWS describes it, with its tags."""
        client = self.box.client("personalize", region=arn.region)
        if arn.kind == "campaign":
            found = dict(client.describe_campaign(campaignArn=str(arn))["campaign"])
        else:
            found = dict(client.describe_recommender(recommenderArn=str(arn))["recommender"])
        found["tags"] = client.list_tags_for_resource(resourceArn=str(arn))["tags"]
        return found

    def status(self, arn: Arn) -> str:
        """Its status; GONE when it does not exist."""
        client = self.box.client("personalize", region=arn.region)
        try:
            return str(self.describe(arn)["status"])
        except client.exceptions.ResourceNotFoundException:
            return "GONE"

    def floor(self, arn: Arn) -> int:
        """The floor in force."""
        found = self.describe(arn)
        config = found.get("recommenderConfig", {})
        return int(found.get("minProvisionedTPS", config.get("minRecommendationRequestsPerSecond")))

    def tag(self, arn: Arn, **tags: str) -> None:
        """A person tags it; names are without our prefix."""
        pairs = [
            {"tagKey": f"PersonalizeMonitor:{key}", "tagValue": value}
            for key, value in tags.items()
        ]
        self.box.client("personalize", region=arn.region).tag_resource(
            resourceArn=str(arn), tags=pairs
        )

    def untag(self, arn: Arn, *keys: str) -> None:
        """A person takes tags away."""
        self.box.client("personalize", region=arn.region).untag_resource(
            resourceArn=str(arn), tagKeys=[f"PersonalizeMonitor:{key}" for key in keys]
        )

    def mails(self, containing: str = "") -> list[str]:
        """What the mails' reader got."""
        return [
            mail.message
            for mail in self.box.mailbox.delivered_to(OPS)
            if containing in mail.message
        ]

    def alarms(self, name: str, region: str | None = None) -> set[str]:
        """Names of the alarms about a resource."""
        found = self.box.client("cloudwatch", region=region).describe_alarms()["MetricAlarms"]
        return {a["AlarmName"] for a in found if a["AlarmName"].endswith(f"-{name}")}

    def events(self, detail_type: str) -> list[dict[str, Any]]:
        """Details of the events of ours that the bus took."""
        return [
            dict(record.event["detail"])
            for record in self.box.events_log
            if record.event.get("detail-type") == detail_type
        ]

    def decisions(self, arn: Arn) -> list[dict[str, Any]]:
        """All decisions about a resource, from the answers of the cycles, the oldest first."""
        return [
            decision
            for ran in self.box.invocations("MonitorFunction")
            for decision in (ran.result or {}).get("decisions", ())
            if isinstance(decision, dict) and decision["arn"] == str(arn)
        ]

    def sleep(self, seconds: float) -> None:
        """Waiting, in the sandbox's time."""
        self.box.run(until=self.now + timedelta(seconds=seconds))


@pytest.fixture
def story() -> Iterator[Story]:
    """An empty sandbox on a Thursday morning."""
    with Sandbox(START, seed=1) as box:
        yield Story(box, Access())
