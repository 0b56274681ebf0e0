"""The three verdicts on a change, with the figures that they rest on."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass
from typing import Any


class Word(enum.StrEnum):
    """What is known of a change."""

    HARMLESS = "harmless"
    HURT = "hurt"
    UNKNOWN = "not yet known"


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over the loaded windows since a change, and what was usual before.

    ``asked`` and ``bad`` are requests, shares are 0 to 1, latencies in ms (None: not known),
    loads in TPS. ``carried`` is the highest load carried without harm, ``jump`` the largest ratio
    of what came to what was held that was carried. ``hurt_from`` to ``hurt_to`` are the
    loads that were hurt, 0 where none was. ``excess`` counts requests in trouble beyond the usual.
    """

    windows: int
    bursts: int
    days: int
    asked: float
    bad: float
    excess: float
    usual_share: float
    p90: float | None
    usual_p90: float | None
    carried: float
    jump: float
    hurt_from: float = 0.0
    hurt_to: float = 0.0

    @property
    def share(self) -> float:
        """The share of requests in trouble since the change."""
        return self.bad / self.asked if self.asked else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word, the sentence that says why or what is missing, and the figures."""

    word: Word
    reason: str
    figures: Figures

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the journal."""
        return {"word": str(self.word), "reason": self.reason, "figures": asdict(self.figures)}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Verdict:
        """What ``to_dict`` made."""
        return cls(Word(value["word"]), str(value["reason"]), Figures(**value["figures"]))
