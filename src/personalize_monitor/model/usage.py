"""Lines of a bill: how much of which usage type cost what, and what a usage type stands for.

AWS does not publish the names of the usage types of Amazon Personalize. They are recognised by the
words in them; what is not recognised is shown and not guessed, and a person may say what it is.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from personalize_monitor.model.prices import REQUESTS_PER_TPS_HOUR, Family


class Usage(enum.StrEnum):
    """What is counted by a usage type."""

    LEGACY = "legacy"
    """Recommendations of custom recipes, in TPS-hours or requests."""
    V2 = "v2"
    """Recommendations of v2 recipes, in requests."""
    RECOMMENDER_HOURS = "recommender-hours"
    RECOMMENDER_REQUESTS = "recommender-requests"
    OTHER = "other"
    """Training, data, batch jobs: not a matter of floors."""
    UNKNOWN = "unknown"

    @property
    def family(self) -> Family | None:
        """The family whose price it tells, if it tells one."""
        return _FAMILIES.get(self)


_FAMILIES = {
    Usage.LEGACY: Family.LEGACY,
    Usage.V2: Family.V2,
    Usage.RECOMMENDER_HOURS: Family.RECOMMENDER,
    Usage.RECOMMENDER_REQUESTS: Family.RECOMMENDER,
}
_OTHER = ("training", "upload", "ingest", "dataprocess", "batch", "storage", "generation")
_RULES: tuple[tuple[Usage, tuple[tuple[str, ...], ...]], ...] = (
    (Usage.RECOMMENDER_REQUESTS, (("recommender",), ("request", "recommendations"))),
    (Usage.RECOMMENDER_HOURS, (("recommender",), ("hour",))),
    (Usage.V2, (("v2",), ("request", "recommendation", "tps"))),
    (Usage.LEGACY, (("tps",), ("hour",))),
)
"""In this order: every group needs one of its words in the usage type."""


@dataclass(frozen=True, slots=True)
class UsageDay:
    """One day of one usage type in one region: ``amount`` in ``unit``, ``cost`` in USD."""

    day: date
    region: str
    usage_type: str
    unit: str
    amount: Fraction
    cost: Fraction


def short_name(usage_type: str) -> str:
    """``Recommender-Hour`` of ``EUW1-Recommender-Hour``; us-east-1 has often no letters at all."""
    head, _, rest = usage_type.partition("-")
    return rest if rest and head.isalnum() and head.isupper() and len(head) <= 5 else usage_type


def recognised(usage_type: str, said: Mapping[str, Usage]) -> Usage:
    """What a usage type counts: as a person ``said``, else by its words, else UNKNOWN."""
    name = short_name(usage_type)
    told = said.get(usage_type) or said.get(name)
    if told is not None:
        return told
    words = name.casefold()
    if any(word in words for word in _OTHER):
        return Usage.OTHER
    for usage, groups in _RULES:
        if all(any(word in words for word in group) for group in groups):
            return usage
    return Usage.UNKNOWN


def requests_of(usage: Usage, unit: str, usage_type: str) -> Fraction:
    """Requests in one unit of the usage; 1 for hours of a recommender, which are no requests."""
    if usage is Usage.RECOMMENDER_HOURS:
        return Fraction(1)
    words = f"{unit} {usage_type}".casefold()
    if "tps" in words:
        return Fraction(REQUESTS_PER_TPS_HOUR)
    # Price lists count some things by the thousand, and say so in the unit.
    return (
        Fraction(1000) if "1000" in words or "1k" in words or "thousand" in words else Fraction(1)
    )
