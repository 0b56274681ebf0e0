"""Read the story off the stage: from the bus, the mailbox, CloudWatch and Personalize."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from aws_sandbox.fleet import Member
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.collect.measure import request_query
from personalize_monitor.contract import (
    ALARM_PREFIX,
    CAMPAIGN_DELETED_EVENT,
    EVENT_SOURCE,
    FLOOR_UPDATED_EVENT,
    RECOMMENDER_STOPPED_EVENT,
)
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.bill import bill
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.floors import Floors
from personalize_monitor.model.metered import Metered
from personalize_monitor.model.money import Money
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.model.recipe import ALL_APIS
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.window import SECONDS
from personalize_monitor.plan.snapshot import Question, Snapshot, take_snapshot
from personalize_monitor.plan.snapshot.month import metered
from personalize_monitor.plan.snapshot.words import recipe_name
from personalize_monitor.settings import load
from personalize_monitor_desk.cli.demo.story import (
    Change,
    Character,
    Firing,
    Mail,
    Story,
    firings_of,
    mail_of,
)
from personalize_monitor_desk.cli.demo_environment import EMAIL, DemoEnvironment

_REMOVED = (CAMPAIGN_DELETED_EVENT, RECOMMENDER_STOPPED_EVENT)
_CHANGED = (*FLOOR_UPDATED_EVENT.values(), *_REMOVED)


def begin_of(stage: DemoEnvironment) -> dict[str, Resource]:
    """The fleet as it is before anything happens, by ARN."""
    return {
        member.arn: Resource(
            arn=Arn(member.arn),
            name=Arn(member.arn).name,
            kind=Kind(member.kind),
            status="ACTIVE",
            floor=member.floor,
            created=stage.sandbox.now,
            updated=stage.sandbox.now,
            recipe_arn=f"arn:aws:personalize:::recipe/{member.recipe}",
        )
        for member in stage.members
    }


def told(stage: DemoEnvironment, begin: datetime) -> Story:
    """The story from ``begin`` until now."""
    sandbox, prices = stage.sandbox, load_prices()
    now = sandbox.now
    before = begin_of(stage)
    changes = _changes(stage, before)
    demands = _demands(stage, before.values(), begin, now)
    seen = _look(stage, now, prices)
    mails, mailed = _mails(stage)
    bills = _bills(stage, before, changes, demands, prices)
    return Story(
        begin=begin,
        end=now,
        seed=sandbox.world.seed,
        cast=_cast(stage.members, before, demands, changes, seen),
        changes=changes,
        firings=_firings(stage, mailed),
        mails=mails,
        bill=bills[0],
        bill_without=bills[1],
        saved=bills[2],
        cycles=len(sandbox.invocations("MonitorFunction")),
        failures=sum(1 for one in sandbox.invocations() if not one.ok),
        calls=sum(one.calls for one in sandbox.invocations()),
    )


def _look(stage: DemoEnvironment, now: datetime, prices: PriceTable) -> Snapshot:
    regions = tuple(sorted({member.region for member in stage.members}))
    question = Question(regions=regions, now=now, settings=load({}), prices=prices)
    return take_snapshot(stage.access, question)


def _events(
    stage: DemoEnvironment, source: str
) -> Iterable[tuple[datetime, str, Mapping[str, Any]]]:
    for record in stage.sandbox.events_log:
        if record.event.get("source") == source:
            yield record.time, record.region, record.event


def _changes(stage: DemoEnvironment, before: Mapping[str, Resource]) -> list[Change]:
    """What the announcements say, in time order."""
    floors = {arn: resource.floor for arn, resource in before.items()}
    found = []
    for time, _, event in _events(stage, EVENT_SOURCE):
        name, detail = event["detail-type"], event["detail"]
        if name not in _CHANGED:
            continue
        arn = str(detail["ARN"])
        after = 0 if name in _REMOVED else int(detail["NewMinTPS"])
        found.append(Change(time, arn, floors.get(arn, 1), after, str(detail["Reason"])))
        floors[arn] = after
    # Regions are worked on side by side: who was first at the same time says nothing.
    return sorted(found, key=lambda change: (change.time, change.arn))


def _demands(
    stage: DemoEnvironment, resources: Iterable[Resource], begin: datetime, end: datetime
) -> dict[str, Demand]:
    """Requests since ``begin`` from CloudWatch, which outlive their resource."""
    found: dict[str, Demand] = {}
    by_region: dict[str, list[Resource]] = {}
    for resource in resources:
        by_region.setdefault(resource.region, []).append(resource)
    for region, members in by_region.items():
        metrics = Metrics(stage.access, region)
        queries = {r: [request_query(r, api) for api in ALL_APIS] for r in members}
        answers = metrics.read(
            (query for asked in queries.values() for query in asked),
            start=begin,
            end=end,
            period=SECONDS,
        )
        for resource, asked in queries.items():
            sums: dict[int, float] = {}
            for query in asked:
                for epoch, value in answers[query].points:
                    sums[epoch] = sums.get(epoch, 0.0) + value
            found[str(resource.arn)] = Demand.from_points(
                sums.items(),
                start=int(begin.timestamp()),
                end=int(end.timestamp()),
                missing=0.0,
            )
    return found


def _cast(
    members: Sequence[Member],
    before: Mapping[str, Resource],
    demands: Mapping[str, Demand],
    changes: Sequence[Change],
    seen: Snapshot,
) -> list[Character]:
    present = {str(one.resource.arn): one for one in seen.seen}
    gone = {change.arn for change in changes if change.after == 0}
    cast = []
    for member in members:
        resource, one = before[member.arn], present.get(member.arn)
        there = one is not None and member.arn not in gone
        cast.append(
            Character(
                arn=member.arn,
                name=resource.name,
                kind=member.kind,
                region=member.region,
                recipe=recipe_name(resource),
                floor_before=member.floor,
                floor_now=one.resource.floor if one is not None and there else None,
                demand=demands[member.arn],
                seen=one if there else None,
            )
        )
    return cast


def _mails(stage: DemoEnvironment) -> tuple[list[Mail], set[tuple[str, str, datetime]]]:
    """What reached the person, and which firings (region, alarm, time) were among it."""
    mails, firings = [], set()
    for message in stage.sandbox.mailbox.delivered_to(EMAIL):
        mails.append(mail_of(message.time, message.region, message.subject, message.message))
        if message.message.lstrip().startswith("{"):
            alarm = json.loads(message.message)
            if alarm.get("NewStateValue") == "ALARM":
                firings.add((message.region, str(alarm.get("AlarmName")), message.time))
    return sorted(mails, key=lambda mail: (mail.time, mail.region, mail.subject)), firings


def _firings(stage: DemoEnvironment, mailed: set[tuple[str, str, datetime]]) -> list[Firing]:
    changes = [
        (time, region, str(event["detail"]["alarmName"]), str(event["detail"]["state"]["value"]))
        for time, region, event in _events(stage, "aws.cloudwatch")
        if str(event["detail"].get("alarmName", "")).startswith(ALARM_PREFIX)
    ]
    return firings_of(sorted(changes), mailed)


def _bills(
    stage: DemoEnvironment,
    before: Mapping[str, Resource],
    changes: Sequence[Change],
    demands: Mapping[str, Demand],
    prices: PriceTable,
) -> tuple[Money, Money, Money]:
    """The estimated bill of the days lived, that at the first floors, and the known difference."""
    with_: list[Metered] = []
    without: list[Metered] = []
    update = int(stage.sandbox.world.timings.update.total_seconds())
    for arn, resource in before.items():
        demand = demands[arn]
        start: Floors = ((demand.start, resource.floor),)
        # A new floor is in force when its update is done; a deletion counts at once.
        line = [
            (int(c.time.timestamp()) + (update if c.after else 0), c.after)
            for c in changes
            if c.arn == arn
        ]
        for bills, floors in ((with_, (*start, *line)), (without, start)):
            bills.append(metered(resource, demand, prices, floors))
    paid, spared = bill(with_, prices), bill(without, prices)
    saved = Money.total(spared.of(arn).cost - paid.of(arn).cost for arn in before)
    return paid.cost, spared.cost, saved
