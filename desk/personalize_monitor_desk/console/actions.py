"""What a person may do to one resource: each reads a form, names what it rests on, and acts.

A form is read first, then what it showed is held against the world (``shown``), then it is carried
out and told in one sentence. All of it is a person's decision, carried out with the caller's own
credentials by the same executor as the application's, so that it is announced, journalled and can
be undone.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from typing import Any

from personalize_monitor.aws.caller import caller
from personalize_monitor.aws.personalize import PersonalizeActions
from personalize_monitor.aws.problems import AWS_ERRORS, is_final, is_throttled, sentence
from personalize_monitor.clock import RealTime
from personalize_monitor.contract import (
    DELETE_CAMPAIGN_EVENT,
    EXEMPT_TAG,
    HOLD_UNTIL_TAG,
    MAX_FLOOR,
    STOP_RECOMMENDER_EVENT,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.errors import (
    InvalidRequest,
    JournalUnavailable,
    Unannounced,
    Unavailable,
)
from personalize_monitor.execute.action_requests import (
    ActionRequest,
    delete_request,
    floor_request,
    stop_request,
)
from personalize_monitor.execute.actions import Executor
from personalize_monitor.execute.outcome import Outcome, Result, done_untold
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.operator import Operator
from personalize_monitor_desk.console import shown
from personalize_monitor_desk.console.account_poller import AccountPoller
from personalize_monitor_desk.console.forms import Form, moment, whole
from personalize_monitor_desk.console.shown import State
from personalize_monitor_desk.prewarm.prewarms import Prewarms, check_once
from personalize_monitor_desk.restore.restorer import Deed, Restoration, Restorer

_LONGEST_HOLD = timedelta(days=366)
_REASON = "Asked for in the console."
_NAP, _NAP_IN_SANDBOX = 15.0, 1.0  # seconds between two looks at what is restored


class Uncertain(Unavailable):
    """AWS was asked to change something and did not tell whether it did."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a form means: the facts that it rests on, read when asked, and the way to do it."""

    facts: Callable[[], State]
    act: Callable[[], str]


@dataclass(frozen=True, slots=True)
class ActionContext:
    """The way to act on one resource of the watched account."""

    watch: AccountPoller
    arn: Arn

    @property
    def actions(self) -> PersonalizeActions:
        """The calls that change something."""
        return PersonalizeActions(self.watch.here.access, self.arn.region)

    def request(
        self, read: Callable[..., ActionRequest], name: str, **detail: Any
    ) -> ActionRequest:
        """A request as EventBridge would bring it, signed by whoever asks."""
        here, number = self.watch.here, str(uuid.uuid4())
        event = {
            "id": number,
            "detail-type": name,
            "time": here.now().isoformat(),
            "detail": {"ARN": str(self.arn), **detail},
        }
        request = read(event, account=self.arn.account, request_id=number)
        # No request signs for itself, as anybody may put one on the bus; here it is known.
        return replace(request, by=caller(here.access))

    def facts(self) -> State:
        """The resource as it is now."""
        return shown.of_resource(self.watch.here.access, self.arn)

    def ready(self) -> Operator:
        """The desk, once it is sure that what is done can be undone."""
        operator = self.watch.operator()
        operator.check()
        return operator

    def executor(self) -> Executor:
        """The application's own executor, with the deployment's journal or the local file."""
        operator = self.ready()
        return Executor(
            operator.access,
            operator.announcer,
            operator.reader,
            actions=operator.settings.actions,
            now=RealTime(self.watch.here.now()),
        )

    def restorer(self) -> Restorer:
        """Undoes what this application did."""
        operator = self.watch.operator()
        return Restorer(operator.access, operator.reader, operator.announcer)


def change_floor(hands: ActionContext, form: Form) -> Intent:
    """``floor``, ``reason``, and ``hold`` hours during which it stays."""
    floor = whole(form, "floor", 1, MAX_FLOOR)
    hours = whole(form, "hold", 0, 24 * 366) if form.get("hold") else 0
    reason = form.get("reason", "").strip() or _REASON
    detail: dict[str, Any] = {"NewMinTPS": floor, "Reason": reason}

    def act() -> str:
        if hours:
            detail["HoldUntil"] = _later(hands, timedelta(hours=hours))
        request = hands.request(floor_request, UPDATE_FLOOR_EVENT[Kind(hands.arn.kind)], **detail)
        return _told(request, hands.executor().set_floor)

    return Intent(hands.facts, act)


def hold(hands: ActionContext, form: Form) -> Intent:
    """``hours`` from now during which right-sizing leaves the floor alone; 0 ends the hold."""
    hours = whole(form, "hours", 0, 24 * 366)

    def act() -> str:
        if not hours:
            hands.actions.untag(hands.arn, [HOLD_UNTIL_TAG])
            return f"The floor of {hands.arn.name} is no longer held."
        until = _later(hands, timedelta(hours=hours))
        hands.actions.tag(hands.arn, {HOLD_UNTIL_TAG: until})
        return f"The floor of {hands.arn.name} is held until {until}."

    return Intent(hands.facts, act)


def exempt(hands: ActionContext, form: Form) -> Intent:
    """``how``: ``yes``, ``until`` (with ``day``), or ``no``."""
    name = hands.arn.name
    value, said = _exemption(hands, form)

    def act() -> str:
        if value:
            hands.actions.tag(hands.arn, {EXEMPT_TAG: value})
        else:
            hands.actions.untag(hands.arn, [EXEMPT_TAG])
        return f"{name} {said}"

    return Intent(hands.facts, act)


def _exemption(hands: ActionContext, form: Form) -> tuple[str, str]:
    """The value of the tag, empty for none, and what it means."""
    how = form.get("how", "")
    if how == "no":
        return "", "is no longer exempt."
    if how == "yes":
        return "yes", "is exempt: nothing is done to it."
    if how != "until":
        raise InvalidRequest("Choose whether it is exempt for good, until a day, or not at all.")
    try:
        last = date.fromisoformat(form.get("day", ""))
    except ValueError:
        raise InvalidRequest("Give the last day as 2027-01-31.") from None
    if last < hands.watch.here.now().date():
        raise InvalidRequest(f"{last} is over; give a day from today on.")
    return f"until:{last}", f"is exempt until {last}, that day included."


def prewarm(hands: ActionContext, form: Form) -> Intent:
    """``floor`` from ``begin`` to ``until`` (UTC), raised ``lead`` minutes before."""
    prewarms = _prewarms(hands, "Pre-warms are schedules of the application; deploy it first.")
    begin, until = moment(form, "begin"), moment(form, "until")
    floor = whole(form, "floor", 1, MAX_FLOOR)
    lead = timedelta(minutes=whole(form, "lead", 0, 24 * 60))
    now = hands.watch.here.now()
    check_once(floor, begin=begin, until=until, lead=lead, now=now)

    def act() -> str:
        made = prewarms.once(hands.arn, floor, begin=begin, until=until, now=now, lead=lead)
        return (
            f"Pre-warm {made.id}: {made.floor} TPS from {begin:%Y-%m-%d %H:%M} to "
            f"{until:%Y-%m-%d %H:%M} UTC."
        )

    return Intent(hands.facts, act)


def cancel(hands: ActionContext, form: Form) -> Intent:
    """Removes the pre-warm ``id``; a running one ends at once."""
    missing = "Pre-warms are schedules of the application, which is not deployed."
    prewarms, now = _prewarms(hands, missing), hands.watch.here.now()
    name = form.get("id", "")

    def facts() -> State:
        found = next((one for one in prewarms.all() if one.id == name), None)
        if found is None:
            raise InvalidRequest(f"There is no pre-warm {name} any more; look again.")
        return shown.of_prewarm(found, now)

    def act() -> str:
        return f"Pre-warm {prewarms.cancel(name, now=now).id} is cancelled."

    return Intent(facts, act)


def _prewarms(hands: ActionContext, missing: str) -> Prewarms:
    stack = hands.watch.operator().stack
    if stack is None:
        raise InvalidRequest(missing)
    return Prewarms(hands.watch.here.access, stack)


def delete(hands: ActionContext, form: Form) -> Intent:
    """Deletes a campaign or stops a recommender; ``name`` must be typed as it is."""
    meant(form.get("name", ""), hands.arn)
    reason = form.get("reason", "").strip() or _REASON

    def act() -> str:
        executor = hands.executor()
        if hands.arn.kind == Kind.CAMPAIGN:
            request = hands.request(delete_request, DELETE_CAMPAIGN_EVENT, Reason=reason)
            return _told(request, executor.delete)
        request = hands.request(stop_request, STOP_RECOMMENDER_EVENT, Reason=reason)
        return _told(request, executor.stop)

    return Intent(hands.facts, act)


def meant(typed: str, arn: Arn) -> None:
    """Raise InvalidRequest unless the name of what is to go was typed as it is."""
    if typed.strip() != arn.name:
        raise InvalidRequest(f"Type {arn.name} to say that you mean it.")


def restore(hands: ActionContext, form: Form) -> Intent:
    """Undo; with ``first`` to the floor before our first change. The end is told by a job."""
    here = hands.watch.here
    restorer = hands.restorer()
    wanted = restorer.look(hands.arn, now=here.now(), first=bool(form.get("first")))

    def act() -> str:
        hands.ready()
        if wanted.deed is Deed.FLOOR:
            return restorer.carry_out(wanted, now=here.now(), sleep=time.sleep)
        return _restore_in_a_job(hands, restorer, wanted)

    return Intent(lambda: shown.of_restoration(wanted), act)


def _restore_in_a_job(hands: ActionContext, restorer: Restorer, wanted: Restoration) -> str:
    here, jobs = hands.watch.here, hands.watch.jobs
    nap = _NAP_IN_SANDBOX if here.sandbox else _NAP

    def work(progress: Callable[[str], None]) -> str:
        said = restorer.carry_out(
            wanted, now=here.now(), sleep=lambda _: jobs.nap(nap), progress=progress
        )
        hands.watch.poke()
        return said

    # Another region may have a resource of the same name.
    if not jobs.start(f"Restoring {hands.arn.name} in {hands.arn.region}", work):
        raise InvalidRequest(f"{hands.arn.name} is being restored already.")
    return f"{wanted.summary} This takes a while; its end is told here."


DEEDS: dict[str, Callable[[ActionContext, Form], Intent]] = {
    "floor": change_floor,
    "hold": hold,
    "exempt": exempt,
    "prewarm": prewarm,
    "cancel": cancel,
    "delete": delete,
    "restore": restore,
}
"""By the last part of the address."""


def facts_of(name: str, hands: ActionContext, form: Form) -> State:
    """What the dialog of a deed shows when it opens; see ``carry_out`` for what it raises."""
    try:
        return restore(hands, form).facts() if name == "restore" else hands.facts()
    except AWS_ERRORS as error:
        raise Unavailable(sentence(f"Reading {hands.arn}", error)) from error


def carry_out(name: str, hands: ActionContext, form: Form) -> str:
    """One deed, if the world is still as the form showed it.

    Raises InvalidRequest for what cannot be meant or has moved, Unavailable where AWS did not tell
    how things are or refused, Uncertain where it was asked to change something and did not answer.
    """
    try:
        intent = DEEDS[name](hands, form)
        shown.hold(form, intent.facts())
    except AWS_ERRORS as error:
        raise Unavailable(sentence(f"Reading {hands.arn}", error)) from error
    try:
        return intent.act()
    except AWS_ERRORS as error:
        raise _failed(sentence(f"Changing {hands.arn}", error), error) from error
    except Unavailable as problem:
        raise _failed(str(problem), problem) from problem
    finally:
        hands.watch.tags.forget(hands.arn)
        hands.watch.poke()


def _failed(text: str, problem: Exception) -> Unavailable:
    """A refusal of AWS's own says that nothing was changed; silence says nothing."""
    if isinstance(problem, JournalUnavailable):  # which is asked for before anything is changed
        return Unavailable(text)
    cause = problem.__cause__ if isinstance(problem, Unavailable) else problem
    refused = isinstance(cause, AWS_ERRORS) and (is_final(cause) or is_throttled(cause))
    return Unavailable(text) if refused else Uncertain(text)


def _told(request: ActionRequest, act: Callable[[ActionRequest], Outcome]) -> str:
    try:
        outcome = act(request)
    except Unannounced as problem:
        return done_untold(request, problem)
    if outcome.result in {Result.DONE, Result.NO_CHANGE}:
        return outcome.message
    raise InvalidRequest(outcome.message)


def _later(hands: ActionContext, wait: timedelta) -> str:
    until = (hands.watch.here.now() + min(wait, _LONGEST_HOLD)).astimezone(UTC)
    return until.replace(microsecond=0).isoformat().replace("+00:00", "Z")
