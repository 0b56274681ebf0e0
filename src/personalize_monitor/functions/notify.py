"""Tell people what was done, noticed or restored: events become mails."""

from __future__ import annotations

import logging
import os
from typing import Any

from personalize_monitor.app.notices import Home, Letter, compose, gather
from personalize_monitor.aws.queues import Queue
from personalize_monitor.aws.topics import publish
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.functions.runtime import Runtime, object_of, runtime

_HOURLY = "Scheduled Event"
"""The detail-type of what EventBridge's schedules send."""
_MOST = 1_000
_log = logging.getLogger(__name__)


def handler(event: dict[str, Any], context: Any) -> dict[str, list[str]]:
    """Publish the letter about an event, or once an hour those about what was gathered.

    What SNS does not take is tried again, by Lambda or in the next hour. Raises InvalidRequest for
    an event that nobody is told about, so that it is not lost unseen.
    """
    del context
    here = runtime()
    event = object_of(event)
    if event.get("detail-type") == _HOURLY:
        return {"subjects": _gathered(here)}
    letter = compose(event, _home(here))
    if letter is None:
        raise InvalidRequest(
            f"Nobody is told about {event.get('detail-type')!r}; docs/events.md lists the events."
        )
    return {"subjects": [_send(here, letter)]}


def _gathered(here: Runtime) -> list[str]:
    """One mail about the changes of floors; they leave the queue when the mail is out."""
    queue = Queue(here.access, here.deployment.home_region, os.environ["GATHERED_NOTICES_URL"])
    waiting = queue.take(_MOST)
    subjects = [_send(here, one) for one in gather((told for _, told in waiting), _home(here))]
    queue.remove([handle for handle, _ in waiting])
    return subjects


def _home(here: Runtime) -> Home:
    return Home(here.deployment.partition, here.deployment.home_region)


def _send(here: Runtime, letter: Letter) -> str:
    publish(here.access, here.deployment.topic_arn, letter.subject, letter.text)
    _log.info("notice", extra={"subject": letter.subject})
    return letter.subject
