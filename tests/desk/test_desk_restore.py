"""Restoring: what it means is said first, refused with a reason, or done and waited for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.aws.script import refused
from tests.datapoints import MARIA, VERSION, Desk, described
from tests.support import BEGIN, a_resource

from personalize_monitor.contract import (
    BUILD_DASHBOARD_EVENT,
    CAMPAIGN_DELETED_EVENT,
    FLOOR_UPDATED_EVENT,
    RECOMMENDER_STOPPED_EVENT,
    RESTORED_EVENT,
)
from personalize_monitor.errors import InvalidRequest, JournalUnavailable, Unavailable
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.entry import INTENT
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor_desk.restore.restorer import HOLD, Deed, Restoration, Restorer

NOW = BEGIN
HOUR = timedelta(hours=1)
SHOES = a_resource(floor=3)
RADIO = a_resource("radio", kind=Kind.RECOMMENDER, floor=3)
RECIPE = {"name": "shoes", "solutionVersionArn": VERSION, "minProvisionedTPS": 7}


class Back(Desk):
    """A person who wants something back."""

    @property
    def restorer(self) -> Restorer:
        """With the journal in the file."""
        return Restorer(self.access, self.diary.reader, self.announcer)

    def look(self, arn: Arn = SHOES.arn, *, first: bool = False) -> Restoration:
        """What it would mean now."""
        return self.restorer.look(arn, now=NOW, first=first)

    def refusal(self, arn: Arn = SHOES.arn) -> str:
        """Why it cannot be."""
        with pytest.raises(InvalidRequest) as told:
            self.look(arn)
        return str(told.value)

    def do(self, wanted: Restoration) -> tuple[str, list[float], list[str]]:
        """Done; the sentence, how long was slept, and what was heard."""
        slept: list[float] = []
        heard: list[str] = []
        told = self.restorer.carry_out(wanted, now=NOW, sleep=slept.append, progress=heard.append)
        return told, slept, heard

    def deleted(self, hours: float = 5, **recipe: Any) -> None:
        """We deleted it so many hours ago."""
        self.personalize.answers["describe_solution_version"] = {
            "solutionVersion": {"status": "ACTIVE"}
        }
        self.diary.told(
            CAMPAIGN_DELETED_EVENT,
            SHOES.arn,
            NOW - hours * HOUR,
            Reason="Idle.",
            Restore={**RECIPE, **recipe},
        )

    def changed(self, hours: float, before: int, after: int, by: str = "monitor") -> None:
        """A floor was changed so many hours ago."""
        self.diary.told(
            FLOOR_UPDATED_EVENT[Kind.CAMPAIGN],
            SHOES.arn,
            NOW - hours * HOUR,
            PreviousMinTPS=before,
            NewMinTPS=after,
            RequestedBy=by,
        )

    def serves_after(self, *statuses: str, resource: Resource = SHOES) -> None:
        """What each look from now on shows; an empty word is not there yet."""
        self.personalize.answers[f"describe_{resource.kind}"] = [
            described(replace(resource, status=status))
            if status
            else refused("ResourceNotFoundException")
            for status in statuses
        ]


@pytest.fixture
def back(tmp_path: Path) -> Back:
    """Nothing there, and nothing in the journal."""
    return Back(tmp_path, now=NOW)


def test_another_account_is_told_what_to_do_instead(back: Back) -> None:
    """The journal is at home, the campaign is not; nothing is read."""
    told = back.refusal(Arn(str(SHOES.arn).replace("123456789012", "9" * 12)))
    assert "belongs to account 999999999999, and these credentials are of 123456789012" in told
    assert back.personalize.calls == []


def test_what_we_never_deleted_cannot_come_back(back: Back) -> None:
    """No recipe, no campaign; a deletion whose record is damaged is none."""
    assert "there is nothing to restore it from" in back.refusal()
    back.diary.told(CAMPAIGN_DELETED_EVENT, SHOES.arn, NOW - HOUR, Reason="Idle.")
    back.diary.told(CAMPAIGN_DELETED_EVENT, SHOES.arn, NOW - HOUR, Restore={"name": "shoes"})
    assert "there is nothing to restore it from" in back.refusal()


def test_a_deleted_campaign_is_made_again_as_it_was(back: Back) -> None:
    """The plan says from what and with which floor, and why it was deleted."""
    back.deleted()
    wanted = back.look()
    assert (wanted.deed, dict(wanted.recipe)) == (Deed.CREATE, RECIPE)
    assert (
        wanted.summary
        == f"Create campaign shoes again with a floor of 7 from {VERSION}, without tags."
    )
    assert wanted.reason == "It was deleted on 2026-03-02 05:02 UTC: Idle."
    assert back.changes == []


def test_a_deletion_that_was_never_announced_is_one(back: Back) -> None:
    """The function died after the deed; the intent has the recipe."""
    back.deleted(hours=50)
    back.diary.told(
        INTENT,
        SHOES.arn,
        NOW - 2 * HOUR,
        Announcement=CAMPAIGN_DELETED_EVENT,
        AnnouncementDetail={"Reason": "Idle again."},
        Restore={**RECIPE, "minProvisionedTPS": 2},
    )
    wanted = back.look()
    assert wanted.recipe["minProvisionedTPS"] == 2
    assert wanted.reason.endswith("(its announcement never came): Idle again.")


def test_a_campaign_that_followed_its_solution_follows_it_again(back: Back) -> None:
    """The newest version, whatever it was then; its status is asked of the solution."""
    back.deleted(campaignConfig={"syncWithLatestSolutionVersion": True})
    latest = {"latestSolutionVersion": {"status": "ACTIVE"}}
    back.personalize.answers["describe_solution"] = {"solution": latest}
    wanted = back.look()
    assert wanted.recipe["solutionVersionArn"] == VERSION.removesuffix("1") + "$LATEST"
    assert "describe_solution_version" not in back.personalize.operations


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (refused("ResourceNotFoundException"), InvalidRequest, "Train the solution again"),
        (refused("ThrottlingException"), Unavailable, f"Reading {VERSION} failed"),
        ({"solutionVersion": {"status": "CREATE FAILED"}}, InvalidRequest, "is CREATE FAILED."),
    ],
)
def test_a_version_that_cannot_serve(
    back: Back, answer: Any, kind: type[Exception], said: str
) -> None:
    """Nothing can be made from what is gone, failed, or cannot be read just now."""
    back.deleted()
    back.personalize.answers["describe_solution_version"] = answer
    with pytest.raises(kind) as told:
        back.look()
    assert said in str(told.value)


def test_a_version_without_a_status_is_tried(back: Back) -> None:
    """The service itself will say if it does not fit."""
    back.deleted()
    back.personalize.answers["describe_solution_version"] = {"solutionVersion": {}}
    assert back.look().deed is Deed.CREATE


def test_what_is_still_going_must_be_gone_first(back: Back) -> None:
    """A minute of patience, said in a sentence."""
    back.deleted()
    back.show(replace(SHOES, status="DELETE PENDING"))
    assert back.refusal() == (
        f"{SHOES.arn} is still being deleted; try again in some minutes, when it is gone."
    )


def test_a_name_that_somebody_took_is_theirs(back: Back) -> None:
    """Created after our deletion, and not by a restoration of ours: nothing is changed."""
    back.deleted()
    back.show(replace(SHOES, created=NOW - HOUR))
    told = back.refusal()
    assert told.startswith("The name is taken: ")
    assert told.endswith("Nothing was changed.")


def test_after_a_restoration_the_campaign_is_ours_again(back: Back) -> None:
    """Its floor can be undone as before; what is older than the deletion is not a stranger."""
    back.deleted()
    back.diary.told(RESTORED_EVENT, SHOES.arn, NOW - 4 * HOUR, Deed="create")
    back.changed(2, 9, 3)
    back.show(replace(SHOES, created=NOW - HOUR))
    assert back.look().floor == 9
    back.show(SHOES)
    assert back.look().floor == 9


@pytest.mark.parametrize(("first", "floor"), [(False, 6), (True, 20)])
def test_a_floor_goes_back_to_before_our_last_or_first_change(
    back: Back, first: bool, floor: int
) -> None:
    """A person's own change in between is no decision of ours, but may be undone as the last."""
    back.show(SHOES)
    back.changed(50, 30, 20, by="request")
    back.changed(40, 20, 6)
    back.changed(30, 6, 3)
    wanted = back.look(first=first)
    assert (wanted.deed, wanted.floor, wanted.from_floor) == (Deed.FLOOR, floor, 3)
    assert wanted.summary == (
        f"Set the floor of campaign shoes from 3 back to {floor}, and hold it for 7 days."
    )
    assert f"our {'first' if first else 'last'} change" in wanted.reason


def test_nothing_to_undo_is_said(back: Back) -> None:
    """No change of ours, or a floor that is where it was."""
    back.show(SHOES)
    assert "knows of no change" in back.refusal()
    back.changed(40, 9, 3, by="prewarm")
    back.changed(39, 9, 3, by="restore")
    assert "knows of no change" in back.refusal()
    back.changed(30, 3, 2)
    assert back.refusal().startswith(f"The floor of {SHOES.arn} is 3 already")


def test_the_floor_on_its_way_is_the_floor(back: Back) -> None:
    """An update that runs already brings it back."""
    back.changed(30, 9, 3)
    update = {"status": "CREATE IN_PROGRESS", "minProvisionedTPS": 9}
    back.show(SHOES, latestCampaignUpdate=update)
    assert "is 9 already" in back.refusal()


@pytest.mark.parametrize(
    ("status", "stopped", "said"),
    [
        ("INACTIVE", False, "but not by this application; start it in the console."),
        ("STOP IN_PROGRESS", True, "try again when it is INACTIVE."),
        ("START IN_PROGRESS", True, "try again when it is INACTIVE."),
    ],
)
def test_a_recommender_that_cannot_be_started(
    back: Back, status: str, stopped: bool, said: str
) -> None:
    """Somebody else's stop, or one that is not finished."""
    back.show(replace(RADIO, status=status))
    if stopped:
        back.diary.told(RECOMMENDER_STOPPED_EVENT, RADIO.arn, NOW - HOUR, Reason="Idle.")
    assert said in back.refusal(RADIO.arn)


@pytest.mark.parametrize("announced", [True, False])
def test_a_stopped_recommender_starts(back: Back, announced: bool) -> None:
    """Announced or only intended: started, told, waited for, and the dashboard asked for."""
    told = {"Reason": "Idle.", "Announcement": RECOMMENDER_STOPPED_EVENT}
    name = RECOMMENDER_STOPPED_EVENT if announced else INTENT
    back.diary.told(name, RADIO.arn, NOW - HOUR, **told)
    back.show(replace(RADIO, status="INACTIVE"))
    wanted = back.look(RADIO.arn)
    assert (wanted.deed, wanted.summary) == (
        Deed.START,
        "Start recommender radio again with its floor of 3.",
    )
    back.serves_after("START PENDING", "START IN_PROGRESS", "ACTIVE", resource=RADIO)
    said, slept, heard = back.do(wanted)
    assert said == f"{RADIO.arn} is ACTIVE again; its alarms return with the monitor's next cycle."
    assert (slept, heard) == ([15.0, 15.0], ["START PENDING", "START IN_PROGRESS", "ACTIVE"])
    assert back.changes == ["start_recommender"]
    (event,) = back.said(RESTORED_EVENT)
    assert event["Summary"] == "Recommender radio in us-east-1 is started again."
    assert (event["By"], event["Deed"]) == (MARIA, "start")
    assert event["Reason"].endswith(f"Asked for by {MARIA}.")
    assert back.written[-1] == BUILD_DASHBOARD_EVENT


def test_a_campaign_that_is_not_visible_yet_is_waited_for(back: Back) -> None:
    """The service needs a moment until it shows what it accepted."""
    back.deleted(tags={"team": "shop"})
    wanted = back.look()
    back.serves_after("", "CREATE PENDING", "ACTIVE")
    _, slept, heard = back.do(wanted)
    assert (len(slept), heard) == (2, ["not visible yet", "CREATE PENDING", "ACTIVE"])
    (request,) = back.personalize.asked("create_campaign")
    assert request == {**RECIPE, "tags": [{"tagKey": "team", "tagValue": "shop"}]}


def test_a_creation_that_fails_is_said(back: Back) -> None:
    """Not waited for any longer; the dashboard stays."""
    back.deleted()
    wanted = back.look()
    back.serves_after("CREATE PENDING", "CREATE FAILED")
    with pytest.raises(Unavailable, match="is CREATE FAILED; the service says why"):
        back.do(wanted)
    assert BUILD_DASHBOARD_EVENT not in back.written


def test_the_wait_ends_after_an_hour(back: Back) -> None:
    """A person is told that it may still come; it is not waited for without end."""
    back.deleted()
    wanted = back.look()
    back.serves_after("CREATE IN_PROGRESS")
    slept: list[float] = []
    with pytest.raises(Unavailable, match="is not ACTIVE after an hour; it may still become so"):
        back.restorer.carry_out(wanted, now=NOW, sleep=slept.append)
    assert sum(slept) == 3600


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("ResourceAlreadyExistsException", InvalidRequest, "The name shoes was taken meanwhile"),
        ("LimitExceededException", InvalidRequest, "the quota of active resources"),
        ("ThrottlingException", Unavailable, f"Restoring {SHOES.arn} failed"),
    ],
)
def test_a_service_that_refuses(back: Back, code: str, kind: type[Exception], said: str) -> None:
    """Nothing is announced that did not happen."""
    back.deleted()
    wanted = back.look()
    back.personalize.answers["create_campaign"] = refused(code)
    with pytest.raises(kind) as told:
        back.do(wanted)
    assert said in str(told.value)
    assert RESTORED_EVENT not in back.written


def test_no_answer_is_not_gone(back: Back) -> None:
    """A campaign is not made a second time because it could not be read."""
    back.deleted()
    back.personalize.answers["describe_campaign"] = refused("InternalServerException")
    with pytest.raises(Unavailable, match=f"Reading {SHOES.arn} failed"):
        back.look()
    back.diary.breaks()
    with pytest.raises(JournalUnavailable):
        back.look()


def test_a_restored_floor_is_held_for_a_week(back: Back) -> None:
    """Set like any other floor, in the person's name, with the tag that right-sizing respects."""
    back.show(SHOES)
    back.changed(30, 9, 3)
    told, slept, _ = back.do(back.look())
    assert back.changes == ["tag_resource", "update_campaign"]
    assert told.endswith("from 3 to 9. Right-sizing leaves it alone until 2026-03-09 10:02 UTC.")
    assert slept == []
    assert f"{NOW + HOLD:%Y-%m-%dT%H:%M}" in str(back.personalize.asked("tag_resource"))
    said = back.said(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN])[-1]
    assert (said["RequestedBy"], said["By"], said["NewMinTPS"]) == ("restore", MARIA, 9)


def test_a_floor_that_cannot_be_set_now_is_refused(back: Back) -> None:
    """Between the look and the deed somebody began an update."""
    back.show(SHOES)
    back.changed(30, 9, 3)
    wanted = back.look()
    back.show(replace(SHOES, update_pending=True))
    with pytest.raises(InvalidRequest, match="is changing at the moment"):
        back.do(wanted)


def test_a_person_without_a_name_is_a_person(back: Back) -> None:
    """STS need not tell who it is for a restoration to be allowed."""
    back.show(SHOES)
    back.changed(30, 9, 3)
    back.sts.answers["get_caller_identity"] = refused("AccessDenied")
    back.do(back.look())
    said = back.said(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN])[-1]
    assert said["Reason"].endswith("Asked for by a person.")
    assert "By" not in said
