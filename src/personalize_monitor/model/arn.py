"""The ARN of a Personalize resource, parsed once and compared as text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from personalize_monitor.errors import InvalidArn, quoted

_ARN = re.compile(
    r"arn:(?P<partition>aws(?:-[a-z]+)*):(?P<service>[a-z0-9-]+):"
    r"(?P<region>[a-z0-9-]*):(?P<account>\d{12}|):(?P<kind>[a-z-]+)/(?P<rest>\S+)"
)
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-_]{0,62}")
_MAX_LENGTH = 256  # AWS: the ARN shape of the Personalize API


@dataclass(frozen=True)
class Arn:
    """``arn:PARTITION:personalize:REGION:ACCOUNT:KIND/NAME[/VERSION]``.

    ``kind`` is campaign, recommender, solution, dataset-group or recipe.
    """

    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not _ARN.fullmatch(self.text):
            raise InvalidArn(f"{quoted(self.text)} is not an ARN; it should look like {EXAMPLE}.")

    @cached_property
    def _parts(self) -> dict[str, str]:
        match = _ARN.fullmatch(self.text)
        assert match is not None
        return match.groupdict()

    @property
    def partition(self) -> str:
        """``aws``, ``aws-cn`` ..."""
        return self._parts["partition"]

    @property
    def region(self) -> str:
        """The AWS region; empty for recipes, which are global."""
        return self._parts["region"]

    @property
    def account(self) -> str:
        """The 12-digit account id; empty for recipes."""
        return self._parts["account"]

    @property
    def kind(self) -> str:
        """The type of resource, such as ``campaign``."""
        return self._parts["kind"]

    @property
    def name(self) -> str:
        """The resource's name, without the version of a solution version."""
        return self._parts["rest"].split("/", 1)[0]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def of_resource(cls, text: object, *, kinds: tuple[str, ...]) -> Arn:
        """Parse ``text`` as the ARN of one of ``kinds``; InvalidArn says what it is instead."""
        if not isinstance(text, str) or len(text) > _MAX_LENGTH:
            raise InvalidArn(f"{quoted(text)} is not an ARN; it should look like {EXAMPLE}.")
        arn = cls(text.strip())
        wanted = " or ".join(kinds)
        if arn._parts["service"] != "personalize":
            raise InvalidArn(
                f"{arn} belongs to the service {arn._parts['service']}; "
                f"give the ARN of a Personalize {wanted}."
            )
        if arn.kind not in kinds:
            raise InvalidArn(f"{arn} is a {arn.kind}; give the ARN of a {wanted}.")
        if not arn.region or not arn.account or not _NAME.fullmatch(arn._parts["rest"]):
            raise InvalidArn(f"{arn} is not complete; it should look like {EXAMPLE}.")
        return arn


EXAMPLE = "arn:aws:personalize:us-east-1:123456789012:campaign/my-campaign"
"""What a good ARN looks like, for error messages."""


def solution_of(solution_version_arn: str) -> str:
    """The solution's ARN: a solution version is the solution plus ``/VERSION`` or ``/$LATEST``."""
    head, _, tail = solution_version_arn.rpartition("/")
    return head if ":solution/" in head and tail else solution_version_arn
