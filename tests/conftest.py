"""What every test may count on: fixed credentials, cold functions, no waiting in real time."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import botocore.endpoint
import botocore.loaders
import botocore.retries.bucket
import botocore.session
import pytest
from hypothesis import HealthCheck, settings
from tests.support import BEGIN, HOME, Local

from aws_sandbox import wire
from aws_sandbox.cloudwatch import faults as metric_faults
from personalize_monitor.aws import pace
from personalize_monitor.functions import runtime

pytest_plugins = ("tests.order", "tests.present")
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIATESTING",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": HOME,
    "AWS_DEFAULT_REGION": HOME,
    "AWS_EC2_METADATA_DISABLED": "true",
    # A person's own defaults are not the tests'.
    "PERSONALIZE_MONITOR_CONFIG": os.devnull,
}

NOT_OURS = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN")

# AWS's models are read once for all tests, not once for each of their sessions.
LOADER = botocore.loaders.create_loader()
botocore.session.create_loader = lambda *_: LOADER

settings.register_profile(
    "ours",
    deadline=None,
    # Seeds differ from run to run; `.ci/run` takes more of them at once.
    max_examples=int(os.environ.get("EXAMPLES", "15")),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("ours")


def pytest_configure() -> None:
    """A module's fixtures come before a test's: the environment is ours from the beginning."""
    for name in NOT_OURS:
        os.environ.pop(name, None)
    os.environ.update(ENVIRONMENT)


def pytest_collection_finish() -> None:
    """What is loaded now stays: searching it for garbage again and again took an eighth of all."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(autouse=True, scope="session")
def _quick() -> Iterator[None]:
    """No waiting in real time, in what whole modules share either."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pace, "sleep", lambda _: None)
        # botocore waits between its tries, and its adaptive mode before each call.
        quick = SimpleNamespace(**{**vars(time), "sleep": lambda _: None})
        patch.setattr(botocore.endpoint, "time", quick)
        patch.setattr(botocore.retries.bucket.TokenBucket, "acquire", lambda *_, **__: True)
        yield


@pytest.fixture(autouse=True)
def _cold() -> Iterator[None]:
    """No knowledge of the test before."""
    runtime.forget()
    yield
    runtime.forget()
    metric_faults.clear()


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """The sandbox on a Monday at 10:02, empty, with its clock paused."""
    with wire.live(BEGIN, seed=1) as world:
        running = Local(world, monkeypatch)
        yield running
        running.heal()
        # What a cycle left behind (a region that was slow) must not reach into the next test.
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join(timeout=5)
