"""A look at an account that never changes, for tables and pages to be held against."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from personalize_monitor.alarms.names import Sort
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.sample import Sample, unknown
from personalize_monitor.model.window import SECONDS, Window
from personalize_monitor.plan.snapshot import AlarmSeen, Errors, Place, Seen, Snapshot
from personalize_monitor.plan.snapshot.month import figures

NOW = datetime(2026, 3, 10, 12, 2, tzinfo=UTC)
WINDOW = Window.settled(NOW, timedelta(minutes=5))
ACCOUNT = "123456789012"


def resource(name: str, kind: Kind = Kind.CAMPAIGN, **more: object) -> Resource:
    """A resource of the cast."""
    region = str(more.pop("region", "us-east-1"))
    recipe = more.pop("recipe", "aws-user-personalization-v2")
    values: dict[str, object] = {
        "status": "ACTIVE",
        "floor": 10,
        "created": NOW - timedelta(days=60),
        "updated": NOW - timedelta(days=60),
        "recipe_arn": f"arn:aws:personalize:::recipe/{recipe}" if recipe else None,
        **more,
    }
    arn = Arn(f"arn:aws:personalize:{region}:{ACCOUNT}:{kind}/{name}")
    return Resource(arn=arn, name=name, kind=kind, **values)  # type: ignore[arg-type]


def demand(days: int, *rates: float) -> Demand:
    """Days whose hours have the given TPS, repeated; ends with the last settled window."""
    count = days * 288
    end = int(WINDOW.end.timestamp())
    sums = tuple(rates[index // 12 % len(rates)] * SECONDS for index in range(count))
    return Demand(end - count * SECONDS, sums)


def seen(what: Resource, past: Demand, decision: Decision | None = None, **more: object) -> Seen:
    """What is seen of a resource with a past."""
    last = past.sums[-1] if past.sums else UNKNOWN
    known = Sample(last) if last == last else unknown("CloudWatch did not answer completely.")  # noqa: PLR0124
    values: dict[str, object] = {
        "errors": Errors(0.0, 0.0),
        "alarms": (),
        "guards": (),
        "floors": ((past.start, what.floor),),
        **more,
    }
    decided = {what: decision} if decision else {}
    money = figures({what: past}, decided, load_prices())[what]
    return Seen(
        resource=what,
        sample=known,
        demand=past,
        figures=money,
        decision=decision,
        **values,  # type: ignore[arg-type]
    )


def fleet(days: int = 1) -> tuple[Seen, ...]:
    """A little of everything: wasteful, busy, idle, unknown, stopped, failed, of unknown recipe."""
    wasteful, busy = resource("home-page-for-you", floor=20), resource("search", floor=2)
    idle = resource("spring-launch", floor=3, recipe="aws-trending-now")
    blind = resource("a-very-long-name-that-somebody-gave-to-a-campaign-in-a-hurry", floor=4)
    young = resource("new-here", floor=5, created=NOW - timedelta(hours=2))
    lowered = Decision(
        wasteful,
        Action.SET_FLOOR,
        "The quietest of 335 known hours used 2.19 TPS, and the floor is 20: lower it to 3.",
        to_floor=3,
        evidence={"watermark": 2.19},
    )
    gone = Decision(idle, Action.DELETE, "No request came in the last 24 hours: delete it.")
    held = leave(
        young, "It is 2.0 hours old; floors are left alone for the first 24.", held_by="young"
    )
    alarm = AlarmSeen(
        "PersonalizeMonitor-LowCampaignUtilization-home-page-for-you",
        Sort.LOW,
        "ALARM",
        speaks=True,
        muted=False,
        since=NOW - timedelta(hours=3),
    )
    day = (2.2, 2.3, 3.0, 5.0, 9.5, 14.0, 13.0, 7.0)
    return (
        seen(blind, Demand(demand(days, 1.0).start, (UNKNOWN,) * days * 288), alarms=None),
        seen(wasteful, demand(days, *day), lowered, alarms=(alarm,)),
        seen(young, demand(days, 0.5), held, guards=("young",)),
        seen(busy, demand(days, 2.0, 2.5), errors=Errors(1604.0, 2.0)),
        seen(idle, demand(days, 0.0), gone),
        seen(
            resource("bought-together", Kind.RECOMMENDER, floor=1, recipe="aws-ecomm-x"),
            demand(days, 0.4),
            guards=("busy",),
        ),
        seen(
            resource("paused", Kind.RECOMMENDER, status="INACTIVE", region="eu-west-1"),
            Demand(0, ()),
            errors=Errors(None, None),
        ),
        seen(
            resource("broken", status="CREATE FAILED", region="eu-west-1"),
            Demand(0, ()),
            errors=Errors(None, None),
        ),
    )


def the_look(days: int = 1, *, everything: tuple[Seen, ...] | None = None) -> Snapshot:
    """The whole account."""
    cast = fleet(days) if everything is None else everything
    regions = sorted({one.resource.region for one in cast} or {"us-east-1"})
    places = tuple(
        Place(region, tuple(one for one in cast if one.resource.region == region))
        for region in regions
    )
    return Snapshot(
        account=ACCOUNT,
        now=NOW,
        window=WINDOW,
        span=timedelta(days=days),
        places=places,
        prices_as_of=date(2026, 7, 1),
    )
