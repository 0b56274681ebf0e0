"""Holds every change that the service accepts against the world's truth, and the promises."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.stories.weeks import ARRIVAL, BEGIN, DOUBT, PREFIX, REGIONS

from aws_sandbox import fleet
from aws_sandbox.gate import Call
from aws_sandbox.personalize.responses import store_of
from aws_sandbox.sandbox import Sandbox
from personalize_monitor import contract


@dataclass
class Judge:
    """Holds every accepted change of the application against the truth."""

    box: Sandbox
    parameters: dict[str, str]
    wrong: list[str] = field(default_factory=list)
    acted: Counter[tuple[str, Any]] = field(default_factory=Counter)
    lowered: dict[str, set[int]] = field(default_factory=dict)
    holes: list[tuple[datetime, datetime, str]] = field(default_factory=list)
    late: list[tuple[datetime, datetime]] = field(default_factory=list)
    people: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    changed: datetime = BEGIN - timedelta(days=1)
    removed: list[tuple[datetime, str]] = field(default_factory=list)
    born: dict[str, datetime] = field(default_factory=dict)
    holds: dict[str, str] = field(default_factory=dict)
    """Holds that the application put itself, with a floor that it took back."""
    again: bool = False
    """Whether an event that was delivered long ago is being delivered once more."""

    def __call__(self, call: Call) -> None:
        """Look at one call before anybody hears its answer."""
        if call.service != "personalize" or call.principal.policies is None:
            return
        if call.error is not None and call.error != LOST:
            return
        match call.action:
            case "TagResource":
                tags = {tag["tagKey"]: tag["tagValue"] for tag in call.params["tags"]}
                self.holds[call.params["resourceArn"]] = tags.get(PREFIX + "HoldUntil", "")
            case "DeleteCampaign":
                self._removal(call, call.params["campaignArn"])
            case "StopRecommender":
                self._removal(call, call.params["recommenderArn"])
            case "UpdateCampaign":
                self._floor(call, call.params["campaignArn"], call.params["minProvisionedTPS"])
            case "UpdateRecommender":
                floor = call.params["recommenderConfig"]["minRecommendationRequestsPerSecond"]
                self._floor(call, call.params["recommenderArn"], floor)

    def complain(self, arn: str, why: str) -> None:
        """Note a broken promise."""
        self.wrong.append(f"{self.box.now:%m-%d %H:%M} {arn.rsplit('/', 1)[-1]}: {why}")

    def _common(self, arn: str) -> None:
        if self.again:
            self.complain(arn, "an event acted a second time")
        if self.box.now - self.changed < timedelta(minutes=20):
            return
        if self.parameters.get("Actions") == "Off" or self.parameters.get("DryRun") == "Yes":
            self.complain(arn, "changed although nothing may be")
        if arn.split(":")[3] not in self.parameters.get("Regions", REGIONS[0]).split(","):
            self.complain(arn, "its region is not watched any more")
        tags = self.tags(arn)
        exempt = tags.get(PREFIX + "Exempt", "")
        if exempt and not exempt.startswith("until:2026"):
            self.complain(arn, f"exempt: {exempt}")
        if exempt.startswith("until:2026") and self.box.now < datetime(2026, 3, 6, tzinfo=UTC):
            self.complain(arn, f"exempt: {exempt}")
        hold = tags.get(PREFIX + "HoldUntil", "")
        own = hold == self.holds.get(arn)
        if hold.startswith("2026") and not own and self.box.now < datetime.fromisoformat(hold):
            self.complain(arn, f"held until {hold}")
        if "zehn" in tags.values():
            self.complain(arn, "a tag that nobody understands")

    def _removal(self, call: Call, arn: str) -> None:
        self.acted[arn, call.action] += 1
        self._common(arn)
        now, region = self.box.now, arn.split(":")[3]
        switch = "AutoDeleteIdleCampaigns" if ":campaign/" in arn else "AutoStopIdleRecommenders"
        if self.parameters[switch] == "No" and now - self.changed > timedelta(minutes=20):
            self.complain(arn, f"removed although {switch} is No")
        hours = self.tags(arn).get(PREFIX + "IdleHours", "")
        threshold = timedelta(
            hours=int(hours if hours.isdecimal() else self.parameters["IdleCampaignThresholdHours"])
        )
        if asked := self._seen_in_use(arn, threshold):
            self.complain(arn, f"removed, but had {asked} requests within {threshold}")
        if now - self.born.get(arn, BEGIN - timedelta(days=99)) < threshold:
            self.complain(arn, "removed, but is young")
        lately = [at for at, there in self.removed if there == region and now - at < _HOUR]
        if lately:
            self.complain(arn, f"{len(lately) + 1} went from {region} within an hour")
        self.removed.append((now, region))

    def _seen_in_use(self, arn: str, threshold: timedelta) -> int:
        """Requests that speak against idleness: lost hours do not count as quiet ones."""
        now, region = self.box.now, arn.split(":")[3]
        begin = now - threshold
        for start, end, where in sorted(self.holes, reverse=True):
            lost = min(end, now) - max(start, begin)
            if where in ("*", region) and lost > timedelta(0) and now - start < DOUBT:
                begin -= lost
        end = now - ARRIVAL - self._lateness()
        asked = self.box.world.requests_between(arn, begin, end) if begin < end else 0
        # What came only while nothing could be seen is known to nobody.
        for start, stop, where in self.holes:
            low, high = max(start, begin), min(stop, end)
            if where in ("*", region) and low < high:
                asked -= self.box.world.requests_between(arn, low, high)
        return asked

    def _lateness(self) -> timedelta:
        recent = self.box.now - timedelta(hours=2)
        return timedelta(minutes=45) if any(end > recent for _, end in self.late) else timedelta(0)

    def _floor(self, call: Call, arn: str, floor: int) -> None:
        self.acted[arn, floor] += 1
        self._common(arn)
        before = floors(self.box)[arn]
        tags = self.tags(arn)
        lowest, highest = tags.get(PREFIX + "MinTPS", "1"), tags.get(PREFIX + "MaxTPS", "")
        if floor < before:
            self.lowered.setdefault(arn, set()).add(before)
            if lowest.isdecimal() and floor < int(lowest):
                self.complain(arn, f"{floor} is below the tag MinTPS {lowest}")
            self._against_truth(arn, floor)
        elif floor not in self.lowered.get(arn, set()) and not highest and lowest == "1":
            self.complain(arn, f"raised from {before} to {floor}")
        at, by = self.people.get(arn, (BEGIN - timedelta(days=9), 0))
        if by and self.box.now - at < timedelta(hours=24):
            self.complain(arn, f"a person set {by} at {at:%H:%M}")
        if (
            self.parameters.get("AutoAdjustCampaignMinProvisionedTPS") == "No"
            and self.box.now - self.changed > timedelta(minutes=20)
            and floor < before
        ):
            self.complain(arn, "lowered although AutoAdjust is No")

    def _against_truth(self, arn: str, floor: int) -> None:
        """Never below the quietest settled hour of the last two weeks, as it really was."""
        end = self.box.now.replace(minute=0, second=0, microsecond=0) - _HOUR
        first = self.born.get(arn, BEGIN - timedelta(days=30)) + _HOUR
        quietest = min(
            (
                self.box.world.served_between(arn, end - _HOUR * (n + 1), end - _HOUR * n) / 3600
                for n in range(14 * 24 - 2)
                if end - _HOUR * (n + 1) >= first
            ),
            default=0.0,
        )
        if floor < math.ceil(quietest - 1e-9):
            self.complain(arn, f"lowered to {floor}, but always used {quietest:.2f}")

    def tags(self, arn: str) -> dict[str, str]:
        """The tags as they are, whoever may not read them."""
        store = store_of(self.box.account, arn.split(":")[3])
        there = store.campaigns.get(arn) or store.recommenders.get(arn)
        return dict(there.tags) if there else {}


_HOUR = timedelta(hours=1)
LOST = "InternalServerException"


def floors(box: Sandbox) -> dict[str, int]:
    """The floor in force of each resource, straight from the sandbox's world."""
    return {str(row["arn"]): int(str(row["floor"])) for row in fleet.overview(box.world)}


def announced(box: Sandbox) -> Counter[tuple[str, Any]]:
    """Announcements of executors by resource and what they say, as EventBridge took them."""
    found: Counter[tuple[str, Any]] = Counter()
    for record in box.events_log:
        name, detail = record.event["detail-type"], record.event["detail"]
        if name in contract.FLOOR_UPDATED_EVENT.values():
            found[detail["ARN"], detail["NewMinTPS"]] += 1
        elif name == contract.CAMPAIGN_DELETED_EVENT:
            found[detail["ARN"], "DeleteCampaign"] += 1
        elif name == contract.RECOMMENDER_STOPPED_EVENT:
            found[detail["ARN"], "StopRecommender"] += 1
    return found
