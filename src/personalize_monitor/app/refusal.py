"""What answers a request to delete or stop something where nothing that could do it is deployed."""

from __future__ import annotations

from personalize_monitor.app.announce import Announcer
from personalize_monitor.app.orders import Order
from personalize_monitor.app.outcome import Outcome, Result, outcome
from personalize_monitor.aws.events import Event
from personalize_monitor.contract import NOTICE_EVENT
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.resource import Kind

REFUSED_KIND = "request-refused"


def refuse(order: Order, announcer: Announcer) -> Outcome:
    """Tell people, once for each request, that it is not carried out and what to change."""
    deletes = order.arn.kind == Kind.CAMPAIGN
    verb = "delete" if deletes else "stop"
    switch = "AutoDeleteIdleCampaigns" if deletes else "AutoStopIdleRecommenders"
    summary = (
        f"A request to {verb} {order.arn.kind} {order.arn.name} in {order.arn.region} is not "
        "carried out."
    )
    reason = (
        f"{switch} and AllowDeletionRequests are No, so nothing that could {verb} it is deployed. "
        f"To have such requests carried out, set AllowDeletionRequests to Yes. It was asked for "
        f"with the words: {order.reason}"
    )
    detail = {
        "Kind": REFUSED_KIND,
        "ARN": str(order.arn),
        "Name": order.arn.name,
        "Region": order.arn.region,
        "Summary": summary,
        "Reason": reason,
    }
    answer = outcome(order, Result.SWITCHED_OFF, f"{summary} {reason}")
    try:
        first = announcer.take(order, 1)
    except JournalUnavailable:
        first = True  # twice is better than never
    if first:
        announcer.say(Event(NOTICE_EVENT, detail, str(order.arn)))
    return answer
