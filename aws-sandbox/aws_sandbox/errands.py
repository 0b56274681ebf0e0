"""Work that other threads hand to the one thread that moves the sandbox's time."""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import Future


class Errands:
    """A queue of work; whoever asks waits until it is done."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[tuple[Callable[[], object], Future[None]]] = queue.Queue()

    def ask(self, work: Callable[[], object]) -> None:
        """Have the work done by the other thread, and wait for it; raises what it raises."""
        done: Future[None] = Future()
        self._waiting.put((work, done))
        done.result()

    def run_next(self) -> bool:
        """Do the next piece of work, if there is one; answers whether there was."""
        try:
            work, done = self._waiting.get_nowait()
        except queue.Empty:
            return False
        try:
            work()
        except Exception as problem:  # noqa: BLE001  it belongs to whoever asked
            done.set_exception(problem)
        else:
            done.set_result(None)
        return True
