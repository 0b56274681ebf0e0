"""The errors that Personalize declares, raised by our operations and written by `responses`."""

from __future__ import annotations


class PersonalizeError(Exception):
    """An error answer; the class name is the error code, the HTTP status is 400 on the control plane."""

    status = 400

    @property
    def code(self) -> str:
        """The code on the wire."""
        return type(self).__name__


class InvalidInputException(PersonalizeError):  # noqa: N818  (AWS's names)
    """A value is not one."""


class ResourceNotFoundException(PersonalizeError):  # noqa: N818
    """There is no such resource."""


class ResourceAlreadyExistsException(PersonalizeError):  # noqa: N818
    """The name is taken."""


class ResourceInUseException(PersonalizeError):  # noqa: N818
    """The resource is changing, or something depends on it."""


class LimitExceededException(PersonalizeError):  # noqa: N818
    """A quota is used up."""


class InvalidNextTokenException(PersonalizeError):  # noqa: N818
    """The token is not one of ours."""


class TooManyTagsException(PersonalizeError):  # noqa: N818
    """More than 50 tags."""


class TooManyTagKeysException(PersonalizeError):  # noqa: N818
    """More than 50 tag keys in one request."""
