"""Cases that were just loaded: the batch that measures a window asks what their callers got."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from personalize_monitor.aws.metrics import Query
from personalize_monitor.aws.series import Series
from personalize_monitor.collect.quality import Questions, told
from personalize_monitor.context.late import RECENT
from personalize_monitor.journal.docket import Docket
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS, Window


@dataclass(slots=True)
class Along:
    """Of a batch of resources those whose cases ride along; their windows go to the docket."""

    docket: Docket
    window: Window
    asked: dict[Resource, Questions] = field(default_factory=dict)

    @classmethod
    def of(cls, docket: Docket | None, batch: Iterable[Resource], window: Window) -> Along | None:
        """None where no case is known yet."""
        if docket is None:
            return None
        start = int(window.start.timestamp())
        riding = (r for r in batch if (file := docket.files.get(str(r.arn))) and file.rides(start))
        return cls(docket, window, {resource: Questions(resource) for resource in riding})

    @property
    def queries(self) -> Sequence[Query]:
        """What is asked."""
        return [query for questions in self.asked.values() for query in questions.all]

    def take(self, answers: Mapping[Query, Series]) -> None:
        """Keep the windows of the hour for the cases; an incomplete answer is as if not asked."""
        end = int(self.window.end.timestamp())
        begin = end - RECENT * SECONDS
        for resource, windows in told(self.asked, answers, begin, end).items():
            self.docket.ridden[str(resource.arn)] = windows
