"""Every change of a floor with its case: what callers met before and after it, and what it saved.

The journal tells which floors changed, and what the monitor found out. CloudWatch tells the rest:
both sides of each change, and, where a case has no verdict yet, what follows from them by now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.collect.quality import company, qualities, with_elsewhere
from personalize_monitor.journal.casebook import cases_in
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.demand import PER_DAY, PER_HOUR
from personalize_monitor.model.money import ZERO, Money
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.model.resource import Resource, State
from personalize_monitor.model.window import SECONDS
from personalize_monitor.plan.savings import Savings, realised
from personalize_monitor.plan.snapshot import Snapshot
from personalize_monitor.policy.harm import Case, Memory, Quality, Word, World, conclude, judge
from personalize_monitor.policy.harm import State as Stands
from personalize_monitor_desk.changes.ledger import Row, Totals, row, totals

LONGEST_DAYS = 42
"""CloudWatch keeps five minutes for 63 days, and two weeks before a change are compared with it."""
_PAST = 14 * 24 * 3600
_WARM_UP = 8 * SECONDS
_HOUR = 3600
_SHOWN, _SHORT = 3 * PER_DAY, 6 * PER_HOUR
"""Windows on each side of a picture; up to so many are drawn one by one."""
_AT_ONCE = 10
"""Resources whose weeks are in memory at the same time."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Some ``seconds`` from epoch second ``start``: requests ``served``, and refused or failed.

    Not ``known`` as soon as one of its windows is not.
    """

    start: int
    seconds: int
    served: float
    bad: float
    known: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A change: its case, its row in the ledger of harm, and whether its floor is ``in_force``.

    ``saving`` is None for what people changed: it is theirs. ``unread`` says why the evidence is
    not known, and is empty when it is; then nothing of ``row`` but its verdict counts.
    """

    case: Case
    row: Row
    in_force: bool
    saving: Money | None
    unread: str = ""
    bars: tuple[Bar, ...] = ()
    """As long before it as after it: while it lasted, three days at most."""

    @property
    def arn(self) -> Arn:
        """The resource."""
        return Arn(self.case.arn)

    @property
    def hurts(self) -> bool:
        """Whether callers are hurt by the floor in force."""
        return self.in_force and self.case.state is Stands.HURT


@dataclass(frozen=True, slots=True)
class Changes:
    """The ledger of harm: the changes of a time, the latest first, and what could not be read."""

    since: datetime
    until: datetime
    changes: tuple[Change, ...]
    problems: tuple[str, ...] = ()
    partial: bool = False
    """Whether anything that was asked was not answered."""

    def last_lowering(self, arn: str) -> Change | None:
        """The last change of a resource that took something away."""
        mine = (one for one in self.changes if one.case.arn == arn and one.case.is_lowering)
        return next(mine, None)

    @property
    def totals(self) -> Totals:
        """The sums: verdicts of all changes, requests of those whose evidence is known."""
        every = totals(one.row for one in self.changes)
        known = totals(one.row for one in self.changes if not one.unread)
        return replace(
            known,
            changes=every.changes,
            harmless=every.harmless,
            hurt=every.hurt,
            unknown=every.unknown,
        )

    @property
    def saved(self) -> Money:
        """What those of ours saved."""
        return Money.total(one.saving for one in self.changes if one.saving is not None)

    @property
    def unread(self) -> int:
        """Changes whose evidence is not in the sums."""
        return sum(bool(one.unread) for one in self.changes)

    @property
    def hurting(self) -> int:
        """Floors in force that hurt callers."""
        return sum(one.hurts for one in self.changes)

    def only(self, name: str) -> Changes:
        """The changes of one resource, by its ARN or name."""
        mine = tuple(one for one in self.changes if name in {one.case.arn, one.arn.name})
        return replace(self, changes=mine)


def changes(
    access: Access,
    reader: JournalReader,
    seen: Snapshot,
    prices: PriceTable,
    *,
    now: datetime,
    days: int,
) -> Changes:
    """The changes of the last ``days`` in the places of ``seen``; raises JournalUnavailable."""
    saved = realised(access, reader, seen, prices, now=now, days=days)
    there = {str(one.resource.arn): one.resource for one in seen.seen}
    found = {
        arn: cases
        for arn, cases in cases_in(reader, there, now=now, hours=days * 24.0).items()
        if Arn(arn).account == seen.account and seen.place(Arn(arn).region) is not None
    }
    end = int(seen.window.end.timestamp())
    read: dict[str, tuple[Change, ...]] = {}
    problems, gaps = list(saved.problems), False
    for resources in _batches([there[arn] for arn in found if _readable(there.get(arn))]):
        evidence = _Evidence.of(access, seen, resources, found, end)
        for resource, windows in evidence.windows.items():
            cases = found[str(resource.arn)]
            read[str(resource.arn)] = _told(cases, evidence.judged(cases, windows), saved, end)
    for arn in sorted(set(found) - set(read)):
        cases = found[arn]
        why, gap = _why_unread(seen, Arn(arn))
        nothing: list[Sides] = [((), ())] * len(cases)
        read[arn] = tuple(replace(one, unread=why) for one in _told(cases, nothing, saved, end))
        gaps = gaps or gap
        if gap:
            problems.append(f"What callers of {arn} got is not known: {why}")
    every = sorted(
        (one for ones in read.values() for one in ones),
        key=lambda one: (-one.case.opened, one.case.arn),
    )
    return Changes(now - timedelta(days=days), seen.window.end, tuple(every), tuple(problems), gaps)


def _readable(resource: Resource | None) -> bool:
    return resource is not None and resource.state is State.ACTIVE and not resource.stale


def _why_unread(seen: Snapshot, arn: Arn) -> tuple[str, bool]:
    """Why there is no evidence, and whether that is a gap that another look may fill."""
    gone = seen.is_gone(arn)
    if gone:
        return f"the {arn.kind} is not there any more.", False
    if gone is None:
        return f"{arn.region} does not answer.", True
    there = next(one.resource for one in seen.seen if one.resource.arn == arn)
    if there.state is not State.ACTIVE:
        return f"the {arn.kind} does not serve now.", False
    return "CloudWatch did not answer completely.", True


def _batches(resources: Sequence[Resource]) -> Iterator[Sequence[Resource]]:
    """Resources of one region each, few at a time."""
    for region in sorted({resource.region for resource in resources}):
        here = [resource for resource in resources if resource.region == region]
        for at in range(0, len(here), _AT_ONCE):
            yield here[at : at + _AT_ONCE]


Sides = tuple[Sequence[Quality], Sequence[Quality]]
"""The windows that a change is compared with, and those since it came into force."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What callers of some resources of a region got, up to epoch second ``end``."""

    windows: Mapping[Resource, Sequence[Quality]]
    end: int

    @classmethod
    def of(
        cls,
        access: Access,
        seen: Snapshot,
        resources: Sequence[Resource],
        cases: Mapping[str, Sequence[Case]],
        end: int,
    ) -> _Evidence:
        metrics = Metrics(access, resources[0].region)
        begin = min(case.compare_to for r in resources for case in cases[str(r.arn)]) - _PAST
        found = qualities(metrics, resources, begin // SECONDS * SECONDS, end)
        others = [
            one.resource
            for one in seen.serving
            if one.resource.region == resources[0].region
            and one.resource not in found
            and one.sample.requests
        ]
        open_since = [
            case.landed for r in found for case in cases[str(r.arn)] if not _is_settled(case)
        ]
        near = company(metrics, found, others, min(open_since, default=end), end)
        return cls({r: with_elsewhere(windows, near) for r, windows in found.items()}, end)

    def judged(self, cases: Sequence[Case], windows: Sequence[Quality]) -> list[Sides]:
        """Both sides of each case; its floor is in force until that of the next."""
        until = [*(case.landed for case in cases[1:]), self.end]
        return [
            (
                _within(windows, case.compare_to - _PAST, case.compare_to),
                _within(windows, case.landed - _WARM_UP, to),
            )
            for case, to in zip(cases, until, strict=True)
        ]


def _within(windows: Sequence[Quality], begin: int, end: int) -> list[Quality]:
    return [w for w in windows if begin <= w.start and w.start + SECONDS <= end]


def _told(
    cases: Sequence[Case], sides: Sequence[Sides], saved: Savings, end: int
) -> tuple[Change, ...]:
    """The changes of one resource, in the order of its cases."""
    until = [*(case.landed for case in cases[1:]), end]
    told = []
    for nth, (case, (past, since)) in enumerate(zip(cases, sides, strict=True)):
        by_now = _by_now(case, past, since, end) if since else case
        ours = any(
            (one.before, one.after) == (case.from_floor, case.floor)
            for one in saved.changes.get(case.arn, ())
        )
        money = saved.between(case.arn, case.landed, until[nth]) if ours else None
        after = [window for window in since if window.start >= case.landed]
        figures = row(by_now, past, after, money or ZERO)
        last = nth == len(cases) - 1
        told.append(Change(by_now, figures, last, money, bars=_bars(past, after)))
    return tuple(told)


def _bars(past: Sequence[Quality], after: Sequence[Quality]) -> tuple[Bar, ...]:
    """Both sides: by five minutes while they are short, by the hour when they are long."""
    length = max(PER_HOUR, min(len(after), _SHOWN))
    step = SECONDS if length <= _SHORT else _HOUR
    found: dict[int, list[Quality]] = {}
    for window in (*past[-length:], *after[:length]):
        found.setdefault(window.start // step * step, []).append(window)
    return tuple(
        Bar(
            start,
            step,
            sum(w.served or 0.0 for w in inside),
            sum(w.bad or 0.0 for w in inside),
            all(w.asked is not None for w in inside),
        )
        for start, inside in sorted(found.items())
    )


def _by_now(case: Case, past: Sequence[Quality], since: Sequence[Quality], end: int) -> Case:
    """A case without a verdict, with what its windows say; any other as it is."""
    if _is_settled(case):
        return case
    verdict = judge(
        past, since, floor=case.floor, from_floor=case.compare_floor, landed=case.landed
    )
    watched = replace(case, state=Stands.OPEN)
    found = conclude(watched, verdict, Memory(), now=end, world=World()).case
    return found if case.state is Stands.OPEN else replace(found, state=case.state)


def _is_settled(case: Case) -> bool:
    """Whether nothing more follows from its windows: nothing was taken away, or it is known."""
    known = case.verdict is not None and case.verdict.word is not Word.UNKNOWN
    return known or not case.is_lowering
