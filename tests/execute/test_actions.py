"""The executors: they look again, act once, keep what is needed to undo, and announce."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support import ACCOUNT, JOURNAL, Local, every_window

from aws_sandbox import fleet
from aws_sandbox.personalize.responses import store_of
from personalize_monitor.errors import (
    InvalidRequest,
    JournalUnavailable,
    NoSuchResource,
    ResourceBusy,
    Unavailable,
    UnknownMembers,
)
from personalize_monitor.functions import delete, stop, update

MEASURED = {"TotalRequestsDuringIdleThresholdHours": 0, "IdleThresholdHours": 24}


def event(local: Local, detail: dict[str, Any], *, id: str = "e-1") -> dict[str, Any]:  # noqa: A002
    """An EventBridge event of now."""
    return {"id": id, "time": local.now.isoformat(), "detail": detail}


def campaign_of(local: Local, arn: str) -> dict[str, Any]:
    """The campaign as AWS describes it."""
    answer = local.client("personalize").describe_campaign(campaignArn=arn)
    return dict(answer["campaign"])


def records(local: Local) -> list[dict[str, Any]]:
    """The journal's records."""
    answer = local.client("logs").filter_log_events(logGroupName=JOURNAL)
    return [json.loads(one["message"]) for one in answer["events"]]


def changes(local: Local) -> list[str]:
    """Calls that changed a campaign or recommender."""
    verbs = ("UpdateCampaign", "UpdateRecommender", "DeleteCampaign", "StopRecommender")
    return [c.action for c in local.world.gate.calls if c.action in verbs and c.error is None]


def test_a_floor_is_changed_and_announced(local: Local) -> None:
    """The update starts, the old floor serves, and the announcement names both values."""
    member = fleet.add_campaign(local.world, "c", floor=20)
    answer = update.handler(event(local, {"ARN": member.arn, "NewMinTPS": 5}), None)
    assert answer["outcome"] == "done"
    assert "from 20 to 5" in answer["message"]
    found = campaign_of(local, member.arn)
    assert found["minProvisionedTPS"] == 20
    assert found["latestCampaignUpdate"]["minProvisionedTPS"] == 5
    (said,) = local.sent("PersonalizeCampaignMinProvisionedTPSUpdated")
    assert (said["PreviousMinTPS"], said["NewMinTPS"], said["RequestId"]) == (20, 5, "e-1")


def test_a_recommender_keeps_every_member_of_its_configuration(local: Local) -> None:
    """UpdateRecommender replaces all; what is not the floor is written back as it was."""
    config = {
        "itemExplorationConfig": {"explorationWeight": "0.3"},
        "trainingDataConfig": {"excludedDatasetColumns": {"ITEMS": ["price"]}},
        "enableMetadataWithRecommendations": True,
    }
    member = fleet.add_recommender(local.world, "r", floor=9, config=config)
    answer = update.handler(event(local, {"ARN": member.arn, "NewMinTPS": 3}), None)
    assert answer["outcome"] == "done"
    found = local.client("personalize").describe_recommender(recommenderArn=member.arn)
    changed = found["recommender"]["latestRecommenderUpdate"]["recommenderConfig"]
    assert changed == {**config, "minRecommendationRequestsPerSecond": 3}


def test_a_member_that_boto3_does_not_know_stops_the_update(local: Local) -> None:
    """Rather no change than one that loses a setting of tomorrow."""
    member = fleet.add_recommender(local.world, "r", floor=9)
    local.world.gate.validate = False

    def tomorrow(call: Any, answer: dict[str, Any]) -> dict[str, Any]:
        if call.action == "DescribeRecommender":
            answer["recommender"]["recommenderConfig"]["autoTune"] = {"on": True}
        return answer

    local.world.gate.alter.append(tomorrow)
    with pytest.raises(UnknownMembers, match="autoTune"):
        update.handler(event(local, {"ARN": member.arn, "NewMinTPS": 3}), None)
    assert changes(local) == []


def test_k11_a_campaign_with_a_setting_of_tomorrow_is_not_deleted(local: Local) -> None:
    """Its recipe would lose what this boto3 does not know, so it could not be made again."""
    member = fleet.add_campaign(local.world, "c")
    local.world.gate.validate = False

    def tomorrow(call: Any, answer: dict[str, Any]) -> dict[str, Any]:
        if call.action == "DescribeCampaign":
            answer["campaign"].setdefault("campaignConfig", {})["autoTune"] = {"on": True}
        return answer

    local.world.gate.alter.append(tomorrow)
    with pytest.raises(UnknownMembers, match=r"autoTune.* nothing was changed"):
        delete.handler(event(local, {"ARN": member.arn}), None)
    assert changes(local) == []


def test_a_campaign_whose_tags_cannot_be_read_is_not_deleted(local: Local) -> None:
    """Nobody could make it again as it was, whoever asks."""
    local.with_journal()
    member = fleet.add_campaign(local.world, "c")
    local.fail(action="ListTagsForResource", code="AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDenied"):
        delete.handler(event(local, {"ARN": member.arn}), None)
    assert changes(local) == []


def test_p10_a_floor_above_the_default_quota_is_the_services_to_refuse(local: Local) -> None:
    """The quota is adjustable; what the service says is told."""
    member = fleet.add_campaign(local.world, "c", floor=600)
    asked = event(local, {"ARN": member.arn, "NewMinTPS": 579}, id="e-1")
    assert update.handler(asked, None)["outcome"] == "done"
    other = fleet.add_campaign(local.world, "d")
    local.fail(action="UpdateCampaign", code="LimitExceededException", message="At most 500.")
    with pytest.raises(Unavailable, match=r"At most 500\."):
        update.handler(event(local, {"ARN": other.arn, "NewMinTPS": 700}, id="e-2"), None)


@pytest.mark.parametrize("asked", [7, 20])
def test_a_measured_floor_that_has_changed_is_not_overwritten(local: Local, asked: int) -> None:
    """A late request of the monitor does not undo what came after its measurement."""
    member = fleet.add_campaign(local.world, "c", floor=100)
    detail = {"ARN": member.arn, "NewMinTPS": asked, "CurrentMinTPS": 40}
    answer = update.handler(event(local, detail), None)
    assert answer["outcome"] == "no longer true"
    assert "100 by now, not 40" in answer["message"]
    assert (changes(local), local.sent()) == ([], [])


def test_a_floor_on_its_way_is_the_floor(local: Local) -> None:
    """While an update runs, the value that it sets counts: the same again is no change."""
    member = fleet.add_campaign(local.world, "c", floor=20)
    update.handler(event(local, {"ARN": member.arn, "NewMinTPS": 5}), None)
    again = update.handler(event(local, {"ARN": member.arn, "NewMinTPS": 5}, id="e-2"), None)
    assert again["outcome"] == "no change needed"
    assert len(local.sent()) == 1


def test_a_busy_resource_is_tried_again_for_a_person(local: Local) -> None:
    """A person's event fails so that Lambda repeats it; a direct or measured one just says busy."""
    member = fleet.add_campaign(local.world, "c", floor=20)
    local.client("personalize").update_campaign(campaignArn=member.arn, minProvisionedTPS=8)
    asked = {"ARN": member.arn, "NewMinTPS": 5}
    with pytest.raises(ResourceBusy):
        update.handler(event(local, asked), None)
    assert update.handler(asked, None)["outcome"] == "busy"
    measured = {**asked, "CurrentMinTPS": 8}
    assert update.handler(event(local, measured), None)["outcome"] == "busy"
    local.world.clock.advance(timedelta(minutes=20))
    assert update.handler(event(local, asked), None)["outcome"] == "done"


def test_what_is_gone_or_failed_is_a_clear_outcome(local: Local) -> None:
    """What is going, or serves nothing, is no error and no announcement; a wrong ARN is one."""
    there = fleet.add_campaign(local.world, "c")
    missing = {"ARN": there.arn + "-not", "NewMinTPS": 5}
    with pytest.raises(NoSuchResource):  # P13
        update.handler(event(local, missing), None)
    assert update.handler(event(local, missing | {"CurrentMinTPS": 9}), None)["outcome"] == "gone"
    delete.handler(event(local, {"ARN": there.arn}), None)
    said = len(local.sent())
    again = delete.handler(event(local, {"ARN": there.arn}, id="e-2"), None)
    assert again["outcome"] == "gone"
    assert (
        update.handler(event(local, {"ARN": there.arn, "NewMinTPS": 5}), None)["outcome"] == "gone"
    )
    local.world.habits.failing = {"failed"}
    version = fleet.add_campaign(local.world, "model")
    arn = local.client("personalize").create_campaign(
        name="failed",
        solutionVersionArn=campaign_of(local, version.arn)["solutionVersionArn"],
    )["campaignArn"]
    assert delete.handler({"ARN": arn}, None)["outcome"] == "busy"
    local.world.clock.advance(timedelta(hours=1))
    assert delete.handler({"ARN": arn}, None)["outcome"] == "not active"
    assert len(local.sent()) == said


def test_another_account_is_not_ours(local: Local) -> None:
    """An ARN of another account is refused before anything is read."""
    member = fleet.add_campaign(local.world, "c")
    with pytest.raises(InvalidRequest, match="acts in 123456789012 only"):
        delete.handler(event(local, {"ARN": member.arn.replace(ACCOUNT, "9" * 12)}), None)
    assert not local.calls("DescribeCampaign")


def test_a_campaign_is_deleted_with_its_recipe_in_the_journal_first(local: Local) -> None:
    """Everything CreateCampaign needs is in the journal before the campaign goes."""
    local.with_journal()
    config = {"itemExplorationConfig": {"explorationWeight": "0.3"}}
    member = fleet.add_campaign(
        local.world, "c", floor=7, config=config, tags={"team": "shoes", "cost": "4"}
    )
    version = campaign_of(local, member.arn)["solutionVersionArn"]
    answer = delete.handler(event(local, {"ARN": member.arn, "Reason": "Old."}), None)
    assert answer["outcome"] == "done"
    request = [c.action for c in local.world.gate.calls]
    assert (
        request.index("PutLogEvents") < request.index("DeleteCampaign") < request.index("PutEvents")
    )
    intent = next(r for r in records(local) if r["detail-type"] == "PersonalizeMonitorIntent")
    recipe = {
        "name": "c",
        "solutionVersionArn": version,
        "minProvisionedTPS": 7,
        "campaignConfig": config,
        "tags": {"team": "shoes", "cost": "4"},
    }
    assert intent["detail"]["Restore"] == recipe
    (said,) = local.sent("PersonalizeCampaignDeleted")
    assert said["Restore"] == recipe


@pytest.mark.parametrize("action", ["CreateLogStream", "PutLogEvents"])
def test_nothing_is_deleted_that_could_not_be_restored(local: Local, action: str) -> None:
    """Without the record in the journal there is no deletion; the attempt is repeated later."""
    local.with_journal()
    member = fleet.add_campaign(local.world, "c")
    local.fail(action=action, code="ServiceUnavailableException", status=503)
    with pytest.raises(JournalUnavailable):
        delete.handler(event(local, {"ARN": member.arn}), None)
    assert changes(local) == []
    local.heal()
    assert delete.handler(event(local, {"ARN": member.arn}), None)["outcome"] == "done"


def test_deleting_takes_the_alarms_and_asks_for_a_new_dashboard(local: Local) -> None:
    """What belonged to the campaign goes with it; other alarms stay."""
    member = fleet.add_campaign(local.world, "c")
    fleet.add_campaign(local.world, "other")
    local.at(local.now)
    client = local.client("cloudwatch")
    before = {a["AlarmName"] for a in client.describe_alarms()["MetricAlarms"]}
    assert len(before) == 4
    delete.handler(event(local, {"ARN": member.arn}), None)
    after = {a["AlarmName"] for a in client.describe_alarms()["MetricAlarms"]}
    assert after == {name for name in before if name.endswith("-other")}
    assert len(local.sent("BuildPersonalizeMonitorDashboard")) == 1


def test_alarms_that_cannot_be_removed_do_not_undo_the_deletion(local: Local) -> None:
    """A failure while clearing away is no failure of the request: the monitor mends it."""
    member = fleet.add_campaign(local.world, "c")
    local.fail(action="DeleteAlarms", code="InternalFailure", status=500)
    assert delete.handler(event(local, {"ARN": member.arn}), None)["outcome"] == "done"
    assert len(local.sent("PersonalizeCampaignDeleted")) == 1


def test_traffic_since_the_measurement_saves_the_campaign(local: Local) -> None:
    """The executor asks again: requests of this minute count, those of unexpected metrics too."""
    member = fleet.add_campaign(local.world, "c")
    store = store_of(ACCOUNT, "us-east-1")
    store.campaigns[member.arn].serving.api = "GetActionRecommendations"
    local.world.metrics.count(member.arn, "GetActionRecommendations")
    local.world.clock.advance(timedelta(minutes=4))
    answer = delete.handler(event(local, {"ARN": member.arn, **MEASURED}), None)
    assert answer["outcome"] == "no longer true"
    assert "1 requests" in answer["message"]
    assert changes(local) == []


def test_errors_are_a_sign_of_life(local: Local) -> None:
    """A caller who is throttled is not nobody."""
    member = fleet.add_recommender(local.world, "r")
    local.world.metrics.count(member.arn, "GetRecommendations4xxErrors")
    local.world.clock.advance(timedelta(minutes=10))
    answer = stop.handler(event(local, {"ARN": member.arn, **MEASURED}), None)
    assert answer["outcome"] == "no longer true"


@pytest.mark.parametrize("kind", ["PartialData", "InternalError", "Forbidden"])
def test_unknown_saves_the_campaign(local: Local, kind: str) -> None:
    """Where CloudWatch does not answer completely, nothing is deleted."""
    member = fleet.add_campaign(local.world, "c")
    local.blind(kind, dimension=member.arn, metric="GetPersonalizedRanking5xxErrors")
    answer = delete.handler(event(local, {"ARN": member.arn, **MEASURED}), None)
    assert answer["outcome"] == "no longer true"
    assert "not known" in answer["message"]
    assert changes(local) == []


def test_an_update_since_the_measurement_saves_the_campaign(local: Local) -> None:
    """Whoever changed it lately wants it."""
    member = fleet.add_campaign(local.world, "c")
    local.client("personalize").update_campaign(campaignArn=member.arn, minProvisionedTPS=8)
    asked = event(local, {"ARN": member.arn, **MEASURED})
    assert delete.handler(asked, None)["outcome"] == "busy"
    local.world.clock.advance(timedelta(hours=2))
    asked = event(local, {"ARN": member.arn, **MEASURED})
    answer = delete.handler(asked, None)
    assert answer["outcome"] == "no longer true"
    assert "updated 1.8 hours ago" in answer["message"]


def test_a_person_may_delete_what_is_in_use(local: Local) -> None:
    """A request without measurements is a decision and is carried out."""
    member = fleet.add_campaign(local.world, "c", shape=every_window(60), floor=1)
    assert delete.handler(event(local, {"CampaignARN": member.arn}), None)["outcome"] == "done"


def test_the_master_switch_stops_everything(local: Local) -> None:
    """With Actions Off nothing is read and nothing is changed, whoever asks."""
    member = fleet.add_campaign(local.world, "c", floor=20)
    local.env(Actions="Off")
    answer = update.handler(event(local, {"ARN": member.arn, "NewMinTPS": 5}), None)
    assert answer["outcome"] == "switched off"
    assert delete.handler(event(local, {"ARN": member.arn}), None)["outcome"] == "switched off"
    assert changes(local) == []


def test_an_answer_that_does_not_come_is_tried_again(local: Local) -> None:
    """A read that fails raises, so that the request is repeated and not lost."""
    member = fleet.add_campaign(local.world, "c", floor=20)
    local.fail(action="DescribeCampaign", code="InternalServerError", status=500)
    with pytest.raises(Unavailable, match=r"Reading .*campaign/c failed"):
        update.handler(event(local, {"ARN": member.arn, "NewMinTPS": 5}), None)
    local.heal()
    local.fail(action="UpdateCampaign", code="ThrottlingException", status=400)
    with pytest.raises(Unavailable, match="Changing"):
        update.handler(event(local, {"ARN": member.arn, "NewMinTPS": 5}), None)
    assert local.sent() == []
