"""The pipeline in front of every call: who, is all well, may they, dispatch, check, record.

The gate knows nothing of moto: `wire` hands it an `Asking` and a function that dispatches it.
"""

from __future__ import annotations

import functools
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from aws_sandbox import answers
from aws_sandbox.answers import Answer
from aws_sandbox.clock import Clock
from aws_sandbox.faults import Faults

DEFAULT_ACCOUNT: Final = "123456789012"
_ASSUME_KEYS: Final = {
    "sts:ExternalId": "ExternalId",
    "sts:RoleSessionName": "RoleSessionName",
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: `name` is role/session; `policies` of None make an administrator."""

    name: str
    account: str = DEFAULT_ACCOUNT
    policies: Sequence[Mapping[str, Any]] | None = None

    @property
    def arn(self) -> str:
        """The ARN that AWS names in a denial."""
        name = self.name if "/" in self.name else f"{self.name}/{self.name}"
        return f"arn:aws:sts::{self.account}:assumed-role/{name}"


@dataclass(frozen=True, slots=True)
class Role:
    """What AssumeRole gives: the statements, and who may assume it (None: everybody).

    `trusts` gets the caller and what the call says of itself, as condition keys.
    """

    policies: Sequence[Mapping[str, Any]] | None
    trusts: Callable[[Principal, Mapping[str, str]], bool] | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A request as it arrives, before anybody has judged it."""

    access_key: str
    service: str
    action: str
    region: str
    protocol: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One finished call; `error` is the error code that was answered, None for success."""

    time: datetime
    principal: Principal
    account: str
    service: str
    action: str
    region: str
    params: Mapping[str, Any] = field(repr=False)
    error: str | None = None

    @property
    def principal_name(self) -> str:
        """The caller's role/session."""
        return self.principal.name


class Refusal(Exception):
    """The gate answers an error instead of dispatching."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


class Unreachable(Exception):
    """The service is off the network: there is no answer at all."""


class InvalidAnswer(AssertionError):
    """The sandbox was about to answer something that AWS's own model forbids."""


class Gate:
    """Every request of one sandbox passes here, one at a time; see the module.

    `calls` holds the latest ones (`kept` at most); `counts` counts all of them.
    """

    def __init__(self, clock: Clock, *, seed: int = 0) -> None:
        self.clock = clock
        self.faults = Faults(seed)
        self.validate = True
        self.calls: list[Call] = []
        self.kept = 10_000
        self.counts: Counter[tuple[str, str, str, str | None]] = Counter()
        self.on_call: list[Callable[[Call], None]] = []
        self.alter: list[Callable[[Call, dict[str, Any]], dict[str, Any] | None]] = []
        self.roles: dict[str, Role] = {}
        self.lock = threading.RLock()
        self._principals: dict[str, Principal | None] = {}
        self._thread = threading.local()

    def register(self, access_key_id: str, principal: Principal | None) -> None:
        """Bind an access key to a principal; None makes the key one that AWS does not know."""
        self._principals[access_key_id] = principal

    def register_role(self, arn: str, role: Role) -> None:
        """Let `arn` be assumed. Once any role is registered, unregistered ones are refused."""
        self.roles[arn] = role

    def principal_of(self, access_key: str) -> Principal | None:
        """Who holds a key: as registered, else an administrator (12 digits name the account)."""
        if access_key in self._principals:
            return self._principals[access_key]
        account = access_key if re.fullmatch(r"\d{12}", access_key) else DEFAULT_ACCOUNT
        return Principal("administrator", account)

    def account_of(self, access_key: str) -> str:
        """The account that a key belongs to."""
        principal = self.principal_of(access_key)
        return principal.account if principal else DEFAULT_ACCOUNT

    def defer(self, work: Callable[[], None]) -> None:
        """Run `work` once the present request has let go of the lock; at once outside of a request.

        What calls back into the sandbox from threads (an event delivered to a function) must wait.
        """
        waiting: list[Callable[[], None]] | None = getattr(self._thread, "waiting", None)
        if waiting is None:
            work()
        else:
            waiting.append(work)

    def handle(self, asking: Asking, run: Callable[[], Answer]) -> Answer:
        """Take a request through the pipeline.

        Raises:
            Unreachable: a fault rule says that the service is down.
            InvalidAnswer: the answer does not conform to botocore's output shape.
        """
        outermost = getattr(self._thread, "waiting", None) is None
        if outermost:
            self._thread.waiting = []
        try:
            return self._pass(asking, run)
        finally:
            if outermost:
                waiting, self._thread.waiting = self._thread.waiting, None
                for work in waiting:
                    work()

    def _pass(self, asking: Asking, run: Callable[[], Answer]) -> Answer:
        principal = self.principal_of(asking.access_key)
        call = Call(
            self.clock.now(),
            principal or Principal("unknown"),
            principal.account if principal else DEFAULT_ACCOUNT,
            asking.service,
            asking.action,
            asking.region,
            asking.params,
        )
        try:
            self._admit(call, known=principal is not None)
            with self.lock:
                answer = run()
                answer = self._finish(call, asking, answer)
        except Refusal as refusal:
            self._record(replace(call, error=refusal.code))
            return answers.error(
                asking.service, asking.protocol, refusal.code, refusal.message, refusal.status
            )
        except Unreachable:
            self._record(replace(call, error="Unreachable"))
            raise
        self._record(call if answer[0] < 400 else replace(call, error=answers.code_of(answer)))
        return answer

    def _admit(self, call: Call, *, known: bool) -> None:
        fault = self.faults.meet(call) if self.faults else None
        if fault is not None and fault.down:
            raise Unreachable(fault.message)
        if fault is not None:
            raise Refusal(fault.code, fault.message, fault.status)
        if not known:
            raise Refusal(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                403,
            )
        if call.principal.policies is not None:
            self._authorize(call)
        if call.service == "sts" and call.action == "AssumeRole":
            self._trust(call)

    def _authorize(self, call: Call) -> None:
        from aws_sandbox import iam  # noqa: PLC0415  (iam is optional to the world)

        needs = iam.request_of(call.service, call.action, call.params, call.account, call.region)
        for need in needs:
            verdict = iam.is_allowed(
                call.principal.policies, need.action, need.resources, need.context
            )
            if not verdict:
                resource = verdict.refused_resource or need.resources[0]
                raise denial(call, need.action, resource, explicit=verdict.explicit_deny)

    def _trust(self, call: Call) -> None:
        arn = str(call.params.get("RoleArn", ""))
        role = self.roles.get(arn)
        said = {
            key: str(call.params[name])
            for key, name in _ASSUME_KEYS.items()
            if call.params.get(name)
        }
        if self.roles and (role is None or (role.trusts and not role.trusts(call.principal, said))):
            raise denial(call, "sts:AssumeRole", arn, explicit=False)

    def _finish(self, call: Call, asking: Asking, answer: Answer) -> Answer:
        """Alter and check a successful answer; learn the keys that AssumeRole handed out."""
        if answer[0] >= 300:
            return answer
        for alter in self.alter:
            answer = answers.altered(answer, asking.protocol, functools.partial(alter, call))
        if call.service == "sts" and call.action == "AssumeRole":
            self._learn(call, answer)
        if self.validate:
            wrong = answers.problems(asking.service, asking.action, asking.protocol, answer)
            if wrong:
                raise InvalidAnswer(f"{asking.service} {asking.action}: {'; '.join(wrong[:3])}")
        return answer

    def _learn(self, call: Call, answer: Answer) -> None:
        arn = str(call.params["RoleArn"])
        role = self.roles.get(arn, Role(None))
        name = f"{arn.rsplit('/', 1)[-1]}/{call.params.get('RoleSessionName', 'session')}"
        body = answer[2].decode() if isinstance(answer[2], bytes) else answer[2]
        key = re.search(r"<AccessKeyId>([^<]+)</AccessKeyId>", body)
        if key:
            self.register(key.group(1), Principal(name, arn.split(":")[4], role.policies))

    def _record(self, call: Call) -> None:
        with self.lock:
            self.counts[call.service, call.action, call.region, call.error] += 1
            self.calls.append(call)
            if len(self.calls) > self.kept:
                del self.calls[: len(self.calls) // 2]
        for listen in self.on_call:
            listen(call)


def denial(call: Call, action: str, resource: str, *, explicit: bool) -> Refusal:
    """AWS's wording of a denied permission."""
    why = (
        "with an explicit deny in an identity-based policy"
        if explicit
        else f"because no identity-based policy allows the {action} action"
    )
    code = {"sns": "AuthorizationError", "sts": "AccessDenied"}.get(
        call.service, "AccessDeniedException"
    )
    text = (
        f"User: {call.principal.arn} is not authorized to perform: {action} "
        f"on resource: {resource} {why}"
    )
    return Refusal(code, text, 403 if code != "AccessDeniedException" else 400)


def current() -> Gate:
    """The gate of the live sandbox.

    Raises:
        LookupError: no sandbox is running.
    """
    from aws_sandbox import world  # noqa: PLC0415  (the world holds the gate)

    return world.current().gate


def register(access_key_id: str, principal: Principal | None) -> None:
    """`Gate.register` of the live sandbox."""
    current().register(access_key_id, principal)
