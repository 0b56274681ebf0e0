"""``backtest``: what each right-sizing mode would have cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from personalize_monitor.app.look import Seen
from personalize_monitor.backtest.evaluate import capacities
from personalize_monitor.backtest.run import Row
from personalize_monitor.cli import documents, options, screen, session, trial
from personalize_monitor.cli.emit import Result, emit
from personalize_monitor.cli.exits import Exit, Refused, Usage
from personalize_monitor.cli.options import Output
from personalize_monitor.cli.table import Column, Table
from personalize_monitor.cli.trial import Outcome, Rules, Subject
from personalize_monitor.errors import InvalidArn
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.demand import PER_DAY
from personalize_monitor.model.window import SECONDS
from personalize_monitor.report.trial_page import Dot, Week, as_page

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
Picture = Annotated[
    Path | None, typer.Option("--picture", help="Write an HTML page with pictures here.")
]


def command(  # noqa: PLR0917  typer reads the options from the signature
    sources: Sources = None,
    initial: Initial = None,
    lag: Lag = 10,
    headroom: Headroom = 0.0,
    from_launch: All = False,
    picture: Picture = None,
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
    subjects, whole = _subjects(sources or [], profile, region, at)
    live = any(subject.floor is not None for subject in subjects)
    rules = Rules(
        initial=initial or ("now" if live else "peak"),
        lag_minutes=lag,
        headroom=headroom,
        steady=not from_launch,
    )
    outcomes = _tried(subjects, rules)
    emit(result(outcomes, rules), output)
    if picture is not None:
        _draw(picture, outcomes, rules)
        screen.written(picture)
    raise typer.Exit(Exit.FINE if whole else Exit.PARTLY)


def _subjects(
    sources: Sequence[str], profile: str | None, region: list[str] | None, at: str | None
) -> tuple[list[Subject], bool]:
    """What is to be tried, and whether every region that was asked for it answered."""
    arns = list(dict.fromkeys(_arn(source) for source in sources if source.startswith("arn:")))
    files = [
        path
        for source in sources
        if not source.startswith("arn:")
        for path in trial.traces_in(Path(source))
    ]
    found = [Subject(name, trial.trace_of(path)) for path, name in _names(files).items()]
    whole = True
    if arns or not sources:
        regions = region or sorted({arn.region for arn in arns}) or None
        place = session.where(profile, regions, at)
        seen = session.see(place, depth="fortnight", prices=None)
        for problem in seen.problems:
            screen.hint(problem)
        silent = {one.region for one in seen.places if not one.answered}
        whole = not silent
        for arn in arns:
            if arn.region in silent:
                raise Refused(f"{arn} could not be looked at: {arn.region} gave no answer.")
        found += _live(seen.serving, arns)
    return found, whole


def _arn(text: str) -> Arn:
    try:
        return Arn.of_resource(text, kinds=("campaign", "recommender"))
    except InvalidArn as problem:
        raise Usage(str(problem)) from None


def _live(serving: Sequence[Seen], arns: Sequence[Arn]) -> list[Subject]:
    known = {one.resource.arn: one for one in serving}
    for arn in arns:
        if arn not in known:
            raise Usage(f"{arn} does not serve; `personalize-monitor status` shows what does.")
    wanted = [known[arn] for arn in arns] if arns else list(serving)
    old = [one for one in wanted if len(one.demand) >= trial.SHORTEST]
    if not old:
        raise Usage("No resource has two days of history yet; give trace files instead.")
    names = Counter(one.resource.name for one in old)
    return [
        Subject(
            # Two of one name would be taken for one.
            one.resource.name
            if names[one.resource.name] == 1
            else f"{one.resource.kind} {one.resource.name} in {one.resource.region}",
            one.demand,
            one.resource.floor,
        )
        for one in old
    ]


def _names(files: Sequence[Path]) -> dict[Path, str]:
    """What each file is called: as short as it can be without two of one name."""
    short = {path: path.name.removesuffix(".gz").removesuffix(".csv") for path in files}
    count = Counter(short.values())
    return {path: name if count[name] == 1 else str(path) for path, name in short.items()}


def _tried(subjects: Sequence[Subject], rules: Rules) -> list[Outcome]:
    with screen.working("Trying") as tell:
        return [outcome for subject in subjects for outcome in trial.try_all(subject, rules, tell)]


def result(outcomes: Sequence[Outcome], rules: Rules) -> Result:
    """The trial in all forms; CSV has one row for each subject and mode."""
    subjects = list(dict.fromkeys(one.subject.name for one in outcomes))
    rows = [one.row for one in outcomes]
    several = len(subjects) > 1
    tables = [table(trial.means(outcomes, rules), subject=False)]
    if several:
        tables.append(table(rows, subject=True))
    span = "the settled time" if rules.steady else "all time from launch"
    what = f"{len(subjects)} subjects (means)" if several else subjects[0]
    return Result(
        document=document(outcomes, rules),
        tables=tables,
        main=len(tables) - 1,
        heading=f"Backtest of {what}: {span}, start at {rules.initial}, lag {rules.lag_minutes} "
        f"min, headroom {rules.headroom:g}",
        notes=[
            "Bill 1 is the lowest there is (floor 1 for ever), exposed 1 what comes with it.",
            "Clairvoyant modes know the future: they are bounds, not choices.",
            "An estimate: how fast the service really scales is not published.",
        ],
    )


def document(outcomes: Sequence[Outcome], rules: Rules) -> dict[str, Any]:
    """JSON; see ``schemas/backtest.json``."""
    return {
        **documents.form("backtest"),
        "rules": {
            "initial": rules.initial,
            "lagMinutes": rules.lag_minutes,
            "headroom": rules.headroom,
            "steady": rules.steady,
        },
        "modes": [_figures(row) for row in trial.means(outcomes, rules)],
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
    dots = [Dot(row.policy, row.bill, row.exposed) for row in trial.means(outcomes, rules)]
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
