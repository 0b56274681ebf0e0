"""Who approves at the command line approves what was shown, and can undo it (D2, D3, C1)."""

from __future__ import annotations

import io
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.cli.conftest import Inside, validated

from personalize_monitor_desk.cli.exits import Exit

AGE = timedelta(days=4)
BOTH = ("--region", "us-east-1,eu-west-1")
NOT_INCLUDED = "Deletions and stops are carried out with --include-deletions only."


@pytest.fixture
def shop(inside: Inside) -> Inside:
    """A campaign with a floor that is too high, and two resources that nobody asks."""
    inside.campaign("shoes", floor=10, age=AGE)
    inside.campaign("pilot", requests=0, floor=3, age=AGE)
    inside.recommender("radio", requests=0, floor=3, age=AGE, region="eu-west-1")
    return inside


def changes(shop: Inside) -> list[str]:
    """Calls of the service that change something, in order."""
    words = ("Update", "Delete", "Stop", "Tag", "Create")
    calls = shop.local.world.gate.calls
    return [c.action for c in calls if c.service == "personalize" and c.action.startswith(words)]


def fates(answer: Any) -> dict[str, str]:
    """What became of each resource, by name."""
    validated("apply", answer.document)
    return {one["arn"].rpartition("/")[2]: one["fate"] for one in answer.document["items"]}


class Keyboard(io.StringIO):
    """Somebody sits there."""

    def isatty(self) -> bool:
        """A terminal."""
        return True


def test_d2_nothing_is_deleted_that_nobody_switched_on(shop: Inside) -> None:
    """Neither --now --yes nor a saved plan deletes or stops; the plan says that they do not."""
    said = " ".join(shop("plan", *BOTH).out.split())
    assert "Not included in `apply` without --include-deletions" in said
    assert "the deletion of pilot" in said
    assert "the stop of radio" in said
    answer = shop("apply", "--now", "--yes", *BOTH, "-o", "json")
    assert answer.code == Exit.FINE, answer.err
    assert fates(answer) == {"shoes": "done", "pilot": "not-included", "radio": "not-included"}
    assert {one["message"] for one in answer.document["items"][1:]} == {NOT_INCLUDED}
    assert changes(shop) == ["UpdateCampaign"]


def test_d2_a_saved_plan_deletes_with_the_switch_only(shop: Inside, tmp_path: Path) -> None:
    """The file holds all of the plan; what of it is carried out is said when it is applied."""
    file = str(tmp_path / "plan.json")
    shop("plan", *BOTH, "--out", file)
    assert fates(shop("apply", file, "--yes", "-o", "json"))["pilot"] == "not-included"
    assert changes(shop) == ["UpdateCampaign"]
    shop("plan", *BOTH, "--out", file)
    done = fates(shop("apply", file, "--include-deletions", "--yes", "-o", "json"))
    assert done == {"pilot": "done", "radio": "done"}
    assert sorted(changes(shop)[1:]) == ["DeleteCampaign", "StopRecommender"]


def test_d2_a_deletion_that_is_named_needs_the_switch_too(shop: Inside) -> None:
    """--only chooses; it does not say that a deletion is meant."""
    found = shop("plan", "-o", "json").document["actions"]
    (pilot,) = (one["arn"] for one in found if one["action"] == "delete")
    answer = shop("apply", "--now", "--only", pilot, "--yes")
    assert answer.code == Exit.USAGE
    assert f"To delete {pilot}, give --include-deletions as well." in " ".join(answer.err.split())
    assert changes(shop) == []


def test_d2_the_question_names_each_removal(shop: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever answers yes has read what will be gone."""
    asked: list[str] = []

    def confirm(question: str, **_: Any) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr(sys, "stdin", Keyboard())
    monkeypatch.setattr(typer, "confirm", confirm)
    shop("apply", "--now")
    shop("apply", "--now", *BOTH, "--include-deletions")
    assert asked[0] == "Change 1 floor?"
    assert asked[1].startswith("Change 1 floor, ")
    assert "delete campaign pilot in us-east-1" in asked[1]
    assert "stop recommender radio in eu-west-1" in asked[1]
    assert changes(shop) == []


def test_c1_the_world_moves_while_the_question_stands(
    shop: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked at again after the answer: what was held meanwhile is refused, and said."""
    (arn,) = (
        one["arn"]
        for one in shop("plan", "-o", "json").document["actions"]
        if one["action"] == "set-floor"
    )

    def confirm(*_: Any, **__: Any) -> bool:
        client = shop.local.client("personalize")
        tags = [{"tagKey": "PersonalizeMonitor:MinTPS", "tagValue": "9"}]
        client.tag_resource(resourceArn=arn, tags=tags)
        return True

    monkeypatch.setattr(sys, "stdin", Keyboard())
    monkeypatch.setattr(typer, "confirm", confirm)
    answer = shop("apply", "--now", "-o", "json")
    assert answer.code == Exit.PARTLY
    assert fates(answer)["shoes"] == "drifted"
    assert changes(shop) == ["TagResource"]  # the other person's


def test_c2_restore_does_what_was_agreed_to_or_nothing(
    shop: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the question stands somebody sets another floor: from there back is another thing."""
    done = shop("apply", "--now", "--yes", "-o", "json").document["items"]
    (arn,) = (one["arn"] for one in done if one["arn"].endswith("/shoes"))
    shop.local.world.clock.advance(timedelta(hours=1))

    def confirm(*_: Any, **__: Any) -> bool:
        client = shop.local.client("personalize")
        client.update_campaign(campaignArn=arn, minProvisionedTPS=7)
        return True

    monkeypatch.setattr(sys, "stdin", Keyboard())
    monkeypatch.setattr(typer, "confirm", confirm)
    answer = shop("restore", arn)
    assert answer.code == Exit.USAGE
    said = " ".join(answer.err.split())
    assert "Restoring means something else by now" in said
    assert "from 7 back to 10" in said
    assert changes(shop) == ["UpdateCampaign", "UpdateCampaign"]  # ours, and the other person's


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for the journal at which nothing can be written, whoever one is."""
    (tmp_path / "a-file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "a-file"))
    return tmp_path / "a-file"


def test_d3_what_could_not_be_undone_is_not_done(shop: Inside, nowhere: Path) -> None:
    """One sentence before anything is changed, with the file and the cure."""
    answer = shop("apply", "--now", "--yes", "-o", "json")
    assert answer.code == Exit.REFUSED
    said = " ".join(answer.err.split())
    assert f"The journal {nowhere}" in said
    assert "nothing could be undone and nothing was changed" in said
    assert "XDG_STATE_HOME" in said
    assert answer.out == ""
    assert changes(shop) == []


def test_d3_looking_needs_no_journal(shop: Inside, nowhere: Path) -> None:
    """Who only looks has nothing to remember."""
    assert shop("plan", "-o", "json").document["actions"]


def test_d3_what_was_done_is_not_called_failed(shop: Inside) -> None:
    """A deployment whose bus takes no event of ours: done, said so, and undone from the journal."""
    shop.deploy()
    shop.local.fail(service="events", action="PutEvents", code="AccessDeniedException")
    answer = shop("apply", "--now", "--yes", "-o", "json")
    assert fates(answer)["shoes"] == "done"
    (shoes,) = (o for o in answer.document["items"] if o["arn"].endswith("/shoes"))
    assert "The change of" in shoes["message"]
    assert "could not be announced" in shoes["message"]
    shop.local.world.clock.advance(timedelta(hours=1))
    back = shop("restore", shoes["arn"], "--yes", "-o", "json")
    assert back.code == Exit.FINE, back.err
    assert back.document["floor"] == 10


def test_d3_without_a_record_in_the_log_group_nothing_is_done(shop: Inside) -> None:
    """The journal of a deployment refuses the intent of a person: the floor stays."""
    shop.deploy()
    shop.local.fail(service="logs", action="PutLogEvents", code="AccessDeniedException")
    answer = shop("apply", "--now", "--yes", "-o", "json")
    assert answer.code == Exit.REFUSED
    assert fates(answer)["shoes"] == "failed"
    assert "Writing the journal" in answer.document["items"][0]["message"]
    assert changes(shop) == []
