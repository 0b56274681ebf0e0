"""The case of one change of a floor: opened by the change, open until something is known of it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from personalize_monitor.policy.harm.memory import (
    Carried,
    Hurt,
    Memory,
    World,
    step_back_to,
)
from personalize_monitor.policy.harm.verdict import Verdict, Word

OLDEST = 42 * 24 * 3600
"""CloudWatch keeps five minutes for 63 days: what is compared with must end so recently, that the
14 days before are still there, with a week to spare."""


class By(enum.StrEnum):
    """Who changed the floor."""

    MONITOR = "monitor"
    PERSON = "person"
    PREWARM = "prewarm"
    RESTORE = "restore"


class State(enum.StrEnum):
    """Where a case stands."""

    OPEN = "open"
    HARMLESS = "harmless"
    HURT = "hurt"
    UNDONE = "undone"
    """The floor before, or a higher one, is in force again."""
    SUPERSEDED = "superseded"
    """Another change came before anything was known; its case takes over."""


@dataclass(frozen=True, slots=True)
class Case:
    """The floor of ``arn`` went from ``from_floor`` to ``floor``; times are epoch seconds.

    ``landed`` is when the new floor came into force. Windows since then are compared with those
    of the 14 days up to ``compare_to``, in which ``compare_floor`` was in force: further back than
    this change where it took over an open case.
    """

    arn: str
    from_floor: int
    floor: int
    by: By
    opened: int
    landed: int
    compare_to: int
    compare_floor: int
    solution_version: str | None = None
    state: State = State.OPEN
    closed: int | None = None
    verdict: Verdict | None = None

    @property
    def key(self) -> str:
        """Names it in the journal."""
        return f"{self.arn}|{self.opened}"

    @property
    def is_lowering(self) -> bool:
        """Only what was taken away can be missed."""
        return self.floor < self.compare_floor

    @property
    def watched(self) -> bool:
        """Whether its windows are still looked at: until the floor changes, even when harmless."""
        return self.is_lowering and self.state in {State.OPEN, State.HARMLESS}

    @property
    def ours(self) -> bool:
        """Whether it is taken back when it hurts; others are told and left to their owners."""
        return self.by is By.MONITOR

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the journal."""
        return asdict(self) | {
            "by": str(self.by),
            "state": str(self.state),
            "verdict": self.verdict.to_dict() if self.verdict else None,
        }

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Case:
        """What ``to_dict`` made."""
        verdict = value.get("verdict")
        return cls(
            **{
                **value,
                "by": By(value["by"]),
                "state": State(value["state"]),
                "verdict": Verdict.from_dict(verdict) if verdict else None,
            }
        )


def open_case(
    arn: str,
    *,
    from_floor: int,
    floor: int,
    by: By,
    opened: int,
    landed: int,
    solution_version: str | None = None,
    cases: Iterable[Case] = (),
) -> tuple[Case, list[Case]]:
    """(The case of a change, earlier cases of ``arn`` that it ends).

    An open lowering that it supersedes hands over what it was compared with, so that two small
    steps are judged like one large step.
    """
    found = list(cases)
    ended = [
        replace(
            case,
            state=State.UNDONE if floor >= case.compare_floor else State.SUPERSEDED,
            closed=opened,
        )
        for case in found
        if case.arn == arn and case.watched and case.opened < opened
    ]
    keys = {case.key for case in ended if floor < case.compare_floor}
    heirs = [
        case
        for case in found
        if case.key in keys and case.state is State.OPEN and case.compare_to > opened - OLDEST
    ]
    first = min(heirs, key=lambda case: case.compare_to, default=None)
    case = Case(
        arn=arn,
        from_floor=from_floor,
        floor=floor,
        by=by,
        opened=opened,
        landed=landed,
        compare_to=first.compare_to if first else opened,
        compare_floor=max(from_floor, first.compare_floor) if first else from_floor,
        solution_version=solution_version,
    )
    if not case.is_lowering:
        case = replace(case, state=State.HARMLESS, closed=landed)
    return case, ended


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What follows from a verdict: the case and the memory as they are now.

    ``back_to`` is the floor to ask for at once, None to leave it; ``news`` says whether people
    have not been told of this verdict.
    """

    case: Case
    memory: Memory
    back_to: int | None = None
    news: bool = False


def conclude(case: Case, verdict: Verdict, memory: Memory, *, now: int, world: World) -> Conclusion:
    """Take a verdict on a watched case to its consequences.

    A harmless case may still turn out to hurt; a verdict of hurt is final.
    """
    if not case.watched:
        return Conclusion(case, memory)
    if verdict.word is Word.HURT:
        return _hurt(case, verdict, memory, now, world)
    if verdict.word is Word.HARMLESS and case.state is State.OPEN:
        case = replace(case, state=State.HARMLESS, closed=now, verdict=verdict)
        carried = Carried(case.floor, verdict.figures.carried, now, case.solution_version)
        return Conclusion(case, memory.with_carried(carried), news=True)
    if case.state is State.OPEN:
        case = replace(case, verdict=verdict)
    return Conclusion(case, memory)


def _hurt(case: Case, verdict: Verdict, memory: Memory, now: int, world: World) -> Conclusion:
    figures = verdict.figures
    high = max(figures.hurt_to, figures.hurt_from)
    back_to = step_back_to(
        memory, floor=case.floor, from_floor=case.compare_floor, high=high, now=now, world=world
    )
    hurt = Hurt(
        floor=case.floor,
        low=figures.hurt_from,
        high=high,
        at=now,
        back_to=back_to,
        solution_version=case.solution_version,
    )
    told = replace(case, state=State.HURT, closed=now, verdict=verdict)
    return Conclusion(told, memory.with_hurt(hurt), back_to if case.ours else None, news=True)


def carried_before(case: Case, highest: float) -> Carried:
    """What the floor before a change is known to carry: all that came below it, ``highest`` TPS."""
    return Carried(
        case.compare_floor, min(highest, case.compare_floor), case.opened, case.solution_version
    )
