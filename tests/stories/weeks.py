"""Weeks at random: a fleet, the deployment's parameters, and what happens when."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st

from aws_sandbox.traffic.shapes import (
    Abandoned,
    Bursty,
    BusinessHours,
    DailyBatch,
    Idle,
    Shape,
    Steady,
    Weekly,
)
from personalize_monitor import contract

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAYS = float(os.environ.get("WEEK_DAYS", "7"))
REGIONS = ("us-east-1", "eu-west-1")
QUIET = timedelta(hours=3)
"""At the end nothing goes wrong any more, so that what is due can be finished."""
DOUBT = timedelta(hours=72)
"""How long lost metrics may be taken for silence at the most; see docs/safety.md."""
ARRIVAL = timedelta(minutes=12)
"""What came later than this cannot be known to anybody who asks CloudWatch."""
PREFIX = contract.TAG_PREFIX


@dataclass(frozen=True)
class Member:
    """One resource of the fleet."""

    kind: str
    region: str
    floor: int
    shape: Shape
    age_days: int
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Happening:
    """Something that happens ``at`` so many minutes after the beginning, for ``minutes``."""

    at: int
    what: str
    minutes: int = 0
    who: int = 0
    extra: int = 0


_SHAPES: st.SearchStrategy[Shape] = st.one_of(
    st.builds(Steady, st.sampled_from([0.5, 3.0, 8.0, 15.0])),
    st.builds(Bursty, st.just(0.3), st.just(6.0)),
    st.builds(BusinessHours, st.sampled_from([4.0, 12.0])),
    st.builds(Weekly, st.just(9.0)),
    st.builds(DailyBatch, st.just(4.0), st.sampled_from([2.6, 14.0]), st.sampled_from([10, 45])),
    st.just(Idle()),
    st.builds(
        Abandoned,
        st.sampled_from([Steady(2.0), Weekly(9.0)]),
        st.sampled_from([BEGIN - timedelta(days=9, hours=3), BEGIN + timedelta(days=1, hours=7)]),
    ),
)
ODD_TAGS = (
    ("Exempt", "yes"),
    ("Exempt", "until:2026-03-05"),
    ("Exempt", "until:9999-12-31"),
    ("Exempt", "vielleicht"),
    ("HoldUntil", "2026-03-05T12:00:00Z"),
    ("HoldUntil", "0001-01-01"),
    ("MinTPS", "4"),
    ("MaxTPS", "6"),
    ("MaxTPS", "zehn"),
    ("IdleHours", "3"),
    ("IdleHours", "200"),
)
_MEMBERS = st.builds(
    Member,
    st.sampled_from(["campaign", "campaign", "recommender"]),
    st.sampled_from(REGIONS),
    st.sampled_from([1, 5, 13, 20, 60]),
    _SHAPES,
    st.sampled_from([0, 3, 30]),
    st.lists(st.sampled_from(ODD_TAGS), max_size=1).map(tuple),
)
_LAST = int(DAYS * 24 * 60) - 60
_WHATS = (
    ("hole", st.integers(5, 40 * 60)),
    ("hole everywhere", st.integers(5, 40 * 60)),
    ("partial", st.integers(10, 600)),
    ("late", st.integers(30, 600)),
    ("refused region", st.integers(10, 600)),
    ("lost answers", st.integers(10, 300)),
    ("kills", st.integers(10, 600)),
    ("late deliveries", st.integers(30, 900)),
    ("duplicates", st.integers(30, 900)),
    ("throttles", st.integers(10, 300)),
    ("cold", st.just(0)),
    ("again", st.just(0)),
    ("forged", st.just(0)),
    ("tag", st.just(0)),
    ("untag", st.just(0)),
    ("person's floor", st.just(0)),
    ("person deletes", st.just(0)),
    ("made anew", st.just(0)),
    ("parameters", st.just(0)),
    ("override", st.just(0)),
    ("ahead", st.just(0)),
)
CHANGES: tuple[dict[str, str], ...] = (
    {"DryRun": "Yes"},
    {"DryRun": "No"},
    {"AutoDeleteIdleCampaigns": "No"},
    {"AutoDeleteIdleCampaigns": "Yes"},
    {"IdleCampaignThresholdHours": "48"},
    {"IdleCampaignThresholdHours": "3"},
    {"AutoAdjustCampaignMinProvisionedTPS": "No"},
    {"AutoAdjustCampaignMinProvisionedTPS": "Yes"},
    {"Regions": "us-east-1"},
    {"Regions": "us-east-1,eu-west-1"},
    {"Actions": "Off"},
    {"Actions": "On"},
    {"IdleGraceHours": "5"},
)
_HAPPENINGS = st.one_of(
    [
        st.builds(
            Happening,
            st.integers(0, _LAST),
            st.just(what),
            minutes,
            st.integers(0, 5),
            st.integers(0, 99),
        )
        for what, minutes in _WHATS
    ]
)


@dataclass(frozen=True)
class Week:
    """One drawn week."""

    fleet: tuple[Member, ...]
    offset: int
    parameters: dict[str, str]
    happenings: tuple[Happening, ...]
    days: float = DAYS


WEEKS = st.builds(
    Week,
    st.lists(_MEMBERS, min_size=1, max_size=4).map(tuple),
    st.integers(0, 59),
    st.fixed_dictionaries(
        {
            "AutoDeleteIdleCampaigns": st.sampled_from(["Yes", "Yes", "No"]),
            "AutoStopIdleRecommenders": st.sampled_from(["Yes", "No"]),
            "IdleCampaignThresholdHours": st.sampled_from(["3", "24", "24", "48"]),
        }
    ),
    st.lists(_HAPPENINGS, min_size=4, max_size=10).map(
        lambda found: tuple(sorted(found, key=lambda one: one.at))
    ),
)
