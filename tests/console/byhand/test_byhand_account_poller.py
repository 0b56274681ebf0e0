"""What looks at the account behind the pages: when it looks, what it keeps, what it survives."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from tests.console.byhand.front import Front, Silent, finished, put
from tests.console.byhand.values import NOW, look, seen, usd
from tests.support import HOME, Local, eventually, every_window

from aws_sandbox import fleet
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.errors import InvalidRequest, JournalUnavailable, Unavailable
from personalize_monitor.model.arn import Arn
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.plans import plan_of
from personalize_monitor_desk.console.account_poller import AccountPoller, View
from personalize_monitor_desk.console.poller import Poller, Shot

SHOES = Arn("arn:aws:personalize:us-east-1:123456789012:campaign/shoes")
DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "No."}}, "ListCampaigns")


def poller(take: Callable[[], Any], due: Callable[[Any], bool] = lambda _: True) -> Poller[Any]:
    """A lane that is not started: the test looks for it."""
    return Poller("test", take, due, pause=0.0)


# --- a lane ---


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (Unavailable("The journal is silent."), "The journal is silent."),
        (InvalidRequest("Several deployments are here."), "Several deployments are here."),
        (DENIED, "Looking at the account failed (AccessDenied): a permission is missing"),
        (EndpointConnectionError(endpoint_url="https://x"), "no answer from AWS"),
        (RuntimeError("secret"), "Looking failed (RuntimeError); see the log."),
        (ZeroDivisionError(), "Looking failed (ZeroDivisionError); see the log."),
    ],
)
def test_trouble_is_one_sentence_beside_the_last_look(
    problem: Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong, the last look stays with its number, and the next good one heals it."""
    answers: list[Any] = ["first", problem, "second"]

    def take() -> Any:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    caplog.set_level(logging.CRITICAL)
    one = poller(take)
    one._look()
    one._look()
    shot = one.shot()
    assert (shot.value, shot.version) == ("first", 1)
    assert told in shot.trouble
    assert "secret" not in shot.trouble
    one._look()
    assert replace(one.shot(), seconds=0.0) == Shot("second", 2, "")


def test_a_lane_outlives_trouble_with_the_clock() -> None:
    """When even the time cannot be asked (the sandbox is away for a moment), looking goes on."""
    away = threading.Event()
    away.set()

    def due(_: object) -> bool:
        if away.is_set():
            raise Unavailable("The sandbox does not answer.")
        return True

    def take() -> str:
        if away.is_set():
            raise Unavailable("The sandbox does not answer.")
        return "back"

    one: Poller[str] = Poller("test", take, due, pause=0.01)
    one.start()
    try:
        assert one.first(5).trouble == "The sandbox does not answer."
        away.clear()
        assert one.after(0, 5).value == "back"
        assert not one.shot().trouble
    finally:
        one.stop()
        one.wait(5)


def test_nobody_watching_is_nobody_asked() -> None:
    """A lane that was never visited, or not for a while, is not wanted; a change is looked at."""
    one = poller(lambda: 1)
    assert not one._wanted()
    one.shot()
    assert one._wanted()
    one._visited -= 1000
    assert not one._wanted()
    one.poke()
    assert one._wanted()


def test_what_is_not_due_is_not_looked_at_again() -> None:
    """A fresh look is kept; after trouble there is no waiting for the next one to be due."""
    asked: list[Any] = []

    def due(last: Any) -> bool:
        asked.append(last)
        return False

    one = poller(lambda: "x", due)
    put(one, "fresh")
    one.shot()
    assert not one._wanted()
    assert asked == ["fresh"]
    put(one, "fresh", "trouble")
    assert one._wanted()


def test_waiting_for_what_does_not_come_ends() -> None:
    """A page waits for the first look as long as it said, and then shows what there is."""
    one = poller(lambda: 1)
    assert one.first(0.01) == Shot()
    assert one.after(0, 0.01) == Shot()
    one.stop()
    one.wait(0.01)  # never started: nothing to wait for


# --- the watch ---


def test_the_day_is_due_with_each_settled_window(front: Front) -> None:
    """Metrics come every five minutes: the same window is not read twice, the next one is."""
    watch = front.watch
    assert watch._day_due(None)
    view = View.of(look(seen()))
    assert not watch._day_due(view)
    later = Front(front.folder, now=lambda: NOW + timedelta(minutes=2, seconds=59)).watch
    assert not later._day_due(view)
    later = Front(front.folder, now=lambda: NOW + timedelta(minutes=3)).watch
    assert later._day_due(view)


@pytest.mark.parametrize(("minutes", "due"), [(0, False), (14, False), (15, True), (60, True)])
def test_the_fortnight_is_due_every_quarter_of_an_hour(
    front: Front, minutes: int, due: bool
) -> None:
    """Two weeks of every resource are read seldom."""
    later = Front(front.folder, now=lambda: NOW + timedelta(minutes=minutes)).watch
    assert later._deep_due(look(seen())) is due


def test_the_fortnight_waits_for_the_first_look(front: Front) -> None:
    """Both at once would slow each other down; a first look that failed does not hold it up."""
    assert not front.watch._deep_due(None)
    put(front.watch.day, None, "AWS is silent.")
    assert front.watch._deep_due(None)
    front.show(seen())
    assert front.watch._deep_due(None)


def test_savings_wait_for_the_fleet(front: Front) -> None:
    """They need the resources that share the price tiers, and are counted again in two hours."""
    watch = front.watch
    assert not watch._saved_due(None)
    front.show(seen())
    assert watch._saved_due(None)


def test_a_view_counts_and_finds(front: Front) -> None:
    """A resource is found by region, kind and name together, and by nothing less."""
    here, there = seen("same"), seen("same", region="eu-west-1", cost=usd(7), waste=usd(1))
    view = View.of(look(here, there))
    assert view.find(HOME, "campaign", "same") == here
    assert view.find("eu-west-1", "campaign", "same") == there
    assert view.find(HOME, "recommender", "same") is None
    assert view.find(HOME, "campaign", "Same") is None
    assert (view.cost.dollars, view.waste.dollars) == (Decimal(107), Decimal(41))
    assert view.counts["all"] == len(view.rows) == 2


def test_a_region_that_is_down_is_a_problem_and_no_failure(front: Front) -> None:
    """The look itself never fails because no region answers: it tells each of them."""
    found = front.watch._day().look
    assert found.seen == ()
    assert [place.answered for place in found.places] == [False, False]
    assert len(found.problems) >= 2
    assert all("failed (EndpointConnectionError)" in problem for problem in found.problems)


class Counted:
    """Opens desks, and counts them."""

    def __init__(self, stack: StackInfo | None = None) -> None:
        self.stack = stack
        self.opened = 0

    def __call__(self) -> Operator:
        """One more."""
        self.opened += 1
        operator = Operator.open(Silent(), None, now=NOW, path=Path("/nowhere/journal"))
        return replace(operator, stack=self.stack)


def test_the_deployment_is_looked_for_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not on every page, and not once for ever: somebody may deploy while we watch."""
    from personalize_monitor_desk.console import account_poller as room

    desks = Counted()
    watch = Front(tmp_path, operator=desks).watch
    assert watch.operator() is watch.operator()
    assert desks.opened == 1
    monkeypatch.setattr(room, "_DESK_SECONDS", -1.0)
    watch.operator()
    assert desks.opened == 2


@pytest.mark.clock
@pytest.mark.parametrize(
    ("parameters", "deployed", "autopilot"),
    [
        (None, False, False),
        ({}, True, True),
        ({"DryRun": "Yes"}, True, False),
        ({"Actions": "Off"}, True, False),
    ],
)
def test_whether_the_application_acts_by_itself(
    tmp_path: Path, parameters: dict[str, str] | None, deployed: bool, autopilot: bool
) -> None:
    """Only a deployed application acts, and one that was told only to plan does not."""
    stack = None if parameters is None else StackInfo("s", HOME, parameters, {})
    watch = Front(tmp_path, operator=Counted(stack)).watch
    assert (watch.deployed, watch.autopilot) == (False, False)  # nothing is known yet
    assert watch.journal_name == "journal"
    watch.operator()
    assert (watch.deployed, watch.autopilot) == (deployed, autopilot)
    assert ("log group" in watch.journal_name) == deployed
    assert watch._prewarms() == () if not deployed else True


def test_the_watch_ends_with_the_console(tmp_path: Path) -> None:
    """Its threads run as long as the pages are served, and no longer."""
    watch = AccountPoller(Front(tmp_path).watch.here)
    watch.start()
    threads = [one._thread for one in watch._lanes()]
    assert all(thread is not None and thread.is_alive() for thread in threads)
    watch.stop(5)
    assert not any(thread.is_alive() for thread in threads if thread)


def test_the_console_watches_while_it_is_served(front: Front) -> None:
    """Looking begins when the server does, and ends with it."""

    async def serve() -> list[bool]:
        alive = []
        async with front.app.router.lifespan_context(front.app):
            alive.append(all(_living(front.watch)))
        alive.append(any(_living(front.watch)))
        return alive

    assert not any(_living(front.watch))
    assert finished(serve()) == [True, False]


def _living(watch: AccountPoller) -> list[bool]:
    threads = [poller._thread for poller in watch._lanes()]
    return [thread is not None and thread.is_alive() for thread in threads]


def test_a_change_makes_every_lane_look(front: Front) -> None:
    """After a deed, day, fortnight, journal, pre-warms and savings are all read again."""
    front.watch.poke()
    assert all(one._wanted() for one in front.watch._lanes())


def test_a_journal_that_cannot_be_read_is_said(front: Front) -> None:
    """The events page tells it, and does not claim that nothing has happened."""
    (front.folder / "journal.jsonl").mkdir()
    with pytest.raises(JournalUnavailable, match="cannot be read"):
        front.watch._journal()
    front.watch.journal._look()
    said = front.words("/events")
    assert "cannot be read" in said
    assert "Nothing has happened" not in said


def test_the_looks_at_a_living_account(local: Local, tmp_path: Path) -> None:
    """Day, fortnight and savings of a fleet that lives: the same resources, each at its depth."""
    fleet.add_campaign(local.world, "shoes", floor=9, shape=every_window(300))
    access = Access()

    def operator() -> Operator:
        return Operator.open(access, None, now=local.now, path=tmp_path / "journal.jsonl")

    stage = Front(tmp_path, access=access, now=local.world.clock.now, operator=operator)
    for poller in (stage.watch.day, stage.watch.deep, stage.watch.saved, stage.watch.prewarms):
        poller._look()
        assert not poller.shot().trouble
    day, deep = stage.watch.day.shot().value, stage.watch.deep.shot().value
    saved = stage.watch.saved.shot().value
    assert day is not None
    assert deep is not None
    assert saved is not None
    assert [one.resource.name for one in day.look.seen] == ["shoes"]
    assert day.look.seen[0].decision is None
    (one,) = deep.seen
    assert one.decision is not None
    assert one.decision.to_floor == 1
    assert saved.ledger.saved.dollars == 0
    assert not stage.watch._saved_due(saved)
    assert f"{stage.words('/plan')}".count("Floor 9 → 1") == 1
    assert [r.to_floor for r in plan_of(stage.watch.decide()).acting] == [1]


def test_c9_the_first_look_tells_what_it_knows_so_far(local: Local, tmp_path: Path) -> None:
    """While one campaign keeps it waiting the others are known; afterwards the look has all."""
    for name in ("shoes", "hats", "slow"):
        fleet.add_campaign(local.world, name, floor=3, shape=every_window(300))
    front = Front(tmp_path, access=Access(), now=local.world.clock.now, regions=(HOME,))
    answered = threading.Event()
    local.stall(answered, action="DescribeCampaign", resource="*/slow")
    assert front.watch.arrivals().resources == ()
    looking = threading.Thread(target=front.watch.day._look)
    looking.start()
    eventually(lambda: len(front.watch.arrivals().resources) == 2)
    found = front.watch.arrivals()
    answered.set()
    looking.join(30)
    assert [one.name for one in found.resources] == ["hats", "shoes"]
    assert found.serving == 3
    assert front.watch.arrivals().resources == ()
    assert front.watch.day.last is not None
    assert len(front.watch.day.last.rows) == 3
