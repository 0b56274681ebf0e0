"""CloudFormation's engine: in which order resources are made, changed and deleted, and rollback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from aws_sandbox.stack import (
    kinds_access,
    kinds_events,
    kinds_lambda,
    kinds_messaging,
    kinds_watch,
)
from aws_sandbox.stack.custom import CUSTOM
from aws_sandbox.stack.errors import (
    DeployError,
    ResourceError,
    StackError,
    TemplateError,
)
from aws_sandbox.stack.intrinsics import Resolver, references
from aws_sandbox.stack.kinds import REPLACE, Kind, Made, Order, Properties, Site
from aws_sandbox.stack.template import Template

KINDS: dict[str, Kind] = {
    **kinds_access.KINDS,
    **kinds_lambda.KINDS,
    **kinds_events.KINDS,
    **kinds_messaging.KINDS,
    **kinds_watch.KINDS,
    "AWS::CloudFormation::CustomResource": CUSTOM,
}
_EXPECTED = (ResourceError, TemplateError, ClientError, ParamValidationError, KeyError, ValueError)

Adjust = Callable[[Order], Order]


@dataclass(frozen=True, slots=True)
class StackEvent:
    """One line of the stack's history."""

    time: datetime
    logical_id: str
    type: str
    status: str
    reason: str = ""


@dataclass(slots=True)
class Existing:
    """A resource that exists: how it was ordered, what came to be, whether deletion spares it."""

    order: Order
    made: Made
    retain: bool = False


@dataclass(slots=True)
class State:
    """What exists of a stack, in order of creation, and its history."""

    resources: dict[str, Existing] = field(default_factory=dict)
    events: list[StackEvent] = field(default_factory=list)


def kind_of(type_name: str) -> Kind:
    """The kind that handles a resource type.

    Raises:
        TemplateError: the sandbox does not know this type.
    """
    if type_name.startswith("Custom::"):
        return CUSTOM
    if type_name not in KINDS:
        raise TemplateError(
            f"Resource type {type_name} is not known to the sandbox; it knows "
            f"{', '.join(sorted(KINDS))} and Custom::*."
        )
    return KINDS[type_name]


class Engine:
    """Brings a stack's resources to what a template and its parameters say."""

    def __init__(self, site: Site, state: State, adjust: Adjust | None = None) -> None:
        self.site = site
        self.state = state
        self._adjust: Adjust = adjust or (lambda order: order)

    def create(self, template: Template, resolver_for: Callable[[Engine], Resolver]) -> None:
        """Make everything; on failure delete what was made.

        Raises:
            DeployError: after the rollback, with the reason of the failure.
        """
        resolver = resolver_for(self)
        for logical_id in ordered(template, resolver):
            failure = self._try_create(logical_id, template, resolver)
            if failure is not None:
                self.note("", "AWS::CloudFormation::Stack", "ROLLBACK_IN_PROGRESS", failure)
                failures = self.delete(forget_retained=True)
                status = "ROLLBACK_FAILED" if failures else "ROLLBACK_COMPLETE"
                raise DeployError(status, [(logical_id, failure), *failures])

    def update(self, template: Template, resolver_for: Callable[[Engine], Resolver]) -> None:
        """Create, change and delete the difference; on failure put the old properties back.

        Raises:
            DeployError: after the rollback, with the reason of the failure.
        """
        before = dict(self.state.resources)
        resolver = resolver_for(self)
        wanted = ordered(template, resolver)
        replaced: list[tuple[str, Existing]] = []
        for logical_id in wanted:
            if logical_id in self.state.resources:
                failure = self._try_change(logical_id, template, resolver, replaced)
            else:
                failure = self._try_create(logical_id, template, resolver)
            if failure is not None:
                problems = self._roll_back(before)
                status = "UPDATE_ROLLBACK_FAILED" if problems else "UPDATE_ROLLBACK_COMPLETE"
                raise DeployError(status, [(logical_id, failure), *problems])
        gone = [(name, old) for name, old in before.items() if name not in wanted]
        for logical_id, old in [*reversed(replaced), *reversed(gone)]:
            # CloudFormation does not fail an update because cleaning up failed.
            self._try_delete(logical_id, old)
            if logical_id not in wanted:
                self.state.resources.pop(logical_id, None)

    def delete(self, *, forget_retained: bool = False) -> list[tuple[str, str]]:
        """Delete everything in reverse order; answers what could not be deleted, and why."""
        failures: list[tuple[str, str]] = []
        for logical_id, existing in reversed(list(self.state.resources.items())):
            if existing.retain and not forget_retained:
                self.note(logical_id, existing.order.type, "DELETE_SKIPPED")
                continue
            failure = self._try_delete(logical_id, existing)
            if failure is None:
                del self.state.resources[logical_id]
            else:
                failures.append((logical_id, failure))
        return failures

    def note(self, logical_id: str, type_name: str, status: str, reason: str = "") -> None:
        """Write a line into the stack's history."""
        self.state.events.append(
            StackEvent(self.site.cloud.clock.now(), logical_id, type_name, status, reason)
        )

    def _order(
        self, logical_id: str, template: Template, resolver: Resolver, generation: int = 0
    ) -> tuple[Kind, Order]:
        declared = template.resources[logical_id]
        properties: Properties = resolver.resolve(declared.get("Properties") or {})
        order = self._adjust(Order(logical_id, declared["Type"], properties, generation))
        kind = kind_of(order.type)
        kind.check(order)
        return kind, order

    def _try_create(
        self, logical_id: str, template: Template, resolver: Resolver, generation: int = 0
    ) -> str | None:
        """Make one resource; the reason if it failed."""
        type_name = str(template.resources[logical_id]["Type"])
        self.note(logical_id, type_name, "CREATE_IN_PROGRESS")
        retain = template.resources[logical_id].get("DeletionPolicy") == "Retain"
        order: Order | None = None
        try:
            kind, order = self._order(logical_id, template, resolver, generation)
            made = kind.create(self.site, order)
        except _EXPECTED as problem:
            physical = getattr(problem, "physical", None)
            if physical and order is not None:
                self.state.resources[logical_id] = Existing(order, Made(physical))
            reason = _reason(problem)
            self.note(logical_id, type_name, "CREATE_FAILED", reason)
            return reason
        self.state.resources[logical_id] = Existing(order, made, retain)
        self.note(logical_id, type_name, "CREATE_COMPLETE")
        return None

    def _try_change(
        self,
        logical_id: str,
        template: Template,
        resolver: Resolver,
        replaced: list[tuple[str, Existing]],
    ) -> str | None:
        """Change one resource if its properties changed; the reason if it failed."""
        old = self.state.resources[logical_id]
        try:
            kind, order = self._order(logical_id, template, resolver, old.order.generation)
        except _EXPECTED as problem:
            return self._update_failed(old.order, problem)
        if order.properties == old.order.properties and order.type == old.order.type:
            return None
        self.note(logical_id, order.type, "UPDATE_IN_PROGRESS")
        if order.type != old.order.type:
            answer: Made | str = REPLACE
        else:
            try:
                answer = kind.update(self.site, order, old.made, old.order.properties)
            except _EXPECTED as problem:
                # Half changed, maybe: the rollback puts the old properties back.
                self.state.resources[logical_id] = Existing(order, old.made, old.retain)
                return self._update_failed(order, problem)
        if isinstance(answer, Made):
            self.state.resources[logical_id] = Existing(order, answer, old.retain)
            if answer.ref != old.made.ref:
                replaced.append((logical_id, old))
            self.note(logical_id, order.type, "UPDATE_COMPLETE")
            return None
        replaced.append((logical_id, old))
        return self._try_create(logical_id, template, resolver, old.order.generation + 1)

    def _update_failed(self, order: Order, problem: Exception) -> str:
        reason = _reason(problem)
        self.note(order.logical_id, order.type, "UPDATE_FAILED", reason)
        return reason

    def _roll_back(self, before: Mapping[str, Existing]) -> list[tuple[str, str]]:
        """Put back what was there before an update; answers what could not be."""
        self.note("", "AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_IN_PROGRESS")
        problems: list[tuple[str, str]] = []
        for logical_id, now in reversed(list(self.state.resources.items())):
            old = before.get(logical_id)
            if old is now:
                continue
            failure = self._try_delete(logical_id, now) if old is None else self._put_back(old, now)
            if failure is not None:
                problems.append((logical_id, failure))
        self.state.resources.clear()
        self.state.resources.update(before)
        return problems

    def _put_back(self, old: Existing, now: Existing) -> str | None:
        if now.order.generation != old.order.generation or now.order.type != old.order.type:
            return self._try_delete(old.order.logical_id, now)
        kind = kind_of(old.order.type)
        try:
            kind.update(self.site, old.order, now.made, now.order.properties)
        except _EXPECTED as problem:
            return _reason(problem)
        return None

    def _try_delete(self, logical_id: str, existing: Existing) -> str | None:
        self.note(logical_id, existing.order.type, "DELETE_IN_PROGRESS")
        try:
            kind_of(existing.order.type).delete(self.site, existing.order, existing.made)
        except _EXPECTED as problem:
            reason = _reason(problem)
            self.note(logical_id, existing.order.type, "DELETE_FAILED", reason)
            return reason
        self.note(logical_id, existing.order.type, "DELETE_COMPLETE")
        return None


def _reason(problem: Exception) -> str:
    if isinstance(problem, StackError | ClientError):
        return str(problem)
    return f"{type(problem).__name__}: {problem}"


def active(template: Template, resolver: Resolver) -> list[str]:
    """Logical ids whose condition holds, in template order."""
    return [
        name
        for name, resource in template.resources.items()
        if "Condition" not in resource or resolver.condition(resource["Condition"])
    ]


def ordered(template: Template, resolver: Resolver) -> list[str]:
    """Active logical ids, each after what it depends on, otherwise in template order.

    Raises:
        TemplateError: an unknown type, or resources that depend on each other in a circle.
    """
    alive = active(template, resolver)
    waiting = {name: set(_needs(template.resources[name])) & set(alive) - {name} for name in alive}
    for name in alive:
        kind_of(str(template.resources[name].get("Type")))
    done: list[str] = []
    while waiting:
        ready = next((name for name, needs in waiting.items() if needs <= set(done)), None)
        if ready is None:
            circle = ", ".join(sorted(waiting))
            raise TemplateError(f"Circular dependency between resources: {circle}.")
        done.append(ready)
        del waiting[ready]
    return done


def _needs(resource: Mapping[str, Any]) -> Iterator[str]:
    yield from references(resource.get("Properties") or {})
    depends = resource.get("DependsOn") or []
    yield from [depends] if isinstance(depends, str) else depends
