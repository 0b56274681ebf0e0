"""Tell people what was done, noticed or restored: an event becomes a mail."""

from __future__ import annotations

import logging
from typing import Any

from personalize_monitor.app.notices import Home, compose
from personalize_monitor.aws.topics import publish
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.functions.runtime import object_of, runtime

_log = logging.getLogger(__name__)


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Publish the letter about an event of ours; what SNS does not take is tried again by Lambda.

    Raises InvalidRequest for an event that nobody is told about, so that it is not lost unseen.
    """
    del context
    here = runtime()
    event = object_of(event)
    home = Home(here.deployment.partition, here.deployment.home_region)
    letter = compose(event, home)
    if letter is None:
        raise InvalidRequest(
            f"Nobody is told about {event.get('detail-type')!r}; send an event of the list of events."
        )
    publish(here.access, here.deployment.topic_arn, letter.subject, letter.text)
    _log.info("notice", extra={"subject": letter.subject})
    return {"subject": letter.subject}
