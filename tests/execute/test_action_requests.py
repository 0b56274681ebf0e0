"""Requests as they come in: two vocabularies, strictly checked, refused in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.support import ACCOUNT

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.execute.action_requests import (
    ActionRequest,
    delete_request,
    floor_request,
    stop_request,
)

pytestmark = pytest.mark.clock

CAMPAIGN = f"arn:aws:personalize:eu-west-1:{ACCOUNT}:campaign/shoes"
RECOMMENDER = f"arn:aws:personalize:eu-west-1:{ACCOUNT}:recommender/films"
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def floor(detail: dict[str, Any], **envelope: Any) -> ActionRequest:
    """The order in an event with this detail."""
    event = {"detail": detail, "id": "e-1", "time": "2026-03-02T10:00:00Z", **envelope}
    return floor_request(event, account=ACCOUNT, request_id="r-1")


@given(st.integers(1, 10_000), st.sampled_from(["MinProvisionedTPS", "NewMinTPS"]))
def test_whole_numbers_of_the_quota_are_floors(value: int, key: str) -> None:
    """P10: what a floor may be is the service's to say, whose quota of 500 is adjustable."""
    request = floor({"ARN": CAMPAIGN, key: value})
    assert (request.floor, str(request.arn), request.measured) == (value, CAMPAIGN, False)


@given(ANYTHING, st.sampled_from(["MinProvisionedTPS", "NewMinTPS"]))
def test_anything_else_is_no_floor(value: Any, key: str) -> None:
    """Whatever is not a whole number from 1 to ten thousand is refused, also in quotes."""
    assume(type(value) is not int or not 1 <= value <= 10_000)
    with pytest.raises(InvalidRequest) as refused:
        floor({"ARN": CAMPAIGN, key: value})
    assert "1 to 10000" in str(refused.value)
    assert key in str(refused.value)


@pytest.mark.parametrize("key", ["ARN", "NewMinTPS", "HoldUntil", "HoldMinutes", "time"])
@pytest.mark.parametrize("value", ["x" * 100_000, ["y"] * 50_000, 10**4000])
def test_k16_a_sentence_about_a_huge_value_is_short(key: str, value: Any) -> None:
    """It goes into logs and queues; the beginning of the value tells enough."""
    event = {"id": "e", "detail": {"ARN": CAMPAIGN, "NewMinTPS": 3, key: value}}
    with pytest.raises(InvalidRequest) as refused:
        floor_request(
            {"time": value, **event} if key == "time" else event, account="1", request_id=""
        )
    assert len(str(refused.value)) < 600


@given(ANYTHING)
def test_no_event_breaks_the_reading_otherwise(event: Any) -> None:
    """Any JSON is an order or is refused with InvalidRequest."""
    for read in (floor_request, delete_request, stop_request):
        for whole in (event, {"detail": event}, {"detail": {"ARN": event, "NewMinTPS": event}}):
            with pytest.raises(InvalidRequest):
                read(whole, account=ACCOUNT, request_id="r")


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({"NewMinTPS": 3}, "is missing"),
        ({"ARN": CAMPAIGN}, "is missing"),
        ({"ARN": CAMPAIGN, "CampaignARN": f"{CAMPAIGN}2", "NewMinTPS": 3}, "differ"),
        ({"ARN": CAMPAIGN, "NewMinTPS": 3, "MinProvisionedTPS": 4}, "differ"),
        ({"ARN": "shoes", "NewMinTPS": 3}, "not an ARN"),
        ({"ARN": CAMPAIGN.replace(ACCOUNT, "9" * 12), "NewMinTPS": 3}, "belongs to account"),
        ({"ARN": CAMPAIGN.replace("personalize", "s3", 1), "NewMinTPS": 3}, "service s3"),
        ({"ARN": CAMPAIGN.replace("campaign/", "solution/"), "NewMinTPS": 3}, "is a solution"),
        ({"ARN": CAMPAIGN, "NewMinTPS": 3, "CurrentMinTPS": "4"}, "CurrentMinTPS"),
    ],
)
def test_what_is_wrong_is_said(detail: dict[str, Any], said: str) -> None:
    """One sentence names what is wrong, and ends like one."""
    with pytest.raises(InvalidRequest, match=said) as refused:
        floor(detail)
    assert str(refused.value).endswith(".")


def test_the_same_value_in_both_vocabularies_is_one_value() -> None:
    """The monitor's own requests carry every name."""
    request = floor(
        {
            "ARN": CAMPAIGN,
            "CampaignARN": CAMPAIGN,
            "NewMinTPS": 3,
            "MinProvisionedTPS": 3,
            "CurrentMinTPS": 9,
            "CurrentProvisionedTPS": 9,
        }
    )
    assert (request.floor, request.measured_floor, request.measured) == (3, 9, True)


@pytest.mark.parametrize(
    ("detail_type", "arn"),
    [
        ("UpdatePersonalizeCampaignMinProvisionedTPS", RECOMMENDER),
        ("UpdatePersonalizeRecommenderMinRecommendationRPS", CAMPAIGN),
    ],
)
def test_the_detail_type_names_the_kind(detail_type: str, arn: str) -> None:
    """A recommender in an event about campaigns is a mistake, and the other way round."""
    with pytest.raises(InvalidRequest, match="give the ARN of a"):
        floor({"ARN": arn, "NewMinTPS": 3}, **{"detail-type": detail_type})
    assert floor({"ARN": arn, "NewMinTPS": 3}).floor == 3


def test_deletion_is_for_campaigns_and_stopping_for_recommenders() -> None:
    """Each executor takes its own kind only."""
    with pytest.raises(InvalidRequest, match="is a recommender"):
        delete_request({"ARN": RECOMMENDER}, account=ACCOUNT, request_id="r")
    with pytest.raises(InvalidRequest, match="is a campaign"):
        stop_request({"ARN": CAMPAIGN}, account=ACCOUNT, request_id="r")


@pytest.mark.parametrize(
    ("detail", "hours"),
    [
        ({}, None),
        ({"TotalRequestsDuringIdleThresholdHours": 0, "IdleThresholdHours": 12}, 12),
        ({"TotalRequestsDuringIdleThresholdHours": 0, "IdleCampaignThresholdHours": 48}, 48),
        ({"TotalRequestsDuringIdleThresholdHours": 0}, 24),
        ({"IdleThresholdHours": 12}, None),
    ],
)
def test_measurements_make_it_the_monitors_request(detail: dict[str, Any], hours: Any) -> None:
    """A request with the measured requests holds as long as they do; without, it is a person's."""
    request = delete_request({"ARN": CAMPAIGN, **detail}, account=ACCOUNT, request_id="r")
    assert (request.measured_idle_hours, request.measured) == (hours, hours is not None)


def test_one_event_has_one_id_however_often_it_comes() -> None:
    """The event's own id, or Lambda's request id where there is none."""
    event = {"id": "e-7", "detail": {"ARN": CAMPAIGN}, "time": "2026-03-02T11:00:00+01:00"}
    first = delete_request(event, account=ACCOUNT, request_id="a")
    second = delete_request(event, account=ACCOUNT, request_id="b")
    assert first == second
    assert (first.id, first.by_event) == ("e-7", True)
    assert first.asked == datetime(2026, 3, 2, 10, tzinfo=UTC)
    direct = delete_request({"ARN": CAMPAIGN, "Reason": "Old."}, account=ACCOUNT, request_id="a")
    assert (direct.id, direct.by_event, direct.reason) == ("a", False, "Old.")


def test_a_time_that_is_none_is_refused() -> None:
    """What the event calls its time must be one."""
    with pytest.raises(InvalidRequest, match="ISO time"):
        delete_request(
            {"detail": {"ARN": CAMPAIGN}, "time": "soon"}, account=ACCOUNT, request_id=""
        )
