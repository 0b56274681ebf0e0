"""docs/notices.md shows each mail as it arrives, byte by byte."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from scripts.generate_docs import PUBLISHED, example_of
from tests.docs.book import DOCS, ROOT, fences

from personalize_monitor.sandbox.sandbox import Sandbox

TEAM = "team@example.com"


def test_a4_each_mail_is_shown_as_it_arrives() -> None:
    """The documented events go over the bus of a deployment; its reader gets the documented mails."""
    with Sandbox(datetime(2026, 3, 2, 10, 5, tzinfo=UTC), seed=3) as box:
        box.deploy(ROOT / "template.yaml", {"NotificationEndpoint": TEAM})
        box.confirm(TEAM)
        for name in PUBLISHED:
            example = example_of(name)
            entry = {
                "Source": example["source"],
                "DetailType": name,
                "Resources": example["resources"],
                "Detail": json.dumps(example["detail"]),
                "Time": datetime.fromisoformat(example["time"]),
            }
            box.client("events").put_events(Entries=[entry])
        box.catch_up()
        mails = box.mailbox.delivered_to(TEAM)
    arrived = [f"Subject: {mail.subject}\n\n{mail.message}" for mail in mails]
    assert arrived == [one.text for one in fences(DOCS / "notices.md") if one.language == "text"]
