"""Carry out requests: look again, record the intent, act, announce.

Nothing is changed on old knowledge: each action reads the resource anew, and a request that rests
on the monitor's measurements is checked against the world as it is now.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from personalize_monitor.app.announce import Announcer
from personalize_monitor.app.idleness import signs_of_life
from personalize_monitor.app.orders import Order
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.alarms import Alarms
from personalize_monitor.aws.events import Event
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.aws.personalize import Personalize, PersonalizeActions
from personalize_monitor.aws.problems import AWS_ERRORS, is_busy, is_not_found, sentence
from personalize_monitor.contract import (
    BUILD_DASHBOARD_EVENT,
    CAMPAIGN_DELETED_EVENT,
    CLIENT_ERROR_ALARM,
    FLOOR_UPDATED_EVENT,
    IDLE_ALARM,
    LOW_UTILIZATION_ALARM,
    RECOMMENDER_STOPPED_EVENT,
    SERVER_ERROR_ALARM,
)
from personalize_monitor.errors import Unavailable
from personalize_monitor.model.resource import Kind, Resource, State
from personalize_monitor.model.window import SECONDS, floor_to

_log = logging.getLogger(__name__)


class Result(enum.StrEnum):
    """How a request ended."""

    DONE = "done"
    """The service accepted the change, and it is announced."""
    NO_CHANGE = "no change needed"
    BUSY = "busy"
    GONE = "gone"
    NOT_ACTIVE = "not active"
    NO_LONGER_TRUE = "no longer true"
    """The measurements that the request rests on do not hold any more."""
    SWITCHED_OFF = "switched off"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A request's result with the sentence that explains it."""

    result: Result
    arn: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """The function's answer."""
        return {"outcome": str(self.result), "arn": self.arn, "message": self.message}


class Executor:
    """Acts in the region of each request's resource, with one account's access."""

    def __init__(self, access: Access, announcer: Announcer, *, actions: bool = True) -> None:
        self._access = access
        self._announcer = announcer
        self._actions = actions

    def set_floor(self, order: Order) -> Outcome:
        """Change the floor; the old one serves until the service has finished the update."""
        assert order.floor is not None
        current = self._look(order)
        if isinstance(current, Outcome):
            return current
        in_force = current.pending_floor or current.floor
        if in_force == order.floor:
            return self._nothing_to_do(order, f"The floor of {order.arn} already is {in_force}.")
        if order.measured_floor is not None and order.measured_floor != in_force:
            return _outcome(
                order,
                Result.NO_LONGER_TRUE,
                f"The floor of {order.arn} is {in_force} by now, not {order.measured_floor} as "
                "when this was decided; it is left alone.",
            )
        if current.update_pending:
            return _busy(order)
        announcement = _floor_updated(order, current, order.floor)
        floor = order.floor
        return self._act(
            order,
            announcement,
            lambda: self._hands(order).set_floor(order.arn, floor),
        )

    def delete(self, order: Order) -> Outcome:
        """Delete a campaign, after everything needed to make it again is in the journal."""
        current = self._look(order)
        if isinstance(current, Outcome):
            return current
        refusal = self._still_idle(order, current)
        if refusal is not None:
            return refusal
        personalize = Personalize(self._access, order.arn.region)
        recipe = personalize.recipe_for_restore(order.arn)
        recipe["tags"] = personalize.tags(order.arn)
        announcement = _announcement(order, CAMPAIGN_DELETED_EVENT, current, Restore=recipe)
        outcome = self._act(
            order,
            announcement,
            lambda: self._hands(order).delete(order.arn),
            undoable=False,
            Restore=recipe,
        )
        if outcome.result is Result.DONE:
            self._clear_away(order)
        return outcome

    def stop(self, order: Order) -> Outcome:
        """Stop a recommender; starting it again brings it back."""
        current = self._look(order)
        if isinstance(current, Outcome):
            return current
        refusal = self._still_idle(order, current)
        if refusal is not None:
            return refusal
        announcement = _announcement(order, RECOMMENDER_STOPPED_EVENT, current)
        outcome = self._act(order, announcement, lambda: self._hands(order).stop(order.arn))
        if outcome.result is Result.DONE:
            self._clear_away(order)
        return outcome

    def _hands(self, order: Order) -> PersonalizeActions:
        return PersonalizeActions(self._access, order.arn.region)

    def _look(self, order: Order) -> Resource | Outcome:
        """The resource as it is now, or why there is nothing to act on."""
        if not self._actions:
            return _outcome(
                order, Result.SWITCHED_OFF, f"Actions is Off; {order.arn} is left alone."
            )
        try:
            current = Personalize(self._access, order.arn.region).resource(order.arn)
        except AWS_ERRORS as error:
            if is_not_found(error):
                return self._nothing_to_do(order, f"{order.arn} does not exist.", Result.GONE)
            raise Unavailable(sentence(f"Reading {order.arn}", error)) from error
        if current.state is State.GOING:
            return self._nothing_to_do(order, f"{order.arn} is being deleted.", Result.GONE)
        if current.state is State.STOPPED or current.status.startswith("STOP"):
            return self._nothing_to_do(order, f"{order.arn} is stopped.", Result.NO_CHANGE)
        if current.state is State.CHANGING:
            return _busy(order)
        if current.state is State.FAILED:
            return _outcome(
                order,
                Result.NOT_ACTIVE,
                f"{order.arn} is {current.status}; it serves nothing and is left alone.",
            )
        return current

    def _still_idle(self, order: Order, current: Resource) -> Outcome | None:
        """Why a deletion or stop must not happen now; None when it may."""
        if current.update_pending:
            return _busy(order)
        hours = order.measured_idle_hours
        if hours is None:
            return None
        settled = current.settled_hours(order.now)
        if settled < hours:
            return _outcome(
                order,
                Result.NO_LONGER_TRUE,
                f"{order.arn} was updated {settled:.1f} hours ago, within the {hours} hours that "
                "make a resource idle; it is left alone.",
            )
        metrics = Metrics(self._access, order.arn.region)
        until = floor_to(order.now, SECONDS) + timedelta(seconds=SECONDS)
        life = signs_of_life(metrics, [current], end=until, hours=hours)[current]
        if life.requests is None:
            return _outcome(
                order,
                Result.NO_LONGER_TRUE,
                f"Whether {order.arn} is idle is not known now ({life.why_unknown}); "
                "it is left alone.",
            )
        if life.requests > 0:
            return _outcome(
                order,
                Result.NO_LONGER_TRUE,
                f"{order.arn} had {life.requests:.0f} requests in the last {hours} hours; "
                "it is in use and left alone.",
            )
        return None

    def _act(
        self,
        order: Order,
        announcement: Event,
        change: Callable[[], None],
        *,
        undoable: bool = True,
        **recipe: Any,
    ) -> Outcome:
        # What cannot be undone from the resource itself must be in the journal before it is done.
        self._announcer.intend(order, announcement, must=not undoable, **recipe)
        try:
            change()
        except AWS_ERRORS as error:
            if is_busy(error):
                return _busy(order)
            if is_not_found(error):
                return _outcome(order, Result.GONE, f"{order.arn} does not exist any more.")
            raise Unavailable(sentence(f"Changing {order.arn}", error)) from error
        self._announcer.say(announcement)
        return _outcome(order, Result.DONE, str(announcement.detail["Summary"]))

    def _nothing_to_do(
        self, order: Order, message: str, result: Result = Result.NO_CHANGE
    ) -> Outcome:
        owed = self._announcer.owed(order)
        if owed is not None:
            self._announcer.say(owed)
            message += " An earlier attempt did this without announcing it; it is announced now."
        return _outcome(order, result, message)

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


def _outcome(order: Order, result: Result, message: str) -> Outcome:
    return Outcome(result, str(order.arn), message)


def _busy(order: Order) -> Outcome:
    return _outcome(
        order, Result.BUSY, f"{order.arn} is changing at the moment; ask again when it is ACTIVE."
    )


def _announcement(order: Order, name: str, current: Resource, **more: Any) -> Event:
    detail: dict[str, Any] = {"ARN": str(order.arn)}
    if current.kind is Kind.CAMPAIGN:
        detail["CampaignARN"] = str(order.arn)
    verb = "Deletion" if name == CAMPAIGN_DELETED_EVENT else "Stop"
    detail |= {
        "Reason": order.reason,
        "Name": current.name,
        "Region": order.arn.region,
        "PreviousMinTPS": current.floor,
        "RequestId": order.id,
        "RequestedBy": "monitor" if order.measured else "request",
        "Summary": f"{verb} of {current.kind} {current.name} in {order.arn.region} has begun.",
        **more,
    }
    return Event(name, detail, str(order.arn))


def _floor_updated(order: Order, current: Resource, floor: int) -> Event:
    both = {"NewMinTPS": floor}
    if current.kind is Kind.CAMPAIGN:
        both["NewMinProvisionedTPS"] = floor
    event = _announcement(order, FLOOR_UPDATED_EVENT[current.kind], current, **both)
    event.detail["Summary"] = (
        f"The floor of {current.kind} {current.name} in {order.arn.region} changes "
        f"from {current.floor} to {floor}."
    )
    return event
