"""Ask many questions side by side, and hand out the answers in batches as they arrive."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")

PATIENCE_SECONDS = 1.5
"""How long what is ready waits for the first answers, so that a few of them cost no batch."""
BATCH_SECONDS = 20.0
"""How long answers wait for one another otherwise: what is measured late is lost by a crash."""
_log = logging.getLogger(__name__)


def arrivals(
    pool: Executor,
    ask: Callable[[_Question], _Answer | None],
    questions: Sequence[_Question],
    *,
    ready: Iterable[_Answer],
    go_on: Callable[[], bool],
) -> Iterator[list[_Answer]]:
    """Batches of ``ready`` and of what ``ask`` answers; None is no answer.

    Stops asking, without an error, as soon as ``go_on`` says no. Never yields an empty batch.
    """
    answers: SimpleQueue[_Answer | None] = SimpleQueue()
    for question in questions:
        pool.submit(_put, answers, ask, question, go_on)
    batch = list(ready)
    waiting = len(questions)
    until = time.monotonic() + (PATIENCE_SECONDS if batch else BATCH_SECONDS)
    while waiting and go_on():
        arrived = _get(answers, until)
        waiting -= len(arrived)
        batch.extend(answer for answer in arrived if answer is not None)
        if time.monotonic() >= until:
            until += BATCH_SECONDS
            if batch:
                yield batch
                batch = []
    # What is there when time is over is not thrown away.
    batch.extend(answer for answer in _rest(answers) if answer is not None)
    if batch:
        yield batch


def _put(
    answers: SimpleQueue[_Answer | None],
    ask: Callable[[_Question], _Answer | None],
    question: _Question,
    go_on: Callable[[], bool],
) -> None:
    answer = None
    try:
        if go_on():
            answer = ask(question)
    except Exception:  # noqa: BLE001  one question must never cost the others their answers
        _log.exception("a question failed")
    finally:
        answers.put(answer)


def _rest(answers: SimpleQueue[_Answer | None]) -> Iterator[_Answer | None]:
    """What has arrived by now."""
    with suppress(Empty):
        while True:
            yield answers.get_nowait()


def _get(answers: SimpleQueue[_Answer | None], until: float) -> list[_Answer | None]:
    """The next answer, or nothing when it does not come in time; looks up once a second."""
    try:
        return [answers.get(timeout=max(0.0, min(until - time.monotonic(), 1.0)))]
    except Empty:
        return []
