"""Topics, subscriptions, queues and their policies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from moto.sns.models import sns_backends

from aws_sandbox.events.topics import PENDING
from aws_sandbox.stack.errors import ResourceError
from aws_sandbox.stack.kinds import (
    Kind,
    Made,
    Order,
    Properties,
    Site,
    document,
    in_place,
    names,
    replace_always,
    tags_of,
)

_NOBODY = document({"Version": "2012-10-17", "Statement": []})
_GONE = {"NotFound", "NotFoundException", "NonExistentQueue", "QueueDoesNotExist"}
_TOPIC_ATTRIBUTES = ("DisplayName", "KmsMasterKeyId")
_QUEUE_ATTRIBUTES = (
    "DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "VisibilityTimeout",
    "ReceiveMessageWaitTimeSeconds", "KmsMasterKeyId", "SqsManagedSseEnabled",
)  # fmt: skip


def _create_topic(site: Site, order: Order) -> Made:
    properties = order.properties
    name = properties.get("TopicName") or site.generated_name(
        order.logical_id, order.generation, limit=256
    )
    sns = site.client("sns")
    if site.arn("sns", name) in sns_backends[site.account][site.region].topics:
        # SNS would answer with the topic that is there; CloudFormation does not take it over.
        raise ResourceError(f"{name} already exists")
    attributes = {k: str(properties[k]) for k in _TOPIC_ATTRIBUTES if k in properties}
    arn = sns.create_topic(Name=name, Attributes=attributes, Tags=tags_of(properties))["TopicArn"]
    for subscription in properties.get("Subscription") or []:
        sns.subscribe(
            TopicArn=arn, Protocol=subscription["Protocol"], Endpoint=subscription["Endpoint"]
        )
    return Made(arn, {"TopicName": name, "TopicArn": arn})


@in_place("TopicName")
def _update_topic(site: Site, order: Order, made: Made, old: Properties) -> Made:
    properties = order.properties
    sns = site.client("sns")
    for name in _TOPIC_ATTRIBUTES:
        if properties.get(name) != old.get(name):
            sns.set_topic_attributes(
                TopicArn=made.ref, AttributeName=name, AttributeValue=str(properties.get(name, ""))
            )
    if tags_of(properties):
        sns.tag_resource(ResourceArn=made.ref, Tags=tags_of(properties))
    return made


def _delete_topic(site: Site, order: Order, made: Made) -> None:
    del order
    site.client("sns").delete_topic(TopicArn=made.ref)


def _create_subscription(site: Site, order: Order) -> Made:
    properties = order.properties
    attributes: dict[str, str] = {}
    for name in ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery"):
        if name in properties:
            value = properties[name]
            attributes[name] = document(value) if name == "FilterPolicy" else str(value)
    answer = site.client("sns").subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )
    return Made(answer["SubscriptionArn"], {"Arn": answer["SubscriptionArn"]})


def _delete_subscription(site: Site, order: Order, made: Made) -> None:
    del order
    if made.ref != PENDING:
        site.client("sns").unsubscribe(SubscriptionArn=made.ref)


def _queue_attributes(properties: Properties) -> dict[str, str]:
    attributes = {k: str(properties[k]) for k in _QUEUE_ATTRIBUTES if k in properties}
    if "RedrivePolicy" in properties:
        attributes["RedrivePolicy"] = document(properties["RedrivePolicy"])
    return attributes


def _create_queue(site: Site, order: Order) -> Made:
    properties = order.properties
    name = properties.get("QueueName") or site.generated_name(
        order.logical_id, order.generation, limit=80
    )
    arguments: dict[str, Any] = {"QueueName": name, "Attributes": _queue_attributes(properties)}
    tags = {tag["Key"]: tag["Value"] for tag in tags_of(properties)}
    url = site.client("sqs").create_queue(**arguments, tags=tags)["QueueUrl"]
    arn = site.arn("sqs", name)
    return Made(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


@in_place("QueueName")
def _update_queue(site: Site, order: Order, made: Made, _: Properties) -> Made:
    attributes = _queue_attributes(order.properties)
    if attributes:
        site.client("sqs").set_queue_attributes(QueueUrl=made.ref, Attributes=attributes)
    return made


def _delete_queue(site: Site, order: Order, made: Made) -> None:
    del order
    site.client("sqs").delete_queue(QueueUrl=made.ref)


def _policies(owners: str, put: Callable[[Site, str, str], None], without: str) -> Kind:
    """Policies of what the property `owners` names; a deletion leaves the policy `without`."""

    def create(site: Site, order: Order) -> Made:
        for owner in order.properties[owners]:
            put(site, owner, document(order.properties["PolicyDocument"]))
        return Made(site.generated_name(order.logical_id, order.generation))

    @in_place(owners)
    def update(site: Site, order: Order, made: Made, _: Properties) -> Made:
        create(site, order)
        return made

    def delete(site: Site, order: Order, made: Made) -> None:
        del made
        for owner in order.properties[owners]:
            try:
                put(site, owner, without)
            except ClientError as problem:
                if not _GONE & set(problem.response["Error"]["Code"].split(".")):
                    raise

    both = names(f"PolicyDocument {owners}")
    return Kind(create, delete, update, both, both)


def _put_topic_policy(site: Site, arn: str, policy: str) -> None:
    site.client("sns").set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=policy
    )


def _put_queue_policy(site: Site, url: str, policy: str) -> None:
    site.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


KINDS = {
    "AWS::SNS::Topic": Kind(
        _create_topic,
        _delete_topic,
        _update_topic,
        names("TopicName DisplayName KmsMasterKeyId Subscription Tags TracingConfig"),
    ),
    # The topic goes back to no permission for services (AWS: the owner's default policy).
    "AWS::SNS::TopicPolicy": _policies("Topics", _put_topic_policy, _NOBODY),
    "AWS::SNS::Subscription": Kind(
        _create_subscription,
        _delete_subscription,
        replace_always,
        names(
            "TopicArn Protocol Endpoint FilterPolicy FilterPolicyScope RawMessageDelivery Region"
        ),
        names("TopicArn Protocol Endpoint"),
    ),
    "AWS::SQS::Queue": Kind(
        _create_queue,
        _delete_queue,
        _update_queue,
        names("QueueName RedrivePolicy Tags") | frozenset(_QUEUE_ATTRIBUTES),
    ),
    "AWS::SQS::QueuePolicy": _policies("Queues", _put_queue_policy, ""),
}
