"""What AWS's refusals mean: which may pass, which need a person, and the sentence for each."""

from __future__ import annotations

import string

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.script import refused

from personalize_monitor.aws import pace, problems
from personalize_monitor.aws.paging import Listing
from personalize_monitor.aws.problems import AWS_ERRORS, code_of, sentence

MEANS = {
    "is_throttled": ["ThrottlingException", "Throttling", "TooManyRequestsException", "SlowDown"],
    "is_denied": ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"],
    "is_invalid": ["ValidationError", "ValidationException", "InvalidParameterValue"],
    "is_bad_token": ["InvalidNextToken", "InvalidNextTokenException"],
    "is_busy": ["ResourceInUseException"],
    "is_not_found": ["ResourceNotFoundException", "NotFound", "ResourceNotFound"],
}
NO_ANSWER = [
    EndpointConnectionError(endpoint_url="https://x"),
    ConnectTimeoutError(endpoint_url="https://x"),
    ReadTimeoutError(endpoint_url="https://x"),
    NoCredentialsError(),
]


@pytest.mark.parametrize(
    ("meaning", "code"), [(meaning, code) for meaning, codes in MEANS.items() for code in codes]
)
def test_a_code_has_one_meaning(meaning: str, code: str) -> None:
    """Services spell the same thing differently; no code means two things at once."""
    found = {name for name in MEANS if getattr(problems, name)(refused(code))}
    assert found == {meaning}


@given(st.text(string.ascii_letters, min_size=1, max_size=30))
def test_a_code_that_nobody_knows_means_nothing_special(code: str) -> None:
    """A new error is a plain refusal: not retried as throttling, not taken for 'gone'."""
    known = {known for codes in MEANS.values() for known in codes}
    meant = [name for name in MEANS if getattr(problems, name)(refused(f"New{code}"))]
    assert meant == [] or f"New{code}" in known


@pytest.mark.parametrize("error", NO_ANSWER)
def test_no_answer_is_an_error_of_ours_to_catch(error: Exception) -> None:
    """A timeout and missing credentials are caught where a refusal is, by their own names."""
    assert isinstance(error, AWS_ERRORS)
    assert code_of(error) == type(error).__name__
    assert not any(getattr(problems, name)(error) for name in MEANS)


@pytest.mark.parametrize("error", [*NO_ANSWER, *(refused(c[0]) for c in MEANS.values())])
def test_every_sentence_tells_what_why_and_what_now(error: Exception) -> None:
    """Whoever reads the summary learns what was tried, AWS's code and word, and what follows."""
    told = sentence("Listing the campaigns of 1/eu-west-1", error)
    assert told.startswith(f"Listing the campaigns of 1/eu-west-1 failed ({code_of(error)}): ")
    assert ". AWS says: " in told
    assert not told.endswith("AWS says: ")


def test_an_error_without_its_parts_is_still_told() -> None:
    """An answer that botocore could not read has no code, and no message of its own."""
    bare = ClientError({}, "Ask")
    assert code_of(bare) == "Unknown"
    assert sentence("Asking", bare).startswith("Asking failed (Unknown): AWS refused. AWS says: ")
    silent = ClientError({"Error": {"Code": "X", "Message": ""}}, "Ask")
    assert "(X)" in sentence("Asking", silent).partition("AWS says: ")[2]


def test_absence_means_something_only_in_a_whole_list() -> None:
    """A listing with an error is not complete, however much it holds."""
    assert Listing(()).complete
    assert not Listing((1, 2, 3), refused("X")).complete


def test_a_rest_gives_back_at_most_a_seconds_worth(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an hour of silence as many calls may start at once as after a second, and no more."""
    now: list[float] = [0.0]
    slept: list[float] = []
    monkeypatch.setattr(pace, "monotonic", lambda: now[0])
    monkeypatch.setattr(pace, "sleep", slept.append)
    keeper = pace.Pace(3.0)
    now[0] += 3600
    for _ in range(3):
        keeper.wait()
    assert slept == []
    keeper.wait()
    assert slept == [pytest.approx(1 / 3)]


def test_whoever_comes_later_waits_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen threads at once are let through one after the other, not together after one wait."""
    slept: list[float] = []
    monkeypatch.setattr(pace, "monotonic", lambda: 0.0)
    monkeypatch.setattr(pace, "sleep", slept.append)
    keeper = pace.Pace(2.0)
    for _ in range(6):
        keeper.wait()
    assert slept == [0.5, 1.0, 1.5, 2.0]
