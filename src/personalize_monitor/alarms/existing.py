"""An alarm as CloudWatch describes it, with what its mark says about the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from personalize_monitor.alarms.mark import Actions, Mark, read_mark


@dataclass(frozen=True, slots=True)
class Existing:
    """One alarm that exists. ``fields`` is CloudWatch's own description of it."""

    name: str
    arn: str
    enabled: bool
    state: str
    text: str
    mark: Mark | None
    fields: Mapping[str, Any]

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Existing:
        """Read one entry of DescribeAlarms."""
        text, mark = read_mark(item.get("AlarmDescription") or "")
        return cls(
            name=item["AlarmName"],
            arn=item.get("AlarmArn") or "",
            enabled=bool(item.get("ActionsEnabled")),
            state=item.get("StateValue", ""),
            text=text,
            mark=mark,
            fields=item,
        )

    @property
    def muted(self) -> bool:
        """Whether a person switched its actions off; the monitor had left them on."""
        left = self.mark.actions if self.mark else Actions.OFF
        return left is not Actions.OFF and not self.enabled

    @property
    def judged(self) -> bool:
        """Whether CloudWatch has judged it, so that another state of it is news."""
        return self.state != "INSUFFICIENT_DATA"

    @property
    def written(self) -> datetime | None:
        """When its configuration was changed last."""
        moment: datetime | None = self.fields.get("AlarmConfigurationUpdatedTimestamp")
        return moment

    @property
    def in_alarm(self) -> bool:
        """Whether it fires already, so that enabling its actions alone would tell nobody."""
        return self.state == "ALARM"

    @property
    def reset_pending(self) -> bool:
        """Whether it was armed while in ALARM, and the reset that belongs to it did not happen."""
        if not (self.mark and self.mark.actions is Actions.ARMING and self.enabled):
            return False
        since: datetime | None = self.fields.get("StateUpdatedTimestamp")
        changed = self.written
        return self.in_alarm and since is not None and changed is not None and since < changed

    def all_clear(self, topic: str) -> list[str]:
        """Where an OK goes. A new alarm has none: its first OK is an all-clear nobody waits for."""
        given = list(self.fields.get("OKActions") or ())
        return self.actions("OKActions", topic) if given or self.judged else given

    def actions(self, member: str, topic: str) -> list[str]:
        """``topic`` and whatever a person added beside it; CloudWatch allows five."""
        name = topic.rpartition(":")[2]
        others = [
            action
            for action in self.fields.get(member) or ()
            if action != topic and action.rpartition(":")[2] != name
        ]
        return [topic, *others][:5]


def alarm_name(item: Mapping[str, Any]) -> str:
    """The name in an entry of DescribeAlarms."""
    return str(item["AlarmName"])


def covers(found: Any, wanted: Any) -> bool:
    """Whether everything that we set is found so; what we did not set does not matter."""
    match wanted:
        case dict():
            return isinstance(found, Mapping) and all(
                key in found and covers(found[key], value) for key, value in wanted.items()
            )
        case list():
            if not isinstance(found, list) or len(found) != len(wanted):
                return False
            pairs = zip(sorted(found, key=_key), sorted(wanted, key=_key), strict=True)
            return all(covers(left, right) for left, right in pairs)
        case bool() | str():
            return bool(found == wanted)
        case _:
            return float(found) == float(wanted)


def _key(item: Any) -> str:
    """Orders what AWS may return in another order: queries, dimensions and ARNs."""
    return str(item.get("Id") or item.get("Name")) if isinstance(item, Mapping) else str(item)
