"""Undo what this application did to a resource: delete, stop, or another floor.

First ``Restorer.look`` says what would be done, or refuses with a sentence; ``carry_out`` does it,
with the credentials of whoever asks. Everything needed is in the journal.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.caller import caller
from personalize_monitor.aws.events import Event
from personalize_monitor.aws.personalize import LATEST, Personalize, PersonalizeActions
from personalize_monitor.aws.problems import AWS_ERRORS, code_of, is_not_found, sentence
from personalize_monitor.clock import EventTime, RealTime
from personalize_monitor.contract import BUILD_DASHBOARD_EVENT, RESTORED_EVENT
from personalize_monitor.errors import InvalidRequest, Unannounced, Unavailable
from personalize_monitor.execute.action_requests import ActionRequest
from personalize_monitor.execute.actions import Executor
from personalize_monitor.execute.announce import Announcer
from personalize_monitor.execute.outcome import Result, done_untold
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.arn import Arn, solution_of
from personalize_monitor.model.entry import Entry
from personalize_monitor.model.resource import Kind, Resource, State
from personalize_monitor_desk.restore.meaning import (
    floor_before,
    last_deletion,
    last_stop,
    restored_since,
)

HOLD = timedelta(days=7)
"""How long right-sizing leaves a floor alone that was restored."""
_LOOK_BACK_HOURS = 400 * 24.0
_POLL_SECONDS = 15.0
_LONGEST_WAIT = 3600.0


class Deed(enum.StrEnum):
    """What a restoration does."""

    CREATE = "create"
    START = "start"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Restoration:
    """What would be done, in ``summary``, and why it is needed, in ``reason``.

    ``recipe`` is for CREATE; ``floor`` and ``from_floor`` are for FLOOR.
    """

    arn: Arn
    deed: Deed
    summary: str
    reason: str
    recipe: Mapping[str, Any] = field(default_factory=dict)
    floor: int | None = None
    from_floor: int | None = None


class Restorer:
    """Restores with one access; ``book`` is read for what was, ``announcer`` tells what is done."""

    def __init__(self, access: Access, reader: JournalReader, announcer: Announcer) -> None:
        self._access = access
        self._book = reader
        self._announcer = announcer

    def look(self, arn: Arn, *, now: datetime, first: bool = False) -> Restoration:
        """What restoring ``arn`` means now. Raises InvalidRequest when it cannot be done."""
        if arn.account != self._access.account:
            raise InvalidRequest(
                f"{arn} belongs to account {arn.account}, and these credentials are of "
                f"{self._access.account}; the journal is there, so make the change by hand, or "
                "send a request for its floor to the event bus."
            )
        entries = self._book.of_resource(arn, now=now, hours=_LOOK_BACK_HOURS)
        current = self._current(arn)
        if current is None:
            return self._again(arn, entries)
        if current.state is State.GOING:
            raise InvalidRequest(
                f"{arn} is still being deleted; try again in some minutes, when it is gone."
            )
        if current.kind is Kind.RECOMMENDER and current.state is not State.ACTIVE:
            return _start(current, entries)
        _refuse_stranger(current, entries)
        return _floor(current, entries, first=first)

    def carry_out(
        self,
        wanted: Restoration,
        *,
        now: datetime,
        sleep: Callable[[float], object],
        progress: Callable[[str], object] = lambda _: None,
    ) -> str:
        """Do it, wait until it serves, and answer a sentence.

        ``sleep`` waits so many seconds; ``progress`` hears the status. Raises InvalidRequest when
        the service refuses, Unavailable when it does not answer or the creation fails.
        """
        if wanted.deed is Deed.FLOOR:
            return self._set_floor(wanted, now)
        hands = PersonalizeActions(self._access, wanted.arn.region)
        try:
            if wanted.deed is Deed.CREATE:
                hands.create(wanted.recipe)
            else:
                hands.start(wanted.arn)
        except AWS_ERRORS as error:
            raise _refused(wanted, error) from error
        untold = self._say(self._announcement(wanted, now))
        self._wait(wanted.arn, sleep, progress)
        self._announcer.events.put(
            [Event(BUILD_DASHBOARD_EVENT, {"Reason": f"{wanted.arn} is back."})]
        )
        told = f"{wanted.arn} is ACTIVE again; its alarms return with the monitor's next cycle."
        return f"{told}{untold}"

    def _say(self, announcement: Event) -> str:
        """Announce what is under way already; why it could not be, as a sentence to add."""
        try:
            self._announcer.say(announcement)
        except Unannounced as problem:
            return f" It could not be announced: {problem.why}"
        return ""

    def _current(self, arn: Arn) -> Resource | None:
        try:
            return Personalize(self._access, arn.region).resource(arn)
        except AWS_ERRORS as error:
            if is_not_found(error):
                return None
            raise Unavailable(sentence(f"Reading {arn}", error)) from error

    def _again(self, arn: Arn, entries: Sequence[Entry]) -> Restoration:
        """A campaign that is gone, from the recipe that was kept before it was deleted."""
        deletion = last_deletion(entries)
        if deletion is None:
            raise InvalidRequest(
                f"{arn} does not exist, and the journal knows of no deletion of it by this "
                "application; there is nothing to restore it from."
            )
        recipe = _with_latest(deletion.recipe)
        if recipe.get("name") != arn.name:
            raise InvalidRequest(
                f"The recipe that the journal holds for {arn} makes a campaign of another name "
                f"({recipe.get('name')!r}); nothing was changed."
            )
        self._check_version(arn, str(recipe["solutionVersionArn"]))
        died = "" if deletion.announced else " (its announcement never came)"
        return Restoration(
            arn,
            Deed.CREATE,
            f"Create campaign {recipe['name']} again with a floor of "
            f"{recipe.get('minProvisionedTPS', 1)} from {recipe['solutionVersionArn']}"
            f"{_tags_shown(recipe)}.",
            f"It was deleted on {deletion.time:%Y-%m-%d %H:%M} UTC{died}: {deletion.reason}",
            recipe,
        )

    def _check_version(self, arn: Arn, version: str) -> None:
        try:
            status = Personalize(self._access, arn.region).version_status(version)
        except AWS_ERRORS as error:
            if is_not_found(error):
                raise InvalidRequest(
                    f"{arn} cannot be restored: its solution version {version} is gone. Train the "
                    "solution again and create the campaign from the new version."
                ) from error
            raise Unavailable(sentence(f"Reading {version}", error)) from error
        if status and status != "ACTIVE":
            raise InvalidRequest(
                f"{arn} cannot be restored now: its solution version {version} is {status}."
            )

    def _set_floor(self, wanted: Restoration, now: datetime) -> str:
        who = caller(self._access)
        request = ActionRequest(
            id=f"restore-{uuid.uuid4()}",
            arn=wanted.arn,
            asked=EventTime(now),
            reason=f"{wanted.reason} Asked for by {who or 'a person'}.",
            by=who,
            by_event=False,
            floor=wanted.floor,
            hold_until=now + HOLD,
            requester="restore",
        )
        executor = Executor(self._access, self._announcer, self._book, now=RealTime(now))
        until = f"{now + HOLD:%Y-%m-%d %H:%M} UTC"
        try:
            done = executor.set_floor(request)
        except Unannounced as problem:
            return f"{done_untold(request, problem)} Right-sizing leaves it alone until {until}."
        if done.result not in (Result.DONE, Result.NO_CHANGE):
            raise InvalidRequest(done.message)
        return f"{done.message} Right-sizing leaves it alone until {until}."

    def _announcement(self, wanted: Restoration, now: datetime) -> Event:
        verb = "is created again" if wanted.deed is Deed.CREATE else "is started again"
        who = caller(self._access)
        detail: dict[str, Any] = {
            "ARN": str(wanted.arn),
            "Name": wanted.arn.name,
            "Region": wanted.arn.region,
            "Deed": str(wanted.deed),
            "Reason": f"{wanted.reason} Asked for by {who or 'a person'}.",
            "By": who,
            "Summary": f"{wanted.arn.kind.capitalize()} {wanted.arn.name} in {wanted.arn.region} "
            f"{verb}.",
            "RequestId": f"restore-{uuid.uuid4()}",
            "RequestedBy": "restore",
            "RequestedAt": now.isoformat(),
        }
        return Event(RESTORED_EVENT, detail, str(wanted.arn))

    def _wait(
        self, arn: Arn, sleep: Callable[[float], object], progress: Callable[[str], object]
    ) -> None:
        waited = 0.0
        while waited < _LONGEST_WAIT:
            current = self._current(arn)
            status = current.status if current else "not visible yet"
            progress(status)
            if current is not None and current.state is State.ACTIVE:
                return
            if current is not None and current.state is State.FAILED:
                raise Unavailable(f"{arn} is {status}; the service says why in its console.")
            sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        raise Unavailable(f"{arn} is not ACTIVE after an hour; it may still become so.")


def _with_latest(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A campaign that followed its solution's newest version is created with ``$LATEST``."""
    wanted = dict(recipe)
    config = wanted.get("campaignConfig") or {}
    if config.get("syncWithLatestSolutionVersion"):
        wanted["solutionVersionArn"] = solution_of(str(wanted["solutionVersionArn"])) + LATEST
    return wanted


def _start(current: Resource, entries: Sequence[Entry]) -> Restoration:
    stop = last_stop(entries)
    if current.state is not State.STOPPED:
        raise InvalidRequest(f"{current.arn} is {current.status}; try again when it is INACTIVE.")
    if stop is None:
        raise InvalidRequest(
            f"{current.arn} is stopped, but not by this application; start it in the console."
        )
    return Restoration(
        current.arn,
        Deed.START,
        f"Start recommender {current.name} again with its floor of {current.floor}.",
        f"It was stopped on {stop.time:%Y-%m-%d %H:%M} UTC: {stop.detail.get('Reason', '')}",
    )


def _refuse_stranger(current: Resource, entries: Sequence[Entry]) -> None:
    """The name of a campaign that we deleted, taken by one that somebody else made since."""
    deletion = last_deletion(entries) if current.kind is Kind.CAMPAIGN else None
    if deletion is None or current.created <= deletion.time:
        return
    if restored_since(entries, deletion.time):
        return
    raise InvalidRequest(
        f"The name is taken: {current.arn} was deleted on {deletion.time:%Y-%m-%d %H:%M} UTC, and "
        f"somebody created another campaign of that name on {current.created:%Y-%m-%d %H:%M} UTC. "
        "Nothing was changed."
    )


def _tags_shown(recipe: Mapping[str, Any]) -> str:
    tags = recipe.get("tags")
    if not isinstance(tags, Mapping) or not tags:
        return ", without tags"
    return f", with the tags {', '.join(f'{key}={value}' for key, value in tags.items())}"


def _floor(current: Resource, entries: Sequence[Entry], *, first: bool) -> Restoration:
    before = floor_before(entries, first=first)
    if before is None:
        raise InvalidRequest(
            f"The journal knows of no change of {current.arn} by this application; there is "
            "nothing to undo."
        )
    in_force = current.pending_floor or current.floor
    if before.floor == in_force:
        raise InvalidRequest(
            f"The floor of {current.arn} is {in_force} already, what it was before our "
            f"{'first' if first else 'last'} change; there is nothing to undo."
        )
    change = before.change
    which = "first" if first else "last"
    return Restoration(
        current.arn,
        Deed.FLOOR,
        f"Set the floor of {current.kind} {current.name} from {in_force} back to {before.floor}, "
        f"and hold it for {HOLD.days} days.",
        f"Restored to what it was before our {which} change, on {change.time:%Y-%m-%d %H:%M} UTC, "
        f"from {change.previous_floor} to {change.floor}.",
        floor=before.floor,
        from_floor=in_force,
    )


def _refused(wanted: Restoration, error: Exception) -> InvalidRequest | Unavailable:
    code = code_of(error)
    if code == "ResourceAlreadyExistsException":
        return InvalidRequest(
            f"The name {wanted.arn.name} was taken meanwhile; nothing was changed."
        )
    if code == "LimitExceededException":
        return InvalidRequest(
            f"{wanted.arn} cannot be restored: the quota of active resources in its dataset group "
            "is reached. Delete another one, or have the quota raised."
        )
    return Unavailable(sentence(f"Restoring {wanted.arn}", error))
