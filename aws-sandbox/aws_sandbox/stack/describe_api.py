"""DescribeStacks: what a stack was given and what it puts out, as the command asks for it.

It also hands the operations of `deploy_api` to moto, which has its own otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult

from aws_sandbox.answers import Answer
from aws_sandbox.clock import Clock
from aws_sandbox.events.patching import Patches
from aws_sandbox.gate import Asking, Gate
from aws_sandbox.stack.deploy_api import DeployApi
from aws_sandbox.stack.stack import Stack

if TYPE_CHECKING:
    from moto.cloudformation.responses import CloudFormationResponse

Stacks = Callable[[], Sequence[Stack]]
Operation = Callable[["CloudFormationResponse"], ActionResult]


def install(stacks: Stacks, deploy: DeployApi, clock: Clock, gate: Gate, patches: Patches) -> None:
    """Answer DescribeStacks from the stacks of the sandbox instead of moto's, and deploy them.

    moto's CloudFormation loads half of moto, which takes seconds: it is left alone until the first
    call has loaded it anyway.
    """
    passed = gate.handle
    done: list[bool] = []

    def handle(asking: Asking, run: Callable[[], Answer]) -> Answer:
        if asking.service == "cloudformation" and not done:
            done.append(True)
            _replace(stacks, deploy, clock, patches)
        return passed(asking, run)

    patches.replace(gate, "handle", handle)


def _replace(stacks: Stacks, deploy: DeployApi, clock: Clock, patches: Patches) -> None:
    from moto.cloudformation.exceptions import ValidationError  # noqa: PLC0415  (see install)
    from moto.cloudformation.responses import CloudFormationResponse  # noqa: PLC0415

    def describe(response: CloudFormationResponse) -> ActionResult:
        wanted = response._get_param("StackName")  # noqa: SLF001 - moto's own accessor
        here = [
            stack
            for stack in stacks()
            if (stack.account, stack.region) == (response.current_account, response.region)
        ]
        if wanted:
            # A deleted stack is found by its id only.
            alive = [s for s in here if s.name == wanted and s.status != "DELETE_COMPLETE"]
            found = alive[-1:] or [stack for stack in here if stack.id == wanted]
            if not found:
                raise ValidationError(wanted)
        else:
            found = [stack for stack in here if stack.status != "DELETE_COMPLETE"]
        return ActionResult({"Stacks": [_shown(stack, clock) for stack in found]})

    patches.replace(CloudFormationResponse, "describe_stacks", describe)
    patches.replace(CloudFormationResponse, "create_stack", _method(deploy.create))
    patches.replace(CloudFormationResponse, "update_stack", _method(deploy.update))
    patches.replace(CloudFormationResponse, "delete_stack", _method(deploy.delete))


def _method(operation: Operation) -> Operation:
    """A function, which unlike a bound method takes the instance that it is called on."""

    def method(response: CloudFormationResponse) -> ActionResult:
        return operation(response)

    return method


def _shown(stack: Stack, clock: Clock) -> dict[str, Any]:
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": stack.events[0].time if stack.events else clock.now(),
        "StackStatus": stack.status,
        "Tags": {},  # moto turns a mapping into the list that AWS answers
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in stack.parameters.items()
        ],
        "Outputs": [
            {"OutputKey": key, "OutputValue": str(value)} for key, value in stack.outputs.items()
        ],
    }
