"""What time it is in a test: the sandbox's where one is live. Who asks the machine's is marked.

A test that can see the machine's clock, by asking our one clock while no sandbox is live or by
starting a process of ours that may, carries the mark `clock`, and an unmarked one fails here.
`scripts/at_set_times.py` runs what is marked at every set time, and the rest at one of them each:
with `once=True` what is long and whose processes are given their time.
"""

from __future__ import annotations

import multiprocessing.process
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any
from zlib import crc32

import pytest

from aws_sandbox import clock as sandbox_clock
from personalize_monitor import clock

_OURS = ("python", "personalize-monitor", "bash")
_seen: list[str] = []


class Present(datetime):
    """What our clock asks: the live sandbox's time, and the machine's where there is none."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """The present moment."""
        try:
            return sandbox_clock.current().now().astimezone(tz)
        except LookupError:
            _seen.append("utc_now() while no sandbox was live")
            return datetime.now(tz)


@pytest.fixture(autouse=True, scope="session")
def _present() -> Iterator[None]:
    """Functions whose handlers a test calls itself live in the sandbox's time too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "datetime", Present)
        patch.setattr(subprocess, "Popen", _Popen)
        start = multiprocessing.process.BaseProcess.start

        def noted(process: multiprocessing.process.BaseProcess) -> None:
            _seen.append("a process of multiprocessing")
            start(process)

        patch.setattr(multiprocessing.process.BaseProcess, "start", noted)
        yield


class _Popen(subprocess.Popen[Any]):
    def __init__(self, args: Any, *rest: Any, **more: Any) -> None:
        words = [args] if isinstance(args, str) else [str(word) for word in args]
        program = words[0].rsplit("/", 1)[-1]
        if program.startswith(_OURS):
            _seen.append(f"a process: {' '.join(words)[:80]}")
        super().__init__(args, *rest, **more)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With SET_TIME=2/7 only what runs at the second of seven set times is left."""
    number, _, of = os.environ.get("SET_TIME", "").partition("/")
    if not of:
        return
    chosen: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        mark, file = item.get_closest_marker("clock"), item.nodeid.partition("::")[0]
        always = mark is not None and not mark.kwargs.get("once")
        here = crc32(file.encode()) % int(of) == int(number) - 1
        # A browser is a program of its own, which a set time may bring down; what it shows comes
        # from the server, whose tests are among the others.
        browser = "page" in getattr(item, "fixturenames", ())
        (chosen if (always or here) and not browser else others).append(item)
    items[:] = chosen
    config.hook.pytest_deselected(items=others)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup() -> Iterator[None]:
    """What the test before left is not this one's."""
    _seen.clear()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """An unmarked test that could see the machine's clock fails."""
    done = yield
    if _seen and not item.get_closest_marker("clock"):
        pytest.fail(f"{item.nodeid} can see the machine's clock ({_seen[0]}): mark it `clock`.")
    return done
