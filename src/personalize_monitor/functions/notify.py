"""Tell people what was done, noticed or restored: events become mails."""

from __future__ import annotations

import logging
import os
from typing import Any

from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.aws.queues import keep
from personalize_monitor.aws.topics import publish
from personalize_monitor.clock import utc_now
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.functions.runtime import (
    CHAT_TOPIC,
    Runtime,
    dead_letters,
    object_of,
    runtime,
)
from personalize_monitor.functions.selftest import tests_itself
from personalize_monitor.model.moment import known_time
from personalize_monitor.notify import Home, Letter, chat_message, compose, tell_changes

_ZONE = "TimeZone"
_SCHEDULED = "Scheduled Event"
"""The detail-type of what EventBridge's schedules send."""
_log = logging.getLogger(__name__)


@tests_itself("Notify")
def handler(event: dict[str, Any], context: Any) -> dict[str, list[str]]:
    """Publish the letter about an event, or by schedule those about floors changed by the monitor.

    What SNS does not take is tried again, by Lambda or in the next turn. Raises InvalidRequest for
    an event that nobody is told about, so that it is not lost unseen.
    """
    del context
    here = runtime()
    event = object_of(event)
    # Not through the settings: a mail must not fail by what another parameter says.
    zone = os.environ.get(_ZONE, "")
    home = Home(here.deployment.partition, here.deployment.home_region, zone)
    if event.get("detail-type") == _SCHEDULED:
        return {"subjects": _changes(here, home, event)}
    letter = compose(event, home)
    if letter is None:
        raise InvalidRequest(
            f"Nobody is told about {event.get('detail-type')!r}; docs/events.md lists the events."
        )
    _send(here, letter)
    return {"subjects": [letter.subject]}


def _changes(here: Runtime, home: Home, event: dict[str, Any]) -> list[str]:
    now = utc_now()
    return tell_changes(
        here.journal(),
        lambda letter: _send(here, letter),
        home,
        turn=known_time(event.get("time")) or now,
        now=now,
        memory=here.memory,
    )


def _send(here: Runtime, letter: Letter) -> None:
    publish(here.access, here.deployment.topic_arn, letter.text, subject=letter.subject)
    _log.info("notice", extra={"subject": letter.subject})
    if topic := os.environ.get(CHAT_TOPIC):
        _chat(here, topic, chat_message(letter))


def _chat(here: Runtime, topic: str, message: str) -> None:
    """The mail is out, so what the chat's topic does not take goes to the dead letters itself."""
    try:
        publish(here.access, topic, message)
    except AWS_ERRORS as error:
        _log.error("problem", extra={"problem": sentence("Publishing to the chat topic", error)})
        keep(here.access, dead_letters(here), message)
