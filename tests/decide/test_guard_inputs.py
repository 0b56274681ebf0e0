"""What guards judge by: tags, the floor's past, and whether that past was ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.aws.script import refused
from tests.datapoints import Desk
from tests.support import ACCOUNT, BEGIN, HOME, a_resource, with_parameters

from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Target
from personalize_monitor.contract import FLOOR_METRIC, FLOOR_UPDATED_EVENT
from personalize_monitor.decide.guard_inputs import GuardInputsReader
from personalize_monitor.harm.aftermath import try_again_at
from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.entry import HELD, Entry
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.policy.guards import FloorPast
from personalize_monitor.policy.tag_overrides import TagOverrides

NOW = BEGIN.replace(minute=0)
HOUR = timedelta(hours=1)
FIVE = timedelta(minutes=5)
SHOES = a_resource()


class Facts:
    """A place with one campaign whose floor is 10, and what is known of its past."""

    def __init__(self, folder: Path, **parameters: str) -> None:
        self.operator = Desk(folder, SHOES, now=NOW)
        self.gathering = GuardInputsReader(
            Target(self.operator.access, ACCOUNT, HOME),
            self.operator.metrics,
            Memory(),
            self.operator.diary.reader,
            with_parameters(parameters),
            NOW,
        )

    def floors(self, *line: tuple[float, int], resource: Resource = SHOES) -> None:
        """The floor's metric: (hours ago from which, floor)."""
        for ago, floor in line:
            moment = NOW - ago * HOUR
            while moment < NOW:
                metric = FLOOR_METRIC[resource.kind]
                self.operator.put(metric, resource, float(floor), moment)
                moment += FIVE

    def ours(self, ago: float, floor: int = 10, **more: Any) -> None:
        """The monitor's announcement so many hours ago."""
        detail = {"NewMinTPS": floor, "RequestedBy": "monitor", **more}
        name = FLOOR_UPDATED_EVENT[SHOES.kind]
        self.operator.diary.told(name, SHOES.arn, NOW - ago * HOUR, **detail)

    def past(self, resource: Resource = SHOES) -> FloorPast | None:
        """What is found out about a floor that is to be lowered."""
        decision = Decision(resource, Action.SET_FLOOR, "Less.", to_floor=2)
        return self.gathering.facts([decision], {})[resource].floor_past


def test_only_decisions_that_act_are_looked_into(tmp_path: Path) -> None:
    """Leaving alone needs no facts; a removal needs tags but no past of the floor."""
    facts = Facts(tmp_path)
    assert facts.gathering.facts([leave(SHOES, "In use.")], {}) == {}
    assert facts.operator.personalize.calls == []
    found = facts.gathering.facts([Decision(SHOES, Action.DELETE, "Idle.")], {})
    assert found[SHOES].floor_past is None
    assert facts.operator.calls == 0


def test_tags_are_read_once_in_a_cycle(tmp_path: Path) -> None:
    """Idleness, floors and guards ask for the same wishes."""
    facts = Facts(tmp_path)
    facts.operator.tagged(PersonalizeMonitor__IdleHours="36")
    first = facts.gathering.overrides(SHOES)
    assert isinstance(first, TagOverrides)
    assert first.idle_hours == 36
    assert facts.gathering.overrides(SHOES) is first
    assert len(facts.operator.personalize.asked("list_tags_for_resource")) == 1


@pytest.mark.parametrize(
    ("tag", "held"),
    [
        (None, NOW + 48 * HOUR),
        (NOW - 3 * HOUR, NOW + 48 * HOUR),  # over before: it could not be replaced
        (NOW - 1 * HOUR, None),  # somebody ended the hold with it
        (NOW + 5 * HOUR, NOW + 5 * HOUR),
    ],
)
def test_p9_a_hold_that_no_tag_could_carry(
    tmp_path: Path, tag: datetime | None, held: datetime | None
) -> None:
    """The journal keeps it, until a tag that came after it decides otherwise."""
    facts = Facts(tmp_path)
    until = (NOW + 48 * HOUR).isoformat()
    facts.operator.diary.told(HELD, SHOES.arn, NOW - 2 * HOUR, HoldUntil=until)
    if tag is not None:
        facts.operator.tagged(PersonalizeMonitor__HoldUntil=tag.isoformat())
    overrides = facts.gathering.overrides(SHOES)
    assert isinstance(overrides, TagOverrides)
    hold = overrides.hold_until
    assert (hold if hold and hold > NOW else None) == held


def test_tags_that_cannot_be_read_are_a_sentence_and_no_wish(tmp_path: Path) -> None:
    """The guard holds the decision with it: somebody may have wanted something."""
    facts = Facts(tmp_path)
    facts.operator.personalize.answers["list_tags_for_resource"] = refused("ThrottlingException")
    found = facts.gathering.facts([Decision(SHOES, Action.DELETE, "Idle.")], {})[SHOES]
    assert found.unknown.startswith(f"Reading the tags of {SHOES.arn} failed")
    assert found.overrides == TagOverrides()


def test_a_floor_that_never_changed(tmp_path: Path) -> None:
    """As far back as it was seen, and no further."""
    facts = Facts(tmp_path)
    facts.floors((20, 10))
    assert facts.past() == FloorPast(NOW - 20 * HOUR)


def test_a_change_by_somebody(tmp_path: Path) -> None:
    """The end of the last window with another floor; the journal knows nothing of it."""
    facts = Facts(tmp_path)
    facts.floors((20, 4), (6, 10))
    past = facts.past()
    assert past is not None
    assert (past.changed, past.by_us, past.changes) == (NOW - 6 * HOUR, False, 1)


@pytest.mark.parametrize(
    ("ago", "detail", "by_us"),
    [
        (6.3, {}, True),
        (6.9, {}, True),
        (5.8, {}, True),
        (5.5, {}, False),
        (6.3, {"floor": 9}, False),
        (6.3, {"RequestedBy": "request"}, False),
        (6.3, {"RequestedBy": "restore"}, False),
        (7.2, {}, False),
    ],
)
def test_a_change_of_ours_is_known_by_the_journal(
    tmp_path: Path, ago: float, detail: dict[str, Any], by_us: bool
) -> None:
    """Announced in the hour before it was in force, for this floor, and decided by the monitor."""
    facts = Facts(tmp_path)
    facts.floors((20, 4), (6, 10))
    facts.ours(ago, **detail)
    past = facts.past()
    assert past is not None
    assert past.by_us is by_us


def test_the_last_announcement_counts(tmp_path: Path) -> None:
    """We lowered it, and a person set it again: that is the person's floor."""
    facts = Facts(tmp_path)
    facts.floors((20, 4), (6, 10))
    facts.ours(6.6)
    facts.ours(6.2, RequestedBy="request")
    past = facts.past()
    assert past is not None
    assert not past.by_us


def test_an_announcement_about_a_neighbour_is_not_about_this(tmp_path: Path) -> None:
    """A name that begins alike."""
    facts = Facts(tmp_path)
    facts.floors((20, 4), (6, 10))
    twin = a_resource("shoes-2").arn
    name = FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]
    told = {"NewMinTPS": 10, "RequestedBy": "monitor"}
    facts.operator.diary.told(name, twin, NOW - 6.3 * HOUR, **told)
    past = facts.past()
    assert past is not None
    assert not past.by_us


def test_changes_of_a_day_are_counted(tmp_path: Path) -> None:
    """However long people's changes are respected, MaxUpdatesPerDay counts a day."""
    facts = Facts(tmp_path, RespectManualHours="72")
    facts.floors((70, 3), (40, 5), (20, 4), (10, 7), (1, 10))
    past = facts.past()
    assert past is not None
    assert past.changes == 3
    assert past.changed == NOW - 1 * HOUR


@pytest.mark.parametrize(("ago", "changes"), [(24, 0), (24 - 1 / 12, 1)])
def test_a_day_of_changes_is_a_day_to_the_window(tmp_path: Path, ago: float, changes: int) -> None:
    """A change that was first seen exactly a day ago is no longer one of this day."""
    facts = Facts(tmp_path, RespectManualHours="48")
    facts.floors((40, 4), (ago, 10))
    past = facts.past()
    assert past is not None
    assert past.changes == changes


def test_without_respect_for_people_a_day_is_read_all_the_same(tmp_path: Path) -> None:
    """RespectManualHours 0 does not switch the count of updates off."""
    facts = Facts(tmp_path, RespectManualHours="0")
    facts.floors((30, 10))
    past = facts.past()
    assert past is not None
    assert past.since == NOW - 24 * HOUR


@pytest.mark.parametrize(
    ("updated", "seen_since", "unseen"),
    [
        (NOW - 10 * HOUR, 4, True),
        (NOW - 3 * HOUR, 4, False),
        (NOW - 30 * HOUR, 4, False),
        (NOW - 10 * HOUR, None, True),
    ],
)
def test_an_update_before_we_watched_may_have_been_a_person(
    tmp_path: Path, updated: datetime, seen_since: int | None, unseen: bool
) -> None:
    """Within the time that is respected and before the first datapoint: nobody saw what it was."""
    facts = Facts(tmp_path)
    resource = replace(SHOES, updated=updated)
    if seen_since is not None:
        facts.floors((seen_since, 10))
    past = facts.past(resource)
    assert past is not None
    assert past.unseen_update == (updated if unseen else None)
    assert past.changed is None


def test_creation_is_no_update(tmp_path: Path) -> None:
    """A campaign is updated until it serves; that is not somebody's wish for its floor."""
    facts = Facts(tmp_path)
    young = replace(SHOES, created=NOW - 10 * HOUR, updated=NOW - 9 * HOUR)
    past = facts.past(young)
    assert past is not None
    assert past.unseen_update is None


def test_an_unseen_update_of_ours_is_ours(tmp_path: Path) -> None:
    """The journal remembers what the metrics do not show."""
    facts = Facts(tmp_path)
    facts.floors((4, 10))
    facts.ours(10.2)
    past = facts.past(replace(SHOES, updated=NOW - 10 * HOUR))
    assert past is not None
    assert (past.unseen_update, past.by_us) == (None, True)


def test_a_past_that_is_unknown_holds_the_decision(tmp_path: Path) -> None:
    """Metrics that were not answered, or a journal that cannot be read: a sentence, no past."""
    facts = Facts(tmp_path)
    facts.floors((20, 4), (6, 10))
    decision = Decision(SHOES, Action.SET_FLOOR, "Less.", to_floor=2)
    facts.operator.blind()
    found = facts.gathering.facts([decision], {})[SHOES]
    assert found.unknown.startswith("The past of its floor is not known (CloudWatch answered")
    facts = Facts(tmp_path)
    facts.floors((20, 4), (6, 10))
    facts.operator.diary.breaks()
    found = facts.gathering.facts([decision], {})[SHOES]
    assert (found.floor_past, "journal" in found.unknown) == (None, True)


def test_all_floors_are_read_in_one_question(tmp_path: Path) -> None:
    """Fifty decisions cost one call, and one that is unknown costs the others nothing."""
    facts = Facts(tmp_path)
    fleet = [a_resource(f"c-{n}") for n in range(50)]
    for resource in fleet:
        facts.floors((2, 10), resource=resource)
    facts.operator.blind(resource=fleet[7])
    lower = [Decision(r, Action.SET_FLOOR, "Less.", to_floor=2) for r in fleet]
    found = facts.gathering.facts(lower, {})
    assert [r.name for r, fact in found.items() if fact.unknown] == ["c-7"]
    sizes = [len(c["MetricDataQueries"]) for c in facts.operator.script.asked("get_metric_data")]
    assert sizes == [50, 1, 1]


@pytest.mark.parametrize(("failures", "hours"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 24), (9, 24)])
def test_p8_each_failure_makes_the_pause_longer(failures: int, hours: int) -> None:
    """Two hours after the first, then four, eight, sixteen, and a day at most."""
    told = [Entry(NOW + n * HOUR, "PersonalizeMonitorNotice", "") for n in range(failures)]
    assert try_again_at(told) == told[-1].time + hours * HOUR
    assert try_again_at([]) is None
