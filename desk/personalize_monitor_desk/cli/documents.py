"""The parts that JSON documents of several verbs share; their schemas are in ``schemas/``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from personalize_monitor import __version__
from personalize_monitor.model.bill import MONTH_HOURS
from personalize_monitor.model.money import Money
from personalize_monitor.model.resource import State
from personalize_monitor.plan.snapshot import AlarmSeen, Seen, Snapshot
from personalize_monitor.policy.harm import Case
from personalize_monitor.policy.harm.words import told, word_of
from personalize_monitor.policy.risk import AT_RISK, RISK_SURE
from personalize_monitor_desk.advice import Advice
from personalize_monitor_desk.changes.changes import Change, Changes
from personalize_monitor_desk.changes.ledger import Side
from personalize_monitor_desk.standing import standing_of


def form(verb: str) -> dict[str, Any]:
    """What every document begins with; the number grows when a reader would have to change."""
    return {"format": f"personalize-monitor/{verb}/1", "version": __version__}


def head(verb: str, seen: Snapshot) -> dict[str, Any]:
    """Whose account, which regions, which moment."""
    return {
        **form(verb),
        "account": seen.account,
        "at": moment(seen.now),
        "windowStart": moment(seen.window.start),
        "regions": [{"region": place.region, "answered": place.answered} for place in seen.places],
        "pricesAsOf": seen.prices_as_of.isoformat(),
        "moneyBasis": {
            "since": moment(seen.basis[0]),
            "until": moment(seen.basis[1]),
            "hours": MONTH_HOURS,
        },
    }


def totals(seen: Snapshot) -> dict[str, Any]:
    """Sums over all resources."""
    return {
        "resources": len(seen.seen),
        "serving": len(seen.serving),
        "monthlyCost": seen.cost.as_json(),
        "monthlyWaste": seen.waste.as_json(),
    }


def resource(one: Seen) -> dict[str, Any]:
    """One resource with what was measured of it; null is not known or does not apply."""
    what, serves = one.resource, one.resource.state is State.ACTIVE
    return {
        "arn": str(what.arn),
        "name": what.name,
        "kind": str(what.kind),
        "region": what.region,
        "recipe": (what.recipe_arn or "").rpartition("/")[2] or None,
        "datasetGroup": one.dataset_group,
        "status": what.status,
        "state": str(what.state),
        "updating": what.update_pending,
        "stale": what.stale,
        "createdAt": moment(what.created),
        "updatedAt": moment(what.updated),
        "floor": what.floor if serves else None,
        "averageTps": rounded(one.average),
        "utilizationPercent": rounded(one.utilization),
        "hourlyTps": [
            {"start": epoch(start), "tps": rounded(rate)}
            for start, rate in one.demand.hourly()[-24:]
        ],
        "errors24h": {"client": one.errors.client, "server": one.errors.server},
        "alarms": None if one.alarms is None else [_alarm(alarm) for alarm in one.alarms],
        "guards": list(one.guards),
        "standing": str(standing_of(one)),
        "lastLowering": None if one.case is None else _case(one.case),
        "monthlyCost": one.figures.cost.as_json(),
        "monthlyWaste": one.figures.waste.as_json(),
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "at": epoch(case.opened),
        "fromFloor": case.compare_floor,
        "floor": case.floor,
        "by": str(case.by),
        "verdict": str(word_of(case)),
        "told": told(case),
    }


def _alarm(alarm: AlarmSeen) -> dict[str, Any]:
    return {
        "name": alarm.name,
        "about": str(alarm.sort),
        "state": alarm.state,
        "actionsEnabled": alarm.speaks,
        "muted": alarm.muted,
        "since": None if alarm.since is None else moment(alarm.since),
    }


def advised(one: Advice) -> dict[str, Any]:
    """One action, or one that is held back."""
    return {
        "arn": str(one.seen.resource.arn),
        "action": str(one.action),
        "floor": one.seen.resource.floor,
        "toFloor": one.to_floor,
        "monthlySaving": None if one.held_by else one.saving.as_json(),
        "fingerprint": one.item.fingerprint,
        "reason": one.decision.reason,
        "atRiskPercent": one.decision.evidence.get(AT_RISK),
        "riskSure": one.decision.evidence.get(RISK_SURE),
        "lastLowering": None if one.seen.case is None else _case(one.seen.case),
        "heldBy": one.held_by or None,
        "evidence": dict(one.decision.evidence),
    }


def ledger(found: Changes) -> dict[str, Any]:
    """The ledger of harm: changes and sums."""
    sums = found.totals
    return {
        "since": moment(found.since),
        "changes": [change(one) for one in found.changes],
        "totals": {
            "changes": len(found.changes),
            "withoutEvidence": found.unread,
            "asked": sums.asked,
            "refused": sums.refused,
            "failed": sums.failed,
            "extra": rounded(sums.extra),
            "hurt": sums.hurt,
            "harmless": sums.harmless,
            "notYetKnown": sums.unknown,
            "hurtingNow": found.hurting,
            "saved": found.saved.as_json(),
        },
    }


def change(one: Change) -> dict[str, Any]:
    """One change; null is not known, or does not apply."""
    case, row = one.case, one.row
    return {
        "arn": case.arn,
        "openedAt": epoch(case.opened),
        "inForceSince": epoch(case.landed),
        "inForce": one.in_force,
        "by": str(case.by),
        "fromFloor": case.from_floor,
        "floor": case.floor,
        "comparedWithFloor": case.compare_floor,
        "state": str(case.state),
        "verdict": str(row.word),
        "reason": row.reason,
        "told": told(case),
        "before": None if one.unread else _side(row.before),
        "after": None if one.unread else _side(row.after),
        "extra": None if one.unread else rounded(row.extra),
        "saved": money(one.saving),
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "asked": side.asked,
        "refused": side.refused,
        "failed": side.failed,
        "p90Ms": rounded(side.p90),
        "unknownWindows": side.unknown,
    }


def dumped(document: Mapping[str, Any]) -> str:
    """JSON text, the same for the same values."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def money(amount: Money | None) -> dict[str, Any] | None:
    """An amount, or null where none applies."""
    return None if amount is None else amount.as_json()


def moment(when: datetime) -> str:
    """ISO time in UTC with a Z."""
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def epoch(seconds: int) -> str:
    """The same for epoch seconds."""
    return moment(datetime.fromtimestamp(seconds, UTC))


def rounded(value: float | None) -> float | None:
    """Six decimals; null where it is unknown."""
    return None if value is None or value != value else round(value, 6)  # noqa: PLR0124
