"""Every change of a floor has a case: watched until it is known what callers made of it.

The requests of each cycle tell, at no cost, whether more came than a changed floor. Only then
CloudWatch is asked what callers got: while an open case is loaded, in the batch that measures
anyway (``harm/riders``); a batch of its own is asked once an hour at most. A lowering of ours that
hurts is taken back, at any age; people are told each verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from personalize_monitor.aws.events import Event
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.collect.quality import company, qualities, with_elsewhere
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Target
from personalize_monitor.contract import STEP_BACK_KEY, UPDATE_FLOOR_EVENT
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.harm.verdicts import step_back, verdict_notice
from personalize_monitor.journal.docket import Docket, File, record_of
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import SECONDS, Window
from personalize_monitor.policy.harm import (
    Case,
    Learner,
    Quality,
    Reserve,
    State,
    Trial,
    carried_before,
    conclude,
)
from personalize_monitor.policy.harm import Memory as Harm
from personalize_monitor.policy.harm.memory import World
from personalize_monitor.policy.harm.watch import due

_PAST = 14 * 24 * 3600
_WARM_UP = 8 * SECONDS
"""Windows before a change that tell what the service held when it began."""
_HOUR, _DAY = 3600, 24 * 3600
_ASK_AGAIN = timedelta(minutes=15)
"""A request that was not carried out by then has expired."""
_RENEW = timedelta(days=7)
"""What stands longer than the journal is read back is written down again so often."""
_LONG_LOOKS = 12
"""First looks read weeks: so many in a cycle."""
_SECONDS_FOR_A_LOOK = 20.0


def docket_of(reader: JournalReader, memory: Memory, target: Target, now: datetime) -> Docket:
    """The cases of a place, read once; raises JournalUnavailable."""
    place = (target.account, target.region)
    docket = memory.dockets.get(place)
    if docket is None:
        docket = Docket(*place)
        docket.read(reader, now)
        memory.dockets[place] = docket
    return docket


def remembered(
    reader: JournalReader, memory: Memory, target: Target, now: datetime, resource: Resource
) -> Harm:
    """What is known of floors of a resource that carry or hurt; raises JournalUnavailable."""
    file = docket_of(reader, memory, target, now).files.get(str(resource.arn))
    return file.memory if file else Harm()


@dataclass(slots=True)
class Cases:
    """One place's cases in one cycle; ``problems`` says what could not be read or written."""

    target: Target
    metrics: Metrics
    reader: JournalReader
    memory: Memory
    window: Window
    now: datetime
    problems: list[str]

    def run(
        self, samples: Mapping[Resource, Sample], budget: Budget
    ) -> tuple[list[Event], list[Event]]:
        """(Requests for floors to go back to, notices of verdicts)."""
        settled = [r for r in samples if not r.update_pending and not r.stale]
        try:
            docket = docket_of(self.reader, self.memory, self.target, self.now)
            self._follow(docket, settled)
        except JournalUnavailable as problem:
            self.problems.append(f"Whether to step back is not known. {problem}")
            return [], []
        notices = self._look(docket, settled, samples) if budget.allows(_SECONDS_FOR_A_LOOK) else []
        docket.ridden.clear()
        untold, docket.untold = docket.untold, []
        return self._backs(docket, settled), [*untold, *notices]

    def _follow(self, docket: Docket, resources: Sequence[Resource]) -> None:
        strange = [r for r in resources if not docket.knows(r)]
        fresh = docket.read_at is not None and docket.read_at >= self.now
        if strange and not fresh:
            docket.read(self.reader, self.now)
        for resource in resources if fresh else strange:
            docket.follow(resource)
        for resource in resources:
            self._keep(docket.files[str(resource.arn)])

    def _keep(self, file: File) -> None:
        """Write what is owed to the journal; what cannot be written is written later."""
        if file.case is None:
            return
        if file.written is not None:
            stands = file.case.watched or bool(file.memory.hurts)
            if not stands or self.now - file.written < _RENEW:
                return
        try:
            stream = f"cases/{self.target.account}/{self.target.region}"
            self.reader.keep(record_of(file, self.now), stream=stream, now=self.now)
            file.written = self.now
        except JournalUnavailable as problem:
            self.problems.append(f"A case is not written down now. {problem}")

    # --- looks ----------------------------------------------------------------------------------

    def _look(
        self, docket: Docket, resources: Sequence[Resource], samples: Mapping[Resource, Sample]
    ) -> list[Event]:
        end = int(self.window.end.timestamp())
        along, wanted = self._loaded(docket, resources, samples)
        others = [r for r in resources if not (r in along or r in wanted) and samples[r].requests]
        ridden = {resource: docket.ridden[str(resource.arn)] for resource in along}
        notices = self._hear(along, ridden, others, end - _HOUR)
        if wanted:
            docket.last_look = int(self.now.timestamp())
        for begin, files in _together(wanted, end):
            found = qualities(self.metrics, files, begin, end)
            notices += self._hear(files, found, others, begin)
        return notices

    def _loaded(
        self, docket: Docket, resources: Sequence[Resource], samples: Mapping[Resource, Sample]
    ) -> tuple[dict[Resource, File], dict[Resource, File]]:
        """(Cases whose windows are at hand, cases that a batch of their own is due for)."""
        along: dict[Resource, File] = {}
        wanted: dict[Resource, File] = {}
        start = int(self.window.start.timestamp())
        for resource in resources:
            file, served = docket.files[str(resource.arn)], samples[resource].requests
            if file.case is None or not file.case.watched or start < file.case.landed:
                continue
            assert file.sight is not None
            file.sight.meet(start, served)
            if served is not None and str(resource.arn) in docket.ridden:
                along[resource] = file
            elif served is not None and self._due(file, docket):
                wanted[resource] = file
        return along, wanted

    def _hear(
        self,
        files: Mapping[Resource, File],
        found: Mapping[Resource, Sequence[Quality]],
        others: Iterable[Resource],
        begin: int,
    ) -> list[Event]:
        """What follows from windows since ``begin`` (epoch seconds): notices of verdicts."""
        end = int(self.window.end.timestamp())
        near = company(self.metrics, found, others, max(begin, end - _DAY), end)
        return [
            notice
            for resource, windows in found.items()
            for notice in self._judge(resource, files[resource], with_elsewhere(windows, near))
        ]

    def _due(self, file: File, docket: Docket) -> bool:
        """Whether to ask about a case in this cycle."""
        assert file.case is not None
        assert file.sight is not None
        now, waiting = int(self.now.timestamp()), file.sight.waiting
        if file.unread or (file.trial is None and waiting.loaded):
            return True
        return due([waiting], now=now, last_look=docket.last_look)

    def _judge(self, resource: Resource, file: File, windows: Sequence[Quality]) -> list[Event]:
        case = file.case
        assert case is not None
        assert file.sight is not None
        if file.trial is None:
            self._begin(file, case, windows)
        assert file.trial is not None
        new = [w for w in windows if w.start >= file.read_to]
        self._learn(file, new)
        verdict = file.trial.feed(new).verdict()
        file.read_to, file.unread = int(self.window.end.timestamp()), False
        file.sight.usual = file.trial.usual.share
        file.sight.look(file.trial.jumps[1])
        highest = max((w.rate or 0.0 for w in windows), default=0.0)
        world = World(
            resource.solution_version_arn, highest if len(windows) * SECONDS >= _PAST else None
        )
        done = conclude(case, verdict, file.memory, now=int(self.now.timestamp()), world=world)
        file.case, file.memory = done.case, done.memory
        if done.news:
            file.written = None
        self._keep(file)
        if not done.news:
            return []
        return [verdict_notice(resource, file.case, file.memory)]

    @staticmethod
    def _learn(file: File, windows: Iterable[Quality]) -> None:
        """What its loaded windows show of the service's reserve; written down when plans change."""
        assert file.learner is not None
        before, now = file.memory.reserve, file.learner.feed(windows).reserve
        if _relied_on(before) != _relied_on(now):
            file.written = None
        file.memory = replace(file.memory, reserve=now or before)

    @staticmethod
    def _begin(file: File, case: Case, windows: Sequence[Quality]) -> None:
        past = [w for w in windows if w.start < case.compare_to]
        file.trial = Trial.of(
            past, floor=case.floor, from_floor=case.compare_floor, landed=case.landed
        )
        file.read_to = case.landed - _WARM_UP
        usual = file.trial.usual
        file.learner = Learner(usual.share, usual.p90)
        file.learner.feed(w for w in windows if w.start < file.read_to)
        file.memory = file.memory.with_carried(carried_before(case, file.trial.usual.highest))

    # --- back -----------------------------------------------------------------------------------

    def _backs(self, docket: Docket, resources: Sequence[Resource]) -> list[Event]:
        """Requests for the floors to which lowerings of ours that hurt are to go back."""
        events = []
        for resource in resources:
            file = docket.files[str(resource.arn)]
            if file.written is None or not taken_back(file, resource):
                continue
            if not self._asked_lately(resource):
                events.append(step_back(resource, file, self.now))
        return events

    def _asked_lately(self, resource: Resource) -> bool:
        """Whether a step back was asked for, and may still be carried out."""
        name = UPDATE_FLOOR_EVENT[resource.kind]
        try:
            asked = self.reader.of_resource(resource.arn, now=self.now, hours=0.25)
        except JournalUnavailable as problem:
            self.problems.append(f"Whether to step back is not known. {problem}")
            return True
        return any(
            entry.name == name
            and entry.detail.get(STEP_BACK_KEY) is True
            and self.now - entry.time < _ASK_AGAIN
            for entry in asked
        )


def _relied_on(reserve: Reserve | None) -> float:
    """The share that plans rest on."""
    return reserve.share if reserve is not None and reserve.counts else 0.0


def taken_back(file: File, resource: Resource) -> bool:
    """Whether the floor in force is a lowering of ours that hurt."""
    case = file.case
    return (
        case is not None
        and case.ours
        and case.state is State.HURT
        and case.floor == resource.floor
        and bool(file.memory.hurts)
        and file.memory.hurts[-1].back_to > resource.floor
    )


def _together(
    wanted: Mapping[Resource, File], end: int
) -> Iterable[tuple[int, dict[Resource, File]]]:
    """(Begin, files) of each question: those that read on together, first looks one by one."""
    short = {r: f for r, f in wanted.items() if f.trial is not None and end - f.read_to <= _DAY}
    if short:
        yield min(f.read_to for f in short.values()), short
    longer = [(r, f) for r, f in wanted.items() if r not in short]
    for resource, file in longer[:_LONG_LOOKS]:
        assert file.case is not None
        begin = file.read_to if file.trial is not None else file.case.compare_to - _PAST
        yield begin // SECONDS * SECONDS, {resource: file}
