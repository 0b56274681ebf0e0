"""What a resource kind is to the engine: create, update, delete, and what Ref and GetAtt answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_sandbox import clients
from aws_sandbox.events.cloud import Cloud
from aws_sandbox.partition import partition_of
from aws_sandbox.stack.errors import ResourceError

if TYPE_CHECKING:
    from aws_sandbox.stack.custom import Responses
    from aws_sandbox.stack.functions import FunctionService

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a stack lives and which services it uses."""

    cloud: Cloud
    functions: FunctionService
    responses: Responses
    account: str
    region: str
    stack_name: str
    stack_id: str
    code: Mapping[str, Path]

    def client(self, service: str) -> Any:
        """A boto3 client of the stack's account and region, as CloudFormation."""
        return clients.shared(service, self.region, self.account)

    def arn(self, service: str, resource: str) -> str:
        """An ARN in the stack's account and region."""
        return f"arn:{partition_of(self.region)}:{service}:{self.region}:{self.account}:{resource}"

    def generated_name(self, logical_id: str, generation: int = 0, *, limit: int = 64) -> str:
        """STACK-LOGICALID-SUFFIX; the suffix comes from the stack's id, so it is repeatable.

        Like CloudFormation's: what is too long is cut in the longer of the two parts, or in both.
        """
        seed = f"{self.stack_id}/{logical_id}/{generation}".encode()
        suffix = hashlib.sha256(seed).hexdigest()[:12].upper()
        room = limit - len(suffix) - 3  # two hyphens, and one character that stays free
        stack, logical = _cut(self.stack_name, logical_id, room)
        return f"{stack}-{logical}-{suffix}"


def _cut(one: str, other: str, room: int) -> tuple[str, str]:
    """Both texts, cut so that together they have at most ``room`` characters."""
    half = room // 2
    if len(one) + len(other) <= room:
        return one, other
    if len(one) <= half:
        return one, other[: room - len(one)]
    if len(other) <= half:
        return one[: room - len(other)], other
    return one[:half], other[:half]


@dataclass(frozen=True, slots=True)
class Order:
    """One resource to make: its logical id, type and resolved properties."""

    logical_id: str
    type: str
    properties: Properties
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """What came to be: Ref, GetAtt values, and what deletion needs to know."""

    ref: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


REPLACE = "replace"
"""The answer of an update that needs a new resource."""

Create = Callable[[Site, Order], Made]
Update = Callable[[Site, Order, Made, Properties], "Made | str"]
Delete = Callable[[Site, Order, Made], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource type. `known` are its properties; any other is refused.

    `update` gets the new order, what exists, and the old properties.
    """

    create: Create
    delete: Delete
    update: Update
    known: frozenset[str]
    required: frozenset[str] = frozenset()

    def check(self, order: Order) -> None:
        """Refuse unknown and missing properties.

        Raises:
            ResourceError: with the property's name.
        """
        for name in order.properties:
            if self.known and name not in self.known:
                raise ResourceError(f"{order.type} has no property {name} that the sandbox knows.")
        for name in sorted(self.required):
            if order.properties.get(name) in (None, ""):
                raise ResourceError(f"{order.type} needs the property {name}.")


def names(text: str) -> frozenset[str]:
    """Property names written in one string."""
    return frozenset(text.split())


def flag(value: Any) -> bool:
    """A CloudFormation boolean: true, "true" or "True"."""
    return str(value).lower() == "true"


def tags_of(properties: Properties) -> list[dict[str, str]]:
    """Tags as a list of Key and Value, whichever way they are written."""
    tags = properties.get("Tags") or []
    if isinstance(tags, Mapping):
        return [{"Key": str(key), "Value": str(value)} for key, value in tags.items()]
    return [{"Key": str(tag["Key"]), "Value": str(tag["Value"])} for tag in tags]


def document(value: Any) -> str:
    """A policy document as JSON text."""
    return value if isinstance(value, str) else json.dumps(value)


def in_place(*identity: str) -> Callable[[Callable[..., Made]], Update]:
    """Mark an update in place; a change of an `identity` property needs a new resource."""

    def decorate(change: Callable[..., Made]) -> Update:
        def update(site: Site, order: Order, made: Made, old: Properties) -> Made | str:
            if any(order.properties.get(name) != old.get(name) for name in identity):
                return REPLACE
            return change(site, order, made, old)

        return update

    return decorate


def replace_always(site: Site, order: Order, made: Made, old: Properties) -> Made | str:
    """The update of kinds whose every property needs replacement."""
    del site, order, made, old
    return REPLACE
