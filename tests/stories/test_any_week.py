"""Any week: fleets, people, mishaps and attacks at random, and the promises that hold all the same.

Hypothesis draws a fleet, the deployment's parameters, and what happens when: metrics are lost or
late, answers are lost, functions are killed, deliveries come late, twice or again after days,
people tag, change, delete and make anew, parameters change, regions are refused, events are forged.
``Judge`` looks at every change that the service accepts and holds it against the world's truth,
which the application cannot see.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from personalize_monitor import contract
from personalize_monitor.errors import PersonalizeMonitorError
from personalize_monitor.model.resource import Kind
from personalize_monitor.sandbox import fleet
from personalize_monitor.sandbox.cloudwatch import faults as metric_faults
from personalize_monitor.sandbox.faults import Rule
from personalize_monitor.sandbox.gate import Call, Refusal
from personalize_monitor.sandbox.personalize.responses import store_of
from personalize_monitor.sandbox.sandbox import Sandbox
from personalize_monitor.sandbox.traffic.shapes import (
    Abandoned,
    Bursty,
    BusinessHours,
    Idle,
    Shape,
    Steady,
    Weekly,
)

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAYS = float(os.environ.get("WEEK_DAYS", "7"))
REGIONS = ("us-east-1", "eu-west-1")
QUIET = timedelta(hours=3)
"""At the end nothing goes wrong any more, so that what is due can be finished."""
DOUBT = timedelta(hours=72)
"""How long lost metrics may be taken for silence at the most; see docs/safety.md."""
ARRIVAL = timedelta(minutes=12)
"""What came later than this cannot be known to anybody who asks CloudWatch."""
_PREFIX = contract.TAG_PREFIX


# --- what is drawn --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """One resource of the fleet."""

    kind: str
    region: str
    floor: int
    shape: Shape
    age_days: int
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Happening:
    """Something that happens ``at`` so many minutes after the beginning, for ``minutes``."""

    at: int
    what: str
    minutes: int = 0
    who: int = 0
    extra: int = 0


_SHAPES: st.SearchStrategy[Shape] = st.one_of(
    st.builds(Steady, st.sampled_from([0.5, 3.0, 8.0, 15.0])),
    st.builds(Bursty, st.just(0.3), st.just(6.0)),
    st.builds(BusinessHours, st.sampled_from([4.0, 12.0])),
    st.builds(Weekly, st.just(9.0)),
    st.just(Idle()),
    st.builds(
        Abandoned,
        st.sampled_from([Steady(2.0), Weekly(9.0)]),
        st.sampled_from([BEGIN - timedelta(days=9, hours=3), BEGIN + timedelta(days=1, hours=7)]),
    ),
)
ODD_TAGS = (
    ("Exempt", "yes"),
    ("Exempt", "until:2026-03-05"),
    ("Exempt", "until:9999-12-31"),
    ("Exempt", "vielleicht"),
    ("HoldUntil", "2026-03-05T12:00:00Z"),
    ("HoldUntil", "0001-01-01"),
    ("MinTPS", "4"),
    ("MaxTPS", "6"),
    ("MaxTPS", "zehn"),
    ("IdleHours", "3"),
    ("IdleHours", "200"),
)
_MEMBERS = st.builds(
    Member,
    st.sampled_from(["campaign", "campaign", "recommender"]),
    st.sampled_from(REGIONS),
    st.sampled_from([1, 5, 13, 20, 60]),
    _SHAPES,
    st.sampled_from([0, 3, 30]),
    st.lists(st.sampled_from(ODD_TAGS), max_size=1).map(tuple),
)
_LAST = int(DAYS * 24 * 60) - 60
_WHATS = (
    ("hole", st.integers(5, 40 * 60)),
    ("hole everywhere", st.integers(5, 40 * 60)),
    ("partial", st.integers(10, 600)),
    ("late", st.integers(30, 600)),
    ("refused region", st.integers(10, 600)),
    ("lost answers", st.integers(10, 300)),
    ("kills", st.integers(10, 600)),
    ("late deliveries", st.integers(30, 900)),
    ("duplicates", st.integers(30, 900)),
    ("throttles", st.integers(10, 300)),
    ("cold", st.just(0)),
    ("again", st.just(0)),
    ("forged", st.just(0)),
    ("tag", st.just(0)),
    ("untag", st.just(0)),
    ("person's floor", st.just(0)),
    ("person deletes", st.just(0)),
    ("made anew", st.just(0)),
    ("parameters", st.just(0)),
    ("override", st.just(0)),
    ("ahead", st.just(0)),
)
CHANGES: tuple[dict[str, str], ...] = (
    {"DryRun": "Yes"},
    {"DryRun": "No"},
    {"AutoDeleteIdleCampaigns": "No"},
    {"AutoDeleteIdleCampaigns": "Yes"},
    {"IdleCampaignThresholdHours": "48"},
    {"IdleCampaignThresholdHours": "3"},
    {"AutoAdjustCampaignMinProvisionedTPS": "No"},
    {"AutoAdjustCampaignMinProvisionedTPS": "Yes"},
    {"Regions": "us-east-1"},
    {"Regions": "us-east-1,eu-west-1"},
    {"Actions": "Off"},
    {"Actions": "On"},
    {"IdleGraceHours": "5"},
)
_HAPPENINGS = st.one_of(
    [
        st.builds(
            Happening,
            st.integers(0, _LAST),
            st.just(what),
            minutes,
            st.integers(0, 5),
            st.integers(0, 99),
        )
        for what, minutes in _WHATS
    ]
)


@dataclass(frozen=True)
class Week:
    """One drawn week."""

    fleet: tuple[Member, ...]
    offset: int
    parameters: dict[str, str]
    happenings: tuple[Happening, ...]


WEEKS = st.builds(
    Week,
    st.lists(_MEMBERS, min_size=1, max_size=4).map(tuple),
    st.integers(0, 59),
    st.fixed_dictionaries(
        {
            "AutoDeleteIdleCampaigns": st.sampled_from(["Yes", "Yes", "No"]),
            "AutoStopIdleRecommenders": st.sampled_from(["Yes", "No"]),
            "IdleCampaignThresholdHours": st.sampled_from(["3", "24", "24", "48"]),
        }
    ),
    st.lists(_HAPPENINGS, min_size=4, max_size=10).map(
        lambda found: tuple(sorted(found, key=lambda one: one.at))
    ),
)


# --- the judge ------------------------------------------------------------------------------------


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
    changed: datetime = BEGIN
    removed: list[tuple[datetime, str]] = field(default_factory=list)
    born: dict[str, datetime] = field(default_factory=dict)
    again: bool = False
    """Whether an event that was delivered long ago is being delivered once more."""

    def __call__(self, call: Call) -> None:
        """Look at one call before anybody hears its answer."""
        if call.service != "personalize" or call.principal.policies is None:
            return
        if call.error is not None and call.error != _LOST:
            return
        match call.action:
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
        exempt = tags.get(_PREFIX + "Exempt", "")
        if exempt and not exempt.startswith("until:2026"):
            self.complain(arn, f"exempt: {exempt}")
        if exempt.startswith("until:2026") and self.box.now < datetime(2026, 3, 6, tzinfo=UTC):
            self.complain(arn, f"exempt: {exempt}")
        hold = tags.get(_PREFIX + "HoldUntil", "")
        if hold.startswith("2026") and self.box.now < datetime.fromisoformat(hold):
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
        hours = self.tags(arn).get(_PREFIX + "IdleHours", "")
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
            if where in ("*", region) and end > begin and start < now and now - start < DOUBT:
                begin = min(begin, start - threshold)
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
        lowest, highest = tags.get(_PREFIX + "MinTPS", "1"), tags.get(_PREFIX + "MaxTPS", "")
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
_LOST = "InternalServerException"


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


# --- what happens ---------------------------------------------------------------------------------


class Life:
    """One week as it was drawn, lived in a sandbox."""

    def __init__(self, box: Sandbox, week: Week) -> None:
        self.box, self.week = box, week
        parameters = {"Regions": ",".join(REGIONS), **week.parameters}
        self.arns = [self._born(number, member) for number, member in enumerate(week.fleet)]
        box.deploy(TEMPLATE, parameters)
        self.judge = Judge(box, dict(parameters))
        for number, member in enumerate(week.fleet):
            self.judge.born[self.arns[number]] = box.now - timedelta(days=member.age_days)
        box.gate.on_call.append(self.judge)
        self._ends: list[tuple[datetime, Callable[[], object]]] = []

    def _born(self, number: int, member: Member) -> str:
        add = fleet.add_campaign if member.kind == "campaign" else fleet.add_recommender
        made: Any = add  # the two differ in what else they take
        return str(
            made(
                self.box.world,
                f"{member.kind}-{number}",
                floor=member.floor,
                shape=member.shape,
                region=member.region,
                age=timedelta(days=member.age_days),
                tags={_PREFIX + key: value for key, value in member.tags},
            ).arn
        )

    def live(self) -> None:
        """All that happens, in its order; then some hours of peace."""
        begin = self.box.now
        for one in self.week.happenings:
            self._until(begin + timedelta(minutes=one.at))
            note(f"{self.box.now:%m-%d %H:%M} {one.what} {one.minutes} {one.who}")
            getattr(self, "_" + re.sub(r"\W", "_", one.what))(one)
        self._until(begin + timedelta(days=DAYS))
        for _, end in self._ends:
            end()
        self._ends.clear()
        self.box.run(until=self.box.now + QUIET)

    def _until(self, moment: datetime) -> None:
        while self.box.now < moment:
            due = min([at for at, _ in self._ends if at > self.box.now] + [moment])
            if due > self.box.now:
                self.box.run(until=due)
            over = [end for at, end in self._ends if at <= self.box.now]
            self._ends = [(at, end) for at, end in self._ends if at > self.box.now]
            for end in over:
                end()

    def _for(self, one: Happening, end: Callable[[], object]) -> datetime:
        until = self.box.now + timedelta(minutes=one.minutes)
        self._ends.append((until, end))
        return until

    def _somebody(self, one: Happening) -> str:
        return self.arns[one.who % len(self.arns)]

    # What CloudWatch does.

    def _hole(self, one: Happening) -> None:
        region = REGIONS[one.who % 2]
        self._lose(one, region, region)

    def _hole_everywhere(self, one: Happening) -> None:
        self._lose(one, None, "*")

    def _lose(self, one: Happening, region: str | None, where: str) -> None:
        """Complete and empty answers: what was served meanwhile is never there to be read."""
        begin = self.box.now
        until = begin + timedelta(minutes=one.minutes)
        self.box.world.metrics.lose(begin, until, region)
        self.judge.holes.append((begin, until, where))

    def _partial(self, one: Happening) -> None:
        fault = metric_faults.MetricFault("PartialData", namespace="AWS/Personalize")
        self._for(one, metric_faults.add(fault))

    def _late(self, one: Happening) -> None:
        metrics, usual = self.box.world.metrics, self.box.world.metrics.delay
        metrics.delay = timedelta(minutes=10 + 10 * one.who % 40)
        begin = self.box.now
        until = self._for(one, lambda: setattr(metrics, "delay", usual))
        self.judge.late.append((begin, until))

    # What the network and the other services do.

    def _rule(self, one: Happening, **rule: Any) -> None:
        faults = self.box.gate.faults
        added = faults.add(Rule(**rule))
        self._for(one, lambda: faults.remove(added))

    def _refused_region(self, one: Happening) -> None:
        self._rule(one, region=REGIONS[one.who % 2], code="UnrecognizedClientException", status=403)

    def _throttles(self, one: Happening) -> None:
        self._rule(one, code="ThrottlingException", probability=0.3, principal="*Function*")

    def _lost_answers(self, one: Happening) -> None:
        """The service does it, and the caller hears of an error."""
        dice = self.box.cloud.dice

        def lose(call: Call, answer: dict[str, Any]) -> dict[str, Any] | None:
            changes = call.action.startswith(("Update", "Delete", "Stop", "Put", "Create"))
            if changes and call.principal.policies is not None and dice.random() < 0.25:
                raise Refusal(_LOST, "Lost on the way.", 500)
            return answer

        self.box.gate.alter.append(lose)
        self._for(one, lambda: self.box.gate.alter.remove(lose))

    def _chaos(self, one: Happening, **values: Any) -> None:
        chaos = self.box.chaos
        usual = {name: getattr(chaos, name) for name in values}

        def put(found: dict[str, Any]) -> None:
            for name, value in found.items():
                setattr(chaos, name, value)

        put(values)
        self._for(one, lambda: put(usual))

    def _kills(self, one: Happening) -> None:
        self._chaos(one, function_kills=0.2, kill_within=14)

    def _late_deliveries(self, one: Happening) -> None:
        self._chaos(one, delay=timedelta(hours=1 + one.who))

    def _duplicates(self, one: Happening) -> None:
        self._chaos(one, duplicates=0.5, delivery_failures=0.2)

    def _cold(self, one: Happening) -> None:
        for function in self.box.functions.all():
            self.box.functions.runner.forget(function)

    # What others send.

    def _again(self, one: Happening) -> None:
        """Something that was delivered is delivered again, whenever that is."""
        past = [
            found
            for found in self.box.functions.invocations
            if found.function in ("UpdateFunction", "DeleteFunction", "StopFunction")
            and found.ok
            and (found.result or {}).get("outcome") == "done"
        ]
        if not past:
            return
        found = past[one.who % len(past)]
        self.judge.again = True
        try:
            function = self.box.functions.find(found.function)
            self.box.functions.invoke(function, json.dumps(found.event))
        finally:
            self.judge.again = False

    def _forged(self, one: Happening) -> None:
        """A request with measurements that nobody measured."""
        arn = self._somebody(one)
        campaign = ":campaign/" in arn
        lie = {
            "ARN": arn,
            "IdleThresholdHours": 1,
            "TotalRequestsDuringIdleThresholdHours": 0,
            "AllowedPerHour": 1000,
        }
        floor = {"ARN": arn, "CurrentMinTPS": floors(self.box).get(arn, 1), "NewMinTPS": 1}
        kind = Kind.CAMPAIGN if campaign else Kind.RECOMMENDER
        removal = contract.DELETE_CAMPAIGN_EVENT if campaign else contract.STOP_RECOMMENDER_EVENT
        entries = [
            {
                "Source": contract.EVENT_SOURCE,
                "DetailType": name,
                "Detail": json.dumps(detail),
            }
            for name, detail in ((removal, lie), (contract.UPDATE_FLOOR_EVENT[kind], floor))
        ]
        self.box.client("events").put_events(Entries=entries)
        for days in (-30, -1, 1, 20):
            moment = (self.box.now + timedelta(days=days)).isoformat()
            event = {"id": f"forged-{days}", "time": moment, "detail-type": removal, "detail": lie}
            name = "DeleteFunction" if campaign else "StopFunction"
            for function in self.box.functions.all():
                if function.logical_id == name:
                    self.box.functions.invoke(function, json.dumps(event))

    def _override(self, one: Happening) -> None:
        event = {
            "time": self.box.now.isoformat(),
            "detail": {"CampaignARNs": "none", "Regions": REGIONS[one.who % 2], "DryRun": "Yes"},
        }
        self.box.invoke("MonitorFunction", event)

    def _ahead(self, one: Happening) -> None:
        moment = self.box.now + timedelta(hours=1 + 30 * one.who)
        self.box.invoke("MonitorFunction", {"time": moment.isoformat()})

    # What people do.

    def _personalize(self, arn: str) -> Any:
        return self.box.client("personalize", region=arn.split(":")[3])

    def _by_hand(self, do: Callable[[], object]) -> bool:
        """Whether the service took what a person did."""
        try:
            do()
        except (ClientError, PersonalizeMonitorError):
            return False
        return True

    def _tag(self, one: Happening) -> None:
        arn = self._somebody(one)
        key, value = ODD_TAGS[one.extra % len(ODD_TAGS)]
        pair = [{"tagKey": _PREFIX + key, "tagValue": value}]
        self._by_hand(lambda: self._personalize(arn).tag_resource(resourceArn=arn, tags=pair))

    def _untag(self, one: Happening) -> None:
        arn = self._somebody(one)
        keys = [_PREFIX + key for key, _ in ODD_TAGS]
        self._by_hand(lambda: self._personalize(arn).untag_resource(resourceArn=arn, tagKeys=keys))

    def _person_s_floor(self, one: Happening) -> None:
        arn = self._somebody(one)
        floor = (2, 9, 33)[one.extra % 3]
        if floor != floors(self.box).get(arn) and self._by_hand(lambda: self._put(arn, floor)):
            self.judge.people[arn] = (self.box.now, floor)

    def _put(self, arn: str, floor: int) -> None:
        client = self._personalize(arn)
        if ":campaign/" in arn:
            client.update_campaign(campaignArn=arn, minProvisionedTPS=floor)
        else:
            config = {"minRecommendationRequestsPerSecond": floor}
            client.update_recommender(recommenderArn=arn, recommenderConfig=config)

    def _person_deletes(self, one: Happening) -> None:
        arn = self._somebody(one)
        if ":campaign/" in arn:
            self._by_hand(lambda: self._personalize(arn).delete_campaign(campaignArn=arn))

    def _made_anew(self, one: Happening) -> None:
        """A campaign that is gone is created again under its name, with its traffic."""
        arn = self._somebody(one)
        name = arn.rsplit("/", 1)[-1]
        version = f"{arn.replace(':campaign/', ':solution/')}/$LATEST"
        if self._by_hand(
            lambda: self._personalize(arn).create_campaign(
                name=name, solutionVersionArn=version, minProvisionedTPS=7
            )
        ):
            self.judge.born[arn] = self.box.now

    def _parameters(self, one: Happening) -> None:
        change = CHANGES[one.extra % len(CHANGES)]
        self.box.update(change)
        self.judge.parameters |= change
        self.judge.changed = self.box.now


@dataclass
class Outcome:
    """What a week came to."""

    judge: Judge
    told: Counter[tuple[str, Any]]
    left: list[Any]


def lived(week: Week) -> Outcome:
    """Live a week in a sandbox of its own, uninstall, and see what came of it."""
    with Sandbox(BEGIN + timedelta(minutes=week.offset), seed=7) as box:
        box.gate.validate = False
        box.gate.kept = 1000
        life = Life(box, week)
        life.live()
        told = announced(box)
        box.gate.on_call.remove(life.judge)
        box.delete()
        return Outcome(life.judge, told, list(box.leftovers()))


SHARDS = 4
WEEKS_TO_LIVE = int(os.environ.get("WEEKS", "8"))


@pytest.mark.soak
@pytest.mark.parametrize("shard", range(SHARDS))
def test_any_week_keeps_every_promise(shard: int) -> None:
    """Nothing in use goes, no floor hurts, wishes count, all is told once, nothing is left."""

    @seed(shard)
    @settings(
        max_examples=max(2, WEEKS_TO_LIVE // SHARDS),
        deadline=None,
        database=None,
        # A failing week is printed whole; making it smaller takes many weeks more.
        phases=[Phase.generate, *([Phase.shrink] if os.environ.get("WEEK_SHRINK") else [])],
        suppress_health_check=list(HealthCheck),
    )
    @given(WEEKS)
    def one_week(week: Week) -> None:
        outcome = lived(week)
        assert not outcome.judge.wrong, "\n".join(outcome.judge.wrong[:20])
        assert outcome.told == outcome.judge.acted
        assert outcome.left == []

    one_week()
