"""An AWS that answers by script and keeps every call: what our gateways are held against.

The sandbox answers as AWS does. A script answers what the sandbox never would: any error at any
call, lists of any length, refusals in the middle; and it costs no time.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError
from tests.support import ACCOUNT, HOME

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.pace import Pace


def refused(code: str, message: str = "Because.") -> ClientError:
    """AWS's answer with an error code."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Ask")


class Script:
    """One client. An answer is a value, an error to raise, or a function of the arguments.

    A list gives one answer after the other, its last one for ever. ``calls`` keeps (operation,
    arguments), the oldest first.
    """

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._seen: Counter[int] = Counter()

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """An operation of the client; one that the script does not know is an error."""
        if operation.startswith("_") or operation not in self.answers:
            raise AttributeError(f"the script has no answer for {operation}")

        def call(**arguments: Any) -> Any:
            self.calls.append((operation, arguments))
            answer = given = self.answers[operation]
            if isinstance(given, list):
                answer = given[min(self._seen[id(given)], len(given) - 1)]
                self._seen[id(given)] += 1
            if isinstance(answer, Exception):
                raise answer
            return answer(**arguments) if callable(answer) else copy.deepcopy(answer)

        return call

    @property
    def meta(self) -> Any:
        """What boto3's clients offer to those who listen to answers; nothing is heard here."""
        deaf = SimpleNamespace(register=lambda *_: None, unregister=lambda *_: None)
        return SimpleNamespace(events=deaf)

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """The arguments of all calls of one operation."""
        return [arguments for name, arguments in self.calls if name == operation]

    @property
    def operations(self) -> list[str]:
        """What was called, in order."""
        return [name for name, _ in self.calls]


class Scripted(Access):
    """An account whose services answer by script, the same in every region."""

    def __init__(self, services: Mapping[str, Script], *, account: str = ACCOUNT) -> None:
        self.services = services
        self.regions: list[tuple[str, str]] = []
        self.paced: dict[tuple[str, str], CountedPace] = {}
        self.calls = Counter()
        self._account = account

    @property
    def home_region(self) -> str:
        """Where the tests live."""
        return HOME

    def client(self, service: str, region: str) -> Any:
        """The script of a service."""
        self.regions.append((service, region))
        return self.services[service]

    def pace(self, action: str, region: str, per_second: float) -> Pace:
        """A pace that only counts."""
        return self.paced.setdefault((action, region), CountedPace(per_second))

    def partition(self) -> str:
        """The partition of all the world but China."""
        return "aws"


class CountedPace(Pace):
    """Counts who waited, and lets everybody through."""

    def __init__(self, per_second: float) -> None:
        super().__init__(per_second)
        self.rate = per_second
        self.waited = 0

    def wait(self) -> None:
        """Count, and go on."""
        self.waited += 1


def in_pages(key: str, items: list[Any], size: int, *, token: str = "nextToken") -> Any:
    """A list operation that gives ``size`` items a page; the token is the next position."""

    def call(**arguments: Any) -> dict[str, Any]:
        at = int(arguments.get(token, 0))
        page: dict[str, Any] = {key: items[at : at + size]}
        if at + size < len(items):
            page[token] = str(at + size)
        return page

    return call
