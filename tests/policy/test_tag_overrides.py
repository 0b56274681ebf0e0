"""Tags are understood exactly; what cannot be understood exempts, and says so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from personalize_monitor.policy.tag_overrides import NO_WISHES, tag_overrides_in

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_other_tags_are_not_looked_at() -> None:
    """Tags of other programs say nothing to us."""
    assert tag_overrides_in({"team": "shop", "Exempt": "yes"}, NOW) == NO_WISHES


@pytest.mark.parametrize(
    ("value", "exempt"),
    [
        ("yes", True),
        (" YES ", True),
        ("no", False),
        ("until:2026-11-27", True),  # the day itself is included
        ("until:2026-11-26", False),
        ("until: 2027-01-31", True),
        ("until:soon", True),
        ("2027-01-31", True),
        ("", True),
    ],
)
def test_exempt(value: str, exempt: bool) -> None:
    """Yes, no, a last day; anything else counts as exempt."""
    assert bool(tag_overrides_in({"PersonalizeMonitor:Exempt": value}, NOW).exempt) is exempt


@given(st.sampled_from(["HoldUntil", "MinTPS", "MaxTPS", "IdleHours", "Exempt"]), st.text())
@example("MinTPS", "0\x1f")
@example("IdleHours", "3\x1c")
def test_no_value_is_dangerous(key: str, value: str) -> None:
    """Whatever somebody writes is understood or exempts; nothing raises."""
    found = tag_overrides_in({f"PersonalizeMonitor:{key}": value}, NOW)
    assert bool(found.problems) <= bool(found.exempt)


@pytest.mark.parametrize(
    "key",
    [
        "PersonalizeMonitor:Exampt",
        "personalizemonitor:Exempt",
        "PersonalizeMonitor:exempt",
        "PersonalizeMonitor: Exempt",
        "Personalize-Monitor:Exempt",
        " PersonalizeMonitor:Exempt",
    ],
)
def test_a_misspelt_tag_exempts(key: str) -> None:
    """Somebody wanted something; keys of tags are told apart by capitals, and it is not ignored."""
    found = tag_overrides_in({key: "yes"}, NOW)
    assert f"Tag {key} is not one of" in found.exempt


def test_bounds() -> None:
    """Both bounds, and bounds that exclude each other."""
    tags = {"PersonalizeMonitor:MinTPS": "3", "PersonalizeMonitor:MaxTPS": "9"}
    found = tag_overrides_in(tags, NOW)
    assert (found.min_floor, found.max_floor, found.exempt) == (3, 9, "")
    tags["PersonalizeMonitor:MaxTPS"] = "2"
    assert "is above tag" in tag_overrides_in(tags, NOW).exempt
