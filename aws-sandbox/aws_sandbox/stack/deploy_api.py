"""CreateStack, UpdateStack and DeleteStack: what the AWS CLI asks for when it installs a template.

As in AWS, the call answers at once and the work follows; here it is done by whoever moves the
sandbox's time. Their functions' code is what is installed here: nothing is uploaded.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult

from aws_sandbox.stack.errors import StackError
from aws_sandbox.stack.parameters import resolve_parameters
from aws_sandbox.stack.stack import Stack
from aws_sandbox.stack.template import load

if TYPE_CHECKING:
    from moto.cloudformation.responses import CloudFormationResponse

_BUSY = ("_IN_PROGRESS",)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class DeployApi:
    """The three operations for one sandbox.

    `stacks` answers the stacks there are, `begin` makes one that is not deployed yet (name,
    template, account, region), and `later` has work done soon.
    """

    stacks: Callable[[], list[Stack]]
    begin: Callable[[str, Path, str, str], Stack]
    later: Callable[[Callable[[], None]], None]
    _folders: list[str] = field(default_factory=list)

    def close(self) -> None:
        """Remove the templates that were kept."""
        while self._folders:
            shutil.rmtree(self._folders.pop(), ignore_errors=True)

    def create(self, response: CloudFormationResponse) -> ActionResult:
        """CreateStack; wrong parameters are refused at once."""
        asked = _Asked.of(response)
        if self._found(asked) is not None:
            raise _already_exists(asked.name)
        path = self._kept(response)
        given = asked.given({})
        _check(path, given)
        stack = self.begin(asked.name, path, asked.account, asked.region)
        stack.status = "CREATE_IN_PROGRESS"
        self.later(lambda: _work(stack, "ROLLBACK_COMPLETE", lambda: stack.deploy(given)))
        return ActionResult({"StackId": stack.id})

    def update(self, response: CloudFormationResponse) -> ActionResult:
        """UpdateStack: a new template, or the previous one; parameters are kept where asked."""
        asked = _Asked.of(response)
        stack = self._needed(asked)
        if stack.status.endswith(_BUSY):
            raise _invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        path = stack.path if response._get_param("UsePreviousTemplate") else self._kept(response)  # noqa: SLF001 - moto's own accessor
        given = asked.given(stack.parameters)
        _check(path, given)
        # What is not given returns to its default, as CloudFormation has it.
        defaults = {
            name: str(one["Default"])
            for name, one in (load(path).get("Parameters") or {}).items()
            if "Default" in one
        }
        stack.status = "UPDATE_IN_PROGRESS"
        self.later(
            lambda: _work(
                stack,
                "UPDATE_ROLLBACK_COMPLETE",
                lambda: stack.update({**defaults, **given}, path=path),
            )
        )
        return ActionResult({"StackId": stack.id})

    def delete(self, response: CloudFormationResponse) -> ActionResult:
        """DeleteStack; one that does not exist is deleted already."""
        stack = self._found(_Asked.of(response))
        if stack is not None:
            stack.status = "DELETE_IN_PROGRESS"
            self.later(lambda: _work(stack, "DELETE_FAILED", stack.delete))
        return ActionResult({})

    def _found(self, asked: _Asked) -> Stack | None:
        here = [s for s in self.stacks() if (s.account, s.region) == (asked.account, asked.region)]
        alive = [s for s in here if s.status != "DELETE_COMPLETE"]
        return next((s for s in reversed(alive) if asked.name in {s.name, s.id}), None)

    def _needed(self, asked: _Asked) -> Stack:
        found = self._found(asked)
        if found is None:
            raise _invalid(f"Stack [{asked.name}] does not exist")
        return found

    def _kept(self, response: CloudFormationResponse) -> Path:
        """The template's text in a folder of its own."""
        body = response._get_param("TemplateBody")  # noqa: SLF001 - moto's own accessor
        if not body:
            raise _invalid("The sandbox takes templates as TemplateBody only.")
        folder = Path(tempfile.mkdtemp(prefix="aws-sandbox-"))
        self._folders.append(str(folder))
        path = folder / "template.yaml"
        path.write_text(body, "utf-8")
        return path


@dataclass(frozen=True, slots=True)
class _Asked:
    """The stack that a call is about, and the parameters that it carries."""

    name: str
    account: str
    region: str
    parameters: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, response: CloudFormationResponse) -> _Asked:
        """Read a call."""
        name: Any = response._get_param("StackName")  # noqa: SLF001 - moto's own accessor
        listed: Any = response._get_param("Parameters", [])  # noqa: SLF001 - the same
        return cls(str(name), response.current_account, response.region, tuple(listed))

    def given(self, before: Mapping[str, str]) -> dict[str, str]:
        """Values by parameter; `before` has those to keep."""
        return {
            one["ParameterKey"]: before[one["ParameterKey"]]
            if str(one.get("UsePreviousValue")).lower() == "true"
            else str(one.get("ParameterValue", ""))
            for one in self.parameters
        }


def _check(path: Path, given: Mapping[str, str]) -> None:
    try:
        resolve_parameters(load(path).get("Parameters") or {}, given)
    except StackError as problem:
        raise _invalid(str(problem)) from problem


def _work(stack: Stack, failed: str, do: Callable[[], object]) -> None:
    """Carry out; a failure shows in the stack's status and events."""
    try:
        do()
    except StackError as problem:
        _log.warning("stack %s: %s", stack.name, problem)
        if stack.status.endswith(_BUSY):
            stack.status = failed


def _invalid(message: str) -> Exception:
    # moto's CloudFormation takes seconds to import; whoever is here has it already.
    from moto.cloudformation.exceptions import ValidationError  # noqa: PLC0415

    refused: Exception = ValidationError(message=message)
    return refused


def _already_exists(name: str) -> Exception:
    from moto.cloudformation.exceptions import AlreadyExistsException  # noqa: PLC0415  (as above)

    refused: Exception = AlreadyExistsException(f"Stack [{name}] already exists")
    return refused
