"""What happened on the stage: plain values, read from the sandbox when the days are over."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from personalize_monitor.model.demand import Demand
from personalize_monitor.model.money import Money
from personalize_monitor.plan.snapshot import Seen


@dataclass(frozen=True, slots=True)
class Change:
    """A floor that was changed, or (``after`` 0) a campaign deleted or a recommender stopped."""

    time: datetime
    arn: str
    before: int
    after: int
    reason: str

    @property
    def name(self) -> str:
        """The resource's name."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Firing:
    """One alarm's life: when it began to fire and when it recovered (None: it still fires).

    ``told`` says that people got a mail about it.
    """

    name: str
    region: str
    began: datetime
    ended: datetime | None
    told: bool


@dataclass(frozen=True, slots=True)
class Mail:
    """A message that reached the person's mailbox."""

    time: datetime
    region: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Character:
    """One resource of the fleet over the whole demo. ``seen`` is None once it is gone.

    ``demand`` is in five-minute sums from the demo's beginning to its end.
    """

    arn: str
    name: str
    kind: str
    region: str
    recipe: str
    floor_before: int
    floor_now: int | None
    demand: Demand
    seen: Seen | None

    @property
    def average(self) -> float:
        """Requests per second of the last day."""
        sums = [value for value in self.demand.sums[-288:] if value == value]  # noqa: PLR0124
        return sum(sums) / (300 * len(sums)) if sums else 0.0

    @property
    def utilization(self) -> float | None:
        """The last day's average in percent of the floor now."""
        return 100 * self.average / self.floor_now if self.floor_now else None


@dataclass(frozen=True, slots=True)
class Story:
    """The demo's result; ``bill``, ``bill_without`` and ``saved`` are estimates for its days.

    ``cycles`` counts the monitor's runs, ``failures`` failed ones of any function.
    """

    begin: datetime
    end: datetime
    seed: int
    cast: Sequence[Character]
    changes: Sequence[Change]
    firings: Sequence[Firing]
    mails: Sequence[Mail]
    bill: Money
    bill_without: Money
    saved: Money
    cycles: int
    failures: int
    calls: int

    @property
    def days(self) -> float:
        """How long the demo lived, in days."""
        return (self.end - self.begin).total_seconds() / 86_400


def mail_of(time: datetime, region: str, subject: str | None, message: str) -> Mail:
    """A message as it arrives, but for an alarm's: that is JSON, and its reason is shown alone."""
    if message.lstrip().startswith("{"):
        try:
            alarm = json.loads(message)
            text = str(alarm.get("NewStateReason") or message)
        except ValueError:
            text = message
        return Mail(time, region, subject or text.split("\n")[0], text)
    return Mail(time, region, subject or message.partition("\n")[0], message)


def firings_of(
    changes: Iterable[tuple[datetime, str, str, str]], told: set[tuple[str, str, datetime]]
) -> list[Firing]:
    """Firings out of state changes (time, region, alarm name, new state), in time order."""
    found: list[Firing] = []
    running: dict[tuple[str, str], int] = {}
    for time, region, name, state in changes:
        key = (region, name)
        if state == "ALARM" and key not in running:
            running[key] = len(found)
            found.append(Firing(name, region, time, None, (region, name, time) in told))
        elif state != "ALARM" and key in running:
            at = running.pop(key)
            one = found[at]
            found[at] = Firing(name, region, one.began, time, one.told)
    return found
