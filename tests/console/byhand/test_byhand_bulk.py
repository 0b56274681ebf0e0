"""Many resources held or exempt at once, from the fleet page."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.console.byhand.front import Front, Outline, words
from tests.console.byhand.values import ARN, FLEET
from tests.support import HOME, Local, eventually, every_window

from aws_sandbox import fleet
from personalize_monitor.aws.access import Access
from personalize_monitor.contract import EXEMPT_TAG, HOLD_UNTIL_TAG
from personalize_monitor.model.arn import Arn
from personalize_monitor.plan.operator import Operator
from personalize_monitor_desk.console.pages import bulk

NAMES = ("caps", "hats", "shoes")


@pytest.fixture
def stage(local: Local, tmp_path: Path) -> Front:
    """A console over three campaigns, which has looked once."""
    for name in NAMES:
        fleet.add_campaign(local.world, name, floor=9, shape=every_window(300))
    access = Access()
    front = Front(
        tmp_path,
        access=access,
        regions=(HOME,),
        now=local.world.clock.now,
        operator=lambda: Operator.open(access, None, now=local.now, path=tmp_path / "j.jsonl"),
    )
    front.watch.day._look()
    return front


def send(stage: Front, *names: str, **form: str) -> tuple[int, str]:
    """The dialog's form with these ticked, and what is told when the job has ended."""
    items = [ARN.replace("shoes", name) for name in names]
    data = {"csrf": stage.app.state.csrf, "item": items, **form}
    answer = stage.ask("POST", "/fleet/bulk", headers={"HX-Request": "true"}, data=data)
    eventually(lambda: not stage.watch.jobs.running)
    told = "".join(one.text for one in stage.watch.jobs.since(0))
    return answer.status_code, told or words(answer.text)


def tags(stage: Front, name: str) -> dict[str, str]:
    """The tags of a campaign as they are now."""
    return stage.watch.tags.of(Arn(ARN.replace("shoes", name)))


def test_what_is_ticked_is_held_and_nothing_else(local: Local, stage: Front) -> None:
    """One tag for each; its end is told; the same ends it again."""
    status, told = send(stage, "caps", "hats", deed="hold", hours="24")
    assert (status, told) == (200, "Hold of 2 resources: done.")
    assert tags(stage, "caps")[HOLD_UNTIL_TAG] == tags(stage, "hats")[HOLD_UNTIL_TAG]
    assert HOLD_UNTIL_TAG not in tags(stage, "shoes")
    assert len(local.calls("TagResource")) == 2
    send(stage, "caps", deed="hold", hours="0")
    assert HOLD_UNTIL_TAG not in tags(stage, "caps")


def test_exempt_many(stage: Front) -> None:
    """For good, and no longer."""
    send(stage, *NAMES, deed="exempt", how="yes")
    assert {tags(stage, name)[EXEMPT_TAG] for name in NAMES} == {"yes"}
    send(stage, *NAMES, deed="exempt", how="no")
    assert not any(EXEMPT_TAG in tags(stage, name) for name in NAMES)


def test_one_that_fails_costs_the_others_nothing(local: Local, stage: Front) -> None:
    """For how many it was done, and why not for the rest."""
    local.fail(action="TagResource", resource="*/hats", code="AccessDeniedException", status=400)
    _, told = send(stage, *NAMES, deed="hold", hours="24")
    assert told.startswith("Hold of 3 resources: done for 2, not for 1. Changing arn:aws:")
    assert [one.good for one in stage.watch.jobs.since(0)] == [False]
    assert HOLD_UNTIL_TAG in tags(stage, "shoes")


@pytest.mark.parametrize(
    ("names", "form", "why"),
    [
        ((), {"deed": "hold", "hours": "24"}, "Tick at least one resource"),
        (("shoes",), {"deed": "delete", "name": "shoes"}, "hold or to exempt"),
        (("shoes",), {"deed": "hold", "hours": "x"}, "hours must be a whole number"),
        (("shoes",), {"deed": "exempt"}, "Choose whether it is exempt"),
        (("shoes/x y",), {"deed": "hold", "hours": "1"}, "is not the ARN of a resource"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything(
    local: Local, stage: Front, names: tuple[str, ...], form: dict[str, str], why: str
) -> None:
    """One sentence, and no call."""
    status, told = send(stage, *names, **form)
    assert status == 422
    assert why in told
    assert not local.calls("TagResource")


def test_the_dialog_lists_what_the_page_shows(
    front: Front, reader: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same search and order; the first of too many; none in a console that only reads."""
    front.show(*FLEET)
    page = front.get("/fleet/bulk?sort=name&region=us-east-1").text
    boxes = Outline(page).all("input", type="checkbox", name="item")
    assert [one["value"].rpartition("/")[2] for one in boxes] == ["anorak", "Boots", "duffle"]
    assert "Nothing is shown" in front.words("/fleet/bulk?q=nothing+like+it")
    monkeypatch.setattr(bulk, "MOST", 2)
    assert "the first 2 of 5" in front.words("/fleet/bulk")
    reader.show(*FLEET)
    assert "Hold or exempt" not in reader.words("/")
    assert reader.post("/fleet/bulk", deed="hold", hours="1", item=ARN).status_code == 403
