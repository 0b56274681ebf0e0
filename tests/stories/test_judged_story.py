"""The executors judge as the cycle does: today's parameters, tags and traffic, whoever asks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.plan.test_savings import looked_at
from tests.support import unscheduled

from aws_sandbox.faults import Rule
from aws_sandbox.traffic.capacity import Capacity
from aws_sandbox.traffic.shapes import FlashSale, Idle, Steady
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.contract import FLOOR_UPDATED_EVENT
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.savings import realised
from personalize_monitor_desk.restore.restorer import Restorer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stories.conftest import Story

    from personalize_monitor.model.arn import Arn

BUSY = Steady(3.0, noise=0.0)
DELETE = "DeletePersonalizeCampaign"
UPDATE = "UpdatePersonalizeCampaignMinProvisionedTPS"
IDLE = {"TotalRequestsDuringIdleThresholdHours": 0, "IdleCampaignThresholdHours": 24}
ON = {"AutoDeleteIdleCampaigns": "Yes"}
RECIPE = "arn:aws:personalize:::recipe/aws-user-personalization"


def put(story: Story, name: str, arn: Arn, *, time: Any = None, **detail: Any) -> None:
    """An event that anybody may send."""
    entry: dict[str, Any] = {
        "Source": "personalize.monitor",
        "DetailType": name,
        "Detail": json.dumps({"ARN": str(arn), **detail}),
        "Resources": [str(arn)],
    }
    if time is not None:
        entry["Time"] = time
    story.box.client("events").put_events(Entries=[entry])


def answers(story: Story, function: str) -> str:
    """What the executor answered last."""
    last = story.box.invocations(function)[-1]
    return str(last.result or last.error)


LOWERING = {"CurrentMinTPS": 20, "NewMinTPS": 5}


@pytest.mark.parametrize(
    ("parameters", "tags", "said"),
    [
        ({"DryRun": "Yes"}, {}, "DryRun is Yes"),
        ({"AutoAdjustCampaignMinProvisionedTPS": "No"}, {}, "left alone"),
        ({"CampaignARNs": "none"}, {}, "not among what is monitored"),
        ({}, {"MinTPS": "20"}, "at least 20"),
        ({}, {"HoldUntil": "2026-12-24"}, "held until"),
        ({}, {"Exempt": "yes"}, "is exempt"),
        ({"AdjustMinAgeHours": "720"}, {}, "left alone"),
    ],
)
def test_k6_a_lowering_is_judged_by_what_holds_now(
    story: Story, parameters: dict[str, str], tags: dict[str, str], said: str
) -> None:
    """Whatever was true when the request was made, or is claimed in it."""
    arn = story.campaign("shoes", BUSY, floor=20, age=timedelta(days=20))
    if tags:
        story.tag(arn, **tags)
    story.deploy(**parameters)
    with unscheduled(story.box):
        put(story, UPDATE, arn, **LOWERING)
        story.run(0.1)
        assert said in answers(story, "UpdateFunction")
    assert (story.floor(arn), story.describe(arn).get("latestCampaignUpdate")) == (20, None)


def test_k6_a_dry_run_holds_no_person_up(story: Story) -> None:
    """It changes nothing by itself; what somebody asks for is carried out."""
    arn = story.campaign("shoes", BUSY, floor=20)
    story.deploy(DryRun="Yes")
    put(story, UPDATE, arn, NewMinTPS=30)
    story.run(1.5)
    assert story.floor(arn) == 30
    assert [event["NewMinTPS"] for event in story.events(UPDATE)] == [30]


def test_k6_a_forged_lowering_goes_no_further_than_ours(story: Story) -> None:
    """Asked for 1, while 3 TPS come: it becomes what the monitor itself would set."""
    arn = story.campaign("shoes", BUSY, floor=20)
    story.deploy()
    with unscheduled(story.box):
        put(story, UPDATE, arn, CurrentMinTPS=20, NewMinTPS=1)
        story.run(0.5)
    assert story.floor(arn) == 3


@pytest.mark.parametrize("tags", [{}, {"MaxTPS": "20"}])
def test_p5_a_forged_raise_is_not_carried_out(story: Story, tags: dict[str, str]) -> None:
    """The monitor lowers only, and never beyond the bounds of tags."""
    arn = story.campaign("shoes", Steady(30.0, noise=0.0), floor=12)
    if tags:
        story.tag(arn, **tags)
    story.deploy()
    with unscheduled(story.box):
        put(story, UPDATE, arn, CurrentMinTPS=12, NewMinTPS=50)
        story.run(0.5)
    assert story.floor(arn) == 12


@pytest.mark.parametrize(
    ("parameters", "tags", "said"),
    [
        ({"DryRun": "Yes"}, {}, "DryRun is Yes"),
        ({"CampaignARNs": "none"}, {}, "not among what is monitored"),
        ({"IdleGraceHours": "48"}, {}, "people are given until"),
        ({}, {"HoldUntil": "2026-12-24"}, "held until"),
        ({}, {"IdleHours": "48"}, "left alone"),
        ({"AutoDeleteIdleCampaigns": "No", "AllowDeletionRequests": "Yes"}, {}, "left alone"),
    ],
)
def test_p4_k6_a_deletion_is_judged_by_what_holds_now(
    story: Story, parameters: dict[str, str], tags: dict[str, str], said: str
) -> None:
    """A forged request with measurements deletes nothing that the monitor would not."""
    story.campaign("busy", BUSY, floor=3)
    quiet = story.now - timedelta(hours=30)
    was = FlashSale(Idle(), quiet, peak_tps=9.0, minutes=60)
    arn = story.campaign("pilot", was, floor=1)
    if tags:
        story.tag(arn, **tags)
    story.deploy(**(ON | parameters))
    story.run(0.1 if "IdleGraceHours" in parameters else 0)
    with unscheduled(story.box):
        put(story, DELETE, arn, AllowedPerHour=1000, **IDLE)
        story.run(0.2)
    assert said in answers(story, "DeleteFunction")
    assert story.status(arn) == "ACTIVE"


def test_k1_a_forged_number_or_time_deletes_no_more(story: Story) -> None:
    """AllowedPerHour is shown, never believed; a time that is not the present expires."""
    story.campaign("busy", BUSY, floor=3)
    pilots = [story.campaign(f"pilot-{n}", Idle(), floor=1) for n in range(4)]
    story.deploy(**ON, DryRun="Yes")
    story.run(0.3)
    story.box.update({"DryRun": "No"})
    with unscheduled(story.box):
        for days in (-20, 30):
            moment = story.now + timedelta(days=days)
            put(story, DELETE, pilots[0], time=moment, AllowedPerHour=1000, **IDLE)
        story.run(0.1)
        assert "expired" in answers(story, "DeleteFunction")
        for arn in pilots:
            put(story, DELETE, arn, AllowedPerHour=1000, **IDLE)
        story.run(0.5)
    assert [story.status(arn) for arn in pilots].count("GONE") == 1


def test_k1_a_delivery_that_waited_deletes_nothing_in_use(story: Story) -> None:
    """No concurrency for hours; meanwhile the campaign is in use."""
    story.campaign("busy", BUSY, floor=3)
    arn = story.campaign(
        "late", FlashSale(Idle(), story.now + timedelta(hours=3), peak_tps=9.0, minutes=120)
    )
    story.deploy(**ON)
    story.box.chaos.function_errors = 1.0
    put(story, DELETE, arn, **IDLE)
    story.run(0.02)
    story.box.chaos.function_errors = 0.0
    story.run(5)
    assert story.status(arn) in ("ACTIVE", "GONE")
    waited = {"id": "waited", "time": (story.now - timedelta(hours=4)).isoformat()}
    ran = story.box.invoke("DeleteFunction", waited | {"detail": {"ARN": str(arn), **IDLE}})
    assert ran.result is not None
    assert ran.result["outcome"] in ("expired", "gone")
    assert story.box.gate.counts["personalize", "DeleteCampaign", "us-east-1", None] <= 1


def test_p14_a_request_that_nothing_deployed_can_carry_out_is_answered(story: Story) -> None:
    """With both switches off a notice says so, once; the campaign stays."""
    arn = story.campaign("shoes", BUSY, floor=3)
    story.deploy()
    put(story, DELETE, arn, Reason="It is old.\r\nBcc: everybody")
    story.run(0.2)
    (notice,) = story.events("PersonalizeMonitorNotice")
    assert notice["Kind"] == "request-refused"
    (mail,) = story.mails("is not carried out")
    assert "set AllowDeletionRequests to Yes" in mail
    assert "It is old. Bcc: everybody" in mail
    assert story.status(arn) == "ACTIVE"


def test_p14_people_may_be_allowed_what_is_not_automatic(story: Story) -> None:
    """The functions are deployed for people's requests; the monitor deletes nothing."""
    arn = story.campaign("shoes", BUSY, floor=3)
    idle = story.campaign("pilot", Idle(), floor=1)
    story.deploy(AllowDeletionRequests="Yes")
    put(story, DELETE, arn)
    story.run(1.5)
    assert (story.status(arn), story.status(idle)) == ("GONE", "ACTIVE")
    assert story.events("PersonalizeMonitorNotice") == []


@pytest.mark.parametrize("kind", list(Kind))
def test_p8_a_failed_update_is_told_once_and_tried_again_later_each_time(
    story: Story, kind: Kind, tmp_path: Path
) -> None:
    """One notice with AWS's reason for each failure, growing pauses."""
    make = story.campaign if kind is Kind.CAMPAIGN else story.recommender
    arn = make("failed", BUSY, floor=20)
    story.deploy()
    for _ in range(12 * 12):
        story.box.world.habits.failing = {"failed"}
        story.run(1 / 12)
    assert story.floor(arn) == 20
    told = [n for n in story.events("PersonalizeMonitorNotice") if n["Kind"] == "update-failed"]
    said = story.events(FLOOR_UPDATED_EVENT[kind])
    assert [n["RequestId"] for n in told] == [one["RequestId"] for one in said]
    assert 2 <= len(told) <= 4
    assert "The previous configuration keeps serving." in told[0]["Reason"]
    assert story.decisions(arn)[-1]["held_by"] == "failed before"
    at = Operator.open(story.access, story.stack, now=story.now, path=tmp_path / "journal")
    found = replace(Personalize(story.access, arn.region).resource(arn), recipe_arn=RECIPE)
    saved = realised(
        story.access, at.reader, looked_at(found), load_prices(), now=story.now, days=1
    )
    assert saved.ledger.saved.is_known
    assert saved.ledger.saved.exact == 0


def full_of_tags(story: Story, arn: Arn) -> None:
    """Fifty tags, the most that there may be."""
    pairs = [{"tagKey": f"k{n}", "tagValue": "v"} for n in range(50)]
    story.box.client("personalize").tag_resource(resourceArn=str(arn), tags=pairs)


@pytest.mark.parametrize("how", ["full", "refused"])
def test_p9_a_step_back_does_not_depend_on_a_tag(story: Story, how: str) -> None:
    """With fifty tags, or any refusal, the floor goes back all the same and is held."""
    story.box.world.metrics.capacity = Capacity(headroom=0.0, lag_minutes=20)
    begin = story.now + timedelta(minutes=35)
    arn = story.campaign("shoes", FlashSale(BUSY, begin, peak_tps=18.0, minutes=60), floor=20)
    if how == "full":
        full_of_tags(story, arn)
    else:
        story.box.gate.faults.add(Rule(action="TagResource", code="AccessDeniedException"))
    story.deploy()
    story.run(0.5)
    assert story.floor(arn) == 3
    story.run(1.25)
    assert story.floor(arn) == 20
    with unscheduled(story.box):
        story.run(24.5)
    story.run(1.5)  # the guard for what people changed ends after a day; the hold does not
    assert story.floor(arn) == 20
    assert story.decisions(arn)[-1]["held_by"] == "held"


def test_k9_a_lowering_of_another_container_is_looked_after(story: Story) -> None:
    """Warm memory that knows of nothing: the journal does."""
    story.box.world.metrics.capacity = Capacity(headroom=0.0, lag_minutes=20)
    begin = story.now + timedelta(minutes=35)
    arn = story.campaign("shoes", FlashSale(BUSY, begin, peak_tps=18.0, minutes=60), floor=20)
    story.deploy(AutoAdjustCampaignMinProvisionedTPS="No")
    story.run(0.2)
    story.box.update({"AutoAdjustCampaignMinProvisionedTPS": "Yes"})
    put(story, UPDATE, arn, CurrentMinTPS=20, NewMinTPS=3)  # what another container decided
    story.run(0.4)
    story.run(1.4)
    assert story.floor(arn) == 20


def test_k15_an_event_alone_is_no_recipe(story: Story, tmp_path: Path) -> None:
    """A forged announcement of a deletion gives `restore` nothing to make a campaign from."""
    arn = story.campaign("shoes", BUSY, floor=3)
    story.deploy(**ON)
    version = story.describe(arn)["solutionVersionArn"]
    story.box.client("personalize").delete_campaign(campaignArn=str(arn))
    recipe = {"name": "mine", "solutionVersionArn": version, "minProvisionedTPS": 500}
    put(story, "PersonalizeCampaignDeleted", arn, Restore=recipe, Reason="x", RequestId="f")
    story.run(0.5)
    at = Operator.open(story.access, story.stack, now=story.now, path=tmp_path / "journal")
    with pytest.raises(InvalidRequest, match="the journal knows of no deletion"):
        Restorer(story.access, at.reader, at.announcer).look(arn, now=story.now)


def test_k15_a_forged_notice_does_not_skip_the_grace(story: Story) -> None:
    """Its date lies in the past; how long people were told is counted from when it came."""
    story.campaign("busy", BUSY, floor=3)
    arn = story.campaign("pilot", Idle(), floor=1)
    story.deploy(**ON, IdleGraceHours="6")
    put(
        story,
        "PersonalizeMonitorNotice",
        arn,
        time=story.now - timedelta(days=3),
        Kind="idle-notice",
        ActAfter=(story.now - timedelta(days=1)).isoformat(),
    )
    story.run(4)
    assert story.status(arn) == "ACTIVE"
    story.run(5)
    assert story.status(arn) == "GONE"


def test_k15_a_forged_announcement_takes_no_floor_from_its_person(story: Story) -> None:
    """It says that the monitor set the floor, and that it is of next year: a person did, now."""
    arn = story.campaign("shoes", BUSY, floor=3)
    story.deploy()
    story.run(0.4)
    story.box.client("personalize").update_campaign(campaignArn=str(arn), minProvisionedTPS=30)
    put(
        story,
        FLOOR_UPDATED_EVENT[Kind.CAMPAIGN],
        arn,
        NewMinTPS=30,
        PreviousMinTPS=3,
        RequestedBy="monitor",
        RequestId="forged",
    )
    story.run(1.6)
    assert story.floor(arn) == 30
    assert story.decisions(arn)[-1]["held_by"] == "changed by a person"


def test_k15_a_forged_failure_holds_no_floor_for_long(story: Story) -> None:
    """A notice of the year 2099 about an update that failed delays by its two hours, no more."""
    arn = story.campaign("shoes", BUSY, floor=20)
    story.deploy()
    put(
        story,
        "PersonalizeMonitorNotice",
        arn,
        time=story.now + timedelta(days=26000),
        Kind="update-failed",
        RequestId="forged",
        Name="shoes",
        Region="us-east-1",
        Summary="So somebody says.",
        Reason="Forged.",
    )
    story.run(1.5)
    assert len(story.mails("So somebody says.")) == 1
    assert story.decisions(arn)[-1]["held_by"] == "failed before"
    story.run(2)
    assert story.floor(arn) == 3


def test_k5_one_odd_record_or_tag_costs_itself_only(story: Story) -> None:
    """Years beyond the calendar, notices without a date, holds without a zone."""
    busy = story.campaign("busy", BUSY, floor=20)
    odd = story.campaign("odd", Idle(), floor=20)
    arn = story.campaign("pilot", Idle(), floor=1)
    story.tag(odd, Exempt="until:9999-12-31", HoldUntil="9999-12-31T23:59:59+00:00")
    story.deploy(**ON, IdleGraceHours="2")
    for detail in ({}, {"ActAfter": None}, {"ActAfter": "soon"}, {"ActAfter": "0001-01-01"}):
        put(story, "PersonalizeMonitorNotice", arn, Kind="idle-notice", **detail)
        put(story, "PersonalizeMonitorNotice", arn, Kind="update-failed", **detail)
    for hold in ("2026-12-01T00:00:00", "9999-12-31T23:59:59-14:00", "x"):
        put(story, UPDATE, busy, NewMinTPS=20, PrewarmId="pw-x", HoldUntil=hold)
    put(story, "PersonalizeMonitorHeld", busy, HoldUntil="2027-01-01T00:00:00Z")
    story.run(6)
    for ran in story.box.invocations("MonitorFunction"):
        assert ran.result is not None
        assert ran.result["problems"] == []
    assert (story.status(arn), story.status(odd)) == ("GONE", "ACTIVE")


def test_k16_a_doubled_invocation_sends_a_notice_once(story: Story) -> None:
    """Cold and doubled: the same event, the same notice."""
    story.campaign("busy", BUSY, floor=3)
    story.campaign("pilot", Idle(), floor=1)
    story.deploy(**ON, IdleGraceHours="6")
    story.box.chaos.duplicates = 1.0
    story.box.chaos.cold_starts = 1.0
    story.run(1.2)
    kinds = [n["Kind"] for n in story.events("PersonalizeMonitorNotice")]
    assert kinds == ["idle-notice"]
