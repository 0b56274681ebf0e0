"""The errors that Personalize declares, raised by our operations and written by `responses`."""

from __future__ import annotations


class PersonalizeError(Exception):
    """An error answer; the class name is the error code."""

    status = 400

    @property
    def code(self) -> str:
        """The code on the wire."""
        return type(self).__name__


class InvalidInputException(PersonalizeError):
    """A value is not one."""


class ResourceNotFoundException(PersonalizeError):
    """There is no such resource."""


class ResourceAlreadyExistsException(PersonalizeError):
    """The name is taken."""


class ResourceInUseException(PersonalizeError):
    """The resource is changing, or something depends on it."""


class LimitExceededException(PersonalizeError):
    """A quota is used up."""


class InvalidNextTokenException(PersonalizeError):
    """The token is not one of ours."""


class TooManyTagsException(PersonalizeError):
    """More than 50 tags."""


class TooManyTagKeysException(PersonalizeError):
    """More than 50 tag keys in one request."""
