"""What a function keeps between invocations, the time that it has, and CloudFormation's answer."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import ACCOUNT, Local

from personalize_monitor.functions import lifecycle, runtime

IDENTITY = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_FUNCTION_NAME",
    "STACK_NAME",
)


@pytest.mark.parametrize("name", [n for n in IDENTITY if n not in {"AWS_PROFILE"}])
def test_another_identity_shares_nothing(
    local: Local, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Credentials, address, region or stack: with another one, clients and memory are others."""
    first = runtime.runtime()
    first.memory.swept[ACCOUNT, "us-east-1"] = local.now
    value = "http://127.0.0.1:9" if name == "AWS_ENDPOINT_URL" else "eu-west-1"
    monkeypatch.setenv(name, value)
    other = runtime.runtime()
    assert other is not first
    assert not other.memory.swept


def test_parameters_are_no_identity(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed parameter is read by the next invocation, which keeps its clients."""
    here = runtime.runtime()
    assert here.settings().idle_hours == 24
    monkeypatch.setenv("IdleCampaignThresholdHours", "12")
    assert runtime.runtime() is here
    assert here.settings().idle_hours == 12
    assert here.settings({"IdleCampaignThresholdHours": 6}).idle_hours == 6
    assert here.settings().idle_hours == 12


def test_a_cold_start_knows_nothing(local: Local) -> None:
    """What Lambda threw away is not remembered by anything else."""
    here = runtime.runtime()
    runtime.forget()
    assert runtime.runtime() is not here


@given(st.integers(0, 900_000))
def test_the_time_that_lambda_leaves(milliseconds: int) -> None:
    """A function plans with the seconds that it has left, as Lambda tells them at each moment."""
    left = [milliseconds]
    budget = runtime.budget(SimpleNamespace(get_remaining_time_in_millis=lambda: left[0]))
    assert budget.seconds == pytest.approx(milliseconds / 1000)
    left[0] = 0
    assert budget.seconds == 0


@pytest.mark.parametrize("lambda_context", [None, SimpleNamespace(), {}, "x"])
def test_a_plain_call_has_all_the_time(lambda_context: Any) -> None:
    """Without Lambda's context there is no end and no id, and that is no error."""
    assert runtime.budget(lambda_context).seconds > 3600
    assert runtime.request_id(lambda_context) == ""


def test_the_id_of_a_request_is_lambda_s() -> None:
    """The same for each try of one invocation, so that a second try can be recognised."""
    assert runtime.request_id(SimpleNamespace(aws_request_id="r-1")) == "r-1"
    assert runtime.request_id(SimpleNamespace(aws_request_id=None)) == ""


@pytest.mark.parametrize("group", ["", "/personalize-monitor/journal"])
def test_announcements_are_kept_where_there_is_a_journal(local: Local, group: str) -> None:
    """A deployment without a log group announces on the bus alone."""
    local.env(**({"JOURNAL_LOG_GROUP": group} if group else {}))
    announcer = runtime.runtime().announcer()
    assert (announcer.journal is not None) == bool(group)


@pytest.mark.parametrize("event", [{}, {"time": "2026-03-02T10:00:00Z"}])
def test_an_object_is_an_event(event: dict[str, Any]) -> None:
    """An empty one too: what is not said has its default."""
    assert runtime.object_of(event) is event


# --- CloudFormation's answer ---


class Presigned:
    """The address to which an answer is put; it fails so many times at first."""

    def __init__(self, failing: int) -> None:
        self.failing = failing
        self.tries: list[dict[str, Any]] = []

    def urlopen(self, request: urllib.request.Request, timeout: float = 0) -> Any:
        """In place of the network."""
        assert request.get_method() == "PUT"
        assert 0 < timeout <= 30
        assert isinstance(request.data, bytes)
        self.tries.append(json.loads(request.data))
        if len(self.tries) <= self.failing:
            raise urllib.error.URLError(TimeoutError("timed out"))
        return io.BytesIO(b"")


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Presigned]:
    """A presigned address with so many failures."""

    def make(failing: int) -> Presigned:
        found = Presigned(failing)
        monkeypatch.setattr(urllib.request, "urlopen", found.urlopen)
        return found

    return make


def request(local: Local, kind: str, **more: Any) -> dict[str, Any]:
    """CloudFormation's request with an address for the answer."""
    return {
        "RequestType": kind,
        "time": local.now.isoformat(),
        "ResponseURL": "https://cloudformation.example/answer?signed",
        "StackId": "s",
        "RequestId": "r",
        "LogicalResourceId": "Lifecycle",
        **more,
    }


@pytest.mark.parametrize("failing", [0, 1, 3])
def test_the_answer_is_put_until_it_is_taken(
    local: Local, put: Callable[[int], Presigned], failing: int
) -> None:
    """The same answer each time, and no further one once it was taken."""
    address = put(failing)
    answer = lifecycle.handler(request(local, "Create"), None)
    assert address.tries == [answer] * (failing + 1)


def test_an_answer_that_nobody_takes_is_a_failure(
    local: Local, put: Callable[[int], Presigned]
) -> None:
    """After four tries the invocation fails, so that Lambda itself tries it again."""
    address = put(99)
    with pytest.raises(OSError, match="timed out"):
        lifecycle.handler(request(local, "Create"), None)
    assert len(address.tries) == 4


def test_the_answer_fits_and_names_its_resource(
    local: Local, put: Callable[[int], Presigned], monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudFormation takes a kilobyte of reasons, and must see the same resource as before."""

    def broken() -> Any:
        raise RuntimeError("x" * 5000)

    put(0)
    monkeypatch.setattr(lifecycle, "runtime", broken)
    answer = lifecycle.handler(request(local, "Update", PhysicalResourceId="mine"), None)
    assert len(answer["Reason"]) == 1000
    assert answer["PhysicalResourceId"] == "mine"
    assert (answer["StackId"], answer["RequestId"]) == ("s", "r")
    assert answer["LogicalResourceId"] == "Lifecycle"


@pytest.mark.parametrize(
    ("kind", "parameters", "status"),
    [
        ("Create", {"Regions": "moon"}, "FAILED"),
        ("Update", {"Regions": "moon"}, "FAILED"),
        ("Delete", {"Regions": "moon"}, "SUCCESS"),
        ("Create", {}, "SUCCESS"),
    ],
)
def test_bad_parameters_stop_an_installation_and_never_a_removal(
    local: Local,
    put: Callable[[int], Presigned],
    *,
    kind: str,
    parameters: dict[str, str],
    status: str,
) -> None:
    """A stack that cannot work is refused with the reason; one that is unwanted can always go."""
    put(0)
    local.env(**parameters)
    answer = lifecycle.handler(request(local, kind), None)
    assert answer["Status"] == status
    assert ("moon" in answer["Reason"]) == (status == "FAILED")
    assert answer["Reason"]
