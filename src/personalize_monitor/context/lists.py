"""Lists of ARNs that stand in a parameter of Systems Manager: ``CampaignARNs: ssm:/path/name``.

They are read anew every few minutes. What cannot be read, or not be meant, keeps what was known: a
list that does not answer is never an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.problems import AWS_ERRORS, is_denied, sentence
from personalize_monitor.clock import utc_now
from personalize_monitor.errors import SettingsError
from personalize_monitor.settings import ACCOUNT, LISTS, Settings, load, unmeant

if TYPE_CHECKING:
    from personalize_monitor.aws.stackinfo import StackInfo

PREFIX = "ssm:"
_AGE = timedelta(minutes=4)
"""A cycle, which comes every five minutes, reads them once."""


def names_in(values: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the parameters of Systems Manager that hold lists of these parameters."""
    found = (values.get(name, "") for name in LISTS)
    return tuple(one.removeprefix(PREFIX) for one in found if one.startswith(PREFIX))


@dataclass(slots=True)
class Lists:
    """The lists of one deployment; ``problems`` says what is not known of them as of now."""

    access: Access
    region: str
    problems: list[str] = field(default_factory=list)
    _known: dict[str, str] = field(default_factory=dict)
    _read: datetime | None = None

    def filled(self, values: Mapping[str, str], now: datetime) -> Mapping[str, str]:
        """The deployment's parameters with the lists in place of where they are.

        Raises SettingsError for a list that was never read.
        """
        kept = {name: text for name in LISTS if (text := values.get(name, "")).startswith(PREFIX)}
        if not kept:
            return values
        if self._read is None or not timedelta(0) <= now - self._read < _AGE:
            account = values.get(ACCOUNT, "")
            found = [self._problem(name, text, account) for name, text in kept.items()]
            self.problems = [problem for problem in found if problem]
            self._read = now
        missing = [text for text in kept.values() if text not in self._known]
        if missing:
            self._read = None
            raise SettingsError(self.problems)
        return {**values, **{name: self._known[text] for name, text in kept.items()}}

    def _problem(self, name: str, text: str, account: str) -> str:
        """Read one list; why it stays as it was, or nothing."""
        path = text.removeprefix(PREFIX)
        goes_on = "; the list stays as it was." if text in self._known else "."
        try:
            found = self.access.client("ssm", self.region).get_parameter(Name=path)
        except AWS_ERRORS as error:
            why = sentence(f"Reading {name} from {path}", error)
            cure = " See that the role may ssm:GetParameter there" if is_denied(error) else ""
            cure = cure or f" See that the parameter {path} exists in {self.region}"
            return f"{why}{cure}{goes_on}"
        value = str(found["Parameter"].get("Value", ""))
        if found["Parameter"].get("Type") == "SecureString":
            return f"{name}: the parameter {path} is a SecureString; make it a String{goes_on}"
        if problem := unmeant(name, value, account):
            return f"{name} from {path}: {problem.rstrip('.')}{goes_on}"
        self._known[text] = value
        return ""


def in_force(access: Access, stack: StackInfo | None) -> Settings:
    """The parameters of a stack; the defaults where nothing is deployed. Raises SettingsError."""
    if stack is None:
        return load({})
    values = stack.values
    if names_in(values):
        values = Lists(access, stack.region).filled(values, utc_now())
    return load(values)
