"""Pre-warms: the higher floor wins, the floor before returns, and a person's change stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.entry import Entry
from personalize_monitor.policy.prewarm import begin, end, standing

T0 = datetime(2026, 11, 27, 7, tzinfo=UTC)
ARN = "arn:aws:personalize:us-east-1:123456789012:campaign/shoes"
ASKED = "UpdatePersonalizeCampaignMinProvisionedTPS"
DONE = "PersonalizeCampaignMinProvisionedTPSUpdated"


class Life:
    """One resource whose pre-warms are carried out as the executor does it."""

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self.entries: list[Entry] = []
        self.said: list[str] = []

    def at(self, minutes: int) -> datetime:
        """Minutes after eight."""
        return T0 + timedelta(minutes=minutes)

    def up(self, minutes: int, name: str, floor: int, until: int, *, busy: bool = False) -> None:
        """The beginning of a pre-warm arrives; a busy resource takes no change."""
        now = self.at(minutes)
        detail = {"PrewarmId": name, "NewMinTPS": floor, "HoldUntil": self.at(until).isoformat()}
        step = begin(standing(self.entries, now), name, floor, self.floor)
        self.entries.append(Entry(now, ASKED, ARN, detail))
        self.said.append(step.why)
        if step.floor is not None and not busy:
            self.change(minutes, step.floor, PrewarmId=name)

    def down(self, minutes: int, name: str, *, busy: bool = False) -> None:
        """Its end arrives."""
        now = self.at(minutes)
        step = end(standing(self.entries, now), name, self.floor)
        self.entries.append(Entry(now, ASKED, ARN, {"PrewarmId": name, "EndPrewarm": True}))
        self.said.append(step.why)
        if step.floor is not None and not busy:
            self.change(minutes, step.floor, PrewarmId=name, EndPrewarm=True)

    def change(self, minutes: int, floor: int, **more: object) -> None:
        """A change of ours, with its announcement."""
        detail = {"PreviousMinTPS": self.floor, "NewMinTPS": floor, **more}
        self.entries.append(Entry(self.at(minutes), DONE, ARN, detail))
        self.floor = floor


def test_one() -> None:
    """Up and back, however often either request is sent."""
    life = Life(4)
    for minute in (0, 10, 20, 30):
        life.up(minute, "a", 60, 300)
        assert life.floor == 60
    for minute in (240, 250, 260):
        life.down(minute, "a")
        assert life.floor == 4


def test_a_busy_resource() -> None:
    """What met a busy resource is done by the next request, at the begin and at the end."""
    life = Life(4)
    life.up(0, "a", 60, 300, busy=True)
    life.up(10, "a", 60, 300)
    assert life.floor == 60
    life.down(240, "a", busy=True)
    life.down(250, "a")
    assert life.floor == 4


def test_overlapping() -> None:
    """While two run the higher floor holds; then that of the other; then the one before both."""
    life = Life(4)
    life.up(0, "a", 60, 285)
    life.up(60, "b", 40, 405)
    assert life.floor == 60
    life.down(240, "a")
    assert life.floor == 40
    assert "which pre-warm b asks for" in life.said[-1]
    life.down(360, "b")
    assert life.floor == 4


def test_overlapping_the_other_way() -> None:
    """A higher one in the middle of a lower one."""
    life = Life(4)
    life.up(0, "a", 40, 525)
    life.up(60, "b", 60, 225)
    assert life.floor == 60
    life.down(180, "b")
    assert life.floor == 40
    life.down(480, "a")
    assert life.floor == 4


def test_a_person_in_between() -> None:
    """What a person sets during a pre-warm is neither raised again nor taken back."""
    life = Life(4)
    life.up(0, "a", 60, 300)
    life.floor = 30
    life.up(10, "a", 60, 300)
    assert life.floor == 30
    assert "somebody changed it to 30" in life.said[-1]
    life.down(240, "a")
    assert life.floor == 30
    assert "that is left alone" in life.said[-1]


def test_a_floor_that_is_high_enough() -> None:
    """A pre-warm never lowers, and its end does not lower what it did not raise."""
    life = Life(80)
    life.up(0, "a", 60, 300)
    life.down(240, "a")
    assert life.floor == 80
    assert "raised nothing" in life.said[-1]


def test_day_after_day() -> None:
    """A recurring one starts anew each time, from the floor of that day."""
    life = Life(4)
    for day in range(3):
        at = day * 1440
        life.up(at, "a", 60, at + 300)
        assert life.floor == 60
        life.down(at + 240, "a")
        assert life.floor == 4 + day
        life.floor = 5 + day  # right-sizing, or a person, at night


@given(
    st.integers(1, 50),
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(1, 20), st.integers(1, 500)),
        min_size=1,
        max_size=5,
    ),
)
def test_any_overlap_ends_where_it_began(floor: int, plans: list[tuple[int, int, int]]) -> None:
    """At every moment the floor is the highest that is asked for, and at the end the one before."""
    life = Life(floor)
    moments = []
    for number, (start, length, tps) in enumerate(plans):
        # Two changes never fall into the same minute: the service takes one at a time.
        moments.append((start * 60 + number, "up", f"p{number}", tps, (start + length) * 60 + 30))
        moments.append(((start + length) * 60 + 10 + number, "down", f"p{number}", 0, 0))
    running: dict[str, int] = {}
    for minute, what, name, tps, until in sorted(moments):
        if what == "up":
            life.up(minute, name, tps, until)
            running[name] = tps
        else:
            life.down(minute, name)
            running.pop(name)
        assert life.floor == max(floor, *running.values(), 0)
    assert life.floor == floor


def test_what_has_not_come_yet_does_not_count() -> None:
    """A record of later than now: anybody may have written it."""
    life = Life(floor=3)
    life.up(0, "launch", 20, 60)
    assert standing(life.entries, life.at(-5)) == standing([], life.at(-5))
