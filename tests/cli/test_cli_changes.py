"""``changes``: each change with its verdict in every form, and how the command ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.cli.cast import NOW, the_look
from tests.cli.conftest import REGIONS, Inside, validated
from tests.cli.test_cli_output import on_screen
from tests.support import ACCOUNT

from aws_sandbox import fleet
from aws_sandbox.traffic.capacity import Capacity
from aws_sandbox.traffic.shapes import FlashSale, Steady
from personalize_monitor.model.money import Money
from personalize_monitor.policy.harm import By, Case, State
from personalize_monitor.policy.harm.evidence import Quality
from personalize_monitor.policy.harm.verdict import Figures, Verdict, Word
from personalize_monitor_desk.changes.changes import Change, Changes
from personalize_monitor_desk.changes.ledger import row
from personalize_monitor_desk.cli import documents
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.output import Result, as_csv, as_markdown
from personalize_monitor_desk.cli.verbs import changes

if TYPE_CHECKING:
    from pathlib import Path

ARN = f"arn:aws:personalize:us-east-1:{ACCOUNT}:campaign/"
FIGURES = Figures(4, 1, 1, 1200.0, 400.0, 396.0, 0.001, 900.0, 100.0, 1.0, 1.0, 3.0, 6.0)
HURT = Verdict(Word.HURT, "400 of 1,200 requests were refused or failed.", FIGURES)
OPEN = Verdict(Word.UNKNOWN, "No window above 3 TPS since Tuesday.", FIGURES)


def change(name: str, verdict: Verdict | None, *, unread: str = "", **more: Any) -> Change:
    """A lowering from 10 to 3 two days ago: 1 % of errors before, a third after."""
    at = int((NOW - timedelta(days=2)).timestamp())
    state = State.HURT if verdict is HURT else State.OPEN
    values = {"by": By.MONITOR, "from_floor": 10, "floor": 3, **more}
    case = Case(
        arn=ARN + name, opened=at, landed=at + 600, compare_to=at, compare_floor=10,
        state=state, verdict=verdict, **values,
    )  # fmt: skip
    past, since = Quality(at - 300, 990.0, 10.0, 0.0, 100.0), Quality(at, 800.0, 390.0, 10.0, 960.0)
    ours = case.by is By.MONITOR
    money = Money.usd(12) if ours else None
    figures = row(case, [past], [since], money or Money.usd(0))
    return Change(case, figures, in_force=True, saving=money, unread=unread)


def line(name: str, result: Result) -> str:
    """The row of a resource on a wide screen."""
    return next(one for one in on_screen(result, 200) if f" {name} " in one)


def ledger(*found: Change, problems: tuple[str, ...] = ()) -> Changes:
    """The ledger of these changes."""
    return Changes(NOW - timedelta(days=14), NOW, found, problems)


def test_every_form_tells_the_same() -> None:
    """Table, JSON, CSV and Markdown of a hurt, an open and a person's change."""
    found = ledger(change("shoes", HURT), change("hats", OPEN), change("socks", None, by=By.PERSON))
    result = changes.result(the_look(), found, 14)
    validated("changes", result.document)
    shoes, hats, socks = result.document["changes"]
    assert (shoes["verdict"], hats["verdict"], socks["verdict"]) == (
        "hurt",
        "not yet known",
        "not yet known",
    )
    assert shoes["told"].endswith(
        "by the monitor: hurt. 400 of 1,200 requests were refused or failed."
    )
    assert shoes["after"] == {
        "asked": 1200.0, "refused": 390.0, "failed": 10.0, "p90Ms": 960.0, "unknownWindows": 0,
    }  # fmt: skip
    assert (shoes["saved"]["usd"], socks["saved"]) == ("12.000000", None)
    assert result.document["totals"]["hurtingNow"] == 1
    assert " 1,200 400 1.0 33 100 → 960 $12 " in " ".join(line("shoes", result).split())
    assert "1 hurt, 2 not yet known; saved: $24.00" in result.heading
    csv = as_csv(result.tables[0])
    assert "shoes" in csv
    assert ",0.01,0.333333," in csv
    assert "| hurt |" in as_markdown(result)


def test_what_is_not_known_is_a_question_mark() -> None:
    """No evidence: a question mark, an empty field, null; and the sums are a lower bound."""
    found = ledger(change("shoes", HURT, unread="eu-west-1 does not answer."), change("hats", OPEN))
    result = changes.result(the_look(), found, 14)
    validated("changes", result.document)
    document = result.document["changes"][0]
    assert (document["before"], document["after"], document["extra"]) == (None, None, None)
    assert document["verdict"] == "hurt"
    assert result.document["totals"]["withoutEvidence"] == 1
    assert "?" in line("shoes", result).split()
    assert result.tables[0].foot()["asked"] == "at least 1,200"


def test_nothing_was_changed() -> None:
    """An empty ledger is said, and adds up to nothing."""
    result = changes.result(the_look(), ledger(), 14)
    validated("changes", result.document)
    assert result.tables[0].empty == "No floor was changed in this time."
    assert "0 changes of floors in 14 days; saved: $0.00" in result.heading


def test_raised_is_no_harm() -> None:
    """A floor that was raised is told as such."""
    raised = change("shoes", None, from_floor=3, floor=10)
    raised = replace(raised, case=replace(raised.case, compare_floor=3, state=State.HARMLESS))
    document = documents.change(raised)
    assert "raised from 3 to 10 at " in document["told"]


def lowered(inside: Inside, tmp_path: Path) -> str:
    """A person applies a plan, from 20 to 3; two hours later 18 TPS come. Its ARN."""
    world = inside.local.world
    world.metrics.capacity = Capacity(headroom=0.0, lag_minutes=20)
    sale = inside.local.now + timedelta(hours=2)
    surge = FlashSale(Steady(3.0, noise=0.0), sale, peak_tps=18.0, minutes=60)
    arn = fleet.add_campaign(world, "shoes", shape=surge, floor=20).arn
    plan = str(tmp_path / "plan.json")
    assert inside("plan", "--out", plan).code == Exit.FINE
    assert inside("apply", plan, "--yes").code == Exit.FINE
    world.clock.advance(timedelta(hours=4))
    return arn


def test_at_the_desk_from_the_plan_to_the_verdict(inside: Inside, tmp_path: Path) -> None:
    """Nothing is deployed: the desk's own journal and CloudWatch tell what apply did to callers."""
    arn = lowered(inside, tmp_path)
    answer = inside("changes", "--check", "-o", "json")
    assert answer.code == Exit.FINDINGS
    validated("changes", answer.document)
    (one,) = answer.document["changes"]
    assert (one["arn"], one["verdict"], one["inForce"]) == (arn, "hurt", True)
    assert (one["fromFloor"], one["floor"], one["by"]) == (20, 3, "person")
    assert one["before"]["refused"] == 0
    assert one["after"]["refused"] > 1000
    assert float(one["saved"]["usd"]) > 0
    assert inside("restore", arn, "--yes").code == Exit.FINE
    inside.local.world.clock.advance(timedelta(hours=1))
    after = inside("changes", "--check", "-o", "json")
    assert after.code == Exit.FINE
    assert [c["verdict"] for c in after.document["changes"]] == ["harmless", "hurt"]
    assert after.document["changes"][1]["state"] == "undone"
    only = inside("changes", "--arn", "nobody")
    assert "No floor was changed in this time." in only.out


def test_a_journal_that_cannot_be_read_ends_the_verb(inside: Inside) -> None:
    """There is nothing to show without it: one sentence, and 3."""
    inside.campaign("shoes", floor=3)
    inside.deploy()
    inside.local.fail(action="FilterLogEvents", code="AccessDeniedException")
    answer = inside("changes")
    assert (answer.code, answer.out) == (Exit.REFUSED, "")
    assert "Reading the journal" in answer.err


def test_a_region_that_does_not_answer_is_a_gap(inside: Inside, tmp_path: Path) -> None:
    """The change keeps its line; its evidence is unknown, and the command ends with 4."""
    lowered(inside, tmp_path)
    inside.local.fail(action="ListCampaigns", region="us-east-1", code="ThrottlingException")
    answer = inside("changes", *REGIONS, "-o", "json")
    assert answer.code == Exit.PARTLY
    (one,) = answer.document["changes"]
    assert (one["after"], one["verdict"]) == (None, "not yet known")


def test_status_says_where_verdicts_are_not_known(inside: Inside) -> None:
    """Without the journal a question mark stands for what became of a lowering; it ends with 4."""
    inside.campaign("shoes", floor=3)
    inside.deploy()
    quiet = inside("status")
    inside.local.fail(action="FilterLogEvents", code="AccessDeniedException")
    answer = inside("status")
    assert (quiet.code, answer.code) == (Exit.FINE, Exit.PARTLY)
    assert "What became of changes is not known." in answer.err
    at = quiet.out.splitlines()[2].index("Lowering")
    shown = [
        next(one for one in a.out.splitlines() if one.startswith("shoes")) for a in (quiet, answer)
    ]
    assert [one[at] for one in shown] == ["–", "?"]
