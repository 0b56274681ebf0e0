"""How much protection is worth: the few numbers that tell one user's plan from another's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taste:
    """Prices that a plan is made with.

    ``exposure_price``: an exposed request, in prices of a served request.
    ``update_price``: one update, as a share of the price of a day's requests; it keeps plans
    short and steady. ``doubt``: an increase must gain more than so many standard errors.
    """

    exposure_price: float
    update_price: float
    doubt: float = 1.5

    @classmethod
    def of(cls, exposure_price: float) -> Taste:
        """The taste for an exposure price: a preset if it is one, else one in line with them.

        Dearer exposure buys more updates; the price of one grows along, so that they stay
        at about 35 a week. Tuned once over all traces together (``docs/right-sizing.md``).
        """
        for preset in (SAVER, BALANCED, CAREFUL):
            if preset.exposure_price == exposure_price:
                return preset
        return cls(exposure_price, 0.0042 * (max(exposure_price, 1.0) / 10) ** 1.07)


SAVER = Taste(7.5, 0.0065, 0.5)
BALANCED = Taste(10.0, 0.0042)
CAREFUL = Taste(27.0, 0.0122, 1.2)
