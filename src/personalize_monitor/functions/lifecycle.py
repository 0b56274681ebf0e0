"""The stack's custom resource: the first dashboard on install, and nothing left on uninstall.

It is given all parameters, so that what cannot be meant is refused before anything goes by it; and
at an update those before, so that what is no longer watched is tidied while it can be reached.
CloudFormation waits for an answer, so there is always one. A deletion is always answered with
success: what could not be removed is in the log, and must not leave the stack undeletable.
"""

from __future__ import annotations

import json
import logging
import os
import urllib.request
from collections.abc import Mapping
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.clock import utc_now
from personalize_monitor.context.accounts import Accounts
from personalize_monitor.cycle.rebuild import rebuild
from personalize_monitor.errors import SettingsError
from personalize_monitor.functions.runtime import Runtime, budget, runtime
from personalize_monitor.functions.selftest import tests_itself
from personalize_monitor.settings import Settings
from personalize_monitor.uninstall.run import tidy, uninstall

_log = logging.getLogger(__name__)
_TRIES = 4


@tests_itself("Lifecycle")
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Serve Create, Update and Delete of the custom resource."""
    status, reason = "SUCCESS", ""
    try:
        problems = _serve(event, context)
        reason = " ".join(problems)
        for problem in problems:
            _log.error("problem", extra={"problem": problem})
    except SettingsError as problem:
        # Better a refused installation with a clear sentence than a monitor that fails for ever.
        status, reason = "FAILED", str(problem)
    except Exception as error:  # noqa: BLE001  CloudFormation must get an answer
        _log.exception("lifecycle")
        reason = f"{type(error).__name__}: {error}"
    if event.get("RequestType") == "Delete":
        status = "SUCCESS"
    answer = {
        "Status": status,
        "Reason": (reason or "Done.")[:1000],
        "PhysicalResourceId": event.get("PhysicalResourceId") or "personalize-monitor",
        "StackId": event.get("StackId", ""),
        "RequestId": event.get("RequestId", ""),
        "LogicalResourceId": event.get("LogicalResourceId", ""),
    }
    _log.info("lifecycle", extra={"answer": answer})
    _respond(event.get("ResponseURL", ""), answer)
    return answer


def _serve(event: dict[str, Any], context: Any) -> list[str]:
    here = runtime()
    if event.get("RequestType") == "Delete":
        return uninstall(here.access, here.deployment, budget(context), _members(here))
    settings = here.read(_given(event.get("ResourceProperties")))
    problems = list(_dashboard(here, settings, context))
    if event.get("RequestType") == "Update":
        former = _former(here, event.get("OldResourceProperties"))
        problems += tidy(here.access, here.deployment, settings, budget(context), former)
    return problems


def _given(properties: Mapping[str, Any] | None) -> dict[str, str]:
    """The parameters that the resource was given; the environment's where it was given none."""
    return {**os.environ, **{name: str(value) for name, value in (properties or {}).items()}}


def _former(here: Runtime, properties: Mapping[str, Any] | None) -> Settings | None:
    """The parameters before the update; None where they are not known or were refused."""
    try:
        return here.read({name: str(value) for name, value in (properties or {}).items()})
    except SettingsError:
        return None


def _members(here: Runtime) -> dict[str, Access]:
    """The ways into the other accounts; with parameters that cannot be meant there are none."""
    try:
        ways = Accounts.of(here.access, here.deployment, here.settings()).ways
    except SettingsError:
        return {}
    return {account: way for account, way in ways.items() if account != here.deployment.account}


def _dashboard(here: Runtime, settings: Settings, context: Any) -> tuple[str, ...]:
    return rebuild(
        here.deployment,
        settings,
        here.access,
        here.memory,
        now=utc_now(),
        budget=budget(context),
    ).problems


def _respond(url: str, answer: dict[str, Any]) -> None:
    if not url:
        return
    body = json.dumps(answer).encode()
    request = urllib.request.Request(  # noqa: S310  the address comes from CloudFormation
        url, data=body, method="PUT", headers={"Content-Type": "", "Content-Length": str(len(body))}
    )
    for left in reversed(range(_TRIES)):
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310  as above
                return
        except OSError:
            if not left:
                raise
            _log.warning("CloudFormation did not take the answer; trying again")
