"""Lists that come in pages, read to the end or as far as AWS lets us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from personalize_monitor.aws.problems import AWS_ERRORS, is_bad_token


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list gave. ``error`` says why it is not complete; absence then means nothing."""

    items: tuple[Any, ...]
    error: Exception | None = None

    @property
    def complete(self) -> bool:
        """Whether the last page was reached."""
        return self.error is None


def read_all(
    call: Callable[..., dict[str, Any]],
    key: str,
    *,
    token: str = "nextToken",  # noqa: S107  the name of a page token is no secret
    **arguments: Any,
) -> Listing:
    """Call ``call`` page after page and collect the items under ``key``.

    A token that expires between two pages makes it start once more from the beginning. Any other
    failure keeps what had come until then, and says so in ``error``.
    """
    for last_try in (False, True):
        items: list[Any] = []
        page: dict[str, Any] = {}
        try:
            while True:
                page = call(**arguments, **({token: page[token]} if page.get(token) else {}))
                items.extend(page.get(key, ()))
                if not page.get(token):
                    return Listing(tuple(items))
        except AWS_ERRORS as error:
            if last_try or not is_bad_token(error):
                return Listing(tuple(items), error)
    raise AssertionError("unreachable: the last try returns")
