"""Tell people what guards hold back, and why: one notice for a region, and once a day for each.

Off unless ``NotifyHeldBack`` is Yes: most holds are what somebody wanted, and the plan shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from personalize_monitor.aws.events import Event
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Target
from personalize_monitor.contract import NOTICE_EVENT
from personalize_monitor.decide.considered import Considered
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.journal.notice import notice
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.policy.outage import DOUBTFUL

HELD_KIND = "held-back"
_A_DAY = timedelta(days=1)
_SHOWN = 20
_REMOVALS = frozenset({str(Action.DELETE), str(Action.STOP)})


def held_notice(
    considered: Iterable[Considered],
    target: Target,
    reader: JournalReader,
    memory: Memory,
    now: datetime,
) -> Event | None:
    """The notice about what is newly held in a place, or None when people know all of it.

    Raises JournalUnavailable after a cold start, when it cannot be known what they were told.
    """
    holding = [one.decision for one in considered if one.decision.held_by]
    holding = [one for one in holding if not _has_its_own(one)]
    if not holding:
        return None
    place = (target.account, target.region)
    told = memory.told_held.get(place)
    if told is None:
        told = memory.told_held[place] = _told(target, reader, now)
    new = [one for one in holding if now - told.get(_key(one), now - _A_DAY) >= _A_DAY]
    if not new:
        return None
    told.update({_key(one): now for one in new})
    return _notice(new, target)


def _has_its_own(decision: Decision) -> bool:
    """Whether another notice tells of it."""
    removes = decision.evidence.get("would") in _REMOVALS
    return decision.held_by == "grace" or (decision.held_by == DOUBTFUL and removes)


def _told(target: Target, reader: JournalReader, now: datetime) -> dict[str, datetime]:
    """What people were told in the last day, by resource and guard, from the journal."""
    told: dict[str, datetime] = {}
    for entry in reader.about(HELD_KIND, now=now, hours=24):
        held = entry.detail.get("Held")
        if entry.name == NOTICE_EVENT and isinstance(held, list):
            told.update({str(key): entry.time for key in held})
    mine = f":{target.region}:{target.account}:"
    return {key: moment for key, moment in told.items() if mine in key}


def _key(decision: Decision) -> str:
    return f"{decision.resource.arn} {decision.held_by}"


def _notice(new: Sequence[Decision], target: Target) -> Event:
    shown = " ".join(f"{one.resource.name} ({one.held_by}): {one.reason}" for one in new[:_SHOWN])
    more = f" And {len(new) - _SHOWN} more." if len(new) > _SHOWN else ""
    what = "1 resource is" if len(new) == 1 else f"{len(new)} resources are"
    detail = notice(
        HELD_KIND,
        new[0].resource,
        f"{what} left alone in {target.region} for now.",
        f"{shown}{more}",
    )
    detail["Held"] = [_key(one) for one in new]
    return Event(NOTICE_EVENT, detail, str(new[0].resource.arn))
