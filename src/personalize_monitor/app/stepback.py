"""Take back a lowering of ours that callers suffer from: the floor before it, held for a week.

Looked at for an hour and a half after each lowering: the update itself takes a quarter of an hour.
What was lowered, and what was asked for since, is in the journal, so that it does not matter which
container decided it. Costs nothing while no resource was updated lately; otherwise one question to
the journal, and one to CloudWatch for each lowering.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from personalize_monitor.app.book import Book
from personalize_monitor.app.measure import apis_of, request_query
from personalize_monitor.app.site import Site
from personalize_monitor.aws.events import Event
from personalize_monitor.aws.metrics import Metrics, Query, Series
from personalize_monitor.contract import FLOOR_UPDATED_EVENT, STEP_BACK_KEY, UPDATE_FLOOR_EVENT
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.entry import Entry, changes_of_ours
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS, Window, floor_to
from personalize_monitor.policy.stepback import Quality, worse

WATCHED = timedelta(minutes=90)
HOLD = timedelta(days=7)
_HOUR = timedelta(hours=1)
_ASK_AGAIN = timedelta(minutes=15)
"""A request that was not carried out by then has expired."""


@dataclass(slots=True)
class StepBack:
    """The recent lowerings of one place; ``problems`` says what could not be read."""

    site: Site
    metrics: Metrics
    book: Book
    window: Window
    now: datetime
    problems: list[str]

    def run(self, resources: Iterable[Resource]) -> list[Event]:
        """Requests for the floors before those lowerings that callers suffer from."""
        events = []
        for resource, change in self._lowered(resources):
            why = "" if self._asked_lately(resource) else self._suffering(resource, change)
            if why:
                events.append(_request(resource, change, why, self.now))
        return events

    def floor_before(self, resource: Resource) -> int | None:
        """The floor that a lowering of ours is to be taken back to now; None when none is."""
        for _, change in self._lowered([resource]):
            if self._suffering(resource, change):
                return change.previous_floor
        return None

    def _lowered(self, resources: Iterable[Resource]) -> list[tuple[Resource, Entry]]:
        """Resources whose floor in force is a recent lowering of ours, with its announcement."""
        moved = [r for r in resources if self._moved(r)]
        if not moved:
            return []
        try:
            lowered = self._lowerings()
        except JournalUnavailable as problem:
            self.problems.append(f"Whether to step back is not known. {problem}")
            return []
        pairs = ((resource, lowered.get(str(resource.arn))) for resource in moved)
        return [
            (r, change) for r, change in pairs if change is not None and r.floor == change.floor
        ]

    def _moved(self, resource: Resource) -> bool:
        """Whether it may have been lowered lately: an update shows in when it was updated."""
        lately = self.now - max(resource.updated, resource.changed) <= WATCHED
        return lately and not resource.update_pending and not resource.stale

    def _lowerings(self) -> dict[str, Entry]:
        """The last change of each floor of this place, where it is a lowering of ours."""
        hours = WATCHED.total_seconds() / 3600
        last = {
            entry.arn: entry
            for name in FLOOR_UPDATED_EVENT.values()
            for entry in changes_of_ours(self.book.about(name, now=self.now, hours=hours))
            if entry.name == name and f":{self.site.region}:{self.site.account}:" in entry.arn
        }
        return {arn: entry for arn, entry in last.items() if _lowers(entry)}

    def _asked_lately(self, resource: Resource) -> bool:
        """Whether a step back was asked for, and may still be carried out."""
        name = UPDATE_FLOOR_EVENT[resource.kind]
        try:
            asked = self.book.of_resource(resource.arn, now=self.now, hours=0.25)
        except JournalUnavailable as problem:
            self.problems.append(f"Whether to step back is not known. {problem}")
            return True
        return any(
            entry.name == name
            and entry.detail.get(STEP_BACK_KEY) is True
            and self.now - entry.time < _ASK_AGAIN
            for entry in asked
        )

    def _suffering(self, resource: Resource, change: Entry) -> str:
        """Why the lowering is to be taken back; empty when it may stay, or nothing is known."""
        begin = floor_to(max(change.time, resource.updated), SECONDS) + timedelta(seconds=SECONDS)
        if begin >= self.window.end or change.floor is None:
            return ""
        before_end = floor_to(change.time, SECONDS)
        found = self._quality(resource, before_end - _HOUR, self.window.end)
        if found is None:
            return ""
        before = [quality for at, quality in found if at < before_end]
        after = [quality for at, quality in found if at >= begin]
        return worse(before, after, change.floor)

    def _quality(
        self, resource: Resource, start: datetime, end: datetime
    ) -> list[tuple[datetime, Quality]] | None:
        """(Start of a window, what callers got in it); None where an answer is not complete."""
        apis = apis_of(resource)
        counts = [request_query(resource, api) for api in apis]
        errors = [request_query(resource, name) for api in apis for name in api.error_metrics]
        slow = [request_query(resource, api.latency_metric, "p90") for api in apis]
        answers = self.metrics.read([*counts, *errors, *slow], start=start, end=end, period=SECONDS)
        if not all(series.known for series in answers.values()):
            return None
        sums = [_values(answers, queries) for queries in (counts, errors, slow)]
        moments = range(int(start.timestamp()), int(end.timestamp()), SECONDS)
        return [
            (
                datetime.fromtimestamp(at, UTC),
                Quality(
                    sum(sums[0].get(at, ())),
                    sum(sums[1].get(at, ())),
                    max(sums[2].get(at, ()), default=None),
                ),
            )
            for at in moments
        ]


def _values(answers: dict[Query, Series], queries: Sequence[Query]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for query in queries:
        for at, value in answers[query].points:
            found.setdefault(at, []).append(value)
    return found


def _lowers(entry: Entry) -> bool:
    before, after = entry.previous_floor, entry.floor
    return entry.by_monitor and before is not None and after is not None and after < before


def _request(resource: Resource, change: Entry, why: str, now: datetime) -> Event:
    """The floor before, with a hold; it rests on the floor in force, which is looked at again."""
    detail: dict[str, Any] = {
        "CampaignARN": str(resource.arn),
        "ARN": str(resource.arn),
        "CurrentProvisionedTPS": change.floor,
        "CurrentMinTPS": change.floor,
        "MinProvisionedTPS": change.previous_floor,
        "NewMinTPS": change.previous_floor,
        "HoldUntil": (now + HOLD).isoformat(),
        STEP_BACK_KEY: True,
        "Reason": (
            f"A step back: after the floor was lowered from {change.previous_floor} to "
            f"{change.floor} at {change.time:%H:%M} UTC, {why}, while more came than {change.floor}"
            f" TPS. The floor before is put back, and left alone until {now + HOLD:%Y-%m-%d}."
        ),
    }
    return Event(UPDATE_FLOOR_EVENT[resource.kind], detail, str(resource.arn))
