"""The mail of the first day: what is watched and found, what will be done, how to try things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from personalize_monitor.aws.events import Event
from personalize_monitor.context.target import Deployment
from personalize_monitor.contract import (
    BUILD_DASHBOARD_EVENT,
    EXEMPT_TAG,
    NOTICE_EVENT,
    TEST_EVENT,
)
from personalize_monitor.model.counted import counted
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.selftest import words
from personalize_monitor.selftest.progress import Progress
from personalize_monitor.settings import Settings

KIND = "first-day"


def greeting(
    progress: Progress,
    fleet: Sequence[Resource],
    in_place: Mapping[str, bool],
    settings: Settings,
    deployment: Deployment,
) -> Event:
    """The notice; ``in_place`` says by ARN whether right-sizing found a floor where it belongs."""
    lines = [
        "What is watched:",
        *(_watched(fleet) or ["Nothing: no campaign or recommender is ACTIVE there."]),
        "",
        "What was found:",
        *_found(fleet, in_place),
        "",
        "What it will do:",
        *promises(settings),
        "",
        "What AWS refuses:",
        *words.lines(progress.report, progress.missing),
        "",
        "How to try things:",
        *_tries(settings),
    ]
    detail = {
        "Kind": KIND,
        "ARN": "",
        "Name": deployment.stack,
        "Region": deployment.home_region,
        "Summary": f"Personalize Monitor watches {_in_all(fleet)}{_but(progress)}.",
        "Reason": f"The deployment {deployment.stack} has run for an hour.",
        "Lines": lines,
    }
    return Event(NOTICE_EVENT, detail)


def _but(progress: Progress) -> str:
    return (
        "" if progress.report.well and not progress.missing else "; some of its calls are refused"
    )


def _in_all(fleet: Iterable[Resource]) -> str:
    kinds = Counter(one.kind for one in fleet)
    said = [
        counted(kinds[kind], str(kind)) for kind in (Kind.CAMPAIGN, Kind.RECOMMENDER) if kinds[kind]
    ]
    return " and ".join(said) if said else "no campaign or recommender yet"


def _watched(fleet: Iterable[Resource]) -> list[str]:
    def place(one: Resource) -> tuple[str, str]:
        return one.arn.account, one.arn.region

    return [
        f"- {region} of account {account}: {_in_all(there)}."
        for (account, region), there in (
            (where, list(found)) for where, found in groupby(sorted(fleet, key=place), key=place)
        )
    ]


def _found(fleet: Sequence[Resource], in_place: Mapping[str, bool]) -> list[str]:
    judged = {str(one.arn): in_place.get(str(one.arn)) for one in fleet}
    high = [one for one in fleet if judged[str(one.arn)] is False]
    right = sum(1 for known in judged.values() if known)
    open_ = len(judged) - len(high) - right
    names = ", ".join(one.name for one in high[:5]) + (" and others" if len(high) > 5 else "")
    found = ["- No floor was found to be higher than its demand needs."]
    if high:
        found = [
            f"- {counted(len(high), 'floor')} higher than the demand of 14 days needed: {names}.",
            "  What was done about them is told in mails of their own.",
        ]
    if right:
        found.append(f"- {counted(right, 'floor')} where the demand needs it.")
    if open_:
        found.append(f"- {counted(open_, 'floor')} not judged yet: too young, or too little known.")
    return found


def promises(settings: Settings) -> list[str]:
    """What the deployment does by itself by these parameters, and what it does not."""
    if not settings.actions:
        return ["- It changes, deletes and stops nothing: Actions is Off."]
    if settings.dry_run:
        return ["- It changes, deletes and stops nothing, and only reports: DryRun is Yes."]
    return [
        _floors(settings),
        _removal(settings, Kind.CAMPAIGN),
        _removal(settings, Kind.RECOMMENDER),
    ]


def _floors(settings: Settings) -> str:
    if not settings.adjust_floor:
        return "- It changes no floor: AutoAdjustCampaignMinProvisionedTPS is No."
    how = "lowers floors, never raises them but to take a lowering of its own back"
    if settings.right_sizing_mode == "follow":
        how = "plans floors ahead of the daily demand, up and down"
    age = counted(settings.adjust_min_age_hours, "hour")
    return f"- It {how} (RightSizingMode is {settings.right_sizing_mode}), from an age of {age} on."


def _removal(settings: Settings, kind: Kind) -> str:
    deletes = kind is Kind.CAMPAIGN
    verb, name = (
        ("deletes", "AutoDeleteIdleCampaigns")
        if deletes
        else (
            "stops",
            "AutoStopIdleRecommenders",
        )
    )
    on = settings.delete_idle_campaigns if deletes else settings.stop_idle_recommenders
    if not on:
        return f"- It {verb} no {kind}: {name} is No."
    grace = settings.idle_grace_hours
    said = f", {counted(grace, 'hour')} after a notice" if grace else ""
    hours = counted(settings.idle_hours, "hour")
    return f"- It {verb} a {kind} without a request in {hours}{said}: {name} is Yes."


def _tries(settings: Settings) -> list[str]:
    doctor = "`personalize-monitor doctor --deployed` lets each function try its permissions again"
    asks = [
        "- `personalize-monitor plan` shows what it would do now, and why; it changes nothing.",
        f"- {doctor}; the event {TEST_EVENT} does the same, and its result comes by mail.",
        f"- The event {BUILD_DASHBOARD_EVENT} writes the dashboard anew.",
        f"- The tag {EXEMPT_TAG} = yes on a campaign or recommender keeps it as it is.",
    ]
    if settings.actions and not settings.dry_run:
        asks.append("- The parameter DryRun = Yes lets it only report for a while.")
    return asks
