"""What was saved: counted from the journal, shown beside what is paid, never claimed without it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from tests.cli.cast import NOW, demand, resource
from tests.cli.conftest import Inside, validated
from tests.cli.test_cli_fleet import line_of, look_of, shoes
from tests.cli.test_cli_looking import resources, rows

from personalize_monitor.model.money import ZERO, Money
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.verbs import savings


@pytest.fixture
def shop(inside: Inside) -> Inside:
    """One campaign whose floor is five times its demand."""
    inside.campaign("shoes", floor=10, age=timedelta(days=4))
    return inside


def test_the_ledger_shows_what_is_gone() -> None:
    """A resource that is not there any more keeps what it saved; others have none."""
    arn = str(resource("gone").arn)
    amounts = {arn: SimpleNamespace(rows=[1], saved=Money.usd(50))}
    none = SimpleNamespace(rows=[], saved=ZERO)
    reader: Any = SimpleNamespace(
        rows=[SimpleNamespace(arn=arn, saved=Money.usd(50))],
        of=lambda asked: amounts.get(asked, none),
        saved=Money.usd(50),
        unknown_hours=0.0,
        cumulative=lambda: [("2026-03", Money.usd(50))],
    )
    ledger: Any = SimpleNamespace(
        since=NOW - timedelta(days=30),
        until=NOW,
        ledger=reader,
        saved=reader.saved,
        problems=("A gap.",),
        unsure=(),
    )
    result = savings.result(look_of(shoes(demand(14, 2.0))), ledger, 30)
    validated("savings", result.document)
    there = result.document["resources"][0]
    assert (there["present"], there["realised"]) == (True, None)
    assert "gone" in line_of(result, "gone").split()
    assert line_of(result, "gone").split()[-1] == "$50"
    assert line_of(result, "shoes").split()[-1] == "–"
    assert result.document["problems"] == ["A gap."]
    assert "saved in 30 days: $50" in result.heading


def test_a_gap_in_the_ledger_is_told(inside: Inside) -> None:
    """What could not be read for the ledger is a line on stderr, and the rest is shown."""
    arn = inside.campaign("shoes", floor=3, age=timedelta(days=3))
    inside.deploy()
    inside.wrote(
        "PersonalizeCampaignDeleted",
        {
            "ARN": arn.replace("shoes", "old"),
            "PreviousMinTPS": 5,
            "RequestedBy": "monitor",
            "Restore": {"solutionVersionArn": arn.replace("campaign", "solution") + "/1"},
            "Reason": "Idle.",
        },
    )
    inside.local.fail(action="DescribeSolution", code="AccessDeniedException")
    answer = inside("savings", "-o", "json")
    assert "Reading what" in answer.err
    assert any("Reading what" in problem for problem in answer.document["problems"])
    assert answer.document["realised"] is not None


def test_savings_without_a_deployment_claims_nothing(shop: Inside) -> None:
    """What was never changed has saved nothing: a dash, not a zero, and a word about why."""
    answer = shop("savings", "-o", "json")
    assert answer.document["realised"] is None
    assert "not deployed" in answer.err
    row = rows(shop("savings", "-o", "csv"))["shoes"]
    assert row["realised"] == ""
    line = next(one for one in shop("savings").out.splitlines() if one.startswith("shoes"))
    assert line.split()[-1] == "–"


def test_savings_count_what_our_changes_saved(shop: Inside) -> None:
    """A floor that we lowered yesterday has saved since; every form says how much."""
    arn = "arn:aws:personalize:us-east-1:123456789012:campaign/shoes"
    shop.deploy()
    shop.wrote(
        "PersonalizeCampaignMinProvisionedTPSUpdated",
        {
            "ARN": arn,
            "NewMinTPS": 10,
            "PreviousMinTPS": 30,
            "RequestedBy": "monitor",
            "RequestId": "r-1",
            "Reason": "Too high.",
        },
        hours_ago=24,
    )
    document = shop("savings", "--days", "3", "-o", "json").document
    validated("savings", document)
    saved = Decimal(document["realised"]["saved"]["usd"])
    assert saved > 0
    assert Decimal(resources(document)["shoes"]["realised"]["usd"]) == saved
    assert Decimal(rows(shop("savings", "--days", "3", "-o", "csv"))["shoes"]["realised"]) == saved
    answer = shop("savings", "--days", "3")
    assert f"saved in 3 days: ${Decimal(document['realised']['saved']['usd']):,.0f}" in answer.out
    assert "Saved 3 d" in answer.out


CUTS = ("group", "region", "account", "tag:Team", "day", "month")


@pytest.fixture
def lowered(shop: Inside) -> Inside:
    """Its floor was lowered a day ago; a second campaign was not touched, and has a tag."""
    shop.campaign("hats", floor=4, age=timedelta(days=4))
    shop.local.client("personalize").tag_resource(
        resourceArn="arn:aws:personalize:us-east-1:123456789012:campaign/hats",
        tags=[{"tagKey": "Team", "tagValue": "search"}],
    )
    shop.deploy()
    shop.wrote(
        "PersonalizeCampaignMinProvisionedTPSUpdated",
        {
            "ARN": "arn:aws:personalize:us-east-1:123456789012:campaign/shoes",
            "NewMinTPS": 10,
            "PreviousMinTPS": 30,
            "RequestedBy": "monitor",
            "RequestId": "r-1",
            "Reason": "Too high.",
        },
        hours_ago=24,
    )
    return shop


@pytest.mark.parametrize("cut", CUTS)
def test_every_cut_adds_up_to_the_whole(lowered: Inside, cut: str) -> None:
    """Cost, waste and saved of the parts are those of the account, in JSON and CSV."""
    document = lowered("savings", "--days", "3", "--by", cut, "-o", "json").document
    validated("savings", document)
    found, whole = document["by"], document["realised"]["saved"]["usd"]
    assert found["cut"] == cut
    table = lowered("savings", "--days", "3", "--by", cut, "-o", "csv").out
    column = "saved" if found["periods"] else "realised"
    amounts = [row[column] for row in csv.DictReader(io.StringIO(table))]
    assert sum(map(Decimal, amounts)) == pytest.approx(Decimal(whole), abs=Decimal("0.0001"))
    if found["periods"]:
        assert found["periods"][-1]["cumulative"]["usd"] == whole
    else:
        assert sum(part["resources"] for part in found["parts"]) == 2
        for key in ("monthlyCost", "monthlyWaste"):
            parts = sum(Decimal(part[key]["usd"]) for part in found["parts"])
            assert parts == pytest.approx(Decimal(document["totals"][key]["usd"]))


def test_a_day_without_a_saving_is_shown(lowered: Inside) -> None:
    """Three days have three or four dates, whatever was saved; the table says so far."""
    answer = lowered("savings", "--days", "3", "--by", "day")
    days = [line.split()[0] for line in answer.out.splitlines() if line.startswith("20")]
    assert len(days) in {3, 4}
    assert "Saved so far" in answer.out
    assert "$0" in answer.out


def test_a_tag_cuts_by_its_values(lowered: Inside) -> None:
    """Who has it not is told apart, and who cannot be asked is not known."""
    answer = lowered("savings", "--by", "tag:Team", "-o", "json").document
    assert {part["name"] for part in answer["by"]["parts"]} == {"search", "without Team"}
    lowered.local.fail(action="ListTagsForResource", code="AccessDeniedException")
    answer = lowered("savings", "--by", "tag:Team", "-o", "json").document
    assert {part["name"] for part in answer["by"]["parts"]} == {"not known"}
    assert any("1 other resource" in problem for problem in answer["problems"])


@pytest.mark.parametrize("cut", ["team", "tag", "tag:", "day:1", "GROUP"])
def test_an_unknown_cut_is_refused(inside: Inside, cut: str) -> None:
    """Before AWS is asked, with what there is."""
    answer = inside("savings", "--by", cut)
    assert answer.code == Exit.USAGE
    assert "tag:KEY" in answer.err


def test_nothing_over_time_without_a_deployment(shop: Inside) -> None:
    """What never ran saved nothing; the page says why it is empty."""
    answer = shop("savings", "--by", "month")
    assert "not deployed here" in answer.out


def test_a_journal_that_cannot_be_read_costs_only_its_column(shop: Inside) -> None:
    """Logs denied: the other figures are there, and the gap is told."""
    shop.deploy()
    shop.local.fail(service="logs", code="AccessDeniedException")
    answer = shop("savings", "-o", "json")
    assert answer.code == Exit.PARTLY
    assert answer.document["realised"] is None
    assert "journal" in answer.err
    assert resources(answer.document)["shoes"]["monthlyCost"]["usd"] is not None


def test_what_is_gone_stays_in_the_ledger(shop: Inside) -> None:
    """A campaign that we deleted has saved, though it is not there any more."""
    arn = "arn:aws:personalize:us-east-1:123456789012:campaign/old"
    shop.deploy()
    shop.wrote(
        "PersonalizeCampaignDeleted",
        {
            "ARN": arn,
            "PreviousMinTPS": 5,
            "RequestedBy": "monitor",
            "RequestId": "r-2",
            "Reason": "Idle.",
        },
        hours_ago=48,
    )
    document = shop("savings", "-o", "json").document
    old = resources(document)["old"]
    assert (old["present"], old["floor"], old["monthlyCost"]) == (False, None, None)
    row = rows(shop("savings", "-o", "csv"))["old"]
    assert (row["floor"], row["cost"]) == ("", "")
    line = next(one for one in shop("savings").out.splitlines() if one.startswith("old"))
    assert "gone" in line
