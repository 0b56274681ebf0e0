"""Something that is looked at again and again in a thread of its own; pages show the last look."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.errors import PersonalizeMonitorError

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shot(Generic[T]):
    """The last value with its number; ``trouble`` is why there is no newer one, or empty."""

    value: T | None = None
    version: int = 0
    trouble: str = ""
    seconds: float = 0.0


class Poller(Generic[T]):
    """Calls ``take`` whenever ``due`` says so, somebody is watching, and a pause has passed.

    ``due`` is given the last value. ``pause`` are seconds between two looks, ``patience`` the
    seconds for which one visit counts as watching.
    """

    def __init__(
        self,
        name: str,
        take: Callable[[], T],
        due: Callable[[T | None], bool],
        *,
        pause: float,
        patience: float = 90.0,
    ) -> None:
        self._name, self._take, self._due = name, take, due
        self._pause, self._patience = pause, patience
        self._shot: Shot[T] = Shot()
        self._wake = threading.Event()
        self._changed = threading.Condition()
        self._stop = False
        self._poked = False
        self._visited = 0.0
        self._begun: float | None = None
        self.progress = ""
        """The last word of the look that is under way."""
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; nothing is looked at before the first visit."""
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the look that is under way; see ``wait``."""
        self._stop = True
        self._wake.set()

    def wait(self, seconds: float) -> None:
        """Wait for the end of a stopped lane, at most so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def shot(self) -> Shot[T]:
        """The last look; asking counts as watching."""
        self._visited = time.monotonic()
        self._wake.set()
        return self._shot

    @property
    def last(self) -> T | None:
        """The last value, without counting as a visit."""
        return self._shot.value

    @property
    def waiting(self) -> float:
        """For how many seconds the look that is under way has been waiting; 0 between two looks."""
        begun = self._begun
        return 0.0 if begun is None else time.monotonic() - begun

    def tell(self, word: str) -> None:
        """What the look that is under way has just done."""
        self.progress = word

    def poke(self) -> None:
        """Look again as soon as possible, because something was changed."""
        self._poked = True
        self._wake.set()

    def first(self, timeout: float) -> Shot[T]:
        """The last look, waiting up to ``timeout`` seconds for the very first one."""
        self.shot()
        with self._changed:
            self._changed.wait_for(lambda: self._shot.version or self._shot.trouble, timeout)
        return self._shot

    def after(self, version: int, timeout: float) -> Shot[T]:
        """A look newer than ``version``, or the last one when none came within ``timeout``."""
        self.shot()
        with self._changed:
            self._changed.wait_for(lambda: self._shot.version > version, timeout)
        return self._shot

    def _run(self) -> None:
        while not self._stop:
            if self._wanted():
                self._poked = False
                self._look()
                self._sleep(self._pause)
            else:
                self._wake.clear()
                self._wake.wait(self._pause)

    def _sleep(self, seconds: float) -> None:
        # A poke cuts the pause short; a mere visit does not.
        until = time.monotonic() + seconds
        while not self._stop and not self._poked and time.monotonic() < until:
            time.sleep(0.05)

    def _wanted(self) -> bool:
        if self._poked:
            return True
        watched = time.monotonic() - self._visited < self._patience and self._visited > 0
        return watched and (bool(self._shot.trouble) or self._is_due())

    def _is_due(self) -> bool:
        try:
            return self._due(self._shot.value)
        except Exception:  # noqa: BLE001  the sandbox's clock may be away; the look tells it
            return True

    def _look(self) -> None:
        begun = self._begun = time.monotonic()
        try:
            value = self._take()
            shot = Shot(value, self._shot.version + 1, "", time.monotonic() - begun)
        except PersonalizeMonitorError as problem:
            shot = self._troubled(str(problem))
        except AWS_ERRORS as problem:
            shot = self._troubled(sentence("Looking at the account", problem))
        except Exception as problem:  # noqa: BLE001  the pages tell it
            _log.exception("the look failed")
            shot = self._troubled(f"Looking failed ({type(problem).__name__}); see the log.")
        self._begun, self.progress = None, ""
        with self._changed:
            self._shot = shot
            self._changed.notify_all()

    def _troubled(self, why: str) -> Shot[T]:
        return Shot(self._shot.value, self._shot.version, why)
