"""What the last cycle already knew. Losing it costs calls, never correctness."""

from __future__ import annotations

from array import array
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from personalize_monitor.aws.personalize import Solution
from personalize_monitor.context.late import Lateness
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.window import Window
from personalize_monitor.policy.follow.headroom import Headroom
from personalize_monitor.policy.follow.record import Record
from personalize_monitor.policy.slots import turn

if TYPE_CHECKING:
    from personalize_monitor.journal.docket import Docket
    from personalize_monitor.selftest.progress import Progress

Place = tuple[str, str]
"""(account, region)."""


@dataclass(slots=True)
class History:
    """Request sums per five minutes of one resource, from ``start`` (epoch seconds).

    Four bytes each: whole numbers up to 16 million, 55,000 a second, are exact.
    """

    start: int
    sums: array[float]


@dataclass(slots=True)
class AlarmsDone:
    """The last reconciliation of a place's alarms: what was wanted, when, and whether finished."""

    digest: str
    at: datetime
    done: bool


_SENT = ("told_held", "dockets")


@dataclass(frozen=True, slots=True)
class Trouble:
    """When a problem was met for the first time, and for the last."""

    first: datetime
    last: datetime


@dataclass(slots=True)
class Memory:
    """Caches of one running function. Keys are ARNs as text, or places."""

    campaigns: dict[str, Resource] = field(default_factory=dict)
    fleets: dict[Place, tuple[Resource, ...]] = field(default_factory=dict)
    listed: dict[Place, frozenset[Kind]] = field(default_factory=dict)
    """Of which kinds a whole list was read before: that there are none is knowledge, too."""
    solutions: dict[str, Solution] = field(default_factory=dict)
    dataset_groups: dict[str, str] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    described: dict[str, int] = field(default_factory=dict)
    in_place: dict[str, bool] = field(default_factory=dict)
    """By ARN, whether its last decision found the floor where it belongs."""
    idle_hours: dict[str, int | None] = field(default_factory=dict)
    """By ARN, the hours of its tag, and None where it is known to have none."""
    hours_read: dict[str, int] = field(default_factory=dict)
    wakes: dict[str, int] = field(default_factory=dict)
    """By ARN, the epoch second at which a plan's next step is due."""
    histories: dict[str, History] = field(default_factory=dict)
    lateness: dict[Place, Lateness] = field(default_factory=dict)
    headrooms: dict[str, tuple[int, Headroom | None]] = field(default_factory=dict)
    """By ARN, the midnight (epoch second) up to which there was evidence, and what it said."""
    records: dict[str, Record] = field(default_factory=dict)
    """By ARN, what its raises of the two weeks before that midnight came to."""
    alarms: dict[Place, AlarmsDone] = field(default_factory=dict)
    told_until: datetime | None = None
    """Until when no mail about changes was left to be sent."""
    swept: dict[Place, datetime] = field(default_factory=dict)
    looks: dict[Place, int] = field(default_factory=dict)
    told_held: dict[Place, dict[str, datetime]] = field(default_factory=dict)
    """When people were told what is held back (``notify/blocked_notice``), by resource."""
    troubles: dict[str, Trouble] = field(default_factory=dict)
    dockets: dict[Place, Docket] = field(default_factory=dict)
    """The cases of a place's floors; see ``journal/docket.py``."""
    tests: Progress | None = None
    """The self-tests of the deployment; see ``selftest/turn.py``."""
    told_troubles: datetime | None = None
    """When people were told of problems that last; see ``notify/troubles.py``."""
    compared: dict[str, datetime] = field(default_factory=dict)
    """By ARN, the change whose outcome was compared, or needs no comparison."""
    cycles: int = 0
    now: datetime | None = None

    def begin(self, now: datetime) -> None:
        """Start a cycle. A clock that went back makes all that was learnt doubtful: forget it."""
        if self.now is not None and now < self.now:
            fresh = Memory()
            for name in self.__slots__:
                setattr(self, name, getattr(fresh, name))
        self.now = now
        self.cycles += 1

    def outran(self, now: datetime, present: datetime) -> bool:
        """Whether a later cycle than ``now`` has been seen, by a clock that did not go back since.

        Such a delivery is out of order: it must not meet what was learnt after it, nor drop it.
        """
        return self.now is not None and now < self.now <= present

    def aside(self) -> Memory:
        """A memory to use once, that knows the same: what a run writes there is lost with it.

        Requests and notices that it sends are real, and so is what they leave in memory.
        """
        books = {name: copy(getattr(self, name)) for name in self.__slots__ if name not in _SENT}
        books.update({name: getattr(self, name) for name in _SENT})
        books["now"] = None
        return Memory(**books)

    def is_due(self, key: str, window: Window) -> bool:
        """Whether the hour's work for ``key`` is still to be done."""
        return self.turns.get(key) != turn(key, window)

    def done(self, key: str, window: Window) -> None:
        """Remember that the hour's work for ``key`` is done."""
        self.turns[key] = turn(key, window)

    def forget(self, arns: set[str]) -> None:
        """Drop everything about resources that are gone."""
        for arn in arns:
            for reader in (
                self.campaigns,
                self.turns,
                self.described,
                self.wakes,
                self.histories,
                self.headrooms,
                self.records,
                self.in_place,
                self.idle_hours,
                self.hours_read,
                self.compared,
            ):
                reader.pop(arn, None)
        for docket in self.dockets.values():
            for arn in arns:
                docket.files.pop(arn, None)
        for late in self.lateness.values():
            late.forget(arns)

    def lateness_of(self, place: Place) -> Lateness:
        """What is known of the arrival of a place's metrics."""
        return self.lateness.setdefault(place, Lateness())
