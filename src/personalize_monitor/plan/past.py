"""The recorded past of an account: who changed which floor when, and what was served meanwhile.

What we changed is in the journal; when each floor really came into force, and what people set, is
in the floor's own metric; the demand is the service's. Savings and bills are reckoned from it.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.metrics import Metrics, Query
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.aws.series import Series
from personalize_monitor.collect.measure import request_query, requests_in
from personalize_monitor.contract import (
    CAMPAIGN_DELETED_EVENT,
    DIMENSION,
    FLOOR_METRIC,
    FLOOR_UPDATED_EVENT,
    NAMESPACE,
    RECOMMENDER_STOPPED_EVENT,
)
from personalize_monitor.decide.history import apis_with_requests
from personalize_monitor.errors import InvalidArn
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.arn import Arn, solution_of
from personalize_monitor.model.counted import counted
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.entry import Entry
from personalize_monitor.model.floor_changes import ChangeKind, FloorChange
from personalize_monitor.model.metered import Metered
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.model.recipe import Api
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.window import SECONDS, floor_to
from personalize_monitor.plan.snapshot import Snapshot, month

_REMOVED = {
    CAMPAIGN_DELETED_EVENT: ChangeKind.DELETED,
    RECOMMENDER_STOPPED_EVENT: ChangeKind.STOPPED,
}
_AT_ONCE = 24
"""Resources whose answers are in memory at the same time."""
_UPDATE_TAKES = 900  # seconds, where the metric does not tell when the new floor came into force
_LONGEST_UPDATE = 7200


@dataclass(frozen=True, slots=True)
class Recorded:
    """Demand and floors of all resources of an account's regions, and our changes by ARN.

    ``unsure`` are resources that were changed, and of which nobody knows what they are now, because
    their region did not answer; they are in none of the others. ``left_out`` are those that were
    not read, because neither they nor what shares price tiers with them was changed.
    """

    metered: tuple[Metered, ...]
    changes: Mapping[str, Sequence[FloorChange]]
    problems: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def recorded(
    access: Access,
    reader: JournalReader,
    seen: Snapshot,
    prices: PriceTable,
    *,
    since: datetime,
    until: datetime,
    only_changed: bool = False,
    beside: Collection[str] = (),
) -> Recorded:
    """The past of the places of ``seen`` from ``since`` to ``until``, both on the hour.

    All resources that there are count, changed or not, because they share price tiers; those that
    we deleted meanwhile are found in the journal. What is neither there nor known to be gone is
    named, and not counted. ``only_changed`` leaves out what no change can have saved anything
    for. ``beside`` are other accounts, with figures of their own. Raises JournalUnavailable.
    """
    hours = (until - since).total_seconds() / 3600
    entries = _entries(reader, now=seen.now, hours=hours + 1)
    entries = {arn: own for arn, own in entries.items() if Arn(arn).account not in beside}
    known = {str(one.resource.arn): one.resource for one in seen.seen}
    problems: list[str] = []
    unsure: list[str] = []
    for arn in sorted(set(entries) - set(known)):
        if seen.is_gone(Arn(arn)) is None:
            unsure.append(arn)
            continue
        try:
            known[arn] = _gone(access, entries[arn])
        except AWS_ERRORS as error:
            problems.append(sentence(f"Reading what {arn} was", error))
    elsewhere = _elsewhere(seen, unsure)
    problems += elsewhere
    unsure = [arn for arn in unsure if _looked_at(seen, arn)]
    problems += [
        f"Whether {arn} is still there is not known, as its region does not answer; what it saved "
        "is not counted."
        for arn in unsure
    ]
    wanted, left_out = _of_changed_pools(known, entries, prices) if only_changed else (known, ())
    by_region: dict[str, list[Resource]] = defaultdict(list)
    for resource in wanted.values():
        by_region[resource.region].append(resource)
    metered: list[Metered] = []
    changes: dict[str, list[FloorChange]] = {}
    for region, resources in sorted(by_region.items()):
        metrics = Metrics(access, region)
        apis = apis_with_requests(
            metrics, dict.fromkeys(resources, int(since.timestamp())), int(until.timestamp())
        )
        for at in range(0, len(resources), _AT_ONCE):
            batch = {r: apis[r] for r in resources[at : at + _AT_ONCE]}
            past = _Past(metrics, batch, since, until)
            for resource in batch:
                arn = str(resource.arn)
                metered.append(past.metered(resource, entries.get(arn, ()), prices))
                changes[arn] = past.changes(resource, entries.get(arn, ()))
            problems += past.problems
    return Recorded(tuple(metered), changes, tuple(problems), tuple(unsure), tuple(left_out))


def _of_changed_pools(
    known: Mapping[str, Resource], entries: Mapping[str, Sequence[Entry]], prices: PriceTable
) -> tuple[Mapping[str, Resource], Sequence[str]]:
    """The resources that share price tiers with a changed one, and the ARNs of all others."""
    pools = {arn: (r.region, month.family_of(r, prices)) for arn, r in known.items()}
    changed = {pools[arn] for arn in entries if arn in pools}
    wanted = {arn: resource for arn, resource in known.items() if pools[arn] in changed}
    return wanted, [arn for arn in known if arn not in wanted]


def _looked_at(seen: Snapshot, arn: str) -> bool:
    return Arn(arn).account == seen.account and seen.place(Arn(arn).region) is not None


def _elsewhere(seen: Snapshot, arns: Iterable[str]) -> list[str]:
    """Where else the journal knows of changes: they are not in these figures."""
    others = [Arn(arn) for arn in arns if not _looked_at(seen, arn)]
    places = sorted({f"{arn.region} (account {arn.account})" for arn in others})
    if not places:
        return []
    told = counted(len(others), "changed resource")
    where = ", ".join(places)
    return [f"The journal tells of {told} in {where}, not looked at here and not counted."]


def _entries(reader: JournalReader, *, now: datetime, hours: float) -> dict[str, list[Entry]]:
    """Our announcements by ARN, each once, in time order."""
    names = (*FLOOR_UPDATED_EVENT.values(), *_REMOVED)
    found: dict[str, dict[str, Entry]] = defaultdict(dict)
    for name in names:
        for entry in reader.about(name, now=now, hours=hours):
            # Anybody may put an event on the bus; what names no resource says nothing of ours.
            if entry.name == name and _names_a_resource(entry.arn):
                found[entry.arn].setdefault(entry.request_id or entry.time.isoformat(), entry)
    return {
        arn: sorted(by_id.values(), key=lambda entry: entry.time) for arn, by_id in found.items()
    }


def _names_a_resource(text: str) -> bool:
    try:
        Arn.of_resource(text, kinds=tuple(Kind))
    except InvalidArn:
        return False
    return True


def _gone(access: Access, entries: Sequence[Entry]) -> Resource:
    """A resource that is not there any more, as far as its bill needs it."""
    last = entries[-1]
    arn = Arn(last.arn)
    recipe = last.detail.get("Restore") or {}
    version = recipe.get("solutionVersionArn") if isinstance(recipe, Mapping) else None
    solution = Personalize(access, arn.region).solution(solution_of(version)) if version else None
    return Resource(
        arn=arn,
        name=arn.name,
        kind=Kind(arn.kind),
        status="DELETED",
        floor=last.previous_floor or 1,
        created=datetime.fromtimestamp(0, UTC),
        updated=last.time,
        recipe_arn=solution.recipe_arn if solution else None,
    )


class _Past:
    """Demand and floors of a few resources of one region over a span, read in one go.

    ``apis`` are the operations whose requests make up the demand of each.
    """

    def __init__(
        self,
        metrics: Metrics,
        apis: Mapping[Resource, Sequence[Api]],
        since: datetime,
        until: datetime,
    ) -> None:
        self._requests = {r: [request_query(r, api) for api in apis[r]] for r in apis}
        queries = [q for r in apis for q in (*self._requests[r], _floor(r))]
        self._answers = metrics.read(queries, start=since, end=until, period=SECONDS)
        self._since, self._until = int(since.timestamp()), int(until.timestamp())
        self.problems = [
            f"The demand of {r.arn} is not known for all of the time ({self._unknown(r)})"
            for r in apis
            if self._unknown(r)
        ]

    def _unknown(self, resource: Resource) -> str:
        answers = (self._answers[query] for query in self._requests[resource])
        return next((series.why_unknown for series in answers if not series.known), "")

    def metered(self, resource: Resource, entries: Sequence[Entry], prices: PriceTable) -> Metered:
        """Its demand, and its floors as they were seen; until the first sight as they began."""
        size = (self._until - self._since) // SECONDS
        answers = [self._answers[query] for query in self._requests[resource]]
        requests = requests_in(answers, self._since, size) or [UNKNOWN] * size
        born = max(self._since, int(floor_to(resource.created, SECONDS).timestamp()))
        demand = Demand(self._since, array("f", requests))
        return month.metered(resource, demand, prices, self._floors(resource, entries, born))

    def _floors(
        self, resource: Resource, entries: Sequence[Entry], born: int
    ) -> list[tuple[int, int]]:
        seen = _changes(self._answers[_floor(resource)])
        first = next((e.previous_floor for e in entries if e.previous_floor), None)
        begin = first or (seen[0][1] if seen else resource.floor)
        return [(born, begin), *((at, floor) for at, floor in seen[1:] if at > born)]

    def changes(self, resource: Resource, entries: Sequence[Entry]) -> list[FloorChange]:
        """Our own changes, at the moment at which each came into force."""
        seen = _changes(self._answers[_floor(resource)])
        found = []
        for entry in entries:
            before, at = entry.previous_floor, int(entry.time.timestamp())
            if before is None:
                continue
            removed = _REMOVED.get(entry.name)
            if removed is not None:
                found.append(FloorChange(at, before, 0, removed))
            elif _ours(entry) and entry.floor is not None and entry.floor != before:
                kind = ChangeKind.LOWERED if entry.floor < before else ChangeKind.RAISED
                moment = _in_force(seen, entry.floor, at, self._last_seen(resource))
                if moment is not None:
                    found.append(FloorChange(moment, before, entry.floor, kind))
        return found

    def _last_seen(self, resource: Resource) -> int:
        points = self._answers[_floor(resource)].points
        return points[-1][0] if points else 0


def _ours(entry: Entry) -> bool:
    """Whether it is our decision: the monitor's, or a plan that a person approved."""
    return entry.by_monitor or entry.detail.get("RequestedBy") == "apply"


def _floor(resource: Resource) -> Query:
    dimension = (DIMENSION[resource.kind], str(resource.arn))
    return Query(NAMESPACE, FLOOR_METRIC[resource.kind], dimension, "Average")


def _changes(series: Series) -> list[tuple[int, int]]:
    """(Epoch, floor) at the first sight and at each change.

    A window's floor is read when the window has settled, two windows after its start.
    """
    found: list[tuple[int, int]] = []
    for epoch, value in series.points:
        if not found or found[-1][1] != round(value):
            found.append((epoch + (2 * SECONDS if found else 0), round(value)))
    return found


def _in_force(seen: Sequence[tuple[int, int]], floor: int, asked: int, last: int) -> int | None:
    """When a floor that was asked for at ``asked`` came into force.

    None when it never did, as the metric, seen until ``last``, tells: the update failed.
    """
    if (
        seen
        and last > asked + _LONGEST_UPDATE
        and not any(value == floor and at >= asked - _LONGEST_UPDATE for at, value in seen)
    ):
        return None
    for at, value in seen:
        if value == floor and asked <= at <= asked + _LONGEST_UPDATE:
            return at
    return asked + _UPDATE_TAKES
