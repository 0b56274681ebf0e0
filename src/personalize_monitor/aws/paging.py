"""Lists that come in pages, read to the end or as far as AWS lets us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from personalize_monitor.aws.problems import AWS_ERRORS, is_bad_token
from personalize_monitor.model.apart import apart

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list gave. ``error`` says why it is not complete; absence then means nothing.

    ``unreadable`` has a sentence for each item that could not be understood.
    """

    items: tuple[Any, ...]
    error: Exception | None = None
    unreadable: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the last page was reached, and every item could be read."""
        return self.error is None and not self.unreadable

    def read(self, one: Callable[[Any], _Item], what: str) -> tuple[tuple[_Item, ...], Listing]:
        """The items as ``one`` understands each, apart; ``what`` names one in a sentence."""
        items, problems = apart(self.items, one, doing=f"Reading {what}")
        return tuple(items), Listing(self.items, self.error, (*self.unreadable, *problems))


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
                items.extend(page.get(key) or ())
                if not page.get(token):
                    return Listing(tuple(items))
        except AWS_ERRORS as error:
            if last_try or not is_bad_token(error):
                return Listing(tuple(items), error)
    raise AssertionError("unreachable: the last try returns")
