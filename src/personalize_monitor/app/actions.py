"""Carry out requests: look again, record the intent, act, announce.

Nothing is changed on old knowledge: each action reads the resource anew, and a request that rests
on the monitor's measurements is checked against the world as it is now.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import Any

from personalize_monitor.app.announce import Announcer
from personalize_monitor.app.book import Book
from personalize_monitor.app.orders import Order
from personalize_monitor.app.outcome import Outcome, Result, busy, outcome
from personalize_monitor.app.prewarm_step import step
from personalize_monitor.app.recheck import floor_still_right, still_idle
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.alarms import Alarms
from personalize_monitor.aws.events import Event
from personalize_monitor.aws.personalize import Personalize, PersonalizeActions
from personalize_monitor.aws.problems import AWS_ERRORS, is_busy, is_not_found, sentence
from personalize_monitor.contract import (
    BUILD_DASHBOARD_EVENT,
    CAMPAIGN_DELETED_EVENT,
    CLIENT_ERROR_ALARM,
    END_PREWARM_KEY,
    FLOOR_UPDATED_EVENT,
    HOLD_UNTIL_TAG,
    IDLE_ALARM,
    LOW_UTILIZATION_ALARM,
    MONTHLY_SAVING_KEY,
    PREWARM_KEY,
    RECOMMENDER_STOPPED_EVENT,
    SERVER_ERROR_ALARM,
    STEP_BACK_KEY,
)
from personalize_monitor.errors import Unavailable
from personalize_monitor.model.resource import Kind, Resource, State
from personalize_monitor.policy.wishes import wishes_in

_log = logging.getLogger(__name__)


class Executor:
    """Acts in the region of each request's resource, with one account's access."""

    def __init__(
        self, access: Access, announcer: Announcer, book: Book, *, actions: bool = True
    ) -> None:
        self._access = access
        self._announcer = announcer
        self._book = book
        self._actions = actions

    def set_floor(self, order: Order) -> Outcome:
        """Change the floor; the old one serves until the service has finished the update."""
        current = self._look(order)
        if isinstance(current, Outcome):
            return current
        in_force = current.pending_floor or current.floor
        # Asked before its own hold is written: a step back of the monitor brings one along.
        refusal = floor_still_right(self._access, order, in_force)
        self._hold(order, refusal)
        if in_force == order.floor:
            return self._nothing_to_do(order, f"The floor of {order.arn} already is {in_force}.")
        if refusal is not None:
            return refusal
        if order.prewarm:
            means = step(self._book, order, in_force)
            if means.floor is None:
                return self._nothing_to_do(order, f"{order.arn}: {means.why}")
            order = replace(order, floor=means.floor, reason=f"{means.why} {order.reason}")
        if current.update_pending:
            return busy(order)
        assert order.floor is not None
        floor = order.floor
        announcement = _floor_updated(order, current, floor)
        return self._act(
            order,
            announcement,
            lambda: self._hands(order).set_floor(order.arn, floor),
        )

    def delete(self, order: Order) -> Outcome:
        """Delete a campaign, after everything needed to make it again is in the journal."""
        current = self._idle_still(order)
        if isinstance(current, Outcome):
            return current
        personalize = Personalize(self._access, order.arn.region)
        recipe = personalize.recipe_for_restore(order.arn)
        recipe["tags"] = personalize.tags(order.arn)
        announcement = _announcement(order, CAMPAIGN_DELETED_EVENT, current, Restore=recipe)
        return self._act(
            order,
            announcement,
            lambda: self._hands(order).delete(order.arn),
            undoable=False,
            then=self._clear_away,
            Restore=recipe,
        )

    def stop(self, order: Order) -> Outcome:
        """Stop a recommender; starting it again brings it back."""
        current = self._idle_still(order)
        if isinstance(current, Outcome):
            return current
        announcement = _announcement(order, RECOMMENDER_STOPPED_EVENT, current)
        return self._act(
            order,
            announcement,
            lambda: self._hands(order).stop(order.arn),
            then=self._clear_away,
        )

    def _idle_still(self, order: Order) -> Resource | Outcome:
        """The resource as it is now, or why it must not be removed."""
        current = self._look(order)
        if isinstance(current, Outcome):
            return current
        allowed = order.detail.get("AllowedPerHour")
        limit = allowed if isinstance(allowed, int) and allowed > 0 else 1
        refusal = still_idle(self._access, self._book, order, current, allowed_per_hour=limit)
        return refusal or current

    def _hold(self, order: Order, refusal: Outcome | None) -> None:
        """Write the wish that the floor be left alone onto the resource, before the change.

        A longer hold that is there already stays, and so does one that nobody can read.
        """
        if order.hold_until is None or refusal is not None:
            return
        tags = Personalize(self._access, order.arn.region).tags(order.arn)
        held = wishes_in(tags, order.now).hold_until
        if HOLD_UNTIL_TAG in tags and (held is None or held >= order.hold_until):
            return
        until = order.hold_until.astimezone(UTC).isoformat().replace("+00:00", "Z")
        self._hands(order).tag(order.arn, {HOLD_UNTIL_TAG: until})

    def _hands(self, order: Order) -> PersonalizeActions:
        return PersonalizeActions(self._access, order.arn.region)

    def _look(self, order: Order) -> Resource | Outcome:
        """The resource as it is now, or why there is nothing to act on."""
        if not self._actions:
            return outcome(
                order, Result.SWITCHED_OFF, f"Actions is Off; {order.arn} is left alone."
            )
        try:
            current = Personalize(self._access, order.arn.region).resource(order.arn)
        except AWS_ERRORS as error:
            if is_not_found(error):
                return self._nothing_to_do(order, f"{order.arn} does not exist.", Result.GONE)
            raise Unavailable(sentence(f"Reading {order.arn}", error)) from error
        return self._not_serving(order, current) or current

    def _not_serving(self, order: Order, current: Resource) -> Outcome | None:
        if current.state is State.GOING:
            return self._nothing_to_do(order, f"{order.arn} is being deleted.", Result.GONE)
        if current.state is State.STOPPED or current.status.startswith("STOP"):
            return self._nothing_to_do(order, f"{order.arn} is stopped.", Result.NO_CHANGE)
        if current.state is State.CHANGING:
            return busy(order)
        if current.state is State.FAILED:
            return outcome(
                order,
                Result.NOT_ACTIVE,
                f"{order.arn} is {current.status}; it serves nothing and is left alone.",
            )
        return None

    def _act(
        self,
        order: Order,
        announcement: Event,
        change: Callable[[], None],
        *,
        undoable: bool = True,
        then: Callable[[Order], None] | None = None,
        **recipe: Any,
    ) -> Outcome:
        # What cannot be undone from the resource itself must be in the journal before it is done.
        self._announcer.intend(order, announcement, must=not undoable, **recipe)
        try:
            change()
        except AWS_ERRORS as error:
            if is_busy(error):
                return busy(order)
            if is_not_found(error):
                return outcome(order, Result.GONE, f"{order.arn} does not exist any more.")
            raise Unavailable(sentence(f"Changing {order.arn}", error)) from error
        self._announcer.announce(order, announcement)
        if then is not None:
            then(order)
        return outcome(order, Result.DONE, str(announcement.detail["Summary"]))

    def _nothing_to_do(
        self, order: Order, message: str, result: Result = Result.NO_CHANGE
    ) -> Outcome:
        owed = self._announcer.owed(order)
        if owed is not None:
            self._announcer.announce(order, owed)
            message += " An earlier attempt did this without announcing it; it is announced now."
        return outcome(order, result, message)

    def _clear_away(self, order: Order) -> None:
        """Remove the alarms and ask for a new dashboard; the monitor mends what fails here."""
        kind = Kind(order.arn.kind)
        prefixes = (LOW_UTILIZATION_ALARM, IDLE_ALARM, CLIENT_ERROR_ALARM, SERVER_ERROR_ALARM)
        try:
            Alarms(self._access, order.arn.region).delete(
                [prefix[kind] + order.arn.name for prefix in prefixes]
            )
        except AWS_ERRORS as error:
            _log.warning("alarms stay", extra={"problem": sentence("Deleting alarms", error)})
        lost = self._announcer.events.put(
            [Event(BUILD_DASHBOARD_EVENT, {"Reason": f"{order.arn} is gone."})]
        )
        for _, why in lost:
            _log.warning("the dashboard is not rebuilt now", extra={"problem": why})


def _announcement(order: Order, name: str, current: Resource, **more: Any) -> Event:
    detail: dict[str, Any] = {"ARN": str(order.arn)}
    if current.kind is Kind.CAMPAIGN:
        detail["CampaignARN"] = str(order.arn)
    if order.by:
        detail["By"] = order.by
    if order.measured and MONTHLY_SAVING_KEY in order.detail:
        detail[MONTHLY_SAVING_KEY] = order.detail[MONTHLY_SAVING_KEY]
    verb = "Deletion" if name == CAMPAIGN_DELETED_EVENT else "Stop"
    detail |= {
        "Reason": order.reason,
        "Name": current.name,
        "Region": order.arn.region,
        "PreviousMinTPS": current.floor,
        "RequestId": order.id,
        "RequestedBy": order.requested_by,
        "Summary": f"{verb} of {current.kind} {current.name} in {order.arn.region} has begun.",
        **more,
    }
    return Event(name, detail, str(order.arn))


def _floor_updated(order: Order, current: Resource, floor: int) -> Event:
    both = {"NewMinTPS": floor}
    if current.kind is Kind.CAMPAIGN:
        both["NewMinProvisionedTPS"] = floor
    event = _announcement(order, FLOOR_UPDATED_EVENT[current.kind], current, **both)
    if order.detail.get(STEP_BACK_KEY) is True:
        event.detail[STEP_BACK_KEY] = True
    if order.prewarm:
        event.detail[PREWARM_KEY] = order.prewarm
        event.detail[END_PREWARM_KEY] = order.ends_prewarm
    event.detail["Summary"] = (
        f"The floor of {current.kind} {current.name} in {order.arn.region} changes "
        f"from {current.floor} to {floor}."
    )
    return event
