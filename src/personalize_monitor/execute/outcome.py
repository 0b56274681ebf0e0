"""How a request to act ended, as a value with its sentence."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from personalize_monitor.errors import Unannounced
from personalize_monitor.execute.action_requests import ActionRequest


class Result(enum.StrEnum):
    """How a request ended."""

    DONE = "done"
    """The service accepted the change, and it is announced."""
    NO_CHANGE = "no change needed"
    BUSY = "busy"
    GONE = "gone"
    NOT_ACTIVE = "not active"
    NO_LONGER_TRUE = "no longer true"
    """The measurements that the request rests on do not hold any more."""
    EXPIRED = "expired"
    """It rests on measurements and came too late; the next cycle decides anew."""
    HELD = "held"
    """A person's wish, or care for the fleet, stands against the monitor's request."""
    SWITCHED_OFF = "switched off"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A request's result with the sentence that explains it."""

    result: Result
    arn: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """The function's answer."""
        return {"outcome": str(self.result), "arn": self.arn, "message": self.message}


def outcome(request: ActionRequest, result: Result, message: str) -> Outcome:
    """The outcome of ``order``."""
    return Outcome(result, str(request.arn), message)


def busy(request: ActionRequest) -> Outcome:
    """The resource is changing; the service takes one change at a time."""
    return outcome(
        request,
        Result.BUSY,
        f"{request.arn} is changing at the moment; ask again when it is ACTIVE.",
    )


def done_untold(request: ActionRequest, problem: Unannounced) -> str:
    """What a person is told whose change was made, and could not be announced."""
    return f"The change of {request.arn} is made. It could not be announced: {problem.why}"
