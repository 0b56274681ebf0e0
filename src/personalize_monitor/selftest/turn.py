"""The self-test's turn in each cycle: sent once a day, carried out when its event has arrived.

In one cycle a test event goes onto the bus and a datapoint to CloudWatch. In the next it is seen
whether they arrived, and each function tries what it will need. What is wrong is told once, and
once more when it is right again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor import __version__
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.events import Event, Events
from personalize_monitor.aws.functions import Functions
from personalize_monitor.aws.journal import COPIES, Journal
from personalize_monitor.aws.metrics import Datum, Metrics
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.clock import RealTime
from personalize_monitor.context.target import Deployment
from personalize_monitor.contract import (
    NAMESPACE,
    NOTICE_EVENT,
    SELF_TEST_METRIC,
    TEST_EVENT,
)
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.journal.comparisons import recall, renew
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.journal.records import as_record
from personalize_monitor.notify.digest_times import due_since
from personalize_monitor.selftest import DIGEST, LEARN, words
from personalize_monitor.selftest.progress import STREAMS, Progress, begun, recalled, written
from personalize_monitor.selftest.tries import Report
from personalize_monitor.settings import Settings

KIND = "self-test"
_WELL = "well"
_NAMES = {DIGEST: "digest", LEARN: "price-learning"}
_SETTLED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the self-test needs of the monitor; ``test`` lets every function try.

    ``own`` and ``notify`` are the physical names of the monitor and of the function that writes
    mails, ``functions`` all others: what changes with them has to be tried anew.
    """

    access: Access
    deployment: Deployment
    settings: Settings
    test: Callable[[], Report]
    greet: Callable[[Progress], Event]
    functions: str
    own: str
    notify: str
    now: RealTime

    def take(self, progress: Progress | None) -> tuple[Progress, list[str]]:
        """Do what is due; answers the progress now, and problems as sentences."""
        problems: list[str] = []
        found = progress or self._recall(problems)
        now = self.now
        if found.is_ripe(now) and self.claims(f"run-{found.id}"):
            found = self.carried_out(found, problems)
            problems += self._keep(found)
        elif found.is_due(now, self.mark):
            found = replace(found, asked=now, id=f"{now:%Y%m%dT%H%M%S}")
            problems += [*self._send(found), *self._keep(found)]
        elif found.may_greet(now) and self._greets(found, problems):
            found = replace(found, greeted=True)
            problems += self._keep(found)
        elif found.may_learn(now, wanted=self.settings.learn_prices):
            found = replace(found, learned=now)
            problems += [*self._begin(LEARN, "now", f"{now:%Y-%m-%d}"), *self._keep(found)]
        elif found.may_digest(point := due_since(self.settings.digest, now)):
            found = replace(found, digested=now)
            problems += [*self._begin(DIGEST, True, f"{point:%Y-%m-%d}"), *self._keep(found)]
        return found, problems

    def now_and_here(
        self, progress: Progress | None, *, tell: bool
    ) -> tuple[Progress, dict[str, Any]]:
        """A test that somebody asks for; with ``tell`` the result is told whatever it is."""
        problems: list[str] = []
        known = progress or self._recall(problems)
        report, missing = self.test(), self._missing(known)
        found = replace(known, done=self.now, mark=self.mark, report=report, missing=missing)
        event = self.event(found)
        if tell and self._tell(event, problems):
            found = replace(found, told=_known(report, missing))
        problems += self._keep(found)
        answer = {
            "summary": event.detail["Summary"],
            "report": report.as_dict(),
            "missing": list(missing),
            "compared": self._compared(problems),
            "problems": [*words.sentences(report), *missing, *problems],
        }
        return found, answer

    def _greets(self, progress: Progress, problems: list[str]) -> bool:
        """Whether the mail of the first day is out, sent by this invocation or another."""
        return not self.claims("first-day") or self._tell(self.greet(progress), problems)

    def _begin(self, what: str, how: object, day: str) -> list[str]:
        """Let another invocation of the monitor do what looks at everything anew."""
        if not self.claims(f"{_NAMES[what]}-{day}"):
            return []
        try:
            Functions(self.access, self.deployment.home_region).start(self.own, {what: how})
        except AWS_ERRORS as error:
            return [sentence(f"Starting the {_NAMES[what]}", error)]
        return []

    @property
    def mark(self) -> str:
        """What has to be tried anew when it changes: version, parameters, functions."""
        told = f"{__version__} {self.settings} {self.functions}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def carried_out(self, progress: Progress, problems: list[str]) -> Progress:
        """The progress after all functions have tried, and people know what is new of it."""
        missing = self._missing(progress)
        report = self.test()
        self._renew(problems)
        problems += [*words.sentences(report), *missing]
        found = replace(progress, done=self.now, mark=self.mark, report=report, missing=missing)
        known = _known(report, missing)
        if known == (progress.told or _WELL):
            return found
        return replace(found, told=known) if self._tell(self.event(found), problems) else found

    def event(self, progress: Progress) -> Event:
        """The notice about the last result."""
        report, missing = progress.report, progress.missing
        detail: dict[str, Any] = {
            "Kind": KIND,
            "ARN": "",
            "Name": self.deployment.stack,
            "Region": self.deployment.home_region,
            "Summary": f"Self-test of {self.deployment.stack}: {words.headline(report, missing)}.",
            "Reason": "Each function has tried, as its own role, what it needs.",
            "Lines": words.lines(report, missing),
        }
        return Event(NOTICE_EVENT, detail)

    def _recall(self, problems: list[str]) -> Progress:
        try:
            found = recalled(self._journal, self.now)
        except JournalUnavailable as problem:
            problems.append(str(problem))
            found = None
        return found or begun(self.now)

    def _keep(self, progress: Progress) -> list[str]:
        why = written(self._journal, progress, self.now)
        return [why] if why else []

    def _compared(self, problems: list[str]) -> dict[str, Any]:
        """What changes left as it was, and what holds all floors."""
        try:
            known = recall(JournalReader(self._journal), self.now)
        except JournalUnavailable as problem:
            problems.append(str(problem))
            return {}
        return {"verified": known.lines(), "different": [f"{one}." for one in known.open]}

    def _renew(self, problems: list[str]) -> None:
        try:
            renew(JournalReader(self._journal), self.now)
        except JournalUnavailable as problem:
            problems.append(str(problem))

    @property
    def _journal(self) -> Journal:
        group = self.deployment.journal_group
        return Journal(self.access, self.deployment.home_region, group=group)

    def claims(self, name: str) -> bool:
        """Whether no other invocation does it; rather twice than not at all."""
        try:
            return self._journal.claim(f"{STREAMS}{name}")
        except JournalUnavailable:
            return True

    def _send(self, progress: Progress) -> list[str]:
        home = self.deployment.home_region
        event = Event(TEST_EVENT, {"AskedBy": "monitor", "Id": progress.id})
        point = Datum(SELF_TEST_METRIC, 1, "Count", _minute(self.now))
        lost = [why for _, why in Events(self.access, home).put([event])]
        return lost + list(Metrics(self.access, home).publish(NAMESPACE, [point]).values())

    def _missing(self, progress: Progress) -> tuple[str, ...]:
        """What was sent a while ago and has not arrived, as sentences."""
        now: datetime = self.now
        if progress.asked is None or now - progress.asked < timedelta(minutes=4):
            return ()
        return (*self._lost_event(progress), *self._lost_point(progress))

    def _lost_event(self, progress: Progress) -> list[str]:
        assert progress.asked is not None
        start = progress.asked - _SETTLED
        try:
            for record in self._journal.read(containing=progress.id, start=start, streams=COPIES):
                if record.get("detail-type") == TEST_EVENT:
                    return []
        except JournalUnavailable as problem:
            return [str(problem)]
        said = f"The test event of {progress.asked:%H:%M} UTC has not arrived in the journal"
        return [f"{said}: look at its rule, at Lambda's concurrency, and at JournalFunction's log."]

    def _lost_point(self, progress: Progress) -> list[str]:
        assert progress.asked is not None
        region = self.deployment.home_region
        metric = {"Namespace": NAMESPACE, "MetricName": SELF_TEST_METRIC}
        stat = {"Metric": metric, "Period": 300, "Stat": "Sum"}
        start = _minute(progress.asked) - _SETTLED
        try:
            (answer,) = self.access.client("cloudwatch", region).get_metric_data(
                MetricDataQueries=[{"Id": "a", "MetricStat": stat}],
                StartTime=start,
                EndTime=self.now,
            )["MetricDataResults"]
        except AWS_ERRORS as error:
            return [sentence("Reading the self-test's metric", error)]
        if answer.get("Values"):
            return []
        said = f"The datapoint {SELF_TEST_METRIC} of {progress.asked:%H:%M} UTC cannot be read back"
        cure = "look whether a policy denies cloudwatch:PutMetricData."
        return [f"{said} from {NAMESPACE} in {region}: {cure}"]

    def _tell(self, event: Event, problems: list[str]) -> bool:
        """Tell people, over the bus, or where that is closed by starting the function itself."""
        home = self.deployment.home_region
        lost: Sequence[tuple[Event, str]] = Events(self.access, home).put([event])
        if not lost:
            return True
        problems.append(f"The notice about {event.detail['Kind']} is lost: {lost[0][1]}")
        try:
            Functions(self.access, home).start(self.notify, as_record(event, self.now))
        except AWS_ERRORS as error:
            problems.append(sentence("Starting NotifyFunction", error))
            return False
        return True


def _known(report: Report, missing: Sequence[str]) -> str:
    """A mark of what is wrong, which stays the same while the same is wrong."""
    if report.well and not missing:
        return _WELL
    wrong = [*sorted(one.key for one in report.refused), *(s[:40] for s in report.silent)]
    told = "\n".join([*wrong, *(one[:20] for one in missing)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
