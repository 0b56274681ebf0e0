"""One question to both clouds, what AWS's documentation answers, and the verdict on the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from botocore.exceptions import ClientError, ParamValidationError

from crosscheck.cloud import Cloud

Answer = Any
"""Anything that JSON can write: a state, an error code, a list of events."""
MISSING = "(no answer)"


@dataclass(frozen=True, slots=True)
class Check:
    """A question; `documented` are the answers that AWS's documentation allows, none if silent."""

    name: str
    documented: tuple[Answer, ...] = ()
    source: str = ""


class Verdict(Enum):
    """How the two answers stand to each other and to the documentation."""

    AGREED = "both as documented"
    OURS = "only ours as documented"
    THEIRS = "only LocalStack as documented"
    NEITHER = "neither as documented"
    SAME = "same answer, not documented"
    OPEN = "different answers, not documented"


@dataclass(frozen=True, slots=True)
class Finding:
    """A check with the answers of both sides."""

    check: Check
    round: str
    ours: Answer
    theirs: Answer

    @property
    def verdict(self) -> Verdict:
        """Who is right."""
        allowed = self.check.documented
        if not allowed:
            return Verdict.SAME if self.ours == self.theirs else Verdict.OPEN
        match self.ours in allowed, self.theirs in allowed:
            case True, True:
                return Verdict.AGREED
            case True, False:
                return Verdict.OURS
            case False, True:
                return Verdict.THEIRS
            case _:
                return Verdict.NEITHER

    @property
    def is_ours_wrong(self) -> bool:
        """Whether the sandbox contradicts the documentation."""
        return self.verdict in {Verdict.THEIRS, Verdict.NEITHER}


class When(Enum):
    """When a round is asked: in its turn, beside the others, or after all others."""

    IN_TURN = "in turn"
    BESIDE = "beside"
    LAST = "last"


class Ask(Protocol):
    """Put the questions to one cloud; answers by the checks' names."""

    def __call__(self, cloud: Cloud) -> Mapping[str, Answer]:
        """Carry out the calls, in real time."""
        ...


@dataclass(frozen=True, slots=True)
class Round:
    """Questions that belong together and are put in one go."""

    name: str
    checks: Sequence[Check]
    ask: Ask
    when: When = When.IN_TURN


def findings(one: Round, ours: Mapping[str, Answer], theirs: Mapping[str, Answer]) -> list[Finding]:
    """The findings of one round; an answer that one side did not give is `MISSING`."""
    unknown = (set(ours) | set(theirs)) - {check.name for check in one.checks}
    if unknown:
        raise ValueError(f"Round {one.name} answered what it did not ask: {sorted(unknown)}.")
    return [
        Finding(check, one.name, ours.get(check.name, MISSING), theirs.get(check.name, MISSING))
        for check in one.checks
    ]


def code_of(call: Callable[..., object], **parameters: Any) -> str:
    """`accepted`, or the error code that the cloud answered."""
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response.get("Error", {}).get("Code"))
    except ParamValidationError:
        return "refused by the client"
    return "accepted"
