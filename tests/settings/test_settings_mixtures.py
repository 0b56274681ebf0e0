"""Parameters together: any mixture of good ones loads, and each means what it means alone."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.settings.test_settings import BAD, CAMPAIGN, GOOD, RECOMMENDER

from personalize_monitor.errors import SettingsError
from personalize_monitor.settings import PARAMETERS, Parameter, load, overrides_in

BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
NAMES = sorted(BY_NAME)


@st.composite
def mixtures(draw: st.DrawFn, of: dict[str, tuple[Any, ...]] = GOOD) -> dict[str, Any]:
    """Some parameters, each with one of its values."""
    chosen = draw(st.sets(st.sampled_from(NAMES)))
    return {name: draw(st.sampled_from(of[name])) for name in sorted(chosen)}


def texts(values: dict[str, Any]) -> dict[str, str]:
    """What a deployment can carry: CloudFormation knows text only."""
    return {name: value for name, value in values.items() if isinstance(value, str)}


@given(mixtures())
def test_each_parameter_means_in_a_mixture_what_it_means_alone(values: dict[str, Any]) -> None:
    """No parameter changes another, and what is not given is the default."""
    together = load({}, values)
    for parameter in PARAMETERS:
        alone = load(
            {}, {parameter.name: values[parameter.name]} if parameter.name in values else {}
        )
        assert getattr(together, parameter.field) == getattr(alone, parameter.field)


@given(mixtures(), mixtures())
def test_an_event_wins_over_the_deployment(deployed: dict[str, Any], event: dict[str, Any]) -> None:
    """What the event says counts; for the rest the deployment does."""
    found = load(texts(deployed), event)
    assert found == load({}, {**texts(deployed), **event})


@given(mixtures(BAD), st.data())
def test_an_event_can_mend_what_the_deployment_got_wrong(
    deployed: dict[str, Any], data: st.DataObject
) -> None:
    """A bad value of the deployment that the event replaces is no problem of this invocation."""
    event = {name: data.draw(st.sampled_from(GOOD[name])) for name in deployed}
    assert load(texts(deployed), event) == load({}, event)


@given(mixtures(BAD), mixtures())
def test_nothing_of_an_event_is_left_for_the_next(
    bad: dict[str, Any], good: dict[str, Any]
) -> None:
    """Neither good nor bad overrides change the deployment's values or any later reading."""
    environment = texts(good)
    before, kept = load(environment), copy.deepcopy((environment, good, bad))
    load(environment, good)
    if bad:
        with pytest.raises(SettingsError):
            load(environment, bad)
    assert (environment, good, bad) == kept
    assert load(environment) == before


def test_settings_cannot_be_changed() -> None:
    """One cycle's wishes are a value: nobody can change them on the way."""
    settings = load({})
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.dry_run = True  # type: ignore[misc]
    assert hash(settings) == hash(load({}))


@given(st.sampled_from(PARAMETERS), st.data())
def test_a_name_in_any_capitals_and_in_both_vocabularies(
    parameter: Parameter, data: st.DataObject
) -> None:
    """The same parameter, however its name is written."""
    value = data.draw(st.sampled_from(GOOD[parameter.name]))
    name = data.draw(st.sampled_from((parameter.name, *parameter.aliases)))
    spelled = "".join(
        letter.upper() if data.draw(st.booleans()) else letter.lower() for letter in name
    )
    # One name of version 1.3.0 stands for two parameters of ours.
    meant = [other.name for other in PARAMETERS if name in (other.name, *other.aliases)]
    assert load({}, {spelled: value}) == load({}, dict.fromkeys(meant, value))


@given(st.sampled_from(NAMES), st.data())
def test_a_lost_letter_is_noticed(name: str, data: st.DataObject) -> None:
    """A parameter with a letter too few or too many is never silently ignored."""
    at = data.draw(st.integers(0, len(name) - 1))
    shorter, longer = name[:at] + name[at + 1 :], name[:at] + "x" + name[at:]
    for wrong in (shorter, longer):
        with pytest.raises(SettingsError) as caught:
            load({}, {wrong: "Yes"})
        (problem,) = caught.value.problems
        assert problem.startswith(f"{wrong} is not a parameter: did you mean ")
        assert problem.endswith("? Nothing was taken from it.")


@given(st.dictionaries(st.text(max_size=10), st.integers(), max_size=4))
def test_what_others_send_along_is_none_of_ours(more: dict[str, int]) -> None:
    """Unknown names that resemble no parameter change nothing."""
    try:
        found = load({}, more)
    except SettingsError:
        return  # it resembled one; see above
    known = {name.casefold() for p in PARAMETERS for name in (p.name, *p.aliases)}
    assert found == load({}) or any(name.casefold() in known for name in more)


@given(mixtures(), mixtures())
def test_parameters_stand_at_the_top_or_in_the_detail(
    top: dict[str, Any], detail: dict[str, Any]
) -> None:
    """Both are read; of one that is said twice the detail counts, and the event stays as it is."""
    event = {"id": "7", "time": "2026-03-02T10:00:00Z", **top, "detail": detail}
    kept = copy.deepcopy(event)
    assert load({}, overrides_in(event)) == load({}, {**top, **detail})
    assert event == kept


@pytest.mark.parametrize("detail", [None, "text", 5, [], [["DryRun", "Yes"]], True])
def test_a_detail_that_is_none_carries_nothing(detail: Any) -> None:
    """Whatever stands in its place, there is nothing to read in it."""
    assert overrides_in({"detail": detail, "DryRun": "Yes"}) == {"DryRun": "Yes"}


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.name)
def test_a_wrong_value_says_what_is_allowed(parameter: Parameter) -> None:
    """Each bad example is answered with the name, the value, and something that is allowed."""
    for value in BAD[parameter.name]:
        with pytest.raises(SettingsError) as caught:
            load({}, {parameter.name: value})
        (problem,) = caught.value.problems
        told = problem.partition(": ")[2]
        assert problem.startswith(f"{parameter.name} is {value!r}: ")
        assert "\n" not in problem
        assert str(caught.value) == problem
        assert len(told.split()) > 3


def test_a_long_value_is_not_repeated_in_full() -> None:
    """A mail with the problem stays readable when somebody pasted a page into a parameter."""
    with pytest.raises(SettingsError) as caught:
        load({"NotificationEndpoint": "x" * 10_000})
    assert len(str(caught.value)) < 300
    assert "..." in str(caught.value)


def test_hundreds_of_arns_are_one_selection() -> None:
    """A long list of campaigns is watched in all their regions, and nothing else is."""
    many = [CAMPAIGN.replace("shoes", f"c{n}") for n in range(500)]
    settings = load({"CampaignARNs": ",".join(many), "RecommenderARNs": RECOMMENDER})
    assert len(settings.campaigns.arns) == 500
    assert settings.regions_to_watch("us-east-1") == ("eu-west-1", "us-west-2")
