"""Settings: from deployment and event, checked at the edge, every problem at once."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.contract import PERSONALIZE_REGIONS
from personalize_monitor.errors import SettingsError
from personalize_monitor.model.arn import Arn
from personalize_monitor.settings import (
    PARAMETERS,
    Settings,
    defaults,
    field_names,
    load,
    overrides_in,
)

CAMPAIGN = "arn:aws:personalize:eu-west-1:123456789012:campaign/shoes"
RECOMMENDER = "arn:aws:personalize:us-west-2:123456789012:recommender/films"
ROLE = "arn:aws:iam::210987654321:role/personalize-monitor-member"

GOOD: dict[str, tuple[Any, ...]] = {
    "CampaignARNs": ("all", "none", "ALL", CAMPAIGN, f" {CAMPAIGN} , {CAMPAIGN}2", [CAMPAIGN]),
    "RecommenderARNs": ("all", "none", RECOMMENDER),
    "Regions": ("", "us-east-1", "us-east-1, eu-west-1", "all", "US-EAST-1", ["eu-west-1"]),
    "AutoCreateCampaignUtilizationAlarms": ("Yes", "no", True, False, "true", "off", "1", 0),
    "CampaignThresholdAlarmLowerBound": ("0", "1000", 0, 100, 99.0),
    "AutoAdjustCampaignMinProvisionedTPS": ("Yes", "No"),
    "AutoCreateIdleCampaignAlarms": ("Yes", "No"),
    "IdleCampaignThresholdHours": ("2", "48", 2, 48),
    "AutoDeleteIdleCampaigns": ("Yes", "No", False),
    "AutoStopIdleRecommenders": ("Yes", "No"),
    "AllowDeletionRequests": ("Yes", "No"),
    "NotificationEndpoint": ("", "team@example.com", " a.b+c@mail.example.org "),
    "RightSizingMode": ("lower", "follow", "Lower"),
    "AdjustMinAgeHours": ("1", "720"),
    "ExposurePrice": ("saver", "balanced", "careful", "0", "1000", "2.5", 3),
    "AssumedHeadroom": ("0", "1", 0.3),
    "MaxUpdatesPerDay": ("1", "24"),
    "MaxExposurePercent": ("", "0", "0.5", "100", 2.5),
    "RespectManualHours": ("0", "720"),
    "IdleGraceHours": ("0", "720"),
    "DryRun": ("Yes", "No"),
    "Actions": ("On", "Off"),
    "AutoCreateErrorAlarms": ("Yes", "No"),
    "NotifyHeldBack": ("Yes", "No"),
    "Digest": ("Weekly", "Daily", "Off", "weekly"),
    "ChatNotifications": ("Yes", "No"),
    "LearnPrices": ("Yes", "No"),
    "TimeZone": ("", "Europe/Berlin", "UTC"),
    "MonitoredRoleARNs": ("", ROLE),
    "MetricDelayMinutes": ("0", "60"),
}
BAD: dict[str, tuple[Any, ...]] = {
    "CampaignARNs": ("", "shoes", f"all,{CAMPAIGN}", f"none,{CAMPAIGN}", RECOMMENDER, "all,none"),
    "RecommenderARNs": ("", CAMPAIGN, f"{RECOMMENDER},all"),
    "Regions": ("us-east-9", "moon", "us-east-1,all", "us-east-1;eu-west-1", "eu-north-1"),
    "AutoCreateCampaignUtilizationAlarms": ("maybe", "", 2, None, "y"),
    "CampaignThresholdAlarmLowerBound": ("-1", "1001", "many", "99.5", True, None, "nan", "inf"),
    "AutoAdjustCampaignMinProvisionedTPS": ("maybe",),
    "AutoCreateIdleCampaignAlarms": ("perhaps",),
    "IdleCampaignThresholdHours": ("1", "49", "0", "2.5", "24h", [24], {}),
    "AutoDeleteIdleCampaigns": ("delete", None),
    "AutoStopIdleRecommenders": ("stop",),
    "AllowDeletionRequests": ("perhaps",),
    "NotificationEndpoint": ("team", "a@b", "a@b.com,c@d.com", "a b@c.com"),
    "RightSizingMode": ("higher", ""),
    "AdjustMinAgeHours": ("0", "721"),
    "ExposurePrice": ("cheap", "-1", "1001", ""),
    "AssumedHeadroom": ("-0.1", "1.1"),
    "MaxUpdatesPerDay": ("0", "25"),
    "MaxExposurePercent": ("-1", "101", "much"),
    "RespectManualHours": ("-1", "721"),
    "IdleGraceHours": ("-1", "721"),
    "DryRun": ("maybe",),
    "Actions": ("sometimes",),
    "AutoCreateErrorAlarms": ("maybe",),
    "NotifyHeldBack": ("maybe",),
    "Digest": ("monthly", ""),
    "ChatNotifications": ("maybe",),
    "LearnPrices": ("maybe",),
    "TimeZone": ("Europe/Nowhere", "../etc/passwd"),
    "MonitoredRoleARNs": ("role", ROLE.replace("role/", "user/"), f"{ROLE},{ROLE}2"),
    "MetricDelayMinutes": ("-5", "61"),
}


def one(values: dict[str, tuple[Any, ...]]) -> list[tuple[str, Any]]:
    """Every parameter with each of its values."""
    return [(name, value) for name, several in values.items() for value in several]


def test_each_parameter_has_good_and_bad_examples_here() -> None:
    """A new parameter is not forgotten in these tests."""
    names = {parameter.name for parameter in PARAMETERS}
    assert names == set(GOOD) == set(BAD)


@pytest.mark.parametrize(("name", "value"), one(GOOD))
def test_what_can_be_meant_is_read(name: str, value: Any) -> None:
    """Each allowed value is taken from the event as from the deployment."""
    assert isinstance(load({}, {name: value}), Settings)
    if isinstance(value, str):
        assert load({name: value}) == load({}, {name: value})


@pytest.mark.parametrize(("name", "value"), one(BAD))
def test_what_cannot_be_meant_is_one_clear_sentence(name: str, value: Any) -> None:
    """One sentence names the parameter, what was given and what is allowed."""
    with pytest.raises(SettingsError) as caught:
        load({}, {name: value})
    (problem,) = caught.value.problems
    assert problem.startswith(f"{name} is {value!r}"[:100])
    assert problem.endswith(".")
    assert any(word in problem for word in ("allowed", "give", "should look like", "not a region"))


@given(st.data())
def test_all_problems_are_reported_at_once(data: st.DataObject) -> None:
    """However many values are bad, each is named, and none that is good."""
    wrong = data.draw(st.sets(st.sampled_from(sorted(BAD)), min_size=1))
    values = {name: data.draw(st.sampled_from(BAD[name])) for name in wrong}
    for name in data.draw(st.sets(st.sampled_from(sorted(GOOD)))) - wrong:
        values[name] = data.draw(st.sampled_from(GOOD[name]))
    with pytest.raises(SettingsError) as caught:
        load({}, values)
    assert {problem.split(" is ")[0] for problem in caught.value.problems} == wrong
    assert len(caught.value.problems) == len(wrong)


@given(
    st.dictionaries(
        st.one_of(st.sampled_from(sorted(BAD)), st.text(max_size=12)),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(max_size=20),
            st.lists(st.text(max_size=5), max_size=2),
            st.dictionaries(st.text(max_size=3), st.integers(), max_size=1),
        ),
        max_size=5,
    )
)
def test_no_event_breaks_the_settings_otherwise(overrides: dict[str, Any]) -> None:
    """Whatever an event carries is read or refused with SettingsError, never anything else."""
    with suppress(SettingsError):
        assert isinstance(load({}, overrides), Settings)


@pytest.mark.parametrize("off", [False, "No", "no", "false", "FALSE", "off", "0", 0])
@pytest.mark.parametrize("name", ["AutoDeleteIdleCampaigns", "AutoAdjustCampaignMinProvisionedTPS"])
def test_an_event_can_switch_off(name: str, off: Any) -> None:
    """Every way of saying no in an event overrides a Yes of the deployment."""
    settings = load({name: "Yes"}, {name: off})
    assert not (settings.delete_idle_campaigns if "Delete" in name else settings.adjust_floor)


def test_a_zero_counts_as_said() -> None:
    """A threshold of 0 in an event is not taken for absent."""
    settings = load(
        {"CampaignThresholdAlarmLowerBound": "100"}, {"CampaignThresholdAlarmLowerBound": 0}
    )
    assert settings.utilization_threshold_percent == 0


@pytest.mark.parametrize(
    ("later", "name", "value"),
    [
        ("AutoCreateUtilizationAlarms", "AutoCreateCampaignUtilizationAlarms", "No"),
        ("UtilizationThresholdAlarmLowerBound", "CampaignThresholdAlarmLowerBound", 50),
        ("AutoAdjustMinTPS", "AutoAdjustCampaignMinProvisionedTPS", "No"),
        ("AutoCreateIdleAlarms", "AutoCreateIdleCampaignAlarms", "No"),
        ("IdleThresholdHours", "IdleCampaignThresholdHours", 12),
    ],
)
def test_the_later_vocabulary_is_understood(later: str, name: str, value: Any) -> None:
    """Names of the later documentation mean the same parameters; case does not matter."""
    assert load({}, {later: value}) == load({}, {name: value}) != load({})
    assert load({}, {name.lower(): value}) == load({}, {name: value})


def test_a_misspelt_parameter_is_pointed_out() -> None:
    """A name close to a parameter's is a mistake and not ignored; others are none of ours."""
    with pytest.raises(SettingsError, match="did you mean IdleCampaignThresholdHours"):
        load({}, {"IdleCampaignTresholdHours": 3})
    assert load({}, {"Comment": "hello", "Reason": "test"}) == load({})


def test_overrides_come_from_the_top_or_the_detail_but_not_the_envelope() -> None:
    """What EventBridge adds by itself is no parameter."""
    event = {
        "version": "0",
        "id": "7",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "region": "us-east-1",
        "time": "2026-03-02T10:00:00Z",
        "resources": [],
        "IdleCampaignThresholdHours": 3,
        "detail": {"Regions": "eu-west-1"},
    }
    assert overrides_in(event) == {"IdleCampaignThresholdHours": 3, "Regions": "eu-west-1"}
    assert overrides_in({"detail": None}) == {}


def test_regions_to_watch() -> None:
    """ARNs bring their own regions; `all` looks into Regions, or at home when that is blank."""
    assert load({}).regions_to_watch("us-east-1") == ("us-east-1",)
    both = load({"Regions": "eu-west-1,us-west-2"})
    assert both.regions_to_watch("us-east-1") == ("eu-west-1", "us-west-2")
    arns = load({"CampaignARNs": CAMPAIGN, "RecommenderARNs": RECOMMENDER, "Regions": "us-east-1"})
    assert arns.regions_to_watch("us-east-1") == ("eu-west-1", "us-west-2")
    mixed = load({"CampaignARNs": CAMPAIGN})
    assert mixed.regions_to_watch("us-east-1") == ("eu-west-1", "us-east-1")
    nothing = load({"CampaignARNs": "none", "RecommenderARNs": "none"})
    assert nothing.regions_to_watch("us-east-1") == ()
    everywhere = load({"Regions": "all"}).regions_to_watch("us-east-1")
    assert set(everywhere) == {r for r in PERSONALIZE_REGIONS if not r.startswith("cn-")}


def test_what_is_wanted() -> None:
    """With ARNs only those are wanted; `none` wants nothing of the kind."""
    settings = load({"CampaignARNs": CAMPAIGN, "RecommenderARNs": "none"})
    assert settings.wants(Arn(CAMPAIGN))
    assert not settings.wants(Arn(f"{CAMPAIGN}2"))
    assert not settings.wants(Arn(RECOMMENDER))
    assert load({}).wants(Arn(RECOMMENDER))


def test_each_field_has_one_parameter() -> None:
    """Nothing in Settings comes from anywhere else, and the defaults are values by themselves."""
    assert sorted(field_names()) == sorted(parameter.field for parameter in PARAMETERS)
    assert load(defaults()) == load({})


@pytest.mark.parametrize(
    ("text", "arn"),
    [
        ("us-east-1/shoes", "arn:aws:personalize:us-east-1:123456789012:campaign/shoes"),
        ("eu-west-1:210987654321/b_c", "arn:aws:personalize:eu-west-1:210987654321:campaign/b_c"),
        ("cn-north-1/x", "arn:aws-cn:personalize:cn-north-1:123456789012:campaign/x"),
        ("arn:aws-cn:personalize:cn-north-1:123456789012/x",
         "arn:aws-cn:personalize:cn-north-1:123456789012:campaign/x"),
        ("arn:aws:personalize:us-east-1:123456789012:campaign/x",
         "arn:aws:personalize:us-east-1:123456789012:campaign/x"),
    ],
)  # fmt: skip
def test_a6_short_forms_are_written_out(text: str, arn: str) -> None:
    """As people write them, and as the template hands ARNs to its functions."""
    found = load({"STACK_ACCOUNT": "123456789012", "CampaignARNs": text})
    assert {str(one) for one in found.campaigns.arns} == {arn}
    found = load({"STACK_ACCOUNT": "123456789012"}, {"CampaignARNs": [text]})
    assert {str(one) for one in found.campaigns.arns} == {arn}


@pytest.mark.parametrize("text", ["us-east-1/", "/shoes", "us-east-1/a/b", "us-east-1:12/a", "x/y"])
def test_a6_what_is_no_short_form_is_refused(text: str) -> None:
    """With the sentence about ARNs; so is a short form where no account is known."""
    with pytest.raises(SettingsError, match="CampaignARNs"):
        load({"STACK_ACCOUNT": "123456789012", "CampaignARNs": text})
    with pytest.raises(SettingsError, match="is not an ARN"):
        load({"CampaignARNs": "us-east-1/shoes"})
