"""What a look, a journal and a deployment hold, made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.support import ACCOUNT, HOME, a_resource

from personalize_monitor.alarms.names import Sort
from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.entry import Entry
from personalize_monitor.model.money import Money
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.sample import Sample, unknown
from personalize_monitor.model.window import Window
from personalize_monitor.plan.snapshot import AlarmSeen, Errors, Figures, Place, Seen, Snapshot
from personalize_monitor.plan.snapshot.values import DAY

NOW = datetime(2026, 3, 2, 10, 2, tzinfo=UTC)
WINDOW = Window(datetime(2026, 3, 2, 9, 50, tzinfo=UTC))
ADDRESS = "127.0.0.1:8321"
OUR_PAGE = f"http://{ADDRESS}"
NO_ERRORS = Errors(0.0, 0.0)
PRICES_OF = date(2026, 1, 31)
ARN = f"arn:aws:personalize:{HOME}:{ACCOUNT}:campaign/shoes"
SHOES = f"/r/{HOME}/campaign/shoes"
PAGES = ("/", "/plan", "/savings", "/events", SHOES)
PARTS = ("/fleet/rows", "/plan/live", "/savings/rows", "/events/rows", "/pulse", f"{SHOES}/live")
STACK = StackInfo(
    "monitor",
    HOME,
    {},
    {
        "PrewarmScheduleGroup": "prewarms",
        "PrewarmRoleArn": f"arn:aws:iam::{ACCOUNT}:role/prewarm",
        "DeadLettersArn": f"arn:aws:sqs:{HOME}:{ACCOUNT}:dead",
        "JournalLogGroup": "",
    },
)
PREWARM = {
    "floor": "30",
    "begin": "2026-03-03T08:00",
    "until": "2026-03-03T12:00",
    "lead": "30",
}


def usd(dollars: float | str) -> Money:
    """A known amount from a dated price list."""
    return Money.usd(str(dollars), as_of=PRICES_OF)


def a_day(requests: float | None = 300.0) -> Demand:
    """24 hours up to the last settled window, each with as many requests; None is unknown."""
    start = int((WINDOW.end - DAY).timestamp())
    return Demand(start, (UNKNOWN if requests is None else requests,) * 288)


def seen(
    name: str = "shoes",
    kind: Kind = Kind.CAMPAIGN,
    *,
    requests: float | None = 300.0,
    demand: Demand | None = None,
    errors: Errors = NO_ERRORS,
    alarms: Sequence[AlarmSeen] | None = (),
    guards: Sequence[str] = (),
    cost: Money | None = None,
    waste: Money | None = None,
    saving: Money | None = None,
    decide: Callable[..., Decision] | None = None,
    group: str | None = "arn:aws:personalize:us-east-1:123456789012:dataset-group/shop",
    **resource: Any,
) -> Seen:
    """One resource that served ``requests`` in each five minutes of the day (None: unknown)."""
    if "arn" not in resource:
        what = a_resource(name, kind, **resource)
    else:
        what = replace(a_resource("x", kind), name=name, **resource)
    known = a_day(requests) if demand is None else demand
    last = known.sums[-1] if known.sums else UNKNOWN
    return Seen(
        resource=what,
        sample=unknown("CloudWatch did not answer.") if last != last else Sample(last),  # noqa: PLR0124  NaN
        demand=known,
        floors=((known.start, what.floor),),
        errors=errors,
        alarms=None if alarms is None else tuple(alarms),
        guards=tuple(guards),
        figures=Figures(
            usd(100) if cost is None else cost, usd(40) if waste is None else waste, saving
        ),
        decision=decide(what) if decide else None,
        dataset_group=group,
    )


def look(
    *all_seen: Seen, problems: Mapping[str, Sequence[str]] | None = None, now: datetime = NOW
) -> Snapshot:
    """What was seen, in its regions; ``problems`` by region, which has no answer if nothing is."""
    regions = sorted({one.resource.region for one in all_seen} | set(problems or {}))
    return Snapshot(
        account=ACCOUNT,
        now=now,
        window=Window.settled(now, timedelta(minutes=5)),
        span=DAY,
        places=tuple(
            Place(
                region,
                found := tuple(one for one in all_seen if one.resource.region == region),
                tuple((problems or {}).get(region, ())),
                answered=bool(found) or not (problems or {}).get(region),
            )
            for region in regions
        ),
        prices_as_of=PRICES_OF,
    )


def entry(name: str, minutes: float = 0.0, arn: str = ARN, **detail: Any) -> Entry:
    """One record of the journal, so many minutes before now."""
    return Entry(NOW - timedelta(minutes=minutes), name, arn, {"ARN": arn, **detail})


def lower(name: str, saving: Money | None = None, **more: Any) -> Seen:
    """A resource whose floor would be lowered."""
    return seen(
        name,
        decide=lambda r: Decision(r, Action.SET_FLOOR, f"{name} is quiet.", 3),
        saving=saving,
        **more,
    )


def held(name: str, guard: str = "young", **evidence: Any) -> Seen:
    """A resource of which something is held back."""
    return seen(
        name,
        decide=lambda r: Decision(r, Action.LEAVE, f"{name} waits.", None, evidence, guard),
    )


def right(name: str) -> Seen:
    """A resource that is left alone."""
    return seen(name, decide=lambda r: Decision(r, Action.LEAVE, "It is right."))


FINE = AlarmSeen("c", Sort.LOW, "OK", speaks=True, muted=False, since=NOW)
IN_ALARM = AlarmSeen("a", Sort.IDLE, "ALARM", speaks=True, muted=False, since=None)
FLEET = (
    seen("anorak", requests=30.0, floor=9, cost=usd(90), waste=usd(70)),
    seen("Boots", requests=None, floor=2, cost=Money.not_known(), waste=Money.not_known()),
    seen("cap", requests=0.0, floor=5, cost=usd(10), waste=usd(10), region="eu-west-1"),
    seen(
        "duffle",
        Kind.RECOMMENDER,
        requests=900.0,
        floor=1,
        errors=Errors(5.0, 0.0),
        alarms=[IN_ALARM],
        status="ACTIVE",
        recipe_arn="arn:aws:personalize:::recipe/aws-ecomm-popular-items-by-views",
        group="arn:aws:personalize:us-east-1:123456789012:dataset-group/winter",
    ),
    seen("earmuffs", status="INACTIVE", cost=usd(0), waste=usd(0), region="eu-west-1"),
)
"""Five resources that differ in everything that one can search, sort or narrow by."""
