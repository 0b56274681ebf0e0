"""What a person may do to a resource: refused in one sentence, or done, announced and undone."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.console.byhand.front import Front, deploy, words
from tests.console.byhand.values import PREWARM, SHOES, seen
from tests.support import ACCOUNT, HOME, Local, eventually, every_window

from aws_sandbox import fleet
from aws_sandbox.faults import Rule
from personalize_monitor.aws.access import Access
from personalize_monitor.contract import FLOOR_UPDATED_EVENT
from personalize_monitor.plan.operator import Operator
from personalize_monitor_desk.console.shown import of_prewarm, sent

FILMS = f"/r/{HOME}/recommender/films"
# --- done ---


@pytest.fixture
def stage(local: Local, tmp_path: Path) -> Front:
    """A console over a campaign and a recommender in the sandbox; its journal is a file."""
    fleet.add_campaign(local.world, "shoes", floor=10, shape=every_window(300))
    fleet.add_recommender(local.world, "films", floor=6, shape=every_window(300))
    access = Access()
    journal = tmp_path / "journal.jsonl"
    return Front(
        tmp_path,
        access=access,
        now=local.world.clock.now,
        operator=lambda: Operator.open(access, None, now=local.now, path=journal),
    )


def said(stage: Front, path: str, **form: str) -> str:
    """What the console says after a deed."""
    answer = stage.post(path, **form)
    assert answer.status_code == 200, answer.text
    assert answer.headers["HX-Trigger"] == "close-dialog, fresh"
    return words(answer.text)


def refusal(stage: Front, path: str, **form: str) -> str:
    """What it says about a deed that it did not do."""
    answer = stage.post(path, **form)
    assert answer.status_code in {422, 502}, answer.text
    return words(answer.text)


def announced(stage: Front) -> dict[str, Any]:
    """The detail of the last change of a floor that the file tells of."""
    text = (stage.folder / "journal.jsonl").read_text()
    records = [json.loads(line) for line in text.splitlines()]
    changes = [r["detail"] for r in records if r["detail-type"] in FLOOR_UPDATED_EVENT.values()]
    last: dict[str, Any] = changes[-1]
    return last


def test_a_changed_floor_is_asked_for_announced_and_signed(local: Local, stage: Front) -> None:
    """The service gets the new floor; the journal says from what, to what, why and by whom."""
    assert "from 10 to 4" in said(stage, f"{SHOES}/floor", floor=" 4 ", reason=" Launch is over. ")
    (call,) = local.calls("UpdateCampaign")
    assert call.params["minProvisionedTPS"] == 4
    done = announced(stage)
    assert (done["PreviousMinTPS"], done["NewMinTPS"]) == (10, 4)
    assert done["Reason"] == "Launch is over."
    assert done["By"].startswith("arn:aws:")
    assert not local.calls("TagResource")
    stage.show(seen())
    stage.watch.journal._look()
    assert "Floor 10 → 4 by you Launch is over." in stage.words(SHOES)


def test_a_changed_floor_is_held_if_wished(local: Local, stage: Front) -> None:
    """For so many hours right-sizing leaves it alone: the tag says until when."""
    said(stage, f"{SHOES}/floor", floor="4", hold="24")
    (call,) = local.calls("TagResource")
    assert call.params["tags"] == [
        {"tagKey": "PersonalizeMonitor:HoldUntil", "tagValue": "2026-03-03T10:02:00Z"}
    ]


@pytest.mark.parametrize(("path", "name"), [(SHOES, "shoes"), (FILMS, "films")])
def test_a_removal_is_signed_too(stage: Front, path: str, name: str) -> None:
    """Whoever deletes a campaign or stops a recommender here is named in the journal."""
    said(stage, f"{path}/delete", name=name, reason="It is over.")
    (tale,) = (tale for tale in stage.watch._journal() if tale.kind == "removal")
    assert tale.text == "It is over."
    assert tale.who not in {"", "a request on the event bus"}


def test_a_recommender_s_floor_too(local: Local, stage: Front) -> None:
    """By its own call, with a reason where none was given."""
    assert "from 6 to 8" in said(stage, f"{FILMS}/floor", floor="8")
    assert local.calls("UpdateRecommender")
    assert announced(stage)["Reason"] == "Asked for in the console."


def test_a_floor_that_is_so_already_changes_nothing(local: Local, stage: Front) -> None:
    """It is said, and neither asked of the service nor announced."""
    assert "already" in said(stage, f"{SHOES}/floor", floor="10")
    assert not local.calls("UpdateCampaign")
    assert not (stage.folder / "journal.jsonl").exists()


def test_with_actions_off_nothing_is_changed_here_either(local: Local, stage: Front) -> None:
    """The deployment's parameter holds for its console: floors, deletions and stops."""
    deploy(stage, Actions="Off")
    for path, form in (
        (f"{SHOES}/floor", {"floor": "4"}),
        (f"{SHOES}/delete", {"name": "shoes"}),
        (f"{FILMS}/delete", {"name": "films"}),
    ):
        assert "Actions is Off" in words(stage.post(path, **form).text)
    for call in ("UpdateCampaign", "DeleteCampaign", "StopRecommender"):
        assert not local.calls(call)


def test_a_resource_in_the_middle_of_a_change_is_refused(local: Local, stage: Front) -> None:
    """A second change has to wait for the first; the sentence says so."""
    said(stage, f"{SHOES}/floor", floor="4")
    assert "ask again when it is ACTIVE" in refusal(stage, f"{SHOES}/floor", floor="5")
    assert len(local.calls("UpdateCampaign", errors=False)) == 1


GOOD: list[tuple[str, dict[str, str]]] = [
    ("floor", {"floor": "3"}),
    ("hold", {"hours": "5"}),
    ("exempt", {"how": "yes"}),
    ("exempt", {"how": "no"}),
    ("delete", {"name": "shoes"}),
    ("restore", {}),
]


def test_an_account_that_refuses_is_quoted(local: Local, stage: Front) -> None:
    """AWS's own words are told with the name of the resource, and nothing is claimed to be done."""
    stage.watch.here.access.account  # noqa: B018  as after the first look
    local.world.gate.faults.add(
        Rule(service="*", code="AccessDeniedException", message="Not you.", status=400)
    )
    for deed, form in GOOD:
        told = refusal(stage, f"{SHOES}/{deed}", **form)
        assert "Not you." in told, deed
        assert "campaign/shoes" in told, deed


def test_expired_credentials_are_told_before_the_first_look(local: Local, stage: Front) -> None:
    """Not even the account's number is known then; that is a sentence as well."""
    local.world.gate.faults.add(
        Rule(service="*", code="ExpiredToken", message="It expired.", status=400)
    )
    answer = stage.post(f"{SHOES}/hold", hours="1")
    assert answer.status_code == 502
    assert "It expired." in words(answer.text)


def test_a_region_without_the_service_is_an_answer(stage: Front) -> None:
    """An address with a region that there is not ends in a sentence, not in an error of ours."""
    assert "failed" in refusal(stage, "/r/moon-1/campaign/shoes/hold", hours="1")


@pytest.mark.parametrize(
    ("deed", "form", "tags", "told"),
    [
        ("hold", {"hours": "1"}, {"HoldUntil": "2026-03-02T11:02:00Z"}, "is held until"),
        ("hold", {"hours": "8784"}, {"HoldUntil": "2027-03-03T10:02:00Z"}, "is held until"),
        ("hold", {"hours": "0"}, {}, "is no longer held."),
        ("exempt", {"how": "yes"}, {"Exempt": "yes"}, "is exempt: nothing is done to it."),
        (
            "exempt",
            {"how": "until", "day": "2026-03-02"},
            {"Exempt": "until:2026-03-02"},
            "is exempt until 2026-03-02, that day included.",
        ),
        ("exempt", {"how": "no"}, {}, "is no longer exempt."),
    ],
)
def test_wishes_are_tags_that_the_application_reads(
    local: Local,
    stage: Front,
    *,
    deed: str,
    form: dict[str, str],
    tags: dict[str, str],
    told: str,
) -> None:
    """A hold or an exemption stands on the resource itself, where every tool can see it."""
    assert f"shoes {told}" in said(stage, f"{SHOES}/{deed}", **form)
    arn = f"arn:aws:personalize:{HOME}:{ACCOUNT}:campaign/shoes"
    found = local.client("personalize").list_tags_for_resource(resourceArn=arn)["tags"]
    assert {tag["tagKey"]: tag["tagValue"] for tag in found} == {
        f"PersonalizeMonitor:{key}": value for key, value in tags.items()
    }


def test_a_deed_is_seen_on_the_page_at_once(stage: Front) -> None:
    """Tags are read again after a change, and every look is taken again."""
    stage.show(seen())
    assert "No tags." in stage.words(SHOES)
    said(stage, f"{SHOES}/exempt", how="yes")
    assert "PersonalizeMonitor:Exempt yes" in stage.words(SHOES)
    assert stage.watch.day._poked


def test_a_floor_is_put_back(local: Local, stage: Front) -> None:
    """The dialog says what undoing means; it is done, held for a week, and journalled as such."""
    said(stage, f"{SHOES}/floor", floor="4")
    local.world.clock.advance(timedelta(hours=1))
    assert "from 4 back to 10, and hold it for 7 days" in stage.words(f"{SHOES}/shown/restore")
    told = said(stage, f"{SHOES}/restore")
    assert "from 4 to 10" in told
    assert "until 2026-03-09 11:02 UTC" in told
    assert local.calls("UpdateCampaign")[-1].params["minProvisionedTPS"] == 10
    assert announced(stage)["RequestedBy"] == "restore"


def test_undoing_the_first_change_goes_further_back(local: Local, stage: Front) -> None:
    """Not to the floor before the last change, but to the one before ours began."""
    for floor in ("7", "4"):
        said(stage, f"{SHOES}/floor", floor=floor)
        local.world.clock.advance(timedelta(hours=1))
    assert "from 4 back to 7" in stage.words(f"{SHOES}/shown/restore")
    assert "from 4 back to 10" in stage.words(f"{SHOES}/shown/restore?first=1")
    assert "from 4 to 10" in said(stage, f"{SHOES}/restore", first="1")


def test_what_was_deleted_is_made_again_once(local: Local, stage: Front) -> None:
    """It takes a while in the background; a second wish for the same is refused meanwhile."""
    assert "shoes" in said(stage, f"{SHOES}/delete", name=" shoes ", reason="by mistake")
    local.world.clock.advance(timedelta(minutes=30))
    assert "Create campaign shoes again" in stage.words(f"{SHOES}/shown/restore")
    stage.watch.jobs._running[f"Restoring shoes in {HOME}"] = "CREATE PENDING"
    assert "is being restored already" in refusal(stage, f"{SHOES}/restore")
    assert not local.calls("CreateCampaign")


def test_what_is_stopped_is_started_again(local: Local, stage: Front) -> None:
    """In the background, until it serves; its end is told, and every page looks again."""
    said(stage, f"{FILMS}/delete", name="films")
    local.world.clock.advance(timedelta(minutes=30))
    local.world.timings.pending = local.world.timings.start = timedelta()
    said(stage, f"{FILMS}/restore")
    eventually(lambda: not stage.watch.jobs.running)
    (told,) = stage.watch.jobs.since(0)
    assert told.good
    assert "films is ACTIVE again" in told.text
    assert stage.watch.deep._poked


def test_a_restoration_that_fails_tells_its_end(local: Local, stage: Front) -> None:
    """What the service refuses in the background is told on whatever page is open then."""
    said(stage, f"{SHOES}/delete", name="shoes")
    local.world.clock.advance(timedelta(minutes=30))
    local.fail(action="CreateCampaign", code="LimitExceededException", status=400)
    assert "its end is told here" in said(stage, f"{SHOES}/restore")
    eventually(lambda: not stage.watch.jobs.running)
    (told,) = stage.watch.jobs.since(0)
    assert not told.good
    assert "quota" in told.text


def test_a_prewarm_becomes_schedules_and_can_be_cancelled(local: Local, stage: Front) -> None:
    """Its times are UTC; it is shown on the page, and its button takes all of it back."""
    local.world.gate.validate = False  # moto's list of schedules tells more than AWS does
    scheduler = local.client("scheduler")
    scheduler.create_schedule_group(Name="prewarms")
    deploy(stage)
    told = said(stage, f"{SHOES}/prewarm", **PREWARM)
    assert "30 TPS from 2026-03-03 08:00 to 2026-03-03 12:00 UTC." in told
    lower = refusal(stage, f"{SHOES}/prewarm", **{**PREWARM, "floor": "9"})  # C7
    assert "is 10 now, and a pre-warm only raises it: give at least 10 TPS" in lower
    assert scheduler.list_schedules(GroupName="prewarms")["Schedules"]
    (made,) = stage.watch._prewarms()
    assert (made.floor, made.lead_minutes, made.state(local.now)) == (30, 30, "waiting")
    assert "was set before" in refusal(stage, f"{SHOES}/prewarm", **PREWARM)
    shown = sent(of_prewarm(made, local.now))
    told = said(stage, f"{SHOES}/cancel", id=made.id, shown=shown)
    assert f"Pre-warm {made.id} is cancelled." in told
    assert stage.watch._prewarms() == ()
    assert "There is no pre-warm" in refusal(stage, f"{SHOES}/cancel", id=made.id, shown=shown)


def test_a_local_time_with_its_offset_is_understood(local: Local, stage: Front) -> None:
    """What is sent with a time zone means that moment, shown in UTC."""
    local.client("scheduler").create_schedule_group(Name="prewarms")
    deploy(stage)
    form = {**PREWARM, "begin": "2026-03-03T09:00+01:00", "until": "2026-03-03T13:00+01:00"}
    assert "from 2026-03-03 08:00 to 2026-03-03 12:00 UTC" in said(
        stage, f"{SHOES}/prewarm", **form
    )


def test_a_reader_sees_what_restoring_would_mean(local: Local, stage: Front) -> None:
    """Looking changes nothing, so it needs no --allow-actions."""
    said(stage, f"{SHOES}/floor", floor="4")
    local.world.clock.advance(timedelta(hours=1))
    reader = Front(
        stage.folder,
        access=stage.access,
        allow_actions=False,
        now=local.world.clock.now,
        operator=stage.operator,
    )
    assert "from 4 back to 10" in reader.words(f"{SHOES}/shown/restore")
    assert reader.post(f"{SHOES}/restore").status_code == 403


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        ({"code": "InternalFailure", "status": 500}, "It is not known whether it was changed."),
        ({"down": True}, "It is not known whether it was changed."),
        ({"code": "AccessDeniedException", "status": 400}, "Nothing was changed."),
        ({"code": "ThrottlingException", "status": 400}, "Nothing was changed."),
    ],
)
@pytest.mark.parametrize(
    ("deed", "action", "form"),
    [
        ("hold", "TagResource", {"hours": "24"}),
        ("floor", "UpdateCampaign", {"floor": "4"}),
        ("delete", "DeleteCampaign", {"name": "shoes"}),
    ],
)
def test_c4_silence_is_no_refusal(  # noqa: PLR0917
    local: Local,
    stage: Front,
    deed: str,
    action: str,
    form: dict[str, str],
    fault: dict[str, Any],
    title: str,
) -> None:
    """Where AWS did not tell whether it did it, nobody says that it did not; we look again."""
    local.fail(service="personalize", action=action, **fault)
    answer = stage.post(f"{SHOES}/{deed}", **form)
    assert answer.status_code == 502
    assert words(answer.text).startswith(title)
    looks_again = title.startswith("It is not")
    assert ("look-again" in answer.headers.get("HX-Trigger", "")) == looks_again
    assert stage.watch.day._poked
