"""Rolling copies of computed metrics for the alarms that watch them.

An alarm over a day is evaluated every few minutes; asking the source for the whole day each time
would cost more than everything else. A feed asks only for what may still have changed.
"""

from __future__ import annotations

from aws_sandbox.cloudwatch.keys import MetricKey
from aws_sandbox.cloudwatch.moment import HOUR
from aws_sandbox.cloudwatch.series import Series
from aws_sandbox.cloudwatch.store import MetricStore

SETTLED = 1_200
"""Seconds after which a computed minute no longer changes (delivery takes a few minutes)."""


class _Feed:
    """One metric's copy: complete over [since, until), as asked for in round `round`."""

    __slots__ = ("depth", "round", "series", "since", "until")

    def __init__(self, unit: str | None, since: int) -> None:
        self.series = Series(unit)
        self.since = self.until = since
        self.depth = 0
        self.round = -1


class Feeds:
    """The feeds of one account and region."""

    def __init__(self, store: MetricStore) -> None:
        self._store = store
        self._feeds: dict[tuple[MetricKey, str | None], _Feed] = {}

    def series(
        self, key: MetricKey, unit: str | None, *, start: int, end: int, this_round: int
    ) -> list[Series]:
        """Everything there is of a metric in [start, end), published and computed."""
        published = self._store.published(key, unit)
        if not key.namespace.startswith("AWS/"):
            return published
        feed = self._feeds.get((key, unit))
        if feed is None or start < feed.since or end < feed.until:
            feed = self._feeds[key, unit] = _Feed(unit, start)
        feed.depth = max(feed.depth, end - start)
        if feed.round != this_round or feed.until < end:
            self._refresh(feed, key, unit, end)
            feed.round = this_round
        return [*published, feed.series] if feed.series.times else published

    def _refresh(self, feed: _Feed, key: MetricKey, unit: str | None, end: int) -> None:
        begin = max(feed.since, feed.until - SETTLED)
        feed.series.cut_from(begin)
        fresh = self._store.computed(key, unit, begin, end)
        if fresh is not None:
            feed.series.append_series(fresh)
        feed.until = end
        if end - feed.since > 2 * feed.depth + HOUR:
            feed.since = end - feed.depth - HOUR
            feed.series.cut_before(feed.since)

    def forget(self, before: int) -> None:
        """Drop the copies that no alarm has asked for since a round."""
        self._feeds = {k: feed for k, feed in self._feeds.items() if feed.round >= before}
