"""One stack: deployed, updated and deleted as a whole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_sandbox.events.cloud import Cloud
from aws_sandbox.iam.statements import as_list
from aws_sandbox.partition import partition_of
from aws_sandbox.stack.custom import Responses
from aws_sandbox.stack.engine import Engine, Existing, StackEvent, State, ordered
from aws_sandbox.stack.errors import DeployError, StackError, TemplateError
from aws_sandbox.stack.functions import FunctionService
from aws_sandbox.stack.intrinsics import Resolver, references
from aws_sandbox.stack.kinds import Order, Site
from aws_sandbox.stack.kinds_access import MANAGED
from aws_sandbox.stack.parameters import resolve_parameters
from aws_sandbox.stack.template import Template, load, transform

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")


@dataclass(frozen=True, slots=True)
class Grant:
    """One action that one statement of one role of the stack allows."""

    role: str
    statement: str
    action: str


class Stack:
    """A stack in one account and region; `status` is CloudFormation's word for how it is."""

    def __init__(
        self,
        *,
        cloud: Cloud,
        functions: FunctionService,
        responses: Responses,
        name: str,
        account: str,
        region: str,
        path: Path,
        without: Sequence[Grant] = (),
    ) -> None:
        if not _NAME.fullmatch(name):
            raise StackError(f"{name!r} is not a stack name: a letter, then letters, digits, '-'.")
        self.name, self.account, self.region, self.path = name, account, region, path
        place = f"arn:{partition_of(region)}:cloudformation:{region}:{account}"
        self.id = f"{place}:stack/{name}/{cloud.new_id()}"
        self.status = "REVIEW_IN_PROGRESS"
        self.parameters: dict[str, str] = {}
        self.outputs: dict[str, Any] = {}
        self._given: dict[str, Any] = {}
        self._without = tuple(without)
        self._state = State()
        self._cloud, self._functions, self._responses = cloud, functions, responses

    @property
    def events(self) -> list[StackEvent]:
        """The stack's history, oldest first."""
        return self._state.events

    @property
    def resources(self) -> Mapping[str, Existing]:
        """Logical id -> what exists."""
        return self._state.resources

    def physical_id(self, logical_id: str) -> str:
        """What Ref gives for a resource.

        Raises:
            KeyError: it does not exist (any more).
        """
        return self._state.resources[logical_id].made.ref

    def deploy(self, parameters: Mapping[str, Any]) -> Stack:
        """Create the stack.

        Raises:
            ParameterError: before anything is created.
            TemplateError: the template cannot be deployed.
            DeployError: a resource failed; everything was rolled back.
        """
        template, values = self._prepared(parameters)
        engine = self._engine(template)
        self._check(template, values)
        self.status = "CREATE_IN_PROGRESS"
        try:
            engine.create(template, lambda e: self._resolver(template, values, e.state))
        except DeployError as problem:
            self.status = problem.status
            raise
        self._settle(template, values, parameters, "CREATE_COMPLETE")
        return self

    def update(self, parameters: Mapping[str, Any], *, path: Path | None = None) -> Stack:
        """Change parameters (others keep their values) and, with `path`, the template.

        Raises:
            ParameterError: before anything is changed.
            TemplateError: the template cannot be deployed.
            DeployError: a resource failed; the stack is as it was.
        """
        self.path = path or self.path
        given = {**self._given, **parameters}
        template, values = self._prepared(given)
        self._check(template, values)
        self.status = "UPDATE_IN_PROGRESS"
        try:
            self._engine(template).update(
                template, lambda e: self._resolver(template, values, e.state)
            )
        except DeployError as problem:
            self.status = problem.status
            raise
        self._settle(template, values, given, "UPDATE_COMPLETE")
        return self

    def delete(self) -> None:
        """Delete everything the stack made.

        Raises:
            DeployError: some resources could not be deleted; try again after mending.
        """
        self.status = "DELETE_IN_PROGRESS"
        failures = self._engine(Template({"Resources": {}})).delete()
        self.status = "DELETE_FAILED" if failures else "DELETE_COMPLETE"
        if failures:
            raise DeployError(self.status, failures)

    def grant_usage(self) -> dict[Grant, int]:
        """Every action that the stack's own policies allow, and how often a call needed it."""
        usage: dict[Grant, int] = {}
        for logical_id, existing in self._state.resources.items():
            role = self._cloud.roles.get(existing.made.attributes.get("Arn", ""))
            if existing.order.type != "AWS::IAM::Role" or role is None:
                continue
            for entry in role.statements.permissions():
                name = role.statements.name_of(entry.statement)
                if name not in MANAGED:
                    grant = Grant(logical_id, name, entry.action)
                    usage[grant] = usage.get(grant, 0) + role.statements.used.get(entry, 0)
        return usage

    def grants(self) -> list[Grant]:
        """Every action that the stack's roles allow, statement by statement."""
        return list(self.grant_usage())

    def unused_grants(self) -> list[Grant]:
        """The grants that no call has needed so far."""
        return [grant for grant, count in self.grant_usage().items() if not count]

    def _prepared(self, given: Mapping[str, Any]) -> tuple[Template, dict[str, str]]:
        source = load(self.path)
        values = resolve_parameters(source.get("Parameters") or {}, given)
        return transform(source, self.path.parent, values, self.region), values

    def _check(self, template: Template, values: Mapping[str, str]) -> None:
        """Refuse unknown types and references to nothing before anything is made."""
        known = {*template.resources, *template.parameters}
        for name, resource in template.resources.items():
            depends = resource.get("DependsOn") or []
            mentioned = [depends] if isinstance(depends, str) else list(depends)
            mentioned += references(resource.get("Properties") or {})
            for other in mentioned:
                if other not in known and not other.startswith("AWS::"):
                    raise TemplateError(f"{name} refers to {other}, which does not exist.")
        ordered(template, self._resolver(template, values, State()))

    def _engine(self, template: Template) -> Engine:
        site = Site(
            self._cloud,
            self._functions,
            self._responses,
            self.account,
            self.region,
            self.name,
            self.id,
            template.code,
        )
        return Engine(site, self._state, self._adjust)

    def _adjust(self, order: Order) -> Order:
        """Take the grants away that the test wants to be without."""
        if order.type == "AWS::IAM::Policy":
            mine = [grant for grant in self._without if self._bound(grant, order)]
        else:
            mine = [grant for grant in self._without if grant.role == order.logical_id]
        if order.type not in {"AWS::IAM::Role", "AWS::IAM::Policy"} or not mine:
            return order
        properties = dict(order.properties)
        if order.type == "AWS::IAM::Policy":
            policies = [properties]
        else:
            policies = [dict(policy) for policy in properties.get("Policies") or []]
            properties["Policies"] = policies
        index = 0
        for policy in policies:
            statements = []
            for statement in as_list(policy["PolicyDocument"]["Statement"]):
                name = str(statement.get("Sid", index))
                taken = {grant.action for grant in mine if grant.statement == name}
                left = [a for a in as_list(statement.get("Action", [])) if a not in taken]
                index += 1
                if left or "NotAction" in statement:
                    statements.append({**statement, "Action": left} if left else statement)
                else:
                    # The numbers of later statements must not move.
                    nothing = {**statement, "Action": "sandbox:Removed"}
                    statements.append(nothing)
            policy["PolicyDocument"] = {**policy["PolicyDocument"], "Statement": statements}
        return Order(order.logical_id, order.type, properties, order.generation)

    def _bound(self, grant: Grant, order: Order) -> bool:
        """Whether a policy that stands by itself is attached to the role of a grant."""
        role = self._state.resources.get(grant.role)
        return role is not None and role.made.ref in (order.properties.get("Roles") or [])

    def _resolver(self, template: Template, values: Mapping[str, str], state: State) -> Resolver:
        def existing(logical_id: str) -> Existing:
            if logical_id not in state.resources:
                raise TemplateError(
                    f"Unresolved resource dependency: {logical_id} does not exist in this stack."
                )
            return state.resources[logical_id]

        def attribute(logical_id: str, name: str) -> Any:
            attributes = existing(logical_id).made.attributes
            if name not in attributes:
                raise TemplateError(f"Fn::GetAtt: {logical_id} has no attribute {name}.")
            return attributes[name]

        return Resolver(
            body=template.body,
            parameters=values,
            pseudo={
                "AWS::Region": self.region,
                "AWS::AccountId": self.account,
                "AWS::Partition": partition_of(self.region),
                "AWS::StackName": self.name,
                "AWS::StackId": self.id,
                "AWS::URLSuffix": "amazonaws.com" + (".cn" if self.region[:3] == "cn-" else ""),
                "AWS::NotificationARNs": [],
            },
            reference=lambda logical_id: existing(logical_id).made.ref,
            attribute=attribute,
        )

    def _settle(
        self,
        template: Template,
        values: dict[str, str],
        given: Mapping[str, Any],
        status: str,
    ) -> None:
        self.status, self.parameters, self._given = status, values, dict(given)
        resolver = self._resolver(template, values, self._state)
        self.outputs = {
            name: resolver.resolve(output["Value"])
            for name, output in (template.body.get("Outputs") or {}).items()
            if "Condition" not in output or resolver.condition(output["Condition"])
        }
