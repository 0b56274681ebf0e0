"""The report as one HTML file: no script, no font, no picture from anywhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from html import escape
from pathlib import Path

from personalize_monitor import __version__
from personalize_monitor.model.counted import counted
from personalize_monitor.model.resource import State
from personalize_monitor.plan.snapshot import Seen, Snapshot, words
from personalize_monitor_desk.advice import Advice, advice, held_back
from personalize_monitor_desk.changes.changes import Changes
from personalize_monitor_desk.report import ledger, text
from personalize_monitor_desk.report.chart import chart
from personalize_monitor_desk.standing import in_order, standing_of

_STYLE = Path(__file__).with_name("style.css")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def as_html(seen: Snapshot, harm: Changes | None = None) -> str:
    """The whole page; ``harm`` is None where the journal could not be read."""
    todo, held = advice(seen.seen), held_back(seen.seen)
    proposed = {str(a.seen.resource.arn): a.to_floor for a in todo}
    body = [
        f"<h1>{escape(text.TITLE)}</h1>",
        f'<p class="quiet">{escape(text.subtitle(seen))}</p>',
        _tiles(seen, todo),
        f'<p class="quiet">{escape(text.money_note(seen))}</p>',
        _todo(todo, whole=not seen.partial),
        _held(held),
        _harm(harm),
        _fleet(seen),
        _resources(seen, proposed),
        _unknown(seen, harm),
        (
            f"<footer>Made by personalize-monitor {escape(__version__)}. "
            "Only reading calls were made; nothing was changed.</footer>"
        ),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{escape(text.TITLE)}</title>\n<style>\n{_STYLE.read_text('utf-8')}</style>\n"
        "</head>\n<body>\n<main>\n" + "\n".join(part for part in body if part) + "\n</main>\n"
        "</body>\n</html>\n"
    )


def _tiles(seen: Snapshot, todo: Sequence[Advice]) -> str:
    firing = sum(one.firing for one in seen.seen)
    tiles = (
        (words.dollars(seen.cost), "a month, estimated", ""),
        (words.dollars(seen.waste), "of it unused", "warn" if seen.waste.exact else ""),
        (words.dollars(seen.saving), f"can be saved by {counted(len(todo), 'change')}", "good"),
        (text.serving(seen), "resources serve", ""),
        (str(firing), "alarms fire", "bad" if firing else ""),
    )
    cells = "".join(
        f'<div class="tile"><b class="{style}">{escape(value)}</b>'
        f"<span>{escape(label)}</span></div>"
        for value, label, style in tiles
    )
    return f'<div class="tiles">{cells}</div>'


def _todo(todo: Sequence[Advice], *, whole: bool) -> str:
    if not todo:
        said = escape(words.nothing_to_do(whole=whole))
        return f"<h2>What to do first</h2><p>{said}</p>"
    rows = [
        _advice_row(
            one,
            ("k", one.what),
            ("n", words.dollars(one.saving)),
            ("n", one.risk or words.NOTHING),
        )
        for one in todo
    ]
    head = (
        ("", "Resource"),
        ("", "Region"),
        ("", "Change"),
        ("n", "Saves a month"),
        ("n", "Requests at risk"),
        ("", "Why"),
    )
    return "<h2>What to do first</h2>" + _table(head, rows)


def _advice_row(one: Advice, *cells: tuple[str, str]) -> str:
    who = one.seen.resource
    return _row([("name", who.name), ("k", who.region), *cells, ("", one.decision.reason)])


def _held(held: Sequence[Advice]) -> str:
    if not held:
        return ""
    rows = [_advice_row(one, ("k", one.held_by)) for one in held]
    head = (("", "Resource"), ("", "Region"), ("", "Held by"), ("", "Why"))
    return "<h2>Left alone for now</h2>" + _table(head, rows)


def _harm(found: Changes | None) -> str:
    head = f"<h2>{escape(ledger.TITLE)}</h2><p>{escape(ledger.intro(found))}</p>"
    if found is None or not found.changes:
        return head
    rows = [_row(ledger.cells_of(one)) for one in found.changes]
    note = f'<p class="quiet">{escape(ledger.NOTE)}</p>'
    return head + _table(ledger.HEAD, rows, _row(ledger.foot(found))) + note


_FLEET_HEAD = (
    ("", "Name"),
    ("", "Kind"),
    ("", "Region"),
    ("", "Recipe"),
    ("", "State"),
    ("", "Standing"),
    ("n", "Floor"),
    ("n", "TPS"),
    ("n", "Use %"),
    ("n", "Errors 24 h"),
    ("n", "Cost a month"),
    ("n", "Waste"),
)


def _fleet(seen: Snapshot) -> str:
    if not seen.seen:
        return "<h2>The fleet</h2><p>There is no campaign or recommender here.</p>"
    rows = [_row(_fleet_cells(one)) for one in in_order(seen.seen)]
    foot = _row(
        [
            ("", counted(len(seen.seen), "resource")),
            *[("", "")] * 9,
            ("n", words.dollars(seen.cost)),
            ("n", words.dollars(seen.waste)),
        ]
    )
    return "<h2>The fleet</h2>" + _table(_FLEET_HEAD, rows, foot)


def _fleet_cells(one: Seen) -> list[tuple[str, str]]:
    serves = one.resource.state is State.ACTIVE
    nothing = words.NOTHING
    return [
        ("name", one.resource.name),
        ("", str(one.resource.kind)),
        ("k", one.resource.region),
        ("", words.recipe_name(one.resource)),
        ("", words.state_word(one.resource)),
        ("", str(standing_of(one))),
        ("n", str(one.resource.floor) if serves else nothing),
        ("n", words.rate(one.average) if serves else nothing),
        ("n", words.percent(one.utilization) if serves else nothing),
        ("n", words.count(one.errors.total) if serves else nothing),
        ("n", words.dollars(one.figures.cost)),
        ("n", words.dollars(one.figures.waste)),
    ]


def _resources(seen: Snapshot, proposed: dict[str, int | None]) -> str:
    if not seen.serving:
        return ""
    key = (
        '<p class="key"><span><i class="mean"></i>demand by the hour, TPS</span>'
        '<span><i class="peak"></i>highest five minutes</span>'
        '<span><i class="floor"></i>floor</span>'
        '<span><i class="proposed"></i>proposed floor</span></p>'
    )
    shown = sorted(seen.serving, key=lambda one: _urgency(one, proposed))[:MOST_PICTURES]
    kept = {one.resource.arn for one in shown}
    # In the table's order, so that who looks for a name finds it.
    cards = [
        _card(one, proposed.get(str(one.resource.arn)))
        for one in seen.serving
        if one.resource.arn in kept
    ]
    left = len(seen.serving) - len(shown)
    more = (
        f'<p class="quiet">The {len(shown)} with most to do and most waste; {left} more are in the '
        "table above.</p>"
        if left
        else ""
    )
    return "<h2>Demand against floor</h2>" + more + key + "".join(cards)


MOST_PICTURES = 100
"""With so many the page can be mailed, however large the fleet."""


def _urgency(one: Seen, proposed: Mapping[str, int | None]) -> tuple[bool, bool, Fraction]:
    """What is failing first, then what can be changed, then what costs most for nobody."""
    return (
        not (one.firing or one.errors.total),
        str(one.resource.arn) not in proposed,
        -one.figures.waste.exact,
    )


def _card(one: Seen, proposed: int | None) -> str:
    resource = one.resource
    facts = [
        ("Floor", str(resource.floor)),
        ("Now", f"{words.rate(one.average)} TPS"),
        ("Peak", f"{words.rate(one.demand.peak() if one.demand.known else None)} TPS"),
        ("Errors in 24 h", words.count(one.errors.total)),
        ("Cost", words.dollars(one.figures.cost)),
        ("Waste", words.dollars(one.figures.waste)),
    ]
    if one.firing:
        facts.append(("Alarms", f"{one.firing} fire"))
    shown = "".join(
        f"<span>{escape(label)} <b>{escape(value)}</b></span>" for label, value in facts
    )
    reason = one.decision.reason if one.decision else ""
    place = (
        f"{resource.kind}, {words.recipe_name(resource)}, {resource.region}, "
        f"group {words.group_name(one.dataset_group)}"
    )
    return (
        f'<section class="card"><header><h3>{escape(resource.name)}</h3>'
        f'<span class="quiet">{escape(place)}</span></header>'
        f'<div class="facts">{shown}</div>'
        + chart(one.demand, one.floors, name=resource.name, proposed=proposed)
        + (f'<p class="quiet">{escape(reason)}</p>' if reason else "")
        + "</section>"
    )


def _unknown(seen: Snapshot, harm: Changes | None) -> str:
    sentences = text.unknowns(seen, harm)
    if not sentences:
        return "<h2>What is not known</h2><p>Everything that was asked for was answered.</p>"
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f"<h2>What is not known</h2><ul>{items}</ul>"


def _row(cells: Iterable[tuple[str, str]]) -> str:
    return "<tr>" + "".join(_cell("td", style, value) for style, value in cells) + "</tr>"


def _table(head: Iterable[tuple[str, str]], rows: Sequence[str], foot: str = "") -> str:
    titles = "".join(_cell("th", style, value) for style, value in head)
    end = f"<tfoot>{foot}</tfoot>" if foot else ""
    return (
        f'<div class="wide"><table><thead><tr>{titles}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody>{end}</table></div>"
    )


def _cell(tag: str, style: str, value: str) -> str:
    kind = f' class="{style}"' if style else ""
    return f"<{tag}{kind}>{escape(value)}</{tag}>"
