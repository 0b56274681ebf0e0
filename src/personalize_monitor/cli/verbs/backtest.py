"""``backtest``: what each right-sizing mode would have cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from personalize_monitor.app.look import Seen
from personalize_monitor.backtest.evaluate import capacities
from personalize_monitor.cli import documents, options, screen, session, trial
from personalize_monitor.cli.emit import Result, emit
from personalize_monitor.cli.exits import Exit, Usage
from personalize_monitor.cli.options import Output
from personalize_monitor.cli.table import Column, Table
from personalize_monitor.cli.trial import Outcome, Rules, Standing, Subject
from personalize_monitor.errors import InvalidArn
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.demand import PER_DAY, Demand
from personalize_monitor.model.window import SECONDS
from personalize_monitor.report.trial_page import Dot, Week, as_page

EXAMPLE = "Example: personalize-monitor backtest traces/ --initial over10 --picture trial.html"

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        help="Trace files or folders (timestamp,requests), or ARNs. Default: every live resource."
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
    subjects = _subjects(sources or [], profile, region, at)
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
        screen.err().print(f"Written: {picture}")
    raise typer.Exit(Exit.FINE)


def _subjects(
    sources: Sequence[str], profile: str | None, region: list[str] | None, at: str | None
) -> list[Subject]:
    arns = [_arn(source) for source in sources if source.startswith("arn:")]
    files = [
        path
        for source in sources
        if not source.startswith("arn:")
        for path in trial.traces_in(Path(source))
    ]
    found = [Subject(_name(path), Demand.from_trace(path)) for path in files]
    if arns or not sources:
        regions = region or sorted({arn.region for arn in arns}) or None
        place = session.where(profile, regions, at)
        seen = session.see(place, depth="fortnight", prices=None)
        for problem in seen.problems:
            screen.hint(problem)
        found += _live(seen.serving, arns)
    return found


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
    return [Subject(one.resource.name, one.demand, one.resource.floor) for one in old]


def _name(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".csv")


def _tried(subjects: Sequence[Subject], rules: Rules) -> list[Outcome]:
    entrants = trial.contestants()
    with screen.working("Trying") as tell:
        return [
            outcome
            for subject in subjects
            for outcome in trial.try_all(subject, entrants, rules, tell)
        ]


def result(outcomes: Sequence[Outcome], rules: Rules) -> Result:
    """The trial in all forms; CSV has one row for each subject and mode."""
    subjects = list(dict.fromkeys(one.subject.name for one in outcomes))
    span = "the settled time" if rules.steady else "all time from launch"
    what = subjects[0] if len(subjects) == 1 else f"{len(subjects)} subjects (means)"
    tables: list[Table[Any]] = [standing_table(trial.standings(outcomes))]
    if len(subjects) > 1:
        tables.append(outcome_table(outcomes))
    return Result(
        document=document(outcomes, rules),
        tables=tables,
        main=len(tables) - 1,
        heading=f"Backtest of {what}: {span}, start at {rules.initial}, lag {rules.lag_minutes} "
        f"min, headroom {rules.headroom:g}",
        notes=[
            (
                "Bill 1.00 is the lowest there is (floor 1 for ever); exposed requests came above "
                "the capacity that the model gives."
            ),
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
        "modes": [_standing(one) for one in trial.standings(outcomes)],
        "outcomes": [_outcome(one) for one in outcomes],
    }


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "mode": one.mode.name,
        "subjects": len(one.outcomes),
        "billRatio": _json(one.mean(lambda o: o.bill_ratio)),
        "exposedShare": _json(one.mean(lambda o: o.exposed_share)),
        "updatesPerWeek": _json(one.mean(lambda o: o.score.updates_per_week)),
        "j10": _json(one.mean(lambda o: o.j10)),
        "j30": _json(one.mean(lambda o: o.j30)),
    }


def _outcome(one: Outcome) -> dict[str, Any]:
    return {
        "subject": one.subject.name,
        "mode": one.mode.name,
        "billUsd": _json(one.score.bill),
        "billRatio": _json(one.bill_ratio),
        "requests": _json(one.score.requests),
        "exposedRequests": _json(one.score.exposed),
        "exposedShare": _json(one.exposed_share),
        "updatesPerWeek": _json(one.score.updates_per_week),
        "j10": _json(one.j10),
        "j30": _json(one.j30),
    }


def _json(value: float) -> float | None:
    return None if value == float("inf") else documents.rounded(value)


def _figure(value: float, digits: int = 3) -> str:
    if value != value:  # noqa: PLR0124  NaN differs from itself
        return "–"
    return "∞" if value == float("inf") else f"{value:,.{digits}f}"


def standing_table(standings: Sequence[Standing]) -> Table[Standing]:
    """One mode a line."""
    best = min((s.mean(lambda o: o.j10) for s in standings), default=0.0)
    columns: list[Column[Standing]] = [
        Column("mode", "Mode", lambda s: s.mode.title, importance=100, style=lambda _: "bold"),
        Column("bill", "Bill", lambda s: _figure(s.mean(lambda o: o.bill_ratio)), right=True),
        Column(
            "exposed_share",
            "Exposed/least",
            lambda s: _figure(s.mean(lambda o: o.exposed_share)),
            right=True,
        ),
        Column(
            "exposed_percent",
            "Exposed %",
            lambda s: _figure(s.mean(lambda o: o.exposed_percent)),
            right=True,
            importance=20,
        ),
        Column(
            "updates_per_week",
            "Updates/week",
            lambda s: _figure(s.mean(lambda o: o.score.updates_per_week), 1),
            right=True,
            importance=60,
        ),
        Column(
            "j10",
            "J10",
            lambda s: _figure(s.mean(lambda o: o.j10)),
            right=True,
            importance=90,
            style=lambda s: "bold green" if s.mean(lambda o: o.j10) <= best else "",
        ),
        Column("j30", "J30", lambda s: _figure(s.mean(lambda o: o.j30)), right=True, importance=80),
    ]
    return Table(title="", columns=columns, rows=standings)


def outcome_table(outcomes: Sequence[Outcome]) -> Table[Outcome]:
    """One subject and mode a line."""
    columns: list[Column[Outcome]] = [
        Column(
            "subject",
            "Subject",
            lambda o: o.subject.name,
            importance=100,
            least=14,
            flexible=True,
        ),
        Column("mode", "Mode", lambda o: o.mode.title, raw=lambda o: o.mode.name, importance=99),
        Column(
            "bill_usd",
            "Bill $",
            lambda o: _figure(o.score.bill, 2),
            raw=lambda o: _json(o.score.bill),
            right=True,
            importance=30,
        ),
        _ratio_column("bill_ratio", "Bill", lambda o: o.bill_ratio),
        _ratio_column("exposed_share", "Exposed/least", lambda o: o.exposed_share),
        _ratio_column("updates_per_week", "Updates/week", lambda o: o.score.updates_per_week),
        _ratio_column("j10", "J10", lambda o: o.j10),
        _ratio_column("j30", "J30", lambda o: o.j30),
    ]
    return Table(title="Each by itself", columns=columns, rows=outcomes)


def _ratio_column(key: str, title: str, of: Any) -> Column[Outcome]:
    return Column(key, title, lambda o: _figure(of(o)), raw=lambda o: _json(of(o)), right=True)


def _draw(path: Path, outcomes: Sequence[Outcome], rules: Rules) -> None:
    dots = [
        Dot(s.mode.title, s.mean(lambda o: o.bill_ratio), s.mean(lambda o: o.exposed_share))
        for s in trial.standings(outcomes)
    ]
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
        f"{one.subject.name}: {one.mode.title}",
        demand.end - last * SECONDS,
        rates[-last:],
        one.timeline.floors[-last:],
        room[-last:],
    )
