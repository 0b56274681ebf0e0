"""JSON Schemas of every event, for programs that send or receive them.

One file for each detail-type describes the whole EventBridge event; ``#/$defs/detail`` in it is the
detail alone, which is also what a direct invocation of an executor takes. Draft 2020-12.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def event_names() -> tuple[str, ...]:
    """Detail-types with a schema, sorted."""
    folder = files(__name__) / "events"
    return tuple(sorted(f.name.removesuffix(".json") for f in folder.iterdir()))


def event_schema(detail_type: str) -> dict[str, Any]:
    """The schema of an event; raises KeyError for a detail-type that is not ours."""
    if detail_type not in event_names():
        raise KeyError(f"{detail_type} is none of {', '.join(event_names())}.")
    text = (files(__name__) / "events" / f"{detail_type}.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
