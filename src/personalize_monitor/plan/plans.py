"""The one way to a plan for whoever sits at a desk, and from an approved one to what was done.

The command, the console, the report and the savings all draw their plan here, with the cycle's own
decision code, so that they show the same. Nothing drifts unseen: what was approved is named by
fingerprint, and each item is applied only if its resource is as it was shown and if the same code,
asked again, would still do at least as much. The executor then looks once more.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from personalize_monitor.aws.caller import caller
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, is_not_found, sentence
from personalize_monitor.clock import EventTime, RealTime
from personalize_monitor.errors import InvalidRequest, Unannounced, Unavailable
from personalize_monitor.execute.action_requests import ActionRequest
from personalize_monitor.execute.actions import Executor
from personalize_monitor.execute.outcome import Outcome, Result, done_untold
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.decision import Action
from personalize_monitor.model.plan import Plan, PlanItem, Sighting
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.snapshot import Question, Snapshot, take_snapshot
from personalize_monitor.settings import Settings, load

_FINDINGS = {"AutoDeleteIdleCampaigns": "Yes", "AutoStopIdleRecommenders": "Yes"}


class Fate(enum.StrEnum):
    """What became of one item of a plan."""

    DONE = "done"
    DRIFTED = "drifted"
    """The world has moved since the plan was made; nothing was changed."""
    REFUSED = "refused"
    """The executor found that it may or need not be done."""
    FAILED = "failed"
    """It could not be done, or it is not known whether it was."""
    NOT_INCLUDED = "not-included"
    """A deletion or stop, which nobody asked for by its own switch."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One resource, what was to be done about it, what became of that, and why in a sentence."""

    arn: str
    what: str
    fate: Fate
    message: str

    @classmethod
    def of(cls, item: PlanItem, fate: Fate, message: str) -> Applied:
        """What became of an item."""
        return cls(item.arn, item.what, fate, message)


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person approved: a resource, by the fingerprint of the item that they were shown."""

    arn: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan, and the look at the account that it was drawn from."""

    look: Snapshot
    plan: Plan


def finding_settings() -> Settings:
    """The defaults, with idle resources treated as findings: a look changes nothing anyway."""
    return load(_FINDINGS)


def draw(
    operator: Operator,
    *,
    regions: Iterable[str],
    now: datetime,
    prices: PriceTable,
    past: bool = False,
    groups: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> Drawn:
    """What the deployed cycle would do about everything now, were everything's turn now.

    The deployment's parameters and journal count; where nothing is deployed, ``finding_settings``
    and the desk's file. ``past`` says that ``now`` is not the present.
    """
    deployed = operator.stack is not None
    question = Question(
        regions=tuple(regions),
        now=now,
        settings=operator.settings if deployed else finding_settings(),
        prices=prices,
        depth="fortnight",
        past=past,
        reader=operator.reader,
        deployed=deployed,
        groups=groups,
        progress=progress,
    )
    seen = take_snapshot(operator.access, question)
    return Drawn(seen, plan_of(seen))


def plan_of(seen: Snapshot) -> Plan:
    """The plan in a look that drew decisions."""
    items = [
        PlanItem.of(one.decision, one.figures.saving)
        for one in seen.seen
        if one.decision is not None
    ]
    return Plan.of(seen.account, seen.now, items, seen.problems)


def chosen(plan: Plan, only: Collection[str]) -> tuple[PlanItem, ...]:
    """The items to apply: all that act, or those of the ARNs given.

    Raises InvalidRequest for an ARN that the plan does not act on.
    """
    if not only:
        return plan.acting
    known = {item.arn: item for item in plan.acting}
    for arn in only:
        if arn not in known:
            held = next((item for item in plan.held if item.arn == arn), None)
            why = f": {held.reason}" if held else "."
            raise InvalidRequest(f"The plan changes nothing about {arn}{why}")
    return tuple(known[arn] for arn in dict.fromkeys(only))


def approved(
    plan: Plan, approvals: Iterable[Approval]
) -> tuple[tuple[PlanItem, ...], tuple[Applied, ...]]:
    """The items of ``plan`` that are what was approved, and the approvals that match none."""
    known = {(item.arn, item.fingerprint): item for item in plan.acting}
    present = {item.arn: item for item in plan.items}
    items, moved = [], []
    for one in dict.fromkeys(approvals):
        item = known.get((one.arn, one.fingerprint))
        if item is not None:
            items.append(item)
        else:
            moved.append(_not_as_shown(one, present.get(one.arn)))
    return tuple(items), tuple(moved)


def _not_as_shown(approval: Approval, now: PlanItem | None) -> Applied:
    if now is None:
        by_now = "it is not in the plan any more."
    else:
        by_now = f"by now the plan says: {now.what}. {now.reason}"
    message = f"{approval.arn} is not as it was shown: {by_now} Nothing was done; look again."
    return Applied(approval.arn, "", Fate.DRIFTED, message)


def apply(
    operator: Operator,
    plan: Plan,
    items: Collection[PlanItem],
    fresh: Plan,
    *,
    now: datetime,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Applied]:
    """Carry out ``items`` of ``plan`` with the desk's credentials, one after the other.

    ``fresh`` is a plan drawn just now, which tells whether the reasons still hold. Raises, before
    anything is changed, InvalidRequest when the plan is of another account, and JournalUnavailable
    where nothing could be undone.
    """
    if plan.account != operator.access.account:
        raise InvalidRequest(
            f"The plan is of account {plan.account}, and these credentials are of "
            f"{operator.access.account}; use those of the plan's account."
        )
    operator.check()
    executor = Executor(
        operator.access,
        operator.announcer,
        operator.reader,
        actions=operator.settings.actions,
        now=RealTime(now),
    )
    who = caller(operator.access)
    present = {item.arn: item for item in fresh.items}
    removals = sum(item.removes for item in items)
    applied: list[Applied] = []
    for number, item in enumerate(items):
        progress(Arn(item.arn).name)
        request = replace(
            _order(item, now, removals),
            id=f"apply-{plan.hash[:12]}-{number}",
            reason=f"{item.reason} Applied from a plan by {who or 'a person'}.",
            by=who,
        )
        applied.append(_one(operator, executor, item, present.get(item.arn), request))
    return applied


def _one(
    operator: Operator,
    executor: Executor,
    item: PlanItem,
    fresh: PlanItem | None,
    request: ActionRequest,
) -> Applied:
    try:
        moved = _moved(operator, item, fresh)
        if moved:
            message = f"{item.arn} has moved since the plan: {moved}."
            return Applied.of(item, Fate.DRIFTED, message)
        done = _carry_out(executor, item, request)
    except Unannounced as problem:
        return Applied.of(item, Fate.DONE, done_untold(request, problem))
    except (Unavailable, InvalidRequest, *AWS_ERRORS) as problem:
        return Applied.of(item, Fate.FAILED, str(problem))
    fate = Fate.DONE if done.result is Result.DONE else Fate.REFUSED
    return Applied.of(item, fate, done.message)


def _moved(operator: Operator, item: PlanItem, fresh: PlanItem | None) -> str:
    """What is different from what the plan saw, in words; empty when nothing is."""
    arn = Arn(item.arn)
    try:
        current = Personalize(operator.access, arn.region).resource(arn)
    except AWS_ERRORS as error:
        if is_not_found(error):
            return "it does not exist any more"
        raise Unavailable(sentence(f"Reading {arn}", error)) from error
    if differs := item.seen.differs(Sighting.of(current)):
        return differs
    return "it could not be looked at again" if fresh is None else _decided_otherwise(item, fresh)


def _decided_otherwise(item: PlanItem, fresh: PlanItem) -> str:
    why = fresh.reason.rstrip(".")
    if fresh.action is not item.action:
        return f"the decision now is: {fresh.what}. {why}"
    if item.to_floor is not None and (fresh.to_floor or 0) > item.to_floor:
        return f"its floor would now become {fresh.to_floor}, not {item.to_floor}. {why}"
    if fresh.idle_hours != item.idle_hours:
        return f"idle means {fresh.idle_hours} hours now, not {item.idle_hours}. {why}"
    return ""


def _order(item: PlanItem, now: datetime, removals: int) -> ActionRequest:
    """With the plan's measurements, so that the executor checks them once more."""
    return ActionRequest(
        id="",
        arn=Arn(item.arn),
        asked=EventTime(now),
        reason=item.reason,
        by_event=False,
        floor=item.to_floor,
        measured_floor=None if item.removes else item.floor,
        measured_idle_hours=item.idle_hours,
        requester="apply",
        detail={"AllowedPerHour": removals},
    )


def _carry_out(executor: Executor, item: PlanItem, request: ActionRequest) -> Outcome:
    match item.action:
        case Action.DELETE:
            return executor.delete(request)
        case Action.STOP:
            return executor.stop(request)
        case _:
            return executor.set_floor(request)
