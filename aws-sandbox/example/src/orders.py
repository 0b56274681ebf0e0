"""Mails each order that it is given."""

from __future__ import annotations

import os
from typing import Any

import boto3


def handler(event: dict[str, Any], _context: object) -> None:
    """One order, as EventBridge delivers it."""
    text = f"A large order: {event['detail']['total']}"
    boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Subject="Large order", Message=text)
