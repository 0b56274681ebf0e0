"""US dollars as we know them: exact inside, rounded only when shown, and honest about gaps.

Every amount in this package is an *estimate* from observed traffic and a dated price list; the
bill is AWS's to write. An amount therefore carries the date of its prices, whether another
region's price had to be assumed, and how many of its parts could not be priced or measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

_CENT = Decimal("0.01")
_MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Money:
    """An estimated sum of US dollars.

    ``exact`` is the part that is known, ``unknown`` how many of the summed parts are not or not
    wholly known (with nothing beside them, the sum is unknown), ``as_of`` the oldest price list
    used, ``assumed`` whether a price of another region was. ``signed`` marks a difference: what
    it lacks may be of either sign, so "at least" would be wrong. Rounded only when shown.
    """

    exact: Fraction
    unknown: int = 0
    as_of: date | None = None
    assumed: bool = False
    signed: bool = False

    @classmethod
    def usd(
        cls,
        dollars: Decimal | Fraction | int | str,
        *,
        as_of: date | None = None,
        assumed: bool = False,
    ) -> Money:
        """A known amount; give text or Decimal, not float, for what a person wrote."""
        return cls(Fraction(dollars), as_of=as_of, assumed=assumed)

    @classmethod
    def not_known(cls, parts: int = 1) -> Money:
        """An amount of which nothing is known, because ``parts`` figures are missing."""
        return cls(Fraction(0), unknown=parts)

    @classmethod
    def total(cls, amounts: Iterable[Money]) -> Money:
        """The sum; of nothing, it is a known zero."""
        result = ZERO
        for amount in amounts:
            result = result + amount
        return result

    @property
    def is_known(self) -> bool:
        """Whether every part of it is known."""
        return not self.unknown

    @property
    def dollars(self) -> Decimal | None:
        """The known part, rounded half up to a millionth of a dollar; None when there is none."""
        return None if self.unknown and not self.exact else _rounded(self.exact, _MICRO)

    def partly(self, unknown: int) -> Money:
        """The same amount with ``unknown`` more parts that are missing from it."""
        return replace(self, unknown=self.unknown + unknown)

    def times(self, factor: Fraction | int) -> Money:
        """The amount ``factor`` times over."""
        return replace(self, exact=self.exact * factor)

    def __add__(self, other: Money) -> Money:
        """The sum: exact, and with the caveats of both."""
        return self._combined(other, self.exact + other.exact, self.signed or other.signed)

    def __sub__(self, other: Money) -> Money:
        """The difference; unknown unless both are known, as a lower bound would not hold."""
        known = self.is_known and other.is_known
        return self._combined(other, self.exact - other.exact if known else Fraction(0), True)

    def __str__(self) -> str:
        """For a table's cell: ``$1,234.56``, ``<$0.01``, ``at least $5.00 (2 unknown)``."""
        if self.unknown and not self.exact:
            return "unknown" if self.unknown == 1 else f"unknown ({self.unknown} parts)"
        if not self.unknown:
            return _in_dollars(self.exact)
        if self.signed:
            return f"{_in_dollars(self.exact)} as far as known ({self.unknown} unknown)"
        return f"at least {_in_dollars(self.exact)} ({self.unknown} unknown)"

    @property
    def basis(self) -> str:
        """What the amount rests on: ``estimate, prices of 2026-07-01``."""
        if self.as_of is None:
            return "estimate"
        assumed = ", partly another region's price" if self.assumed else ""
        return f"estimate, prices of {self.as_of.isoformat()}{assumed}"

    @property
    def labelled(self) -> str:
        """For a sentence: the amount with its basis, ``$1.00 (estimate, prices of ...)``."""
        return f"{self} ({self.basis})"

    def as_json(self) -> dict[str, object]:
        """For machines: dollars as text with six decimals (None when nothing is known)."""
        return {
            "usd": None if self.dollars is None else str(self.dollars),
            "text": str(self),
            "estimate": True,
            "pricesAsOf": None if self.as_of is None else self.as_of.isoformat(),
            "priceAssumed": self.assumed,
            "unknownParts": self.unknown,
        }

    def _combined(self, other: Money, exact: Fraction, signed: bool) -> Money:
        """``exact`` with the caveats of both."""
        dates = [day for day in (self.as_of, other.as_of) if day is not None]
        return Money(
            exact,
            unknown=self.unknown + other.unknown,
            as_of=min(dates, default=None),
            assumed=self.assumed or other.assumed,
            signed=signed,
        )


ZERO = Money(Fraction(0))
"""Nothing spent: the empty sum."""


def _rounded(exact: Fraction, step: Decimal) -> Decimal:
    """Half up (away from zero), by whole numbers only, so that no digit is lost on the way."""
    units = abs(exact) / Fraction(step)
    whole = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    return Decimal(-whole if exact < 0 else whole) * step


def _in_dollars(exact: Fraction) -> str:
    """``$1,234.56``, ``-$3.00``; less than a cent but not nothing is ``<$0.01``."""
    if exact and abs(exact) < Fraction(_CENT):
        return "<$0.01" if exact > 0 else ">-$0.01"
    sign = "-" if exact < 0 else ""
    return f"{sign}${_rounded(abs(exact), _CENT):,}"
