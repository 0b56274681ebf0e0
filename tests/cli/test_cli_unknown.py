"""What is not known is shown as unknown, in every verb that looks, and ends with 4 (D1, D4, C3)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.cli.conftest import Inside, validated
from tests.support import ACCOUNT

from personalize_monitor.contract import FLOOR_UPDATED_EVENT
from personalize_monitor.model.resource import Kind
from personalize_monitor_desk.cli.exits import Exit

AGE = timedelta(days=20)
LOOKING = ("status", "plan", "savings", "report")
BOTH = ("--region", "us-east-1", "--region", "eu-west-1")


@pytest.fixture
def fleet(inside: Inside) -> Inside:
    """Two campaigns whose floors are much too high, and one elsewhere."""
    inside.campaign("shoes", floor=20, age=AGE)
    inside.campaign("hats", floor=20, age=AGE)
    inside.campaign("films", floor=9, age=AGE, region="eu-west-1")
    return inside


@pytest.mark.parametrize("verb", LOOKING)
def test_d1_demand_that_nobody_may_read_is_no_waste(fleet: Inside, verb: str) -> None:
    """GetMetricData denied: waste is unknown and not the whole floor; no verb says all is well."""
    fleet.local.fail(service="cloudwatch", action="GetMetricData", code="AccessDenied")
    answer = fleet(verb, "-o", "json")
    assert answer.code == Exit.PARTLY
    validated(verb, answer.document)
    if verb != "plan":
        assert answer.document["totals"]["monthlyWaste"]["usd"] is None
        assert float(answer.document["totals"]["monthlyCost"]["usd"]) > 0  # the floors are billed
    told = fleet(verb, "-o", "markdown").out
    assert "no floor can come down" not in told
    assert "nothing is idle" not in told
    if verb == "plan":
        assert "Not everything was answered" in " ".join(fleet(verb).out.split())


@pytest.mark.parametrize("verb", LOOKING)
@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_d1_a_list_that_was_refused_makes_a_part(fleet: Inside, verb: str, code: str) -> None:
    """Without the list of campaigns the recommenders are not all there is."""
    fleet.recommender("radio", floor=3, age=AGE)
    fleet.local.fail(service="personalize", action="ListCampaigns", code=code)
    answer = fleet(verb, "-o", "json")
    assert answer.code == Exit.PARTLY
    key = "monthlySaving" if verb == "plan" else "totals"
    told = json.dumps(answer.document[key])
    assert '"unknownParts": 0' not in told
    if verb == "status":
        assert "1 of at least 1 resource in service" in fleet(verb).out
    if verb == "report":
        assert "1 of at least 1" in fleet(verb, "-o", "markdown").out


@pytest.mark.parametrize("verb", ["status", "savings", "report"])
def test_d1_sums_are_short_of_what_a_list_did_not_tell(fleet: Inside, verb: str) -> None:
    """All campaigns are known and priced; that there may be recommenders makes each sum a part."""
    whole = fleet(verb, "-o", "json").document["totals"]
    assert whole["monthlyCost"]["unknownParts"] == whole["monthlyWaste"]["unknownParts"] == 0
    fleet.local.fail(service="personalize", action="ListRecommenders", code="AccessDenied")
    part = fleet(verb, "-o", "json").document["totals"]
    assert part["monthlyCost"]["unknownParts"] == part["monthlyWaste"]["unknownParts"] == 1


def test_d1_a_list_that_broke_off_makes_a_part(fleet: Inside) -> None:
    """What the first page held is shown; that there is more is said."""
    for number in range(110):
        fleet.campaign(f"more-{number}", requests=0, floor=1, age=AGE)
    # Only the call for a later page has a text among its parameters: the page's token.
    fleet.local.fail(
        service="personalize", action="ListCampaigns", code="ThrottlingException", resource="*"
    )
    answer = fleet("status")
    assert answer.code == Exit.PARTLY
    assert "of at least 100 resources in service" in answer.out


@pytest.mark.parametrize("verb", LOOKING)
def test_c3_one_region_of_several(fleet: Inside, verb: str) -> None:
    """The sums are parts, and counts say so."""
    fleet.local.fail(service="personalize", region="eu-west-1", code="AccessDeniedException")
    answer = fleet(verb, *BOTH, "-o", "json")
    assert answer.code == Exit.PARTLY
    key = "monthlySaving" if verb == "plan" else "totals"
    assert '"unknownParts": 0' not in json.dumps(answer.document[key])
    if verb == "status":
        assert "2 of at least 2 resources in service" in fleet(verb, *BOTH).out


@pytest.fixture
def lowered(fleet: Inside) -> Inside:
    """A deployment whose journal tells of a change in each region."""
    fleet.deploy()
    fleet.recommender("radio", floor=3, age=AGE, region="eu-west-1")
    name = FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]
    for region, what in (("us-east-1", "shoes"), ("eu-west-1", "films"), ("us-east-1", "old")):
        arn = f"arn:aws:personalize:{region}:{ACCOUNT}:campaign/{what}"
        detail = {"ARN": arn, "PreviousMinTPS": 30, "NewMinTPS": 20, "RequestedBy": "monitor"}
        fleet.wrote(name, detail, hours_ago=30)
    return fleet


def test_d4_what_lives_in_another_region_is_not_gone(lowered: Inside) -> None:
    """Where nobody looked, nothing is called gone; what is left out is said."""
    answer = lowered("savings", "--region", "us-east-1", "-o", "json")
    assert answer.code == Exit.FINE, answer.err
    present = {
        one["arn"].rpartition("/")[2]: one["present"] for one in answer.document["resources"]
    }
    assert present == {"shoes": True, "hats": True, "old": False}
    assert "1 changed resource in eu-west-1" in " ".join(answer.err.split())
    assert "gone" in lowered("savings", "--region", "us-east-1").out
    both = lowered("savings", *BOTH, "-o", "json").document["resources"]
    assert {one["arn"].rpartition("/")[2] for one in both if one["present"]} == {
        "shoes",
        "hats",
        "films",
        "radio",
    }


@pytest.mark.parametrize("action", ["*", "ListCampaigns", "DescribeCampaign"])
def test_c3_what_does_not_answer_is_not_gone(lowered: Inside, action: str) -> None:
    """Savings of a region without an answer are unknown, and not counted as of a deletion."""
    lowered.local.fail(
        service="personalize", region="eu-west-1", action=action, code="ThrottlingException"
    )
    answer = lowered("savings", *BOTH, "-o", "json")
    assert answer.code == Exit.PARTLY
    validated("savings", answer.document)
    found = {one["arn"].rpartition("/")[2]: one for one in answer.document["resources"]}
    assert found["films"]["present"] is None
    assert found["films"]["realised"]["usd"] is None
    assert found["old"]["present"] is False
    assert answer.document["realised"]["saved"]["unknownParts"] >= 1
    line = next(one for one in lowered("savings", *BOTH).out.splitlines() if "films" in one)
    assert "gone" not in line
    assert "?" in line
