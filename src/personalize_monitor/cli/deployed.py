"""The deployment that the command finds beside the account it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from personalize_monitor.app.book import Book
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.journal import Journal
from personalize_monitor.aws.stackinfo import StackInfo, Stacks
from personalize_monitor.cli import screen
from personalize_monitor.cli.exits import Usage
from personalize_monitor.cli.session import Where
from personalize_monitor.errors import SettingsError, Unavailable
from personalize_monitor.settings import Settings, load

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

    def settings(self) -> Settings:
        """Its parameters. Raises SettingsError when they cannot be meant."""
        return load(self.stack.values)

    def book(self, access: Access) -> Book:
        """Its journal."""
        group = self.stack.journal_group
        return Book(Journal(access, self.stack.region, group=group) if group else None)


def found(place: Where, name: str = "") -> Deployed | None:
    """The deployment in one of the regions looked at, or at home; None when there is none.

    Raises InvalidRequest for an unclear name, Unavailable when CloudFormation does not answer.
    """
    for region in dict.fromkeys((place.access.home_region, *place.regions)):
        stack = Stacks(place.access, region).find(name)
        if stack is not None:
            return Deployed(stack)
    if name:
        raise Usage(f"There is no stack {name} in {', '.join(place.regions)}; look at --region.")
    return None


def found_or_told(place: Where, name: str = "") -> Deployed | None:
    """The same, but without an answer the command goes on and says what it lacks."""
    try:
        return found(place, name)
    except Unavailable as problem:
        screen.hint(f"{problem} Defaults are used instead of the deployment's parameters.")
        return None


def settings_of(deployed: Deployed | None) -> Settings | None:
    """The deployment's parameters, or None where there is no deployment or they are broken."""
    if deployed is None:
        return None
    try:
        return deployed.settings()
    except SettingsError as problem:
        screen.hint(f"The deployment's parameters cannot be meant: {problem}")
        return None
