"""Do metrics arrive in time? Measured for each account and region, from what changes afterwards.

A window that CloudWatch has not counted to its end is unknown, not quiet. What was left out for
that reason is published as soon as it is complete, each window once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from personalize_monitor.model.resource import Resource
from personalize_monitor.model.sample import Sample, unknown
from personalize_monitor.model.window import SECONDS, Window

RECENT = 12
"""Windows that are read with each measurement, the newest included."""
_BEFORE = 3  # windows with requests that make an end of requests remarkable
_ENOUGH = 30.0  # requests in them
_LOW = 0.6  # of the least of the windows before: the newest may have been counted in part
_HOUR = 3600
_DAY = 24 * _HOUR
_LATE = "its metrics arrive late; it is published when they are complete"


@dataclass(slots=True)
class Lateness:
    """What one place's metrics showed about their arrival."""

    owed: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By ARN, the starts (epoch seconds) of windows that were left out."""
    overdue: list[tuple[Resource, Window, Sample]] = field(default_factory=list)
    """What is complete by now, and is to be published."""
    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)
    _until: int = 0
    _changed_after: int = 0
    _noticed: int = 0

    def changed(self, age: int, now: int) -> None:
        """Hear that a window's sum grew ``age`` seconds after its end or later."""
        if age >= self.seconds(now):
            self._noticed, self._changed_after = now, age

    def seconds(self, now: int) -> int:
        """By how much metrics were late in the last day, as far as it was seen; 0 when in time."""
        return 0 if now - self._noticed > _DAY else self._changed_after

    def forget(self, arns: set[str]) -> None:
        """Drop what is remembered of resources that are gone."""
        for arn in arns:
            self.owed.pop(arn, None)
            self._seen.pop(arn, None)

    def take(self) -> list[tuple[Resource, Window, Sample]]:
        """What is complete by now; it is handed out once."""
        taken, self.overdue = self.overdue, []
        return taken

    def judged(
        self, recent: Mapping[Resource, Sequence[float]], window: Window
    ) -> dict[Resource, Sample]:
        """The window's samples, unknown where it may not be complete.

        ``recent`` holds the sums of the last ``RECENT`` windows, the newest last.
        """
        start = int(window.start.timestamp())
        first = start - SECONDS * (RECENT - 1)
        self._compare(recent, first, start)
        heard = _last_heard(recent.values())
        late = heard >= 0 and (start < self._until or _breaks_off(recent.values(), heard))
        complete = heard if late else RECENT  # windows before this one
        samples: dict[Resource, Sample] = {}
        for resource, sums in recent.items():
            arn = str(resource.arn)
            owed = tuple(at for at in self.owed.pop(arn, ()) if first <= at < start)
            if late:
                owed = (*owed, start)
            samples[resource] = unknown(_LATE) if late else Sample(sums[-1])
            due = [at for at in owed if (at - first) // SECONDS < complete]
            self.overdue += [
                (resource, Window(datetime.fromtimestamp(at, UTC)), sample)
                for at in due
                if (sample := Sample(sums[(at - first) // SECONDS])).known
            ]
            if rest := tuple(at for at in owed if at not in due):
                self.owed[arn] = rest
        return samples

    def _compare(self, recent: Mapping[Resource, Sequence[float]], first: int, start: int) -> None:
        """Notice sums that grew since they were read; then metrics count as late for an hour."""
        for resource, sums in recent.items():
            arn = str(resource.arn)
            at, then = self._seen.get(arn, (0, 0.0))
            index = (at - first) // SECONDS
            if 0 <= index < RECENT and sums[index] > then:
                self._until = start + _HOUR
                self.changed(SECONDS, start)
            self._seen[arn] = start, sums[-1]


def _last_heard(series: Iterable[Sequence[float]]) -> int:
    """The newest window in which anything came to anybody, or -1."""
    return max(
        (next((i for i in range(RECENT - 1, -1, -1) if sums[i] > 0), -1) for sums in series),
        default=-1,
    )


def _breaks_off(series: Collection[Sequence[float]], heard: int) -> bool:
    """Whether everybody falls silent after the window ``heard``, or the newest is far too low."""
    begin = heard - _BEFORE + 1
    if begin < 0:
        return False
    if heard < RECENT - 1:
        return any(
            min(before := sums[begin : heard + 1]) > 0 and sum(before) >= _ENOUGH for sums in series
        )
    totals = [sum(sums[i] for sums in series if sums[i] > 0) for i in range(begin - 1, RECENT)]
    return sum(totals) >= _ENOUGH and totals[-1] < _LOW * min(totals[:-1])
