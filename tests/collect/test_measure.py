"""Measuring: the right metric for each recipe, summed, or unknown with the reason."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import HOME, Local, a_resource, every_window

from aws_sandbox import fleet
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.collect.idleness import signs_of_life
from personalize_monitor.collect.measure import apis_of, measure
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.window import Window


def test_a_known_recipe_costs_one_question_and_an_unknown_one_three(local: Local) -> None:
    """What is not known of a recipe is asked of every operation."""
    known, strange = a_resource(), a_resource("strange", recipe_arn=None)
    assert (len(apis_of(known)), len(apis_of(strange))) == (1, 3)
    metrics = Metrics(local.access, HOME)
    measure(metrics, [known, strange], Window(local.window()))
    assert metrics.requested == 4


@pytest.mark.parametrize(
    "metric",
    [
        "GetRecommendations",
        "GetPersonalizedRanking",
        "GetActionRecommendations",
        "GetRecommendations4xxErrors",
        "GetPersonalizedRanking5xxErrors",
    ],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_any_sign_of_life_counts(local: Local, metric: str, kind: Kind) -> None:
    """Whatever metric a request or an error appears in, the resource is not idle."""
    make: Any = fleet.add_campaign if kind is Kind.CAMPAIGN else fleet.add_recommender
    member = make(local.world, "shoes")
    local.world.metrics.count(member.arn, metric)
    end = local.now.replace(minute=5)
    local.world.clock.advance_to(end.replace(minute=10))
    resource = a_resource(kind=kind)
    life = signs_of_life(Metrics(local.access, HOME), [resource], end=end, hours=2)
    assert life[resource].requests == 1


def test_one_unknown_sign_makes_the_life_unknown(local: Local) -> None:
    """Eight zeros and one missing answer are no zero."""
    local.blind("PartialData", metric="GetActionRecommendations5xxErrors")
    resource = a_resource()
    life = signs_of_life(Metrics(local.access, HOME), [resource], end=local.now, hours=24)
    assert not life[resource].known


def test_each_resource_has_its_own_number(local: Local) -> None:
    """Answers are not mixed up, whatever their order."""
    expected = {}
    for n in range(20):
        fleet.add_campaign(local.world, f"c-{n}", shape=every_window(n + 1), floor=2)
        expected[a_resource(f"c-{n}")] = float(n + 1)
    samples = measure(Metrics(local.access, HOME), reversed(expected), Window(local.window()))
    assert {resource: sample.requests for resource, sample in samples.items()} == expected
