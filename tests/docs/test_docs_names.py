"""Names in the documentation and in the code are the same set, in both directions."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.docs.book import DOCS, ROOT, fences, pages, sections, words

from aws_sandbox.stack.template import load
from personalize_monitor import __version__, contract
from personalize_monitor.alarms.mark import OWNER_TAG
from personalize_monitor.alarms.topics import ASKED_TAG
from personalize_monitor.cycle.summary import Summary
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.window import Window
from personalize_monitor.policy.guards import GUARDS
from personalize_monitor.policy.outage import DOUBTFUL
from personalize_monitor.settings import PARAMETERS
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.parts import VERBS

_ROW = re.compile(r"^\| (?P<first>[^|]+?) \|", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")


def first_column(page: str, heading: str = "") -> set[str]:
    """Code in the first column of the tables of a page, or of its section under ``heading``."""
    text = (DOCS / page).read_text("utf-8")
    if heading:
        text = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return {code for row in _ROW.finditer(text) for code in _CODE.findall(row["first"])}


def by_kind(*names: dict[Kind, str]) -> set[str]:
    """All names, of both kinds."""
    return {name for one in names for name in one.values()}


def test_parameters() -> None:
    """Every parameter of the template has its row, and every row its parameter."""
    declared = set(load(ROOT / "template.yaml")["Parameters"])
    assert first_column("parameters.md") == declared
    assert {p.name for p in PARAMETERS} <= declared
    aliases = {alias for p in PARAMETERS for alias in p.aliases}
    assert aliases <= words(DOCS / "parameters.md")


def test_parameters_of_members() -> None:
    """Every parameter of the members' template has its row."""
    declared = set(load(ROOT / "member-account.yaml")["Parameters"])
    assert first_column("install.md", "Several accounts") == declared


def test_metrics() -> None:
    """The table of metrics is the contract's."""
    counts = {
        contract.CAMPAIGN_COUNT_METRIC,
        contract.RESOURCE_COUNT_METRIC,
        contract.PROBLEM_COUNT_METRIC,
        contract.SELF_TEST_METRIC,
    }
    ours = by_kind(contract.FLOOR_METRIC, contract.AVERAGE_METRIC, contract.UTILIZATION_METRIC)
    assert first_column("metrics.md") == ours | counts


def test_alarms() -> None:
    """The table of alarms is the contract's."""
    prefixes = by_kind(
        contract.LOW_UTILIZATION_ALARM,
        contract.IDLE_ALARM,
        contract.CLIENT_ERROR_ALARM,
        contract.SERVER_ERROR_ALARM,
    )
    assert first_column("alarms.md") == {f"{prefix}<name>" for prefix in prefixes}


def test_tags() -> None:
    """Tags that people write, and tags that we write."""
    overrides = {value for name, value in vars(contract).items() if name.endswith("_TAG")}
    overrides.discard(contract.CREATED_BY_TAG)
    told = first_column("tags.md")
    written = {contract.CREATED_BY_TAG, contract.CREATED_BY, OWNER_TAG, ASKED_TAG}
    assert told == overrides | written


def test_guards() -> None:
    """Whatever may be named as holding something back has its row."""
    by_rules = {"young", "recently updated", "busy", "evidence", "doubt", "exposure"}
    by_care = {DOUBTFUL, "blast radius", "grace"}
    found = sections(DOCS / "safety.md")["What holds it back"]
    told = {row.partition(": ")[0] for row in found if ": " in row}
    assert told == {name for name, _ in GUARDS} | by_rules | by_care


def test_verbs_and_exit_codes() -> None:
    """Each verb has its section; each exit code its row."""
    page = (DOCS / "command.md").read_text("utf-8")
    sections = re.findall(r"^## ([a-z]+)$", page, re.MULTILINE)
    assert sections == list(VERBS)
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert codes == {int(code) for code in Exit}


def test_alarms_of_the_stack() -> None:
    """The stack's own alarms are told in how to operate it."""
    resources = load(ROOT / "template.yaml")["Resources"]
    alarms = {n for n, one in resources.items() if one["Type"] == "AWS::CloudWatch::Alarm"}
    assert first_column("operating.md", "It watches itself") == alarms


def test_the_summary() -> None:
    """Each key of a run's summary is told."""
    told = first_column("operating.md", "The summary of a run")
    summary = Summary(Window.settled(datetime(2026, 3, 2, tzinfo=UTC), timedelta(minutes=5)))
    assert set(summary.as_dict()) - told == {"dry_run", "datapoints"}
    assert told <= set(summary.as_dict())


def test_decisions() -> None:
    """Each decision is in the index."""
    there = {path.name for path in (DOCS / "decisions").glob("*.md")} - {"index.md"}
    index = (DOCS / "decisions" / "index.md").read_text("utf-8")
    assert set(re.findall(r"\(([\w-]+\.md)\)", index)) == there


def test_one_version() -> None:
    """The version is in one place; what has to repeat it agrees."""
    template = load(ROOT / "template.yaml")
    application = template["Metadata"]["AWS::ServerlessRepo::Application"]
    assert application["SemanticVersion"] == __version__
    assert template["Resources"]["Lifecycle"]["Properties"]["Version"] == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


PROGRAMS = re.compile(r"personalize-monitor (?P<verb>[a-z]+)\b")


@pytest.mark.parametrize("sheet", pages(), ids=lambda sheet: sheet.name)
def test_names_that_a_page_uses_exist(sheet: Path) -> None:
    """Verbs in examples are verbs; JSON in examples is JSON; our names in code are ours."""
    for fence in fences(sheet):
        if fence.language == "json":
            json.loads(fence.text)
        if fence.language == "sh":
            for match in PROGRAMS.finditer(fence.text):
                assert match["verb"] in VERBS, f"{sheet.name}:{fence.line}"
    ours = {p.name for p in PARAMETERS} | set(load(ROOT / "template.yaml")["Resources"])
    for word in words(sheet):
        if word.startswith(("Auto", "IdleC")) and word.isalnum():
            known = ours | {alias for p in PARAMETERS for alias in p.aliases}
            assert word in known, f"{sheet.name}: {word}"
