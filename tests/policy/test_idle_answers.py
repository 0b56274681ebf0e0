"""Every answer about idleness, word for word: people read them in mails and in the journal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.support import BEGIN, a_resource

from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.sample import ZERO, Sample, unknown
from personalize_monitor.policy.idle import idle, may_be_idle

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("changes", "hours", "reason", "held_by", "evidence"),
    [
        pytest.param(
            {"stale": True},
            24,
            "AWS did not answer about it in this cycle; nothing is decided on old knowledge.",
            "unknown data",
            {},
            id="stale",
        ),
        pytest.param(
            {"update_pending": True},
            24,
            "It is being updated; it is looked at again afterwards.",
            "busy",
            {},
            id="busy",
        ),
        pytest.param(
            {"created": BEGIN - 5 * HOUR, "updated": BEGIN - 5 * HOUR},
            24,
            "It was created 5.0 hours ago; idle resources are left alone until 24 hours have "
            "passed.",
            "recently updated",
            {"hours_since_update": 5.0},
            id="new",
        ),
        pytest.param(
            {"updated": BEGIN - 1.2345 * HOUR},
            2,
            "It was created or updated 1.2 hours ago; idle resources are left alone until 2 hours "
            "have passed.",
            "recently updated",
            {"hours_since_update": 1.23},
            id="updated",
        ),
    ],
)
def test_why_nobody_asks(
    changes: dict[str, Any], hours: int, reason: str, held_by: str, evidence: dict[str, Any]
) -> None:
    """Where the question does not arise, the answer says why, by which guard, on what numbers."""
    resource = a_resource(**changes)
    expected = leave(resource, reason, held_by=held_by, evidence=evidence)
    assert may_be_idle(resource, hours, BEGIN) == expected


@pytest.mark.parametrize(
    ("since_update", "asked"),
    [(timedelta(hours=24, seconds=-1), False), (24 * HOUR, True), (25 * HOUR, True)],
    ids=["a second short", "exactly", "longer"],
)
def test_the_threshold_is_included(since_update: timedelta, asked: bool) -> None:
    """After exactly the threshold the question arises, a second before it does not."""
    resource = a_resource(updated=BEGIN - since_update)
    assert (may_be_idle(resource, 24, BEGIN) is None) is asked


def test_stale_comes_before_busy() -> None:
    """Of two reasons the worse one is told: what AWS did not answer may no longer be busy."""
    found = may_be_idle(a_resource(stale=True, update_pending=True), 24, BEGIN)
    assert found is not None
    assert found.held_by == "unknown data"


@pytest.mark.parametrize("requests", [1e-9, 1.0, 2.0])
def test_any_request_at_all_means_in_use(requests: float) -> None:
    """One request in the whole threshold is enough, and then there is nothing to say."""
    assert idle(a_resource(), Sample(requests), hours=24, enabled=True, now=BEGIN) is None


def test_an_unknown_count_tells_what_is_missing() -> None:
    """The reason repeats why the requests are not known, and nothing is concluded."""
    resource = a_resource()
    found = idle(resource, unknown("Throttling"), hours=7, enabled=True, now=BEGIN)
    assert found == leave(
        resource,
        "Its requests of the last 7 hours are not known (Throttling); nothing follows from that.",
        held_by="unknown data",
    )


@pytest.mark.parametrize(
    ("kind", "action", "verb", "switch"),
    [
        (Kind.CAMPAIGN, Action.DELETE, "delete it", "AutoDeleteIdleCampaigns"),
        (Kind.RECOMMENDER, Action.STOP, "stop it", "AutoStopIdleRecommenders"),
    ],
)
@pytest.mark.parametrize("enabled", [True, False])
def test_what_is_said_of_an_idle_one(
    kind: Kind, action: Action, verb: str, switch: str, enabled: bool
) -> None:
    """The finding, then what is done; or the parameter that would have to be switched on.

    A finding behind a switch is held by no guard: it is what the deployment asked for.
    """
    resource = a_resource(kind=kind, created=BEGIN - 30.123 * HOUR, updated=BEGIN - 29 * HOUR)
    evidence = {"requests": 0, "hours": 24, "age_hours": 30.12}
    if enabled:
        reason = f"No request came in the last 24 hours: {verb}."
        expected = Decision(resource, action, reason, evidence=evidence)
    else:
        reason = f"No request came in the last 24 hours, but {switch} is No."
        expected = leave(resource, reason, evidence=evidence)
    assert idle(resource, ZERO, hours=24, enabled=enabled, now=BEGIN) == expected
