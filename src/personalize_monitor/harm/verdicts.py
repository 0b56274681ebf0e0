"""What follows from a verdict, as events: the request to take a lowering back, and the notice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.events import Event
from personalize_monitor.contract import (
    NOTICE_EVENT,
    STEP_BACK_KEY,
    UPDATE_FLOOR_EVENT,
    VERDICT_KIND,
)
from personalize_monitor.journal.docket import File
from personalize_monitor.journal.notice import notice
from personalize_monitor.model.resource import Resource
from personalize_monitor.policy.harm import Case, Memory, Word, words

HOLD = timedelta(days=7)


def step_back(resource: Resource, file: File, now: datetime) -> Event:
    """The request for a floor known to carry; it rests on the floor in force, looked at again."""
    case = file.case
    assert case is not None
    assert case.verdict is not None
    back_to = file.memory.hurts[-1].back_to
    detail: dict[str, Any] = {
        "CampaignARN": str(resource.arn),
        "ARN": str(resource.arn),
        "CurrentProvisionedTPS": case.floor,
        "CurrentMinTPS": case.floor,
        "MinProvisionedTPS": back_to,
        "NewMinTPS": back_to,
        "HoldUntil": (now + HOLD).isoformat(),
        STEP_BACK_KEY: True,
        "Reason": (
            f"A step back: the floor was {words.told(case)} A floor of {back_to} is put back, and "
            f"left alone until {now + HOLD:%Y-%m-%d}."
        ),
    }
    return Event(UPDATE_FLOOR_EVENT[resource.kind], detail, str(resource.arn))


def verdict_notice(resource: Resource, case: Case, memory: Memory) -> Event:
    """What people should know of a change: its verdict, with figures."""
    verdict = case.verdict
    assert verdict is not None
    figures = verdict.figures
    hurt = verdict.word is Word.HURT
    if hurt and case.ours:
        after = f"It goes back to {memory.hurts[-1].back_to}."
    elif hurt:
        after = f"It was set by {words.WHO[case.by]} and is left to its owner."
    else:
        after = "It is watched on until the floor changes again."
    summary = f"{resource.kind} {resource.name} in {resource.region} was {words.told(case)}"
    reason = (
        f"Of {figures.asked:,.0f} requests above the floor, {figures.bad:,.0f} were refused or "
        f"failed ({figures.share:.1%}; {figures.usual_share:.1%} is usual). {after}"
    )
    detail = notice(VERDICT_KIND, resource, summary, reason)
    detail["Verdict"] = str(verdict.word)
    detail["RequestedBy"] = str(case.by)
    detail["NewMinTPS"] = case.floor
    detail["PreviousMinTPS"] = case.compare_floor
    return Event(NOTICE_EVENT, detail, str(resource.arn))
