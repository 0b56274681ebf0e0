"""What our modes are compared with: policies that take no part in the decision."""

from __future__ import annotations

from personalize_monitor.model.demand import HOUR
from personalize_monitor_desk.backtest.history import History


def constant_one(
    now: int,  # noqa: ARG001 - the policy interface
    history: History,  # noqa: ARG001
    floor: int,
    age_hours: float,  # noqa: ARG001
    last_update: int | None,  # noqa: ARG001
) -> int | None:
    """Floor 1 for ever: the cheapest bill, and the advice of the service's documentation."""
    return 1 if floor > 1 else None


def as_it_is(
    now: int,  # noqa: ARG001 - the policy interface
    history: History,  # noqa: ARG001
    floor: int,  # noqa: ARG001
    age_hours: float,  # noqa: ARG001
    last_update: int | None,  # noqa: ARG001
) -> None:
    """The floor that somebody set, untouched."""
    return


class ExistingRule:
    """The existing application's rule: a quarter less every hour, while above the watermark.

    Once a resource is a day old: watermark = the lowest hourly average of 14 days, of the
    hours that have data; without any data it is 0. Made once per trace: it keeps hourly sums.
    """

    def __init__(self) -> None:
        self._hours: dict[int, float] = {}
        self._read = 0

    def __call__(
        self,
        now: int,
        history: History,
        floor: int,
        age_hours: float,
        last_update: int | None,  # noqa: ARG002 - the policy interface
    ) -> int | None:
        """The next step down, or None."""
        starts, requests = history.t, history.n
        for index in range(self._read, len(starts)):
            hour = int(starts[index]) // HOUR
            self._hours[hour] = self._hours.get(hour, 0.0) + float(requests[index])
        self._read = len(starts)
        if age_hours < 24 or floor <= 1:
            return None
        oldest = now // HOUR - 14 * 24
        for hour in [hour for hour in self._hours if hour < oldest]:
            del self._hours[hour]
        low = min(self._hours.values(), default=0.0) / HOUR
        return max(1, int(floor * 0.75)) if floor > low else None
