"""The monitor's requests to its executors: a decision as an event, in both vocabularies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from personalize_monitor.aws.events import Event
from personalize_monitor.contract import (
    DELETE_CAMPAIGN_EVENT,
    MONTHLY_SAVING_KEY,
    STOP_RECOMMENDER_EVENT,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.decide.considered import Considered
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.demand import Demand

_HOURS_SHOWN = 24


def request_of(considered: Considered, *, now: datetime, saving: float | None = None) -> Event:
    """The event that asks for what was decided, with the measurements that it rests on.

    ``saving`` is in US dollars a month, where it is known.
    The executor looks again before it acts, and does not act when a measurement no longer holds.
    """
    decision = considered.decision
    detail = _common(considered, now)
    if decision.action is Action.SET_FLOOR:
        detail |= _floor(decision, considered.demand)
        name = UPDATE_FLOOR_EVENT[decision.resource.kind]
    else:
        detail |= {
            "IdleCampaignThresholdHours": considered.idle_hours,
            "IdleThresholdHours": considered.idle_hours,
            "TotalRequestsDuringIdleThresholdHours": 0,
            "AllowedPerHour": considered.allowed_per_hour,
        }
        deletes = decision.action is Action.DELETE
        name = DELETE_CAMPAIGN_EVENT if deletes else STOP_RECOMMENDER_EVENT
    if saving is not None:
        detail[MONTHLY_SAVING_KEY] = saving
    detail["Reason"] = decision.reason
    return Event(name, detail, str(decision.resource.arn))


def _common(considered: Considered, now: datetime) -> dict[str, Any]:
    resource = considered.decision.resource
    utilization = considered.sample.utilization(resource.floor)
    age = round(resource.age_hours(now), 2)
    shown = None if utilization is None else round(utilization, 4)
    return {
        "CampaignARN": str(resource.arn),
        "ARN": str(resource.arn),
        "CampaignUtilization": shown,
        "Utilization": shown,
        "CampaignAgeHours": age,
        "AgeHours": age,
    }


def _floor(decision: Decision, demand: Demand | None) -> dict[str, Any]:
    resource = decision.resource
    return {
        "CurrentProvisionedTPS": resource.floor,
        "CurrentMinTPS": resource.floor,
        "MinProvisionedTPS": decision.to_floor,
        "NewMinTPS": decision.to_floor,
        "MinAverageTPS": decision.evidence.get("watermark"),
        "MaxAverageTPS": decision.evidence.get("peak"),
        "Datapoints": _datapoints(demand),
    }


def _datapoints(demand: Demand | None) -> list[dict[str, Any]]:
    """The last day, hour by hour: enough to see why, small enough for an event."""
    if demand is None:
        return []
    return [
        {"Timestamp": datetime.fromtimestamp(start, UTC).isoformat(), "Value": round(rate, 4)}
        for start, rate in demand.hourly()[-_HOURS_SHOWN:]
        if rate == rate  # noqa: PLR0124  NaN marks an unknown hour
    ]
