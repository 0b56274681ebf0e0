"""PutEvents: what fails alone inside a 200, and what fails as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crosscheck.checks import Answer, Check, Round, code_of
from crosscheck.cloud import Cloud

API = "API reference, PutEvents and PutEventsResultEntry"
_GOOD: dict[str, Any] = {"Source": "crosscheck.put", "DetailType": "Put", "Detail": "{}"}
_ENTRIES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "no source": ({"Source": None}, ("InvalidArgument",)),
    "no detail-type": ({"DetailType": None}, ("InvalidArgument",)),
    "no detail": ({"Detail": None}, ("InvalidArgument",)),
    "a detail that is not JSON": ({"Detail": "{not json"}, ("MalformedDetail",)),
    "a detail that is a list": ({"Detail": "[1]"}, ("MalformedDetail",)),
    "a detail that is a text": ({"Detail": '"x"'}, ("MalformedDetail",)),
    "a source of AWS": ({"Source": "aws.ec2"}, ("NotAuthorizedForSourceException",)),
    "a bus that does not exist": ({"EventBusName": "never-made"}, ()),
}
_WHOLE: dict[str, tuple[list[dict[str, Any]], tuple[str, ...]]] = {
    "11 entries": ([_GOOD] * 11, ("ValidationException",)),
    "no entries": ([], ("ValidationException",)),
    "one entry over 256 KB": ([_GOOD | {"Detail": json.dumps({"x": "y" * 262_144})}], ()),
    "10 entries": ([_GOOD] * 10, ("accepted",)),
}

GOOD = "a good entry"
COUNT = "good, bad, good: failures counted, order kept"
CHECKS = [
    Check(GOOD, ([0, ["EventId"]],), API),
    Check(COUNT, ([1, ["EventId", "MalformedDetail", "EventId"]],), API),
    *(Check(f"an entry with {name}", codes, API) for name, (_, codes) in _ENTRIES.items()),
    *(Check(f"a call with {name}", codes, API) for name, (_, codes) in _WHOLE.items()),
]


def ask(cloud: Cloud) -> Mapping[str, Answer]:
    """A dozen calls."""
    events = cloud.client("events")

    def shape(*entries: dict[str, Any]) -> Answer:
        answer = events.put_events(Entries=list(entries))
        told = [
            "EventId" if entry.get("EventId") else entry.get("ErrorCode")
            for entry in answer["Entries"]
        ]
        return [answer["FailedEntryCount"], told]

    answers: dict[str, Answer] = {
        GOOD: shape(_GOOD),
        COUNT: shape(_GOOD, _GOOD | {"Detail": "{"}, _GOOD),
    }
    for name, (change, _) in _ENTRIES.items():
        entry = {key: value for key, value in (_GOOD | change).items() if value is not None}
        answers[f"an entry with {name}"] = shape(entry)[1][0]
    for name, (entries, _) in _WHOLE.items():
        answers[f"a call with {name}"] = code_of(events.put_events, Entries=entries)
    return answers


ROUND = Round("PutEvents", CHECKS, ask)
