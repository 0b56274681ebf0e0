"""What takes minutes is done in a thread; its end is told on whatever page is open then."""

from __future__ import annotations

import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from personalize_monitor.errors import PersonalizeMonitorError

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
        threading.Thread(target=self._run, args=(name, work), daemon=True, name=name).start()
        return True

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
            self._told.append(Told(next(self._numbers), text, good))
