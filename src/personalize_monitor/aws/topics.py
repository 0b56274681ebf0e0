"""SNS topics for alarms of regions away from home; alarms reach only topics of their region."""

from __future__ import annotations

import json
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.paging import read_all
from personalize_monitor.aws.problems import AWS_ERRORS, is_not_found
from personalize_monitor.contract import TOPIC_NAME


def publish(access: Access, topic_arn: str, text: str, *, subject: str = "") -> None:
    """Send a message to a topic of any region; raises what AWS answers."""
    headed = {"Subject": subject} if subject else {}
    client = access.client("sns", topic_arn.split(":")[3])
    client.publish(TopicArn=topic_arn, Message=text, **headed)


class Topics:
    """The notification topic of one region."""

    def __init__(self, access: Access, region: str, *, account: str, partition: str) -> None:
        self._client = access.client("sns", region)
        self._account = account
        self.arn = f"arn:{partition}:sns:{region}:{account}:{TOPIC_NAME}"

    def tags(self) -> dict[str, str] | None:
        """The topic's tags, or None when there is no such topic."""
        try:
            answer = self._client.list_tags_for_resource(ResourceArn=self.arn)
        except AWS_ERRORS as error:
            if is_not_found(error):
                return None
            raise
        return {tag["Key"]: tag["Value"] for tag in answer.get("Tags") or ()}

    def create(self, tags: dict[str, str]) -> None:
        """Make the topic, open for alarms of this account and nobody else, all in one call.

        A topic that exists keeps its policy: AWS answers with it, or refuses other attributes.
        """
        self._client.create_topic(
            Name=TOPIC_NAME,
            Attributes={"Policy": self._policy()},
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )

    def _policy(self) -> str:
        def allow(sid: str, principal: dict[str, str], **more: Any) -> dict[str, Any]:
            return {
                "Sid": sid,
                "Effect": "Allow",
                "Principal": principal,
                "Action": "sns:Publish",
                "Resource": self.arn,
                **more,
            }

        only_us = {"StringEquals": {"aws:SourceAccount": self._account}}
        partition = self.arn.split(":", 2)[1]
        root = {"AWS": f"arn:{partition}:iam::{self._account}:root"}
        statements = [
            allow("Account", root),
            allow("Alarms", {"Service": "cloudwatch.amazonaws.com"}, Condition=only_us),
        ]
        return json.dumps({"Version": "2012-10-17", "Statement": statements})

    def tag(self, key: str, value: str) -> None:
        """Set one tag."""
        self._client.tag_resource(ResourceArn=self.arn, Tags=[{"Key": key, "Value": value}])

    def mail_subscriptions(self) -> dict[str, str]:
        """Every e-mail address with its subscription's ARN, or ``PendingConfirmation``."""
        listing = read_all(
            self._client.list_subscriptions_by_topic,
            "Subscriptions",
            token="NextToken",  # noqa: S106  the name of a page token is no secret
            TopicArn=self.arn,
        )
        if listing.error:
            raise listing.error
        return {
            one["Endpoint"]: str(one.get("SubscriptionArn") or "")
            for one in listing.items
            if one.get("Protocol") == "email" and one.get("Endpoint")
        }

    def subscribe(self, endpoint: str) -> None:
        """Ask the e-mail address to confirm a subscription."""
        self._client.subscribe(TopicArn=self.arn, Protocol="email", Endpoint=endpoint)

    def unsubscribe(self, subscription_arn: str) -> None:
        """End a confirmed subscription; AWS gives no way to end one that is pending."""
        self._client.unsubscribe(SubscriptionArn=subscription_arn)

    def delete(self) -> None:
        """Delete the topic with its subscriptions; a missing topic is no error."""
        self._client.delete_topic(TopicArn=self.arn)
