"""What is tried in one account and region: the calls that differ by place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from personalize_monitor.alarms.mark import tags_of
from personalize_monitor.alarms.topics import topics_of
from personalize_monitor.clock import RealTime
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.contract import (
    ALARM_PREFIX,
    CREATED_BY,
    CREATED_BY_TAG,
    NAMESPACE,
    SELF_TEST_METRIC,
    TOPIC_NAME,
)
from personalize_monitor.selftest.tries import Try

NOTHING = "personalize-monitor-self-test-names-nothing-and-is-too-long-for-a-name"
"""Longer than the 63 characters that a name may have, so nothing of this name can exist."""
ALARM = f"{ALARM_PREFIX}SelfTest"
_NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
_SHORT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Place:
    """A site, and the Sids of the statements in the policies of the role that asks there."""

    target: Target
    deployment: Deployment
    statements: Mapping[str, str]
    now: RealTime

    def client(self, service: str) -> Any:
        """The client for a service here, which asks once: what is silent must not take minutes."""
        return self.target.access.client_once(service, self.target.region)

    def one(self, action: str, resource: str, operation: str, **arguments: Any) -> Try:
        """The try of an action by the operation of that name."""
        client = self.client(action.partition(":")[0])
        return Try(
            action,
            self.statements[action],
            resource,
            lambda: getattr(client, operation)(**arguments),
        )

    def arn(self, service: str, rest: str) -> str:
        """An ARN of this account and region."""
        partition, region = self.deployment.partition, self.target.region
        return f"arn:{partition}:{service}:{region}:{self.target.account}:{rest}"


_READS = {
    "personalize:ListCampaigns": "list_campaigns",
    "personalize:ListRecommenders": "list_recommenders",
    "personalize:ListSolutions": "list_solutions",
    "personalize:ListDatasetGroups": "list_dataset_groups",
}
_NAMED = {
    "personalize:DescribeCampaign": ("describe_campaign", "campaignArn", "campaign"),
    "personalize:DescribeRecommender": ("describe_recommender", "recommenderArn", "recommender"),
    "personalize:DescribeSolution": ("describe_solution", "solutionArn", "solution"),
    "personalize:ListTagsForResource": ("list_tags_for_resource", "resourceArn", "campaign"),
    "personalize:TagResource": ("tag_resource", "resourceArn", "campaign"),
    "personalize:UpdateCampaign": ("update_campaign", "campaignArn", "campaign"),
    "personalize:UpdateRecommender": ("update_recommender", "recommenderArn", "recommender"),
    "personalize:DeleteCampaign": ("delete_campaign", "campaignArn", "campaign"),
    "personalize:StopRecommender": ("stop_recommender", "recommenderArn", "recommender"),
}
_MORE: dict[str, dict[str, Any]] = {
    "personalize:TagResource": {"tags": [{"tagKey": "PersonalizeMonitor", "tagValue": "test"}]},
    "personalize:UpdateCampaign": {"minProvisionedTPS": 1},
    "personalize:UpdateRecommender": {
        "recommenderConfig": {"minRecommendationRequestsPerSecond": 1}
    },
}
_ON_ANYTHING = frozenset({"personalize:ListTagsForResource", "personalize:TagResource"})


def personalize(place: Place) -> Iterator[Try]:
    """Those of the statements' actions on Amazon Personalize; each names what cannot exist."""
    for action, operation in _READS.items():
        if action in place.statements:
            yield place.one(action, "*", operation, maxResults=1)
    for action, (operation, argument, kind) in _NAMED.items():
        if action in place.statements:
            arguments = {argument: place.arn("personalize", f"{kind}/{NOTHING}")}
            resource = "*" if action in _ON_ANYTHING else place.arn("personalize", f"{kind}/*")
            yield place.one(action, resource, operation, **arguments, **_MORE.get(action, {}))


def metrics(place: Place) -> Iterator[Try]:
    """A metric is written, and metrics are read."""
    named = {"Namespace": NAMESPACE, "MetricName": SELF_TEST_METRIC}
    query = {"Id": "a", "MetricStat": {"Metric": named, "Period": 300, "Stat": "Sum"}}
    if "cloudwatch:PutMetricData" in place.statements:
        yield place.one(
            "cloudwatch:PutMetricData",
            "*",
            "put_metric_data",
            Namespace=NAMESPACE,
            MetricData=[{"MetricName": SELF_TEST_METRIC, "Timestamp": place.now, "Value": 1.0}],
        )
    yield place.one(
        "cloudwatch:GetMetricData",
        "*",
        "get_metric_data",
        MetricDataQueries=[query],
        StartTime=place.now - _SHORT,
        EndTime=place.now,
    )


def alarms(place: Place) -> Iterator[Try]:
    """An alarm without actions is made, tagged, looked at, switched and deleted."""
    arn = place.arn("cloudwatch", f"alarm:{ALARM}")
    resource = place.arn("cloudwatch", f"alarm:{ALARM_PREFIX}*")
    tags = [{"Key": key, "Value": value} for key, value in tags_of(place.deployment).items()]
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        (
            "PutMetricAlarm",
            "put_metric_alarm",
            {
                "AlarmName": ALARM,
                "AlarmDescription": "Made by the self-test, which deletes it at once.",
                "ActionsEnabled": False,
                "Namespace": NAMESPACE,
                "MetricName": SELF_TEST_METRIC,
                "Statistic": "Sum",
                "Period": 300,
                "EvaluationPeriods": 1,
                "Threshold": 0.0,
                "ComparisonOperator": "LessThanThreshold",
                "TreatMissingData": "notBreaching",
            },
        ),
        ("TagResource", "tag_resource", {"ResourceARN": arn, "Tags": tags}),
        ("ListTagsForResource", "list_tags_for_resource", {"ResourceARN": arn}),
        ("DescribeAlarms", "describe_alarms", {"AlarmNamePrefix": ALARM, "MaxRecords": 1}),
        (
            "SetAlarmState",
            "set_alarm_state",
            {"AlarmName": ALARM, "StateValue": "OK", "StateReason": "The self-test."},
        ),
        ("DeleteAlarms", "delete_alarms", {"AlarmNames": [ALARM]}),
    )
    for action, operation, arguments in steps:
        named = f"cloudwatch:{action}"
        if named in place.statements:
            where = "*" if action == "DescribeAlarms" else resource
            yield place.one(named, where, operation, **arguments)


def topics(place: Place) -> Iterator[Try]:
    """Whatever can be tried on a topic without touching one that somebody needs.

    Making the topic again that exists changes nothing; where there is none it is made and deleted.
    """
    topic = topics_of(place.target, place.deployment)
    client = place.client("sns")

    def step(action: str, call: Any) -> Iterator[Try]:
        if f"sns:{action}" in place.statements:
            yield Try(f"sns:{action}", place.statements[f"sns:{action}"], topic.arn, call)

    made: list[bool] = []

    def make() -> None:
        if topic.arn == place.deployment.topic_arn:
            # The stack's topic has tags of its own: other ones would be refused.
            client.create_topic(Name=TOPIC_NAME)
            return
        new = topic.tags() is None
        topic.create(tags_of(place.deployment))
        made.append(new)

    mark = [{"Key": CREATED_BY_TAG, "Value": CREATED_BY}]
    yield from step("ListTagsForResource", topic.tags)
    yield from step("CreateTopic", make)
    yield from step("TagResource", lambda: client.tag_resource(ResourceArn=topic.arn, Tags=mark))
    yield from step(
        "ListSubscriptionsByTopic",
        lambda: client.list_subscriptions_by_topic(TopicArn=topic.arn),
    )
    # A protocol that does not exist is refused after the permission was looked at.
    yield from step(
        "Subscribe",
        lambda: client.subscribe(TopicArn=topic.arn, Protocol="self-test", Endpoint="nobody"),
    )
    yield from step(
        "Unsubscribe",
        lambda: client.unsubscribe(SubscriptionArn=f"{topic.arn}:{_NO_SUBSCRIPTION}"),
    )
    if any(made):
        yield from step("DeleteTopic", topic.delete)


def no_topic(place: Place) -> Iterator[Try]:
    """The deletion of a topic, for a place that nobody watches: tried where there is none."""
    topic = topics_of(place.target, place.deployment)

    def delete() -> None:
        if topic.tags() is None:
            topic.delete()

    yield Try("sns:DeleteTopic", place.statements["sns:DeleteTopic"], topic.arn, delete)
