"""Resources: what a status means, and how old they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support import ACCOUNT, BEGIN, HOME, a_resource

from personalize_monitor.model.resource import Fleet, Kind, State


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("ACTIVE", State.ACTIVE),
        ("CREATE PENDING", State.CHANGING),
        ("CREATE IN_PROGRESS", State.CHANGING),
        ("CREATE FAILED", State.FAILED),
        ("DELETE PENDING", State.GOING),
        ("DELETE IN_PROGRESS", State.GOING),
        ("STOP PENDING", State.CHANGING),
        ("STOP IN_PROGRESS", State.CHANGING),
        ("STOP IN PROGRESS", State.CHANGING),
        ("INACTIVE", State.STOPPED),
        ("START PENDING", State.CHANGING),
        ("START IN_PROGRESS", State.CHANGING),
        ("START_IN_PROGRESS", State.CHANGING),
        ("delete_in_progress", State.GOING),
    ],
)
def test_a_status_means_one_state(status: str, state: State) -> None:
    """Every status of AWS, in both of its spellings, has one meaning; only ACTIVE serves."""
    assert State.of_status(status) is state


def test_a_status_of_tomorrow_is_not_served() -> None:
    """A status that nobody knows is a change, so nothing is done about it."""
    assert State.of_status("HIBERNATING") is State.CHANGING
    assert State.of_status("") is State.CHANGING


def test_age_counts_from_creation_and_settling_from_the_last_change() -> None:
    """An update makes a resource unsettled, not young."""
    resource = a_resource(updated=BEGIN - timedelta(hours=3))
    assert resource.age_hours(BEGIN) == 30 * 24
    assert resource.settled_hours(BEGIN) == 3
    # AWS's two dates may disagree: the later one counts.
    odd = a_resource(created=BEGIN - timedelta(hours=1), updated=BEGIN - timedelta(hours=9))
    assert odd.settled_hours(BEGIN) == 1


def test_a_resource_is_where_its_arn_says() -> None:
    """Region, account and kind come from the ARN."""
    resource = a_resource(kind=Kind.RECOMMENDER, region="eu-west-1")
    assert (resource.region, resource.account) == ("eu-west-1", ACCOUNT)
    assert resource.recipe is not None
    assert a_resource(recipe_arn=None).recipe is None


def test_a_fleet_monitors_what_serves() -> None:
    """Only ACTIVE resources are monitored."""
    serving, failed = a_resource(), a_resource("failed", status="CREATE FAILED")
    fleet = Fleet(ACCOUNT, HOME, (serving, failed), complete=True)
    assert fleet.monitored == (serving,)
