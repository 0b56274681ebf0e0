"""The verbs that look: status, plan, savings, report, each in all forms, on one small account."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Answer, Inside, validated

from personalize_monitor_desk.cli.exits import Exit

BOTH = ("--region", "us-east-1,eu-west-1")
LOOKING = ("status", "plan", "savings", "report")
AGE = timedelta(days=4)


@pytest.fixture
def shop(inside: Inside) -> Inside:
    """Two campaigns and a recommender in two regions; one floor is five times the demand."""
    inside.campaign("shoes", floor=10, age=AGE)
    inside.campaign("hats", floor=1, requests=150, region="eu-west-1", age=AGE)
    inside.recommender("bags", floor=1, age=AGE)
    return inside


Told = Callable[..., Answer]


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, ...], Answer]:
    """What the shop was asked already in this file; the same question has the same answer."""
    return {}


@pytest.fixture
def told(
    request: pytest.FixtureRequest, answers: dict[tuple[str, ...], Answer], tmp_path: Path
) -> Told:
    """Ask the healthy shop; a question that was asked before costs nothing."""

    def ask(*arguments: str) -> Answer:
        if arguments not in answers:
            shop: Inside = request.getfixturevalue("shop")
            answers[arguments] = shop(*arguments)
        return answers[arguments]

    return ask


def rows(answer: Answer) -> dict[str, dict[str, str]]:
    """A CSV file by the name of its resources."""
    return {row["name"]: row for row in csv.DictReader(io.StringIO(answer.out))}


def resources(document: Any) -> dict[str, Any]:
    """A document's resources by name."""
    return {one["arn"].rpartition("/")[2]: one for one in document["resources"]}


@pytest.mark.parametrize("verb", LOOKING)
def test_each_verb_keeps_its_schema(told: Told, verb: str) -> None:
    """A script may rely on the document of each verb, deployed or not."""
    answer = told(verb, *BOTH, "-o", "json")
    assert answer.code == Exit.FINE, answer.err
    validated(verb, answer.document)


@pytest.mark.parametrize("verb", LOOKING)
def test_an_empty_account_is_no_failure(
    inside: Inside, verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing there is an answer: code 0 even with --check, a sentence, and a valid document."""
    monkeypatch.chdir(tmp_path)
    for form in ("table", "json"):
        answer = inside(verb, *BOTH, "--check", "-o", form)
        assert answer.code == Exit.FINE, answer.err
        if form == "json":
            validated(verb, answer.document)
        else:
            assert "No campaign or recommender here" in answer.out or "Nothing" in answer.out


def test_one_figure_in_every_form_of_the_status(told: Told) -> None:
    """Screen, CSV, Markdown and JSON tell the same floor, rate and utilization."""
    found = resources(told("status", *BOTH, "-o", "json").document)
    table = rows(told("status", *BOTH, "-o", "csv"))
    markdown = told("status", *BOTH, "-o", "markdown").out
    screen = told("status", *BOTH).out
    assert (found["shoes"]["floor"], found["shoes"]["averageTps"]) == (10, 2.0)
    assert found["shoes"]["utilizationPercent"] == 20.0
    assert (table["shoes"]["floor"], table["shoes"]["average_tps"]) == ("10", "2.0")
    for text in (markdown, screen):
        line = next(line for line in text.splitlines() if "shoes" in line)
        cells = line.replace("|", " ").split()
        assert {"10", "2.00", "20"} <= set(cells)


def test_one_amount_in_every_verb(told: Told) -> None:
    """What the report says of money, savings says too, and the sums are the sums of the rows."""
    report = told("report", *BOTH, "-o", "json").document
    savings = told("savings", *BOTH, "-o", "json").document
    plan = told("plan", *BOTH, "-o", "json").document
    for name, one in resources(savings).items():
        assert resources(report)[name]["monthlyCost"] == one["monthlyCost"]
        assert resources(report)[name]["monthlyWaste"] == one["monthlyWaste"]
    assert report["totals"] == savings["totals"]
    assert plan["monthlySaving"] == savings["totals"]["monthlySaving"]
    known = [one["monthlyCost"]["usd"] for one in resources(savings).values()]
    total = sum(Decimal(amount) for amount in known if amount is not None)
    assert abs(Decimal(savings["totals"]["monthlyCost"]["usd"]) - total) < Decimal("0.001")


def test_csv_agrees_with_json(told: Told) -> None:
    """The report's rows have the amounts of its document; what is unknown is an empty field."""
    found = resources(told("report", *BOTH, "-o", "json").document)
    table = rows(told("report", *BOTH, "-o", "csv"))
    assert set(found) == set(table)
    for name, row in table.items():
        for key, field in (("monthlyCost", "cost"), ("monthlyWaste", "waste")):
            usd = found[name][key]["usd"]
            assert row[field] == ("" if usd is None else usd)
    assert table["bags"]["cost"] == "", "no price of recommenders is published"
    assert table["shoes"]["action"] == "floor 10 → 2"
    assert table["hats"]["action"] == ""


def test_a_price_that_is_not_known_is_said(told: Told) -> None:
    """A recommender's cost is a question mark, the sum a lower bound, and the report says why."""
    line = next(one for one in told("status").out.splitlines() if one.startswith("bags"))
    assert line.split()[-2:] == ["?", "?"]
    assert "≥$" in told("status").out
    assert "No price is known for bags" in told("report", "-o", "markdown").out


def test_own_prices_make_it_known(shop: Inside, tmp_path: Path) -> None:
    """A price in the person's own file prices what the shipped table cannot."""
    path = tmp_path / "prices.toml"
    path.write_text(
        'as_of = "2026-03-01"\n'
        "[prices.us-east-1.recommender]\n"
        "tiers = [{ per_1000_requests = 0.05 }]\n",
        "utf-8",
    )
    answer = shop("status", "-o", "json", "--prices", str(path))
    assert answer.code == Exit.FINE, answer.err
    assert resources(answer.document)["bags"]["monthlyCost"]["usd"] is not None


def test_a_discount_lowers_every_amount(shop: Inside, tmp_path: Path) -> None:
    """Half price is half of each known amount, and nothing else changes."""
    path = tmp_path / "prices.toml"
    path.write_text("discount_percent = 50\n", "utf-8")
    full = resources(shop("status", "-o", "json").document)["shoes"]
    half = resources(shop("status", "-o", "json", "--prices", str(path)).document)["shoes"]
    for key in ("monthlyCost", "monthlyWaste"):
        twice = Decimal(half[key]["usd"]) * 2
        assert abs(twice - Decimal(full[key]["usd"])) <= Decimal("0.000001")
    assert half["floor"] == full["floor"]


@pytest.mark.parametrize("verb", LOOKING)
def test_one_region_fails(shop: Inside, verb: str) -> None:
    """The other is shown, the code is 4, and the region is named on stderr and in the document."""
    shop.local.fail(service="personalize", region="eu-west-1", code="AccessDeniedException")
    answer = shop(verb, *BOTH, "-o", "json")
    assert answer.code == Exit.PARTLY
    validated(verb, answer.document)
    answered = {place["region"]: place["answered"] for place in answer.document["regions"]}
    assert answered == {"us-east-1": True, "eu-west-1": False}
    assert any("eu-west-1" in problem for problem in answer.document["problems"])
    assert "eu-west-1" in answer.err


@pytest.mark.parametrize("verb", ["status", "plan"])
def test_no_region_answers(shop: Inside, verb: str) -> None:
    """Then there is nothing to show: the code is 3 and stdout stays empty."""
    shop.local.fail(service="personalize", code="AccessDeniedException")
    answer = shop(verb, *BOTH, "-o", "json")
    assert answer.code == Exit.REFUSED
    assert answer.out == ""
    assert "AccessDenied" in answer.err


def test_an_unknown_measurement_is_not_zero(shop: Inside) -> None:
    """CloudWatch denied: rates and sums are unknown in every form, and no advice rests on them."""
    shop.local.fail(service="cloudwatch", action="GetMetricData", code="AccessDeniedException")
    told = resources(shop("status", "-o", "json").document)["shoes"]
    assert told["averageTps"] is None
    assert told["utilizationPercent"] is None
    assert told["errors24h"] == {"client": None, "server": None}
    assert rows(shop("status", "-o", "csv"))["shoes"]["average_tps"] == ""
    line = next(one for one in shop("status").out.splitlines() if one.startswith("shoes"))
    assert line.split()[3:7] == ["unknown", "10", "?", "?"]
    assert shop("plan", "-o", "json").document["actions"] == []
    assert shop("status", "--check").code == Exit.PARTLY


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("verb", ["status", "plan", "savings"])
def test_the_screen_is_wide_enough(
    shop: Inside, monkeypatch: pytest.MonkeyPatch, verb: str, width: int
) -> None:
    """No line of a table is wider than the screen, and names and floors are always there."""
    monkeypatch.setenv("COLUMNS", str(width))
    lines = shop(verb, *BOTH).out.splitlines()
    table = lines[next(n for n, line in enumerate(lines) if line.startswith("──")) - 1 :]
    table = table[: table.index("")] if "" in table else table
    assert max(len(line) for line in table) <= width
    assert any("shoes" in line and "10" in line for line in table)


def test_the_plan_says_what_and_why(told: Told) -> None:
    """Each change has its reason with the numbers behind it, and what it saves in a month."""
    document = told("plan", "-o", "json").document
    (action,) = document["actions"]
    assert (action["action"], action["floor"], action["toFloor"]) == ("set-floor", 10, 2)
    assert "2.00 TPS" in action["reason"]
    assert float(action["monthlySaving"]["usd"]) > 0
    answer = told("plan")
    assert "floor 10 → 2" in answer.out
    assert "Nothing was changed." in answer.out
    assert told("plan", "--check").code == Exit.FINDINGS


def test_looking_changes_nothing(shop: Inside) -> None:
    """Not one call writes, deployed or not."""
    shop.deploy()
    shop.local.world.gate.calls.clear()
    shop("plan", "-o", "json")
    shop("savings", "-o", "json")
    actions = {call.action for call in shop.local.world.gate.calls}
    assert all(action.startswith(("List", "Describe", "Get", "Filter")) for action in actions)


def test_what_is_young_is_held_back_and_says_by_what(shop: Inside) -> None:
    """A resource of today is left alone; the plan shows that, with the guard's name."""
    shop.campaign("new", floor=30, age=timedelta(hours=3))
    document = shop("plan", "-o", "json").document
    (held,) = document["heldBack"]
    assert held["arn"].endswith("/new")
    assert held["heldBy"]
    assert held["monthlySaving"] is None, "nothing is claimed for what is not done"
    assert "Left alone for now" in shop("plan").out


def test_the_parameters_of_a_deployment_count(shop: Inside) -> None:
    """Where right-sizing is switched off, the plan advises none."""
    assert shop("plan", "-o", "json").document["actions"]
    shop.deploy(AutoAdjustCampaignMinProvisionedTPS="No")
    assert shop("plan", "-o", "json").document["actions"] == []


def test_broken_parameters_are_told_and_defaults_used(shop: Inside) -> None:
    """A deployment that cannot be meant does not keep one from looking."""
    shop.deploy(IdleCampaignThresholdHours="many")
    answer = shop("plan", "-o", "json")
    assert answer.code == Exit.FINE
    assert "IdleCampaignThresholdHours" in answer.err
    assert answer.document["actions"]


@pytest.mark.parametrize("verb", ["plan", "savings"])
def test_no_sight_of_the_deployment_is_no_reason_to_stop(shop: Inside, verb: str) -> None:
    """CloudFormation denied: the look goes on with defaults, and says that it does."""
    shop.local.fail(service="cloudformation", code="AccessDenied")
    answer = shop(verb, "-o", "json")
    assert answer.code == Exit.FINE
    assert "Defaults are used" in answer.err


def test_a_plan_is_saved_for_later(shop: Inside, tmp_path: Path) -> None:
    """--out writes the plan beside showing it, and says how it is carried out."""
    path = tmp_path / "plan [draft].json"
    answer = shop("plan", "--out", str(path), "-o", "json")
    saved = json.loads(path.read_text("utf-8"))
    assert [item["arn"] for item in saved["items"] if item["action"] != "leave"] == [
        one["arn"] for one in answer.document["actions"]
    ]
    assert f"apply {path}" in answer.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan", "--out"), "cannot be written"),
        (("report", "--file"), "give another --file"),
    ],
)
def test_a_place_that_cannot_be_written(
    shop: Inside, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    """The file is named, with what to do; the code says that the command was not meant so."""
    path = tmp_path / "nowhere" / "x.html"
    answer = shop(*arguments, str(path))
    assert answer.code == Exit.USAGE
    assert said in answer.err
    assert str(path) in answer.err


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("x.html", "<!doctype html>"),
        ("x.HTM", "<!doctype html>"),
        ("x.md", "# Amazon Personalize"),
        ("x.csv", "name,arn,kind,region"),
        ("x.json", '{\n  "format": "personalize-monitor/report/1"'),
    ],
)
def test_the_ending_of_the_file_says_the_form(
    shop: Inside, tmp_path: Path, name: str, begin: str
) -> None:
    """--file x.csv writes CSV without --output; where it went is said."""
    path = tmp_path / name
    answer = shop("report", "--file", str(path))
    assert answer.code == Exit.FINE, answer.err
    assert path.read_text("utf-8").startswith(begin)
    assert str(path) in " ".join((answer.out + answer.err).split())


def test_the_default_report_is_a_page_in_this_folder(
    shop: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --file a page of a known name is written; the screen shows what to do first."""
    monkeypatch.chdir(tmp_path)
    answer = shop("report", *BOTH)
    page = (tmp_path / "personalize-monitor-report.html").read_text("utf-8")
    assert "personalize-monitor-report.html" in answer.out
    assert "floor 10 → 2" in answer.out
    assert "floor 10 → 2" in page
    assert shop("report", *BOTH, "--check").code == Exit.FINDINGS


def test_the_past_is_looked_at_as_it_was(told: Told) -> None:
    """--at moves the window, and the document says of which moment it is."""
    document = told("status", "-o", "json", "--at", "2026-03-01T08:12Z").document
    assert document["at"] == "2026-03-01T08:12:00Z"
    assert document["windowStart"] == "2026-03-01T08:00:00Z"
    assert resources(document)["shoes"]["averageTps"] == 2.0


@pytest.mark.parametrize("verb", ["status", "plan", "savings"])
def test_the_past_does_not_know_what_came_later(shop: Inside, verb: str) -> None:
    """A campaign of today is not in a look at yesterday: no row, and nothing in the sums."""
    shop.campaign("new", floor=40, age=timedelta(hours=5))
    before = shop(verb, "-o", "json", "--at", "2026-03-01T08:12Z")
    assert before.code == Exit.FINE, before.err
    assert "/new" not in before.out
    if verb != "plan":
        assert set(resources(before.document)) == {"shoes", "bags"}
        assert before.document["totals"]["resources"] == 2
