"""The judge of the random weeks is not blind: take a guard out, and it names the broken promise.

Each case is a few hours, drawn by hand, in which one promise matters. With the guards in place
nothing is to be said; without them the judge names that promise. Where the cycle and the
executor, or the executor and the journal, each hold a promise alone, both are taken out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from tests.stories.test_any_week import Outcome, lived
from tests.stories.weeks import BEGIN, Happening, Member, Week

from aws_sandbox.traffic.shapes import Abandoned, Idle, Shape, Steady
from personalize_monitor import settings as settings_module
from personalize_monitor.decide import decide
from personalize_monitor.execute import recheck, resource_change
from personalize_monitor.execute.announce import Announcer, Before
from personalize_monitor.execute.judge import Judge as Second
from personalize_monitor.execute.judge import Leave
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.policy import floor, guards, idle, tag_overrides
from personalize_monitor.policy.outage import doubt_about_minutes, doubt_about_silence
from personalize_monitor.settings import Settings
from personalize_monitor.uninstall import sweep

Replace = Callable[[Any, Any], None]
"""Puts the second in the place of the first, wherever the application uses it."""


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Take a function out of the application, in every module that imported it."""

    def put(original: Any, other: Any) -> None:
        for name, module in list(sys.modules.items()):
            if name.split(".")[0] != "personalize_monitor":
                continue
            for key, value in list(vars(module).items()):
                if value is original:
                    monkeypatch.setattr(module, key, other)

    return put


def without(name: str) -> Callable[[Replace], None]:
    """One of the guards by its name."""
    left = tuple(guard for guard in guards.GUARDS if guard[0] != name)
    return lambda put: put(guards.GUARDS, left)


def settings(**values: Any) -> Callable[[Replace], None]:
    """The deployment's parameters, some of them not heeded."""

    def take(put: Replace) -> None:
        load = settings_module.load

        def loaded(*asked: Any, **more: Any) -> Settings:
            return replace(load(*asked, **more), **values)

        put(load, loaded)

    return take


def tags(**values: Any) -> Callable[[Replace], None]:
    """The wishes of people, some of them not heeded."""

    def take(put: Replace) -> None:
        read = tag_overrides.tag_overrides_in

        def understood(*asked: Any) -> tag_overrides.TagOverrides:
            return replace(read(*asked), **values)

        put(read, understood)

    return take


def to(change: Callable[[int], int], **evidence: Any) -> Callable[[Replace], None]:
    """Right-sizing that finds another floor."""

    def take(put: Replace) -> None:
        decided = floor.decide_floor

        def other(*asked: Any, **more: Any) -> Decision:
            found = decided(*asked, **more)
            now = found.resource.floor
            return replace(
                found,
                action=Action.SET_FLOOR,
                to_floor=change(now),
                held_by="",
                evidence={**found.evidence, **evidence},
            )

        put(decided, other)

    return take


def _no_doubt(put: Replace) -> None:
    for doubt in (doubt_about_silence, doubt_about_minutes):
        put(doubt, lambda *_, **__: None)


def _young(put: Replace) -> None:
    put(idle.may_be_idle, lambda *_: None)
    put(recheck.still_idle, lambda *_: None)


def _all_at_once(put: Replace) -> None:
    put(guards.limit, lambda decisions, **_: (list(decisions), []))
    put(recheck.too_many, lambda *_: None)
    put(resource_change.removal_slots, lambda *_: ())


class _Yes(Second):
    def hear(self, *_: Any) -> Leave:
        return Leave(floor=None)


def _switches(put: Replace) -> None:
    put(decide._enabled, lambda *_: True)


def _bounds(put: Replace) -> None:
    put(guards._within_bounds, lambda decision, _: decision)
    put(recheck.floor_still_right, lambda *_: None)


def _unannounced(put: Replace) -> None:
    put(Announcer, _Silent)


class _Silent(Announcer):
    def announce(self, *_: Any) -> None:
        return


class _Forgetful(Announcer):
    def before(self, *_: Any) -> Before:
        return Before()

    def take(self, *_: Any) -> bool:
        return True

    def begun(self, *_: Any) -> bool:
        return False


def _forgetful(put: Replace) -> None:
    put(Announcer, _Forgetful)
    put(recheck.too_late, lambda *_: None)
    put(recheck.overtaken, lambda *_: None)
    put(recheck.floor_still_right, lambda *_: None)
    put(Second, _Yes)


def _not_swept(put: Replace) -> None:
    put(sweep.sweep_region, lambda *_, **__: sweep.SweepReport())


HOME, AWAY = "us-east-1", "eu-west-1"
BUSY, GONE = Steady(3.0), Abandoned(Steady(2.0), BEGIN - timedelta(days=9, hours=3))


def one(
    shape: Shape,
    floor: int = 1,
    *tags: tuple[str, str],
    kind: str = "campaign",
    region: str = HOME,
    age: int = 30,
) -> Member:
    """One resource."""
    return Member(kind, region, floor, shape, age, tags)


@dataclass(frozen=True)
class Case:
    """What is taken out, when it matters, and what the judge says then."""

    said: str
    take: Callable[[Replace], None]
    fleet: tuple[Member, ...]
    parameters: dict[str, str]
    happenings: tuple[Happening, ...] = ()
    days: float = 0.25


_YES = {"AutoDeleteIdleCampaigns": "Yes", "IdleCampaignThresholdHours": "3"}
_NO = {"AutoDeleteIdleCampaigns": "No"}
CASES = {
    "a dry run": Case(
        "changed although nothing may be",
        settings(dry_run=False),
        (one(BUSY, 20),),
        {**_NO, "DryRun": "Yes"},
    ),
    "Actions is Off": Case(
        "changed although nothing may be",
        settings(actions=True),
        (one(BUSY, 20),),
        {**_NO, "Actions": "Off"},
    ),
    "an exempt one": Case("exempt: yes", tags(exempt=""), (one(BUSY, 20, ("Exempt", "yes")),), _NO),
    "exempt for a while": Case(
        "exempt: until:2026-03-05",
        tags(exempt=""),
        (one(BUSY, 20, ("Exempt", "until:2026-03-05")),),
        _NO,
    ),
    "a hold": Case(
        "held until 2026",
        tags(hold_until=None),
        (one(BUSY, 20, ("HoldUntil", "2026-03-05T12:00:00Z")),),
        _NO,
    ),
    "an odd tag": Case(
        "a tag that nobody understands",
        tags(exempt="", max_floor=None),
        (one(BUSY, 20, ("MaxTPS", "zehn")),),
        _NO,
    ),
    "a region that is not watched": Case(
        "its region is not watched any more",
        settings(regions=(HOME, AWAY)),
        (one(BUSY, 20, region=AWAY),),
        {**_NO, "Regions": HOME},
    ),
    "deletion is off": Case(
        "removed although AutoDeleteIdleCampaigns is No",
        _switches,
        (one(GONE),),
        {**_NO, "IdleCampaignThresholdHours": "3", "AllowDeletionRequests": "Yes"},
    ),
    "stopping is off": Case(
        "removed although AutoStopIdleRecommenders is No",
        _switches,
        (one(GONE, kind="recommender"),),
        {
            "AutoStopIdleRecommenders": "No",
            "IdleCampaignThresholdHours": "3",
            "AllowDeletionRequests": "Yes",
        },
    ),
    "lost metrics": Case(
        "requests within 3:00:00",
        _no_doubt,
        (one(BUSY), one(Steady(8.0))),
        _YES,
        (Happening(60, "hole everywhere", 600),),
    ),
    "a young one": Case(
        "removed, but is young",
        _young,
        (one(Idle(), age=0),),
        {**_YES, "IdleCampaignThresholdHours": "24"},
    ),
    "many at once": Case(
        "went from us-east-1 within an hour", _all_at_once, (one(GONE),) * 3, _YES
    ),
    "a lowest floor by tag": Case(
        "below the tag MinTPS 4", _bounds, (one(BUSY, 20, ("MinTPS", "4")),), _NO
    ),
    "what it always used": Case("but always used", to(lambda _: 1), (one(BUSY, 20),), _NO),
    "a raise": Case("raised from", to(lambda now: now + 5, rule="follow"), (one(BUSY, 3),), _NO),
    "a person's floor": Case(
        "a person set 9",
        without("changed by a person"),
        (one(BUSY, 3),),
        _NO,
        (Happening(60, "person's floor", extra=1),),
    ),
    "right-sizing is off": Case(
        "lowered although AutoAdjust is No",
        settings(adjust_floor=True),
        (one(BUSY, 20),),
        {**_NO, "AutoAdjustCampaignMinProvisionedTPS": "No"},
    ),
    "an event again": Case(
        "an event acted a second time",
        _forgetful,
        (one(BUSY, 20),),
        _NO,
        (Happening(200, "person's floor", extra=2), Happening(240, "again")),
    ),
    "an announcement": Case("told", _unannounced, (one(BUSY, 20),), _NO),
    "the uninstall": Case("left", _not_swept, (one(BUSY, 20),), _NO),
}


def said(outcome: Outcome) -> list[str]:
    """All that is wrong with a week."""
    found = list(outcome.judge.wrong)
    if outcome.told != outcome.judge.acted:
        found.append("what was told is not what was done")
    if outcome.left:
        found.append(f"left: {outcome.left}")
    return found


@pytest.mark.soak
@pytest.mark.parametrize("name", CASES)
def test_the_judge_complains_when_a_guard_is_taken_out(name: str, taken: Replace) -> None:
    """And has nothing to say when it is in place."""
    case = CASES[name]
    week = Week(case.fleet, 0, case.parameters, case.happenings, case.days)
    assert said(lived(week)) == []
    case.take(taken)
    found = said(lived(week))
    assert any(case.said in sentence for sentence in found), found
