"""How much protection is worth: the few numbers that tell one user's plan from another's."""

from __future__ import annotations

from dataclasses import dataclass

from personalize_monitor.policy.follow.record import Record

BOLD = 0.5
"""Doubt that is left where the resource's own raises have paid off."""


@dataclass(frozen=True, slots=True)
class CostProfile:
    """Prices that a plan is made with.

    ``exposure_price``: an exposed request, in prices of a served request.
    ``update_price``: one update, as a share of what the exposure of a day at floor 1 would cost;
    it keeps plans short and steady, at about 35 updates a week. ``doubt``: an increase must gain
    more than so many standard errors, unless the resource's own record speaks for increases.
    """

    exposure_price: float
    update_price: float = 0.02
    doubt: float = 1.5

    def doubt_after(self, record: Record) -> float:
        """The doubt about a further increase of a resource with such a record."""
        if record.convinces(self.exposure_price):
            return min(self.doubt, BOLD)
        return self.doubt


SAVER = CostProfile(7.5)
BALANCED = CostProfile(10.0)
CAREFUL = CostProfile(27.0)
