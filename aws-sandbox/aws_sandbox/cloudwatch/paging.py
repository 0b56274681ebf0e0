"""Pages of a sorted list: the token is the last name given, so it survives changes in between."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

from aws_sandbox.cloudwatch.errors import InvalidNextToken

Item = TypeVar("Item")
_PREFIX = "after:"


def page(
    items: Sequence[Item], token: str | None, size: int, name: Callable[[Item], str]
) -> tuple[list[Item], str | None]:
    """Up to `size` items after the token's name, and the next token; `items` sorted by `name`.

    Raises:
        InvalidNextToken: the token is not one of ours.
    """
    after = _decode(token)
    rest = [item for item in items if name(item) > after] if token else list(items)
    if len(rest) <= size:
        return rest, None
    text = _PREFIX + name(rest[size - 1])
    return rest[:size], base64.urlsafe_b64encode(text.encode()).decode()


def _decode(token: str | None) -> str:
    if not token:
        return ""
    try:
        text = base64.urlsafe_b64decode(token).decode()
    except ValueError as error:
        raise InvalidNextToken("The service cannot process the next token provided.") from error
    if not text.startswith(_PREFIX):
        raise InvalidNextToken("The service cannot process the next token provided.")
    return text.removeprefix(_PREFIX)
