"""What the functions of a deployment say that they are refused."""

from __future__ import annotations

from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.functions import Functions
from personalize_monitor.aws.problems import AWS_ERRORS, is_denied, sentence
from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.errors import FunctionFailed
from personalize_monitor.journal.comparisons import END
from personalize_monitor.model.counted import counted
from personalize_monitor.selftest import ALL, ASK, END_HOLD
from personalize_monitor.selftest.tries import read_report
from personalize_monitor.selftest.words import sentences
from personalize_monitor_desk.cli import screen
from personalize_monitor_desk.cli.doctor.finding import Finding, ok, skipped, wrong

_SUBJECT = "Self-test"
_CHANGES = "First changes"
_HOLD = "Hold of all floors"


def findings(access: Access, stack: StackInfo | None) -> list[Finding]:
    """One for each permission that a function misses; needs lambda:InvokeFunction."""
    if stack is None:
        return [skipped(_SUBJECT, "There is no deployment whose functions could try anything.")]
    function = stack.outputs.get("MonitorFunctionArn", "")
    if not function:
        return [wrong(_SUBJECT, "The deployment is an older one.", "Deploy this version.")]
    try:
        with screen.working("The functions try their permissions"):
            answer = Functions(access, stack.region).ask(function, {ASK: ALL})
        return _read(answer)
    except AWS_ERRORS as error:
        cure = "Look at the network, and try again."
        if is_denied(error):
            cure = f"Allow lambda:InvokeFunction on {function} to the identity that you use."
        return [wrong(_SUBJECT, sentence("Asking MonitorFunction", error), cure)]
    except (FunctionFailed, ValueError) as problem:
        return [wrong(_SUBJECT, f"MonitorFunction failed: {problem}", "Look at its log.")]


def ended(access: Access, stack: StackInfo | None) -> list[Finding]:
    """What is said of ending the hold of all floors; needs lambda:InvokeFunction."""
    function = stack.outputs.get("MonitorFunctionArn", "") if stack else ""
    if stack is None or not function:
        return [skipped(_HOLD, "There is no deployment that could hold floors.")]
    try:
        told = Functions(access, stack.region).ask(function, {ASK: END_HOLD}).get("ended") or []
    except AWS_ERRORS as error:
        return [wrong(_HOLD, sentence("Asking MonitorFunction", error), "Try again.")]
    except (FunctionFailed, ValueError) as problem:
        return [wrong(_HOLD, f"MonitorFunction failed: {problem}", "Look at its log.")]
    if not told:
        return [ok(_HOLD, "Floors were not held.")]
    return [ok(_HOLD, f"Ended, and accepted from now on: {' '.join(map(str, told))}")]


def _compared(answer: dict[str, Any]) -> list[Finding]:
    """What the first changes of a kind left as it was, and what they did not."""
    told = answer.get("compared") or {}
    found = [ok(_CHANGES, str(one)) for one in told.get("verified") or ()]
    cure = f"Put it right where it matters; then let floors be changed again with `{END}`."
    return found + [wrong(_CHANGES, str(one), cure) for one in told.get("different") or ()]


def _read(answer: dict[str, Any]) -> list[Finding]:
    report = read_report(answer.get("report") or {})
    missing = [str(one) for one in answer.get("missing") or ()]
    told = [*sentences(report), *missing]
    if not told:
        well = ok(_SUBJECT, f"{counted(report.tried, 'call')} of the functions are allowed.")
        return [well, *_compared(answer)]
    refused = [wrong(_SUBJECT, said, cure) for said, cure in map(_parted, told)]
    return refused + _compared(answer)


def _parted(told: str) -> tuple[str, str]:
    """What is wrong, and what to do about it: our sentences have both, parted by a colon."""
    said, parted, cure = told.partition(": ")
    return (f"{said}.", f"{cure[:1].upper()}{cure[1:]}") if parted else (told, "Try again later.")
