"""Cases: whose change it was, what is asked of CloudWatch, and what the journal keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.datapoints import Diary, Numbers
from tests.support import ACCOUNT, BEGIN, a_resource

from personalize_monitor.aws.events import Event
from personalize_monitor.collect.measure import measure
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.memory import Memory
from personalize_monitor.contract import FLOOR_METRIC, FLOOR_UPDATED_EVENT
from personalize_monitor.execute.action_requests import floor_request
from personalize_monitor.harm.cases import Cases, remembered, taken_back
from personalize_monitor.harm.riders import Along
from personalize_monitor.model.entry import CASE, INTENT
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import Window
from personalize_monitor.policy.harm import State

pytestmark = pytest.mark.clock

CHANGED = BEGIN.replace(minute=0)
FIVE = timedelta(minutes=5)
HOUR = timedelta(hours=1)
SHOES = a_resource(floor=2, updated=CHANGED + timedelta(minutes=4))
HATS = a_resource("hats", floor=50)


class Place:
    """A floor was lowered from 10 to 2; 1 TPS came before, and 6 TPS after an hour."""

    def __init__(self, folder: Path, *, resource: Resource = SHOES, suffer: bool = True) -> None:
        self.numbers, self.diary = Numbers(), Diary(folder)
        self.resource, self.problems, self.memory = resource, list[str](), Memory()
        self.rides = 0
        for nth in range(-12 * 48, 12 * 6):
            at = CHANGED + nth * FIVE
            rate = 6.0 if 12 <= nth < 20 else 1.0
            self.numbers.put("GetRecommendations", resource, 300 * rate, at)
            self.numbers.put("GetRecommendationsLatency", resource, 40.0, at)
            self.numbers.put("GetRecommendations", HATS, 3000.0, at)
            if suffer and 12 <= nth < 20:
                self.numbers.put("GetRecommendations4xxErrors", resource, 400.0, at)

    def changed(self, before: int = 10, after: int = 2, **more: Any) -> None:
        """What an executor wrote before it changed the floor."""
        name = FLOOR_UPDATED_EVENT[self.resource.kind]
        said = {"PreviousMinTPS": before, "NewMinTPS": after, "RequestedBy": "monitor", **more}
        at = said.pop("at", CHANGED)
        said.setdefault("RequestId", f"{before} {after} {at}")
        detail = {"Announcement": name, "AnnouncementDetail": said}
        self.diary.told(INTENT, self.resource.arn, at, RequestId=said["RequestId"], **detail)

    def cycle(
        self, minutes: float, *resources: Resource, requests: float | None = None
    ) -> tuple[list[Event], list[Event]]:
        """The cycle so many minutes after the change; its window had so many ``requests``."""
        now = CHANGED + timedelta(minutes=minutes)
        window = Window.settled(now, FIVE)
        cases = Cases(
            self.numbers.target,
            self.numbers.metrics,
            self.diary.reader,
            self.memory,
            window,
            now,
            self.problems,
        )
        loaded = 60 <= (window.start - CHANGED).total_seconds() / 60 < 100
        came = requests or (1800.0 if loaded else 300.0)
        samples = {r: Sample(came) for r in resources or (self.resource,)}
        samples[HATS] = Sample(3000.0)
        along = Along.of(self.memory.dockets.get((ACCOUNT, SHOES.region)), samples, window)
        if along and along.queries:
            self.rides += 1
            measure(self.numbers.metrics, samples, window, riders=along)
        return cases.run(samples, Budget())

    def until_hurt(self) -> tuple[Event | None, list[Event]]:
        """Cycles up to a step back, which is None if there is none; all notices on the way."""
        notices: list[Event] = []
        for minutes in range(10, 300, 5):
            backs, told = self.cycle(minutes)
            notices += told
            if backs:
                return backs[0], notices
        return None, notices

    @property
    def file(self) -> Any:
        """What is remembered of the resource."""
        return self.memory.dockets[ACCOUNT, SHOES.region].files[str(self.resource.arn)]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_lowering_that_hurts_is_taken_back(tmp_path: Path, kind: Kind) -> None:
    """Two windows are enough: the floor before it, held for a week, and people are told."""
    resource = replace(a_resource(kind=kind), floor=2, updated=SHOES.updated)
    place = Place(tmp_path, resource=resource)
    place.changed()
    back, notices = place.until_hurt()
    assert back is not None
    request = floor_request(
        {"id": "e", "detail-type": back.detail_type, "detail": back.detail},
        account=ACCOUNT,
        request_id="",
    )
    assert (request.arn, request.floor, request.measured_floor) == (resource.arn, 10, 2)
    assert request.step_back
    asked = place.memory.dockets[ACCOUNT, resource.region].last_look
    assert asked is not None
    assert asked - CHANGED.timestamp() <= 75 * 60  # the second harmed window ended at 70
    (notice,) = notices
    assert notice.detail["Verdict"] == "hurt"
    assert "from 10 to 2" in notice.detail["Summary"]
    assert "It goes back to 10." in notice.detail["Reason"]


@pytest.mark.parametrize("hours", [4, 48, 9 * 24])
def test_a_burst_long_after_a_lowering(tmp_path: Path, hours: int) -> None:
    """Four hours, two days, nine days later, across a cold start: it is taken back all the same."""
    place = Place(tmp_path, suffer=False)
    for nth in range(12 * hours, 12 * hours + 8):
        at = CHANGED + nth * FIVE
        place.numbers.put("GetRecommendations", SHOES, 1800.0, at)
        place.numbers.put("GetRecommendations4xxErrors", SHOES, 400.0, at)
    place.changed()
    place.cycle(10)
    place.memory = Memory()
    for minutes in range(60 * hours + 10, 60 * hours + 60, 5):
        backs, _ = place.cycle(minutes, requests=1800.0)
        if backs:
            break
    assert backs[0].detail["NewMinTPS"] == 10
    assert minutes <= 60 * hours + 20  # the second harmed window ended at 10


def test_a_service_that_carries_all_is_told_harmless(tmp_path: Path) -> None:
    """A burst each day above the floor, as before: after a week people hear that nobody paid."""
    place = Place(tmp_path, suffer=False)
    for nth in range(-14 * 288, 9 * 288):
        loaded = nth % 288 in range(12, 20)
        at = CHANGED + nth * FIVE
        place.numbers.put("GetRecommendations", SHOES, 1800.0 if loaded else 300.0, at)
        place.numbers.put("GetRecommendationsLatency", SHOES, 40.0, at)
    place.changed()
    told = [
        notice
        for day in range(9)
        for minutes in range(70, 110, 5)
        for notice in place.cycle(day * 24 * 60 + minutes, requests=1800.0)[1]
    ]
    (notice,) = told
    assert notice.detail["Verdict"] == "harmless"
    assert "lowered from 10 to 2" in notice.detail["Summary"]
    assert place.file.case.state is State.HARMLESS
    assert place.file.memory.carried[-1].floor == 2


def test_while_nothing_is_loaded_nothing_is_asked(tmp_path: Path) -> None:
    """A case costs one record, and no question to CloudWatch."""
    place = Place(tmp_path)
    place.changed()
    for minutes in range(10, 60, 5):
        assert place.cycle(minutes) == ([], [])
    assert place.numbers.calls == 0


def test_a_loaded_case_rides_along(tmp_path: Path) -> None:
    """One batch of its own at the first load, then none: the measurement asks until all is calm."""
    place = Place(tmp_path, suffer=False)
    place.changed()
    looks = set()
    for minutes in range(10, 240, 5):
        place.cycle(minutes)
        looks.add(place.memory.dockets[ACCOUNT, SHOES.region].last_look)
    assert len(looks - {None}) == 1
    assert place.rides == place.numbers.calls - 1 == 8
    assert place.file.trial.windows == 8


def test_while_callers_are_well_it_stays(tmp_path: Path) -> None:
    """The same load without errors: the lowering may stay."""
    place = Place(tmp_path, suffer=False)
    place.changed()
    assert place.until_hurt() == (None, [])
    assert place.file.case.state is State.OPEN


def test_an_outage_of_everything_is_no_harm(tmp_path: Path) -> None:
    """Others below their floors are in the same trouble: it is not the floor."""
    place = Place(tmp_path)
    for nth in range(12, 20):
        place.numbers.put("GetRecommendations4xxErrors", HATS, 900.0, CHANGED + nth * FIVE)
    place.changed()
    assert place.until_hurt() == (None, [])


@pytest.mark.parametrize("who", ["request", "prewarm", "restore"])
def test_what_others_lowered_is_told_only(tmp_path: Path, who: str) -> None:
    """It is theirs."""
    place = Place(tmp_path)
    place.changed(RequestedBy=who)
    back, (notice,) = place.until_hurt()
    assert back is None
    assert "left to its owner" in notice.detail["Reason"]
    assert place.file.memory.hurts[-1].floor == 2


def test_a_change_that_no_journal_knows_is_a_persons(tmp_path: Path) -> None:
    """Somebody changed the floor past us: a case of theirs."""
    place = Place(tmp_path)
    place.cycle(0, replace(SHOES, floor=10, updated=SHOES.created))
    back, (notice,) = place.until_hurt()
    assert back is None
    assert (notice.detail["RequestedBy"], notice.detail["PreviousMinTPS"]) == ("person", 10)


def test_an_update_that_failed_has_no_case(tmp_path: Path) -> None:
    """The floor before is in force: nothing was lowered."""
    place = Place(tmp_path, resource=replace(SHOES, floor=10))
    place.changed()
    place.cycle(10)
    assert place.file.case is None


def test_a_verdict_survives_a_cold_start(tmp_path: Path) -> None:
    """Another container asks again when the request was lost, and judges nothing anew."""
    place = Place(tmp_path)
    place.changed()
    back, _ = place.until_hurt()
    assert back is not None
    place.memory, calls = Memory(), place.numbers.calls
    (again,), notices = place.cycle(120)
    assert again.detail["NewMinTPS"] == 10
    assert (notices, place.numbers.calls) == ([], calls)
    known = remembered(
        place.diary.reader, Memory(), place.numbers.target, CHANGED + 3 * HOUR, SHOES
    )
    assert known.hurts[-1].floor == 2


def test_a_cold_start_after_the_burst_misses_nothing(tmp_path: Path) -> None:
    """Windows that nobody looked at are read first."""
    place = Place(tmp_path)
    place.changed()
    place.cycle(20)
    place.memory = Memory()
    (back,), _ = place.cycle(200)
    assert back.detail["NewMinTPS"] == 10


def test_it_is_asked_for_once_whichever_container_asks(tmp_path: Path) -> None:
    """The request is in the journal: while it may be carried out nobody repeats it."""
    place = Place(tmp_path)
    place.changed()
    back, _ = place.until_hurt()
    assert back is not None
    at = place.memory.dockets[ACCOUNT, SHOES.region].last_look
    assert at is not None
    minutes = (at - CHANGED.timestamp()) / 60
    place.diary.told(
        back.detail_type, SHOES.arn, CHANGED + timedelta(minutes=minutes), **back.detail
    )
    assert place.cycle(minutes + 5)[0] == []
    assert len(place.cycle(minutes + 20)[0]) == 1


def test_another_container_is_believed_when_the_floor_has_changed(tmp_path: Path) -> None:
    """One that was warm all the time has not seen the verdict; the journal has it."""
    place = Place(tmp_path)
    place.changed()
    place.cycle(20)
    other, place.memory = place.memory, Memory()
    assert place.until_hurt()[0] is not None
    place.memory = other
    place.changed(2, 10, at=CHANGED + 2 * HOUR)
    place.cycle(140, replace(SHOES, floor=10, updated=CHANGED + 2 * HOUR))
    assert place.file.memory.hurts[-1].floor == 2
    assert not place.file.case.watched


def test_what_cannot_be_written_is_not_asked_for(tmp_path: Path) -> None:
    """The executor would not believe it; it is written and asked for in a later cycle."""
    place = Place(tmp_path)
    place.changed()
    for minutes in range(10, 70, 5):
        place.cycle(minutes)
    text = place.diary.file.path.read_text()
    place.diary.breaks()
    assert place.cycle(75)[0] == []
    assert any("is not written down now" in one for one in place.problems)
    place.diary.file.path.rmdir()
    place.diary.file.path.write_text(text)
    assert len(place.cycle(80)[0]) == 1


def test_a_journal_that_cannot_be_read_is_a_problem_and_no_step(tmp_path: Path) -> None:
    """It is said, and the next cycle looks again."""
    place = Place(tmp_path)
    place.diary.breaks()
    assert place.cycle(75) == ([], [])
    assert place.problems[0].startswith("Whether to step back is not known. The journal ")


@pytest.mark.parametrize(
    "metric",
    ["GetRecommendations", "GetRecommendations5xxErrors", "GetRecommendationsLatency"],
)
def test_with_an_answer_that_is_not_complete_nothing_is_judged(tmp_path: Path, metric: str) -> None:
    """It is asked again in the next cycle."""
    place = Place(tmp_path)
    place.changed()
    place.numbers.blind(metric=metric)
    assert place.until_hurt() == (None, [])


def test_what_the_service_holds_is_learned_and_written_down(tmp_path: Path) -> None:
    """A burst every four hours carried for two weeks: plans may rest on it, also in a new place."""
    place = Place(tmp_path, suffer=False)
    for nth in range(-12 * 24 * 14, 12 * 6):
        at = CHANGED + nth * FIVE
        rate = 6.0 if nth % 48 in {12, 13, 14} else 1.0
        place.numbers.put("GetRecommendations", SHOES, 300 * rate, at)
        place.numbers.put("GetRecommendationsLatency", SHOES, 40.0, at)
        place.numbers.put(FLOOR_METRIC[SHOES.kind], SHOES, 2.0, at)
    place.changed()
    assert place.until_hurt() == (None, [])
    reserve = place.file.memory.reserve
    assert (reserve.counts, reserve.troubled) == (True, 0)
    known = remembered(
        place.diary.reader, Memory(), place.numbers.target, CHANGED + 6 * HOUR, SHOES
    )
    assert known.reserve is not None
    assert known.reserve.share == reserve.share


def test_a_record_of_another_version_costs_nothing(tmp_path: Path) -> None:
    """What cannot be understood is left out."""
    place = Place(tmp_path)
    place.changed()
    place.diary.told(CASE, SHOES.arn, CHANGED, Case={"arn": 1}, Memory=[])
    assert place.until_hurt()[0] is not None


def test_another_floor_in_force_is_not_taken_back(tmp_path: Path) -> None:
    """A person who changed the floor after the verdict has decided."""
    place = Place(tmp_path)
    place.changed()
    assert place.until_hurt()[0] is not None
    assert taken_back(place.file, SHOES)
    assert not taken_back(place.file, replace(SHOES, floor=3))


def test_one_made_again_begins_anew_and_remembers(tmp_path: Path) -> None:
    """A campaign deleted and restored under its name has no case, and what hurt stays known."""
    place = Place(tmp_path)
    place.changed()
    assert place.until_hurt()[0] is not None
    place.memory = Memory()
    place.cycle(
        600, replace(SHOES, floor=7, created=CHANGED + 8 * HOUR, updated=CHANGED + 9 * HOUR)
    )
    assert place.file.case is None
    assert place.file.memory.hurts[-1].floor == 2


@pytest.mark.parametrize("days", [6, 15, 40])
def test_what_hurt_is_known_for_weeks(tmp_path: Path, days: int) -> None:
    """After a cold start, however long nobody looked; and a warm one writes it again in time."""
    place = Place(tmp_path)
    place.changed()
    assert place.until_hurt()[0] is not None
    place.memory = Memory()
    place.cycle(days * 24 * 60)
    assert place.file.memory.hurts[-1].floor == 2
    before = place.diary.file.path.read_text().count("PersonalizeMonitorHurtBefore")
    place.memory = Memory()
    place.cycle(days * 24 * 60 + 5)
    place.cycle(days * 24 * 60 + 7 * 24 * 60 + 10)
    assert place.diary.file.path.read_text().count("PersonalizeMonitorHurtBefore") == before + 1
