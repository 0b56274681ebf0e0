"""A decision beside what it was drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from personalize_monitor.model.decision import Decision
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.sample import Sample


@dataclass(frozen=True, slots=True)
class Considered:
    """One decision, the sample of its window, and the demand where one was needed.

    ``idle_hours`` is the threshold that applies, ``allowed_per_hour`` how many resources may go
    in its region and hour.
    """

    decision: Decision
    sample: Sample
    demand: Demand | None = None
    idle_hours: int = 0
    allowed_per_hour: int = 1
