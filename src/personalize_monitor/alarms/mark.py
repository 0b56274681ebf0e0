"""Our memory of an alarm, kept where it cannot get lost: the last line of its description.

``[PersonalizeMonitor owner=STACK/ACCOUNT/REGION actions=on]`` says whose alarm it is, and how we
left its actions; whoever finds them otherwise knows that a person has changed them since.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from personalize_monitor.context.target import Deployment
from personalize_monitor.contract import CREATED_BY, CREATED_BY_TAG

OWNER_TAG = "PersonalizeMonitorOwner"
"""Tag on alarms and topics: the deployment that made them (``Deployment.owner``)."""

_MARK = re.compile(r"\[PersonalizeMonitor owner=(?P<owner>\S+) actions=(?P<actions>[a-z]+)\]\s*$")


class Actions(enum.StrEnum):
    """How we left an alarm's actions."""

    ON = "on"
    OFF = "off"
    ARMING = "arming"
    """On, and its state was to be reset, because it already was in ALARM."""
    MUTED = "muted"
    """Off, because a person had switched them off."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose alarm it is, and how its actions were left."""

    owner: str
    actions: Actions

    def below(self, text: str) -> str:
        """An alarm's whole description: the text for people, then this mark."""
        return f"{text}\n[PersonalizeMonitor owner={self.owner} actions={self.actions}]"


def read_mark(description: str) -> tuple[str, Mark | None]:
    """The text for people and the mark of a description; None where there is no mark of ours."""
    match = _MARK.search(description)
    if match is None or match["actions"] not in set(Actions):
        return description, None
    return description[: match.start()].rstrip(), Mark(match["owner"], Actions(match["actions"]))


def tags_of(deployment: Deployment) -> dict[str, str]:
    """The tags of everything that a deployment makes."""
    return {CREATED_BY_TAG: CREATED_BY, OWNER_TAG: deployment.owner}
