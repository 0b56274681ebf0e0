"""The sandbox as the tests use it: a live world, the handlers, and the questions of the stories."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aws_sandbox.cloudwatch import faults as metric_faults
from aws_sandbox.faults import Faults, Rule
from aws_sandbox.gate import Call
from aws_sandbox.stack.virtual_time import SandboxDatetime
from aws_sandbox.traffic.shapes import Replay
from aws_sandbox.world import World
from personalize_monitor import clock
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.journal import Journal
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.contract import NAMESPACE
from personalize_monitor.functions import monitor, runtime
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.selftest.progress import Progress, written
from personalize_monitor.settings import PARAMETERS, Settings, load
from personalize_monitor.uninstall.run import regions_of

if TYPE_CHECKING:
    from aws_sandbox.sandbox import Sandbox

BEGIN = datetime(2026, 3, 2, 10, 2, tzinfo=UTC)
ACCOUNT = "123456789012"
HOME = "us-east-1"
JOURNAL = "/personalize-monitor/journal"


def eventually(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait for what a thread does; the machine may be busy."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


class Local:
    """A sandbox in which the functions of one deployment run by hand, one call at a time."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self._monkeypatch = monkeypatch
        # The machine that our functions run on shows the sandbox's time.
        monkeypatch.setattr(clock, "datetime", SandboxDatetime)
        for parameter in PARAMETERS:
            monkeypatch.delenv(parameter.name, raising=False)
        topic = f"arn:aws:sns:{HOME}:{ACCOUNT}:PersonalizeMonitorNotifications"
        self.env(STACK_ACCOUNT=ACCOUNT, STACK_NAME="monitor", NOTIFICATION_TOPIC_ARN=topic)
        self.access = Access()
        self.sweeping = False
        """Whether a cold start looks for leftovers in the regions that are not watched."""

    def env(self, **values: str) -> None:
        """Deploy with other parameters; the functions start cold."""
        for name, value in values.items():
            self._monkeypatch.setenv(name, value)
        runtime.forget()

    def with_journal(self) -> None:
        """Deploy the journal's log group."""
        self.client("logs").create_log_group(logGroupName=JOURNAL)
        self.env(JOURNAL_LOG_GROUP=JOURNAL)

    @property
    def now(self) -> datetime:
        """The sandbox's time."""
        return self.world.clock.now()

    def client(self, service: str, region: str = HOME) -> Any:
        """boto3's client, as a person would use it beside us."""
        return self.access.client(service, region)

    def target(self, region: str = HOME) -> Target:
        """One region of the account."""
        return Target(self.access, ACCOUNT, region)

    def deployment(self) -> Deployment:
        """The deployment as the functions read it."""
        return runtime.runtime().deployment

    def cycle(self, minutes: float = 5, **overrides: Any) -> dict[str, Any]:
        """Let time pass, then run the monitor as its schedule does; answers its summary."""
        self.world.clock.advance(timedelta(minutes=minutes))
        return self.at(self.now, **overrides)

    def at(self, moment: datetime, context: Any = None, **overrides: Any) -> dict[str, Any]:
        """Run the monitor with the event of this moment."""
        event = {"time": moment.isoformat(), "detail-type": "Scheduled Event", "detail": {}}
        if overrides:
            event["detail"] = overrides
        if not self.sweeping:
            here = runtime.runtime()
            places = ((ACCOUNT, region) for region in regions_of(here.deployment))
            here.memory.swept = dict.fromkeys(places, moment)
        summary = monitor.handler(event, context)
        json.dumps(summary)  # Lambda answers JSON
        return summary

    def window(self, moment: datetime | None = None) -> datetime:
        """Start of the window that a cycle at the moment measures, by the words of the contract."""
        moment = moment or self.now
        settled = moment - timedelta(minutes=5)
        end = settled.replace(minute=settled.minute - settled.minute % 5, second=0, microsecond=0)
        return end - timedelta(minutes=5)

    def points(
        self, metric: str, arn: str | None = None, *, region: str = HOME, namespace: str = NAMESPACE
    ) -> dict[datetime, float]:
        """All datapoints of a metric by timestamp: the value, however often it was put."""
        asked = {"m": _stat(metric, arn, namespace)}
        found = self._read(asked, region, self.now - timedelta(hours=12), self.now)
        return found["m"]

    def values_at(
        self, moment: datetime, asked: Mapping[str, str], region: str
    ) -> dict[str, float]:
        """Our datapoint at one time of many resources: ARN to metric in, ARN to value out."""
        by_id = {f"m{n}": arn for n, arn in enumerate(asked)}
        stats = {name: _stat(asked[arn], arn, NAMESPACE) for name, arn in by_id.items()}
        found = self._read(stats, region, moment, moment + timedelta(minutes=1))
        return {by_id[name]: points[moment] for name, points in found.items() if points}

    def _read(
        self, stats: Mapping[str, Any], region: str, start: datetime, end: datetime
    ) -> dict[str, dict[datetime, float]]:
        queries = [
            {"Id": name, "MetricStat": {"Metric": stat, "Period": 60, "Stat": "Average"}}
            for name, stat in stats.items()
        ]
        gate = self.world.gate
        gate.faults, kept = Faults(), gate.faults  # we see what there is, whatever is broken
        try:
            answer = self.client("cloudwatch", region).get_metric_data(
                MetricDataQueries=queries, StartTime=start, EndTime=end
            )
        finally:
            gate.faults = kept
        return {
            result["Id"]: dict(zip(result["Timestamps"], result["Values"], strict=True))
            for result in answer["MetricDataResults"]
        }

    def calls(self, action: str, *, errors: bool = True) -> list[Call]:
        """Calls of an operation until now, the oldest first."""
        found = [call for call in self.world.gate.calls if call.action == action]
        return [call for call in found if errors or call.error is None]

    def sent(self, detail_type: str = "") -> list[dict[str, Any]]:
        """Details of the events that EventBridge accepted at home."""
        return [
            json.loads(entry["Detail"])
            for call in self.calls("PutEvents", errors=False)
            for entry in call.params["Entries"]
            if not detail_type or entry["DetailType"] == detail_type
        ]

    def fail(self, **rule: Any) -> Rule:
        """Put a fault in force; see the sandbox's rules."""
        return self.world.gate.faults.add(Rule(**rule))

    def stall(self, until: threading.Event, **rule: Any) -> Rule:
        """Calls that are answered when something has happened, however long that takes here."""
        # Whoever waits in vain goes on after a minute, and the test fails by what came too soon.
        self.world.gate.faults.sleep = lambda _: until.wait(60)
        return self.fail(latency=60.0, **rule)

    def blind(self, kind: Any, **which: Any) -> None:
        """Let CloudWatch answer wrongly for metrics of the service; see the sandbox's faults."""
        metric_faults.add(metric_faults.MetricFault(kind, "AWS/Personalize", **which))

    def heal(self) -> None:
        """All faults are over."""
        self.world.gate.faults.clear()
        metric_faults.clear()


class Context:
    """Lambda's context: so many seconds left, and one as soon as ``short`` says so."""

    aws_request_id = "test"

    def __init__(self, seconds: float, short: Callable[[], bool] = lambda: False) -> None:
        self._seconds, self._short = seconds, short

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda's."""
        return 1000 if self._short() else int(1000 * self._seconds)


def _stat(metric: str, arn: str | None, namespace: str) -> dict[str, Any]:
    kind = "RecommenderArn" if arn and ":recommender/" in arn else "CampaignArn"
    dimensions = [{"Name": kind, "Value": arn}] if arn else []
    return {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}


@contextmanager
def unscheduled(box: Sandbox) -> Iterator[None]:
    """Hours in which nothing is needed pass without the schedules of monitor and mails."""
    events = box.client("events")
    rules = [
        rule["Name"]
        for rule in events.list_rules()["Rules"]
        if rule.get("ScheduleExpression") == "rate(5 minutes)"
    ]
    for rule in rules:
        events.disable_rule(Name=rule)
    yield
    for rule in rules:
        events.enable_rule(Name=rule)


def every_window(requests: int) -> Replay:
    """Traffic of exactly so many requests in every five minutes."""
    return Replay(0, (requests,), repeat=True)


def a_resource(name: str = "shoes", kind: Kind = Kind.CAMPAIGN, **more: Any) -> Resource:
    """An active resource with a floor of 10, a month old at BEGIN."""
    region = more.pop("region", HOME)
    resource = Resource(
        arn=Arn(f"arn:aws:personalize:{region}:{ACCOUNT}:{kind}/{name}"),
        name=name,
        kind=kind,
        status="ACTIVE",
        floor=10,
        created=BEGIN - timedelta(days=30),
        updated=BEGIN - timedelta(days=30),
        recipe_arn="arn:aws:personalize:::recipe/aws-user-personalization-v2",
    )
    return replace(resource, **more)


def with_parameters(values: Mapping[str, str] | None = None, **more: str) -> Settings:
    """Settings from parameters by name."""
    return load({**(values or {}), **more})


def untested(box: Sandbox) -> None:
    """The deployment's self-test, and with it the first day's mail, is for another story.

    It tries some 200 calls within the first half hour. Its event counts as sent and never arrives.
    """
    journal = Journal(Access(), box.home, group=box.stack.outputs["JournalLogGroup"])
    asked = box.now + timedelta(days=3650)
    assert not written(journal, Progress(since=box.now, asked=asked, id="never"), box.now)
