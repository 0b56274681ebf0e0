"""Which events a pattern matches, and which patterns are refused."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crosscheck.checks import Answer, Check, Round, code_of
from crosscheck.cloud import ACCOUNT, Cloud

GUIDE = "EventBridge user guide, Event patterns"
VALUES = "EventBridge user guide, Event patterns: values follow the rules of JSON"
NULLS = "EventBridge user guide, Matching null values and empty strings"
ARRAYS = "EventBridge user guide, Arrays in event patterns"
CONTENT = "EventBridge user guide, Comparison operators"
API = "API reference, PutRule: InvalidEventPatternException"

SOURCE = "crosscheck.patterns"
EVENTS: tuple[dict[str, Any], ...] = (
    {
        "state": "running", "n": 5, "price": 10.5, "tags": ["a", "b"], "name": "Alice",
        "ip": "10.0.0.7", "flag": True, "nothing": None, "empty": "", "file": "dir/pic.png",
        "deep": {"k": {"v": 1}},
    },
    {
        "state": "stopped", "n": 100, "price": 20, "tags": [], "name": "alan", "ip": "10.0.1.7",
        "flag": False, "nothing": "x", "empty": "full", "file": "dir/sub/pic.jpg", "deep": {"k": 1},
    },
    {"other": 1},
)  # fmt: skip
"""The details of events 0, 1 and 2; event 2 lacks every field."""


@dataclass(frozen=True, slots=True)
class Case:
    """A pattern for the detail (or the whole event), and the events that it matches.

    None where the guide is silent, or where it is contradicted by what others recorded from AWS, as
    for 300 and 300.0.
    """

    name: str
    pattern: dict[str, Any]
    matches: tuple[int, ...] | None
    source: str = GUIDE
    whole: bool = False


CASES = (
    Case("equal text", {"state": ["running"]}, (0,)),
    Case("one of two texts", {"state": ["running", "stopped"]}, (0, 1)),
    Case("text in another case", {"state": ["Running"]}, ()),
    Case("no part of a text", {"state": ["run"]}, ()),
    Case("two fields, both", {"state": ["running"], "n": [5]}, (0,)),
    Case("two fields, one wrong", {"state": ["running"], "n": [100]}, ()),
    Case("nested fields", {"deep": {"k": {"v": [1]}}}, (0,)),
    Case("equal number", {"n": [5]}, (0,)),
    Case("5.0 for 5", {"n": [5.0]}, None),
    Case("true", {"flag": [True]}, (0,)),
    Case("1 for true", {"flag": [1]}, (), VALUES),
    Case("0 for false", {"flag": [0]}, (), VALUES),
    Case("number as text", {"n": ["5"]}, ()),
    Case("null", {"nothing": [None]}, (0,), NULLS),
    Case("empty text", {"empty": [""]}, (0,), NULLS),
    Case("element of an array", {"tags": ["b", "z"]}, (0,), ARRAYS),
    Case("exists", {"state": [{"exists": True}]}, (0, 1), CONTENT),
    Case("does not exist", {"state": [{"exists": False}]}, (2,), CONTENT),
    Case("prefix", {"name": [{"prefix": "Al"}]}, (0,), CONTENT),
    Case("prefix in any case", {"name": [{"prefix": {"equals-ignore-case": "AL"}}]}, (0, 1),
         CONTENT),
    Case("suffix", {"file": [{"suffix": ".png"}]}, (0,), CONTENT),
    Case("equal in any case", {"name": [{"equals-ignore-case": "ALICE"}]}, (0,), CONTENT),
    Case("anything but a text", {"state": [{"anything-but": "running"}]}, (1,), CONTENT),
    Case("anything but texts", {"state": [{"anything-but": ["running", "stopped"]}]}, (),
         CONTENT),
    Case("anything but a number", {"n": [{"anything-but": 5}]}, (1,), CONTENT),
    Case("anything but a prefix", {"state": [{"anything-but": {"prefix": "run"}}]}, (1,), CONTENT),
    Case("anything but a suffix", {"file": [{"anything-but": {"suffix": ".png"}}]}, (1,), CONTENT),
    Case("anything but in any case",
         {"state": [{"anything-but": {"equals-ignore-case": "RUNNING"}}]}, (1,), CONTENT),
    Case("anything but a wildcard", {"file": [{"anything-but": {"wildcard": "*/sub/*"}}]}, (0,),
         CONTENT),
    Case("number in a range", {"n": [{"numeric": [">", 0, "<=", 5]}]}, (0,), CONTENT),
    Case("number equal", {"price": [{"numeric": ["=", 10.5]}]}, (0,), CONTENT),
    Case("range for true", {"flag": [{"numeric": [">", 0]}]}, (), CONTENT),
    Case("address in a network", {"ip": [{"cidr": "10.0.0.0/24"}]}, (0,), CONTENT),
    Case("wildcard", {"file": [{"wildcard": "dir/*.png"}]}, (0,), CONTENT),
    Case("wildcard over folders", {"file": [{"wildcard": "dir/*/pic.*"}]}, (1,), CONTENT),
    Case("one or the other field", {"$or": [{"n": [5]}, {"state": ["stopped"]}]}, (0, 1), CONTENT),
    Case("a field and one of two", {"state": ["running"], "$or": [{"n": [100]}, {"n": [5]}]}, (0,),
         CONTENT),
    Case("anything but on an array", {"tags": [{"anything-but": "a"}]}, None),
    Case("anything but null", {"nothing": [{"anything-but": [""]}]}, None),
    Case("account and region", {"account": [ACCOUNT], "region": ["us-east-1"]}, (0, 1, 2),
         whole=True),
    Case("detail-type", {"detail-type": ["Other"]}, (), whole=True),
    Case("a resource by prefix", {"resources": [{"prefix": "arn:aws:x"}]}, (0, 1, 2), ARRAYS,
         whole=True),
)  # fmt: skip

REFUSED: dict[str, str] = {
    "text that is not JSON": "{not json",
    "a value outside of an array": json.dumps({"source": "x"}),
    "an empty array": json.dumps({"source": []}),
    "an unknown operator": json.dumps({"detail": {"n": [{"near": 5}]}}),
    "a range without a number": json.dumps({"detail": {"n": [{"numeric": [">"]}]}}),
    "a range of texts": json.dumps({"detail": {"n": [{"numeric": [">", "5"]}]}}),
    "exists with a text": json.dumps({"detail": {"n": [{"exists": "yes"}]}}),
    "a prefix that is a number": json.dumps({"detail": {"n": [{"prefix": 5}]}}),
    "two stars in a row": json.dumps({"detail": {"n": [{"wildcard": "a**b"}]}}),
    "a network that is none": json.dumps({"detail": {"n": [{"cidr": "nowhere"}]}}),
}
CHECKS = [
    *(
        Check(f"matches {case.name}", () if case.matches is None else (list(case.matches),),
              case.source if case.matches is not None else "")
        for case in CASES
    ),
    *(Check(f"refuses {name}", ("InvalidEventPatternException",), API) for name in REFUSED),
]  # fmt: skip


def ask(cloud: Cloud) -> Mapping[str, Answer]:
    """A rule and a queue for each pattern, then the three events."""
    events = cloud.client("events")
    queues = {}
    answers: dict[str, Answer] = {}
    for index, case in enumerate(CASES):
        inner = case.pattern if case.whole else {"detail": case.pattern}
        queue = cloud.queue(f"pattern-{index}")
        wanted = {"source": [SOURCE], **inner}
        code = code_of(cloud.rule, name=f"pattern-{index}", queue=queue, pattern=wanted)
        if code == "accepted":
            queues[case.name] = queue
        else:
            answers[f"matches {case.name}"] = code
    for number, detail in enumerate(EVENTS):
        entry = {
            "Source": SOURCE,
            "DetailType": "Pattern",
            "Detail": json.dumps({"number": number, **detail}),
            "Resources": ["arn:aws:x:::y"],
        }
        events.put_events(Entries=[entry])
    time.sleep(8)
    for name, queue in queues.items():
        numbers = (json.loads(body)["detail"]["number"] for body in queue.bodies())
        answers[f"matches {name}"] = sorted(numbers)
    events.create_event_bus(Name="refusals")
    for name, pattern in REFUSED.items():
        # Not on the default bus: an emulator that accepts one may choke on it at every event.
        wanted = {"Name": "refused", "EventBusName": "refusals", "EventPattern": pattern}
        code = code_of(events.put_rule, **wanted)
        answers[f"refuses {name}"] = code
    return answers


ROUND = Round("Event patterns", CHECKS, ask)
