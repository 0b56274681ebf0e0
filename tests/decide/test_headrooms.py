"""The evidence of headroom in the application: read once a day, from the resource's own metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from tests.policy.test_follow_headroom import days
from tests.support import a_resource, with_parameters

from personalize_monitor.aws.metrics import Metrics, Query
from personalize_monitor.aws.series import Series
from personalize_monitor.context.memory import Memory
from personalize_monitor.decide.headrooms import headrooms
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.window import SECONDS, Window
from personalize_monitor.policy.floor import decide_floor

RAMPS = days(10, 0.12)
END = datetime.fromtimestamp(RAMPS.end, UTC) + timedelta(minutes=5)
TODAY = Window(END)


@dataclass
class Answers:
    """CloudWatch with the given failures, latency and floors; ``asked`` are its questions."""

    failures: float = 0.0
    latency: float | None = 40.0
    floor: float | None = 1.0
    refusing: str = ""
    asked: list[Query] = field(default_factory=list)
    ends: list[datetime] = field(default_factory=list)

    def read(
        self, queries: Iterable[Query], *, start: datetime, end: datetime, period: int
    ) -> dict[Query, Series]:
        """The same value in every interval, unless there is none."""
        found = {}
        for query in queries:
            self.asked.append(query)
            value = self._value(query.metric)
            times = range(int(start.timestamp()), int(end.timestamp()), period)
            points = () if value is None else tuple((at, value) for at in times)
            refused = self.refusing and query.metric.endswith(self.refusing)
            found[query] = Series(why_unknown="refused") if refused else Series.of(points)
        self.ends.append(end)
        return found

    def _value(self, metric: str) -> float | None:
        if metric.endswith("Errors"):
            return self.failures or None
        return self.latency if metric.endswith("Latency") else self.floor


def ask(answers: Answers, *resources: Resource, memory: Memory | None = None) -> dict[Any, Any]:
    """The headroom of resources that all have the same ramps."""
    histories = dict.fromkeys(resources or (a_resource(),), RAMPS)
    return headrooms(cast("Metrics", answers), histories, memory or Memory(), TODAY)


def test_ramps_without_trouble_are_evidence() -> None:
    """Failures that were never reported are none; floor and latency are known."""
    shoes = a_resource()
    found = ask(Answers(), shoes)
    assert found[shoes].share == pytest.approx(0.10)


def test_the_questions_are_the_resource_s_own() -> None:
    """Errors, latency and our own datapoint of the floor, in the resource's dimension."""
    answers = Answers()
    ask(answers, a_resource("r", Kind.RECOMMENDER))
    assert {query.dimension[0] for query in answers.asked} == {"RecommenderArn"}
    assert {(query.namespace, query.metric, query.stat) for query in answers.asked} >= {
        ("AWS/Personalize", "GetRecommendations4xxErrors", "Sum"),
        ("AWS/Personalize", "GetRecommendations5xxErrors", "Sum"),
        ("AWS/Personalize", "GetRecommendationsLatency", "Average"),
        ("PersonalizeMonitor", "minRecommendationRequestsPerSecond", "Maximum"),
    }


@pytest.mark.parametrize("missing", [{"latency": None}, {"floor": None}])
def test_without_latency_or_floor_there_is_no_evidence(missing: dict[str, Any]) -> None:
    """Silence is not calm: nobody knows how the ramps went."""
    assert ask(Answers(**missing)) == {}


@pytest.mark.parametrize("metric", ["4xxErrors", "5xxErrors", "Latency", "TPS"])
def test_an_incomplete_answer_is_asked_again(metric: str) -> None:
    """Nothing is concluded from it, and nothing remembered: the next hour asks once more."""
    memory, refusing = Memory(), Answers(refusing=metric)
    assert ask(refusing, memory=memory) == {}
    assert memory.headrooms == {}
    assert ask(Answers(), memory=memory)


def test_the_evidence_of_a_day_is_read_once() -> None:
    """It ends at midnight, so that who remembers and who does not say the same."""
    memory, answers = Memory(), Answers()
    first = ask(answers, memory=memory)
    questions = len(answers.asked)
    assert ask(answers, memory=memory) == first
    assert len(answers.asked) == questions
    midnight = END.replace(hour=0, minute=0, second=0, microsecond=0)
    assert set(answers.ends) == {midnight}


def test_no_evidence_is_remembered_too() -> None:
    """A flat resource is not asked about every hour."""
    memory, answers = Memory(), Answers()
    flat = Demand(RAMPS.start, (3000.0,) * len(RAMPS))
    for _ in range(2):
        assert headrooms(cast("Metrics", answers), {a_resource(): flat}, memory, TODAY) == {}
    assert len(answers.ends) == 1


def test_a_resource_of_today_is_not_asked_about() -> None:
    """Before its first midnight there is nothing to read."""
    answers = Answers()
    begin = RAMPS.end
    new = Demand(begin, (300.0,))
    assert headrooms(cast("Metrics", answers), {a_resource(): new}, Memory(), TODAY) == {}
    assert answers.asked == []


def test_many_resources_are_read_a_few_at_a_time() -> None:
    """Two weeks of four series fit six resources into a call; one answer is held at a time."""
    answers = Answers()
    found = ask(answers, *(a_resource(f"r{number}") for number in range(13)))
    assert len(found) == 13
    assert len(answers.ends) == 3


def test_the_plan_counts_on_the_evidence_before_the_assumption() -> None:
    """Mode follow plans with what was seen, says so, and falls back on AssumedHeadroom."""
    shoes = a_resource(floor=5, created=datetime.fromtimestamp(RAMPS.start, UTC))
    settings = with_parameters(RightSizingMode="follow", AssumedHeadroom="0.3")
    now = datetime.fromtimestamp(RAMPS.end + SECONDS, UTC)
    kept = ask(Answers(), shoes)[shoes]
    seen = decide_floor(shoes, RAMPS, settings, now, kept)
    assumed = decide_floor(shoes, RAMPS, settings, now)
    assert seen.evidence["headroom"] == 0.1
    assert "keeps 10% of headroom" in seen.reason
    assert assumed.evidence["headroom"] == 0.3
    assert "of headroom" not in assumed.reason


def test_what_is_gone_is_forgotten() -> None:
    """The evidence of a deleted resource does not stay in memory."""
    memory, shoes = Memory(), a_resource()
    ask(Answers(), shoes, memory=memory)
    memory.forget({str(shoes.arn)})
    assert memory.headrooms == {}
