"""Text from elsewhere for a terminal: one line, nothing that steers the screen."""

from __future__ import annotations

_NOT_SHOWN = "\N{REPLACEMENT CHARACTER}"


def plain(text: str) -> str:
    """``text`` in one line, with a mark for each character that would steer the screen.

    Those are control codes, marks that reverse the direction of reading, and broken characters.
    """
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else _NOT_SHOWN
