"""Wrong and missing answers of GetMetricData on demand, for tests: PartialData, InternalError, ...

A real CloudWatch answers HTTP 200 with a StatusCode per query; code that ignores it takes an outage
for an idle campaign. The meanest are Complete: `Empty` has no data, `Lost` lacks some minutes'.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aws_sandbox.cloudwatch.keys import MetricKey

Kind = Literal["PartialData", "InternalError", "Forbidden", "Empty", "Lost"]


@dataclass(frozen=True, slots=True)
class MetricFault:
    """What goes wrong, and for which queries; a field that is None fits everything.

    `dimension` is a dimension's value, such as a campaign's ARN. `share` is the part of the
    datapoints that PartialData keeps, the newest ones being lost. `start` and `end` are epoch
    seconds of the sandbox's clock between which the fault is active. `Lost` takes the minutes
    from `since` to `until` (epoch seconds), but for the `share` of them that `seed` spares.
    """

    kind: Kind
    namespace: str | None = None
    metric: str | None = None
    dimension: str | None = None
    region: str | None = None
    account: str | None = None
    probability: float = 1.0
    seed: int = 0
    start: float | None = None
    end: float | None = None
    share: float = 0.5
    since: float = 0.0
    until: float = float("inf")

    def spares(self, key: MetricKey, minute: int) -> bool:
        """Whether `Lost` leaves the datapoint of a minute (epoch second) where it is."""
        if not self.since <= minute < self.until:
            return True
        name = f"{self.seed}|{sorted(key.dimensions)}|{minute}"
        return self.share > 0 and random.Random(name).random() < self.share  # noqa: S311

    def fits(self, account: str, region: str, key: MetricKey, now: float) -> bool:
        """Whether this query is one of those that may go wrong."""
        wanted = (
            (self.account, account),
            (self.region, region),
            (self.namespace, key.namespace),
            (self.metric, key.name),
        )
        if any(want not in {None, value} for want, value in wanted):
            return False
        if self.dimension is not None and self.dimension not in {v for _, v in key.dimensions}:
            return False
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)


_faults: list[tuple[MetricFault, dict[str, int]]] = []


def add(fault: MetricFault) -> Callable[[], None]:
    """Switch a fault on; call the answer to switch it off."""
    entry: tuple[MetricFault, dict[str, int]] = (fault, {})
    _faults.append(entry)

    def remove() -> None:
        if entry in _faults:
            _faults.remove(entry)

    return remove


def clear() -> None:
    """Switch all faults off."""
    _faults.clear()


def decide(account: str, region: str, key: MetricKey, now: float) -> MetricFault | None:
    """The fault that hits this query, if any.

    Seeded by the query itself and how often it was asked, so that threads cannot change the result.
    """
    for fault, asked in _faults:
        if not fault.fits(account, region, key, now):
            continue
        name = f"{account}|{region}|{key.namespace}|{key.name}|{sorted(key.dimensions)}"
        asked[name] = asked.get(name, 0) + 1
        dice = random.Random(f"{fault.seed}|{name}|{asked[name]}")  # noqa: S311 - a test's dice
        if dice.random() < fault.probability:
            return fault
    return None
