"""The deployed stack as CloudFormation tells of it: what it was given, and what it puts out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.paging import read_all
from personalize_monitor.aws.problems import AWS_ERRORS, code_of, sentence
from personalize_monitor.errors import InvalidRequest, Unavailable
from personalize_monitor.settings import ACCOUNT

_MARK = frozenset({"JournalLogGroup", "UpdateFunctionArn", "PrewarmScheduleGroup"})
"""Outputs by which a stack of ours is known, whatever it is called."""
_STANDING = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


@dataclass(frozen=True, slots=True)
class StackInfo:
    """One stack of this application; ``parameters`` and ``outputs`` by CloudFormation's names."""

    name: str
    region: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def values(self) -> Mapping[str, str]:
        """The parameters, and the stack's account, as ``settings.load`` wants them."""
        account = self.outputs.get("UpdateFunctionArn", "").split(":")[4:5]
        return {**self.parameters, **({ACCOUNT: account[0]} if account else {})}

    @property
    def journal_group(self) -> str:
        """The log group of its journal."""
        return self.outputs.get("JournalLogGroup", "")


class Stacks:
    """CloudFormation in one region; needs cloudformation:DescribeStacks."""

    def __init__(self, access: Access, region: str) -> None:
        self._client = access.client("cloudformation", region)
        self._region = region

    def find(self, name: str = "") -> StackInfo | None:
        """The stack of that name, or the only one of ours; None when there is none.

        Raises InvalidRequest when there are several or the name is no stack of ours, Unavailable
        when CloudFormation does not answer.
        """
        found = self._named(name) if name else self._all()
        ours = [stack for stack in found if stack.outputs.keys() >= _MARK]
        if name and found and not ours:
            raise InvalidRequest(
                f"Stack {name} in {self._region} is not a deployment of Personalize Monitor, or "
                "an older one; name another with --stack, or update it."
            )
        if len(ours) > 1:
            names = ", ".join(sorted(stack.name for stack in ours))
            raise InvalidRequest(
                f"Several deployments are in {self._region}: {names}; choose one with --stack."
            )
        return ours[0] if ours else None

    def _named(self, name: str) -> list[StackInfo]:
        try:
            stacks = self._client.describe_stacks(StackName=name)["Stacks"]
        except AWS_ERRORS as error:
            if code_of(error) == "ValidationError":  # what CloudFormation calls "does not exist"
                return []
            raise Unavailable(sentence(f"Looking for stack {name}", error)) from error
        return [self._info(stack) for stack in stacks]

    def _all(self) -> list[StackInfo]:
        listing = read_all(self._client.describe_stacks, "Stacks", token="NextToken")  # noqa: S106  the name of a page token is no secret
        if listing.error is not None:
            raise Unavailable(sentence("Looking for the stack", listing.error)) from listing.error
        return [self._info(s) for s in listing.items if s["StackStatus"] in _STANDING]

    def _info(self, stack: dict[str, Any]) -> StackInfo:
        return StackInfo(
            name=stack["StackName"],
            region=self._region,
            parameters={
                p["ParameterKey"]: p.get("ParameterValue", "") for p in stack.get("Parameters", ())
            },
            outputs={o["OutputKey"]: o.get("OutputValue", "") for o in stack.get("Outputs", ())},
        )
