"""What answers a request to delete or stop something where nothing that could do it is deployed."""

from __future__ import annotations

from personalize_monitor.aws.events import Event
from personalize_monitor.contract import NOTICE_EVENT
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.execute.action_requests import ActionRequest
from personalize_monitor.execute.announce import Announcer
from personalize_monitor.execute.outcome import Outcome, Result, outcome
from personalize_monitor.model.resource import Kind

REFUSED_KIND = "request-refused"


def refuse(request: ActionRequest, announcer: Announcer) -> Outcome:
    """Tell people, once for each request, that it is not carried out and what to change."""
    deletes = request.arn.kind == Kind.CAMPAIGN
    verb = "delete" if deletes else "stop"
    switch = "AutoDeleteIdleCampaigns" if deletes else "AutoStopIdleRecommenders"
    summary = (
        f"A request to {verb} {request.arn.kind} {request.arn.name} in {request.arn.region} is not "
        "carried out."
    )
    reason = (
        f"{switch} and AllowDeletionRequests are No, so nothing that could {verb} it is deployed. "
        f"To have such requests carried out, set AllowDeletionRequests to Yes. It was asked for "
        f"with the words: {request.reason}"
    )
    detail = {
        "Kind": REFUSED_KIND,
        "ARN": str(request.arn),
        "Name": request.arn.name,
        "Region": request.arn.region,
        "Summary": summary,
        "Reason": reason,
    }
    answer = outcome(request, Result.SWITCHED_OFF, f"{summary} {reason}")
    try:
        first = announcer.take(request, 1)
    except JournalUnavailable:
        first = True  # twice is better than never
    if first:
        announcer.say(Event(NOTICE_EVENT, detail, str(request.arn)))
    return answer
