"""Composite alarms: a rule over the states of other alarms; evaluated after the metric alarms."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from aws_sandbox.cloudwatch.alarm import ALARM, INSUFFICIENT, OK, State
from aws_sandbox.cloudwatch.alarm_book import AlarmBook
from aws_sandbox.cloudwatch.alarm_checks import check_common, check_name
from aws_sandbox.cloudwatch.errors import ValidationError
from aws_sandbox.cloudwatch.keys import Params
from aws_sandbox.cloudwatch.notices import StateChange
from aws_sandbox.cloudwatch.transitions import enter

MAX_CHILDREN = 100
_TOKEN = re.compile(
    r"""\s*(?:(?P<check>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"(?P<quoted>[^"]+)"|(?P<bare>[^\s()"]+))"""
    r"""\s*\)|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<sign>[()]))"""
)

Test = Callable[[Callable[[str], str]], bool]
"""Takes a function from alarm name to state."""


def put(book: AlarmBook, params: Params, now: float) -> None:
    """PutCompositeAlarm."""
    name = check_name(params.get("AlarmName"))
    check_common(params, book.region)
    if params.get("ActionsSuppressor"):
        raise ValidationError("ActionsSuppressor does not exist in the sandbox.")
    _, children = parse(str(params.get("AlarmRule") or ""))
    unknown = sorted(one for one in children if _name(book, one) not in book.alarms)
    if unknown:
        raise ValidationError(
            f"Could not save the composite alarm as alarms {unknown} do not exist."
        )
    if any(_name(book, one) == name for one in children):
        raise ValidationError("A composite alarm cannot depend on itself.")
    book.put(params, None, now)


def evaluate(book: AlarmBook, now: float) -> list[StateChange]:
    """Evaluate all composite alarms; children of children first come to rest."""
    changes: list[StateChange] = []
    alarms = [alarm for alarm in list(book.alarms.values()) if alarm.is_composite]
    for _ in range(len(alarms)):
        news = []
        for alarm in alarms:
            test, children = parse(alarm.expression)
            value = ALARM if test(lambda child: _state(book, child)) else OK
            if value == alarm.state.value:
                continue
            text = f"{alarm.arn} transitioned to {value}; watches {', '.join(sorted(children))}"
            change = enter(book, alarm, State(value, text[:1023], "", now))
            news += [change] if change else []
        changes += news
        if not news:
            break
    return changes


def _name(book: AlarmBook, child: str) -> str:
    return child.removeprefix(book.prefix)


def _state(book: AlarmBook, child: str) -> str:
    alarm = book.alarms.get(_name(book, child))
    return alarm.state.value if alarm else INSUFFICIENT


@lru_cache(maxsize=1024)
def parse(text: str) -> tuple[Test, frozenset[str]]:
    """The test of an AlarmRule and the alarms that it names.

    Raises:
        ValidationError: the rule cannot be read or names more than 100 alarms.
    """
    parser = _Parser(text)
    test = parser.either()
    if parser.match is not None or parser.rest.strip():
        raise ValidationError(f"AlarmRule must not contain '{parser.rest.strip()[:40]}' here.")
    if len(parser.children) > MAX_CHILDREN:
        raise ValidationError(f"AlarmRule must not name more than {MAX_CHILDREN} alarms.")
    return test, frozenset(parser.children)


class _Parser:
    """OR over AND over NOT over a check, a word or parentheses."""

    def __init__(self, text: str) -> None:
        self.rest, self.children = text, set[str]()
        self.match = _TOKEN.match(text)

    def step(self) -> re.Match[str]:
        """The present token; moves on to the next."""
        match = self.match
        if match is None:
            raise ValidationError(f"AlarmRule cannot be read at '{self.rest.strip()[:40]}'.")
        self.rest = self.rest[match.end() :]
        self.match = _TOKEN.match(self.rest)
        return match

    def at(self, kind: str, value: str) -> bool:
        """Whether the present token is this one."""
        return self.match is not None and self.match.group(kind) == value

    def either(self) -> Test:
        """A OR b."""
        tests = [self.both()]
        while self.at("word", "OR"):
            self.step()
            tests.append(self.both())
        return lambda state: any(test(state) for test in tests)

    def both(self) -> Test:
        """A AND b."""
        tests = [self.one()]
        while self.at("word", "AND"):
            self.step()
            tests.append(self.one())
        return lambda state: all(test(state) for test in tests)

    def one(self) -> Test:
        """NOT a, ALARM(a), TRUE or (a)."""
        match = self.step()
        if match["check"]:
            wanted, child = match["check"], match["quoted"] or match["bare"]
            self.children.add(child)
            return lambda state: state(child) == wanted
        if match["word"] == "NOT":
            test = self.one()
            return lambda state: not test(state)
        if match["word"] in {"TRUE", "FALSE"}:
            truth = match["word"] == "TRUE"
            return lambda _: truth
        if match["sign"] == "(":
            test = self.either()
            if not self.at("sign", ")"):
                raise ValidationError("AlarmRule has an unbalanced parenthesis.")
            self.step()
            return test
        raise ValidationError(f"AlarmRule cannot have '{match.group(0).strip()}' here.")
