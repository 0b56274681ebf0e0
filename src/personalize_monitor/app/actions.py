"""Carry out requests: look again, record the intent, claim, act, settle, announce.

Nothing is changed on old knowledge: each action reads the resource anew, and a request that rests
on the monitor's measurements is judged by the world as it is now (``app/judge.py``). What became of
a change is read from the resource where the service's answer leaves a doubt.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta

from personalize_monitor.app.announce import Announcer, Before
from personalize_monitor.app.book import Book
from personalize_monitor.app.deed import (
    Deed,
    a_stop,
    clear_away,
    deletion,
    floor_deed,
    is_made,
    removal_slots,
    seen_as,
    stops,
)
from personalize_monitor.app.judge import Judge, Leave, granted
from personalize_monitor.app.orders import Order
from personalize_monitor.app.outcome import Outcome, Result, busy, outcome
from personalize_monitor.app.prewarm_step import step
from personalize_monitor.app.recheck import (
    floor_still_right,
    overtaken,
    still_idle,
    too_late,
    too_many,
    waits,
)
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.events import Event
from personalize_monitor.aws.personalize import Personalize, PersonalizeActions
from personalize_monitor.aws.problems import (
    AWS_ERRORS,
    is_busy,
    is_final,
    is_not_found,
    sentence,
    tried_again,
)
from personalize_monitor.clock import RealTime, utc_now
from personalize_monitor.contract import HOLD_UNTIL_TAG
from personalize_monitor.errors import JournalUnavailable, NoSuchResource, Unavailable
from personalize_monitor.model.resource import Resource, State
from personalize_monitor.policy.wishes import wishes_in

_LONGEST_OWN_HOLD = timedelta(days=7)
_log = logging.getLogger(__name__)


class Executor:
    """Acts in the region of each request's resource, with one account's access, at one moment.

    ``judge`` decides anew about requests with measurements; a person who applies a plan has had it
    drawn anew already and needs none.
    """

    def __init__(
        self,
        access: Access,
        announcer: Announcer,
        book: Book,
        *,
        actions: bool = True,
        now: RealTime | None = None,
        judge: Judge | None = None,
    ) -> None:
        self._access = access
        self._announcer = announcer
        self._book = book
        self._actions = actions
        self._now = utc_now() if now is None else now
        self._judge = judge

    def set_floor(self, order: Order) -> Outcome:
        """Change the floor; the old one serves until the service has finished the update."""
        looked = self._look(order)
        if isinstance(looked, Outcome):
            return looked
        current, before = looked
        if current.next_floor == order.floor:
            if not order.measured:
                self._hold(order)
            already = f"The floor of {order.arn} already is {order.floor}."
            return self._nothing_to_do(order, before, already)
        # Asked before its own hold is written: a step back of the monitor brings one along.
        judged = self._floor_judged(order, current)
        if isinstance(judged, Outcome):
            return judged
        order = judged
        self._hold(order)
        if order.prewarm:
            means = step(self._book, order, current, self._now)
            if means.floor is None:
                return self._nothing_to_do(order, before, f"{order.arn}: {means.why}")
            order = replace(order, floor=means.floor, reason=f"{means.why} {order.reason}")
        if current.update_pending:
            return busy(order)
        assert order.floor is not None
        return self._act(
            order, before, current, floor_deed(self._access, order, current, order.floor)
        )

    def delete(self, order: Order) -> Outcome:
        """Delete a campaign, after everything needed to make it again is in the journal."""
        return self._remove(order, deletion)

    def stop(self, order: Order) -> Outcome:
        """Stop a recommender; starting it again brings it back."""
        return self._remove(order, a_stop)

    def _remove(self, order: Order, deed: Callable[[Access, Order, Resource], Deed]) -> Outcome:
        looked = self._look(order)
        if isinstance(looked, Outcome):
            return looked
        current, before = looked
        leave = self._removal_judged(order, current)
        if isinstance(leave, Outcome):
            return leave
        wanted = deed(self._access, order, current)
        if order.measured and self._judge is not None:
            wanted = replace(wanted, slots=removal_slots(order, leave.allowed_per_hour, self._now))
        return self._act(order, before, current, wanted)

    # --- may it be done? -----------------------------------------------------------------------

    def _floor_judged(self, order: Order, current: Resource) -> Order | Outcome:
        refusal = floor_still_right(self._access, self._book, order, current, self._now)
        if refusal is not None:
            return refusal
        if not order.measured or self._judge is None:
            return order
        if current.update_pending:
            return busy(order)
        leave = self._judge.hear(order, current)
        return leave if isinstance(leave, Outcome) else granted(order, leave)

    def _removal_judged(self, order: Order, current: Resource) -> Leave | Outcome:
        refusal = still_idle(self._access, self._book, order, current, self._now)
        if refusal is not None:
            return refusal
        if not order.measured:
            return Leave()
        if self._judge is not None:
            leave = self._judge.hear(order, current)
            if isinstance(leave, Outcome):
                return leave
        else:
            allowed = order.detail.get("AllowedPerHour")  # a person's plan, not an event
            limit = allowed if isinstance(allowed, int) and allowed > 0 else 1
            leave = Leave(allowed_per_hour=limit)
        return too_many(self._book, order, leave.allowed_per_hour, self._now) or leave

    # --- what is there, and what was done before ------------------------------------------------

    def _look(self, order: Order) -> tuple[Resource, Before] | Outcome:
        """The resource as it is now and what earlier deliveries did, or why nothing is to do."""
        if not self._actions:
            return outcome(
                order, Result.SWITCHED_OFF, f"Actions is Off; {order.arn} is left alone."
            )
        before = self._before(order)
        if before.running(self._now):
            raise Unavailable(
                f"Another delivery of this request about {order.arn} is being carried out; the "
                "next attempt sees what became of it."
            )
        current = self._current(order)
        if before.attempt:
            done = self._done_before(order, before, current)
            if done is not None:
                return done
        if late := too_late(order, self._now):
            return late
        if current is None:
            return self._not_there(order, before)
        refused = self._not_serving(order, before, current)
        return refused or overtaken(self._book, order, current, self._now) or (current, before)

    def _before(self, order: Order) -> Before:
        try:
            return self._announcer.before(order, self._now)
        except JournalUnavailable as problem:
            # A claim still tells whether this is the first delivery.
            _log.warning("earlier deliveries are not known", extra={"problem": str(problem)})
            return Before(read=False)

    def _current(self, order: Order) -> Resource | None:
        try:
            return Personalize(self._access, order.arn.region).resource(order.arn)
        except AWS_ERRORS as error:
            if is_not_found(error):
                return None
            raise Unavailable(sentence(f"Reading {order.arn}", error)) from error

    def _done_before(
        self, order: Order, before: Before, current: Resource | None
    ) -> Outcome | None:
        """What an earlier delivery did: announce it if that is owed; None when it did nothing."""
        gone = current is None or current.state is State.GOING
        result = Result.GONE if gone else Result.NO_CHANGE
        if before.announced:
            message = f"This request about {order.arn} was carried out before."
            return outcome(order, result, f"{message} A second delivery changes nothing.")
        if before.idle or before.owed is None:
            return None
        if is_made(before.owed, current):
            message = f"{order.arn}: the change is made, or under way."
            return self._announced_late(order, before.owed, result, message)
        if current is not None and before.seen == seen_as(current):
            return None
        return outcome(
            order,
            Result.NO_LONGER_TRUE,
            f"An earlier delivery of this request was about to change {order.arn}, which was "
            "changed otherwise since; it is left alone.",
        )

    def _announced_late(self, order: Order, owed: Event, result: Result, message: str) -> Outcome:
        self._announcer.announce(order, owed, self._now)
        late = "An earlier attempt did this without announcing it; it is announced now."
        return outcome(order, result, f"{message} {late}")

    def _not_there(self, order: Order, before: Before) -> Outcome:
        message = f"{order.arn} does not exist."
        if order.measured or order.again:
            return self._nothing_to_do(order, before, message, Result.GONE)
        self._nothing_to_do(order, before, message)
        raise NoSuchResource(f"{message} Nothing was changed; correct the ARN of the request.")

    def _not_serving(self, order: Order, before: Before, current: Resource) -> Outcome | None:
        if current.state is State.GOING:
            message = f"{order.arn} is being deleted."
            return self._nothing_to_do(order, before, message, Result.GONE)
        if stops(current):
            return self._nothing_to_do(order, before, f"{order.arn} is stopped.")
        if current.state is State.CHANGING:
            return busy(order)
        if current.state is State.FAILED:
            return outcome(
                order,
                Result.NOT_ACTIVE,
                f"{order.arn} is {current.status}; it serves nothing and is left alone.",
            )
        return None

    def _nothing_to_do(
        self, order: Order, before: Before, message: str, result: Result = Result.NO_CHANGE
    ) -> Outcome:
        """Nothing is to be changed, and nothing is owed, which must be certain."""
        # At a desk there are no deliveries: each order is made there, and once.
        if self._judge is None or before.attempt:
            return outcome(order, result, message)
        if self._announcer.begun(order):
            raise JournalUnavailable(
                f"{message} An earlier delivery of this request was about to change it, and its "
                "record is not to be seen yet; the next attempt looks again."
            )
        return outcome(order, result, message)

    # --- do it ------------------------------------------------------------------------------------

    def _act(self, order: Order, before: Before, current: Resource, deed: Deed) -> Outcome:
        attempt = before.attempt + 1
        if attempt == 1 and (waiting := self._no_slot(order, deed)):
            return waiting
        try:
            self._begin(order, attempt, current, deed)
        except JournalUnavailable as problem:
            # What cannot be undone from the resource itself must be in the journal before it is
            # done, and what the monitor wants can wait; what a person wants cannot.
            if deed.kept or order.measured:
                raise
            _log.warning("the intent is not recorded", extra={"problem": str(problem)})
        try:
            done = self._change(order, deed)
            if done.result is Result.DONE:
                self._announcer.announce(order, deed.announcement, self._now)
        except Exception:
            self._announcer.gave_up(order, self._now, attempt, idle=False)
            raise
        if done.result is Result.DONE:
            if deed.removes:
                clear_away(self._access, self._announcer.events, order)
        else:
            self._announcer.gave_up(order, self._now, attempt, idle=True)
        return done

    def _no_slot(self, order: Order, deed: Deed) -> Outcome | None:
        """Why a removal must wait although the journal shows room: others are at it right now."""
        for names in deed.slots:
            if not self._announcer.take_any(list(names)):
                return waits(order, len(names), len(names))
        return None

    def _begin(self, order: Order, attempt: int, current: Resource, deed: Deed) -> None:
        """Record the intent, and make this delivery the only one that acts on it."""
        self._announcer.intend(
            order,
            deed.announcement,
            self._now,
            attempt=attempt,
            seen=seen_as(current),
            **deed.recipe,
        )
        if not self._announcer.take(order, attempt):
            raise Unavailable(
                f"Another delivery of this request about {order.arn} is being carried out, or was; "
                "the next attempt sees what became of it."
            )

    def _change(self, order: Order, deed: Deed) -> Outcome:
        """Make the change; where the answer leaves a doubt, the resource itself tells."""
        done = outcome(order, Result.DONE, str(deed.announcement.detail["Summary"]))
        try:
            deed.change()
        except AWS_ERRORS as error:
            again = tried_again(error)
            if is_final(error) and not again and not is_not_found(error):
                raise Unavailable(sentence(f"Changing {order.arn}", error)) from error
            made = deed.made(self._current(order))
            if made and again:
                return done
            if made:
                already = f"{order.arn}: somebody else has just asked for the same."
                return outcome(order, Result.NO_CHANGE, already)
            if is_busy(error):
                return busy(order)
            if is_not_found(error):
                return outcome(order, Result.GONE, f"{order.arn} does not exist any more.")
            raise Unavailable(sentence(f"Changing {order.arn}", error)) from error
        return done

    def _hold(self, order: Order) -> None:
        """Write the wish that the floor be left alone onto the resource, before the change.

        A longer hold that is there already stays, and so does one that nobody can read. Where the
        tag cannot be set (a resource has at most 50) the journal keeps the hold.
        """
        until = order.holds_until(self._now)
        if until is None or until <= self._now:
            return
        if order.measured:
            until = min(until, self._now + _LONGEST_OWN_HOLD)
        try:
            tags = Personalize(self._access, order.arn.region).tags(order.arn)
            held = wishes_in(tags, self._now).hold_until
            if HOLD_UNTIL_TAG in tags and (held is None or held >= until):
                return
            text = until.astimezone(UTC).isoformat().replace("+00:00", "Z")
            PersonalizeActions(self._access, order.arn.region).tag(
                order.arn, {HOLD_UNTIL_TAG: text}
            )
        except AWS_ERRORS as error:
            why = sentence(f"Tagging {order.arn}", error)
            _log.warning("the journal keeps the hold", extra={"problem": why})
            try:
                self._announcer.hold(order, until, self._now)
            except JournalUnavailable as problem:
                _log.warning("the hold is kept nowhere", extra={"problem": str(problem)})
