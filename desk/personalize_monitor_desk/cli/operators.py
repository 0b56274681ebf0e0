"""What the verbs that change something share: the desk, the question first, and real waiting."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.errors import SettingsError, Unavailable
from personalize_monitor.plan.operator import Operator
from personalize_monitor_desk.cli import deployed, screen, session
from personalize_monitor_desk.cli.exits import Usage
from personalize_monitor_desk.cli.session import Where

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


def operator_of(place: Where, stack: str) -> Operator:
    """The deployment's journal, or a file of this account where nothing is deployed."""
    found = deployed.found(place, stack)
    return _opened(place, found.stack if found else None)


def looking_operator(place: Where, stack: str) -> Operator:
    """The same for a verb that only looks: it goes on without an answer, and says what it lacks."""
    try:
        operator = operator_of(place, stack)
    except Unavailable as problem:
        screen.hint(f"{problem} Defaults are used instead of the deployment's parameters.")
        return _opened(place, None)
    if operator.stack is None:
        return operator
    try:
        operator.settings  # noqa: B018  broken parameters are told here, once
    except SettingsError as problem:
        screen.hint(f"The deployment's parameters cannot be meant: {problem} Defaults are used.")
        return replace(operator, stack=replace(operator.stack, parameters={}))
    return operator


def _opened(place: Where, stack: StackInfo | None) -> Operator:
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    folder = Path(state).expanduser() / "personalize-monitor"
    path = folder / f"journal-{place.access.account}.jsonl"
    return Operator.open(place.access, stack, now=place.now, path=path)


def agreed(question: str, *, yes: bool) -> bool:
    """Whether to go on; without a terminal only ``--yes`` says so."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise Usage("Nobody can be asked here; say --yes to do it.")
    if typer.confirm(question, err=True):
        return True
    screen.hint("Nothing was changed.")
    return False


def wait(seconds: float) -> None:
    """Real seconds; before a sandbox, whose clock runs faster, only one.

    Raises Unavailable where that clock stands still, so that waiting would be in vain.
    """
    before = session.sandbox_time()
    time.sleep(min(seconds, 1.0) if before else seconds)
    if before and session.sandbox_time() == before:
        raise Unavailable(
            "It was asked for, and happens as soon as the sandbox's clock goes on, which stands "
            "still: turn it at /_sandbox/clock?speed=60."
        )


def tell_journal(operator: Operator) -> None:
    """Where the recipe is kept, if that is not the stack's own journal."""
    if operator.path is not None:
        screen.hint(f"No deployment was found; the journal is the file {operator.path}.")
