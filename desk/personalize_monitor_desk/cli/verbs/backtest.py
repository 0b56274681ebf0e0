"""``backtest``: what each right-sizing mode would have cost."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Annotated, Any

import typer

from personalize_monitor.model.demand import PER_DAY
from personalize_monitor.model.window import SECONDS
from personalize_monitor_desk.backtest import sample
from personalize_monitor_desk.backtest.evaluate import capacities
from personalize_monitor_desk.backtest.run import Row
from personalize_monitor_desk.cli import backtest_runs, documents, options, screen, subjects
from personalize_monitor_desk.cli.backtest_runs import Outcome, Rules, Subject
from personalize_monitor_desk.cli.exits import Exit, Usage
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import Result, emit
from personalize_monitor_desk.cli.table import Column, Table
from personalize_monitor_desk.report.trial_page import Dot, Week, as_page

EXAMPLE = "Example: personalize-monitor backtest traces/ --initial over10 --picture trial.html"

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        help="Trace files or folders, - for standard input, or resources by name or ARN. "
        "Default: every live resource."
    ),
]
Initial = Annotated[
    str | None,
    typer.Option(
        "--initial",
        help="Floor at the start: peak, p50, over10, now, or a number. Default: peak; live: now.",
        metavar="FLOOR",
    ),
]
Lag = Annotated[
    int,
    typer.Option("--lag", min=0, max=60, help="Minutes until the service's own scaling arrives."),
]
Headroom = Annotated[
    float,
    typer.Option("--headroom", min=0, max=1, help="Headroom that the service's scaling keeps."),
]
All = Annotated[
    bool, typer.Option("--from-launch", help="Count from the first day, not the settled time only.")
]
TimeColumn = Annotated[
    str, typer.Option("--time-column", help="Traces: the column of times.", metavar="NAME")
]
RequestsColumn = Annotated[
    str, typer.Option("--requests-column", help="Traces: the column of requests.", metavar="NAME")
]
Days = Annotated[
    int | None,
    typer.Option(
        "--days",
        min=0,
        help="Try each hour of the last so many days; 0: of all. Default: all, or 26 weeks spread "
        "over what is longer than that.",
    ),
]
Most = Annotated[
    int, typer.Option("--max-updates-per-day", min=1, max=24, help="MaxUpdatesPerDay of `follow`.")
]
Jobs = Annotated[
    int, typer.Option("--jobs", min=1, max=64, help="Processes that try several subjects at once.")
]
_QUOTA = 500
Picture = Annotated[
    Path | None, typer.Option("--picture", help="Write an HTML page with pictures here.")
]


def command(  # noqa: PLR0917  typer reads the options from the signature
    sources: Sources = None,
    time_column: TimeColumn = "",
    requests_column: RequestsColumn = "",
    days: Days = None,
    initial: Initial = None,
    most: Most = 5,
    lag: Lag = 10,
    headroom: Headroom = 0.0,
    from_launch: All = False,
    picture: Picture = None,
    jobs: Jobs = 1,
    profile: options.Profile = None,
    region: options.Regions = None,
    output: options.As = Output.TABLE,
    at: options.At = None,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Try every right-sizing mode on traces, or on the last two weeks of live resources.

    Bill, exposure, and both together (J10, J30: an exposed request costs 10 or 30 prices of a
    request) are multiples of what a floor of 1 for ever gives, the lowest bill there is.
    """
    columns = backtest_runs.Columns(time_column, requests_column)
    found, whole = subjects.subjects_of(sources or [], columns, profile, region, at)
    sampled = days is None and not from_launch
    chosen = subjects.cut(found, days, sampled=sampled)
    live = any(subject.floor is not None for subject in chosen)
    rules = Rules(
        initial=initial or ("now" if live else "peak"),
        lag_minutes=lag,
        headroom=headroom,
        steady=not from_launch,
        most=most,
        sampled=sampled,
    )
    if rules.initial.isdecimal() and int(rules.initial) > _QUOTA:
        screen.hint(f"A floor above {_QUOTA} needs a larger quota than the service's default.")
    outcomes = _tried(chosen, rules, jobs)
    emit(result(outcomes, rules), output)
    if picture is not None:
        _draw(picture, outcomes, rules)
        screen.written(picture)
    raise typer.Exit(Exit.FINE if whole else Exit.PARTLY)


def _tried(subjects: Sequence[Subject], rules: Rules, jobs: int) -> list[Outcome]:
    with screen.working("Trying") as tell:
        if jobs == 1 or len(subjects) == 1:
            tried = [backtest_runs.try_all(subject, rules, tell) for subject in subjects]
        else:
            tried = _side_by_side(subjects, rules, jobs, tell)
    return [outcome for outcomes in tried for outcome in outcomes]


def _side_by_side(
    subjects: Sequence[Subject], rules: Rules, jobs: int, tell: Callable[[str], None]
) -> list[list[Outcome]]:
    """Each subject in one of ``jobs`` processes; the answers in the order of the subjects."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(subjects)), mp_context=fresh) as pool:
        asked = [pool.submit(backtest_runs.try_quietly, subject, rules) for subject in subjects]
        for number, _ in enumerate(as_completed(asked), start=1):
            tell(f"{number} of {len(subjects)}")
        return [one.result() for one in asked]


def result(outcomes: Sequence[Outcome], rules: Rules) -> Result:
    """The trial in all forms; CSV has one row for each subject and mode."""
    subjects = list(dict.fromkeys(one.subject.name for one in outcomes))
    rows = [one.row for one in outcomes]
    several = len(subjects) > 1
    tables = [table(backtest_runs.means(outcomes, rules), subject=False)]
    if several:
        tables.append(table(rows, subject=True))
    span = "the settled time" if rules.steady else "all time from launch"
    if _sampled(outcomes):
        span = f"{sample.WEEKS} weeks spread over all time"
    what = f"{len(subjects)} subjects (means)" if several else subjects[0]
    return Result(
        document=document(outcomes, rules),
        tables=tables,
        main=len(tables) - 1,
        heading=f"Backtest of {what}: {span}, start at {rules.initial}, lag {rules.lag_minutes} "
        f"min, headroom {rules.headroom:g}",
        notes=[
            backtest_runs.recommendation(outcomes, rules),
            "Bill 1 is the lowest there is (floor 1 for ever), exposed 1 what comes with it.",
            "Clairvoyant modes know the future: they are bounds, not choices.",
            "An estimate: how fast the service really scales is not published.",
        ],
    )


def _sampled(outcomes: Sequence[Outcome]) -> bool:
    """Whether any of them was tried in weeks only."""
    return any(one.sampled for one in outcomes)


def document(outcomes: Sequence[Outcome], rules: Rules) -> dict[str, Any]:
    """JSON; see ``schemas/backtest.json``."""
    return {
        **documents.form("backtest"),
        "rules": {
            "initial": rules.initial,
            "lagMinutes": rules.lag_minutes,
            "headroom": rules.headroom,
            "steady": rules.steady,
            "maxUpdatesPerDay": rules.most,
            "sampledWeeks": sample.WEEKS if _sampled(outcomes) else None,
        },
        "recommendation": backtest_runs.recommendation(outcomes, rules),
        "modes": [_figures(row) for row in backtest_runs.means(outcomes, rules)],
        "outcomes": [{"subject": one.row.trace, **_figures(one.row)} for one in outcomes],
    }


def _figures(row: Row) -> dict[str, Any]:
    return {
        "mode": row.policy,
        "billUsd": documents.rounded(row.bill_usd),
        "billRatio": documents.rounded(row.bill),
        "exposedShare": documents.rounded(row.exposed),
        "exposedPercent": documents.rounded(row.exposed_percent),
        "updatesPerWeek": documents.rounded(row.updates_per_week),
        "j10": documents.rounded(row.j10),
        "j30": documents.rounded(row.j30),
    }


def table(rows: Sequence[Row], *, subject: bool) -> Table[Row]:
    """One mode a line; ``subject`` names what it was tried on."""
    real = [row.j10 for row in rows if not row.policy.startswith("clairvoyant")]
    best = min(real, default=0.0)
    columns: list[Column[Row]] = [
        Column("mode", "Mode", lambda r: r.policy, importance=99, style=_mode_style),
        _figure("bill_usd", "Bill $", lambda r: r.bill_usd, importance=20, digits=2),
        _figure("bill", "Bill", lambda r: r.bill, importance=95),
        _figure("exposed", "Exposed", lambda r: r.exposed, importance=94),
        _figure("exposed_percent", "Exposed %", lambda r: r.exposed_percent, importance=30),
        _figure(
            "updates_per_week",
            "Updates/week",
            lambda r: r.updates_per_week,
            importance=60,
            digits=1,
        ),
        _figure(
            "j10",
            "J10",
            lambda r: r.j10,
            importance=90,
            style=lambda r: "bold green" if not subject and r.j10 <= best else "",
        ),
        _figure("j30", "J30", lambda r: r.j30, importance=80),
    ]
    if subject:
        columns.insert(
            0,
            Column(
                "subject", "Subject", lambda r: r.trace, importance=100, least=14, flexible=True
            ),
        )
    return Table(title="Each by itself" if subject else "", columns=columns, rows=rows)


def _mode_style(row: Row) -> str:
    return "dim" if row.policy.startswith("clairvoyant") else "bold"


def _figure(
    key: str,
    title: str,
    of: Callable[[Row], float],
    *,
    importance: int,
    digits: int = 3,
    style: Callable[[Row], str] | None = None,
) -> Column[Row]:
    return Column(
        key,
        title,
        lambda row: f"{of(row):,.{digits}f}",
        raw=lambda row: documents.rounded(of(row)),
        right=True,
        importance=importance,
        style=style,
    )


def _draw(path: Path, outcomes: Sequence[Outcome], rules: Rules) -> None:
    dots = [Dot(row.policy, row.bill, row.exposed) for row in backtest_runs.means(outcomes, rules)]
    first = outcomes[0].subject
    weeks = [_week(one, rules) for one in outcomes if one.subject is first]
    title = f"Backtest: {first.name}" if len(outcomes) == len(weeks) else "Backtest"
    try:
        path.write_text(as_page(title, dots, weeks), "utf-8")
    except OSError as problem:
        raise Usage(
            f"{path} cannot be written ({problem.strerror}); give another --picture."
        ) from problem


def _week(one: Outcome, rules: Rules) -> Week:
    demand, last = one.subject.demand, 7 * PER_DAY
    rates = [0.0 if rate != rate else rate for rate in demand.rates]  # noqa: PLR0124
    room = capacities(
        rates, one.timeline.floors, lag_minutes=rules.lag_minutes, headroom=rules.headroom
    )
    return Week(
        f"{one.subject.name}: {one.row.policy}",
        demand.end - last * SECONDS,
        rates[-last:],
        one.timeline.floors[-last:],
        room[-last:],
    )
