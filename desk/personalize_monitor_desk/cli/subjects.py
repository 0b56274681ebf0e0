"""What a backtest is tried on: trace files, standard input, and live resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from personalize_monitor.model.arn import Arn
from personalize_monitor.model.demand import PER_DAY
from personalize_monitor.plan.snapshot import Seen
from personalize_monitor_desk.backtest import sample
from personalize_monitor_desk.cli import backtest_runs, naming, screen, session
from personalize_monitor_desk.cli.backtest_runs import Subject
from personalize_monitor_desk.cli.exits import Refused, Usage


def cut(subjects: Sequence[Subject], days: int | None, *, sampled: bool) -> list[Subject]:
    """The last days of each, said where that leaves something out, as is what is ``sampled``."""
    if days is None:
        long = [len(one.demand) for one in subjects if sample.is_long(one.demand)]
        if long and sampled:
            screen.hint(
                f"Of {max(long) // PER_DAY:,} days, {sample.WEEKS} weeks evenly spread over them "
                "are tried; --days 0 tries every hour."
            )
        return list(subjects)
    cut = [subject.last(days) for subject in subjects]
    longest = max((len(subject.demand) for subject in subjects), default=0) // PER_DAY
    if cut != list(subjects):
        screen.hint(f"Only the last {days} of {longest:,} days are tried; --days 0 tries all.")
    return cut


def _files(sources: Sequence[str], columns: backtest_runs.Columns) -> tuple[list[Subject], bool]:
    """The subjects in files, and whether all could be read: a bad one of several costs itself."""
    paths = names([path for source in sources for path in backtest_runs.traces_in(Path(source))])
    found: list[Subject] = []
    for path, name in paths.items():
        try:
            trace = backtest_runs.trace_of(path, columns)
            backtest_runs.long_enough(Subject(name, trace.demand))
        except Usage as problem:
            if len(paths) == 1:
                raise
            screen.hint(f"Left out: {problem}")
            continue
        if trace.note:
            screen.hint(f"{name}: {trace.note}.")
        found.append(Subject(name, trace.demand))
    if paths and not found:
        raise Usage("No trace could be read; nothing was tried.")
    return found, len(found) == len(paths)


def subjects_of(
    sources: Sequence[str],
    columns: backtest_runs.Columns,
    profile: str | None,
    region: list[str] | None,
    at: str | None,
) -> tuple[list[Subject], bool]:
    """What is to be tried, and whether all of it could be read."""
    names = [source for source in sources if _is_resource(source)]
    arns = list(dict.fromkeys(naming.resource_arn(name) for name in names if naming.is_arn(name)))
    found, whole = _files([source for source in sources if source not in names], columns)
    if any(not naming.is_arn(name) for name in names):
        place = session.where(profile, region, at)
        arns += [naming.resource(place, name) for name in names if not naming.is_arn(name)]
    if arns or not sources:
        regions = region or sorted({arn.region for arn in arns}) or None
        place = session.where(profile, regions, at)
        seen = session.see(place, depth="fortnight")
        for problem in seen.problems:
            screen.hint(problem)
        silent = {one.region for one in seen.places if not one.answered}
        whole = whole and not silent
        for arn in arns:
            if arn.region in silent:
                raise Refused(f"{arn} could not be looked at: {arn.region} gave no answer.")
        found += live(seen.serving, arns)
    return found, whole


def _is_resource(source: str) -> bool:
    """Whether it is an ARN, or a name: what is no file and looks like none."""
    if naming.is_arn(source):
        return True
    plain = source.replace("-", "").replace("_", "").isalnum()
    return source != backtest_runs.STDIN and plain and not Path(source).exists()


def live(serving: Sequence[Seen], arns: Sequence[Arn]) -> list[Subject]:
    """Resources with two weeks of their past. Raises Usage for one that does not serve."""
    known = {one.resource.arn: one for one in serving}
    for arn in arns:
        if arn not in known:
            raise Usage(f"{arn} does not serve; `personalize-monitor status` shows what does.")
    wanted = [known[arn] for arn in arns] if arns else list(serving)
    old = [one for one in wanted if len(one.demand) >= backtest_runs.SHORTEST]
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


def names(files: Sequence[Path]) -> dict[Path, str]:
    """What each file is called: as short as it can be without two of one name."""
    short = {path: path.name.removesuffix(".gz").removesuffix(".csv") for path in files}
    count = Counter(short.values())
    return {path: name if count[name] == 1 else str(path) for path, name in short.items()}
