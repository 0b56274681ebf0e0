"""The two looks behind every page: the day, often, and the fortnight with its decisions, seldom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from personalize_monitor.app.book import Book
from personalize_monitor.app.look import Look, Question, Seen, look
from personalize_monitor.app.look.values import Depth
from personalize_monitor.aws.journal import Journal
from personalize_monitor.aws.stackinfo import StackInfo, Stacks
from personalize_monitor.console.here import Here
from personalize_monitor.console.lane import Lane
from personalize_monitor.console.rows import Row, rows_of
from personalize_monitor.console.tags import Tags
from personalize_monitor.console.tale import Tale, tales
from personalize_monitor.errors import Unavailable
from personalize_monitor.model.window import Window

JOURNAL_HOURS = 14 * 24
"""How far back events are shown."""


@dataclass(frozen=True, slots=True)
class View:
    """A look with the rows that are drawn from it."""

    look: Look
    rows: tuple[Row, ...]

    def find(self, region: str, kind: str, name: str) -> Seen | None:
        """The resource at an address, or None."""
        for one in self.look.seen:
            what = one.resource
            if (what.region, str(what.kind), what.name) == (region, kind, name):
                return one
        return None


class Watch:
    """Looks at one account for as long as somebody watches the pages."""

    def __init__(self, here: Here) -> None:
        self.here = here
        hurried = here.sandbox is not None
        self.day = Lane("day", self._day, self._day_due, pause=1.0 if hurried else 3.0)
        self.deep: Lane[Look] = Lane(
            "fortnight", lambda: self._look("fortnight"), self._deep_due, pause=3.0
        )
        self.journal: Lane[tuple[Tale, ...]] = Lane(
            "journal", self._journal, lambda _: True, pause=2.0 if hurried else 30.0
        )
        self.tags = Tags(here.access)
        self._stack: StackInfo | None = None

    def start(self) -> None:
        """Begin watching."""
        for lane in self._lanes():
            lane.start()

    def stop(self) -> None:
        """Stop watching."""
        for lane in self._lanes():
            lane.stop()

    def poke(self) -> None:
        """Something was changed: look again."""
        for lane in self._lanes():
            lane.poke()

    def stack(self) -> StackInfo | None:
        """The deployment that watches this account, or None when there is none.

        Raises InvalidRequest for several of them, Unavailable when AWS does not answer.
        """
        if self._stack is None:
            access = self.here.access
            self._stack = Stacks(access, access.home_region).find(self.here.stack)
        return self._stack

    def book(self) -> Book:
        """The deployment's journal. Raises Unavailable when nothing is deployed here."""
        access = self.here.access
        stack = self.stack()
        if stack is None or not stack.journal_group:
            raise Unavailable(
                f"No stack {self.here.stack} is deployed in {access.home_region}, so there is no "
                "journal; deploy it, or name another with --stack."
            )
        return Book(Journal(access, access.home_region, group=stack.journal_group))

    def _lanes(self) -> tuple[Lane[Any], ...]:
        return (self.day, self.deep, self.journal)

    def _journal(self) -> tuple[Tale, ...]:
        now = self.here.now()
        return tuple(tales(self.book().about("", now=now, hours=JOURNAL_HOURS)))

    def _window(self) -> Window:
        delay = timedelta(minutes=self.here.settings.metric_delay_minutes)
        return Window.settled(self.here.now(), delay)

    def _day_due(self, last: View | None) -> bool:
        # Metrics come every five minutes; states and alarms of the sandbox change in between.
        return last is None or last.look.window != self._window()

    def _deep_due(self, last: Look | None) -> bool:
        if last is None:
            return True
        wait = timedelta(minutes=30) if self.here.sandbox else timedelta(minutes=15)
        return self.here.now() - last.now >= wait

    def _day(self) -> View:
        seen = self._look("day")
        return View(seen, rows_of(seen))

    def _look(self, depth: Depth) -> Look:
        here = self.here
        question = Question(
            regions=here.regions,
            now=here.now(),
            settings=here.settings,
            prices=here.prices,
            depth=depth,
        )
        return look(here.access, question)
