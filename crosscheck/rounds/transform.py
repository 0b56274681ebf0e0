"""What a target receives: Input, InputPath, InputTransformer."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crosscheck.checks import Answer, Check, Round, code_of
from crosscheck.cloud import ACCOUNT, REGION, Cloud

GUIDE = "EventBridge user guide, Input transformation"
API = "API reference, Target: Input, InputPath and InputTransformer exclude each other"
SOURCE = "crosscheck.transform"
DETAIL: dict[str, Any] = {
    "name": "shoes",
    "tps": 2.5,
    "zero": 0,
    "yes": True,
    "no": False,
    "nothing": None,
    "tags": ["a", "b"],
    "deep": {"k": "v"},
    "dashed-name": "d",
    "said": 'say "hi"',
}
PATHS = {
    "name": "$.detail.name",
    "tps": "$.detail.tps",
    "zero": "$.detail.zero",
    "yes": "$.detail.yes",
    "no": "$.detail.no",
    "nothing": "$.detail.nothing",
    "tags": "$.detail.tags",
    "first": "$.detail.tags[0]",
    "deep": "$.detail.deep",
    "inner": "$.detail.deep.k",
    "dashed": "$.detail.dashed-name",
    "said": "$.detail.said",
    "missing": "$.detail.missing",
    "resource": "$.resources[0]",
}
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/transform-"
_DEFINED = '{"arn":<aws.events.rule-arn>,"name":<aws.events.rule-name>}'


@dataclass(frozen=True, slots=True)
class Case:
    """A target's input, and what the guide says of it: JSON, or None where it says nothing."""

    name: str
    target: dict[str, Any]
    gives: Answer = None

    @property
    def slug(self) -> str:
        """The name of its rule and its queue."""
        return "transform-" + self.name.replace(" ", "-").replace(",", "").replace(".", "-")


def _template(name: str, text: str, gives: Answer = None) -> Case:
    transformer = {"InputPathsMap": PATHS, "InputTemplate": text}
    return Case(name, {"InputTransformer": transformer}, gives)


CASES = (
    Case("constant", {"Input": '{"fixed": 1}'}, {"fixed": 1}),
    Case("path to the detail", {"InputPath": "$.detail"}, DETAIL),
    Case("path to a text", {"InputPath": "$.detail.name"}, "shoes"),
    Case("path to an element", {"InputPath": "$.detail.tags[1]"}, "b"),
    Case("path to nothing", {"InputPath": "$.detail.missing"}),
    _template("text", '"<name> at <tps>"', "shoes at 2.5"),
    _template("text with a resource", '"see <resource>"', "see arn:aws:x:::y"),
    _template("text with a list", '"<tags>"'),
    _template("text with an object", '"<deep>"'),
    _template("text with a missing path", '"<name>, <missing>."', "shoes, ."),
    _template("text with truth and null", '"<yes> <no> <nothing>"'),
    _template("JSON with texts and numbers", '{"n": <name>, "t": <tps>}',
              {"n": "shoes", "t": 2.5}),
    _template("JSON with text inside quotes", '{"s": "<name> is at <tps>"}',
              {"s": "shoes is at 2.5"}),
    _template("JSON with a variable inside quotes", '{"s": "<name>"}', {"s": "shoes"}),
    _template("JSON with list, object, truth", '{"l": <tags>, "o": <deep>, "y": <yes>}',
              {"l": ["a", "b"], "o": {"k": "v"}, "y": True}),
    _template("JSON with zero and false", '{"z": <zero>, "f": <no>}', {"z": 0, "f": False}),
    _template("JSON with null", '{"v": <nothing>}'),
    _template("JSON with a missing path", '{"m": <missing>, "n": <name>}'),
    _template("JSON in a list", '{"l": [9, <name>, true]}', {"l": [9, "shoes", True]}),
    _template("JSON with an element and a nested field", '{"f": <first>, "i": <inner>}',
              {"f": "a", "i": "v"}),
    _template("JSON with a dashed name", '{"d": <dashed>}', {"d": "d"}),
    _template("JSON with a quoted text inside quotes", '{"s": "<said>"}'),
    _template("JSON with a quoted text", '{"s": <said>}', {"s": 'say "hi"'}),
    _template("JSON with an object inside quotes", '{"o": "<deep>"}'),
    _template("rule as JSON", _DEFINED,
              {"arn": f"{RULE}rule-as-JSON", "name": "transform-rule-as-JSON"}),
    _template("rule as text", '"<aws.events.rule-name> fired"', "transform-rule-as-text fired"),
    _template("keys of aws.events.event.json", '{"e": <aws.events.event.json>}'),
    _template("keys of aws.events.event", '{"e": <aws.events.event>}'),
)  # fmt: skip
TWICE = "refuses Input and InputPath together"
UNDEFINED = "a template with a variable that is not defined"
CHECKS = [
    *(
        Check(case.name, () if case.gives is None else (case.gives,),
              "" if case.gives is None else GUIDE)
        for case in CASES
    ),
    Check(TWICE, ("ValidationException",), API),
    Check(UNDEFINED),
]  # fmt: skip


def ask(cloud: Cloud) -> Mapping[str, Answer]:
    """A rule with a queue for each input, then one event."""
    queues = []
    for case in CASES:
        queue = cloud.queue(case.slug)
        cloud.rule(case.slug, queue, {"source": [SOURCE]}, **case.target)
        queues.append(queue)
    entry = {
        "Source": SOURCE,
        "DetailType": "Input",
        "Detail": json.dumps(DETAIL),
        "Resources": ["arn:aws:x:::y"],
    }
    cloud.client("events").put_events(Entries=[entry])
    time.sleep(8)
    answers: dict[str, Answer] = {}
    for case, queue in zip(CASES, queues, strict=True):
        answers[case.name] = _received(case.name, queue.bodies())
    return answers | _refusals(cloud, queues[0].arn)


def _received(name: str, bodies: list[str]) -> Answer:
    if len(bodies) != 1:
        return f"{len(bodies)} messages"
    try:
        value = json.loads(bodies[0])
    except ValueError:
        return f"not JSON: {bodies[0]}"
    # Ids and times differ between any two clouds; the names of the fields tell enough.
    return sorted(value["e"]) if name.startswith("keys of") else value


def _refusals(cloud: Cloud, arn: str) -> dict[str, Answer]:
    events = cloud.client("events")

    def put(**target: Any) -> str:
        def call() -> None:
            answer = events.put_targets(
                Rule=CASES[0].slug, Targets=[{"Id": "other", "Arn": arn, **target}]
            )
            if answer.get("FailedEntryCount"):
                raise LookupError(answer["FailedEntries"][0]["ErrorCode"])

        try:
            return code_of(call)
        except LookupError as failed:
            return str(failed.args[0])

    undefined = {"InputPathsMap": {"a": "$.detail"}, "InputTemplate": '"<b>"'}
    return {
        TWICE: put(Input="{}", InputPath="$.detail"),
        UNDEFINED: put(InputTransformer=undefined),
    }


ROUND = Round("Inputs of targets", CHECKS, ask)
