"""The doctor as a verb: what it says of its findings, in which order, and how it ends."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from rich.console import Console
from tests.cli.conftest import Inside, validated
from tests.support import HOME

from personalize_monitor_desk.cli.doctor.finding import Finding, Mark, note, ok, skipped, wrong
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.output import as_csv, as_markdown, show
from personalize_monitor_desk.cli.session import Where
from personalize_monitor_desk.cli.verbs import doctor

AGE = timedelta(days=4)

FINDINGS = [
    ok("Credentials", "They work."),
    note("Notifications", "Nobody is told.", "Deploy with an address."),
    wrong("Cycles", "The [monitor] does not run.", "Look at its log | group."),
    skipped("Dashboard", "It could not be asked."),
]


@pytest.mark.parametrize(
    ("findings", "heading"),
    [
        (FINDINGS[:1], "All is well."),
        (FINDINGS[:2], "All is well. 1 note."),
        ([FINDINGS[1]] * 2, "All is well. 2 notes."),
        ([FINDINGS[2]], "1 thing is wrong."),
        ([FINDINGS[2]] * 3, "3 things are wrong."),
        (FINDINGS, "1 thing is wrong. 1 note."),
    ],
)
def test_the_heading_counts(findings: Sequence[Finding], heading: str) -> None:
    """One line says how it stands."""
    assert doctor.result(findings).heading == heading


def test_findings_in_every_form() -> None:
    """The same subject, mark and cure everywhere; the screen has signs for the marks."""
    result = doctor.result(FINDINGS)
    validated("doctor", result.document)
    assert result.document["wrong"] == 1
    table = list(csv.DictReader(io.StringIO(as_csv(result.tables[0]))))
    told = [(one["subject"], one["mark"], one["cure"] or "") for one in result.document["findings"]]
    assert [(row["subject"], row["mark"], row["cure"]) for row in table] == told
    markdown = as_markdown(result)
    assert "| ✗ | Cycles | The [monitor] does not run. |" in markdown
    assert "- Cycles: Look at its log | group." in markdown
    file = io.StringIO()
    show(result, Console(file=file, width=80))
    for sign in "✓!✗-":
        assert f"\n{sign}  " in file.getvalue()
    assert "The [monitor] does not run." in file.getvalue()


def test_the_whole_examination_and_its_codes(inside: Inside) -> None:
    """Something wrong is a finding for --check only; the order is that of the cures."""
    inside.campaign("shoes", age=AGE)
    inside.deploy()
    answer = inside("doctor", "-o", "json")
    assert answer.code == Exit.FINE
    validated("doctor", answer.document)
    subjects = [one["subject"] for one in answer.document["findings"]]
    assert subjects[:4] == [
        "Credentials",
        f"Region {HOME}",
        f"Permissions in {HOME}",
        "Deployment",
    ]
    assert answer.document["wrong"] > 0
    assert inside("doctor", "--check").code == Exit.FINDINGS


def test_a_stack_that_is_not_ours_is_a_finding(inside: Inside) -> None:
    """The doctor does not stop there: it says which option chooses."""
    inside.stack("web")
    document = inside("doctor", "--stack", "web", "-o", "json").document
    about = next(one for one in document["findings"] if one["subject"] == "Deployment")
    assert about["mark"] == "wrong"
    assert about["cure"] == "Choose the stack with --stack."


@pytest.mark.parametrize(
    ("code", "cure"),
    [
        ("AccessDenied", "Allow cloudformation:DescribeStacks"),
        ("InternalFailure", "try again"),
    ],
)
def test_a_deployment_that_cannot_be_seen(inside: Inside, code: str, cure: str) -> None:
    """A denial is cured by a permission, an outage by time."""
    inside.local.fail(service="cloudformation", code=code)
    document = inside("doctor", "-o", "json").document
    about = next(one for one in document["findings"] if one["subject"] == "Deployment")
    assert cure in about["cure"]


def test_regions_that_do_not_answer(inside: Inside) -> None:
    """One of two: the other is examined. Both: that is the finding, and permissions are tried."""
    inside.local.fail(service="personalize", region="eu-west-1", code="AccessDeniedException")
    regions = ("--region", "us-east-1,eu-west-1")
    first = {o["subject"]: o for o in inside("doctor", *regions, "-o", "json").document["findings"]}
    assert first["Region us-east-1"]["mark"] == "ok"
    assert first["Region eu-west-1"]["mark"] == "wrong"
    inside.local.fail(service="personalize", code="AccessDeniedException")
    both = {o["subject"]: o for o in inside("doctor", *regions, "-o", "json").document["findings"]}
    assert both["Regions us-east-1, eu-west-1"]["mark"] == "wrong"
    assert both["personalize:ListCampaigns in us-east-1"]["mark"] == "wrong"


class Nobody:
    """An account without credentials."""

    home_region = HOME

    @property
    def account(self) -> str:
        raise NoCredentialsError


def test_without_credentials_the_code_is_a_refusal(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is one finding with its cure, and the rest is skipped."""
    found = doctor.examined(_place_of(Nobody(), inside.local.now), "")
    assert [one.mark for one in found] == [Mark.WRONG, Mark.SKIPPED]
    assert "--profile" in found[0].said + found[0].cure
    monkeypatch.setattr(doctor, "examined", lambda *_, **__: found)
    assert inside("doctor").code == Exit.REFUSED


def _place_of(access: Any, now: datetime) -> Where:
    return Where(access, (HOME,), now, past=False)
