"""What the monitor itself would decide about one resource at this moment, by the cycle's own code.

A request that carries the monitor's measurements is not believed: its decision is drawn anew, with
today's parameters, tags, traffic and journal, and carried out only as far as the new one goes. So
nobody can have more done by posing as the monitor than the monitor does by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import sentence
from personalize_monitor.clock import RealTime
from personalize_monitor.collect.measure import measure
from personalize_monitor.context.accounts import Accounts
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.memory import Memory, Place
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.decide.considered import Considered
from personalize_monitor.decide.decide import Deciding
from personalize_monitor.errors import JournalUnavailable, Unavailable
from personalize_monitor.execute.action_requests import ActionRequest
from personalize_monitor.execute.outcome import Outcome, Result, outcome
from personalize_monitor.harm.cases import docket_of, taken_back
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.window import Window
from personalize_monitor.settings import Settings

_SEEN_BY_THEN = timedelta(minutes=2)
"""What was written to the journal so long ago can be read there."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The request may be carried out: with this floor, and so many removals an hour."""

    floor: int | None = None
    allowed_per_hour: int = 1


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges for one deployment; ``ways`` leads into the watched accounts."""

    ways: Mapping[str, Access]
    deployment: Deployment
    settings: Settings
    reader: JournalReader
    now: RealTime

    def hear(self, request: ActionRequest, current: Resource) -> Leave | Outcome:
        """Leave to do what is asked for, as far as the monitor would do it now, or why not."""
        return self._off(request, current) or self._heard(request, current)

    def _off(self, request: ActionRequest, current: Resource) -> Outcome | None:
        """Why the monitor does nothing about it at all; None when it may."""
        if self.settings.dry_run:
            why = f"DryRun is Yes; {request.arn} is left alone."
            return outcome(request, Result.SWITCHED_OFF, why)
        home = self.deployment.home_region
        watched = current.region in self.settings.regions_to_watch(home)
        if not watched or not self.settings.wants(request.arn):
            why = f"{request.arn} is not among what is monitored; it is left alone."
            return outcome(request, Result.HELD, why)
        return None

    def _heard(self, request: ActionRequest, current: Resource) -> Leave | Outcome:
        if request.step_back:
            return self._step_back(request, current)
        try:
            considered = self._considered(current, everywhere=request.floor is None)
        except Unavailable as problem:
            return outcome(request, Result.HELD, f"{problem} {request.arn} is left alone.")
        decision = considered.decision
        if request.floor is None:
            if decision.action in (Action.DELETE, Action.STOP):
                return Leave(allowed_per_hour=considered.allowed_per_hour)
            return _refused(request, decision)
        floor = _as_far_as(decision, request.floor, current)
        return _refused(request, decision) if floor is None else Leave(floor)

    def _considered(self, current: Resource, *, everywhere: bool) -> Considered:
        target, metrics, window = self._at(current)
        memory = Memory(fleets=self._fleets(target, everywhere=everywhere))
        decided = Deciding(
            target, metrics, self.reader, self.settings, memory, window, self.now
        ).run(measure(metrics, [current], window), Budget())
        return decided.considered[0]

    def _step_back(self, request: ActionRequest, current: Resource) -> Leave | Outcome:
        """Whether the verdict on the floor in force is that it hurts, and which carries.

        The verdict is a record that only our functions can write.
        """
        if not self.settings.adjust_floor:
            why = f"Floors are not adjusted by themselves; {request.arn} is left alone."
            return outcome(request, Result.SWITCHED_OFF, why)
        target, _, _ = self._at(current)
        try:
            file = docket_of(self.reader, Memory(), target, self.now).files.get(str(current.arn))
        except JournalUnavailable as problem:
            return outcome(request, Result.HELD, f"{problem} {request.arn} is left alone.")
        if file is not None and request.floor is not None and taken_back(file, current):
            return Leave(min(file.memory.hurts[-1].back_to, request.floor))
        if (
            timedelta(0) <= request.age(self.now) < _SEEN_BY_THEN
            and current.floor == request.measured_floor
        ):
            raise Unavailable(
                f"No verdict on the floor of {request.arn} is to be seen in the journal yet; the "
                "next attempt looks again."
            )
        why = f"No lowering of {request.arn} by the monitor is to be taken back now."
        return outcome(request, Result.NO_LONGER_TRUE, why)

    def _at(self, current: Resource) -> tuple[Target, Metrics, Window]:
        access = self.ways[current.account]
        delay = timedelta(minutes=self.settings.metric_delay_minutes)
        target = Target(access, current.account, current.region)
        return target, Metrics(access, current.region), Window.settled(self.now, delay)

    def _fleets(self, here: Target, *, everywhere: bool) -> dict[Place, tuple[Resource, ...]]:
        """What there is here, by the lists, and ``everywhere`` else that can be read.

        Raises Unavailable when it is not known what there is here.
        """
        fleets = {(here.account, here.region): self._fleet(here)}
        if not everywhere:
            return fleets
        for target in Accounts(dict(self.ways)).targets(self.settings, self.deployment.home_region):
            place = (target.account, target.region)
            if place not in fleets:
                # Another region that does not answer says nothing, and keeps nothing from here.
                with suppress(Unavailable):
                    fleets[place] = self._fleet(target)
        return fleets

    def _fleet(self, place: Target) -> tuple[Resource, ...]:
        personalize = Personalize(place.access, place.region)
        campaigns, listed = personalize.campaigns()
        recommenders, also = personalize.recommenders()
        for listing in (listed, also):
            if listing.error is not None:
                raise Unavailable(sentence(f"Listing what there is in {place}", listing.error))
        found = [
            Resource(
                arn=one.arn,
                name=one.arn.name,
                kind=Kind.CAMPAIGN,
                status=one.status,
                floor=1,
                created=one.created,
                updated=one.updated,
            )
            for one in campaigns
        ]
        return tuple(r for r in (*found, *recommenders) if self.settings.wants(r.arn))


def granted(request: ActionRequest, leave: Leave) -> ActionRequest:
    """The request as far as it is granted."""
    return request if leave.floor is None else replace(request, floor=leave.floor)


def _as_far_as(decision: Decision, asked: int, current: Resource) -> int | None:
    """The floor of the two, asked for and decided now, that is nearer to the one in force."""
    decided, floor = decision.to_floor, current.floor
    if decision.action is not Action.SET_FLOOR or decided is None:
        return None
    if (decided < floor) != (asked < floor):
        return None
    return max(decided, asked) if asked < floor else min(decided, asked)


def _refused(request: ActionRequest, decision: Decision) -> Outcome:
    result = Result.HELD if decision.held_by else Result.NO_LONGER_TRUE
    return outcome(
        request, result, f"Looked at again, {request.arn} is left alone: {decision.reason}"
    )
