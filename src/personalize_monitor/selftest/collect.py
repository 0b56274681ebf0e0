"""The results of all functions: each is started, and answers what it could not do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from personalize_monitor.aws.functions import Functions
from personalize_monitor.aws.problems import AWS_ERRORS, is_denied, sentence
from personalize_monitor.context.budget import Budget
from personalize_monitor.errors import FunctionFailed
from personalize_monitor.selftest import ASK, OWN
from personalize_monitor.selftest.roles import FUNCTIONS
from personalize_monitor.selftest.tries import Report, read_report

_SECONDS = 65.0
"""A little more than most functions have (their Timeout in the template)."""


def collected(
    own: Callable[[], Report], functions: Functions, others: Mapping[str, str], budget: Budget
) -> Report:
    """The reports of this function and of ``others`` (physical names by our names), in one."""
    report = own()
    for name, physical in others.items():
        if not budget.allows(_SECONDS):
            report += Report(silent=(f"There was no time to let {name}Function try.",))
            continue
        report += _asked(functions, name, physical)
    return report


def _asked(functions: Functions, name: str, physical: str) -> Report:
    try:
        return read_report(functions.ask(physical, {ASK: OWN}))
    except AWS_ERRORS as error:
        # A refusal is among our own tries, with the statement to change.
        doing = f"Starting the self-test of {name}Function"
        return Report(silent=() if is_denied(error) else (sentence(doing, error),))
    except (FunctionFailed, ValueError) as error:
        return Report(silent=(f"The self-test of {name}Function failed: {error}",))


def others_in(text: str) -> dict[str, str]:
    """``U=NAME,De=NAME`` of the environment: physical names by ours, which begin like that."""
    pairs = (part.strip().partition("=") for part in text.split(",") if "=" in part)
    return {
        next(name for name in FUNCTIONS if name.startswith(begin)): physical
        for begin, _, physical in pairs
    }
