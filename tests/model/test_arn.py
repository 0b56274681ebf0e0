"""ARNs: parsed once, compared as text, refused with what they are instead."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.errors import InvalidArn
from personalize_monitor.model.arn import EXAMPLE, Arn, solution_of

NAMES = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9\-_]{0,62}", fullmatch=True)
REGIONS = st.sampled_from(["us-east-1", "eu-west-1", "cn-north-1"])
ACCOUNTS = st.text(string.digits, min_size=12, max_size=12)
KINDS = ("campaign", "recommender")


@given(
    partition=st.sampled_from(["aws", "aws-cn"]),
    region=REGIONS,
    account=ACCOUNTS,
    kind=st.sampled_from(KINDS),
    name=NAMES,
)
def test_the_parts_are_those_of_the_text(
    partition: str, region: str, account: str, kind: str, name: str
) -> None:
    """Whatever a valid ARN is made of comes back, and its text stays as it was."""
    text = f"arn:{partition}:personalize:{region}:{account}:{kind}/{name}"
    arn = Arn.of_resource(text, kinds=KINDS)
    assert (arn.partition, arn.region, arn.account) == (partition, region, account)
    assert (arn.kind, arn.name, str(arn)) == (kind, name, text)
    assert arn == Arn(text)
    assert hash(arn) == hash(Arn(text))


@given(st.text())
def test_no_other_text_is_an_arn(text: str) -> None:
    """Any text is either the ARN of a resource or refused with InvalidArn, never anything else."""
    try:
        arn = Arn.of_resource(text, kinds=KINDS)
    except InvalidArn:
        return
    assert arn.kind in KINDS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not an ARN"),
        (None, "not an ARN"),
        (7, "not an ARN"),
        (["arn"], "not an ARN"),
        ("arn:aws:personalize:us-east-1:123456789012:campaign/", "not an ARN"),
        ("arn:aws:personalize:us-east-1:1234:campaign/x", "not an ARN"),
        ("arn:aws:s3:us-east-1:123456789012:bucket/x", "belongs to the service s3"),
        ("arn:aws:personalize:us-east-1:123456789012:solution/x", "is a solution"),
        ("arn:aws:personalize:us-east-1:123456789012:campaign/a/b", "not complete"),
        ("arn:aws:personalize:us-east-1:123456789012:campaign/-a", "not complete"),
        ("arn:aws:personalize::123456789012:campaign/a", "not complete"),
        ("arn:aws:personalize:us-east-1::campaign/a", "not complete"),
        ("arn:aws:personalize:us-east-1:123456789012:campaign/" + "a" * 64, "not complete"),
        ("arn:aws:personalize:us-east-1:123456789012:campaign/" + "a" * 999, "not an ARN"),
    ],
)
def test_what_it_is_instead_is_said(text: object, said: str) -> None:
    """A refusal says what the text is and how it should look, in one sentence."""
    with pytest.raises(InvalidArn, match=said) as caught:
        Arn.of_resource(text, kinds=KINDS)
    assert str(caught.value).endswith(".")


def test_the_kind_that_is_wanted_is_said() -> None:
    """A recommender where a campaign is wanted is refused with both words."""
    text = EXAMPLE.replace("campaign", "recommender")
    with pytest.raises(InvalidArn, match="is a recommender; give the ARN of a campaign"):
        Arn.of_resource(text, kinds=("campaign",))


def test_a_recipe_has_neither_region_nor_account() -> None:
    """Recipes are global."""
    arn = Arn("arn:aws:personalize:::recipe/aws-sims")
    assert (arn.region, arn.account, arn.kind, arn.name) == ("", "", "recipe", "aws-sims")


@given(name=NAMES, version=st.sampled_from(["abcdef12", "$LATEST"]))
def test_a_solution_version_leads_to_its_solution(name: str, version: str) -> None:
    """The version is the last part; a solution's own ARN stays what it is."""
    solution = f"arn:aws:personalize:us-east-1:123456789012:solution/{name}"
    assert solution_of(f"{solution}/{version}") == solution
    assert solution_of(solution) == solution
