"""What is known of a resource's traffic and floors: all that its bill depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.floors import Floors
from personalize_monitor.model.prices import Family

HOUR = 3600
FIVE_MINUTES = 300


@dataclass(frozen=True, slots=True)
class Metered:
    """What is known of one resource's traffic and floors.

    ``requests`` are sums of ``step`` seconds from epoch second ``start``; None or NaN is unknown.
    Before the first of ``floors``, and wherever the floor is 0, the resource does not exist: it
    has no requests and costs nothing. Raises InvalidRequest for a grid that cannot be billed.
    """

    arn: str
    region: str
    family: Family
    start: int
    step: int
    requests: Sequence[float | None]
    floors: Floors
    account: str = ""

    def __post_init__(self) -> None:
        billing = HOUR if self.family is Family.RECOMMENDER else FIVE_MINUTES
        fits = self.step > 0 and 0 in (billing % self.step, self.step % billing)
        if not fits or self.start % self.step:
            raise InvalidRequest(
                f"{self.arn}: steps of {self.step} s from {self.start} do not fit its billing "
                f"window of {billing} s; give request sums on a grid that does, such as 300 s."
            )
        if not self.floors:
            raise InvalidRequest(f"{self.arn}: no floor is given; say since when it has which.")
        if any(later[0] < earlier[0] for earlier, later in pairwise(self.floors)):
            raise InvalidRequest(f"{self.arn}: floors are out of order; sort them by time.")
        if any(floor < 0 for _, floor in self.floors):
            raise InvalidRequest(f"{self.arn}: a floor is below 0; the lowest is 0, not there.")

    @property
    def window(self) -> int:
        """Seconds of a billing window, or of a step where the data are coarser than that."""
        return max(self.step, HOUR if self.family is Family.RECOMMENDER else FIVE_MINUTES)

    @property
    def end(self) -> int:
        """The epoch second at which the known series ends."""
        return self.start + self.step * len(self.requests)
