"""docs/notices.md shows each mail as it arrives, byte by byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from scripts.generate_docs import gathered_examples, told_examples, verdict_example
from tests.docs.book import DOCS, ROOT, fences

from aws_sandbox.sandbox import Sandbox

TEAM = "team@example.com"


def send(box: Sandbox, example: Mapping[str, Any]) -> None:
    """The event as it is documented, on the bus."""
    entry = {
        "Source": example["source"],
        "DetailType": example["detail-type"],
        "Resources": example["resources"],
        "Detail": json.dumps(example["detail"]),
        "Time": datetime.fromisoformat(example["time"]),
    }
    box.client("events").put_events(Entries=[entry])


def test_a4_each_mail_is_shown_as_it_arrives() -> None:
    """The documented events go over the bus of a deployment; its reader gets these mails."""
    with Sandbox(datetime(2026, 3, 2, 10, 5, tzinfo=UTC), seed=3) as box:
        box.deploy(ROOT / "template.yaml", {"NotificationEndpoint": TEAM})
        box.confirm(TEAM)
        for _, example in told_examples():
            send(box, example)
            box.run(until=box.now + timedelta(hours=1, minutes=5))
        send(box, verdict_example())
        box.run(until=box.now + timedelta(hours=1, minutes=5))
        for example in gathered_examples():
            send(box, example)
        box.run(until=box.now + timedelta(hours=1, minutes=5))
        mails = box.mailbox.delivered_to(TEAM)
    # What the monitor says of itself meanwhile is shown with the demo's first day.
    others = [mail for mail in mails if "Personalize Monitor watches" not in str(mail.subject)]
    arrived = [f"Subject: {mail.subject}\n\n{mail.message}" for mail in others]
    assert arrived == [one.text for one in fences(DOCS / "notices.md") if one.language == "text"]
