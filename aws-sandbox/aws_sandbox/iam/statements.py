"""Identity policies: may a principal do this, and which permission said so.

Evaluation logic: an explicit Deny wins, then any Allow, else the implicit deny (IAM user guide,
"Policy evaluation logic", within one account and without boundaries).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_sandbox.iam.conditions import ConditionError, holds, like, wildcard

_KNOWN = {
    "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal",
}  # fmt: skip


class PolicyError(ValueError):
    """A policy statement is not valid; the message names the statement and the element."""


@dataclass(frozen=True, slots=True)
class UsedPermission:
    """One entry of one statement: the action pattern and the resource pattern that matched."""

    statement: int
    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one action on all its resources; `reason` says which resource was refused."""

    allowed: bool
    explicit_deny: bool = False
    refused_resource: str | None = None
    by: tuple[UsedPermission, ...] = ()

    def __bool__(self) -> bool:
        return self.allowed


def as_list(value: Any) -> list[Any]:
    """IAM's "one or many" elements as a list."""
    return value if isinstance(value, list) else [value]


class Statements(list[dict[str, Any]]):
    """The statements of one principal; remembers which of their entries were ever used."""

    def __init__(self, statements: Iterable[Mapping[str, Any]] = ()) -> None:
        super().__init__(dict(statement) for statement in statements)
        for index, statement in enumerate(self):
            check_statement(statement, f"statement {statement.get('Sid', index)}")
        self.used: dict[UsedPermission, int] = {}
        self._memo: dict[tuple[str, tuple[str, ...], str], Verdict] = {}
        self._plain = not any("Condition" in statement for statement in self)

    def permissions(self) -> list[UsedPermission]:
        """Every (statement, action, resource) entry that allows something, in policy order."""
        return [
            UsedPermission(index, action, resource)
            for index, statement in enumerate(self)
            if statement["Effect"] == "Allow"
            for action in as_list(statement.get("Action", []))
            for resource in as_list(statement.get("Resource", []))
        ]

    def name_of(self, index: int) -> str:
        """The statement's Sid, or its number."""
        return str(self[index].get("Sid", index))

    def decide(self, action: str, resources: Sequence[str], context: Mapping[str, Any]) -> Verdict:
        """Judge and remember what was used; the answer to the same question is memorised."""
        key = (action, tuple(resources), "" if self._plain else str(context))
        verdict = self._memo.get(key)
        if verdict is None:
            verdict = evaluate(self, action, resources, context)
            if len(self._memo) < 10_000:
                self._memo[key] = verdict
        for entry in verdict.by:
            self.used[entry] = self.used.get(entry, 0) + 1
        return verdict


def check_statement(statement: Mapping[str, Any], where: str) -> None:
    """Refuse what IAM would refuse: unknown elements, no effect, no action, no resource."""
    unknown = set(statement) - _KNOWN
    if unknown:
        raise PolicyError(f"{where}: unknown element {sorted(unknown)[0]}.")
    if statement.get("Effect") not in {"Allow", "Deny"}:
        raise PolicyError(f"{where}: Effect must be Allow or Deny.")
    for one, other in (("Action", "NotAction"), ("Resource", "NotResource")):
        if (one in statement) == (other in statement):
            raise PolicyError(f"{where}: needs exactly one of {one} and {other}.")
        for entry in as_list(statement.get(one, statement.get(other))):
            if not isinstance(entry, str) or not entry:
                raise PolicyError(f"{where}: {one} must hold strings, not {entry!r}.")
    for action in as_list(statement.get("Action", statement.get("NotAction"))):
        if action != "*" and ":" not in action:
            raise PolicyError(f"{where}: {action!r} is not an action (service:Name).")
    try:
        holds(statement.get("Condition", {}), {})
    except (ConditionError, AttributeError) as problem:
        raise PolicyError(f"{where}: {problem}") from problem


def _action_entry(statement: Mapping[str, Any], action: str) -> str | None:
    if "Action" in statement:
        wanted = action.lower()
        for entry in as_list(statement["Action"]):
            if like(wanted, entry.lower()):
                return str(entry)
        return None
    matched = any(like(action.lower(), entry.lower()) for entry in as_list(statement["NotAction"]))
    return None if matched else "NotAction"


def _resource_entry(statement: Mapping[str, Any], resource: str) -> str | None:
    if "Resource" in statement:
        for entry in as_list(statement["Resource"]):
            if entry == "*" or wildcard(entry).fullmatch(resource):
                return str(entry)
        return None
    matched = any(like(resource, entry) for entry in as_list(statement["NotResource"]))
    return None if matched else "NotResource"


def evaluate(
    statements: Sequence[Mapping[str, Any]],
    action: str,
    resources: Sequence[str],
    context: Mapping[str, Any],
) -> Verdict:
    """Judge one action on every one of its resources; all of them must be allowed."""
    live = [
        (index, statement, entry)
        for index, statement in enumerate(statements)
        if (entry := _action_entry(statement, action)) is not None
        and holds(statement.get("Condition", {}), context)
    ]
    used: list[UsedPermission] = []
    for resource in resources:
        allowed: UsedPermission | None = None
        for index, statement, entry in live:
            matched = _resource_entry(statement, resource)
            if matched is None:
                continue
            if statement["Effect"] == "Deny":
                return Verdict(allowed=False, explicit_deny=True, refused_resource=resource)
            allowed = allowed or UsedPermission(index, entry, matched)
        if allowed is None:
            return Verdict(allowed=False, refused_resource=resource)
        used.append(allowed)
    return Verdict(allowed=True, by=tuple(dict.fromkeys(used)))


def is_allowed(
    policies: Sequence[Mapping[str, Any]] | None,
    action: str,
    resources: Sequence[str],
    context: Mapping[str, Any],
) -> Verdict:
    """Whether a principal with these statements may do this; `None` is an administrator."""
    if policies is None:
        return Verdict(allowed=True)
    if isinstance(policies, Statements):
        return policies.decide(action, resources, context)
    return evaluate(policies, action, resources, context)
