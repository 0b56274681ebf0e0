"""The report's section on changes: what became of each, and the ledger of harm under it."""

from __future__ import annotations

from datetime import UTC, datetime

from personalize_monitor.model.counted import counted
from personalize_monitor.plan.snapshot import words
from personalize_monitor.policy.harm.words import told
from personalize_monitor_desk.changes.changes import Change, Changes

TITLE = "Changes and what became of them"
HEAD = (
    ("", "Time, UTC"),
    ("", "Resource"),
    ("k", "Floor"),
    ("", "Verdict"),
    ("n", "Asked"),
    ("n", "Refused"),
    ("n", "% before"),
    ("n", "% after"),
    ("n", "p90, ms"),
    ("n", "Saved"),
    ("", "What became of it"),
)
NOTE = (
    "Asked: all requests from a change to the next one; refused: 4xx and 5xx of them; before: the "
    "14 days that a change is compared with."
)
Cells = list[tuple[str, str]]
"""(Style, text) of each cell."""


def intro(found: Changes | None) -> str:
    """The sentence above the table."""
    if found is None:
        return "The journal could not be read, so it is not known what became of changes."
    if not found.changes:
        return "No floor was changed in the last two weeks."
    sums = found.totals
    parts = [(sums.hurt, "hurt"), (sums.harmless, "harmless"), (sums.unknown, "not yet known")]
    said = ", ".join(f"{number} {word}" for number, word in parts if number)
    text = f"{counted(len(found.changes), 'change')}: {said or 'nothing is known of them'}."
    if found.unread:
        text += f" What callers got is not known of {found.unread}; the sums are without them."
    return text


def cells_of(one: Change) -> Cells:
    """The row of a change."""
    case, row = one.case, one.row
    opened = datetime.fromtimestamp(case.opened, UTC)
    return [
        ("k", f"{opened:%Y-%m-%d %H:%M}"),
        ("name", one.arn.name),
        ("k", f"{case.from_floor} → {case.floor}"),
        ("k", str(row.word)),
        *_figures(one),
        ("n", words.dollars(one.saving)),
        ("", told(case)),
    ]


def _figures(one: Change) -> Cells:
    if one.unread:
        return [("n", words.UNKNOWN)] * 5
    before, after = one.row.before, one.row.after
    return [
        ("n", words.count(after.asked)),
        ("n", words.count(after.refused + after.failed)),
        ("n", words.share(before.share)),
        ("n", words.share(after.share)),
        ("n", f"{words.count(before.p90)} → {words.count(after.p90)}"),
    ]


def foot(found: Changes) -> Cells:
    """The sums."""
    sums = found.totals
    return [
        ("", counted(len(found.changes), "change")),
        *[("", "")] * 3,
        ("n", words.count(sums.asked)),
        ("n", words.count(sums.refused + sums.failed)),
        *[("", "")] * 3,
        ("n", words.dollars(found.saved)),
        ("", ""),
    ]
