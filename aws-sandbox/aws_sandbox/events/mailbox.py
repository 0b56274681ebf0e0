"""What was sent to topics, and what reached a person's mailbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from aws_sandbox.partition import partition_of


@dataclass(frozen=True, slots=True)
class Message:
    """One message published to a topic; `emails` are the confirmed endpoints it reached."""

    time: datetime
    account: str
    region: str
    topic: str
    subject: str | None
    message: str
    emails: tuple[str, ...] = ()

    @property
    def topic_arn(self) -> str:
        """The topic's ARN."""
        return f"arn:{partition_of(self.region)}:sns:{self.region}:{self.account}:{self.topic}"


@dataclass(slots=True)
class Mailbox:
    """Every publication to every topic, in order."""

    messages: list[Message] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.messages)

    def delivered_to(self, email: str) -> list[Message]:
        """The messages that reached this address."""
        return [message for message in self.messages if email in message.emails]

    def published_to(self, topic: str, region: str | None = None) -> list[Message]:
        """The messages that were published to a topic, by name, delivered to anyone or not."""
        return [
            message
            for message in self.messages
            if message.topic == topic and region in {None, message.region}
        ]

    def clear(self) -> None:
        """Forget everything."""
        self.messages.clear()
