"""What takes minutes is done in a thread; its end is told on whatever page is open then."""

from __future__ import annotations

import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from personalize_monitor.errors import PersonalizeMonitorError, Unavailable

_log = logging.getLogger(__name__)
_KEPT = 50


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence for people, numbered, so that each page tells it once."""

    number: int
    text: str
    good: bool


class Jobs:
    """The jobs of one console. ``running`` is by name, with what each says of itself."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._told: deque[Told] = deque(maxlen=_KEPT)
        self._running: dict[str, str] = {}
        self._threads: set[threading.Thread] = set()
        self._ended = threading.Event()
        self._lock = threading.Lock()

    @property
    def running(self) -> dict[str, str]:
        """What is under way, with its last word."""
        with self._lock:
            return dict(self._running)

    @property
    def last(self) -> int:
        """The number of the last sentence."""
        with self._lock:
            return self._told[-1].number if self._told else 0

    def since(self, number: int) -> list[Told]:
        """What was told after ``number``."""
        with self._lock:
            return [told for told in self._told if told.number > number]

    def start(self, name: str, work: Callable[[Callable[[str], None]], str]) -> bool:
        """Do ``work`` in a thread unless one of that name runs; it can say how far it is."""
        with self._lock:
            if name in self._running:
                return False
            self._running[name] = "begun"
            thread = threading.Thread(target=self._run, args=(name, work), daemon=True, name=name)
            self._threads.add(thread)
        thread.start()
        return True

    def nap(self, seconds: float) -> None:
        """Sleep in a job.

        Raises:
            Unavailable: the console ended meanwhile, and nobody will hear the job's end.
        """
        if self._ended.wait(seconds):
            raise Unavailable("The console was stopped; what is under way goes on in AWS.")

    def stop(self) -> None:
        """End every nap; see ``wait``."""
        self._ended.set()

    def wait(self, seconds: float) -> None:
        """Wait for the jobs that are under way, at most so long for each."""
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            if thread.is_alive():
                thread.join(seconds)

    def _run(self, name: str, work: Callable[[Callable[[str], None]], str]) -> None:
        def progress(word: str) -> None:
            with self._lock:
                self._running[name] = word

        good = False
        try:
            text, good = work(progress), True
        except PersonalizeMonitorError as problem:
            text = str(problem)
        except Exception as problem:  # noqa: BLE001  a thread has nobody to raise to
            _log.exception("a job failed")
            text = f"{name} failed ({type(problem).__name__}); see the log."
        with self._lock:
            self._running.pop(name, None)
            self._threads.discard(threading.current_thread())
            self._told.append(Told(next(self._numbers), text, good))
