"""A number with its noun, so that nobody reads of 1 changes."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Such as ``1 change``, ``3 changes`` and ``2 entries``."""
    if number != 1:
        noun = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun}"
