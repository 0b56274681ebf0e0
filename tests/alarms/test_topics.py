"""Topics away from home: made once, asked once, never overwritten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aws_sandbox.faults import Rule
from personalize_monitor.alarms.topics import ensure

if TYPE_CHECKING:
    from tests.alarms.conftest import Stage

ANN, BEN = "ann@example.com", "ben@example.com"


@pytest.fixture
def away(stage: Stage) -> Stage:
    """A region away from home, with an address to notify."""
    other = stage.elsewhere("eu-west-1")
    other.set(NotificationEndpoint=ANN)
    return other


def topic_arn(stage: Stage) -> str:
    """The topic that the region's alarms use."""
    return stage.deployment.topic_in(stage.target.account, stage.target.region)


def prepare(stage: Stage, endpoint: str | None = None) -> list[str]:
    """One cycle's preparation, maybe with another address deployed."""
    if endpoint is not None:
        stage.set(NotificationEndpoint=endpoint)
    return ensure(stage.target, stage.settings, stage.deployment)


def subscribers(stage: Stage) -> list[str]:
    """Addresses subscribed to the region's topic."""
    answer = stage.sns.list_subscriptions_by_topic(TopicArn=topic_arn(stage))
    return sorted(one["Endpoint"] for one in answer["Subscriptions"])


def policy(stage: Stage) -> str:
    """The policy of the region's topic."""
    answer = stage.sns.get_topic_attributes(TopicArn=topic_arn(stage))
    return str(answer["Attributes"]["Policy"])


def unsubscribe(stage: Stage) -> None:
    """A person follows the link in a mail."""
    answer = stage.sns.list_subscriptions_by_topic(TopicArn=topic_arn(stage))
    for one in answer["Subscriptions"]:
        stage.sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])


def test_at_home_the_stack_has_made_the_topic(stage: Stage) -> None:
    """At home nothing is asked of SNS."""
    stage.set(NotificationEndpoint=ANN)
    assert ensure(stage.target, stage.settings, stage.deployment) == []
    assert not [call for call in stage.world.gate.calls if call.service == "sns"]


def test_away_the_topic_is_made_tagged_and_closed_to_strangers(away: Stage) -> None:
    """The topic is there with alarms on or off, and only this account's alarms may use it (B15)."""
    assert prepare(away) == []
    statements = json.loads(policy(away))["Statement"]
    alarms = next(s for s in statements if "Service" in s["Principal"])
    answer = away.sns.list_tags_for_resource(ResourceArn=topic_arn(away))
    tags = {tag["Key"]: tag["Value"] for tag in answer["Tags"]}
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": away.target.account}}
    assert all(s["Principal"] != "*" and s["Principal"] != {"AWS": "*"} for s in statements)
    assert tags["CreatedBy"] == "PersonalizeMonitor"
    assert away.deployment.owner in tags.values()
    assert ANN not in str(tags)
    assert subscribers(away) == [ANN]


def test_an_address_is_asked_once_however_often_we_look(away: Stage) -> None:
    """A second look costs one call and sends no second mail."""
    for _ in range(3):
        assert prepare(away) == []
    assert away.calls("Subscribe") == 1
    before = len(away.world.gate.calls)
    prepare(away)
    assert len(away.world.gate.calls) == before + 1


def test_a_pending_confirmation_is_no_trouble(away: Stage) -> None:
    """An address that has not confirmed yet stays pending, also when it is changed (B16)."""

    def pending(parsed: dict[str, Any], **_: object) -> None:
        for one in parsed["Subscriptions"]:
            one["SubscriptionArn"] = "PendingConfirmation"

    away.sns.meta.events.register("after-call.sns.ListSubscriptionsByTopic", pending)
    assert prepare(away) == []
    assert prepare(away) == []
    assert prepare(away, BEN) == []
    assert away.calls("Subscribe") == 2
    assert away.calls("Unsubscribe") == 0


def test_whoever_unsubscribed_is_not_asked_again(away: Stage) -> None:
    """Unsubscribing is a person's decision, also after the address was changed and back."""
    prepare(away)
    unsubscribe(away)
    prepare(away)
    prepare(away, BEN)
    prepare(away, ANN)
    assert subscribers(away) == []
    assert away.calls("Subscribe") == 2


def test_a_changed_address_takes_over(away: Stage) -> None:
    """The new address is asked once, the old one let go; others that people added stay."""
    prepare(away)
    away.sns.subscribe(TopicArn=topic_arn(away), Protocol="email", Endpoint="own@example.com")
    prepare(away, BEN)
    assert subscribers(away) == [BEN, "own@example.com"]
    prepare(away, ANN)
    assert subscribers(away) == [ANN, "own@example.com"]
    prepare(away, "")
    prepare(away, "")
    assert subscribers(away) == ["own@example.com"]


def test_an_old_address_that_cannot_be_let_go_is_tried_again(away: Stage) -> None:
    """The new address does not wait for the old one, and is not asked a second time."""
    prepare(away)
    rule = away.world.gate.faults.add(Rule(action="Unsubscribe", code="InternalError"))
    for _ in range(2):
        assert len(prepare(away, BEN)) == 1
    assert subscribers(away) == [ANN, BEN]
    away.world.gate.faults.remove(rule)
    assert prepare(away, BEN) == []
    assert subscribers(away) == [BEN]
    assert away.calls("Subscribe") == 2


def test_an_address_that_is_there_already_is_not_asked(away: Stage) -> None:
    """A person who had subscribed the same address gets no second question."""
    away.sns.create_topic(Name="PersonalizeMonitorNotifications")
    away.sns.subscribe(TopicArn=topic_arn(away), Protocol="email", Endpoint=ANN)
    before = away.calls("Subscribe")
    assert prepare(away) == []
    assert away.calls("Subscribe") == before


@pytest.mark.parametrize("maker", ["a person", "we"])
def test_the_policy_of_an_existing_topic_stays(away: Stage, maker: str) -> None:
    """Statements that a person added survive every cycle and cold start (B33)."""
    own = {"Version": "2012-10-17", "Statement": []}
    if maker == "we":
        prepare(away)
    else:
        away.sns.create_topic(Name="PersonalizeMonitorNotifications")
    away.sns.set_topic_attributes(
        TopicArn=topic_arn(away), AttributeName="Policy", AttributeValue=json.dumps(own)
    )
    assert prepare(away, BEN) == []
    assert json.loads(policy(away)) == own


def test_a_refusal_is_reported_and_not_raised(away: Stage) -> None:
    """Without SNS the cycle goes on, and says what could not be prepared and where."""
    away.world.gate.faults.add(Rule(service="sns", code="AuthorizationError", status=403))
    problems = prepare(away)
    assert len(problems) == 1
    assert "123456789012/eu-west-1" in problems[0]
    assert "permission" in problems[0]
