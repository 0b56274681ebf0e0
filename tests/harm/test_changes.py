"""The ledger of harm: from journal and metrics to each change with its verdict and both sides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cli.cast import seen
from tests.datapoints import Diary, Numbers
from tests.support import ACCOUNT, BEGIN, HOME, a_resource

from personalize_monitor.contract import FLOOR_METRIC, FLOOR_UPDATED_EVENT
from personalize_monitor.journal.casebook import cases_in
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.entry import CASE, INTENT
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import Window
from personalize_monitor.plan.savings import realised
from personalize_monitor.plan.snapshot import Place, Snapshot
from personalize_monitor.policy.harm import By, Memory, State, Word, World, conclude, open_case
from personalize_monitor.policy.harm.verdict import Figures, Verdict
from personalize_monitor_desk.changes.changes import Change, Changes, changes

FIVE, HOUR, DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
NOW = BEGIN.replace(minute=0)
CHANGED = NOW - 6 * HOUR
SHOES = a_resource(floor=2, updated=CHANGED + timedelta(minutes=4))
HATS = a_resource("hats", floor=50)
FIGURES = Figures(4, 1, 1, 400.0, 100.0, 99.0, 0.001, 90.0, 30.0, 1.0, 1.0, 3.0, 6.0)
PRICES = load_prices()


class Account:
    """1 TPS came to a campaign, and 6 TPS for forty minutes two hours after its floor changed."""

    def __init__(self, folder: Path, *, suffer: bool = True) -> None:
        self.numbers, self.diary = Numbers(), Diary(folder)
        self.fleet: tuple[Resource, ...] = (SHOES, HATS)
        self.answers = True
        for nth in range(-12 * 48, 72):
            at = CHANGED + nth * FIVE
            loaded = 24 <= nth < 32
            self.numbers.put("GetRecommendations", SHOES, 1800.0 if loaded else 300.0, at)
            self.numbers.put("GetRecommendationsLatency", SHOES, 40.0, at)
            self.numbers.put(FLOOR_METRIC[SHOES.kind], SHOES, 2.0 if nth >= 1 else 10.0, at)
            self.numbers.put("GetRecommendations", HATS, 3000.0, at)
            if suffer and loaded:
                self.numbers.put("GetRecommendations4xxErrors", SHOES, 400.0, at)

    def changed(self, before: int = 10, after: int = 2, hours: float = 0, **more: Any) -> None:
        """What an executor wrote before it changed the floor."""
        name, at = FLOOR_UPDATED_EVENT[SHOES.kind], CHANGED + hours * HOUR
        said = {"PreviousMinTPS": before, "NewMinTPS": after, "RequestedBy": "monitor", **more}
        said.setdefault("RequestId", f"{before} {after} {at}")
        detail = {"Announcement": name, "AnnouncementDetail": said}
        self.diary.told(INTENT, SHOES.arn, at, RequestId=said["RequestId"], **detail)
        self.diary.told(name, SHOES.arn, at, **said)

    def recorded(self, verdict: Verdict | None, hours: float = 3) -> None:
        """The monitor's own record of the case."""
        opened = int(CHANGED.timestamp())
        arn = str(SHOES.arn)
        case, _ = open_case(
            arn, from_floor=10, floor=2, by=By.MONITOR, opened=opened, landed=opened + 300
        )
        memory = Memory()
        if verdict is not None:
            found = conclude(case, verdict, memory, now=opened + 3 * 3600, world=World())
            case, memory = found.case, found.memory
        self.diary.told(
            CASE, arn, CHANGED + hours * HOUR, Case=case.to_dict(), Memory=memory.to_dict()
        )

    def look(self) -> Snapshot:
        """The region, as the desk sees it."""
        there = tuple(seen(r, Demand(int(NOW.timestamp()) - 300, (300.0,))) for r in self.fleet)
        places = (Place(HOME, there if self.answers else (), answered=self.answers),)
        return Snapshot(ACCOUNT, NOW, Window(NOW - FIVE), DAY, places, PRICES.as_of)

    def changes(self, days: int = 7) -> Changes:
        """The ledger."""
        access, reader = self.numbers.access, self.diary.reader
        return changes(access, reader, self.look(), PRICES, now=NOW, days=days)

    def only(self) -> Change:
        """The one change there is."""
        (one,) = self.changes().changes
        return one


def test_without_a_deployment_the_desk_judges_for_itself(tmp_path: Path) -> None:
    """The file journal knows the change; CloudWatch knows what callers got."""
    account = Account(tmp_path)
    account.changed(RequestedBy="apply")
    found = account.changes()
    (one,) = found.changes
    assert (one.row.word, one.case.state, one.hurts) == (Word.HURT, State.HURT, True)
    assert (one.case.by, one.unread) == (By.PERSON, "")
    assert "requests were refused or failed" in one.row.reason
    assert (one.row.before.asked, one.row.before.refused) == (48 * 12 * 300.0, 0.0)
    assert one.row.after.refused == 8 * 400
    assert one.row.after.asked == 63 * 300 + 8 * (1800 + 400)
    assert (found.hurting, found.totals.hurt, found.problems) == (1, 1, ())


def test_an_approved_plan_saves_like_the_monitor(tmp_path: Path) -> None:
    """It is the same decision; what a person lowered by themselves is theirs."""
    paid = {}
    for who in ("monitor", "apply", "request"):
        account = Account(tmp_path / who)
        account.changed(RequestedBy=who)
        paid[who] = account.only().saving
    assert paid["request"] is None
    assert paid["monitor"] is not None
    assert paid["monitor"].exact > 0
    assert paid["apply"] == paid["monitor"]


def test_parts_of_a_time_add_up_to_what_was_saved(tmp_path: Path) -> None:
    """Two steps down: each row has the hours in which its floor was in force."""
    account = Account(tmp_path, suffer=False)
    account.changed(20, 10, hours=-20)
    account.changed()
    found = account.changes()
    assert [(c.case.from_floor, c.case.floor, c.in_force) for c in found.changes] == [
        (10, 2, True),
        (20, 10, False),
    ]
    assert found.saved.exact == found.changes[0].row.saved.exact + found.changes[1].row.saved.exact
    access, reader = account.numbers.access, account.diary.reader
    whole = realised(access, reader, account.look(), PRICES, now=NOW, days=7).saved
    assert abs(found.saved.exact - whole.exact) < whole.exact / 1000


def test_what_the_monitor_found_out_counts(tmp_path: Path) -> None:
    """Its verdict rests on more than the desk has: it is not judged anew."""
    account = Account(tmp_path)
    account.changed()
    harmless = Verdict(Word.HARMLESS, "Nothing was refused.", FIGURES)
    account.recorded(harmless)
    one = account.only()
    assert (one.row.word, one.row.reason) == (Word.HARMLESS, "Nothing was refused.")
    assert one.case.state is State.HARMLESS


def test_an_open_case_is_told_with_what_is_missing(tmp_path: Path) -> None:
    """A record without a verdict is judged by now: nothing was loaded for long enough."""
    account = Account(tmp_path, suffer=False)
    account.changed()
    account.recorded(None)
    one = account.only()
    assert (one.row.word, one.case.state) == (Word.UNKNOWN, State.OPEN)
    assert one.row.reason.startswith("Only 8 of 24 windows above 2 TPS")


def test_an_outage_of_everything_is_no_harm(tmp_path: Path) -> None:
    """Others below their floors were in the same trouble, as the monitor would have seen."""
    account = Account(tmp_path)
    for nth in range(24, 32):
        account.numbers.put("GetRecommendations4xxErrors", HATS, 900.0, CHANGED + nth * FIVE)
    account.changed()
    assert account.only().row.word is Word.UNKNOWN


def test_a_floor_put_back_ends_the_case_and_keeps_its_verdict(tmp_path: Path) -> None:
    """The lowering hurt; the floor in force does not."""
    account = Account(tmp_path)
    account.fleet = (replace(SHOES, floor=10, updated=CHANGED + 3 * HOUR), HATS)
    account.changed()
    account.changed(2, 10, hours=3, RequestedBy="monitor")
    back, down = account.changes().changes
    assert (back.row.word, back.row.reason) == (Word.HARMLESS, "The floor was not lowered.")
    assert (down.row.word, down.hurts, down.in_force) == (Word.HURT, False, False)
    assert down.row.after.asked < back.row.before.asked


@pytest.mark.parametrize(
    ("fleet", "why", "gap"),
    [
        ((HATS,), "the campaign is not there any more.", False),
        ((replace(SHOES, status="CREATE FAILED"), HATS), "the campaign does not serve now.", False),
    ],
)
def test_what_is_not_there_keeps_its_line(
    tmp_path: Path, fleet: tuple[Resource, ...], why: str, gap: bool
) -> None:
    """Nothing is known of what callers got: no zero, and it is said."""
    account = Account(tmp_path)
    account.changed()
    account.fleet = fleet
    account.numbers.personalize.answers["describe_solution"] = {}
    found = account.changes()
    (one,) = found.changes
    assert (one.unread, found.unread, found.totals.asked) == (why, 1, 0)
    assert any("What callers of" in problem for problem in found.problems) is gap


@pytest.mark.parametrize("metric", ["GetRecommendations", "GetRecommendations5xxErrors"])
def test_an_answer_that_is_not_complete_is_a_gap(tmp_path: Path, metric: str) -> None:
    """The change is told, without figures, and what is missing is a problem."""
    account = Account(tmp_path)
    account.changed()
    account.numbers.blind(metric=metric, resource=SHOES)
    found = account.changes()
    assert found.changes[0].unread == "CloudWatch did not answer completely."
    assert found.changes[0].row.word is Word.UNKNOWN
    assert any(p.startswith("What callers of") for p in found.problems)


def test_an_update_that_failed_is_no_change(tmp_path: Path) -> None:
    """The floor before is in force: nothing was lowered."""
    account = Account(tmp_path)
    account.fleet = (replace(SHOES, floor=10), HATS)
    account.changed()
    assert account.changes().changes == ()


def test_older_changes_are_not_told(tmp_path: Path) -> None:
    """``days`` bounds it."""
    account = Account(tmp_path)
    account.changed(hours=-3 * 24)
    assert len(account.changes(4).changes) == 1
    assert account.changes(2).changes == ()


def test_a_change_past_us_is_known_from_the_monitors_record(tmp_path: Path) -> None:
    """Somebody lowered a floor in the AWS console: only the record tells of it."""
    account = Account(tmp_path)
    account.recorded(None)
    one = account.only()
    assert (one.case.from_floor, one.case.floor, one.saving) == (10, 2, None)


def test_a_look_at_the_past_knows_nothing_of_later_changes(tmp_path: Path) -> None:
    """An hour after the first of two changes, the second has not happened."""
    account = Account(tmp_path)
    account.changed(20, 10, hours=-20)
    account.changed()
    there = {str(SHOES.arn): replace(SHOES, floor=10)}
    now = CHANGED - HOUR
    (found,) = cases_in(account.diary.reader, there, now=now, hours=48.0).values()
    assert [(case.from_floor, case.floor) for case in found] == [(20, 10)]


def test_a_picture_shows_as_much_before_as_after(tmp_path: Path) -> None:
    """Six hours on each side, window by window; days by the hour, and three days at most."""
    account = Account(tmp_path)
    account.changed(hours=-26)
    account.changed(2, 10, hours=-25)
    account.changed()
    last, _, first = account.changes().changes
    assert len(last.bars) == 2 * 71
    assert {bar.seconds for bar in last.bars} == {300}
    assert max(bar.bad for bar in last.bars) == 400
    assert len(first.bars) == 12 + 12
    long = Account(tmp_path / "long")
    long.fleet = (replace(SHOES, updated=CHANGED - 30 * HOUR), HATS)
    long.changed(hours=-30)
    assert {bar.seconds for bar in long.only().bars} == {3600}
