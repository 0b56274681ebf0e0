"""Habits from other commands (D5, D10, D14): what is shown, where AWS is, one's own defaults."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.cli.conftest import Ask, Inside

from personalize_monitor_desk.cli import completing, config, exits, main, session
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.parts import VERBS
from personalize_monitor_desk.cli.verbs import schema

Settings = Callable[[str], None]


@pytest.fixture
def shop(inside: Inside) -> Inside:
    """Three campaigns in two regions, two of one name."""
    inside.campaign("shoes", floor=20)
    inside.campaign("socks", floor=3)
    inside.campaign("shoes", floor=5, region="eu-west-1")
    return inside


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Write a person's own file."""
    file = tmp_path / "config.toml"
    monkeypatch.setenv(config.FILE, str(file))

    def write(text: str) -> None:
        file.write_text(text, "utf-8")

    return write


BOTH = ("--region", "us-east-1,eu-west-1")


def names(answer: Any) -> list[str]:
    """Names and regions of a CSV answer, in its order."""
    rows = csv.DictReader(io.StringIO(answer.out))
    return [f"{row['name']} {row['region']}" for row in rows]


def test_d14_sort_and_filter(shop: Inside) -> None:
    """By any column, by its key or title; texts with * and figures with < and >; all must hold."""
    sort = ("status", *BOTH, "-o", "csv", "--sort")
    assert names(shop(*sort, "-floor")) == [
        "shoes us-east-1",
        "shoes eu-west-1",
        "socks us-east-1",
    ]
    assert names(shop(*sort, "Region"))[0] == "shoes eu-west-1"
    narrow = ("--filter", "name=SHO*", "--filter", "floor>5")
    assert names(shop("status", *BOTH, "-o", "csv", *narrow)) == ["shoes us-east-1"]
    assert names(shop("status", *BOTH, "-o", "csv", "--filter", "region!=us-*")) == [
        "shoes eu-west-1"
    ]
    assert "1 of 3 rows: name=socks" in shop("status", *BOTH, "--filter", "name=socks").out


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (("--sort", "wast"), "did you mean waste?"),
        (("--filter", "floor"), "--filter floor is no test"),
        (("--filter", "floor>many"), "many is no number"),
        (("--filter", "colour=red"), "There is no column colour"),
        (("--filter", "floor>1", "-o", "json"), "with --output json use --query"),
        (("--query", "totals[", "-o", "json"), "is no JMESPath"),
        (("--query", "totals", "-o", "csv"), "--query answers with JSON"),
        (("--endpoint-url", "localhost:5757"), "localhost:5757 is no address"),
        (("--watch", "0.1"), "watch"),
    ],
)
def test_d14_a_wish_that_means_nothing(shop: Inside, wish: tuple[str, ...], said: str) -> None:
    """One sentence, code 2."""
    answer = shop("status", *wish)
    assert answer.code == Exit.USAGE
    assert said in answer.err


def test_d14_query_is_the_aws_clis(shop: Inside) -> None:
    """A JMESPath over the document, with or without --output json."""
    path = "resources[?name=='socks'].floor | [0]"
    assert shop("status", "--query", path).out == "3\n"
    assert shop("status", "--query", path, "-o", "json", "--no-cli-pager").out == "3\n"


def test_d14_an_endpoint_for_one_command(shop: Inside) -> None:
    """--endpoint-url is forgotten afterwards; AWS_ENDPOINT_URL of the shell is as it was."""
    assert shop("status", "--endpoint-url", "http://127.0.0.1:9").code == Exit.FINE
    assert "AWS_ENDPOINT_URL" not in os.environ


def test_d5_what_is_hidden_is_said(shop: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """A narrow screen names what it has no room for; --wide shows it all the same."""
    monkeypatch.setenv("COLUMNS", "60")
    narrow = shop("status", *BOTH).out
    assert max(map(len, narrow.splitlines()[2:-6])) <= 60
    said = " ".join(narrow.split()).partition("Not shown at 60 columns: ")[2]
    hidden = said.partition(".")[0].split(", ")
    assert {"Recipe", "Kind"} <= set(hidden)
    wide = shop("status", *BOTH, "--wide").out
    head = next(line for line in wide.splitlines() if line.startswith("Name"))
    assert all(title in head for title in hidden)
    assert "Not shown" not in wide


def test_d14_watch_looks_again_until_it_is_interrupted(
    shop: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look is a whole one; Ctrl-C ends with the last look's code."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(main, "time", type("Clock", (), {"sleep": staticmethod(sleep)}))
    answer = shop("status", "--watch", "30", "--query", "totals.resources")
    assert (answer.code, slept) == (Exit.FINE, [30.0, 30.0])
    assert answer.out.split() == ["2", "2"]
    assert "No such option" in shop("apply", "--now", "--watch", "5").err


def test_d14_names_are_enough(shop: Inside) -> None:
    """Where one resource has the name; several are refused with all that it could be."""
    said = shop("restore", "socks", "--yes").err
    assert "campaign/socks" in said
    ambiguous = shop("restore", "shoes", *BOTH, "--yes")
    assert ambiguous.code == Exit.USAGE
    for region in ("us-east-1", "eu-west-1"):
        assert f"arn:aws:personalize:{region}:123456789012:campaign/shoes" in ambiguous.err
    assert "did you mean socks?" in shop("restore", "soks", "--yes").err
    shop.local.fail(service="personalize", action="ListRecommenders", code="AccessDenied")
    unsure = shop("restore", "socks", "--yes")
    assert unsure.code == Exit.REFUSED
    assert "a name may fit more than one; give the ARN" in unsure.err


def test_d14_a_misspelt_verb(ask: Ask) -> None:
    """The nearest one is named."""
    assert "did you mean status?" in ask("statsu").err
    assert "--help lists" in ask("xyzzy").err


def test_d14_own_defaults_and_what_comes_first(
    shop: Inside, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option, then the environment, then the file, then the built-in default."""
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable)
    settings('output = "csv"\nregion = "eu-west-1"\n[status]\nsort = "-floor"\n')
    assert names(shop("status")) == ["shoes eu-west-1"]
    assert names(shop("status", *BOTH))[0] == "shoes us-east-1"
    assert json.loads(shop("status", "-o", "json").out)["regions"][0]["region"] == "eu-west-1"
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert names(shop("status")) == ["shoes us-east-1", "socks us-east-1"]
    settings('[plan]\nregion = ["eu-west-1"]\n')
    assert names(shop("status", "-o", "csv"))[0] == "shoes us-east-1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("regoin = 'x'", "regoin is not known; did you mean region?"),
        ("[status]\nsrot = 'x'", "[status] srot is not known; did you mean sort?"),
        ("[apply]\nyes = true", "yes stands in no file"),
        ("output = ", "is not valid TOML"),
        ("output = 'yaml'", "--output yaml: use table"),
        ("status = 3", "status is no table"),
    ],
)
def test_d14_a_file_that_means_nothing(ask: Ask, settings: Settings, text: str, said: str) -> None:
    """It is refused with its name, before anything is asked of AWS."""
    settings(text)
    verb = "apply" if "apply" in text else "status"
    answer = ask(verb, *(["--now"] if verb == "apply" else []))
    assert answer.code == Exit.USAGE
    assert said in answer.err


def test_d14_a_named_file_has_to_be_there(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual place may be empty; a place that was named may not."""
    monkeypatch.setenv(config.FILE, "/nowhere/config.toml")
    assert "/nowhere/config.toml is not there" in ask("status").err


def test_d14_schemas(ask: Ask) -> None:
    """Each stands alone, and is a schema."""
    for name in ask("schema").out.split():
        assert name in VERBS
        Draft202012Validator.check_schema(ask("schema", name).document)
        assert "common.json" not in json.dumps(schema.schema(name))
    assert "did you mean status?" in ask("schema", "statu").err


def test_d14_completion(shop: Inside) -> None:
    """Regions after a comma, too; names as AWS lists them, and none where it does not answer."""
    assert completing.regions("us-east-1,eu-w") == ["us-east-1,eu-west-1"]
    assert completing.names("s") == ["shoes", "socks"]
    shop.local.fail(service="personalize", code="AccessDenied")
    assert completing.names("s") == []


def test_d10_no_region_is_said(shop: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which one is looked at, and how to choose another."""
    monkeypatch.setattr(type(shop.local.access), "region_is_set", False)
    assert "No region is set, so this is us-east-1" in shop("status").err
    assert "No region is set" not in shop("status", "--region", "us-east-1").err


def test_d10_what_is_denied_has_the_cure_of_the_desk(shop: Inside) -> None:
    """Nobody at a terminal redeploys a stack for a permission of their own."""
    shop.local.fail(service="personalize", action="ListCampaigns", code="AccessDeniedException")
    told = shop("status").err
    assert "`personalize-monitor doctor` names what is missing" in told
    assert "redeploy" not in told


def test_every_exit_code_is_provoked(
    shop: Inside, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page of exit codes: each code has one way to it that is tried here."""
    shop.local.fail(
        service="personalize", action="ListRecommenders", code="AccessDenied", region="eu-west-1"
    )
    assert int(shop("status", "--region", "us-east-1").code) == 0
    assert int(shop("prices", "--check").code) == 1
    assert int(shop("status", "--region", "mars").code) == 2
    assert int(shop("status", *BOTH).code) == 4
    shop.local.fail(service="personalize", code="AccessDenied")
    assert int(shop("status").code) == 3
    monkeypatch.setattr(session, "take_snapshot", lambda *_: 1 / 0)
    assert int(shop("status").code) == 70

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "take_snapshot", interrupted)
    assert int(shop("status").code) == 130
    page = Path("docs/command.md").read_text("utf-8")
    for code in exits.Exit:
        assert f"| {int(code)} |" in page
