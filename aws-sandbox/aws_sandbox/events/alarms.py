"""What an alarm's change of state sets off beside its history: a message and an event."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from moto.sns.models import sns_backends

from aws_sandbox import cloudwatch, iam
from aws_sandbox.cloudwatch import StateChange
from aws_sandbox.events.bus import EventBus
from aws_sandbox.events.cloud import Cloud

SERVICE = "cloudwatch.amazonaws.com"


class ForbiddenError(Exception):
    """The topic's policy does not let CloudWatch publish."""


class AlarmActions:
    """Connects the sandbox's CloudWatch to its topics and buses."""

    def __init__(self, cloud: Cloud, bus: EventBus) -> None:
        self._cloud, self._bus = cloud, bus

    def connect(self, cleanup: ExitStack) -> None:
        """Hear of state changes until `cleanup` is closed."""
        cloudwatch.set_publisher(self._publish)
        cleanup.callback(cloudwatch.set_publisher, None)
        cleanup.callback(cloudwatch.on_state_change(self._announce))

    def _publish(self, topic_arn: str, subject: str, message: str) -> None:
        """Publish as CloudWatch, if the topic's policy lets it.

        Raises:
            LookupError: the topic does not exist.
            ForbiddenError: its policy says no.
        """
        _, partition, _, region, account, _ = topic_arn.split(":", 5)
        topic = sns_backends[account][region].topics.get(topic_arn)
        if topic is None:
            raise LookupError(f"Topic {topic_arn} does not exist")
        allowed = iam.allows_service(
            topic.policy,
            service=SERVICE,
            action="sns:Publish",
            resource=topic_arn,
            context={
                "aws:SourceAccount": account,
                "aws:SourceArn": f"arn:{partition}:cloudwatch:{region}:{account}:alarm:*",
            },
        ) or _open_to_owner(topic)
        if not allowed:
            raise ForbiddenError(
                f"CloudWatch Alarms is not authorized to perform: SNS:Publish on {topic_arn}"
            )
        topic.publish(message, subject=subject)

    def _announce(self, change: StateChange) -> None:
        self._bus.publish(change.account, change.region, change.event)


def _open_to_owner(topic: Any) -> bool:
    """A topic nobody gave a policy lets its owner's account publish, CloudWatch on its behalf."""
    return "__default_statement_ID" in topic.policy
