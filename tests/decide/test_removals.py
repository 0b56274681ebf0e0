"""The last look before resources go: doubt, grace and numbers, in this order."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.datapoints import Diary, Numbers
from tests.support import BEGIN, HOME, a_resource, with_parameters

from personalize_monitor.aws.events import Event
from personalize_monitor.contract import CAMPAIGN_DELETED_EVENT, FLOOR_METRIC, NOTICE_EVENT
from personalize_monitor.decide.considered import Considered
from personalize_monitor.decide.outage import Listening
from personalize_monitor.decide.removals import ALL_QUIET_KIND, Removals
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.sample import Sample
from personalize_monitor.policy.guards import allowed_per_hour

END = BEGIN.replace(minute=0)
HOUR = timedelta(hours=1)
BUSY = a_resource("zz-busy")


def idle(resource: Resource, hours: int = 24) -> Considered:
    """An idle resource that is to go."""
    action = Action.DELETE if resource.kind is Kind.CAMPAIGN else Action.STOP
    return Considered(Decision(resource, action, "Idle."), Sample(0.0), idle_hours=hours)


def quiet(count: int) -> list[Resource]:
    """Resources without a request, in the order of their names."""
    return [a_resource(f"c-{n:02}") for n in range(count)]


class Care:
    """A place whose removals are looked at once more; one busy resource unless all are quiet."""

    def __init__(
        self, fleet: list[Resource], reader: JournalReader, *, busy: bool = True, **parameters: str
    ) -> None:
        self.numbers = Numbers()
        everybody = [*fleet, BUSY]
        for resource in everybody:
            self.numbers.put(FLOOR_METRIC[resource.kind], resource, 1.0, END - HOUR)
        if busy:
            self.numbers.put("GetRecommendations", BUSY, 9.0, END - HOUR)
        if not busy:  # they stopped at once: metrics may be lost
            used = [END - n * HOUR for n in range(25, 300)]
            for resource in everybody:
                self.numbers.put("GetRecommendations", resource, 9.0, *used)
        self.removals = Removals(
            self.numbers.target,
            self.numbers.metrics,
            reader,
            with_parameters(parameters),
            Listening(self.numbers.metrics, everybody, END),
        )

    def careful(self, *considered: Considered) -> tuple[list[Considered], list[Event]]:
        """What remains of the decisions, and the notices."""
        return self.removals.careful(considered, now=BEGIN)


def names(considered: list[Considered]) -> list[str]:
    """Those that still go."""
    return [one.decision.resource.name for one in considered if one.decision.acts]


def test_without_removals_nothing_is_asked() -> None:
    """A cycle that only lowers floors pays for no look at the whole fleet."""
    care = Care([], JournalReader(None))
    lower = Considered(Decision(BUSY, Action.SET_FLOOR, "Less.", to_floor=1), Sample(9.0))
    rest = Considered(leave(BUSY, "In use."), Sample(9.0))
    found, notices = care.careful(lower, rest)
    assert (found, notices) == ([lower, rest], [])
    assert care.numbers.calls == 0


@given(st.integers(1, 45), st.integers(0, 6))
def test_no_more_than_a_tenth_go_in_an_hour(count: int, already: int) -> None:
    """One, or a tenth of the fleet, less what went before; the rest waits with its reason."""
    fleet = quiet(count)

    class Gone(JournalReader):
        """A past in which some went within the hour."""

        def removals(self, *_: object, **__: object) -> int:
            return already

    found, notices = Care(fleet, Gone(None)).careful(*map(idle, reversed(fleet)))
    allowed = allowed_per_hour(count + 1)
    assert allowed == max(1, (count + 1) // 10)
    assert names(found)[::-1] == [r.name for r in fleet[: max(0, allowed - already)]]
    waiting = [one.decision for one in found if not one.decision.acts]
    assert all(one.held_by == "blast radius" for one in waiting)
    assert all("it waits for its turn." in one.reason for one in waiting)
    assert {one.allowed_per_hour for one in found} == {allowed}
    assert notices == []


def test_who_goes_first_is_the_order_of_names() -> None:
    """Not the order in which answers came: the same fleet gives the same decision."""
    fleet = quiet(5)
    first, _ = Care(fleet, JournalReader(None)).careful(*map(idle, fleet))
    again, _ = Care(fleet, JournalReader(None)).careful(*map(idle, fleet[::-1]))
    assert names(first) == names(again) == ["c-00"]


def test_the_order_and_the_other_decisions_stay() -> None:
    """Every decision comes back in its place, removals held or not."""
    fleet = quiet(3)
    rest = Considered(leave(BUSY, "In use."), Sample(9.0))
    given_ = [idle(fleet[2]), rest, idle(fleet[0])]
    found, _ = Care(fleet, JournalReader(None)).careful(*given_)
    assert [one.decision.resource for one in found] == [one.decision.resource for one in given_]
    assert found[1] is rest


def test_a_past_that_cannot_be_read_holds_every_removal(tmp_path: Path) -> None:
    """How many went already is not known, so none goes; floors may still change."""
    diary, fleet = Diary(tmp_path), quiet(2)
    diary.breaks()
    lower = Considered(Decision(BUSY, Action.SET_FLOOR, "Less.", to_floor=1), Sample(9.0))
    found, notices = Care(fleet, diary.reader).careful(*map(idle, fleet), lower)
    assert names(found) == [BUSY.name]
    assert [one.decision.held_by for one in found] == ["unknown data", "unknown data", ""]
    assert all("journal" in one.decision.reason for one in found[:2])
    assert notices == []


def test_doubt_holds_all_and_is_told_once_a_day(tmp_path: Path) -> None:
    """One notice for the place with every name in it, and none again until tomorrow."""
    diary, fleet = Diary(tmp_path), quiet(3)
    care = Care(fleet, diary.reader, busy=False)
    found, (notice,) = care.careful(*map(idle, fleet))
    assert names(found) == []
    assert {one.decision.held_by for one in found} == {"doubtful silence"}
    assert notice.detail["Kind"] == ALL_QUIET_KIND
    assert notice.detail["Summary"] == (
        "What looks idle in us-east-1 was not deleted or stopped: it may be in use."
    )
    assert notice.detail["Reason"].endswith("This concerns c-00, c-01, c-02.")
    told = {**notice.detail, "ARN": notice.resource}
    diary.told(NOTICE_EVENT, notice.resource, BEGIN - 24.5 * HOUR, **told)
    assert len(care.careful(*map(idle, fleet))[1]) == 1
    diary.told(NOTICE_EVENT, notice.resource, BEGIN - 23.5 * HOUR, **told)
    assert care.careful(*map(idle, fleet))[1] == []


def test_a_notice_about_another_region_does_not_silence_this_one(tmp_path: Path) -> None:
    """Two regions may be quiet for two reasons."""
    diary, fleet = Diary(tmp_path), quiet(2)
    told = {"Kind": ALL_QUIET_KIND, "Region": "eu-west-1"}
    diary.told(NOTICE_EVENT, fleet[0].arn, BEGIN - HOUR, **told)
    diary.told("Else", fleet[0].arn, BEGIN - HOUR, **{**told, "Region": HOME})
    _, notices = Care(fleet, diary.reader, busy=False).careful(*map(idle, fleet))
    assert len(notices) == 1


def test_with_grace_everybody_is_told_before_anybody_goes(tmp_path: Path) -> None:
    """Notices are not limited in number, deeds are: each has its date."""
    diary, fleet = Diary(tmp_path), quiet(3)
    care = Care(fleet, diary.reader, IdleGraceHours="48")
    found, notices = care.careful(*map(idle, fleet))
    assert names(found) == []
    assert {one.decision.held_by for one in found} == {"grace"}
    assert [event.resource for event in notices] == [str(r.arn) for r in fleet]


def test_after_the_grace_the_number_is_limited_as_ever(tmp_path: Path) -> None:
    """All had their time, and still one goes after the other."""
    diary, fleet = Diary(tmp_path), quiet(3)
    care = Care(fleet, diary.reader, IdleGraceHours="1")
    past = (BEGIN - HOUR).isoformat()
    for resource in fleet:
        told = {"Kind": "idle-notice", "ActAfter": past}
        diary.told(NOTICE_EVENT, resource.arn, BEGIN - 2 * HOUR, **told)
    found, notices = care.careful(*map(idle, fleet))
    assert (names(found), notices) == (["c-00"], [])
    assert [one.decision.held_by for one in found] == ["", "blast radius", "blast radius"]


def test_what_went_within_the_hour_takes_the_room(tmp_path: Path) -> None:
    """The journal counts what other cycles and functions of this deployment removed."""
    diary, fleet = Diary(tmp_path), quiet(2)
    gone = a_resource("gone-before")
    diary.told(
        CAMPAIGN_DELETED_EVENT,
        gone.arn,
        BEGIN - timedelta(minutes=20),
        RequestedBy="monitor",
        RequestId="e-1",
    )
    found, _ = Care(fleet, diary.reader).careful(*map(idle, fleet))
    assert names(found) == []


@pytest.mark.parametrize(
    ("kind", "action"), [(Kind.CAMPAIGN, "delete"), (Kind.RECOMMENDER, "stop")]
)
def test_a_held_removal_says_what_it_would_have_done(kind: Kind, action: str) -> None:
    """The plan shows what waits, and by which guard."""
    one = a_resource("c-00", kind=kind)
    found, _ = Care([one], JournalReader(None), busy=False).careful(idle(one))
    assert found[0].decision.evidence["would"] == action
    assert found[0].decision.reason.startswith("Idle. Blocked: ")
