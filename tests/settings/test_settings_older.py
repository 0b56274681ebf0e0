"""Names of version 1.3.0, in deployments and in events (P16)."""

from __future__ import annotations

import pytest

from personalize_monitor.errors import SettingsError
from personalize_monitor.settings import ALIASES, load


def test_p16_blank_is_not_given() -> None:
    """As CloudFormation hands over what nobody said."""
    assert load(dict.fromkeys(ALIASES, "")) == load({})


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"AutoAdjustMinTPS": "No"}, "adjust_floor", False),
        (
            {"AutoAdjustMinTPS": "No", "AutoAdjustCampaignMinProvisionedTPS": "Yes"},
            "adjust_floor",
            False,
        ),
        ({"IdleThresholdHours": "7", "IdleCampaignThresholdHours": "7"}, "idle_hours", 7),
        ({"IdleThresholdHours": "24", "IdleCampaignThresholdHours": "24"}, "idle_hours", 24),
        ({"AutoDeleteOrStopIdleResources": "Yes"}, "delete_idle_campaigns", True),
        ({"AutoDeleteOrStopIdleResources": "Yes"}, "stop_idle_recommenders", True),
        (
            {"AutoDeleteOrStopIdleResources": "yes", "AutoDeleteIdleCampaigns": "Yes"},
            "delete_idle_campaigns",
            True,
        ),
    ],
)
def test_p16_an_older_name_counts_where_it_is_given(
    given: dict[str, str], field: str, value: object
) -> None:
    """Against a newer name at its default, or beside the same value."""
    assert getattr(load(given), field) == value


@pytest.mark.parametrize(
    "given",
    [
        {"AutoAdjustMinTPS": "Yes", "AutoAdjustCampaignMinProvisionedTPS": "No"},
        {"IdleThresholdHours": "24", "IdleCampaignThresholdHours": "7"},
        {"AutoDeleteOrStopIdleResources": "No", "AutoStopIdleRecommenders": "Yes"},
    ],
)
def test_p16_two_names_that_disagree_are_refused_with_one_sentence(given: dict[str, str]) -> None:
    """In a deployment, and in an event."""
    for values, overrides in ((given, None), ({}, given)):
        with pytest.raises(SettingsError) as refused:
            load(values, overrides)
        (problem,) = refused.value.problems
        assert "give one of them, or both the same value" in problem


def test_p16_an_event_overrides_either_name_by_either() -> None:
    """Nothing contradicts a deployment from an event: it is meant to differ."""
    old = {"AutoAdjustMinTPS": "No"}
    assert load(old, {"AutoAdjustCampaignMinProvisionedTPS": True}).adjust_floor
    assert not load({}, {"AutoAdjustMinTPS": False}).adjust_floor
    both = load({}, {"autodeleteorstopidleresources": True})
    assert (both.delete_idle_campaigns, both.stop_idle_recommenders) == (True, True)


def test_p16_a_bad_value_under_an_older_name_is_refused() -> None:
    """As under the newer one."""
    with pytest.raises(SettingsError, match="IdleCampaignThresholdHours is '49'"):
        load({"IdleThresholdHours": "49"})
