"""The two looks behind every page: the day, often, and the fortnight with its decisions, seldom."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.caller import caller
from personalize_monitor.aws.problems import AWS_ERRORS
from personalize_monitor.errors import PersonalizeMonitorError, Unavailable
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.money import Money
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.model.window import Window
from personalize_monitor.plan.learned_prices import for_operator
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.plans import Applied, draw
from personalize_monitor.plan.savings import Savings, realised
from personalize_monitor.plan.snapshot import Arrivals, Question, Seen, Snapshot, take_snapshot
from personalize_monitor.plan.snapshot.month import repriced
from personalize_monitor.plan.snapshot.values import NO_PAST
from personalize_monitor_desk.changes.changes import Changes, changes
from personalize_monitor_desk.console.context import ConsoleContext
from personalize_monitor_desk.console.fleet_curve import Curve, fleet_curve
from personalize_monitor_desk.console.jobs import Jobs
from personalize_monitor_desk.console.journal_rows import JournalRow, shown
from personalize_monitor_desk.console.poller import Poller
from personalize_monitor_desk.console.rows import VIEWS, Row, rows_of
from personalize_monitor_desk.console.tags import Tags
from personalize_monitor_desk.prewarm.prewarm import Prewarm
from personalize_monitor_desk.prewarm.prewarms import Prewarms

JOURNAL_HOURS = 14 * 24
"""How far back events are shown."""
_DESK_SECONDS = 10.0  # somebody may deploy, or change a parameter, while we watch
CHANGED_DAYS = 14
"""How far back changes are followed."""
SAVED_DAYS = 30
"""How far back realised savings are counted."""


@dataclass(frozen=True, slots=True)
class View:
    """A look with what is drawn from it once, however often pages ask.

    ``counts`` are how many rows each of ``VIEWS`` has.
    """

    look: Snapshot
    rows: tuple[Row, ...]
    curve: Curve | None
    counts: Mapping[str, int]
    cost: Money
    waste: Money

    @classmethod
    def of(cls, seen: Snapshot) -> View:
        """Draw a look."""
        counts = {
            name: sum(1 for one in seen.seen if keep(one)) for name, (_, keep) in VIEWS.items()
        }
        return cls(seen, rows_of(seen), fleet_curve(seen), counts, seen.cost, seen.waste)

    def find(self, region: str, kind: str, name: str) -> Seen | None:
        """The resource at an address, or None."""
        for one in self.look.seen:
            what = one.resource
            if (what.region, str(what.kind), what.name) == (region, kind, name):
                return one
        return None


class AccountPoller:
    """Looks at one account for as long as somebody watches the pages."""

    def __init__(self, here: ConsoleContext) -> None:
        self.here = here
        hurried = here.sandbox is not None
        self.day = Poller("day", self._day, self._day_due, pause=1.0 if hurried else 3.0)
        self.deep: Poller[Snapshot] = Poller("fortnight", self._deep, self._deep_due, pause=3.0)
        self.journal: Poller[tuple[JournalRow, ...]] = Poller(
            "journal", self._journal, lambda _: True, pause=2.0 if hurried else 30.0
        )
        self.prewarms: Poller[tuple[Prewarm, ...]] = Poller(
            "prewarms", self._prewarms, lambda _: True, pause=4.0 if hurried else 60.0
        )
        self.changes: Poller[Changes] = Poller(
            "changes", self._changes, self._changes_due, pause=5.0
        )
        self.saved: Poller[Savings] = Poller("savings", self._savings, self._saved_due, pause=5.0)
        self.tags = Tags(here.access)
        self.jobs = Jobs()
        self.applied: tuple[Applied, ...] = ()
        self._desk: Operator | None = None
        self._opened = 0.0
        self._me: str | None = None
        self._learned: tuple[datetime, PriceTable] | None = None
        self._so_far: dict[str, Callable[[], Arrivals]] = {}

    def start(self) -> None:
        """Begin watching."""
        for poller in self._lanes():
            poller.start()

    def stop(self, seconds: float = 1.0) -> None:
        """Stop watching; looks and jobs that are under way get ``seconds`` each to end."""
        every: tuple[Poller[Any] | Jobs, ...] = (*self._lanes(), self.jobs)
        for one in every:
            one.stop()
        for one in every:
            one.wait(seconds)

    def poke(self) -> None:
        """Something was changed: look again."""
        for poller in self._lanes():
            poller.poke()

    def operator(self) -> Operator:
        """The deployment with its journal, or the file that stands in for it.

        Raises InvalidRequest for several deployments, Unavailable when AWS does not answer.
        """
        now = time.monotonic()
        if self._desk is None or now - self._opened > _DESK_SECONDS:
            self._desk, self._opened = self.here.operator(), now
        return self._desk

    def prices(self) -> PriceTable:
        """A person's own prices, else what the deployment has learned, looked up once an hour."""
        here, now = self.here, self.here.now()
        if not here.learns:
            return here.prices
        if self._learned is None or now - self._learned[0] >= timedelta(hours=1):
            try:
                desk = self.operator()
                if desk.stack is None:
                    return here.prices
                found = for_operator(desk, now)
            except (PersonalizeMonitorError, *AWS_ERRORS):
                return self._learned[1] if self._learned else here.prices
            self._learned = now, found.table
        return self._learned[1]

    @property
    def deployed(self) -> bool:
        """Whether the application is deployed here, as far as is known yet."""
        return self._desk is not None and self._desk.stack is not None

    @property
    def autopilot(self) -> bool:
        """Whether the deployed application acts by itself."""
        if self._desk is None or self._desk.stack is None:
            return False
        settings = self._desk.settings
        return settings.actions and not settings.dry_run

    @property
    def journal_name(self) -> str:
        """Where the journal is, for people."""
        return self._desk.journal_name if self._desk else "journal"

    def arrivals(self) -> Arrivals:
        """What the very first look knows of all regions so far; nothing after it."""
        if self.day.last is not None:
            self._so_far.clear()
        parts = [ask() for ask in list(self._so_far.values())]
        resources = sorted(
            (one for part in parts for one in part.resources), key=lambda one: (one.name, one.arn)
        )
        return Arrivals(tuple(resources), sum(part.serving for part in parts))

    def _lanes(self) -> tuple[Poller[Any], ...]:
        return (self.day, self.deep, self.journal, self.prewarms, self.saved, self.changes)

    def _journal(self) -> tuple[JournalRow, ...]:
        now = self.here.now()
        if self._me is None:
            self._me = caller(self.here.access).rpartition("/")[2]
        return shown(self.operator().reader.about("", now=now, hours=JOURNAL_HOURS), self._me)

    def _prewarms(self) -> tuple[Prewarm, ...]:
        stack = self.operator().stack
        return tuple(Prewarms(self.here.access, stack).all()) if stack else ()

    def _savings(self) -> Savings:
        here, view = self.here, self.day.shot().value
        if view is None:
            raise Unavailable("The account was not looked at yet.")
        return realised(
            here.access,
            self.operator().reader,
            view.look,
            self.prices(),
            now=here.now(),
            days=SAVED_DAYS,
        )

    def _changes(self) -> Changes:
        here, view = self.here, self.day.shot().value
        if view is None:
            raise Unavailable("The account was not looked at yet.")
        return changes(
            here.access,
            self.operator().reader,
            view.look,
            self.prices(),
            now=here.now(),
            days=CHANGED_DAYS,
        )

    def _changes_due(self, last: Changes | None) -> bool:
        if last is None:
            return self.day.shot().value is not None
        return self._window().end - last.until >= timedelta(minutes=15)

    def _saved_due(self, last: Savings | None) -> bool:
        if last is None:
            return self.day.shot().value is not None
        return self.here.now() - last.until >= timedelta(hours=2)

    def _window(self) -> Window:
        delay = timedelta(minutes=self.here.settings.metric_delay_minutes)
        return Window.settled(self.here.now(), delay)

    def _day_due(self, last: View | None) -> bool:
        # Metrics come every five minutes; states and alarms of the sandbox change in between.
        deep = self.deep.last
        newer = last is not None and deep is not None and last.look.priced != deep.basis
        return last is None or newer or last.look.window != self._window()

    def _deep_due(self, last: Snapshot | None) -> bool:
        if last is None:
            # The fleet's page comes first; both at once would only slow each other down.
            day = self.day.shot()
            return day.value is not None or bool(day.trouble)
        wait = timedelta(minutes=30) if self.here.sandbox else timedelta(minutes=15)
        return self.here.now() - last.now >= wait

    def _day(self) -> View:
        here, last = self.here, self.day.last
        question = Question(
            regions=here.regions,
            now=here.now(),
            settings=here.settings,
            prices=self.prices(),
            reader=self._book(),
            before={place.region: place for place in last.look.places} if last else {},
            progress=self.day.tell,
            # Only the first look is worth watching; of a later one nothing is kept.
            arriving=self._so_far.__setitem__ if last is None else lambda _, __: None,
        )
        seen, deep = take_snapshot(here.access, question), self.deep.shot().value
        # One basis for all money: what costs a month is told by two weeks, as in the plan.
        return View.of(repriced(seen, deep, self.prices()) if deep else seen)

    def _book(self) -> JournalReader:
        """The journal, for what became of changes; the look goes on without it."""
        try:
            return self.operator().reader
        except (PersonalizeMonitorError, *AWS_ERRORS):
            return NO_PAST

    def _deep(self) -> Snapshot:
        here = self.here
        return draw(
            self.operator(),
            regions=here.regions,
            now=here.now(),
            prices=self.prices(),
            progress=self.deep.tell,
        ).look

    def decide(self) -> Snapshot:
        """Two weeks and their decisions, read just now."""
        return self._deep()
