"""Whether a resource is idle: nobody asked it anything for the whole threshold, for certain."""

from __future__ import annotations

from datetime import datetime

from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.sample import Sample


def may_be_idle(resource: Resource, hours: int, now: datetime) -> Decision | None:
    """Why the question does not arise, or None when its requests should be looked at."""
    if resource.stale:
        return leave(resource, _STALE, held_by="unknown data")
    if resource.update_pending:
        return leave(
            resource, "It is being updated; it is looked at again afterwards.", held_by="busy"
        )
    settled = resource.settled_hours(now)
    if settled < hours:
        what = "created" if resource.updated <= resource.created else "created or updated"
        return leave(
            resource,
            f"It was {what} {settled:.1f} hours ago; idle resources are left alone until "
            f"{hours} hours have passed.",
            held_by="recently updated",
            evidence={"hours_since_update": round(settled, 2)},
        )
    return None


def idle(
    resource: Resource, requests: Sample, *, hours: int, enabled: bool, now: datetime
) -> Decision | None:
    """Delete or stop it when ``requests`` (errors counted too) over ``hours`` are surely none.

    None when it is in use. ``enabled`` False gives the finding with the switch that is off.
    """
    if requests.requests is None:
        return leave(
            resource,
            f"Its requests of the last {hours} hours are not known ({requests.why_unknown}); "
            "nothing follows from that.",
            held_by="unknown data",
        )
    if requests.requests > 0:
        return None
    action = Action.DELETE if resource.kind is Kind.CAMPAIGN else Action.STOP
    found = f"No request came in the last {hours} hours"
    evidence = {
        "requests": 0,
        "hours": hours,
        "age_hours": round(resource.age_hours(now), 2),
    }
    if not enabled:
        switch = _SWITCH[resource.kind]
        return leave(resource, f"{found}, but {switch} is No.", evidence=evidence)
    verb = "delete it" if action is Action.DELETE else "stop it"
    return Decision(resource, action, f"{found}: {verb}.", evidence=evidence)


_STALE = "AWS did not answer about it in this cycle; nothing is decided on old knowledge."
_SWITCH = {
    Kind.CAMPAIGN: "AutoDeleteIdleCampaigns",
    Kind.RECOMMENDER: "AutoStopIdleRecommenders",
}
