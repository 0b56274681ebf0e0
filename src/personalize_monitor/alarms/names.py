"""The names of our alarms, in both directions: from a resource, and back to it."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from personalize_monitor.contract import (
    CLIENT_ERROR_ALARM,
    IDLE_ALARM,
    LOW_UTILIZATION_ALARM,
    SERVER_ERROR_ALARM,
)
from personalize_monitor.model.resource import Kind
from personalize_monitor.settings import Settings


class Sort(enum.StrEnum):
    """What an alarm tells, in the order in which missing ones are made: most money first."""

    IDLE = "idle"
    LOW = "low utilization"
    CLIENT_ERRORS = "client errors"
    SERVER_ERRORS = "server errors"

    @property
    def rank(self) -> int:
        """Position in the order of making."""
        return list(Sort).index(self)

    def wanted(self, settings: Settings) -> bool:
        """Whether the settings ask for this sort of alarm."""
        return {
            Sort.IDLE: settings.idle_alarms,
            Sort.LOW: settings.utilization_alarms,
        }.get(self, settings.error_alarms)


_PREFIX = {
    Sort.IDLE: IDLE_ALARM,
    Sort.LOW: LOW_UTILIZATION_ALARM,
    Sort.CLIENT_ERRORS: CLIENT_ERROR_ALARM,
    Sort.SERVER_ERRORS: SERVER_ERROR_ALARM,
}
_RESOURCE_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-_]{0,62}")  # AWS: Name of the Personalize API


@dataclass(frozen=True, slots=True)
class Named:
    """What an alarm's name says: the sort of alarm, and the resource it is about."""

    sort: Sort
    kind: Kind
    resource: str


def name_of(sort: Sort, kind: Kind, resource: str) -> str:
    """The alarm's name; at most 109 of the 255 characters that CloudWatch allows."""
    return f"{_PREFIX[sort][kind]}{resource}"


def read_name(name: str) -> Named | None:
    """The meaning of an alarm's name, or None when it is not of our making."""
    for sort, prefixes in _PREFIX.items():
        for kind, prefix in prefixes.items():
            resource = name.removeprefix(prefix)
            if resource != name and _RESOURCE_NAME.fullmatch(resource):
                return Named(sort, kind, resource)
    return None
