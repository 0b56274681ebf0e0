"""The report as Markdown, for an issue or a wiki."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from personalize_monitor.model.counted import counted
from personalize_monitor.model.resource import State
from personalize_monitor.plan.snapshot import Seen, Snapshot, words
from personalize_monitor_desk.advice import advice, held_back
from personalize_monitor_desk.changes.changes import Changes
from personalize_monitor_desk.report import ledger, text
from personalize_monitor_desk.standing import in_order, standing_of


def as_markdown(seen: Snapshot, harm: Changes | None = None) -> str:
    """The page's sections without its pictures."""
    todo, held = advice(seen.seen), held_back(seen.seen)
    parts = [
        f"# {text.TITLE}",
        text.subtitle(seen),
        "\n".join(
            (
                f"- Cost: {seen.cost} a month",
                f"- Waste: {seen.waste} a month",
                f"- Possible saving: {seen.saving} a month by {counted(len(todo), 'change')}",
                f"- Resources that serve: {text.serving(seen)}",
            )
        ),
        text.money_note(seen),
        "## What to do first",
        _table(
            ("Resource", "Region", "Change", "Saves a month", "Requests at risk", "Why"),
            (
                (
                    one.seen.resource.name,
                    one.seen.resource.region,
                    one.what,
                    words.dollars(one.saving),
                    one.risk or words.NOTHING,
                    one.decision.reason,
                )
                for one in todo
            ),
        )
        or words.nothing_to_do(whole=not seen.partial),
    ]
    if held:
        parts += [
            "## Left alone for now",
            _table(
                ("Resource", "Held by", "Why"),
                ((one.seen.resource.name, one.held_by, one.decision.reason) for one in held),
            ),
        ]
    parts += [f"## {ledger.TITLE}", ledger.intro(harm)]
    if harm is not None and harm.changes:
        rows = [*map(ledger.cells_of, harm.changes), ledger.foot(harm)]
        texts = ([text for _, text in row] for row in rows)
        parts += [_table([title for _, title in ledger.HEAD], texts), ledger.NOTE]
    parts += ["## The fleet", _fleet(seen) or "There is no campaign or recommender here."]
    parts += ["## What is not known", _unknown(seen, harm)]
    return "\n\n".join(parts) + "\n"


def _fleet(seen: Snapshot) -> str:
    return _table(
        (
            *("Name", "Kind", "Region", "Recipe", "State", "Standing"),
            *("Floor", "TPS", "Use %", "Cost", "Waste"),
        ),
        (
            (
                one.resource.name,
                str(one.resource.kind),
                one.resource.region,
                words.recipe_name(one.resource),
                words.state_word(one.resource),
                str(standing_of(one)),
                *_traffic(one),
                words.dollars(one.figures.cost),
                words.dollars(one.figures.waste),
            )
            for one in in_order(seen.seen)
        ),
    )


def _traffic(one: Seen) -> tuple[str, str, str]:
    """Floor, rate and utilization; they say something only of what serves."""
    if one.resource.state is not State.ACTIVE:
        return words.NOTHING, words.NOTHING, words.NOTHING
    return str(one.resource.floor), words.rate(one.average), words.percent(one.utilization)


def _unknown(seen: Snapshot, harm: Changes | None) -> str:
    found = text.unknowns(seen, harm)
    return (
        "\n".join(f"- {cell(one)}" for one in found)
        or "Everything that was asked for was answered."
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(
        ("| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |", *lines)
    )


def cell(value: str) -> str:
    """Text that stays text, in one cell of one line."""
    line = " ".join(value.splitlines())
    return line.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
