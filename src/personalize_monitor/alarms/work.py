"""Writing alarms one after the other, within the time there is and whatever AWS answers."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import TypeVar

from personalize_monitor.alarms.diff import Step
from personalize_monitor.alarms.existing import Existing
from personalize_monitor.alarms.names import read_name
from personalize_monitor.aws.alarms import NAMES_PER_CALL, Alarms
from personalize_monitor.aws.problems import (
    AWS_ERRORS,
    code_of,
    is_denied,
    is_invalid,
    is_not_found,
    sentence,
)
from personalize_monitor.context.budget import Budget
from personalize_monitor.model.counted import counted

MARGIN_SECONDS = 2.0
"""No call is begun with less time left: the pace may hold it for a third of a second."""
_T = TypeVar("_T")
_QUOTA = frozenset({"LimitExceeded", "LimitExceededFault"})


class _Outcome(enum.Enum):
    """How a call to AWS ended."""

    DONE = enum.auto()
    REFUSED = enum.auto()
    """This one only; the next may be fine."""
    HOPELESS = enum.auto()
    """The next call of the same operation would end in the same way."""


class Work:
    """What was done so far. ``done`` is False when there is work left for the next cycle."""

    def __init__(self, alarms: Alarms, region: str, budget: Budget) -> None:
        self._alarms = alarms
        self._region = region
        self._budget = budget
        self._tags_readable = True
        self.created: list[str] = []
        self.changed: list[str] = []
        self.deleted: list[str] = []
        self.reset: list[str] = []
        self.problems: list[str] = []
        self.done = True

    def has_time(self) -> bool:
        """Whether one more call may begin; without time the work is not done."""
        if self._budget.allows(MARGIN_SECONDS):
            return True
        self.done = False
        return False

    def delete(self, names: Sequence[str]) -> None:
        """Delete alarms, a hundred a call."""
        for at in range(0, len(names), NAMES_PER_CALL):
            if not self.has_time():
                return
            batch = names[at : at + NAMES_PER_CALL]
            doing = f"Deleting {counted(len(batch), 'alarm')} in {self._region}"
            outcome = self._attempt(doing, self._alarms.delete, batch)
            if outcome is _Outcome.HOPELESS:
                return
            if outcome is _Outcome.DONE:
                self.deleted.extend(batch)

    def write(self, steps: Sequence[Step]) -> None:
        """Take each step; an alarm that AWS refuses does not stop the others."""
        for step in steps:
            if not self.has_time() or self._take(step) is _Outcome.HOPELESS:
                return

    def tagged(self, alarm: Existing, key: str, value: str) -> bool:
        """Whether an alarm without a mark has a name of ours and this tag, so that it may go.

        Costs a call for each such alarm; without an answer it is not ours.
        """
        if read_name(alarm.name) is None or not self._tags_readable or not self.has_time():
            return False
        tags: dict[str, str] = {}
        doing = f"Reading the tags of the alarm {alarm.name} in {self._region}"
        outcome = self._attempt(doing, lambda arn: tags.update(self._alarms.tags(arn)), alarm.arn)
        self._tags_readable = outcome is not _Outcome.HOPELESS
        return tags.get(key) == value

    def _take(self, step: Step) -> _Outcome:
        if step.request is not None:
            doing = f"Writing the alarm {step.name} in {self._region}"
            outcome = self._attempt(doing, self._alarms.put, dict(step.request))
            if outcome is not _Outcome.DONE:
                return outcome
            (self.created if step.creates else self.changed).append(step.name)
        if step.resets and self._reset(step.name) is _Outcome.HOPELESS and not self.done:
            return _Outcome.HOPELESS  # without the permission to reset, the rest can be written
        return _Outcome.DONE

    def _reset(self, name: str) -> _Outcome:
        reason = "Personalize Monitor enabled the actions of an alarm that had fired without them."
        doing = f"Resetting the alarm {name} in {self._region}"
        outcome = self._attempt(doing, lambda alarm: self._alarms.reset(alarm, reason), name)
        if outcome is _Outcome.DONE:
            self.reset.append(name)
        return outcome

    def _attempt(self, doing: str, call: Callable[[_T], None], argument: _T) -> _Outcome:
        """Call AWS once; a failure becomes a problem in words."""
        try:
            call(argument)
        except AWS_ERRORS as error:
            if is_not_found(error):  # somebody deleted it meanwhile
                return _Outcome.REFUSED
            self.problems.append(self._told(doing, error))
            if is_invalid(error):
                return _Outcome.REFUSED
            if not is_denied(error) and code_of(error) not in _QUOTA:
                self.done = False
            return _Outcome.HOPELESS
        return _Outcome.DONE

    def _told(self, doing: str, error: Exception) -> str:
        if code_of(error) in _QUOTA:
            return (
                f"{doing} failed: the quota of CloudWatch alarms in {self._region} is used up; "
                "raise it in Service Quotas, or delete alarms that are no longer needed."
            )
        return sentence(doing, error)
