"""A notice as SNS takes it: a subject of one line in ASCII, and plain text."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

SUBJECT_LENGTH = 99
"""SNS takes subjects of fewer than 100 ASCII characters, without control characters."""
_WHY_LENGTH = 4_000
_ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Letter:
    """One notice; make it with ``letter``, which keeps to SNS's rules.

    ``kind`` and ``resources`` (ARNs) are what it is about, for whoever sorts notices.
    """

    subject: str
    text: str
    kind: str = ""
    resources: tuple[str, ...] = ()


def letter(subject: str, *paragraphs: str) -> Letter:
    """A letter of these paragraphs, those without text left out."""
    body = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    return Letter(headline(subject), body + "\n")


def headline(text: str, room: int = SUBJECT_LENGTH) -> str:
    """``text`` in ASCII, on one line and short enough; what is cut off is marked."""
    plain = unicodedata.normalize("NFKD", text.replace("\N{RIGHTWARDS ARROW}", "->"))
    plain = one_line(plain.encode("ascii", "ignore").decode())
    return shortened(plain, room) or "Personalize Monitor"


def shortened(text: str, room: int) -> str:
    """``text``, cut at its end when it has more than ``room`` characters."""
    return text if len(text) <= room else text[: room - len(_ELLIPSIS)].rstrip() + _ELLIPSIS


def one_line(text: object) -> str:
    """A value of an event as people may read it: no line breaks, no control characters."""
    shown = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in str(text))
    return shortened(" ".join(shown.split()), _WHY_LENGTH)


def story(name: str, told: str, room: int = SUBJECT_LENGTH) -> str:
    """``NAME: TOLD``; when that is too long, the name is cut and the story stays whole."""
    return f"{shortened(name, max(8, room - len(told) - 2))}: {told}"
