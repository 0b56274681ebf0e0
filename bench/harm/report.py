"""The figures as the tables of docs/harm.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from bench.harm.figures import Compared, Figures, figures, middle, quantile

BEGIN, END = "<!-- bench.harm -->\n", "<!-- end of bench.harm -->\n"


def report(compared: Sequence[Compared]) -> str:
    """All tables: goals, by model, and services and callers beside the promise."""
    main = [one for one in compared if one.model.refuses and not one.model.incidents]
    parts = [goals(figures(main), main), by_model(main)]
    beside = [one for one in compared if one not in main]
    if beside:
        parts.append(_beside(beside))
    return "\n".join(parts)


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def goals(found: Figures, main: Sequence[Compared]) -> str:
    """The seven figures with their goals."""
    lags = sorted({one.model.lag for one in main})
    traces = len({one.trace for one in main})
    left = (
        f"{_percent(found.left)} over {found.harmed} harmed runs; mean of the runs "
        f"{_percent(found.left_mean)}, at most a tenth in {_percent(found.left_small)} of them"
    )
    delays = (
        f"10 % or more refused: {_delays(found.gross, found.gross_missed)}. "
        f"1 % or more: {_delays(found.delays, found.missed)}"
    )
    harmless = (
        f"{found.harmless_wrong} when told, {found.harmless_later} by the end of the trace, "
        f"of {found.harmless} harmless and {found.not_carrying} that did not carry"
    )
    kept = f"{_percent(found.kept)} over {found.carrying} runs, worst {_percent(found.kept_least)}"
    looks = f"most in an hour: {found.most_looks}; {found.looks_per_week:.1f} a week on average"
    hurt = f"{found.hurt_wrong} of {found.cases} cases ({found.hurt} hurt)"
    rows = [
        ("refused after the first harmed burst, against that without this", "at most 10 %", left),
        ("from the second harmed window to the request for the floor before", "one cycle", delays),
        ("wrong verdicts *hurt* where nothing was refused", "0 in all runs", hurt),
        ("wrong verdicts *harmless*", "at most 1 % of cases", harmless),
        ("saving kept where `lower` alone has nothing refused", "at least 95 %", kept),
        ("going again where it hurt within two weeks", "never", f"{found.again} times"),
        ("cost of watching", "one batch an hour, none while nothing is loaded", looks),
    ]
    lines = [
        f"{found.runs} runs: {traces} traces, delays of {', '.join(map(str, lags))} minutes.\n",
        "| figure | goal | measured |",
        "| --- | --- | --- |",
        *(f"| {name} | {goal} | {value} |" for name, goal, value in rows),
    ]
    return "\n".join(lines) + "\n"


def _delays(minutes: Sequence[float], missed: int) -> str:
    if not minutes:
        return "none"
    soon = sum(value <= 5 for value in minutes) / len(minutes)
    return (
        f"{_percent(soon)} of {len(minutes)} within one cycle, median {middle(minutes):.0f} min, "
        f"nine of ten within {quantile(minutes, 0.9):.0f} min, {missed} not told"
    )


def by_model(main: Sequence[Compared]) -> str:
    """A row for each headroom, each share of own errors and each delay."""
    groups: list[tuple[str, Callable[[Compared], float]]] = [
        ("headroom", lambda one: one.model.headroom),
        ("own errors", lambda one: one.model.own),
        ("delay, minutes", lambda one: one.model.lag),
        ("peak, TPS", lambda one: float(one.trace.rsplit("__p", 1)[1])),
    ]
    lines = [HEAD, RULE]
    for name, key in groups:
        for value in sorted({key(one) for one in main}):
            found = figures([one for one in main if key(one) == value])
            lines.append(_row(f"{name} {value:g}", found))
    return "\n".join(lines) + "\n"


HEAD = (
    "| | runs | refused, left | told in a cycle (10 %) | told in a cycle (1 %) | hurt | wrong "
    "| harmless | wrong | saving kept |"
)
RULE = "| --- |" + " --- |" * 9


def _row(name: str, found: Figures) -> str:
    kept = _percent(found.kept) if found.carrying else "none carries"
    return (
        f"| {name} | {found.runs} | {_percent(found.left)} | {_soon(found.gross)} "
        f"| {_soon(found.delays)} | {found.hurt} | {found.hurt_wrong} | {found.harmless} "
        f"| {found.harmless_later} | {kept} |"
    )


def _soon(minutes: Sequence[float]) -> str:
    if not minutes:
        return "none"
    return _percent(sum(value <= 5 for value in minutes) / len(minutes))


def _beside(beside: Sequence[Compared]) -> str:
    """Services that slow down instead of refusing, and callers with incidents."""
    lines = ["Beside the promise:\n", HEAD, RULE]
    for name, chosen in (
        ("slow instead of refused", [one for one in beside if not one.model.refuses]),
        ("callers with incidents", [one for one in beside if one.model.incidents]),
    ):
        if chosen:
            lines.append(_row(name, figures(chosen)))
    return "\n".join(lines) + "\n"


def write(text: str, page: Path) -> None:
    """Put the tables between the marks of the page."""
    old = page.read_text("utf-8")
    head, rest = old.split(BEGIN)
    _, tail = rest.split(END)
    page.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", "utf-8")
