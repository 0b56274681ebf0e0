"""Make the alarms of one account and region what they should be, with as few calls as it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from personalize_monitor.alarms.desired import Spec, desired
from personalize_monitor.alarms.diff import Step, change, create
from personalize_monitor.alarms.existing import Existing, alarm_name
from personalize_monitor.alarms.orphans import Known, by_name
from personalize_monitor.alarms.work import Work
from personalize_monitor.aws.alarms import Alarms
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, is_not_found, sentence
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.contract import CREATED_BY, CREATED_BY_TAG
from personalize_monitor.model.apart import apart
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.counted import counted
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.settings import Settings

_YOUTH = timedelta(minutes=12)


@dataclass(frozen=True, slots=True)
class AlarmReport:
    """What one reconciliation did, as names of alarms.

    ``muted`` are those whose actions a person switched off, ``others`` those of another
    deployment, which were left alone. ``done`` is False when the next cycle should go on.
    """

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    reset: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    done: bool = True
    young: bool = False
    """Whether alarms wait for their first judgement, after which they tell of an OK, too."""

    def counts(self) -> dict[str, int]:
        """How many alarms each thing happened to, for the summary."""
        return {
            "created": len(self.created),
            "changed": len(self.changed),
            "deleted": len(self.deleted),
            "reset": len(self.reset),
        }


def reconcile(  # noqa: PLR0917 - one flat call: where, what is there, what is wanted, and when
    target: Target,
    resources: Iterable[Resource],
    gone_ok: frozenset[Kind],
    settings: Settings,
    deployment: Deployment,
    now: datetime,
    budget: Budget,
    *,
    idle_hours: Mapping[Arn, int | None] | None = None,
    in_place: Mapping[Arn, bool | None] | None = None,
) -> AlarmReport:
    """Create, change and delete alarms until they are as ``desired``, or no time is left.

    ``gone_ok`` are the kinds of which ``resources`` has all: the alarms of an absent resource of
    another kind stay. First go the orphans, then changes, then new alarms.
    """
    resources = tuple(resources)
    alarms = Alarms(target.access, target.region)
    work = Work(alarms, target.region, budget)
    if not work.has_time():
        return AlarmReport(done=False)
    listing = alarms.ours()
    if listing.error:  # what was not listed may exist, muted or another's: nothing is touched
        told = sentence(f"Listing the alarms of {target}", listing.error)
        return AlarmReport(problems=(told,), done=False)
    existing, odd = apart(listing.items, Existing.of, doing="Reading the alarm", name=alarm_name)
    work.problems.extend(odd)
    found = _Found.sort_out(existing, deployment)
    specs = desired(
        resources,
        settings,
        deployment,
        target.account,
        target.region,
        now,
        idle_hours=idle_hours,
        in_place=in_place,
    )
    seen = by_name(resources)
    known = Known(target, deployment.partition, settings, seen, gone_ok, _Gone(target, work))
    work.delete(_orphans(found, specs, known, work))
    steps, odd = _steps(found, specs, deployment)
    work.problems.extend(odd)
    work.write(steps)
    return replace(_report(found, specs, work, target), young=_young(found, work, now))


class _Gone:
    """Asks Personalize whether resources exist that no list names, each once; see ``Known``."""

    def __init__(self, target: Target, work: Work) -> None:
        self._personalize = Personalize(target.access, target.region)
        self._work = work
        self._answers: dict[Arn, bool | None] = {}

    def __call__(self, arn: Arn) -> bool | None:
        """Whether it is gone; None when AWS does not say, or when there is no time to ask."""
        if arn not in self._answers:
            self._answers[arn] = self._ask(arn) if self._work.has_time() else None
        return self._answers[arn]

    def _ask(self, arn: Arn) -> bool | None:
        try:
            self._personalize.resource(arn)
        except AWS_ERRORS as error:
            if is_not_found(error):
                return True
            doing = f"Asking whether {arn} still exists, whose alarms may be of no use any more,"
            self._work.problems.append(sentence(doing, error))
            return None
        return False


@dataclass(frozen=True, slots=True)
class _Found:
    """The alarms that exist with our prefix, by name and by whose they are."""

    ours: Mapping[str, Existing]
    unmarked: Mapping[str, Existing]
    others: Mapping[str, Existing]

    @classmethod
    def sort_out(cls, existing: Iterable[Existing], deployment: Deployment) -> _Found:
        ours, unmarked, others = {}, {}, {}
        for alarm in existing:
            if alarm.mark is None:
                unmarked[alarm.name] = alarm
            elif alarm.mark.owner == deployment.owner:
                ours[alarm.name] = alarm
            else:
                others[alarm.name] = alarm
        return cls(ours, unmarked, others)


def _steps(
    found: _Found, specs: Mapping[str, Spec], deployment: Deployment
) -> tuple[list[Step], list[str]]:
    """Changes first, then new alarms, each in the order of their sorts and names; and problems."""

    def step(spec: Spec) -> Step | None:
        existing = found.ours.get(spec.name) or found.unmarked.get(spec.name)
        if existing is not None:
            return change(spec, existing, deployment)
        return None if spec.name in found.others else create(spec, deployment)

    wanted = sorted(specs.values(), key=lambda spec: spec.request)
    steps, odd = apart(wanted, step, doing="Comparing the alarm", name=lambda spec: spec.name)
    return sorted((s for s in steps if s), key=lambda s: s.creates), odd


def _young(found: _Found, work: Work, now: datetime) -> bool:
    """What has no data for long is looked at once an hour, like all the others."""
    made = (alarm.written for alarm in found.ours.values() if not alarm.judged)
    return bool(work.created) or any(at is not None and now - at < _YOUTH for at in made)


def _orphans(found: _Found, specs: Mapping[str, Spec], known: Known, work: Work) -> list[str]:
    """Names of our alarms that nothing needs any longer."""
    orphans = []
    for alarm in (*found.ours.values(), *found.unmarked.values()):
        if alarm.name in specs:
            continue
        verdict = known.orphaned(alarm.name)
        if verdict is None:
            work.done = False  # the kind's list failed; look again as soon as it works
        elif verdict and (alarm.mark or work.tagged(alarm, CREATED_BY_TAG, CREATED_BY)):
            orphans.append(alarm.name)
    return sorted(orphans)


def _report(found: _Found, specs: Mapping[str, Spec], work: Work, target: Target) -> AlarmReport:
    gone = set(work.deleted)
    taken = sorted(name for name in found.others if name in specs)
    if taken:
        owner = found.others[taken[0]].mark
        work.problems.append(
            f"Left alone, because another deployment ({owner.owner if owner else 'unknown'}) owns "
            f"them: {counted(len(taken), 'alarm')} of {target}, such as {taken[0]}; let one "
            "deployment watch each region, or delete them if that deployment no longer exists."
        )
    return AlarmReport(
        created=tuple(work.created),
        changed=tuple(work.changed),
        deleted=tuple(work.deleted),
        reset=tuple(work.reset),
        muted=tuple(sorted(n for n, a in found.ours.items() if a.muted and n not in gone)),
        others=tuple(sorted(found.others)),
        problems=tuple(work.problems),
        done=work.done,
    )
