"""All that blocks an action on one resource, so that nobody lifts the first and meets the next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from personalize_monitor.model.decision import Decision
from personalize_monitor.plan.snapshot import Seen
from personalize_monitor.policy.guards import BLOCKERS
from personalize_monitor.policy.tag_overrides import tag_overrides_in


def blockers(
    one: Seen, decision: Decision | None, tags: Mapping[str, str] | str, now: datetime
) -> dict[str, str]:
    """Names of what blocks, with a sentence where the tags tell it; empty when nothing does.

    ``tags`` is a sentence where they are not known.
    """
    found = dict.fromkeys(one.guards, "")
    if decision is not None and decision.held_by:
        named = str(decision.evidence.get(BLOCKERS) or decision.held_by)
        found |= dict.fromkeys(named.split(", "), "")
    if isinstance(tags, str):
        return found
    overrides = tag_overrides_in(tags, now)
    if overrides.exempt:
        found["exempt"] = overrides.exempt
    else:
        found.pop("exempt", None)  # the tags were read after the decision was drawn
    if overrides.hold_until is not None and overrides.hold_until > now:
        found["held"] = f"Held until {overrides.hold_until:%Y-%m-%d %H:%M} UTC by a tag."
    else:
        found.pop("held", None)
    return found
