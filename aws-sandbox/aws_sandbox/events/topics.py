"""SNS as people know it: e-mail endpoints wait for confirmation; what is published is recorded."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend, Subscription, Topic, sns_backends
from moto.sns.responses import SNSResponse
from moto.sqs.exceptions import SQSException
from moto.sqs.models import SQSBackend, sqs_backends

from aws_sandbox import iam
from aws_sandbox.events.cloud import Cloud
from aws_sandbox.events.mailbox import Message
from aws_sandbox.events.patching import Patches

_UNSENDABLE = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
PENDING = "PendingConfirmation"
SERVICE = "sns.amazonaws.com"
_EMAIL = {"email", "email-json"}
_PROTOCOLS = {*_EMAIL, "application", "firehose", "http", "https", "lambda", "sms", "sqs"}


def install(cloud: Cloud, patches: Patches) -> None:
    """Make moto's SNS record publications and keep e-mail endpoints pending."""
    subscribe, deliver = SNSBackend.subscribe, Subscription.publish

    def publish_to_topic(
        topic: Topic, message: str, subject: str | None = None, **rest: Any
    ) -> str:
        if not message:
            raise SNSInvalidParameter("Invalid parameter: Empty message")
        return _publish(cloud, topic, message, subject, rest)

    def pending_subscribe(
        backend: SNSBackend, topic_arn: str, endpoint: str, protocol: str
    ) -> Subscription:
        if protocol not in _PROTOCOLS:
            raise SNSInvalidParameter(
                "Invalid parameter: Does not support this protocol string: " + protocol
            )
        known = backend._find_subscription(topic_arn, endpoint, protocol)  # noqa: SLF001 - moto has no other way
        subscription: Subscription = subscribe(backend, topic_arn, endpoint, protocol)
        if known is None and protocol in _EMAIL:
            subscription.attributes["PendingConfirmation"] = True
            subscription.attributes["ConfirmationWasAuthenticated"] = False
        return subscription

    def deliver_one(subscription: Subscription, message: str, message_id: str, **rest: Any) -> None:
        if subscription.protocol == "lambda":
            if _may_deliver(cloud, subscription):
                text = json.dumps(_lambda_event(cloud, subscription, message, message_id, rest))
                cloud.functions.invoke_async(
                    subscription.endpoint, text, trigger=subscription.topic_arn
                )
        elif subscription.protocol not in _EMAIL and _may_deliver(cloud, subscription):
            deliver(subscription, message, message_id, **rest)

    patches.replace(Topic, "publish", publish_to_topic)
    patches.replace(SNSBackend, "subscribe", pending_subscribe)
    patches.replace(Subscription, "publish", deliver_one)
    _install_answers(patches)
    _install_queues(patches)


def _install_queues(patches: Patches) -> None:
    """SQS refuses what no XML document may hold (SendMessage: MessageBody); moto takes it."""
    send = SQSBackend.send_message

    def checked(backend: SQSBackend, queue_name: str, message_body: str, **rest: Any) -> Any:
        if _UNSENDABLE.search(message_body):
            raise SQSException(
                "InvalidMessageContents", "Invalid characters found in the message body."
            )
        return send(backend, queue_name, message_body, **rest)

    patches.replace(SQSBackend, "send_message", checked)


def _install_answers(patches: Patches) -> None:
    """What the API shows of a subscription that waits: no ARN but the word PendingConfirmation."""
    answer_subscribe, attributes = SNSResponse.subscribe, SNSBackend.get_subscription_attributes
    unsubscribe = SNSBackend.unsubscribe

    def subscribed(response: SNSResponse) -> ActionResult:
        result = answer_subscribe(response)
        arn = result.result["SubscriptionArn"]
        subscription = response.backend.subscriptions[arn]
        if is_pending(subscription) and not response._get_param("ReturnSubscriptionArn"):  # noqa: SLF001 - moto's own
            return ActionResult({"SubscriptionArn": "pending confirmation"})
        return ActionResult({"SubscriptionArn": arn})

    def list_all(response: SNSResponse) -> ActionResult:
        token = response._get_param("NextToken")  # noqa: SLF001 - moto's own accessor
        return _listed(*response.backend.list_subscriptions(next_token=token))

    def list_by_topic(response: SNSResponse) -> ActionResult:
        token = response._get_param("NextToken")  # noqa: SLF001 - moto's own accessor
        arn = response._get_param("TopicArn")  # noqa: SLF001 - moto's own accessor
        return _listed(*response.backend.list_subscriptions_by_topic(arn, next_token=token))

    def get_attributes(backend: SNSBackend, arn: str) -> Any:
        _refuse_pending(arn)
        return attributes(backend, arn)

    def remove(backend: SNSBackend, subscription_arn: str) -> None:
        _refuse_pending(subscription_arn)
        unsubscribe(backend, subscription_arn)

    patches.replace(SNSResponse, "subscribe", subscribed)
    patches.replace(SNSResponse, "list_subscriptions", list_all)
    patches.replace(SNSResponse, "list_subscriptions_by_topic", list_by_topic)
    patches.replace(SNSBackend, "get_subscription_attributes", get_attributes)
    patches.replace(SNSBackend, "unsubscribe", remove)


def is_pending(subscription: Subscription) -> bool:
    """Whether a person still has to confirm this subscription."""
    return bool(subscription.attributes.get("PendingConfirmation"))


def confirm(email: str) -> int:
    """A person confirms every pending subscription of this address; answers how many."""
    confirmed = 0
    for regions in sns_backends.values():
        for backend in regions.values():
            for subscription in backend.subscriptions.values():
                if subscription.endpoint == email and is_pending(subscription):
                    subscription.attributes["PendingConfirmation"] = False
                    confirmed += 1
    return confirmed


def _publish(
    cloud: Cloud, topic: Topic, message: str, subject: str | None, rest: Mapping[str, Any]
) -> str:
    message_id = cloud.new_id()
    backend = topic.sns_backend
    subscriptions = [s for s in backend.subscriptions.values() if s.topic_arn == topic.arn]
    emails = []
    for subscription in subscriptions:
        if is_pending(subscription):
            continue
        matcher = subscription._filter_policy_matcher  # noqa: SLF001 - moto has no accessor
        wanted = matcher is None or matcher.matches(rest.get("message_attributes"), message)
        if subscription.protocol in _EMAIL and wanted:
            emails.append(subscription.endpoint)
        subscription.publish(message, message_id, subject=subject, **rest)
    cloud.mailbox.messages.append(
        Message(
            cloud.clock.now(),
            topic.account_id,
            backend.region_name,
            topic.name,
            subject,
            message,
            tuple(emails),
        )
    )
    return message_id


def _may_deliver(cloud: Cloud, subscription: Subscription) -> bool:
    """Functions and queues take from a topic only what their resource policy allows."""
    arn, topic = subscription.endpoint, subscription.topic
    if subscription.protocol == "lambda":
        return cloud.functions.permits(
            arn, service=SERVICE, source_arn=topic.arn, source_account=topic.account_id
        )
    if subscription.protocol != "sqs":
        return True
    _, _, _, region, account, name = arn.split(":", 5)
    queue = sqs_backends[account][region].queues.get(name)
    return queue is not None and iam.allows_service(
        queue.policy or "{}",
        service=SERVICE,
        action="sqs:SendMessage",
        resource=arn,
        context={"aws:SourceArn": topic.arn, "aws:SourceAccount": topic.account_id},
    )


def _lambda_event(
    cloud: Cloud, subscription: Subscription, message: str, message_id: str, rest: Mapping[str, Any]
) -> dict[str, Any]:
    sns = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": subscription.topic_arn,
        "Subject": rest.get("subject"),
        "Message": message,
        "Timestamp": cloud.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "MessageAttributes": rest.get("message_attributes") or {},
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": sns,
    }
    return {"Records": [record]}


def _refuse_pending(arn: str) -> None:
    if arn == PENDING or not arn.startswith("arn:"):
        raise SNSInvalidParameter("Invalid parameter: SubscriptionArn Reason: An ARN must be given")


def _listed(subscriptions: list[Subscription], token: int | None) -> ActionResult:
    rows = [
        {
            "SubscriptionArn": PENDING if is_pending(subscription) else subscription.arn,
            "Owner": subscription.owner,
            "Protocol": subscription.protocol,
            "Endpoint": subscription.endpoint,
            "TopicArn": subscription.topic_arn,
        }
        for subscription in subscriptions
    ]
    return ActionResult({"Subscriptions": rows, "NextToken": token})
