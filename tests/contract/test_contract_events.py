"""Each row of the table of events: both vocabularies, by event and directly, here and elsewhere.

One deployment serves all tests of this module; each test brings its own resource.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support import BEGIN

from aws_sandbox import fleet
from aws_sandbox.sandbox import Sandbox

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
TEAM = "team@example.com"
PARAMETERS = {
    "Regions": "us-east-1,eu-west-1",
    "NotificationEndpoint": TEAM,
    "AutoDeleteIdleCampaigns": "Yes",
    "AutoStopIdleRecommenders": "Yes",
    # Alarms are of no interest here, and cost time.
    "AutoCreateCampaignUtilizationAlarms": "No",
    "AutoCreateIdleCampaignAlarms": "No",
}
REGIONS = ("us-east-1", "eu-west-1")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """The template, deployed, with a confirmed address."""
    with Sandbox(BEGIN, seed=3) as running:
        running.deploy(TEMPLATE, PARAMETERS)
        running.confirm(TEAM)
        yield running


_count = iter(range(10_000))


def add(sandbox: Sandbox, kind: str, region: str, floor: int = 10) -> str:
    """A new resource of the kind; answers its ARN."""
    name = f"{kind}-{next(_count)}"
    make = fleet.add_campaign if kind == "campaign" else fleet.add_recommender
    return make(sandbox.world, name, floor=floor, region=region).arn


def send(sandbox: Sandbox, detail_type: str, detail: Mapping[str, Any]) -> list[str]:
    """Put an event as a user would; answers the errors of the functions that it reached."""
    before = len(sandbox.invocations())
    sandbox.client("events").put_events(
        Entries=[
            {
                "Source": "personalize.monitor",
                "DetailType": detail_type,
                "Detail": json.dumps(detail),
            }
        ]
    )
    sandbox.catch_up()
    return [str(i.error) for i in sandbox.invocations()[before:] if i.error]


def announced(sandbox: Sandbox, arn: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Announcements about a resource: (detail-type, detail)."""
    return [
        (record.event["detail-type"], record.event["detail"])
        for record in sandbox.events_log
        if record.event["source"] == "personalize.monitor"
        and record.event["resources"] == [arn]
        and record.event["detail-type"].endswith(("Updated", "Deleted", "Stopped"))
    ]


def mails(sandbox: Sandbox, arn: str) -> list[str]:
    """Mails that reached the team about a resource."""
    return [m.message for m in sandbox.mailbox.delivered_to(TEAM) if arn in m.message]


def floor_of(sandbox: Sandbox, arn: str) -> int:
    """The floor that is asked for, as AWS tells it."""
    region = arn.split(":")[3]
    client = sandbox.client("personalize", region=region)
    if ":campaign/" in arn:
        update = client.describe_campaign(campaignArn=arn)["campaign"]["latestCampaignUpdate"]
        return int(update["minProvisionedTPS"])
    found = client.describe_recommender(recommenderArn=arn)["recommender"]
    config = found["latestRecommenderUpdate"]["recommenderConfig"]
    return int(config["minRecommendationRequestsPerSecond"])


def status_of(sandbox: Sandbox, arn: str) -> str:
    """The resource's status."""
    client = sandbox.client("personalize", region=arn.split(":")[3])
    if ":campaign/" in arn:
        return str(client.describe_campaign(campaignArn=arn)["campaign"]["status"])
    return str(client.describe_recommender(recommenderArn=arn)["recommender"]["status"])


UPDATES = [
    ("campaign", {"CampaignARN": "?", "MinProvisionedTPS": 4}),
    ("campaign", {"ARN": "?", "NewMinTPS": 4, "Reason": "Less is enough."}),
    ("recommender", {"ARN": "?", "NewMinTPS": 4}),
]
UPDATE = {
    "campaign": "UpdatePersonalizeCampaignMinProvisionedTPS",
    "recommender": "UpdatePersonalizeRecommenderMinRecommendationRPS",
}


def about(arn: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The detail with the resource's ARN where the example has a question mark."""
    return {key: arn if value == "?" else value for key, value in detail.items()}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize(("kind", "detail"), UPDATES)
def test_an_update_is_made_announced_and_mailed(
    sandbox: Sandbox, kind: str, detail: dict[str, Any], direct: bool, region: str
) -> None:
    """A floor asked for is set, and one announcement with one mail says so."""
    arn = add(sandbox, kind, region)
    if direct:
        answer = sandbox.invoke("UpdateFunction", about(arn, detail))
        assert answer.error is None
        assert answer.result["outcome"] == "done"
        sandbox.catch_up()
    else:
        assert send(sandbox, UPDATE[kind], about(arn, detail)) == []
    assert floor_of(sandbox, arn) == 4
    ((name, said),) = announced(sandbox, arn)
    assert (
        name
        == {
            "campaign": "PersonalizeCampaignMinProvisionedTPSUpdated",
            "recommender": "PersonalizeRecommenderMinRecommendationRPSUpdated",
        }[kind]
    )
    assert (said["ARN"], said["NewMinTPS"]) == (arn, 4)
    assert said["Reason"] == detail.get("Reason", "Requested without a reason.")
    if kind == "campaign":
        assert (said["CampaignARN"], said["NewMinProvisionedTPS"]) == (arn, 4)
    (mail,) = mails(sandbox, arn)
    assert "from 10 to 4" in mail
    assert "undo" in mail


REMOVALS = [
    ("campaign", "DeleteFunction", "DeletePersonalizeCampaign", {"CampaignARN": "?"}),
    ("campaign", "DeleteFunction", "DeletePersonalizeCampaign", {"ARN": "?", "Reason": "Old."}),
    ("recommender", "StopFunction", "StopPersonalizeRecommender", {"ARN": "?", "Reason": "Old."}),
]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("removal", REMOVALS)
def test_a_removal_is_made_announced_and_mailed(
    sandbox: Sandbox, removal: tuple[str, str, str, dict[str, Any]], direct: bool, region: str
) -> None:
    """A campaign is deleted, a recommender stopped; one announcement with one mail says so."""
    kind, function, detail_type, detail = removal
    arn = add(sandbox, kind, region)
    if direct:
        answer = sandbox.invoke(function, about(arn, detail))
        assert answer.error is None
        assert answer.result["outcome"] == "done"
        sandbox.catch_up()
    else:
        assert send(sandbox, detail_type, about(arn, detail)) == []
    assert status_of(sandbox, arn).startswith("DELETE" if kind == "campaign" else "STOP")
    ((name, said),) = announced(sandbox, arn)
    assert (
        name
        == {
            "campaign": "PersonalizeCampaignDeleted",
            "recommender": "PersonalizeRecommenderStopped",
        }[kind]
    )
    assert said["ARN"] == arn
    assert said["Reason"] == detail.get("Reason", "Requested without a reason.")
    assert (said.get("CampaignARN") == arn) is (kind == "campaign")
    (mail,) = mails(sandbox, arn)
    assert "has begun" in mail
    assert "undo" in mail


@pytest.mark.parametrize("direct", [False, True])
def test_the_dashboard_is_built_on_request(sandbox: Sandbox, direct: bool) -> None:
    """BuildPersonalizeMonitorDashboard needs no detail; a campaign that is new is on it then."""
    arn = add(sandbox, "campaign", "eu-west-1")
    if direct:
        answer = sandbox.invoke("DashboardFunction", {})
        assert answer.error is None
        assert answer.result["problems"] == []
    else:
        assert send(sandbox, "BuildPersonalizeMonitorDashboard", {}) == []
    name = "Amazon-Personalize-Monitor"
    body = sandbox.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]
    assert arn in body


@pytest.mark.parametrize(("kind", "detail"), UPDATES)
def test_what_changes_nothing_succeeds_and_says_nothing(
    sandbox: Sandbox, kind: str, detail: dict[str, Any]
) -> None:
    """A floor that already is what was asked for is no error and no announcement."""
    arn = add(sandbox, kind, "us-east-1", floor=4)
    assert send(sandbox, UPDATE[kind], about(arn, detail)) == []
    answer = sandbox.invoke("UpdateFunction", about(arn, detail))
    assert answer.result["outcome"] == "no change needed"
    sandbox.catch_up()
    assert announced(sandbox, arn) == []
    assert mails(sandbox, arn) == []


def test_a_campaign_that_is_going_is_not_announced_twice(sandbox: Sandbox) -> None:
    """A second request to delete succeeds and publishes nothing."""
    arn = add(sandbox, "campaign", "us-east-1")
    assert send(sandbox, "DeletePersonalizeCampaign", {"ARN": arn}) == []
    assert send(sandbox, "DeletePersonalizeCampaign", {"CampaignARN": arn}) == []
    assert len(announced(sandbox, arn)) == 1
    assert len(mails(sandbox, arn)) == 1


def test_a_second_delivery_of_an_event_does_no_harm(sandbox: Sandbox) -> None:
    """The very same event, delivered twice, is carried out and announced once."""
    campaign = add(sandbox, "campaign", "eu-west-1")
    recommender = add(sandbox, "recommender", "us-east-1")
    requests: list[tuple[str, dict[str, Any]]] = [
        (UPDATE["campaign"], {"ARN": campaign, "NewMinTPS": 3}),
        ("StopPersonalizeRecommender", {"ARN": recommender}),
    ]
    sandbox.chaos.duplicates = 1.0
    try:
        for name, detail in requests:
            assert send(sandbox, name, detail) == []
    finally:
        sandbox.chaos.duplicates = 0.0
    assert len(announced(sandbox, campaign)) == 1
    assert len(announced(sandbox, recommender)) == 1


BAD: list[dict[str, Any]] = [
    {},
    {"ARN": "?"},
    {"NewMinTPS": 3},
    *({"ARN": "?", "NewMinTPS": v} for v in (0, -1, 2.5, "5", True, None, 10**9, [3])),
    {"ARN": "?", "NewMinTPS": 3, "MinProvisionedTPS": 4},
    {"ARN": "arn:aws:s3:::bucket", "NewMinTPS": 3},
    {"ARN": "arn:aws:personalize:us-east-1:999999999999:campaign/x", "NewMinTPS": 3},
    {"ARN": "arn:aws:personalize:us-east-1:123456789012:solution/x", "NewMinTPS": 3},
    {"ARN": 7, "NewMinTPS": 3},
]


@pytest.mark.parametrize("nth", range(len(BAD)))
def test_what_cannot_be_meant_is_refused_in_one_sentence(sandbox: Sandbox, nth: int) -> None:
    """A bad request fails with InvalidRequest and one sentence; nothing is changed or announced."""
    arn = add(sandbox, "campaign", "us-east-1")
    before = len(sandbox.gate.calls)
    answer = sandbox.invoke("UpdateFunction", about(arn, BAD[nth]))
    assert answer.error is not None
    assert answer.error["errorType"] == "InvalidRequest"
    assert answer.error["errorMessage"].endswith(".")
    mutating = ("Update", "Put", "Delete", "Stop", "Tag")
    actions = [c.action for c in sandbox.gate.calls[before:] if c.service == "personalize"]
    assert not [a for a in actions if a.startswith(mutating)]


def test_a_bad_event_ends_in_the_dead_letter_queue(sandbox: Sandbox) -> None:
    """A request that can never be carried out is kept for people and not lost."""
    name = sandbox.stack.outputs["DeadLettersArn"].rpartition(":")[2]
    queue = sandbox.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]

    def waiting() -> int:
        answer = sandbox.client("sqs").get_queue_attributes(
            QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    before = waiting()
    errors = send(sandbox, UPDATE["campaign"], {"ARN": "nonsense", "NewMinTPS": 3})
    assert "InvalidRequest" in errors[0]
    sandbox.catch_up(sandbox.now.replace(minute=sandbox.now.minute + 4))
    assert waiting() == before + 1
