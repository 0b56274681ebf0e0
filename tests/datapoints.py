"""A CloudWatch that holds exactly the datapoints of a test, and a place to look at them from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from tests.aws.script import Script, Scripted, refused
from tests.support import ACCOUNT, HOME

from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Target
from personalize_monitor.contract import FLOOR_METRIC
from personalize_monitor.execute.announce import Announcer
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.journal.records import FileEvents, FileJournal
from personalize_monitor.model.resource import Kind, Resource

MARIA = f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/maria"
VERSION = f"arn:aws:personalize:{HOME}:{ACCOUNT}:solution/shoes/1"
_MERGE: dict[str, Callable[[Sequence[float]], float]] = {"Sum": sum, "Average": fmean}


class Numbers:
    """GetMetricData over points put by hand; what is ``blind`` is answered in part only."""

    def __init__(self) -> None:
        self._points: dict[tuple[str, str], dict[int, float]] = {}
        self._blind: list[tuple[str, str]] = []
        self.script = Script(get_metric_data=self._answer)
        self.personalize = Script()
        self.access = Scripted({"cloudwatch": self.script, "personalize": self.personalize})

    def put(self, metric: str, resource: Resource, value: float, *moments: datetime) -> None:
        """The value of a metric of a resource at each of these moments."""
        reader = self._points.setdefault((metric, str(resource.arn)), {})
        reader.update({int(moment.timestamp()): value for moment in moments})

    def blind(self, *, metric: str = "", resource: Resource | None = None) -> None:
        """From now on these are unknown: a metric, a resource, or all."""
        self._blind.append((metric, str(resource.arn) if resource else ""))

    @property
    def calls(self) -> int:
        """How often CloudWatch was asked."""
        return len(self.script.calls)

    @property
    def metrics(self) -> Metrics:
        """The gateway to it."""
        return Metrics(self.access, HOME)

    @property
    def target(self) -> Target:
        """The home region."""
        return Target(self.access, ACCOUNT, HOME)

    def _answer(self, **asked: Any) -> dict[str, Any]:
        begin, end = (int(asked[key].timestamp()) for key in ("StartTime", "EndTime"))
        return {
            "MetricDataResults": [
                self._result(query, begin, end) for query in asked["MetricDataQueries"]
            ]
        }

    def _result(self, query: dict[str, Any], begin: int, end: int) -> dict[str, Any]:
        stat = query["MetricStat"]
        name = stat["Metric"]["MetricName"]
        arn = stat["Metric"]["Dimensions"][0]["Value"]
        if any(metric in ("", name) and of in ("", arn) for metric, of in self._blind):
            return {
                "Id": query["Id"],
                "Timestamps": [],
                "Values": [],
                "StatusCode": "InternalError",
            }
        periods: dict[int, list[float]] = {}
        for epoch, value in self._points.get((name, arn), {}).items():
            if begin <= epoch < end:
                periods.setdefault(epoch - epoch % stat["Period"], []).append(value)
        merge = _MERGE.get(stat["Stat"], max)
        return {
            "Id": query["Id"],
            "Timestamps": [datetime.fromtimestamp(epoch, UTC) for epoch in sorted(periods)],
            "Values": [merge(periods[epoch]) for epoch in sorted(periods)],
            "StatusCode": "Complete",
        }


class Diary:
    """A journal in a file, with words for what is written into it."""

    def __init__(self, folder: Path) -> None:
        self.file = FileJournal(folder / "journal.jsonl")
        self.reader = JournalReader(self.file)

    def told(self, name: str, arn: object, at: datetime, **detail: Any) -> None:
        """An event of this name about an ARN."""
        record = {
            "time": at.isoformat(),
            "source": "personalize.monitor",
            "detail-type": name,
            "resources": [str(arn)],
            "detail": {"ARN": str(arn), **detail},
        }
        self.file.write(record, stream="", now=at)

    def breaks(self) -> None:
        """From now on it cannot be read or written: a folder is in its place."""
        self.file.path.unlink(missing_ok=True)
        self.file.path.mkdir(parents=True)


def known(*resources: Resource) -> Memory:
    """A memory that has seen these resources, by account and region."""
    memory = Memory()
    for resource in resources:
        place = (resource.account, resource.region)
        memory.fleets[place] = (*memory.fleets.get(place, ()), resource)
    return memory


def described(resource: Resource, **more: Any) -> dict[str, Any]:
    """The answer of DescribeCampaign or DescribeRecommender about a resource."""
    found: dict[str, Any] = {
        f"{resource.kind}Arn": str(resource.arn),
        "name": resource.name,
        "status": resource.status,
        "creationDateTime": resource.created,
        "lastUpdatedDateTime": resource.updated,
    }
    floor = {FLOOR_METRIC[resource.kind]: resource.floor}
    if resource.kind is Kind.CAMPAIGN:
        found |= {"solutionVersionArn": resource.solution_version_arn or VERSION, **floor}
    else:
        found |= {"recommenderConfig": floor}
    if resource.update_pending:
        found[f"latest{resource.kind.capitalize()}Update"] = {"status": "CREATE IN_PROGRESS"}
    return {str(resource.kind): found | more}


class Desk(Numbers):
    """Someone who acts: Personalize as scripted, CloudWatch by hand, and the journal in a file."""

    def __init__(self, folder: Path, *resources: Resource, now: datetime) -> None:
        super().__init__()
        self.now, self.diary = now, Diary(folder)
        self.events = FileEvents(self.diary.file, now)
        self.announcer = Announcer(self.events, self.diary.file)
        self.sts = Script(get_caller_identity={"Arn": MARIA, "Account": ACCOUNT})
        self.access.services = {**self.access.services, "sts": self.sts}
        self.script.answers["delete_alarms"] = {}
        self.personalize.answers |= {
            "update_campaign": {},
            "delete_campaign": {},
            "stop_recommender": {},
            "start_recommender": {},
            "create_campaign": {},
            "tag_resource": {},
            "list_tags_for_resource": {"tags": []},
        }
        self.show(*resources)

    def show(self, *resources: Resource, **more: Any) -> None:
        """From now on these are what there is, and nothing else."""
        there = {str(resource.arn): described(resource, **more) for resource in resources}

        def describe(**asked: Any) -> dict[str, Any]:
            (arn,) = asked.values()
            if arn not in there:
                raise refused("ResourceNotFoundException")
            return there[arn]

        self.personalize.answers |= {
            "describe_campaign": describe,
            "describe_recommender": describe,
        }

    def tagged(self, **tags: str) -> None:
        """The tags of every resource; ``__`` stands for a colon."""
        pairs = [{"tagKey": k.replace("__", ":"), "tagValue": v} for k, v in tags.items()]
        self.personalize.answers["list_tags_for_resource"] = {"tags": pairs}

    @property
    def changes(self) -> list[str]:
        """The calls that changed something in Personalize."""
        return [
            name
            for name in self.personalize.operations
            if not name.startswith(("describe", "list"))
        ]

    def said(self, *names: str) -> list[dict[str, Any]]:
        """The details of the records of these names."""
        return [r["detail"] for r in self.diary.file.read() if r["detail-type"] in names]

    @property
    def written(self) -> list[str]:
        """What stands in the journal, by name, in order."""
        return [r["detail-type"] for r in self.diary.file.read()]
