"""The errors CloudWatch answers, with AWS's codes; moto turns them into wire errors."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException


class CloudWatchError(ServiceException):  # type: ignore[misc] # moto is untyped
    """Base of all errors below; `code` is what a client sees in Error.Code."""


class ValidationError(CloudWatchError):
    """A request that breaks a rule of the API's model (HTTP 400)."""

    code = "ValidationError"


class InvalidParameterValue(CloudWatchError):
    """One parameter has a value that is not allowed (HTTP 400)."""

    code = "InvalidParameterValue"


class InvalidParameterCombination(CloudWatchError):
    """Parameters that do not go together (HTTP 400)."""

    code = "InvalidParameterCombination"


class MissingParameter(CloudWatchError):
    """A required parameter is absent (HTTP 400)."""

    code = "MissingParameter"


class InvalidNextToken(CloudWatchError):
    """A NextToken that this service did not hand out for this request (HTTP 400)."""

    code = "InvalidNextToken"


class InvalidFormat(CloudWatchError):
    """Text that must be JSON and is not (HTTP 400)."""

    code = "InvalidFormat"


class ResourceNotFound(CloudWatchError):
    """The alarm or dashboard does not exist (HTTP 404)."""

    code = "ResourceNotFound"


class ResourceNotFoundException(CloudWatchError):
    """A resource named by its ARN does not exist (HTTP 404)."""

    code = "ResourceNotFoundException"


class DashboardInvalidInput(CloudWatchError):
    """A dashboard body that is not saved; carries the list of what is wrong with it (HTTP 400)."""

    code = "InvalidParameterInput"

    def __init__(self, messages: list[dict[str, str]]) -> None:
        super().__init__(
            "The field DashboardBody must be a valid JSON object"
            if not messages
            else "The dashboard body is invalid, there are "
            f"{len(messages)} validation errors: {messages}"
        )
        self.dashboardValidationMessages: list[dict[str, Any]] = list(messages)


def constraint(value: object, at: str, rule: str) -> ValidationError:
    """AWS's wording for a value that breaks a constraint of the API's model."""
    return ValidationError(
        f"1 validation error detected: Value '{value}' at '{at}' failed to satisfy constraint: "
        f"Member must {rule}"
    )
