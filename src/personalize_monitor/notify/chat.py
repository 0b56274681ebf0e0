"""A notice in the form that Amazon Q Developer in chat applications shows in Slack and Teams.

Source: "Custom notifications using Amazon Q Developer in chat applications" in its administrator
guide: ``version`` 1.0, ``source`` custom, and the members below. It names no greatest length; ours
keeps a message readable in a channel.
"""

from __future__ import annotations

import json

from personalize_monitor.notify.letter import Letter, shortened

_DESCRIPTION = 2_500
_STEPS = 10
_RESOURCES = 20
_STEP = ("To undo: ", "Dashboard: ")
_PLAIN = (("->", "\N{RIGHTWARDS ARROW}"), ("<", "("), (">", ")"), ("@", "(at)"))
"""What would link, or call people; texts of events may come from anybody."""


def chat_message(told: Letter) -> str:
    """The notice as JSON; notices about one resource make one thread."""
    paragraphs = [part.strip() for part in told.text.split("\n\n") if part.strip()]
    steps = [part for part in paragraphs if part.startswith(_STEP)]
    others = [part for part in paragraphs if part not in steps]
    about = list(told.resources[:_RESOURCES])
    alone = about[0] if len(told.resources) == 1 else told.kind or "notices"
    message = {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": _plain(told.subject),
            "description": shortened(_plain("\n\n".join(others)), _DESCRIPTION),
            "nextSteps": [_plain(step) for step in steps[:_STEPS]],
            "keywords": ["Personalize Monitor", told.kind or "notice"],
        },
        "metadata": {
            "threadId": alone,
            "summary": _plain(told.subject),
            "eventType": told.kind or "notice",
            "relatedResources": about,
        },
    }
    return json.dumps(message)


def _plain(text: str) -> str:
    for found, instead in _PLAIN:
        text = text.replace(found, instead)
    return text
