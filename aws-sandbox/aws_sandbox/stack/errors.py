"""What can go wrong with a stack.

StackError
├── TemplateError    the template cannot be read, transformed or resolved
├── ParameterError   a parameter value is refused; nothing was created
├── ResourceError    one resource could not be created, changed or deleted
└── DeployError      the deployment failed and was rolled back; carries the events
"""

from __future__ import annotations

from collections.abc import Sequence


class StackError(Exception):
    """Anything that stops a deployment, update or deletion."""


class TemplateError(StackError):
    """The template is not one that can be deployed; the sentence names the place."""


class ParameterError(StackError):
    """A parameter's value is refused; `problems` has one sentence for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


class ResourceError(StackError):
    """One resource failed; the sentence is the event's ResourceStatusReason.

    `physical` is set when a custom resource failed to be created but named itself: it is deleted
    on rollback.
    """

    physical: str | None = None


class DeployError(StackError):
    """The stack did not reach its goal; `failures` are logical id and reason of each cause."""

    def __init__(self, status: str, failures: Sequence[tuple[str, str]]) -> None:
        reasons = "; ".join(f"{logical}: {reason}" for logical, reason in failures)
        super().__init__(f"{status}: {reasons}")
        self.status = status
        self.failures = tuple(failures)
