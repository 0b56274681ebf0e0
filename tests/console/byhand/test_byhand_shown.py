"""What a form showed when it was opened must still be so, or it is refused with a sentence (C2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.console.byhand.front import Front, Outline, deploy, words
from tests.console.byhand.values import PREWARM, SHOES, seen
from tests.support import ACCOUNT, HOME, Local, every_window

from aws_sandbox import fleet
from personalize_monitor.aws.access import Access
from personalize_monitor.plan.operator import Operator
from personalize_monitor_desk.console.actions import DEEDS
from personalize_monitor_desk.console.shown import of_prewarm, sent

ARN = f"arn:aws:personalize:{HOME}:{ACCOUNT}:campaign/shoes"
FORMS: dict[str, dict[str, str]] = {
    "floor": {"floor": "4", "hold": "24"},
    "hold": {"hours": "5"},
    "exempt": {"how": "yes"},
    "prewarm": PREWARM,
    "delete": {"name": "shoes"},
}


@pytest.fixture
def stage(local: Local, tmp_path: Path) -> Front:
    """A console over one campaign in the sandbox; its journal is a file."""
    fleet.add_campaign(local.world, "shoes", floor=1, shape=every_window(300))
    access = Access()
    journal = tmp_path / "journal.jsonl"
    return Front(
        tmp_path,
        access=access,
        now=local.world.clock.now,
        operator=lambda: Operator.open(access, None, now=local.now, path=journal),
    )


def _floor(local: Local) -> None:
    local.client("personalize").update_campaign(campaignArn=ARN, minProvisionedTPS=15)
    local.world.clock.advance(timedelta(minutes=30))


def _tag(local: Local) -> None:
    tags = [{"tagKey": "PersonalizeMonitor:HoldUntil", "tagValue": "2027-01-01T00:00:00Z"}]
    local.client("personalize").tag_resource(resourceArn=ARN, tags=tags)


def _busy(local: Local) -> None:
    local.client("personalize").update_campaign(campaignArn=ARN, minProvisionedTPS=15)


def _gone(local: Local) -> None:
    local.client("personalize").delete_campaign(campaignArn=ARN)
    local.world.clock.advance(timedelta(minutes=30))


MOVES: list[tuple[Callable[[Local], None], str]] = [
    (_floor, "The floor is 15 now, not 1;"),
    (_tag, "Tag PersonalizeMonitor:HoldUntil is 2027-01-01T00:00:00Z now, not none"),
    (_busy, "the update under way is to 15 now, not none"),
    (_gone, "does not exist any more; look again."),
]


@pytest.mark.parametrize("deed", FORMS)
@pytest.mark.parametrize(("move", "sentence"), MOVES)
def test_c2_a_dialog_whose_world_has_moved_is_refused(
    local: Local, stage: Front, *, deed: str, move: Callable[[Local], None], sentence: str
) -> None:
    """Whatever the dialog is about, and whatever it was that moved; nothing is changed."""
    local.client("scheduler").create_schedule_group(Name="prewarms")
    deploy(stage)
    shown = stage.shown(f"{SHOES}/{deed}")
    move(local)
    before = changes(local)
    answer = stage.post(f"{SHOES}/{deed}", **FORMS[deed], shown=shown)
    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert changes(local) == before


def changes(local: Local) -> list[str]:
    """Calls that changed something."""
    verbs = ("Update", "Delete", "Tag", "Untag", "Create", "Put")
    return [call.action for call in local.world.gate.calls if call.action.startswith(verbs)]


def test_c2_restore_does_what_its_dialog_said_or_nothing(local: Local, stage: Front) -> None:
    """The dialog said to create it again at 1; another tab did, and undoing now means 1 -> 15."""
    for floor in ("15", "1"):
        stage.post(f"{SHOES}/floor", floor=floor)
        local.world.clock.advance(timedelta(minutes=30))
    stage.post(f"{SHOES}/delete", name="shoes")
    local.world.clock.advance(timedelta(minutes=30))
    shown = stage.shown(f"{SHOES}/restore")
    assert "Create campaign shoes again with a floor of 1" in shown
    local.world.timings.pending = timedelta()
    stage.post(f"{SHOES}/restore")
    local.world.clock.advance(timedelta(minutes=60))
    before = changes(local)
    answer = stage.post(f"{SHOES}/restore", shown=shown)
    assert answer.status_code == 422
    assert changes(local) == before


def test_c2_undo_of_a_floor_that_moved_is_refused(local: Local, stage: Front) -> None:
    """The dialog said from 4 back to 1; by now the floor is 9."""
    stage.post(f"{SHOES}/floor", floor="4")
    local.world.clock.advance(timedelta(minutes=30))
    shown = stage.shown(f"{SHOES}/restore")
    assert "from 4 back to 1" in shown
    local.client("personalize").update_campaign(campaignArn=ARN, minProvisionedTPS=9)
    local.world.clock.advance(timedelta(minutes=30))
    answer = stage.post(f"{SHOES}/restore", shown=shown)
    assert answer.status_code == 422
    assert "What undoing does is" in words(answer.text)
    assert "Look again." in words(answer.text)
    # And ticking "the first one" is another wish than the one that was shown.
    assert stage.post(f"{SHOES}/restore", shown=stage.shown(f"{SHOES}/restore")).status_code == 200


def test_c2_a_recipe_is_shown_whole(local: Local, stage: Front) -> None:
    """What would be created again: configuration and tags too, so that none is smuggled in."""
    stage.post(f"{SHOES}/delete", name="shoes")
    local.world.clock.advance(timedelta(minutes=30))
    facts = json.loads(stage.shown(f"{SHOES}/restore"))
    recipe = json.loads(facts["the recipe"])
    assert {"name", "minProvisionedTPS", "solutionVersionArn", "tags"} <= set(recipe)


def test_c2_a_prewarm_that_has_begun_is_not_cancelled_as_if_it_waited(
    local: Local, stage: Front
) -> None:
    """Cancelling one that runs lowers a floor; the page showed one that waits."""
    local.world.gate.validate = False  # moto's list of schedules tells more than AWS does
    local.client("scheduler").create_schedule_group(Name="prewarms")
    deploy(stage)
    stage.post(f"{SHOES}/prewarm", **PREWARM)
    (made,) = stage.watch._prewarms()
    shown = sent(of_prewarm(made, local.now))
    local.world.clock.advance(timedelta(hours=22))
    answer = stage.post(f"{SHOES}/cancel", id=made.id, shown=shown)
    assert answer.status_code == 422
    assert "Its state is active now, not waiting as when you opened this." in words(answer.text)
    assert stage.watch._prewarms()


@pytest.mark.parametrize("shown", ["", "x", "[]", "[" * 9999, '{"the floor": 1}', "null"])
@pytest.mark.parametrize("deed", FORMS)
def test_c2_a_form_that_does_not_say_what_it_showed(
    local: Local, stage: Front, deed: str, shown: str
) -> None:
    """Nothing is done on trust."""
    deploy(stage)
    answer = stage.post(f"{SHOES}/{deed}", **FORMS[deed], shown=shown)
    assert answer.status_code == 422
    assert "does not say what it showed; open it again." in words(answer.text)
    assert not changes(local)


def test_c2_every_form_of_a_resource_says_what_it_shows(local: Local, stage: Front) -> None:
    """No deed goes without; each dialog asks for its facts when it opens."""
    stage.show(seen())
    page = Outline(stage.get(SHOES).text)
    asked = {
        found["data-shown"].rpartition("/")[2] for found in page.all("div") if "data-shown" in found
    }
    assert asked == set(DEEDS) - {"cancel"}  # which stands in the page with what it shows


def test_d3_nothing_is_done_that_could_not_be_undone(
    local: Local, stage: Front, tmp_path: Path
) -> None:
    """The console too: one sentence, and neither floor nor campaign is touched."""
    (tmp_path / "a-file").write_text("")
    access = stage.access
    path = tmp_path / "a-file" / "journal.jsonl"
    blocked = Front(
        tmp_path,
        access=access,
        now=stage.now,
        operator=lambda: Operator.open(access, None, now=local.now, path=path),
    )
    forms: dict[str, dict[str, Any]] = {"floor": {"floor": "4"}, "delete": {"name": "shoes"}}
    for deed, form in forms.items():
        answer = blocked.post(f"{SHOES}/{deed}", **form)
        assert answer.status_code == 502
        assert "nothing could be undone and nothing was changed" in words(answer.text)
    assert not changes(local)
