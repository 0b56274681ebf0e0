"""Datapoints: what is unknown has none, what is idle has a zero."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.support import BEGIN, a_resource

from personalize_monitor.collect.publish import datums
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.sample import Sample, unknown
from personalize_monitor.model.window import Window

WINDOW = Window(BEGIN)


@given(
    kind=st.sampled_from(Kind),
    requests=st.one_of(st.none(), st.floats(0, 1e9)),
    floor=st.integers(1, 500),
)
def test_a_resource_has_three_datapoints_or_only_its_floor(
    kind: Kind, requests: float | None, floor: int
) -> None:
    """The floor is always known; average and utilization come together or not at all."""
    resource = a_resource(kind=kind, floor=floor)
    sample = unknown("no answer") if requests is None else Sample(requests)
    found = {datum.unit: datum for datum in datums({resource: sample}, WINDOW)}
    points = datums({resource: sample}, WINDOW)
    assert {datum.timestamp for datum in points} == {BEGIN}
    assert {datum.dimension for datum in points} == {
        ("CampaignArn" if kind is Kind.CAMPAIGN else "RecommenderArn", str(resource.arn))
    }
    assert points[0].value == floor
    assert len(points) == (1 if requests is None else 3)
    if requests is not None:
        assert points[1].value == requests / 300
        assert found["Percent"].value == requests / 300 / floor * 100
