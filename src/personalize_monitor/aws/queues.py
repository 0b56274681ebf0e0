"""SQS: messages into a queue of the home region."""

from __future__ import annotations

from typing import Any

from personalize_monitor.aws.access import Access


def address_of(client: Any, queue_arn: str) -> str:
    """A queue's URL; it follows from the ARN, so that asking needs no permission more."""
    *_, account, name = queue_arn.split(":")
    return f"{client.meta.endpoint_url}/{account}/{name}"


def keep(access: Access, queue_arn: str, text: str) -> None:
    """Put a message into the queue; raises what AWS answers."""
    client = access.client("sqs", queue_arn.split(":")[3])
    client.send_message(QueueUrl=address_of(client, queue_arn), MessageBody=text)
