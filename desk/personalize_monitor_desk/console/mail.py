"""The sandbox's mail by kind, newest first, page by page; a letter keeps its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from aws_sandbox.events.mailbox import Message


KINDS: Final = {
    "": "All but OK",
    "notice": "From the application",
    "alarm": "Alarms",
    "ok": "Back to OK",
    "all": "All",
}
"""What mail can be narrowed to, with the word on the button."""
PAGE: Final = 25


def kind_of(subject: str | None) -> str:
    """``alarm`` or ``ok`` for what CloudWatch mails, ``notice`` for what the application does."""
    word = (subject or "").partition(":")[0]
    return {"ALARM": "alarm", "OK": "ok", "INSUFFICIENT_DATA": "alarm"}.get(word, "notice")


def sorted_mail(messages: Sequence[Message], kind: str, page: int) -> dict[str, Any]:
    """One page of a kind (see KINDS; ``page`` from 1), and how many letters each kind has."""
    kinds = [kind_of(letter.subject) for letter in messages]
    wanted = {"": {"notice", "alarm"}, "all": {"notice", "alarm", "ok"}}.get(kind, {kind})
    found = [number for number, one in enumerate(kinds) if one in wanted][::-1]
    counts = {name: kinds.count(name) for name in ("notice", "alarm", "ok")}
    counts |= {"": len(kinds) - counts["ok"], "all": len(kinds)}
    return {
        "letters": [
            _shown(number, messages[number]) for number in found[(page - 1) * PAGE : page * PAGE]
        ],
        "found": len(found),
        "counts": counts,
    }


def _shown(number: int, letter: Message) -> dict[str, Any]:
    return {
        "number": number,
        "time": letter.time.isoformat(),
        "region": letter.region,
        "topic": letter.topic,
        "subject": letter.subject,
        "message": letter.message,
        "delivered": list(letter.emails),
    }
