"""The demo: a story that is true, the same for the same seed, and told in every form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scripts import first_day
from tests.cli.conftest import Ask, validated

from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.aws.stackinfo import Stacks
from personalize_monitor.collect.quality import qualities
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.snapshot import Question, take_snapshot
from personalize_monitor.policy.harm import Word
from personalize_monitor.settings import load
from personalize_monitor_desk.application import template
from personalize_monitor_desk.changes.changes import Changes, changes
from personalize_monitor_desk.cli import demo_environment
from personalize_monitor_desk.cli.demo import telling, watch
from personalize_monitor_desk.cli.demo.story import Story, firings_of, mail_of
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.verbs import demo

SHORT = 1
"""Days: long enough for floors, a deletion, and what hurts."""


@dataclass(frozen=True)
class Ending:
    """What there is at the end: the story, the ledger of harm, and what CloudWatch counts."""

    story: Story
    ledger: Changes
    floors: dict[str, int]
    refused: dict[str, float]
    """By ARN, the requests answered with 4xx since the first change of each resource landed."""


@pytest.fixture(scope="module")
def ending() -> Ending:
    """The first day of the demo."""
    with demo_environment.opened(seed=first_day.SEED) as scene:
        begin = scene.sandbox.now
        scene.live(begin + timedelta(days=SHORT))
        now, prices = scene.sandbox.now, load_prices()
        story = watch.told(scene, begin)
        regions = tuple(sorted({member.region for member in scene.members}))
        seen = take_snapshot(
            scene.access, Question(regions=regions, now=now, settings=load({}), prices=prices)
        )
        stack = Stacks(scene.access, scene.sandbox.home).find()
        operator = Operator.open(scene.access, stack, now=now, path=Path("none"))
        ledger = changes(scene.access, operator.reader, seen, prices, now=now, days=14)
        landed: dict[str, int] = {}
        for one in reversed(ledger.changes):
            landed.setdefault(one.case.arn, one.case.landed)
        resources = {str(one.resource.arn): one.resource for one in seen.seen}
        refused = {
            arn: sum(w.refused or 0.0 for w in windows)
            for arn, since in landed.items()
            if arn in resources
            for windows in qualities(
                Metrics(scene.access, resources[arn].region),
                [resources[arn]],
                since,
                int(seen.window.end.timestamp()),
            ).values()
        }
    return Ending(story, ledger, {arn: r.floor for arn, r in resources.items()}, refused)


@pytest.fixture(scope="module")
def story(ending: Ending) -> Story:
    """Its story."""
    return ending.story


def test_nobody_is_worse_off_than_the_ledger_of_harm_says(ending: Ending) -> None:
    """What hurt was taken back to the floor before, and no refused request is missing in it."""
    ledger = ending.ledger
    assert ledger.problems == ()
    assert ledger.hurting == 0
    hurt = [one for one in ledger.changes if one.row.word is Word.HURT]
    assert {one.arn.name for one in hurt} >= {"cart-cross-sell", "newsletter-digest"}
    assert all(ending.floors[one.case.arn] >= one.case.compare_floor for one in hurt)
    written: dict[str, float] = {}
    for one in ledger.changes:
        written[one.case.arn] = written.get(one.case.arn, 0.0) + one.row.after.refused
    for arn, refused in ending.refused.items():
        assert written[arn] >= refused * 0.99
    for one in ledger.changes:
        if one.in_force and one.case.is_lowering and one.row.after.share is not None:
            assert one.row.after.share <= (one.row.before.share or 0.0) + 0.01, one.arn.name


def test_the_fleet_is_the_promised_one(story: Story) -> None:
    """12 campaigns and 3 recommenders in 2 regions."""
    kinds = [one.kind for one in story.cast]
    assert (kinds.count("campaign"), kinds.count("recommender")) == (12, 3)
    assert {one.region for one in story.cast} == {"us-east-1", "eu-west-1"}


def test_floors_come_down_and_an_idle_campaign_goes(story: Story) -> None:
    """What was wasteful is lowered, what was idle is deleted; what hurt is taken back."""
    back = [change for change in story.changes if change.reason.startswith("A step back")]
    hurt = {"cart-cross-sell", "newsletter-digest", "search-ranking"}
    assert {one.arn.rsplit("/", 1)[-1] for one in back} == hurt
    assert all(change.after < change.before for change in story.changes if change not in back)
    assert [change.name for change in story.changes if not change.after] == ["pilot-test-2024"]
    cast = {one.name: one for one in story.cast}
    assert cast["pilot-test-2024"].seen is None
    assert cast["home-page-for-you"].floor_now == 3
    assert cast["home-page-for-you"].floor_before == 20


def test_mails_and_alarms(story: Story) -> None:
    """Each change is mailed once, in few mails (A4); no alarm about what was put back (D6)."""
    assert sum(m.text.count("To undo: ") for m in story.mails) == len(story.changes)
    assert len(story.mails) <= 5 < len(story.changes)
    assert story.firings
    assert not any(one.told for one in story.firings)
    assert all(one.ended is None or one.ended > one.began for one in story.firings)


def test_the_first_day_s_mails_are_on_the_page_byte_by_byte(story: Story) -> None:
    """`python -m scripts.first_day` writes them anew."""
    page = first_day.PAGE.read_text("utf-8")
    assert first_day.shown((mail.subject, mail.text) for mail in story.mails) in page


def test_no_function_fails(story: Story) -> None:
    """The real functions run with their own permissions, a cycle every five minutes."""
    assert story.failures == 0
    assert story.cycles == round(SHORT * 288)


def test_the_bill_is_smaller_with_the_application(story: Story) -> None:
    """The saving is the difference of the two bills, as far as prices are known."""
    difference = story.bill_without.exact - story.bill.exact
    assert story.saved.exact == difference > 0


def test_the_same_seed_tells_the_same_story() -> None:
    """Everything is drawn from the seed: a second run is equal in every figure."""
    first, second, other = (telling.document(demo.live(1 / 72, seed)) for seed in (3, 3, 4))
    assert first == second
    assert first["resources"] != other["resources"]


def test_the_command_itself(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends by itself with 0, needs no credentials, and says what to do next."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_PROFILE", "nix")
    monkeypatch.setenv("COLUMNS", "80")
    answer = ask("demo", "--days", "0.05")
    assert answer.code == Exit.FINE, answer.err
    assert "What next" in answer.out
    assert "personalize-monitor sandbox" in answer.out


def test_the_command_s_document(ask: Ask, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """--json prints the document and nothing else."""
    monkeypatch.setattr(demo, "live", lambda days, seed: story)
    document = ask("demo", "--json").document
    validated("demo", document)
    assert document == json.loads(json.dumps(telling.document(story)))


def test_the_template_is_found() -> None:
    """The real template.yaml of this tree is what the demo deploys."""
    assert template().read_text("utf-8").startswith("AWSTemplateFormatVersion")


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_firings_begin_and_end() -> None:
    """A firing lasts from ALARM to the next other state; one that goes on has no end."""
    later = NOON + timedelta(hours=2)
    states = [
        (NOON, "us-east-1", "a", "ALARM"),
        (NOON, "eu-west-1", "a", "ALARM"),
        (later, "us-east-1", "a", "OK"),
    ]
    first, second = firings_of(states, {("us-east-1", "a", NOON)})
    assert (first.ended, first.told) == (later, True)
    assert (second.ended, second.told) == (None, False)


@pytest.mark.parametrize(
    ("message", "subject", "text"),
    [
        ('Floor 3.\n\nWhy: "so".', "Floor 3.", 'Floor 3.\n\nWhy: "so".'),
        ('"quoted"', '"quoted"', '"quoted"'),
        (json.dumps({"NewStateReason": "Threshold crossed"}), "s", "Threshold crossed"),
        ("{not json", "s", "{not json"),
    ],
)
def test_mails_read_as_people_see_them(message: str, subject: str, text: str) -> None:
    """As it arrives (D7); of an alarm's JSON the reason stays."""
    given: Any = "s" if subject == "s" else None
    mail = mail_of(NOON, "us-east-1", given, message)
    assert (mail.subject, mail.text) == (subject, text)
