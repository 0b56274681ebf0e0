"""Carry out requests: look again, record the intent, claim, act, settle, announce.

Nothing is changed on old knowledge: each action reads the resource anew, and a request that rests
on the monitor's measurements is judged by the world as it is now (``execute/judge.py``). What
became of a change is read from the resource where the service's answer leaves a doubt.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta

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
from personalize_monitor.execute.action_requests import ActionRequest
from personalize_monitor.execute.announce import Announcer, Before
from personalize_monitor.execute.judge import Judge, Leave, granted
from personalize_monitor.execute.outcome import Outcome, Result, busy, outcome
from personalize_monitor.execute.prewarm_step import step
from personalize_monitor.execute.recheck import (
    floor_still_right,
    overtaken,
    still_idle,
    too_late,
    too_many,
    waits,
)
from personalize_monitor.execute.resource_change import (
    ResourceChange,
    a_stop,
    clear_away,
    deletion,
    floor_change,
    is_made,
    removal_slots,
    seen_as,
    stops,
)
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.resource import Resource, State
from personalize_monitor.policy.tag_overrides import tag_overrides_in

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
        reader: JournalReader,
        *,
        actions: bool = True,
        now: RealTime | None = None,
        judge: Judge | None = None,
    ) -> None:
        self._access = access
        self._announcer = announcer
        self._book = reader
        self._actions = actions
        self._now = utc_now() if now is None else now
        self._judge = judge

    def set_floor(self, request: ActionRequest) -> Outcome:
        """Change the floor; the old one serves until the service has finished the update."""
        looked = self._look(request)
        if isinstance(looked, Outcome):
            return looked
        current, before = looked
        if current.next_floor == request.floor:
            if not request.measured:
                self._hold(request)
            already = f"The floor of {request.arn} already is {request.floor}."
            return self._nothing_to_do(request, before, already)
        # Asked before its own hold is written: a step back of the monitor brings one along.
        judged = self._floor_judged(request, current)
        if isinstance(judged, Outcome):
            return judged
        request = judged
        self._hold(request)
        if request.prewarm:
            means = step(self._book, request, current, self._now)
            if means.floor is None:
                return self._nothing_to_do(request, before, f"{request.arn}: {means.why}")
            request = replace(request, floor=means.floor, reason=f"{means.why} {request.reason}")
        if current.update_pending:
            return busy(request)
        assert request.floor is not None
        return self._act(
            request, before, current, floor_change(self._access, request, current, request.floor)
        )

    def delete(self, request: ActionRequest) -> Outcome:
        """Delete a campaign, after everything needed to make it again is in the journal."""
        return self._remove(request, deletion)

    def stop(self, request: ActionRequest) -> Outcome:
        """Stop a recommender; starting it again brings it back."""
        return self._remove(request, a_stop)

    def _remove(
        self,
        request: ActionRequest,
        deed: Callable[[Access, ActionRequest, Resource], ResourceChange],
    ) -> Outcome:
        looked = self._look(request)
        if isinstance(looked, Outcome):
            return looked
        current, before = looked
        leave = self._removal_judged(request, current)
        if isinstance(leave, Outcome):
            return leave
        wanted = deed(self._access, request, current)
        if request.measured and self._judge is not None:
            wanted = replace(
                wanted, slots=removal_slots(request, leave.allowed_per_hour, self._now)
            )
        return self._act(request, before, current, wanted)

    # --- may it be done? -----------------------------------------------------------------------

    def _floor_judged(self, request: ActionRequest, current: Resource) -> ActionRequest | Outcome:
        refusal = floor_still_right(self._access, self._book, request, current, self._now)
        if refusal is not None:
            return refusal
        if not request.measured or self._judge is None:
            return request
        if current.update_pending:
            return busy(request)
        leave = self._judge.hear(request, current)
        return leave if isinstance(leave, Outcome) else granted(request, leave)

    def _removal_judged(self, request: ActionRequest, current: Resource) -> Leave | Outcome:
        refusal = still_idle(self._access, self._book, request, current, self._now)
        if refusal is not None:
            return refusal
        if not request.measured:
            return Leave()
        if self._judge is not None:
            leave = self._judge.hear(request, current)
            if isinstance(leave, Outcome):
                return leave
        else:
            allowed = request.detail.get("AllowedPerHour")  # a person's plan, not an event
            limit = allowed if isinstance(allowed, int) and allowed > 0 else 1
            leave = Leave(allowed_per_hour=limit)
        return too_many(self._book, request, leave.allowed_per_hour, self._now) or leave

    # --- what is there, and what was done before ------------------------------------------------

    def _look(self, request: ActionRequest) -> tuple[Resource, Before] | Outcome:
        """The resource as it is now and what earlier deliveries did, or why nothing is to do."""
        if not self._actions:
            return outcome(
                request, Result.SWITCHED_OFF, f"Actions is Off; {request.arn} is left alone."
            )
        before = self._before(request)
        if before.running(self._now):
            raise Unavailable(
                f"Another delivery of this request about {request.arn} is being carried out; the "
                "next attempt sees what became of it."
            )
        current = self._current(request)
        if before.attempt:
            done = self._done_before(request, before, current)
            if done is not None:
                return done
        if late := too_late(request, self._now):
            return late
        if current is None:
            return self._not_there(request, before)
        refused = self._not_serving(request, before, current)
        return refused or overtaken(self._book, request, current, self._now) or (current, before)

    def _before(self, request: ActionRequest) -> Before:
        try:
            return self._announcer.before(request, self._now)
        except JournalUnavailable as problem:
            # A claim still tells whether this is the first delivery.
            _log.warning("earlier deliveries are not known", extra={"problem": str(problem)})
            return Before(read=False)

    def _current(self, request: ActionRequest) -> Resource | None:
        try:
            return Personalize(self._access, request.arn.region).resource(request.arn)
        except AWS_ERRORS as error:
            if is_not_found(error):
                return None
            raise Unavailable(sentence(f"Reading {request.arn}", error)) from error

    def _done_before(
        self, request: ActionRequest, before: Before, current: Resource | None
    ) -> Outcome | None:
        """What an earlier delivery did: announce it if that is owed; None when it did nothing."""
        gone = current is None or current.state is State.GOING
        result = Result.GONE if gone else Result.NO_CHANGE
        if before.announced:
            message = f"This request about {request.arn} was carried out before."
            return outcome(request, result, f"{message} A second delivery changes nothing.")
        if before.idle or before.owed is None:
            return None
        if is_made(before.owed, current):
            message = f"{request.arn}: the change is made, or under way."
            return self._announced_late(request, before.owed, result, message)
        if current is not None and before.seen == seen_as(current):
            return None
        return outcome(
            request,
            Result.NO_LONGER_TRUE,
            f"An earlier delivery of this request was about to change {request.arn}, which was "
            "changed otherwise since; it is left alone.",
        )

    def _announced_late(
        self, request: ActionRequest, owed: Event, result: Result, message: str
    ) -> Outcome:
        self._announcer.announce(request, owed, self._now)
        late = "An earlier attempt did this without announcing it; it is announced now."
        return outcome(request, result, f"{message} {late}")

    def _not_there(self, request: ActionRequest, before: Before) -> Outcome:
        message = f"{request.arn} does not exist."
        if request.measured or request.again:
            return self._nothing_to_do(request, before, message, Result.GONE)
        self._nothing_to_do(request, before, message)
        raise NoSuchResource(f"{message} Nothing was changed; correct the ARN of the request.")

    def _not_serving(
        self, request: ActionRequest, before: Before, current: Resource
    ) -> Outcome | None:
        if current.state is State.GOING:
            message = f"{request.arn} is being deleted."
            return self._nothing_to_do(request, before, message, Result.GONE)
        if stops(current):
            return self._nothing_to_do(request, before, f"{request.arn} is stopped.")
        if current.state is State.CHANGING:
            return busy(request)
        if current.state is State.FAILED:
            return outcome(
                request,
                Result.NOT_ACTIVE,
                f"{request.arn} is {current.status}; it serves nothing and is left alone.",
            )
        return None

    def _nothing_to_do(
        self,
        request: ActionRequest,
        before: Before,
        message: str,
        result: Result = Result.NO_CHANGE,
    ) -> Outcome:
        """Nothing is to be changed, and nothing is owed, which must be certain."""
        # At a desk there are no deliveries: each order is made there, and once.
        if self._judge is None or before.attempt:
            return outcome(request, result, message)
        if self._announcer.begun(request):
            raise JournalUnavailable(
                f"{message} An earlier delivery of this request was about to change it, and its "
                "record is not to be seen yet; the next attempt looks again."
            )
        return outcome(request, result, message)

    # --- do it ------------------------------------------------------------------------------------

    def _act(
        self, request: ActionRequest, before: Before, current: Resource, deed: ResourceChange
    ) -> Outcome:
        attempt = before.attempt + 1
        if attempt == 1 and (waiting := self._no_slot(request, deed)):
            return waiting
        try:
            self._begin(request, attempt, current, deed)
        except JournalUnavailable as problem:
            # What cannot be undone from the resource itself must be in the journal before it is
            # done, and what the monitor wants can wait; what a person wants cannot.
            if deed.kept or request.measured:
                raise
            _log.warning("the intent is not recorded", extra={"problem": str(problem)})
        try:
            done = self._change(request, deed)
            if done.result is Result.DONE:
                self._announcer.announce(request, deed.announcement, self._now)
        except Exception:
            self._announcer.gave_up(request, self._now, attempt, idle=False)
            raise
        if done.result is Result.DONE:
            if deed.removes:
                clear_away(self._access, self._announcer.events, request)
        else:
            self._announcer.gave_up(request, self._now, attempt, idle=True)
        return done

    def _no_slot(self, request: ActionRequest, deed: ResourceChange) -> Outcome | None:
        """Why a removal must wait although the journal shows room: others are at it right now."""
        for names in deed.slots:
            if not self._announcer.take_any(list(names)):
                return waits(request, len(names), len(names))
        return None

    def _begin(
        self, request: ActionRequest, attempt: int, current: Resource, deed: ResourceChange
    ) -> None:
        """Record the intent, and make this delivery the only one that acts on it."""
        self._announcer.intend(
            request,
            deed.announcement,
            self._now,
            attempt=attempt,
            seen=seen_as(current),
            **deed.recipe,
        )
        if not self._announcer.take(request, attempt):
            raise Unavailable(
                f"Another delivery of this request about {request.arn} is being carried out, "
                "or was; the next attempt sees what became of it."
            )

    def _change(self, request: ActionRequest, deed: ResourceChange) -> Outcome:
        """Make the change; where the answer leaves a doubt, the resource itself tells."""
        done = outcome(request, Result.DONE, str(deed.announcement.detail["Summary"]))
        try:
            deed.change()
        except AWS_ERRORS as error:
            again = tried_again(error)
            if is_final(error) and not again and not is_not_found(error):
                raise Unavailable(sentence(f"Changing {request.arn}", error)) from error
            made = deed.made(self._current(request))
            if made and again:
                return done
            if made:
                already = f"{request.arn}: somebody else has just asked for the same."
                return outcome(request, Result.NO_CHANGE, already)
            if is_busy(error):
                return busy(request)
            if is_not_found(error):
                return outcome(request, Result.GONE, f"{request.arn} does not exist any more.")
            raise Unavailable(sentence(f"Changing {request.arn}", error)) from error
        return done

    def _hold(self, request: ActionRequest) -> None:
        """Write the wish that the floor be left alone onto the resource, before the change.

        A longer hold that is there already stays, and so does one that nobody can read. Where the
        tag cannot be set (a resource has at most 50) the journal keeps the hold.
        """
        until = request.holds_until(self._now)
        if until is None or until <= self._now:
            return
        if request.measured:
            until = min(until, self._now + _LONGEST_OWN_HOLD)
        try:
            tags = Personalize(self._access, request.arn.region).tags(request.arn)
            held = tag_overrides_in(tags, self._now).hold_until
            if HOLD_UNTIL_TAG in tags and (held is None or held >= until):
                return
            text = until.astimezone(UTC).isoformat().replace("+00:00", "Z")
            PersonalizeActions(self._access, request.arn.region).tag(
                request.arn, {HOLD_UNTIL_TAG: text}
            )
        except AWS_ERRORS as error:
            why = sentence(f"Tagging {request.arn}", error)
            _log.warning("the journal keeps the hold", extra={"problem": why})
            try:
                self._announcer.hold(request, until, self._now)
            except JournalUnavailable as problem:
                _log.warning("the hold is kept nowhere", extra={"problem": str(problem)})
