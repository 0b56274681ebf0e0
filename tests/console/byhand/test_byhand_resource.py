"""One resource's page: facts, decision, alarms, guards, pre-warms, tags and past."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.console.byhand.front import Front, Outline, put, words
from tests.console.byhand.values import ARN, NOW, SHOES, entry, seen, usd

from personalize_monitor.alarms.names import Sort
from personalize_monitor.contract import (
    CAMPAIGN_DELETED_EVENT,
    DELETE_CAMPAIGN_EVENT,
    FLOOR_UPDATED_EVENT,
    RESTORED_EVENT,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.money import Money
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.snapshot import AlarmSeen, Errors, Seen
from personalize_monitor_desk.console.series import RANGES
from personalize_monitor_desk.prewarm.prewarm import Prewarm

LOWERED = FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]
ASKED = UPDATE_FLOOR_EVENT[Kind.CAMPAIGN]


def strip(front: Front, one: Seen) -> str:
    """The facts at the top, as words."""
    front.show(one)
    return words(front.get(SHOES).text.partition('id="strip"')[2].partition("</dl>")[0])


def test_the_facts_at_the_top(front: Front) -> None:
    """State, floor, rate, utilization, errors, cost and waste: the numbers of the fleet's row."""
    one = seen(requests=600.0, floor=8, errors=Errors(2.0, 1.0), cost=usd(90), waste=usd(30))
    assert strip(front, one).endswith(
        "State active Floor 8 TPS Now 2.00 TPS Utilization 25 % Errors, 24 h 3 "
        "Cost a month $90 Unused $30"
    )


def test_facts_that_are_not_known(front: Front) -> None:
    """Unknown is a question mark; what does not serve has dashes; neither is a zero."""
    nothing = Money.not_known()
    dark = seen(requests=None, errors=Errors(None, None), cost=nothing, waste=nothing)
    assert "Now ? TPS Utilization ? % Errors, 24 h ? " in strip(front, dark)
    assert "Cost a month unknown Unused unknown" in strip(front, dark)
    stopped = seen(status="INACTIVE", requests=None, cost=usd(0), waste=usd(0))
    assert "Floor – TPS Now – TPS Utilization – % Errors, 24 h – Cost a month $0" in strip(
        front, stopped
    )


def test_an_update_on_its_way_is_told(front: Front) -> None:
    """The floor in force, and the one that will be."""
    said = strip(front, seen(floor=10, update_pending=True, pending_floor=4))
    assert "State updating Floor 10 → 4 TPS" in said


def test_what_it_is_and_since_when(front: Front) -> None:
    """Kind, recipe, dataset group and the day of its creation, in UTC wherever AWS told it."""
    created = datetime.fromisoformat("2026-02-01T03:00:00+09:00")
    front.show(seen(created=created))
    said = front.words(SHOES)
    assert "Campaign · user-personalization-v2 · shop · since 2026-01-31" in said
    front.show(seen(recipe_arn=None, group=None))
    assert "Campaign · unknown · not known · since" in front.words(SHOES)


DECISIONS: list[tuple[str, Any, str]] = [
    ("a floor", lambda r: Decision(r, Action.SET_FLOOR, "Quiet.", 3), "Floor 10 → 3"),
    ("a deletion", lambda r: Decision(r, Action.DELETE, "Idle."), "Delete it"),
    ("a stop", lambda r: Decision(r, Action.STOP, "Idle."), "Stop it"),
    ("nothing", lambda r: Decision(r, Action.LEAVE, "It is right."), "Leave it alone"),
]


@pytest.mark.parametrize(
    ("decide", "verdict"), [d[1:] for d in DECISIONS], ids=[d[0] for d in DECISIONS]
)
def test_each_decision_has_its_verdict(front: Front, decide: Any, verdict: str) -> None:
    """What the application makes of it, in two words, with the reason."""
    one = seen(decide=decide)
    front.show(one)
    said = front.words(SHOES)
    assert one.decision is not None
    assert f"What the application makes of it {verdict}" in said
    assert one.decision.reason in said
    assert "saves" not in said


def test_a_decision_with_its_evidence_and_its_guard(front: Front) -> None:
    """What it saves, what holds it back, and the numbers that it rests on; unknown as a dash."""
    front.show(
        seen(
            decide=lambda r: Decision(
                r, Action.LEAVE, "Too young.", None, {"low_watermark": 0.4, "peak": None}, "young"
            ),
            saving=usd(12),
        )
    )
    said = front.words(SHOES)
    assert "Leave it alone saves $12 a month like the last two weeks blocked by: young" in said
    assert "Evidence low watermark 0.4 peak –" in said


def test_while_the_two_weeks_are_being_read(front: Front) -> None:
    """The page is there at once; the decision says that it is coming, or why it is not."""
    front.show(seen())
    put(front.watch.deep, None)
    assert "Reading two weeks…" in front.words(SHOES)
    put(front.watch.deep, None, "Two weeks could not be read.")
    assert "Two weeks could not be read." in front.words(SHOES)
    front.show(seen(status="INACTIVE"))
    assert "Nothing is decided about what does not serve." in front.words(SHOES)


ALARMS: list[tuple[str, tuple[AlarmSeen, ...] | None, str]] = [
    ("unread", None, "They could not be read."),
    ("none", (), "None. The deployed application makes them."),
    (
        "fine",
        (AlarmSeen("a", Sort.LOW, "OK", speaks=True, muted=False, since=NOW),),
        "Low utilization fine since 2026-03-02 10:02",
    ),
    (
        "in alarm",
        (AlarmSeen("a", Sort.IDLE, "ALARM", speaks=True, muted=False, since=None),),
        "Idle in alarm",
    ),
    (
        "silent",
        (AlarmSeen("a", Sort.IDLE, "INSUFFICIENT_DATA", speaks=False, muted=False, since=None),),
        "Idle not enough data yet silent",
    ),
    (
        "muted",
        (AlarmSeen("a", Sort.CLIENT_ERRORS, "ALARM", speaks=False, muted=True, since=None),),
        "Client errors in alarm muted by a person",
    ),
    (
        "strange",
        (AlarmSeen("a", Sort.SERVER_ERRORS, "NEW_STATE", speaks=True, muted=False, since=None),),
        "Server errors NEW_STATE",
    ),
]


@pytest.mark.parametrize(("alarms", "said"), [a[1:] for a in ALARMS], ids=[a[0] for a in ALARMS])
def test_each_state_of_an_alarm(
    front: Front, alarms: tuple[AlarmSeen, ...] | None, said: str
) -> None:
    """CloudWatch's words are told in ours, and whether the alarm speaks; unread is not none."""
    front.show(seen(alarms=alarms))
    assert f"Alarms {said}" in front.words(SHOES)


def test_guards_tags_and_why_they_are_not_known(front: Front) -> None:
    """What would hold an action back now; the tags in order, or why they could not be read."""
    front.show(seen(guards=("young", "updating")))
    assert "Blocked by: young updating" in front.words(SHOES)
    assert f"Reading the tags of {ARN} failed" in front.words(SHOES)
    front.watch.tags._known[Arn(ARN)] = (time.monotonic(), {"team": "films", "a": "1"})
    assert "a 1 team films" in front.words(SHOES)
    front.watch.tags._known[Arn(ARN)] = (time.monotonic(), {})
    front.show(seen())
    assert "Nothing blocks an action now. No tags." in front.words(SHOES)


def test_c7_every_blocker_is_named(front: Front) -> None:
    """Below "recently updated" there are a hold and an exemption: none comes as a surprise."""
    blocked = lambda r: Decision(r, Action.LEAVE, "It waits.", held_by="recently updated")  # noqa: E731
    front.show(seen(guards=("recently updated",), decide=blocked))
    tags = {
        "PersonalizeMonitor:Exempt": "yes",
        "PersonalizeMonitor:HoldUntil": "2026-03-05T10:00:00Z",
    }
    front.watch.tags._known[Arn(ARN)] = (time.monotonic(), tags)
    said = front.words(SHOES)
    assert "Blocked by: recently updated exempt held" in said
    assert "Held until 2026-03-05 10:00 UTC by a tag." in said
    over = {"PersonalizeMonitor:HoldUntil": "2026-03-02T10:01:00Z"}
    front.watch.tags._known[Arn(ARN)] = (time.monotonic(), over)
    assert "Blocked by: recently updated Pre" not in front.words(SHOES)
    assert "Blocked by: recently updated PersonalizeMonitor:HoldUntil" in front.words(SHOES)


def test_c7_a_backtest_is_drawn_anew_with_the_two_weeks(front: Front) -> None:
    """A browser that shows the last one gets nothing; after another look, the new one."""
    front.show(seen())
    (of,) = Outline(front.get(f"{SHOES}/backtest").text).all("input", name="of")
    assert front.get(f"{SHOES}/backtest?of={of['value']}").status_code == 204
    front.show(seen(floor=4))
    assert "Floor 4, held" in front.words(f"{SHOES}/backtest?of={of['value']}")


def test_prewarms_of_this_resource_only(front: Front) -> None:
    """When, how high, in which state; each with a button that cancels it."""
    begin, until = NOW + timedelta(hours=1), NOW + timedelta(hours=3)
    put(
        front.watch.prewarms,
        (
            Prewarm("pw-1", ARN, 30, 15, begin, until),
            Prewarm("pw-2", ARN, 40, 60, begin, until),
            Prewarm("pw-3", ARN, 50, 15, cron="0 18 ? * FRI *", zone="Europe/Paris", minutes=90),
            Prewarm("pw-4", f"{ARN}-not", 60, 15, begin, until),
        ),
    )
    front.show(seen())
    said = front.words(SHOES)
    assert "Pre-warm to 30 waiting 2026-03-02 11:02 UTC – 2026-03-02 13:02 UTC" in said
    assert "raised 15 min before" in said
    assert "Pre-warm to 40 active" in said
    assert "Pre-warm to 50 recurring 0 18 ? * FRI * (Europe/Paris), 90 min each time" in said
    assert "Pre-warm to 60" not in said
    page = Outline(front.get(SHOES).text)
    assert [one["value"] for one in page.all("input", name="id")] == ["pw-1", "pw-2", "pw-3"]


def test_the_history_of_this_resource_only(front: Front) -> None:
    """The newest first, each with its time and cause; other resources' stories are theirs."""
    front.show(seen())
    front.told(
        entry(LOWERED, 60, PreviousMinTPS=20, NewMinTPS=10, Reason="Quiet.", RequestedBy="monitor"),
        entry(LOWERED, 10, PreviousMinTPS=10, NewMinTPS=12, By="arn:aws:iam::1:user/ada"),
        entry(LOWERED, 5, f"{ARN}-other", PreviousMinTPS=5, NewMinTPS=1),
    )
    said = front.words(SHOES)
    assert "2026-03-02 09:52 UTC Floor 10 → 12 by ada" in said
    assert "2026-03-02 09:02 UTC Floor 20 → 10 by the monitor Quiet." in said
    assert said.index("Floor 10 → 12") < said.index("Floor 20 → 10")
    assert "Floor 5 → 1" not in said
    assert "Undo…" in said


def test_a_past_without_a_change_has_nothing_to_undo(front: Front) -> None:
    """The button is only there where this application changed a floor."""
    front.show(seen())
    assert "Nothing has been asked or done in the last two weeks." in front.words(SHOES)
    front.told(entry(ASKED, 500, NewMinTPS=4, CurrentMinTPS=9))
    said = front.words(SHOES)
    assert "Asked for floor 4" in said
    assert "Undo…" not in said
    front.told(trouble="The journal is silent.")
    assert "The journal is silent." in front.words(SHOES)


def test_a_long_past_is_cut(front: Front) -> None:
    """The newest twenty are shown; the rest is on the page of events."""
    front.show(seen())
    front.told(*(entry(RESTORED_EVENT, n * 60, Deed="create", Reason=f"r{n}") for n in range(30)))
    assert front.get(SHOES).text.count('<li class="back">') == 20


@pytest.mark.parametrize(
    ("kind", "verb", "warning"),
    [
        (Kind.CAMPAIGN, "Delete", "makes it again under the same name"),
        (Kind.RECOMMENDER, "Stop", "until it is started again"),
    ],
)
def test_what_is_asked_before_something_is_lost(
    front: Front, kind: Kind, verb: str, warning: str
) -> None:
    """A campaign is deleted, a recommender stopped; the dialog says what happens to callers."""
    front.show(seen("shoes", kind))
    said = front.words(SHOES.replace("campaign", str(kind)))
    assert f"{verb} shoes?" in said
    assert warning in said
    assert "Type shoes to say that you mean it" in said


def test_forms_begin_with_what_makes_sense(front: Front) -> None:
    """The floor in force, a pre-warm of twice as much from tomorrow on, never above the quota."""
    front.show(seen(floor=300))
    page = Outline(front.get(SHOES).text)
    floors = page.all("input", name="floor")
    assert [one["value"] for one in floors] == ["300", "500"]
    assert {one["max"] for one in floors} == {"500"}
    assert page.all("input", name="begin")[0]["value"] == "2026-03-03T08:00"


@pytest.mark.parametrize("asked", ["", "1d", "2w", "1y", "<b>"])
def test_the_chosen_range_of_the_graphs(front: Front, asked: str) -> None:
    """A bookmark chooses the range; what there is not is a day."""
    front.show(seen())
    chosen = [
        one["value"]
        for one in Outline(front.get(f"{SHOES}?range={asked}").text).all("input", name="range")
        if "checked" in one
    ]
    assert chosen == [asked if asked in RANGES else "1d"]


def test_the_living_part_is_the_page_s(front: Front) -> None:
    """What is refreshed every two seconds says the same as the page did."""
    front.show(seen(guards=("young",)))
    front.told(entry(LOWERED, 60, PreviousMinTPS=20, NewMinTPS=10))
    whole = front.get(SHOES).text
    live = front.get(f"{SHOES}/live").text
    for part in ('aria-label="Decision"', 'aria-label="Guards and tags"', '<dl class="strip">'):
        assert _section(live, part) == _section(whole, part)


def _section(markup: str, mark: str) -> str:
    return words(mark + markup.partition(mark)[2].partition("</section>")[0].partition("</dl>")[0])


# --- what is not there ---


def test_what_is_gone_tells_what_the_journal_knows(front: Front) -> None:
    """A deleted campaign's page: that it is gone, by whom, and the way to make it again."""
    front.show(seen("hats"))
    front.told(
        entry(CAMPAIGN_DELETED_EVENT, 30, Reason="Idle for 24 hours.", RequestedBy="monitor")
    )
    answer = front.get(SHOES)
    said = words(answer.text)
    assert answer.status_code == 404
    assert "This campaign is not there now." in said
    assert "Deleted by the monitor Idle for 24 hours." in said
    assert Outline(answer.text).all("form", action=f"{SHOES}/restore")
    assert "Load the page again" in words(front.get(f"{SHOES}/live").text)


def test_what_nobody_knows_says_so(front: Front, reader: Front) -> None:
    """Without a word in the journal, or without the journal; a reader is offered no restoring."""
    for stage in (front, reader):
        stage.show(seen("hats"))
    assert "Nothing about it in the last two weeks." in words(front.get(SHOES).text)
    front.told(trouble="The journal is silent.")
    assert "The journal is silent." in words(front.get(SHOES).text)
    assert not Outline(reader.get(SHOES).text).all("dialog")


def test_before_the_first_look_nothing_is_gone(front: Front) -> None:
    """A page that is opened too early waits, and asks for itself again."""
    answer = front.get(SHOES)
    assert answer.status_code == 200
    assert "The first look takes a moment." in words(answer.text)
    assert Outline(answer.text).all("section", **{"hx-get": SHOES})


@pytest.mark.parametrize(
    "path",
    [
        "/r/us-east-1/dataset/shoes",
        "/r/us-east-1/campaign/shoes!",
        "/r/US_EAST/campaign/shoes",
        f"/r/us-east-1/campaign/{'x' * 300}",
        f"{SHOES}/backtest",
        f"{SHOES}/series",
    ],
)
def test_what_cannot_be_is_not_found(front: Front, path: str) -> None:
    """Nothing is asked of AWS about what cannot be the name of a resource."""
    front.show(seen("hats"))
    assert front.get(path).status_code == 404


def test_the_backtest_waits_for_the_two_weeks(front: Front) -> None:
    """It asks again until they are read, and says why they cannot be."""
    front.show(seen())
    put(front.watch.deep, None)
    assert "Reading two weeks of demand…" in front.words(f"{SHOES}/backtest")
    put(front.watch.deep, None, "The journal is silent.")
    assert front.words(f"{SHOES}/backtest") == "The journal is silent."


def test_a_backtest_of_too_little_says_so(front: Front) -> None:
    """Less than a known day is no basis, however long the resource is there."""
    end = int(datetime(2026, 3, 2, 9, 55, tzinfo=UTC).timestamp())
    front.show(seen(demand=Demand(end - 300 * 287, (300.0,) * 287)))
    assert "there is nothing to play over yet" in front.words(f"{SHOES}/backtest")
    front.show(seen(demand=Demand(end - 300 * 288, (300.0,) * 288)))
    assert "Played over the 1 day" in front.words(f"{SHOES}/backtest")


def test_a_deletion_that_was_asked_for_is_told_until_it_is_done(front: Front) -> None:
    """The request is a story of its own as long as nothing came of it."""
    front.show(seen())
    asked = entry(DELETE_CAMPAIGN_EVENT, 20, TotalRequestsDuringIdleThresholdHours=0)
    front.told(asked)
    assert "Asked to delete by the monitor" in front.words(SHOES)
    front.told(asked, entry(CAMPAIGN_DELETED_EVENT, 19, Reason="Idle."))
    said = front.words(SHOES)
    assert "Asked to delete" not in said
    assert "Deleted" in said
