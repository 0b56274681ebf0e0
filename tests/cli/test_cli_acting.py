"""The verbs that change something, without a deployment: apply, restore, and the journal beside."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.cli.conftest import Inside, validated
from tests.support import ACCOUNT

from personalize_monitor.errors import Unavailable
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.decision import Action
from personalize_monitor.model.plan import Plan, PlanItem, Sighting
from personalize_monitor.plan.plans import Applied, Fate
from personalize_monitor_desk.cli import operators, session
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.output import as_csv, as_markdown
from personalize_monitor_desk.cli.verbs import apply, restore
from personalize_monitor_desk.restore.restorer import Deed, Restoration

AGE = timedelta(days=4)
SHOES = f"arn:aws:personalize:us-east-1:{ACCOUNT}:campaign/shoes"
MADE = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def shop(inside: Inside) -> Inside:
    """One campaign whose floor is five times its demand."""
    inside.campaign("shoes", floor=10, age=AGE)
    return inside


def floor_of(shop: Inside, arn: str = SHOES) -> int:
    """The floor that the service has or is about to have."""
    found = shop.local.client("personalize").describe_campaign(campaignArn=arn)["campaign"]
    pending = found.get("latestCampaignUpdate", found)
    return int(pending["minProvisionedTPS"])


class Person:
    """Somebody at a terminal, who answers each question and remembers it."""

    def __init__(self, answers: bool) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def confirm(self, question: str, **_: Any) -> bool:
        self.asked.append(question)
        return self.answers


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script, in which nobody can be asked."""
    monkeypatch.setattr(sys, "stdin", io.StringIO())


def somebody(monkeypatch: pytest.MonkeyPatch, *, answers: bool) -> Person:
    """A person sits there."""

    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    person = Person(answers)
    monkeypatch.setattr(sys, "stdin", Keyboard())
    monkeypatch.setattr(typer, "confirm", person.confirm)
    return person


def test_apply_now_and_back(shop: Inside, nobody: None) -> None:
    """What apply lowered, the journal tells and restore takes back, all from one local file."""
    done = shop("apply", "--now", "--yes", "-o", "json")
    assert done.code == Exit.FINE, done.err
    validated("apply", done.document)
    assert [item["fate"] for item in done.document["items"]] == ["done"]
    assert floor_of(shop) == 2
    assert "No deployment was found; the journal is the file" in done.err
    shop.local.world.clock.advance(timedelta(hours=1))
    told = shop("journal", "-o", "json").document
    validated("journal", told)
    assert [(one["kind"], one["what"]) for one in told["entries"]] == [("change", "floor 10 -> 2")]
    back = shop("restore", SHOES, "--yes", "-o", "json")
    assert back.code == Exit.FINE, back.err
    validated("restore", back.document)
    assert (back.document["deed"], back.document["floor"], back.document["fromFloor"]) == (
        "floor",
        10,
        2,
    )
    assert floor_of(shop) == 10


def test_the_journal_in_every_form(shop: Inside, nobody: None) -> None:
    """Screen, CSV, Markdown and JSON tell the same change; other resources and times do not."""
    shop("apply", "--now", "--yes")
    table = list(csv.DictReader(io.StringIO(shop("journal", "-o", "csv").out)))
    (entry,) = shop("journal", "-o", "json").document["entries"]
    assert [(row["time"], row["what"], row["arn"]) for row in table] == [
        (entry["time"], entry["what"], entry["arn"])
    ]
    assert "floor 10 -> 2" in shop("journal").out
    assert "| floor 10 -> 2 | shoes |" in shop("journal", "-o", "markdown").out
    assert shop("journal", "--arn", "hats", "-o", "json").document["entries"] == []
    assert len(shop("journal", "--arn", "shoes", "-o", "json").document["entries"]) == 1
    assert shop("journal", "--kind", "removal", "-o", "json").document["entries"] == []
    assert "Nothing of that kind in this time." in shop("journal", "--kind", "removal").out
    everything = shop("journal", "--all", "-o", "json").document["entries"]
    assert {"intent", "change"} <= {one["kind"] for one in everything}


@pytest.mark.parametrize(
    ("since", "found"),
    [
        pytest.param("7d", 1, id="a week"),
        pytest.param("30m", 0, id="half an hour"),
        pytest.param("1h30m", 1, id="one and a half"),
        pytest.param("2026-03-02", 1, id="a day"),
        pytest.param("2026-03-02T13:30+02:00", 0, id="a moment of another zone"),
        pytest.param("2099-01-01", 0, id="what lies ahead"),
    ],
)
def test_how_far_back_the_journal_is_read(
    shop: Inside, nobody: None, since: str, found: int
) -> None:
    """Spans and dates both say where to begin; a date without a zone is UTC."""
    shop("apply", "--now", "--yes")
    shop.local.world.clock.advance(timedelta(hours=1, minutes=20))
    entries = shop("journal", "--since", since, "-o", "json").document["entries"]
    assert len(entries) == found


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("yesterday", "neither a span such as 7d nor a date"),
        ("2026-02-30", "neither a span such as 7d nor a date"),
        ("0001-01-01T00:00+10:00", "neither a span such as 7d nor a date"),
        ("999999d", "longer than there has been time"),
        ("99999999999999d", "longer than there has been time"),
    ],
)
def test_a_span_that_cannot_be_meant(inside: Inside, since: str, said: str) -> None:
    """It is named with what is allowed; nothing is listed."""
    answer = inside("journal", "--since", since)
    assert answer.code == Exit.USAGE
    assert f"--since {since}" in answer.err
    assert said in answer.err
    assert answer.out == ""


def test_a_deleted_campaign_comes_back(
    inside: Inside, nobody: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An idle campaign that apply deletes is created again by restore, which waits until it is."""
    idle = inside.campaign("idle", requests=0, floor=3, age=AGE)
    clock = inside.local.world.clock
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(timedelta(minutes=5))

    monkeypatch.setattr(time, "sleep", sleep)
    done = inside("apply", "--now", "--include-deletions", "--yes", "-o", "json")
    assert [item["change"] for item in done.document["items"]] == ["delete"], done.err
    clock.advance(timedelta(hours=1))
    back = inside("restore", idle, "--yes", "-o", "json")
    assert back.code == Exit.FINE, back.err
    assert back.document["deed"] == "create"
    assert "ACTIVE again" in back.document["result"]
    assert slept, "it was waited for"
    assert floor_of(inside, idle) == 3


def test_waiting_is_short_before_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's clock runs faster than ours: fifteen seconds there are one here."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(session, "sandbox_time", lambda: None)
    operators.wait(15.0)
    minutes = iter(range(60))
    monkeypatch.setattr(session, "sandbox_time", lambda: MADE + timedelta(minutes=next(minutes)))
    operators.wait(15.0)
    operators.wait(0.5)
    assert slept == [15.0, 1.0, 0.5]


def test_d13_a_clock_that_stands_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said at once, with the cure: an hour of it would bring nothing."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(session, "sandbox_time", lambda: MADE)
    with pytest.raises(Unavailable, match=r"clock goes on, which stands still: turn it"):
        operators.wait(15.0)


def test_a_no_changes_nothing(shop: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever says no has lost nothing, was told what would be done, and ends with 0."""
    person = somebody(monkeypatch, answers=False)
    answer = shop("apply", "--now")
    assert answer.code == Exit.FINE
    assert person.asked == ["Change 1 floor?"]
    assert "shoes in us-east-1: floor 10 -> 2." in answer.err
    assert answer.out == ""
    assert floor_of(shop) == 10


def test_a_yes_carries_it_out(shop: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen then says what became of each."""
    somebody(monkeypatch, answers=True)
    answer = shop("apply", "--now")
    assert answer.code == Exit.FINE
    assert "Carried out: 1 of 1 change." in answer.out
    assert "floor 10 → 2" in answer.out
    assert floor_of(shop) == 2


def test_restore_asks_too(shop: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """A no leaves the floor where it is."""
    shop("apply", "--now", "--yes")
    shop.local.world.clock.advance(timedelta(hours=1))
    person = somebody(monkeypatch, answers=False)
    answer = shop("restore", SHOES)
    assert answer.code == Exit.FINE
    assert person.asked == ["Do it?"]
    assert "from 2 back to 10" in answer.err
    assert floor_of(shop) == 2


def test_a_script_must_say_yes(shop: Inside, nobody: None) -> None:
    """Where nobody can be asked nothing is done without --yes."""
    answer = shop("apply", "--now")
    assert answer.code == Exit.USAGE
    assert "say --yes" in answer.err
    assert floor_of(shop) == 10


def test_a_saved_plan_that_the_world_has_left_behind(
    shop: Inside, nobody: None, tmp_path: Path
) -> None:
    """Somebody changed the floor since: that item is refused by name, and the code is 4."""
    path = str(tmp_path / "plan.json")
    assert shop("plan", "--out", path, "-o", "json").code == Exit.FINE
    shop.local.client("personalize").update_campaign(campaignArn=SHOES, minProvisionedTPS=12)
    shop.local.world.clock.advance(timedelta(hours=2))
    answer = shop("apply", path, "--yes", "-o", "json")
    assert answer.code == Exit.PARTLY
    (item,) = answer.document["items"]
    assert item["fate"] == "drifted"
    assert "its floor was 10 and is 12" in item["message"]
    assert floor_of(shop) == 12


def test_a_saved_plan_knows_its_regions(inside: Inside, nobody: None, tmp_path: Path) -> None:
    """Without --region apply looks where the plan's resources are, not at home."""
    inside.campaign("bags", floor=10, region="eu-west-1", age=AGE)
    path = str(tmp_path / "plan.json")
    inside("plan", "--region", "eu-west-1", "--out", path, "-o", "json")
    answer = inside("apply", path, "--yes", "-o", "json")
    assert answer.code == Exit.FINE, answer.err
    assert [item["fate"] for item in answer.document["items"]] == ["done"]


def test_nothing_to_do_is_done(inside: Inside, nobody: None) -> None:
    """A plan without changes asks nothing and ends well."""
    inside.campaign("busy", floor=1, age=AGE)
    answer = inside("apply", "--now")
    assert answer.code == Exit.FINE
    assert "The plan changes nothing." in answer.out


def test_only_one_of_several(shop: Inside, nobody: None) -> None:
    """--only carries out what was chosen; what the plan does not change is refused by name."""
    hats = shop.campaign("hats", floor=10, age=AGE)
    answer = shop("apply", "--now", "--yes", "--only", hats, "-o", "json")
    assert [item["arn"] for item in answer.document["items"]] == [hats]
    assert floor_of(shop) == 10
    other = shop("apply", "--now", "--yes", "--only", f"{SHOES}-not")
    assert other.code == Exit.USAGE
    assert "changes nothing about" in other.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"\xff\xfe\x00", "it is no text", id="no text"),
        pytest.param(b"hello", "is not a plan", id="no JSON"),
        pytest.param(b"[]", "is not a plan", id="a list"),
        pytest.param(b"{}", "is not a plan", id="an empty object"),
        pytest.param(
            b'{"format": "personalize-monitor/plan/1"}', "this version reads", id="a look"
        ),
        pytest.param(None, "cannot be read", id="a folder"),
    ],
)
def test_a_file_that_is_no_plan(
    inside: Inside, tmp_path: Path, content: bytes | None, said: str
) -> None:
    """Anything but a saved plan is refused with the file's name before AWS is asked."""
    path = tmp_path / "plan.json"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    answer = inside("apply", str(path), "--yes")
    assert answer.code == Exit.USAGE
    assert said in answer.err
    assert inside.local.world.gate.calls == []


def test_a_plan_that_was_edited(shop: Inside, tmp_path: Path) -> None:
    """Whoever changes a number by hand has not approved what is in it."""
    path = tmp_path / "plan.json"
    shop("plan", "--out", str(path), "-o", "json")
    found = json.loads(path.read_text("utf-8"))
    found["items"][0]["to_floor"] = 1
    path.write_text(json.dumps(found), "utf-8")
    answer = shop("apply", str(path), "--yes")
    assert answer.code == Exit.USAGE
    assert "was changed after it was made" in answer.err


@pytest.mark.parametrize("arguments", [(), ("plan.json", "--now")])
def test_either_a_file_or_now(inside: Inside, arguments: Sequence[str]) -> None:
    """Both or none is a question about what is meant."""
    answer = inside("apply", *arguments)
    assert answer.code == Exit.USAGE
    assert "either a FILE" in answer.err


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        ("shoos", "did you mean shoes?"),
        ("arn:aws:s3:::bucket", "is not an ARN"),
        ("arn:aws:personalize:us-east-1:123456789012:solution/x", "is a solution; give"),
        ("arn:aws:personalize:us-east-1:999999999999:campaign/x", "belongs to account"),
        (SHOES, "knows of no change"),
        (f"{SHOES}-not", "knows of no deletion"),
    ],
)
def test_what_cannot_be_restored(shop: Inside, nobody: None, arn: str, said: str) -> None:
    """Each reason has its sentence, and nothing is changed."""
    answer = shop("restore", arn, "--yes")
    assert answer.code == Exit.USAGE
    assert said in answer.err
    assert floor_of(shop) == 10


ITEM = PlanItem(
    arn=SHOES,
    kind="campaign",
    action=Action.SET_FLOOR,
    floor=20,
    to_floor=3,
    reason="Too high.",
    held_by="",
    evidence={},
    seen=Sighting("ACTIVE", 20, "2026-02-01T00:00:00+00:00", update_pending=False),
)


@pytest.mark.parametrize("fate", Fate)
def test_every_fate_is_told_in_every_form(fate: Fate) -> None:
    """What became of an item, and why, is on the screen, in the file and in the document."""
    done = [Applied.of(ITEM, fate, "It was [so].")]
    result = apply.result(Plan.of(ACCOUNT, MADE, [ITEM]), done)
    validated("apply", result.document)
    assert result.document["items"][0]["fate"] == fate
    (row,) = csv.DictReader(io.StringIO(as_csv(result.tables[0])))
    assert (row["fate"], row["message"], row["arn"]) == (fate, "It was [so].", SHOES)
    assert f"| shoes | us-east-1 | floor 20 → 3 | {fate} |" in as_markdown(result)
    carried = int(fate is Fate.DONE)
    asked = "0 changes" if fate is Fate.NOT_INCLUDED else "1 change"
    assert result.heading == f"Carried out: {carried} of {asked}."
    assert (apply.ended(done) == Exit.FINE) == (fate in {Fate.DONE, Fate.NOT_INCLUDED})


@pytest.mark.parametrize("deed", Deed)
def test_every_deed_of_restore_is_told(deed: Deed) -> None:
    """Created, started, or lifted: the answer names the resource and the result."""
    wanted = Restoration(Arn(SHOES), deed, "Back.", "It was lowered.")
    result = restore.result(wanted, "shoes is back.")
    validated("restore", result.document)
    assert result.document["deed"] == deed
    assert result.heading == "shoes is back."
    assert f"| shoes | {deed} |" in as_markdown(result)
