"""The checker against botocore's shapes."""

from __future__ import annotations

from typing import Any

import pytest

from aws_sandbox import conformity


def shape(service: str, action: str, *, output: bool = False) -> Any:
    """The input (or output) shape of an action."""
    model: Any = conformity.operation(service, action)
    return model.output_shape if output else model.input_shape


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "must not be null"),
        ({"campaignArn": 5}, "must be a string"),
        ({"campaignArn": "x"}, "regular expression pattern"),
        ({"campaignArn": "arn:aws:personalize:r:a:" + "x" * 300}, "length less than or equal"),
        ({"campaignArn": "arn:aws:personalize:r:a:campaign/x", "y": 1}, "not a member"),
        ([], "must be a structure"),
    ],
)
def test_each_kind_of_mistake_is_named(value: object, words: str) -> None:
    """Required, type, pattern, length, unknown member, structure."""
    (problem,) = conformity.problems(shape("personalize", "DescribeCampaign"), value)
    assert words in problem


def test_ranges_enums_lists_and_maps_are_checked_at_any_depth() -> None:
    """The path in the message leads to the place."""
    bad = {
        "name": "x",
        "solutionVersionArn": "arn:aws:personalize:r:a:solution/x/1",
        "minProvisionedTPS": 0,
        "tags": [{"tagKey": "k"}],
        "campaignConfig": {"itemExplorationConfig": {"w": 3}, "rankingInfluence": {"NEW": 2.0}},
    }
    found = "\n".join(conformity.problems(shape("personalize", "CreateCampaign"), bad))
    assert "'minProvisionedTPS' failed to satisfy constraint: Member must have value" in found
    assert "tags.1.member.tagValue" in found
    assert "campaignConfig.itemExplorationConfig.w" in found
    assert "enum value set" in found
    assert "less than or equal to 1" in found


def test_a_lenient_check_holds_types_only() -> None:
    """For moto's own services patterns and lengths are let go, types and members are not."""
    wanted = shape("personalize", "DescribeCampaign")
    assert conformity.problems(wanted, {"campaignArn": "x"}, strict=False) == []
    assert conformity.problems(wanted, {"campaignArn": 1}, strict=False)


def test_long_lists_of_numbers_are_checked_too() -> None:
    """The quick way over datapoints still finds the one that is not a number."""
    wanted = shape("cloudwatch", "GetMetricData", output=True)

    def answer(values: list[object]) -> dict[str, Any]:
        return {"MetricDataResults": [{"Id": "q", "Values": values, "StatusCode": "Complete"}]}

    assert conformity.problems(wanted, answer([1.0, 2] * 500)) == []
    (problem,) = conformity.problems(wanted, answer([1.0, "2"] + [3.0] * 500))
    assert "Values.2.member" in problem


def test_nothing_is_wrong_with_what_is_not_modelled() -> None:
    """An action without output or an unknown action has no shape to violate."""
    assert conformity.problems(None, {"anything": 1}) == []
    assert conformity.operation("personalize", "Unheard") is None


def test_booleans_are_not_numbers_and_times_are_numbers_or_texts() -> None:
    """Types are AWS's, not Python's."""
    wanted = shape("personalize", "ListCampaigns", output=True)
    good = {"campaigns": [{"creationDateTime": 1.5, "lastUpdatedDateTime": "2026-03-02"}]}
    assert conformity.problems(wanted, good) == []
    bad = {"campaigns": [{"creationDateTime": True}]}
    assert conformity.problems(wanted, bad)
    assert conformity.problems(shape("personalize", "ListCampaigns"), {"maxResults": True})
