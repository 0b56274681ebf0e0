"""Every error that this package raises on purpose, in one tree.

::

    PersonalizeMonitorError
    ├── SettingsError        deployment parameters or overrides that cannot be meant
    ├── InvalidArn           text that is not an ARN of a campaign or recommender
    ├── InvalidRequest       an event or command that asks for something impossible
    │   └── NoSuchResource       a person's request names what does not exist
    ├── UnknownMembers       a configuration that this boto3 cannot write back whole
    ├── ResourceBusy         a change is running; the same request may succeed later
    ├── Unavailable          AWS did not give an answer that could be trusted
    │   ├── JournalUnavailable   what happened before cannot be read or written
    │   ├── Blind                a whole cycle could publish nothing
    │   ├── FunctionFailed       a function of ours raised an error instead of answering
    │   └── Unannounced          a change was made, and could not be announced
    └── Deadline             no time is left in this invocation

Each message is one sentence for people: what is wrong, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_MOST_SHOWN = 120


def quoted(value: object) -> str:
    """A value as somebody wrote it, on one line and not at any length, for a sentence about it."""
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."


class PersonalizeMonitorError(Exception):
    """The root: catch this to catch all that we raise on purpose."""


class SettingsError(PersonalizeMonitorError):
    """Settings that cannot be meant; ``problems`` holds one sentence for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


class InvalidArn(PersonalizeMonitorError, ValueError):
    """Text that is not the ARN of a campaign or a recommender."""


class InvalidRequest(PersonalizeMonitorError, ValueError):
    """A request that can never be carried out as it stands; nothing was changed."""


class NoSuchResource(InvalidRequest):
    """A person asks for a change of a resource that does not exist; nothing was changed."""


class UnknownMembers(PersonalizeMonitorError):
    """A configuration has ``members`` that this boto3 does not know and an update would lose."""

    def __init__(self, arn: object, members: Iterable[str]) -> None:
        self.members = tuple(sorted(members))
        super().__init__(
            f"{arn} has settings that this version of boto3 does not know "
            f"({', '.join(self.members)}); an update or a restoration would lose them, so nothing "
            "was changed. Update the runtime's boto3, or make the change in the console."
        )


class ResourceBusy(PersonalizeMonitorError):
    """The resource is changing at the moment; the same request may succeed later."""


class Unavailable(PersonalizeMonitorError):
    """AWS gave no answer, or none that a decision may rest on."""


class JournalUnavailable(Unavailable):
    """The journal could not be read or written."""


class FunctionFailed(Unavailable):
    """A function that was started and waited for raised an error, which is the message."""


class Blind(Unavailable):
    """A cycle in which nothing at all could be published, so that nothing else can tell of it."""


class Unannounced(Unavailable):
    """A change was made, and its announcement could not be sent, because of ``why``."""

    def __init__(self, message: str, why: str) -> None:
        self.why = why
        super().__init__(message)


class Deadline(PersonalizeMonitorError):
    """No time is left in this invocation; the next cycle continues."""
