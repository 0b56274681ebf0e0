"""Take back a lowering of ours that callers suffer from: the floor before it, held for a week.

Looked at for an hour and a half after each lowering: the update itself takes a quarter of an hour.
Costs nothing while nothing changed; otherwise one question to the journal and one to CloudWatch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from personalize_monitor.app.book import Book
from personalize_monitor.app.measure import apis_of, request_query
from personalize_monitor.app.memory import Memory
from personalize_monitor.app.site import Site
from personalize_monitor.aws.events import Event
from personalize_monitor.aws.metrics import Metrics, Query, Series
from personalize_monitor.contract import FLOOR_UPDATED_EVENT, STEP_BACK_KEY, UPDATE_FLOOR_EVENT
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.entry import Entry
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS, Window, floor_to
from personalize_monitor.policy.stepback import Quality, worse

WATCHED = timedelta(minutes=90)
HOLD = timedelta(days=7)
_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class StepBack:
    """The recent lowerings of one place; ``problems`` says what could not be read."""

    site: Site
    metrics: Metrics
    book: Book
    memory: Memory
    window: Window
    now: datetime
    problems: list[str]

    def run(self, resources: Iterable[Resource]) -> list[Event]:
        """Requests for the floors before those lowerings that callers suffer from."""
        place = (self.site.account, self.site.region)
        until = self.memory.lowered.get(place)
        if until is not None and self.now > until:
            return []
        try:
            lowered = self._lowerings()
            if until is None:  # a cold start: one look tells whether there is anything
                self.memory.lowered[place] = self.now + (WATCHED if lowered else timedelta(0))
        except JournalUnavailable as problem:
            self.problems.append(f"Whether to step back is not known. {problem}")
            return []
        events = []
        for resource in resources:
            change = lowered.get(str(resource.arn))
            if change is not None and self._stands(resource, change):
                event = self._judged(resource, change)
                events += [event] if event is not None else []
        return events

    def _lowerings(self) -> dict[str, Entry]:
        """The last change of each floor of this place, where it is a lowering of ours."""
        hours = WATCHED.total_seconds() / 3600
        last = {
            entry.arn: entry
            for name in FLOOR_UPDATED_EVENT.values()
            for entry in self.book.about(name, now=self.now, hours=hours)
            if entry.name == name and f":{self.site.region}:{self.site.account}:" in entry.arn
        }
        return {arn: entry for arn, entry in last.items() if _lowers(entry)}

    def _stands(self, resource: Resource, change: Entry) -> bool:
        """Whether the lowered floor is in force, and was not asked about before."""
        asked = f"{resource.arn}|{change.time.isoformat()}"
        return (
            resource.floor == change.floor
            and not resource.update_pending
            and not resource.stale
            and asked not in self.memory.stepped_back
        )

    def _judged(self, resource: Resource, change: Entry) -> Event | None:
        begin = floor_to(max(change.time, resource.updated), SECONDS) + timedelta(seconds=SECONDS)
        if begin >= self.window.end or change.floor is None:
            return None
        before_end = floor_to(change.time, SECONDS)
        start = before_end - _HOUR
        found = self._quality(resource, start, self.window.end)
        if found is None:
            return None
        before = [quality for at, quality in found if at < before_end]
        after = [quality for at, quality in found if at >= begin]
        why = worse(before, after, change.floor)
        if not why:
            return None
        self.memory.stepped_back.add(f"{resource.arn}|{change.time.isoformat()}")
        return _request(resource, change, why, self.now)

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


def watch(memory: Memory, site: Site, events: Iterable[Event], now: datetime) -> None:
    """Note that floors of a place were asked to change, so that the next cycles look after them."""
    if any(event.detail_type in UPDATE_FLOOR_EVENT.values() for event in events):
        memory.lowered[site.account, site.region] = now + WATCHED


def ask_again(memory: Memory, arn: str) -> None:
    """Forget that a step back of ``arn`` was asked for, because the request was lost."""
    asked = [mark for mark in list(memory.stepped_back) if mark.startswith(f"{arn}|")]
    memory.stepped_back.difference_update(asked)
