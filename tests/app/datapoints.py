"""A CloudWatch that holds exactly the datapoints of a test, and a place to look at them from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from tests.aws.script import Script, Scripted
from tests.support import ACCOUNT, HOME

from personalize_monitor.app.book import Book
from personalize_monitor.app.memory import Memory
from personalize_monitor.app.records import FileJournal
from personalize_monitor.app.site import Site
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.model.resource import Resource

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
        book = self._points.setdefault((metric, str(resource.arn)), {})
        book.update({int(moment.timestamp()): value for moment in moments})

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
    def site(self) -> Site:
        """The home region."""
        return Site(self.access, ACCOUNT, HOME)

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
        self.book = Book(self.file)

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
