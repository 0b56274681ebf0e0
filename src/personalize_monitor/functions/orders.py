"""What the three acting functions share: read the request, act, answer, log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from personalize_monitor.clock import utc_now
from personalize_monitor.context.accounts import Accounts
from personalize_monitor.errors import ResourceBusy
from personalize_monitor.execute.action_requests import ActionRequest
from personalize_monitor.execute.actions import Executor
from personalize_monitor.execute.judge import Judge
from personalize_monitor.execute.outcome import Outcome, Result
from personalize_monitor.execute.refusal import refuse
from personalize_monitor.functions.runtime import request_id, runtime
from personalize_monitor.journal.journal_reader import JournalReader

_log = logging.getLogger(__name__)


def carry_out(
    event: dict[str, Any],
    context: Any,
    read: Callable[..., ActionRequest],
    act: Callable[[Executor, ActionRequest], Outcome],
) -> dict[str, str]:
    """The outcome of one request. Raises InvalidRequest for one that can never be carried out.

    A person's event that meets a busy resource raises ResourceBusy, so that Lambda delivers it
    again and in the end keeps it in the dead-letter queue; the monitor's own is decided anew, and
    one that is sent again later anyway may fail quietly.
    """
    here, now = runtime(), utc_now()
    settings = here.settings()
    ways = Accounts.of(here.access, here.deployment, settings).ways
    home = here.deployment.account
    request = read(event, account=home, others=ways, request_id=request_id(context))
    reader = JournalReader.of(here.access, here.deployment, but=request.id)
    executor = Executor(
        ways[request.arn.account],
        here.announcer(),
        reader,
        actions=settings.actions,
        now=now,
        judge=Judge(ways, here.deployment, settings, reader, now),
    )
    outcome = act(executor, request)
    _log.info("request", extra={"answer": outcome.as_dict()})
    waits = request.measured or request.again
    if outcome.result is Result.BUSY and request.by_event and not waits:
        raise ResourceBusy(outcome.message)
    return outcome.as_dict()


def decline(
    event: dict[str, Any], context: Any, read: Callable[..., ActionRequest]
) -> dict[str, str]:
    """The answer to a request that nothing deployed could carry out."""
    here = runtime()
    ways = Accounts.of(here.access, here.deployment, here.settings()).ways
    number = request_id(context)
    request = read(event, account=here.deployment.account, others=ways, request_id=number)
    outcome = refuse(request, here.announcer())
    _log.info("request", extra={"answer": outcome.as_dict()})
    return outcome.as_dict()
