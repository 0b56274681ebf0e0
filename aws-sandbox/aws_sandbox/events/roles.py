"""Roles that services take on: who may, and what the role then may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_sandbox import gate as gates
from aws_sandbox import iam


@dataclass(frozen=True, slots=True)
class RoleRecord:
    """A role's trust policy and its statements (which remember what was used)."""

    arn: str
    trust: Mapping[str, Any]
    statements: iam.Statements

    @property
    def name(self) -> str:
        """The role's name without path."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def account(self) -> str:
        """The account the role belongs to."""
        return self.arn.split(":")[4]


class Roles:
    """Every role of the sandbox that was made by a stack or by `Sandbox.create_role`."""

    def __init__(self, gate: gates.Gate) -> None:
        self._gate = gate
        self._roles: dict[str, RoleRecord] = {}
        self._keys: dict[tuple[str, str], str] = {}

    def put(
        self, arn: str, *, trust: Mapping[str, Any], statements: Iterable[Mapping[str, Any]]
    ) -> RoleRecord:
        """Make or change a role; its running sessions keep the statements they started with.

        Raises:
            iam.PolicyError: a statement is not valid.
        """
        record = RoleRecord(arn, trust, iam.Statements(statements))
        self._roles[arn] = record

        def trusted(principal: gates.Principal, said: Mapping[str, str]) -> bool:
            role_arn = self._arn_of(principal.name.split("/")[0], principal.account)
            context = {**said, "aws:PrincipalArn": role_arn}
            return iam.trusts(
                trust, principal_arn=role_arn, account=principal.account, context=context
            )

        self._gate.register_role(arn, gates.Role(record.statements, trusted))
        for (role_arn, session), key in self._keys.items():
            if role_arn == arn:
                self._gate.register(key, self._principal(record, session))
        return record

    def _arn_of(self, name: str, account: str) -> str:
        """A role's ARN with its path, which the ARN of its sessions leaves out."""
        for arn, record in self._roles.items():
            if (record.name, record.account) == (name, account):
                return arn
        return f"arn:aws:iam::{account}:role/{name}"

    def remove(self, arn: str) -> None:
        """Take a role away; the keys of its sessions are refused from now on."""
        self._roles.pop(arn, None)
        self._gate.roles.pop(arn, None)
        for (role_arn, _), key in self._keys.items():
            if role_arn == arn:
                self._gate.register(key, None)

    def get(self, arn: str) -> RoleRecord | None:
        """The role, or None."""
        return self._roles.get(arn)

    def all(self) -> list[RoleRecord]:
        """Every role, in order of creation."""
        return list(self._roles.values())

    def access_key(self, arn: str, session: str) -> str:
        """The access key of a session of this role, registered at the gate.

        Raises:
            LookupError: there is no such role.
        """
        if arn not in self._roles:
            raise LookupError(f"{arn} does not exist")
        key = self._keys.get((arn, session))
        if key is None:
            key = f"ASIASANDBOX{len(self._keys) + 1:09d}"
            self._keys[arn, session] = key
        self._gate.register(key, self._principal(self._roles[arn], session))
        return key

    def may(
        self,
        arn: str,
        *,
        service: str,
        action: str,
        resource: str,
        context: Mapping[str, Any],
        request: Mapping[str, Any] | None = None,
    ) -> bool:
        """Whether a service may take on the role and do this with it.

        `context` is what the role's trust sees, `request` what its statements' conditions see.
        """
        record = self._roles.get(arn)
        if record is None or not iam.trusts(record.trust, service=service, context=context):
            return False
        return bool(iam.is_allowed(record.statements, action, (resource,), request or {}))

    @staticmethod
    def _principal(record: RoleRecord, session: str) -> gates.Principal:
        return gates.Principal(f"{record.name}/{session}", record.account, record.statements)
