"""One try of one permission, and what came of several."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from botocore.exceptions import ClientError

from personalize_monitor.aws.problems import (
    AWS_ERRORS,
    is_answer,
    is_denied,
    is_throttled,
    sentence,
    text_of,
)

MEMBER = "Member"
"""The role in another account, by its name in member-account.yaml."""

_ACTION = re.compile(r"perform: ([\w-]+:\w+)")


@dataclass(frozen=True, slots=True)
class Try:
    """One call that needs ``action``, which the statement of that Sid allows on ``resource``."""

    action: str
    statement: str
    resource: str
    call: Callable[[], object]


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """A call that AWS refused to a role; ``role`` and ``statement`` are names in the template."""

    role: str
    statement: str
    action: str
    resource: str
    account: str
    region: str
    said: str = field(default="", compare=False)

    @property
    def resource_anywhere(self) -> str:
        """The resource as the statement names it: in whatever region."""
        return self.resource.replace(f":{self.region}:", ":*:")

    @property
    def key(self) -> str:
        """What makes it the same refusal again."""
        return f"{self.role} {self.statement} {self.action} {self.account} {self.region}"


@dataclass(frozen=True, slots=True)
class Report:
    """What one function, or all, found. ``silent`` has a sentence for each call without answer."""

    tried: int = 0
    refused: tuple[Refusal, ...] = ()
    silent: tuple[str, ...] = ()

    def __add__(self, other: Report) -> Report:
        return Report(
            self.tried + other.tried, self.refused + other.refused, self.silent + other.silent
        )

    @property
    def well(self) -> bool:
        """Whether everything was answered, and nothing refused."""
        return not self.refused and not self.silent

    def as_dict(self) -> dict[str, Any]:
        """JSON, which ``read_report`` reads."""
        return {
            "tried": self.tried,
            "refused": [asdict(one) for one in self.refused],
            "silent": list(self.silent),
        }


def read_report(answer: Mapping[str, Any]) -> Report:
    """A function's answer. Raises ValueError for what is none."""
    names = [one.name for one in fields(Refusal)]
    try:
        refused = tuple(Refusal(**{n: str(one[n]) for n in names}) for one in answer["refused"])
        return Report(int(answer["tried"]), refused, tuple(map(str, answer["silent"])))
    except (KeyError, TypeError) as error:
        raise ValueError(f"This is no answer to a self-test: {error!r}") from error


def carried_out(tries: Iterable[Try], *, role: str, account: str, region: str) -> Report:
    """Make each call; whatever AWS answers instead of a denial proves that the call is allowed.

    A service that does not answer is not asked again: each call to it may take half a minute. A
    call that is throttled says nothing, and does not count.
    """
    refused: list[Refusal] = []
    silent: dict[str, str] = {}
    number = 0
    for one in tries:
        service = one.action.partition(":")[0]
        if service in silent:
            continue
        error = _made(one)
        if error is not None and is_denied(error):
            refused.append(_refusal(one, error, role, account, region))
        elif error is not None and is_throttled(error):
            continue
        elif error is not None and not is_answer(error):
            silent[service] = sentence(f"Trying {one.action} in {region}", error, region=region)
            continue
        number += 1
    return Report(number, tuple(refused), tuple(silent.values()))


def without_echoes(report: Report) -> Report:
    """The report without refusals of what a call needs beside, where that is refused by itself."""
    refused = {(one.account, one.action) for one in report.refused}
    own = tuple(
        one
        for one in report.refused
        if _named(one) == one.action or (one.account, _named(one)) not in refused
    )
    return Report(report.tried, own, report.silent)


def _named(refusal: Refusal) -> str:
    """The action that AWS says is missing."""
    found = _ACTION.search(refusal.said)
    return found[1] if found else refusal.action


def _made(one: Try) -> Exception | None:
    """The call's error, if any; a failure of the service's own is given a second chance."""
    failed: Exception | None = None
    for _ in range(2):
        try:
            one.call()
        except ClientError as error:
            failed = error
            if is_answer(error) or is_denied(error) or is_throttled(error):
                break
        except AWS_ERRORS as error:
            return error
        else:
            return None
    return failed


def _refusal(one: Try, error: Exception, role: str, account: str, region: str) -> Refusal:
    said = text_of(error)
    return Refusal(role, one.statement, one.action, one.resource, account, region, said)
