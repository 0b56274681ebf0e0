"""Copy every event of ours from the bus into the journal, as it came."""

from __future__ import annotations

from typing import Any

from personalize_monitor.aws.journal import COPIES
from personalize_monitor.clock import utc_now
from personalize_monitor.contract import EVENT_SOURCE
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.functions.runtime import object_of, runtime
from personalize_monitor.functions.selftest import tests_itself


@tests_itself("Journal")
def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Write one event; answers with the stream that holds it.

    It is stored under the time of writing, so whoever reads on from where he was misses nothing
    that came late. Raises InvalidRequest for what is no event of ours, and JournalUnavailable; then
    Lambda tries again.
    """
    del context
    event = object_of(event)
    if event.get("source") != EVENT_SOURCE:
        raise InvalidRequest(
            f"The source is {event.get('source')!r}; the journal keeps events of {EVENT_SOURCE}."
        )
    now = utc_now()
    stream = f"{COPIES}{now:%Y-%m-%d}"
    runtime().journal().write(event, stream=stream, now=now)
    return {"stream": stream}
