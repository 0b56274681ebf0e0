"""The AWS/Personalize metrics of the sandbox, computed on demand from traffic and runtime calls.

The request metric is called like the runtime API, beside it stand ...Latency (ms), ...4xxErrors and
...5xxErrors; the dimension is CampaignArn or RecommenderArn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from aws_sandbox.asked import Asked, Dimensions, Points
from aws_sandbox.clock import Clock
from aws_sandbox.traffic.capacity import Capacity
from aws_sandbox.traffic.model import Traffic, day_slices
from aws_sandbox.traffic.noise import Minutes, draw, spread, stream
from aws_sandbox.traffic.serving import Serving

NAMESPACE: Final = "AWS/Personalize"
APIS: Final = ("GetRecommendations", "GetPersonalizedRanking", "GetActionRecommendations")
_DAY: Final = 86_400
_LISTED_DAYS: Final = 14


class PersonalizeMetrics:
    """A metric source: one value a minute, later than `delay` after its minute ended."""

    def __init__(
        self,
        clock: Clock,
        traffic: Traffic,
        capacity: Capacity,
        *,
        delay: timedelta = timedelta(seconds=120),
    ) -> None:
        self.clock = clock
        self.traffic = traffic
        self.capacity = capacity
        self.delay = delay
        self.server_errors = 0.0
        self.servings: dict[str, Serving] = {}
        self._calls: dict[tuple[str, str], Counter[int]] = {}
        self._lost: list[tuple[int, int, str | None]] = []

    def lose(self, start: datetime, end: datetime, region: str | None = None) -> None:
        """What is served from `start` to `end` never reaches CloudWatch, in one region or all."""
        self._lost.append((int(start.timestamp()), int(end.timestamp()), region))

    def count(self, arn: str, metric: str) -> None:
        """Add one runtime call to `metric` (such as GetRecommendations) in the present minute."""
        self._calls.setdefault((arn, metric), Counter())[int(self.clock.epoch()) // 60] += 1

    def points(self, asked: Asked) -> Points:
        """(epoch second of the minute, value) for each minute with data in the span."""
        serving = self._serving(asked)
        first, last = self._visible(asked.start, asked.end)
        if serving is None or first >= last:
            return []
        if asked.name == f"{serving.api}Latency":
            return self._without_lost(asked.region, self._latency(serving, first, last))
        points: Points = []
        for day, a, b in day_slices(first, last):
            minutes = self._minutes(serving, asked.name, day)
            if minutes is not None:
                base = day * _DAY
                points += [(base + 60 * i, float(n)) for i, n in enumerate(minutes[a:b], a) if n]
        points = self._with_calls(serving.arn, asked.name, first, last, points)
        return self._without_lost(asked.region, points)

    def sums(self, asked: Asked, period: int) -> Points:
        """The Sum statistic per `period` seconds (start aligned), without making minute points."""
        serving = self._serving(asked)
        first, last = self._visible(asked.start, asked.end)
        if serving is None or first >= last:
            return []
        totals: dict[int, int] = {}
        if any(a < last * 60 and b > first * 60 for a, b, _ in self._lost):
            for at, value in self.points(asked):
                totals[at - at % period] = totals.get(at - at % period, 0) + int(value)
            return [(at, float(total)) for at, total in sorted(totals.items())]
        whole = not (first % 5 or last % 5 or period % 300)
        for day, a, b in day_slices(first, last):
            if whole and asked.name == serving.api:
                fives = serving.day(self.traffic, self.capacity, day).fives
                _add(totals, fives[a // 5 : b // 5], day * _DAY + a * 60, 300, period)
                continue
            minutes = self._minutes(serving, asked.name, day)
            if minutes is not None:
                _add(totals, minutes[a:b], day * _DAY + a * 60, 60, period)
        for minute, n in self._calls.get((serving.arn, asked.name), {}).items():
            if first <= minute < last:
                bucket = minute * 60 - minute * 60 % period
                totals[bucket] = totals.get(bucket, 0) + n
        return [(at, float(total)) for at, total in sorted(totals.items())]

    def _without_lost(self, region: str, points: Points) -> Points:
        spans = [(a, b) for a, b, where in self._lost if where in {None, region}]
        if not spans:
            return points
        return [point for point in points if not any(a <= point[0] < b for a, b in spans)]

    def unit(self, namespace: str, metric_name: str) -> str | None:
        """The unit of a metric; None for what is not ours."""
        if namespace != NAMESPACE or not metric_name.startswith(APIS):
            return None
        return "Milliseconds" if metric_name.endswith("Latency") else "Count"

    def metrics(self, account: str, region: str) -> Iterable[tuple[str, str, Dimensions]]:
        """What ListMetrics shows: metrics with data in the last two weeks."""
        now = int(self.clock.epoch())
        days = range(now // _DAY - _LISTED_DAYS, now // _DAY + 1)
        for serving in list(self.servings.values()):
            if _owner(serving.arn) != (account, region):
                continue
            dimensions = frozenset({(serving.dimension, serving.arn)})
            for name in sorted(self._listed(serving, days)):
                yield NAMESPACE, name, dimensions

    def served(self, arn: str, first: int, last: int) -> tuple[int, int]:
        """Requests of the traffic model (answered, refused) in the epoch minutes [first, last)."""
        serving = self.servings[arn]
        answered = refused = 0
        for day, a, b in day_slices(first, last):
            served = serving.day(self.traffic, self.capacity, day)
            answered += sum(served.answered[a:b])
            refused += sum(served.refused[a:b])
        return answered, refused

    def _listed(self, serving: Serving, days: range) -> set[str]:
        """Names with data: of runtime calls, and of the latest day that served anything."""
        names = {name for arn, name in self._calls if arn == serving.arn}
        first, past = self._visible(days.start * _DAY, days.stop * _DAY)
        for day, _, end in reversed(list(day_slices(first, past))):
            served = serving.day(self.traffic, self.capacity, day)
            if not any(served.answered[:end]):
                continue
            names |= {serving.api, f"{serving.api}Latency"}
            if any(served.refused[:end]):
                names.add(f"{serving.api}4xxErrors")
            if self.server_errors:
                names.add(f"{serving.api}5xxErrors")
            break
        return names

    def _visible(self, start: int, end: int) -> tuple[int, int]:
        """Epoch minutes that lie in [start, end) and have been delivered."""
        arrived = int(self.clock.epoch() - self.delay.total_seconds()) // 60
        return -(-start // 60), min(-(-end // 60), arrived)

    def _serving(self, asked: Asked) -> Serving | None:
        if asked.namespace != NAMESPACE or len(asked.dimensions) != 1:
            return None
        ((name, arn),) = asked.dimensions
        serving = self.servings.get(arn)
        if serving is None or serving.dimension != name or _owner(arn) != asked[:2]:
            return None
        return serving

    def _minutes(self, serving: Serving, metric: str, day: int) -> Minutes | None:
        served = serving.day(self.traffic, self.capacity, day)
        if metric == serving.api:
            return served.answered
        if metric == f"{serving.api}4xxErrors":
            return served.refused
        if metric == f"{serving.api}5xxErrors" and self.server_errors:
            rates = [n * self.server_errors for n in served.answered]
            return draw(rates, stream(f"{self.traffic.seed}|{serving.arn}|5xx", day), 0.1)
        return None

    def _latency(self, serving: Serving, first: int, last: int) -> Points:
        """Mean milliseconds of each minute with requests: the resource's own level times load."""
        key = f"{self.traffic.seed}|{serving.arn}|latency"
        level = 35.0 + 60.0 * stream(key, 0).random()
        points: Points = []
        for day, a, b in day_slices(first, last):
            served = serving.day(self.traffic, self.capacity, day)
            points += [
                (day * _DAY + 60 * i, round(level * wobble * _slowdown(served.load[i // 5]), 3))
                for i, wobble in enumerate(spread(key, day, a, b), a)
                if served.answered[i]
            ]
        return points

    def _with_calls(self, arn: str, metric: str, first: int, last: int, points: Points) -> Points:
        calls = self._calls.get((arn, metric))
        if not calls:
            return points
        totals = dict(points)
        for minute, n in calls.items():
            if first <= minute < last:
                totals[minute * 60] = totals.get(minute * 60, 0.0) + n
        return sorted(totals.items())


def _add(totals: dict[int, int], values: Minutes, begin: int, width: int, period: int) -> None:
    """Add `values`, each `width` seconds wide and the first at `begin`, to their period's total."""
    if width == period and not begin % period:
        totals.update({begin + width * i: n for i, n in enumerate(values) if n})
        return
    at, taken = begin, 0
    while taken < len(values):
        bucket = at - at % period
        several = (bucket + period - at) // width
        total = values[taken] if several == 1 else sum(values[taken : taken + several])
        if total:
            totals[bucket] = totals.get(bucket, 0) + total
        taken += several
        at = bucket + period


def _slowdown(load: float) -> float:
    """1 at rest, 1.3 at full capacity, and steeply more above it, up to tenfold."""
    if load <= 1.0:
        return 1.0 + 0.3 * load * load
    return min(10.0, 1.3 + 6.0 * (load - 1.0))


def _owner(arn: str) -> tuple[str, str]:
    """(account, region) of a Personalize ARN."""
    parts = arn.split(":", 5)
    return parts[4], parts[3]
