"""Every verb against the sandbox over HTTP, in each form."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import REGIONS, Ask, validated

from personalize_monitor_desk.cli.exits import Exit

pytestmark = pytest.mark.clock(once=True)

LOOKING = ["status", "plan", "report", "savings", "doctor"]


@pytest.mark.parametrize("verb", LOOKING)
def test_json_follows_its_schema(over: Ask, verb: str) -> None:
    """--output json is one document, as its schema promises, and nothing else."""
    answer = over(verb, *REGIONS, "--output", "json")
    assert answer.code == Exit.FINE, answer.err
    validated(verb, answer.document)


@pytest.mark.parametrize("verb", LOOKING)
def test_csv_is_one_table_with_machine_names(over: Ask, verb: str) -> None:
    """--output csv has one head and rows of the same length, without units or signs."""
    answer = over(verb, *REGIONS, "--output", "csv")
    head, *rows = csv.reader(io.StringIO(answer.out))
    assert len(rows) >= 1 or verb == "plan"
    assert all(len(row) == len(head) for row in rows)
    assert all(name == name.lower() and " " not in name for name in head)
    assert "$" not in answer.out.replace("saves $", "")


@pytest.mark.parametrize("verb", LOOKING)
def test_markdown_has_tables(over: Ask, verb: str) -> None:
    """--output markdown can be pasted into an issue."""
    answer = over(verb, *REGIONS, "--output", "markdown")
    assert answer.code == Exit.FINE
    assert "| --- |" in answer.out or "Nothing" in answer.out


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("verb", ["status", "plan", "savings", "doctor"])
def test_tables_fit_the_screen(
    over: Ask, monkeypatch: pytest.MonkeyPatch, verb: str, width: int
) -> None:
    """No line of a table is wider than the screen."""
    monkeypatch.setenv("COLUMNS", str(width))
    answer = over(verb, *REGIONS)
    table = [line for line in answer.out.splitlines()[2:] if "──" not in line][:12]
    assert max(len(line) for line in table) <= width
    assert "\x1b[" not in answer.out, "no colour when piped"


def test_status_agrees_with_the_aws_cli(over: Ask, served: str) -> None:
    """Campaigns, floors and requests are those that AWS's own CLI shows."""
    shown = {
        one["name"]: one
        for one in over("status", "--region", "us-east-1", "-o", "json").document["resources"]
    }
    listed = _aws(served, "personalize", "list-campaigns")["campaigns"]
    campaigns = {name for name, one in shown.items() if one["kind"] == "campaign"}
    assert {one["name"] for one in listed} == campaigns
    name = "home-page-for-you"
    arn = shown[name]["arn"]
    described = _aws(served, "personalize", "describe-campaign", "--campaign-arn", arn)
    assert described["campaign"]["minProvisionedTPS"] == shown[name]["floor"]
    answer = _aws(
        served,
        "cloudwatch",
        "get-metric-statistics",
        "--namespace=AWS/Personalize",
        "--metric-name=GetRecommendations",
        f"--dimensions=Name=CampaignArn,Value={arn}",
        "--start-time=2026-03-03T08:50:00Z",
        "--end-time=2026-03-03T08:55:00Z",
        "--period=300",
        "--statistics=Sum",
    )
    requests = answer["Datapoints"][0]["Sum"]
    assert shown[name]["averageTps"] == pytest.approx(requests / 300, abs=1e-6)


def _aws(url: str, *arguments: str) -> Any:
    tool = Path(sys.executable).with_name("aws")
    done = subprocess.run(
        [tool, "--endpoint-url", url, "--output", "json", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_plan_and_savings_know_the_deployment(over: Ask) -> None:
    """What the application did in its first hours is in the ledger, and not advised again."""
    savings = over("savings", *REGIONS, "-o", "json").document
    assert savings["realised"] is not None
    assert float(savings["realised"]["saved"]["usd"]) > 0
    gone = [one["arn"] for one in savings["resources"] if not one["present"]]
    assert [arn.rpartition("/")[2] for arn in gone] == ["pilot-test-2024"]
    plan = over("plan", *REGIONS, "-o", "json").document
    assert not [one for one in plan["actions"] if one["toFloor"] == one["floor"]]


def test_the_journal_tells_who_did_what(over: Ask) -> None:
    """The deployment's journal is found by its stack, and follows its schema."""
    answer = over("journal", "--output", "json", "--since", "2026-03-03")
    assert answer.code == Exit.FINE, answer.err
    validated("journal", answer.document)
    assert any("pilot-test-2024" in (one["arn"] or "") for one in answer.document["entries"])


def test_a_prewarm_is_set_listed_and_cancelled(over: Ask) -> None:
    """What is set is listed until it is cancelled, each answer by its schema."""
    arn = "arn:aws:personalize:us-east-1:123456789012:campaign/flash-sale-picks"
    times = (
        "--from",
        "2026-03-05 08:00 Europe/Berlin",
        "--until",
        "2026-03-05 12:00 Europe/Berlin",
    )
    made = over("prewarm", arn, "--tps", "40", *times, "--yes", "--output", "json")
    assert made.code == Exit.FINE, made.err
    validated("prewarm", made.document)
    (one,) = over("prewarm", "list", "--output", "json").document["prewarms"]
    assert one["floor"] == 40
    assert one["begin"].startswith("2026-03-05T07:00:00")
    assert over("prewarm", "cancel", one["id"], "--yes", "--output", "json").code == Exit.FINE
    assert over("prewarm", "list", "--output", "json").document["prewarms"] == []


def test_a_saved_plan_is_applied(over: Ask, tmp_path: Path) -> None:
    """What plan saves, apply carries out or refuses item by item; each answer by its schema."""
    path = tmp_path / "plan.json"
    assert over("plan", *REGIONS, "--out", str(path), "--output", "json").code == Exit.FINE
    done = over("apply", str(path), "--yes", "--output", "json")
    validated("apply", done.document)


def test_at_shows_the_past(over: Ask) -> None:
    """--at shows the floors and the demand of that moment, as far as metrics tell them."""
    before = over("status", "-o", "json", "--at", "2026-03-03T06:12Z").document
    assert before["at"] == "2026-03-03T06:12:00Z"
    by_name = {one["name"]: one for one in before["resources"]}
    now = {one["name"]: one for one in over("status", "-o", "json").document["resources"]}
    assert by_name["home-page-for-you"]["floor"] == 20
    assert now["home-page-for-you"]["floor"] == 3


def test_check_turns_findings_into_an_exit_code(over: Ask) -> None:
    """--check ends with 1 when something deserves a look; without it the code is 0."""
    answer = over("status", *REGIONS, "--output", "json")
    assert answer.code == Exit.FINE
    assert answer.document["findings"]
    assert over("status", *REGIONS, "--output", "json", "--check").code == Exit.FINDINGS


def test_report_writes_a_page(over: Ask, tmp_path: Path) -> None:
    """The default report is one HTML file; the screen says where and what to do first."""
    path = tmp_path / "fleet.html"
    answer = over("report", *REGIONS, "--file", str(path))
    assert answer.code == Exit.FINE
    assert f"Written: {path}" in answer.out.replace("\n", "")
    page = path.read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "http://" not in page
    assert "https://" not in page
    markdown = tmp_path / "fleet.md"
    assert over("report", *REGIONS, "--file", str(markdown)).code == Exit.FINE
    assert markdown.read_text("utf-8").startswith("# Amazon Personalize")


def test_a_report_that_cannot_be_written(over: Ask, tmp_path: Path) -> None:
    """A folder in the file's place is named, with what to do."""
    (tmp_path / "x.html").mkdir()
    answer = over("report", "--file", str(tmp_path / "x.html"))
    assert answer.code == Exit.USAGE
    assert "--file" in answer.err


def test_backtest_of_a_live_resource(over: Ask, tmp_path: Path) -> None:
    """A live resource's own two weeks are tried, starting at its floor of now."""
    arn = "arn:aws:personalize:us-east-1:123456789012:campaign/search-ranking"
    picture = tmp_path / "trial.html"
    answer = over("backtest", arn, "--output", "json", "--picture", str(picture))
    assert answer.code == Exit.FINE, answer.err
    validated("backtest", answer.document)
    assert answer.document["rules"]["initial"] == "now"
    by_mode = {one["mode"]: one for one in answer.document["modes"]}
    assert by_mode["constant 1"]["billRatio"] == 1
    assert by_mode["lower"]["j10"] <= by_mode["floor as it is"]["j10"] + 1e-9
    assert "<svg" in picture.read_text("utf-8")


def test_backtest_of_an_unknown_resource(over: Ask) -> None:
    """A resource that does not serve is named."""
    answer = over("backtest", "arn:aws:personalize:us-east-1:123456789012:campaign/nobody")
    assert answer.code == Exit.USAGE
    assert "nobody" in answer.err
