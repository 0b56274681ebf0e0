"""Replacing parts of moto while a sandbox runs, and putting them back."""

from __future__ import annotations

from typing import Any


class Patches:
    """Attributes that were replaced, in order; `undo` restores all of them."""

    def __init__(self) -> None:
        self._saved: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute of a class or module that exists already.

        Raises:
            AttributeError: moto has changed and has no such attribute any more.
        """
        self._saved.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def undo(self) -> None:
        """Put everything back, last replacement first."""
        while self._saved:
            owner, name, value = self._saved.pop()
            setattr(owner, name, value)
