"""Ask around whether CloudWatch is telling the truth: for removals, for floors, for watermarks.

The judgement is in ``policy/outage.py``; here is what it is told. Nothing is asked while all is
ordinary: only when something would be taken out of service, or a floor would follow an odd hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.collect.measure import apis_of, request_query, requests_in
from personalize_monitor.contract import AVERAGE_METRIC, FLOOR_METRIC, NAMESPACE
from personalize_monitor.model.demand import HOUR, PER_DAY, UNKNOWN, Demand
from personalize_monitor.model.resource import Resource, State
from personalize_monitor.model.window import SECONDS, floor_to
from personalize_monitor.policy.outage import (
    Doubt,
    Past,
    Voice,
    believed,
    doubt_about_minutes,
    doubt_about_silence,
    lasted,
    odd_hours,
)

LISTENED_TO = 100
"""Other resources of a place that are asked; those that spoke in this cycle first."""
_HEARD_BEFORE_FLOORS = 20
_LOOK_BACK = timedelta(days=14)
_OURS_ARRIVE = timedelta(hours=2)
_AT_ONCE = 100  # pasts that are read in one call, so that only one answer is in memory


@dataclass(frozen=True, slots=True)
class Listening:
    """One place: ``fleet`` are its resources, ``speaking`` the ARNs of those with requests now.

    Where nothing is ``deployed`` there are no datapoints of ours to miss.
    """

    metrics: Metrics
    fleet: Sequence[Resource]
    end: datetime
    speaking: frozenset[str] = frozenset()
    deployed: bool = True

    def doubts(self, silent: Mapping[Resource, int]) -> dict[Resource, Doubt]:
        """Those of the ``silent`` resources (with their thresholds in hours) that may be in use.

        Costs one call for each hundred of them, and one for a hundred others; where some stopped
        at once and others confirm it, one more for each few of them, and one for others.
        """
        if not silent:
            return {}
        if self.deployed and not self._ours_arrive(next(iter(silent))):
            until = self.end + timedelta(hours=1)
            why = "not even our own datapoints of the last two hours can be read"
            return dict.fromkeys(silent, Doubt(why, until))
        others = self._others(silent, LISTENED_TO)
        pasts = dict(self._pasts([*silent, *others]))
        now, found = int(self.end.timestamp()), {}
        for resource, hours in silent.items():
            own = pasts[resource]
            company = [past for other, past in pasts.items() if other != resource]
            doubt = doubt_about_silence(own, company, now=now, idle_hours=hours)
            if doubt is not None:
                found[resource] = doubt
        odd = {
            resource: pasts[resource].silent_since
            for resource in silent
            if resource not in found and pasts[resource].stopped_oddly(now)
        }
        return found | self._doubts_by_minutes(odd, silent, now)

    def _doubts_by_minutes(
        self, odd: Mapping[Resource, int], hours: Mapping[Resource, int], now: int
    ) -> dict[Resource, Doubt]:
        """The same by sums of five minutes, for those that are ``odd``, with their last sign."""
        # What has lasted needs no second look.
        asked = {r: since for r, since in odd.items() if now < since + lasted(hours[r])}
        if not asked:
            return {}
        begin, end = now // HOUR * HOUR - int(_LOOK_BACK.total_seconds()), now // SECONDS * SECONDS
        others = self._others(asked, LISTENED_TO)
        first = min(asked.values())
        voices = {r: Voice(first, sums) for r, sums in self._sums(others, first, end).items()}
        found = {}
        for resource, since in asked.items():
            birth = int(resource.created.timestamp()) // HOUR * HOUR
            start = min(max(begin, birth), end)
            own = Voice(start, self._sums([resource], start, end)[resource])
            heard = [voice for other, voice in voices.items() if _kin(other, resource)]
            doubt = doubt_about_minutes(
                own, heard, since=since, now=end, idle_hours=hours[resource]
            )
            if doubt is not None:
                found[resource] = doubt
        return found

    def believed(
        self, demands: Mapping[Resource, Demand], *, idle_hours: float, since: int | None = None
    ) -> dict[Resource, tuple[Demand, Doubt | None]]:
        """Each demand with NaN for hours that may be lost in part or whole, and the doubt now.

        Costs nothing while no hour that would count is odd, and one call otherwise. ``since`` is
        the epoch second from which on every hour counts, not the lowest ones only.
        """
        bound = lasted(idle_hours)
        odd = {r: odd_hours(demand, bound, since=since) for r, demand in demands.items()}
        asked = {r: hours for r, hours in odd.items() if hours}
        voices = dict(self._voices(asked)) if asked else {}
        quiet = {r: demand for r, demand in demands.items() if _quiet(demand)}
        forgotten = self._forgotten(quiet, bound)
        found = {}
        for resource, demand in demands.items():
            heard = [
                v for other, v in voices.items() if other != resource and _kin(other, resource)
            ]
            sure, doubt = believed(demand, odd[resource], heard, bound)
            found[resource] = sure, forgotten.get(resource, doubt)
        return found

    def _others(self, but: Iterable[Resource], most: int) -> list[Resource]:
        """Others that serve, those that speak first, then in the order of their names."""
        asked = {str(resource.arn) for resource in but}
        others = [r for r in self.fleet if r.state is State.ACTIVE and str(r.arn) not in asked]
        others.sort(key=lambda r: (str(r.arn) not in self.speaking, str(r.arn)))
        return others[:most]

    def _ours_arrive(self, resource: Resource) -> bool:
        asked = request_query(resource, FLOOR_METRIC[resource.kind], "Average", NAMESPACE)
        end = floor_to(self.end, SECONDS) + timedelta(seconds=SECONDS)
        answer = self.metrics.read([asked], start=end - _OURS_ARRIVE, end=end, period=SECONDS)
        return answer[asked].known and bool(answer[asked].points)

    def _pasts(self, resources: Sequence[Resource]) -> Iterator[tuple[Resource, Past]]:
        end = ceil(self.end.timestamp() / HOUR) * HOUR
        begin = end - int(_LOOK_BACK.total_seconds())
        for at in range(0, len(resources), _AT_ONCE):
            batch = resources[at : at + _AT_ONCE]
            sums = self._sums(batch, begin, end, HOUR)
            ours = self._ours(batch, begin, end)
            for resource in batch:
                birth = int(resource.created.timestamp()) // HOUR * HOUR
                start = min(max(begin, birth), end)
                told, own = (found[resource][(start - begin) // HOUR :] for found in (sums, ours))
                hours = tuple(map(max, told, own))
                lost = any(mine > 0 and not theirs for mine, theirs in zip(own, told, strict=True))
                metrics = frozenset(str(api) for api in apis_of(resource))
                yield resource, Past(resource.name, start, hours, metrics, lost=lost)

    def _ours(
        self, resources: Sequence[Resource], begin: int, end: int
    ) -> dict[Resource, Sequence[float]]:
        """The highest average that we published in each hour; 0 where nothing is known of it."""
        silence: tuple[float, ...] = (0.0,) * ((end - begin) // HOUR)
        if not self.deployed:
            return dict.fromkeys(resources, silence)
        asked = {
            r: request_query(r, AVERAGE_METRIC[r.kind], "Maximum", NAMESPACE) for r in resources
        }
        answers = self.metrics.read(
            asked.values(),
            start=datetime.fromtimestamp(begin, UTC),
            end=datetime.fromtimestamp(end, UTC),
            period=HOUR,
        )
        return {
            resource: requests_in([answers[query]], begin, len(silence), HOUR) or silence
            for resource, query in asked.items()
        }

    def _forgotten(self, silent: Mapping[Resource, Demand], bound: int) -> dict[Resource, Doubt]:
        """Those of which our own datapoints tell requests, in hours that are silent by now."""
        if not silent or not self.deployed:
            return {}
        begin = min(demand.start for demand in silent.values()) // HOUR * HOUR
        end = max(demand.end for demand in silent.values()) // HOUR * HOUR
        found: dict[Resource, Doubt] = {}
        for resource, ours in self._ours([*silent], begin, end).items():
            told = dict(silent[resource].hourly())
            hours = (begin + HOUR * index for index, value in enumerate(ours) if value > 0)
            until = max((at for at in hours if told.get(at) == 0), default=-bound) + HOUR + bound
            if self.end.timestamp() < until:
                why = "our own datapoints tell of requests that CloudWatch has lost"
                found[resource] = Doubt(why, datetime.fromtimestamp(until, UTC))
        return found

    def _voices(self, odd: Mapping[Resource, Sequence[int]]) -> Iterator[tuple[Resource, Voice]]:
        """Others' sums around the odd hours; those with odd hours themselves speak as well."""
        begin = min(hours[0] for hours in odd.values()) - 2 * HOUR
        end = max(hours[-1] for hours in odd.values()) + 2 * HOUR
        end = min(end, int(self.end.timestamp()))
        themselves = sorted(odd, key=lambda r: str(r.arn))[:_HEARD_BEFORE_FLOORS]
        asked = [*self._others(odd, _HEARD_BEFORE_FLOORS), *themselves]
        for resource, sums in self._sums(asked, begin, end).items():
            yield resource, Voice(begin, sums)

    def _sums(
        self, resources: Sequence[Resource], begin: int, end: int, period: int = SECONDS
    ) -> dict[Resource, Sequence[float]]:
        asked = {r: [request_query(r, api) for api in apis_of(r)] for r in resources}
        answers = self.metrics.read(
            (query for queries in asked.values() for query in queries),
            start=datetime.fromtimestamp(begin, UTC),
            end=datetime.fromtimestamp(end, UTC),
            period=period,
        )
        length = max(0, (end - begin) // period)
        return {
            resource: requests_in([answers[query] for query in queries], begin, length, period)
            or (UNKNOWN,) * length
            for resource, queries in asked.items()
        }


def _kin(one: Resource, other: Resource) -> bool:
    """Whether they are measured by a common metric."""
    return bool(set(apis_of(one)) & set(apis_of(other)))


def _quiet(demand: Demand) -> bool:
    """Whether nothing came for a day: then its own record may not tell that requests are lost."""
    return not any(value > 0 for value in demand.sums[-PER_DAY:])


def doubt_about(
    metrics: Metrics,
    resource: Resource,
    fleet: Sequence[Resource],
    *,
    end: datetime,
    idle_hours: int,
    deployed: bool = True,
) -> Doubt | None:
    """Whether the silence of one resource may be lost metrics, asked again before it goes.

    ``fleet`` are the resources of its account and region, ``end`` the end of what was measured.
    """
    place = Listening(metrics, fleet, end, deployed=deployed)
    return place.doubts({resource: idle_hours}).get(resource)
