"""The deployment that the command finds beside the account it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.stackinfo import StackInfo, Stacks
from personalize_monitor.context.lists import in_force
from personalize_monitor.settings import Settings
from personalize_monitor_desk.cli.exits import Usage
from personalize_monitor_desk.cli.session import Where

StackName = Annotated[
    str,
    typer.Option(
        "--stack", help="The deployed stack. Default: the only one there is.", metavar="NAME"
    ),
]


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack of this application and what follows from it."""

    stack: StackInfo
    access: Access

    def settings(self) -> Settings:
        """Its parameters. Raises SettingsError when they cannot be meant."""
        return in_force(self.access, self.stack)


def found(place: Where, name: str = "") -> Deployed | None:
    """The deployment in one of the regions looked at, or at home; None when there is none.

    Raises InvalidRequest for an unclear name, Unavailable when CloudFormation does not answer.
    """
    for region in dict.fromkeys((place.access.home_region, *place.regions)):
        stack = Stacks(place.access, region).find(name)
        if stack is not None:
            return Deployed(stack, place.access)
    if name:
        raise Usage(f"There is no stack {name} in {', '.join(place.regions)}; look at --region.")
    return None
