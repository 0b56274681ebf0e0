"""A step back: only from a lowering of ours, only while it is fresh, only when callers suffer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.app.datapoints import Diary, Numbers
from tests.support import ACCOUNT, BEGIN, a_resource

from personalize_monitor.app.orders import floor_order
from personalize_monitor.app.stepback import HOLD, WATCHED, StepBack
from personalize_monitor.aws.events import Event
from personalize_monitor.contract import FLOOR_UPDATED_EVENT
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.window import Window

pytestmark = pytest.mark.clock

CHANGED = BEGIN.replace(minute=0)
NOW = CHANGED + timedelta(minutes=45)
FIVE = timedelta(minutes=5)
SHOES = a_resource(floor=2, updated=CHANGED + timedelta(minutes=4))


class Watch:
    """A place in which a floor was lowered from 10 to 2, with 5 TPS and errors since then."""

    def __init__(self, folder: Path, *, resource: Resource = SHOES, suffer: bool = True) -> None:
        self.numbers, self.diary = Numbers(), Diary(folder)
        self.resource, self.problems = resource, list[str]()
        for nth in range(-12, 24):
            at = CHANGED + nth * FIVE
            self.numbers.put("GetRecommendations", resource, 1500.0, at)
            self.numbers.put("GetRecommendationsLatency", resource, 40.0, at)
            if suffer and nth > 0:
                self.numbers.put("GetRecommendations4xxErrors", resource, 200.0, at)

    def lowered(self, **more: Any) -> None:
        """The journal's announcement of the change."""
        detail = {
            "PreviousMinTPS": 10,
            "NewMinTPS": 2,
            "RequestedBy": "monitor",
            "at": CHANGED,
            **more,
        }
        moment = detail.pop("at")
        name = FLOOR_UPDATED_EVENT[self.resource.kind]
        self.diary.told(name, self.resource.arn, moment, **detail)

    def run(self, *resources: Resource, now: datetime = NOW) -> list[Event]:
        """One cycle's look."""
        window = Window.settled(now, FIVE)
        step = StepBack(
            self.numbers.site,
            self.numbers.metrics,
            self.diary.book,
            window,
            now,
            self.problems,
        )
        return step.run(resources or (self.resource,))


@pytest.mark.parametrize("kind", list(Kind))
def test_a_lowering_that_hurts_is_taken_back(tmp_path: Path, kind: Kind) -> None:
    """The floor before it, held for a week, with figures in the reason; the executor reads it."""
    resource = replace(a_resource(kind=kind), floor=2, updated=SHOES.updated)
    story = Watch(tmp_path, resource=resource)
    story.lowered()
    (event,) = story.run()
    order = floor_order(
        {"id": "e", "detail-type": event.detail_type, "detail": event.detail},
        account=ACCOUNT,
        request_id="",
    )
    assert (order.arn, order.floor, order.measured_floor) == (resource.arn, 10, 2)
    assert order.hold_until == NOW + HOLD
    assert event.detail["StepBack"] is True
    assert "lowered from 10 to 2 at 10:00 UTC" in order.reason
    assert "11.8% of the requests failed since then" in order.reason
    assert order.reason.endswith("left alone until 2026-03-09.")


def test_while_callers_are_well_it_stays(tmp_path: Path) -> None:
    """The same traffic and latency without errors: the lowering was right."""
    story = Watch(tmp_path, suffer=False)
    story.lowered()
    assert story.run() == []


def test_k9_it_is_asked_for_once_whichever_container_asks(tmp_path: Path) -> None:
    """The request is in the journal: while it may be carried out nobody repeats it."""
    story = Watch(tmp_path)
    story.lowered()
    (event,) = story.run()
    story.diary.told(event.detail_type, SHOES.arn, NOW, **event.detail)
    assert story.run(now=NOW + FIVE) == []
    (again,) = story.run(now=NOW + 3 * FIVE)  # it was not carried out, and has expired by now
    assert again.detail["NewMinTPS"] == 10


@pytest.mark.parametrize(
    "detail",
    [
        {"RequestedBy": "request"},
        {"RequestedBy": "prewarm"},
        {"PreviousMinTPS": 1},
        {"PreviousMinTPS": 2},
        {"PreviousMinTPS": None},
        {"NewMinTPS": None},
    ],
)
def test_only_a_lowering_of_ours(tmp_path: Path, detail: dict[str, Any]) -> None:
    """What a person or a pre-warm set, and what went up, is not ours to take back."""
    story = Watch(tmp_path)
    story.lowered(**detail)
    assert story.run() == []


def test_a_later_change_counts_instead(tmp_path: Path) -> None:
    """A person who changed the floor after us has decided."""
    story = Watch(tmp_path)
    story.lowered()
    later = CHANGED + timedelta(minutes=20)
    story.lowered(RequestedBy="request", PreviousMinTPS=2, NewMinTPS=3, at=later)
    assert story.run() == []


@pytest.mark.parametrize(
    "state",
    [
        {"floor": 3},
        {"floor": 10},
        {"update_pending": True},
        {"stale": True},
        {"updated": NOW},
    ],
)
def test_only_while_the_lowered_floor_is_in_force(tmp_path: Path, state: dict[str, Any]) -> None:
    """Another floor, a change on its way, old knowledge, or an update of just now: wait."""
    story = Watch(tmp_path)
    story.lowered()
    assert story.run(replace(SHOES, **state)) == []


@pytest.mark.parametrize(
    "metric",
    ["GetRecommendations", "GetRecommendations5xxErrors", "GetRecommendationsLatency"],
)
def test_with_an_answer_that_is_not_complete_nothing_is_judged(tmp_path: Path, metric: str) -> None:
    """It is asked again in the next cycle."""
    story = Watch(tmp_path)
    story.lowered()
    story.numbers.blind(metric=metric)
    assert story.run() == []


def test_where_nothing_changed_it_costs_nothing(tmp_path: Path) -> None:
    """Neither the journal nor CloudWatch is asked while no resource was updated lately."""
    story = Watch(tmp_path)
    story.diary.breaks()  # whoever reads it is told
    assert story.run(replace(SHOES, updated=NOW - WATCHED - FIVE)) == []
    assert (story.problems, story.numbers.calls) == ([], 0)


def test_a_journal_that_cannot_be_read_is_a_problem_and_no_step(tmp_path: Path) -> None:
    """It is said, and the next cycle looks again: the question stays open."""
    story = Watch(tmp_path)
    story.diary.breaks()
    assert story.run() == []
    (problem,) = story.problems
    assert problem.startswith("Whether to step back is not known. The journal ")
    story.diary.file.path.rmdir()
    story.lowered()
    assert len(story.run(now=NOW + FIVE)) == 1


def test_lowerings_of_other_places_are_theirs(tmp_path: Path) -> None:
    """Each region looks after its own floors."""
    story = Watch(tmp_path)
    abroad = a_resource(floor=2, region="eu-west-1", updated=SHOES.updated)
    name = FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]
    told = {"PreviousMinTPS": 10, "NewMinTPS": 2, "RequestedBy": "monitor"}
    story.diary.told(name, abroad.arn, CHANGED, **told)
    assert story.run(abroad) == []
    assert story.numbers.calls == 0


def test_one_resource_that_suffers_costs_the_others_nothing(tmp_path: Path) -> None:
    """Each lowering is judged by its own callers."""
    story = Watch(tmp_path)
    story.lowered()
    well = a_resource("well", floor=2, updated=SHOES.updated)
    told = {"PreviousMinTPS": 10, "NewMinTPS": 2, "RequestedBy": "monitor"}
    story.diary.told(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN], well.arn, CHANGED, **told)
    (event,) = story.run(well, a_resource("untouched"), SHOES)
    assert event.resource == str(SHOES.arn)
