"""Draw a plan with the cycle's own decision code, and apply one that a person approved.

Nothing drifts unseen: each item is applied only if its resource is as the plan saw it, and if the
same code, asked again, would still do at least as much. The executor then looks once more.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from personalize_monitor.app.actions import Executor
from personalize_monitor.app.desk import Desk
from personalize_monitor.app.look import Look, Question, look
from personalize_monitor.app.orders import Order
from personalize_monitor.app.outcome import Outcome, Result
from personalize_monitor.aws.caller import caller
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, is_not_found, sentence
from personalize_monitor.clock import EventTime, RealTime
from personalize_monitor.errors import InvalidRequest, Unavailable
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.decision import Action
from personalize_monitor.model.plan import Plan, PlanItem, Sighting
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.settings import Settings


class Fate(enum.StrEnum):
    """What became of one item of a plan."""

    DONE = "done"
    DRIFTED = "drifted"
    """The world has moved since the plan was made; nothing was changed."""
    REFUSED = "refused"
    """The executor found that it may or need not be done."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Applied:
    """One item and what became of it, with the sentence that explains it."""

    item: PlanItem
    fate: Fate
    message: str


def draw(
    desk: Desk,
    settings: Settings,
    *,
    regions: Iterable[str],
    now: datetime,
    prices: PriceTable,
    progress: Callable[[str], None] = lambda _: None,
) -> Plan:
    """What the deployed cycle would do about everything now, were everything's turn now."""
    question = Question(
        regions=tuple(regions),
        now=now,
        settings=settings,
        prices=prices,
        depth="fortnight",
        book=desk.book,
        deployed=desk.stack is not None,
        progress=progress,
    )
    return plan_of(look(desk.access, question))


def plan_of(seen: Look) -> Plan:
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


def apply(
    desk: Desk,
    plan: Plan,
    items: Collection[PlanItem],
    fresh: Plan,
    *,
    now: datetime,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Applied]:
    """Carry out ``items`` of ``plan`` with the desk's credentials, one after the other.

    ``fresh`` is a plan drawn just now, which tells whether the reasons still hold. Raises
    InvalidRequest when the plan is of another account.
    """
    if plan.account != desk.access.account:
        raise InvalidRequest(
            f"The plan is of account {plan.account}, and these credentials are of "
            f"{desk.access.account}; use those of the plan's account."
        )
    executor = Executor(
        desk.access, desk.announcer, desk.book, actions=desk.settings.actions, now=RealTime(now)
    )
    who = caller(desk.access)
    present = {item.arn: item for item in fresh.items}
    removals = sum(item.action is not Action.SET_FLOOR for item in items)
    applied: list[Applied] = []
    for number, item in enumerate(items):
        progress(Arn(item.arn).name)
        order = replace(
            _order(item, now, removals),
            id=f"apply-{plan.hash[:12]}-{number}",
            reason=f"{item.reason} Applied from a plan by {who or 'a person'}.",
            by=who,
        )
        applied.append(_one(desk, executor, item, present.get(item.arn), order))
    return applied


def _one(
    desk: Desk, executor: Executor, item: PlanItem, fresh: PlanItem | None, order: Order
) -> Applied:
    try:
        moved = _moved(desk, item, fresh)
        if moved:
            return Applied(item, Fate.DRIFTED, f"{item.arn} has moved since the plan: {moved}.")
        done = _carry_out(executor, item, order)
    except (Unavailable, InvalidRequest, *AWS_ERRORS) as problem:
        return Applied(item, Fate.FAILED, str(problem))
    return Applied(item, Fate.DONE if done.result is Result.DONE else Fate.REFUSED, done.message)


def _moved(desk: Desk, item: PlanItem, fresh: PlanItem | None) -> str:
    """What is different from what the plan saw, in words; empty when nothing is."""
    arn = Arn(item.arn)
    try:
        current = Personalize(desk.access, arn.region).resource(arn)
    except AWS_ERRORS as error:
        if is_not_found(error):
            return "it does not exist any more"
        raise Unavailable(sentence(f"Reading {arn}", error)) from error
    if differs := item.seen.differs(Sighting.of(current)):
        return differs
    if fresh is None:
        return "it could not be looked at again"
    if fresh.action is not item.action:
        return f"the decision now is: {fresh.what}. {fresh.reason.rstrip('.')}"
    if item.to_floor is not None and (fresh.to_floor or 0) > item.to_floor:
        return (
            f"its floor would now become {fresh.to_floor}, not {item.to_floor}. "
            f"{fresh.reason.rstrip('.')}"
        )
    return ""


def _order(item: PlanItem, now: datetime, removals: int) -> Order:
    """With the plan's measurements, so that the executor checks them once more."""
    hours = item.evidence.get("hours")
    removes = item.action is not Action.SET_FLOOR
    return Order(
        id="",
        arn=Arn(item.arn),
        asked=EventTime(now),
        reason=item.reason,
        by_event=False,
        floor=item.to_floor,
        measured_floor=None if removes else item.floor,
        measured_idle_hours=int(hours) if removes and isinstance(hours, int) else None,
        requester="apply",
        detail={"AllowedPerHour": removals},
    )


def _carry_out(executor: Executor, item: PlanItem, order: Order) -> Outcome:
    match item.action:
        case Action.DELETE:
            return executor.delete(order)
        case Action.STOP:
            return executor.stop(order)
        case _:
            return executor.set_floor(order)
