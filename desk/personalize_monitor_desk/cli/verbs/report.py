"""``report``: one file about an account."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.snapshot import Snapshot, words
from personalize_monitor_desk.advice import Advice, advice, held_back
from personalize_monitor_desk.changes.changes import Changes, changes
from personalize_monitor_desk.cli import documents, operators, options, screen, session
from personalize_monitor_desk.cli.advice_tables import advice_table
from personalize_monitor_desk.cli.deployed import StackName
from personalize_monitor_desk.cli.exits import Exit, Usage
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import Result, as_csv, emit
from personalize_monitor_desk.cli.table import Column, Table
from personalize_monitor_desk.cli.verbs import status
from personalize_monitor_desk.report import as_html, as_markdown

EXAMPLE = "Example: personalize-monitor report --region all --file personalize.html"
_DEFAULT = "personalize-monitor-report.html"

File = Annotated[
    Path | None,
    typer.Option("--file", "-f", help=f"Where to write; .html, .md, .csv. Default: {_DEFAULT}."),
]


def command(  # noqa: PLR0917  typer reads the options from the signature
    file: File = None,
    profile: options.Profile = None,
    region: options.Regions = None,
    stack: StackName = "",
    output: options.As = Output.TABLE,
    at: options.At = None,
    prices: options.Prices = None,
    check: options.Check = False,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Write one self-contained HTML page to mail: the fleet, waste, savings, what to do first.

    With --output markdown, csv or json (or a --file of such a name) the same goes there instead.
    Two weeks of history are read; what to do is what `plan` shows. Findings for --check: something
    can be saved.
    """
    form = _form(file, output)
    place = session.where(profile, region, at)
    operator = operators.looking_operator(place, stack)
    table = session.price_table(prices, operator, place.now)
    seen = session.drawn(place, operator, prices=table).look
    harm = _harm(operator, seen, table)
    if form is Output.TABLE:
        path = file or Path(_DEFAULT)
        _write(path, as_html(seen, harm))
        emit(summary(seen, path), Output.TABLE)
    elif file is not None:
        _write(file, text(seen, harm, form))
        screen.written(file)
    else:
        print(text(seen, harm, form), end="")
    code = session.ended(seen, findings=len(advice(seen.seen)), check=check)
    raise typer.Exit(Exit.PARTLY if harm is not None and harm.partial else code)


def _harm(operator: Operator, seen: Snapshot, prices: PriceTable) -> Changes | None:
    """What became of the changes of two weeks; what the look could not read is told by it."""
    try:
        with screen.working("Reading what became of changes"):
            return changes(
                operator.access, operator.reader, seen, prices, now=seen.now, days=seen.span.days
            )
    except JournalUnavailable:
        return None


def _form(file: Path | None, output: Output) -> Output:
    """The form that file name and option agree on; Usage when they do not."""
    if file is None:
        return output
    named = _SUFFIXES.get(file.suffix.lower())
    if named is None:
        raise Usage(f"--file {file} has no known ending; use .html, .md, .csv or .json.")
    if output not in (Output.TABLE, named):
        raise Usage(f"--file {file} and --output {output} contradict each other; give one.")
    return named


_SUFFIXES = {
    ".html": Output.TABLE,
    ".htm": Output.TABLE,
    ".md": Output.MARKDOWN,
    ".csv": Output.CSV,
    ".json": Output.JSON,
}


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, "utf-8")
    except OSError as problem:
        raise Usage(
            f"{path} cannot be written ({problem.strerror}); give another --file."
        ) from problem


def text(seen: Snapshot, harm: Changes | None, form: Output) -> str:
    """The report in a text form."""
    if form is Output.MARKDOWN:
        return as_markdown(seen, harm)
    if form is Output.CSV:
        return as_csv(rows(seen))
    return documents.dumped(document(seen, harm))


def document(seen: Snapshot, harm: Changes | None) -> dict[str, Any]:
    """JSON; see ``schemas/report.json``."""
    return {
        **documents.head("report", seen),
        "resources": [documents.resource(one) for one in seen.seen],
        "actions": [documents.advised(one) for one in advice(seen.seen)],
        "heldBack": [documents.advised(one) for one in held_back(seen.seen)],
        "totals": documents.totals(seen) | {"monthlySaving": seen.saving.as_json()},
        "harm": None if harm is None else documents.ledger(harm),
        "problems": [*seen.problems, *(harm.problems if harm else ())],
    }


def rows(seen: Snapshot) -> Table[Any]:
    """The fleet's rows with what is advised for each."""
    todo = {str(one.seen.resource.arn): one for one in advice(seen.seen)}
    fleet = status.table(seen)

    def found(one: Any) -> Advice | None:
        return todo.get(str(one.resource.arn))

    more: list[Column[Any]] = [
        Column("action", "Change", lambda s: ((a := found(s)) and a.what) or ""),
        Column(
            "monthly_saving",
            "Saves",
            lambda s: words.dollars(s.figures.saving),
            raw=lambda s: (a := found(s)) and a.saving.dollars,
        ),
        Column("reason", "Why", lambda s: s.decision.reason if s.decision else ""),
    ]
    columns = [column for column in fleet.columns if column.key != "curve"]
    return Table(title="", columns=[*columns, *more], rows=fleet.rows)


def summary(seen: Snapshot, path: Path) -> Result:
    """What is said on the screen once the page is written."""
    return Result(
        document={},
        tables=[advice_table(advice(seen.seen)[:10], whole=not seen.partial)],
        heading=f"Written: {path} ({path.stat().st_size // 1024 or 1} kB, nothing else is needed)",
        notes=[
            (
                f"Cost {words.dollars(seen.cost)} a month, {words.dollars(seen.waste)} of it "
                f"unused; {words.dollars(seen.saving)} can be saved."
            ),
            f"Money: {words.money_basis(seen)}.",
        ],
    )
