"""Plan, savings and events: what would be done, what it is worth, and what was done."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
from tests.console.byhand.front import (
    ARN,
    NOW,
    Front,
    Outline,
    entry,
    put,
    rows,
    seen,
    usd,
    words,
)
from tests.support import HOME

from personalize_monitor.app.look import Seen
from personalize_monitor.app.plans import Applied, Fate
from personalize_monitor.app.savings import Savings
from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.console.pages import events as events_page
from personalize_monitor.console.pages import plan as plan_page
from personalize_monitor.console.tale import KINDS, shown
from personalize_monitor.contract import (
    BUILD_DASHBOARD_EVENT,
    CAMPAIGN_DELETED_EVENT,
    DELETE_CAMPAIGN_EVENT,
    FLOOR_UPDATED_EVENT,
    NOTICE_EVENT,
    RECOMMENDER_STOPPED_EVENT,
    RESTORED_EVENT,
    STOP_RECOMMENDER_EVENT,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.errors import Unavailable
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.entry import INTENT
from personalize_monitor.model.ledger import Ledger, SavingRow
from personalize_monitor.model.money import Money
from personalize_monitor.model.plan import Plan, PlanItem
from personalize_monitor.model.resource import Kind

LOWERED = FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]
ASKED = UPDATE_FLOOR_EVENT[Kind.CAMPAIGN]


def lower(name: str, saving: Money | None = None, **more: Any) -> Seen:
    """A resource whose floor would be lowered."""
    return seen(
        name,
        decide=lambda r: Decision(r, Action.SET_FLOOR, f"{name} is quiet.", 3),
        saving=saving,
        **more,
    )


def held(name: str, guard: str = "young", **evidence: Any) -> Seen:
    """A resource of which something is held back."""
    return seen(
        name,
        decide=lambda r: Decision(r, Action.LEAVE, f"{name} waits.", None, evidence, guard),
    )


def right(name: str) -> Seen:
    """A resource that is left alone."""
    return seen(name, decide=lambda r: Decision(r, Action.LEAVE, "It is right."))


def deploy(front: Front, **parameters: str) -> None:
    """As if the watch had found the deployed application."""
    desk = front.watch.desk()
    front.watch._desk = replace(desk, stack=StackInfo("monitor", HOME, parameters, {}))


# --- the plan ---


def test_the_largest_saving_comes_first_and_the_sum_agrees(front: Front) -> None:
    """Each change with its reason and what it saves; what cannot be priced says so, last."""
    front.show(
        lower("small", usd(2)),
        lower("unpriced", Money.not_known()),
        lower("large", usd(30)),
        right("fine"),
    )
    said = front.words("/plan")
    assert "3 changes, together ≥$32 a month less" in said
    assert said.index("large") < said.index("small") < said.index("unpriced")
    assert "large us-east-1 large is quiet. Floor 10 → 3 $30 a month" in said
    assert "unpriced is quiet. Floor 10 → 3 ? a month" in said
    boxes = Outline(front.get("/plan").text).all("input", type="checkbox", name="arn")
    assert [box["value"].rpartition("/")[2] for box in boxes] == ["large", "small", "unpriced"]


def test_one_change_is_one(front: Front) -> None:
    """Also where nothing is known to be saved, no sum is claimed."""
    front.show(lower("only", usd(0)))
    said = front.words("/plan")
    assert "1 change " in said
    assert "together" not in said


@pytest.mark.parametrize(
    ("action", "kind", "what"),
    [(Action.DELETE, Kind.CAMPAIGN, "Delete"), (Action.STOP, Kind.RECOMMENDER, "Stop")],
)
def test_removals_are_named(front: Front, action: Action, kind: Kind, what: str) -> None:
    """A deletion and a stop are called what they are, in the words of their checkbox too."""
    front.show(seen("shoes", kind, decide=lambda r: Decision(r, action, "Idle."), saving=usd(5)))
    page = Outline(front.get("/plan").text)
    assert page.all("input", **{"aria-label": f"Approve: {what.lower()} of shoes"})
    assert page.all("span", **{"class": f"what {action}"})
    assert f"Idle. {what} $5" in words(front.get("/plan").text)


def test_what_is_held_back_says_by_which_guard(front: Front) -> None:
    """It cannot be ticked; what would be done is named where that is known."""
    front.show(held("a", "young", would="set-floor", to=4), held("b", "exempt", would="delete"))
    said = front.words("/plan")
    assert "Held back a us-east-1 a waits. Floor 10 → 4 young" in said
    assert "b us-east-1 b waits. Delete exempt" in said
    assert not Outline(front.get("/plan").text).all("input", type="checkbox")


@pytest.mark.parametrize(("count", "said"), [(1, "1 resource is right"), (3, "3 resources are")])
def test_nothing_to_do(front: Front, count: int, said: str) -> None:
    """How many are right as they are."""
    front.show(*(right(f"r{n}") for n in range(count)))
    assert f"Nothing to do {said}" in front.words("/plan")


def test_where_the_application_acts_by_itself(front: Front) -> None:
    """The page says why there is seldom anything left."""
    front.show(right("fine"))
    assert "by itself" not in front.words("/plan")
    deploy(front)
    assert "carries out what it decides by itself every hour" in front.words("/plan")
    deploy(front, DryRun="Yes")
    assert "by itself every hour" not in front.words("/plan")


def test_what_became_of_the_last_approval(front: Front) -> None:
    """Each item with its fate and its sentence; while it runs, the button waits."""
    one = lower("shoes", usd(1))
    front.show(one)
    assert one.decision is not None
    item = PlanItem.of(one.decision)
    front.watch.applied = tuple(Applied(item, fate, f"It is {fate}.") for fate in Fate)
    front.watch.jobs._running["Applying the plan"] = "shoes"
    said = front.words("/plan")
    for fate in Fate:
        assert f"{fate.capitalize()} It is {fate}." in said
    assert "Applying…" in said
    buttons = Outline(front.get("/plan").text).all("button", **{"class": "primary"})
    assert "disabled" in buttons[0]


def test_the_plan_before_and_without_the_two_weeks(front: Front) -> None:
    """It says that it reads, or why it cannot; it never says that there is nothing to do."""
    assert "Reading two weeks of every resource…" in front.words("/plan")
    put(front.watch.deep, None, "AWS throttles.")
    said = front.words("/plan")
    assert "AWS throttles." in said
    assert "Nothing to do" not in said
    assert "Reading two weeks" not in said


def test_a_plan_that_is_not_there_cannot_be_saved(front: Front) -> None:
    """One sentence, and no empty file that looks like a plan with nothing in it."""
    answer = front.get("/plan/plan.json")
    assert answer.status_code == 400
    assert "still being read; try again in a moment" in words(answer.text)


def test_the_saved_plan_is_what_the_page_shows(front: Front) -> None:
    """The same items, reasons and savings, in the format that the command applies."""
    front.show(lower("shoes", usd(9)), held("hats"), right("fine"))
    plan = Plan.from_json(front.get("/plan/plan.json").text)
    assert [item.arn for item in plan.acting] == [ARN]
    assert plan.acting[0].reason == "shoes is quiet."
    assert [item.held_by for item in plan.held] == ["young"]
    assert len(json.loads(plan.to_json())["items"]) == 3


APPROVALS: list[tuple[str, list[str], str]] = [
    ("nothing ticked", [], "Tick what is to be carried out."),
    ("unknown", [f"{ARN}-x"], "The plan has changed since the page was drawn; look at it again."),
    ("one unknown", [ARN, f"{ARN}-x"], "The plan has changed since the page was drawn"),
    ("what is held", [f"{ARN.rpartition('/')[0]}/hats"], "The plan has changed"),
    ("nonsense", ["'; drop"], "The plan has changed"),
]


@pytest.mark.parametrize(
    ("arns", "sentence"), [a[1:] for a in APPROVALS], ids=[a[0] for a in APPROVALS]
)
def test_only_what_was_shown_can_be_approved(front: Front, arns: list[str], sentence: str) -> None:
    """Anything else is refused as a whole, and nothing is begun."""
    front.show(lower("shoes", usd(9)), held("hats"))
    answer = front.ask(
        "POST",
        "/plan",
        headers={"HX-Request": "true"},
        data={"csrf": front.app.state.csrf, "arn": arns},
    )
    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert not front.watch.jobs.running
    assert not front.watch.jobs.last


def test_one_approval_at_a_time(front: Front) -> None:
    """While a plan is being applied another approval waits for its end."""
    front.show(lower("shoes", usd(9)))
    front.watch.jobs._running["Applying the plan"] = "hats"
    answer = front.post("/plan", arn=ARN)
    assert answer.status_code == 422
    assert "being applied already" in words(answer.text)


def test_an_account_that_falls_silent_is_told_in_the_end(front: Front) -> None:
    """An approval is begun at once; what becomes of it is told on whatever page is open."""
    front.show(lower("shoes", usd(9)))

    def silent(*_: object) -> Any:
        raise Unavailable("AWS does not answer.")

    front.watch.decide = silent  # type: ignore[method-assign]
    answer = front.post("/plan", arn=ARN)
    assert "Carrying out 1 change…" in words(answer.text)
    assert answer.headers["HX-Trigger"] == "close-dialog, fresh"
    end = time.monotonic() + 10
    while front.watch.jobs.running and time.monotonic() < end:
        time.sleep(0.005)
    (told,) = front.watch.jobs.since(0)
    assert (told.text, told.good) == ("AWS does not answer.", False)


def test_without_scripts_an_approval_leads_back_to_the_plan(front: Front) -> None:
    """A browser without htmx sees the plan again, where the fate of each item is told."""
    front.show(lower("shoes", usd(9)))
    front.watch.decide = front.show  # type: ignore[method-assign]
    answer = front.ask("POST", "/plan", data={"csrf": front.app.state.csrf, "arn": ARN})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/plan")


@pytest.mark.parametrize(
    ("fates", "said"),
    [
        ([Fate.DONE], "It is done."),
        ([Fate.REFUSED], "0 of 1 changes are under way; the plan page says why."),
        ([Fate.DONE, Fate.DONE], "All 2 changes are under way."),
        ([Fate.DONE, Fate.DRIFTED, Fate.FAILED], "1 of 3 changes are under way"),
    ],
)
def test_the_end_of_an_approval_in_one_sentence(fates: list[Fate], said: str) -> None:
    """How many of the changes are on their way; where one is not, where to read why."""
    decision = lower("shoes").decision
    assert decision is not None
    item = PlanItem.of(decision)
    done = [Applied(item, fate, f"It is {fate}.") for fate in fates]
    assert plan_page._summary(done).startswith(said)


# --- savings ---


def saved(front: Front, *lines: SavingRow, trouble: str = "") -> None:
    """What the ledger of the last thirty days holds."""
    found = Savings(NOW - timedelta(days=30), NOW, Ledger(lines))
    put(front.watch.saved, found, trouble)


def line(name: str, dollars: int, unknown_hours: float = 0.0) -> SavingRow:
    """One resource's saving in one month."""
    arn = f"{ARN.rpartition('/')[0]}/{name}"
    return SavingRow(arn, "2026-02", replace(usd(dollars), signed=True), 1.0, unknown_hours)


def test_each_resource_has_its_money(front: Front) -> None:
    """Saved, cost, waste and what could be saved; the largest saving first."""
    deploy(front)
    front.show(lower("hats", usd(7), cost=usd(80), waste=usd(20)), right("shoes"))
    saved(front, line("shoes", 12), line("hats", 30))
    assert rows(front.get("/savings/rows").text) == [
        ["hats", "$30", "", "$80", "$20", "$7"],
        ["shoes", "$12", "", "$100", "$40", "–"],
    ]
    said = front.words("/savings")
    assert "Saved in 30 days $42" in said
    assert "Cost a month, as it is $180 Of it for nobody $60 Could be saved now $7" in said
    assert "not deployed" not in said


def test_what_is_gone_still_has_saved(front: Front) -> None:
    """A deleted campaign has a line with its saving, marked as gone, without a cost."""
    front.show(right("shoes"))
    saved(front, line("pilot", 55))
    gone, there = rows(front.get("/savings/rows").text)
    assert gone == ["pilot gone", "$55", "", "–", "–", "–"]
    assert there[:2] == ["shoes", "–"]


def test_a_loss_is_not_hidden(front: Front) -> None:
    """A floor that we raised and that cost more is a negative saving, also in the sum."""
    front.show(right("shoes"), right("hats"))
    saved(front, line("shoes", -8), line("hats", 3))
    said = front.words("/savings")
    assert "Saved in 30 days -$5" in said
    assert rows(front.get("/savings/rows").text)[-1][:2] == ["shoes", "-$8"]


def test_hours_that_cannot_be_judged_are_counted(front: Front) -> None:
    """They count for nothing, and that is said."""
    front.show(right("shoes"))
    saved(front, line("shoes", 8, unknown_hours=2.6))
    assert "3 resource-hours could not be judged and count for nothing." in front.words("/savings")


def test_money_that_is_not_known_yet(front: Front) -> None:
    """Counting, not deployed, not readable: each is said, and none of it is a zero."""
    front.show(right("shoes"))
    put(front.watch.deep, None)
    said = front.words("/savings")
    assert "Saved in 30 days counting…" in said
    assert "Could be saved now reading two weeks…" in said
    assert "The application is not deployed here, so it has saved nothing yet." in said
    put(front.watch.saved, None, "The journal is silent.")
    said = front.words("/savings")
    assert "Saved in 30 days –" in said
    assert "The journal is silent." in said


def test_bars_fit_the_widest(front: Front) -> None:
    """Demand and waste together are the cost, in percent of the dearest resource."""
    front.show(
        right("a"), seen("b", cost=usd(50), waste=usd(50)), seen("c", cost=usd(0), waste=usd(0))
    )
    bars = Outline(front.get("/savings/rows").text).all("rect")
    widths = [float(bar["width"].rstrip("%")) for bar in bars]
    assert widths == [60.0, 40.0, 0.0, 50.0, 0.0, 0.0]
    assert [bar["x"] for bar in bars if bar["class"] == "ready"] == ["60.00%", "0.00%", "0.00%"]


def test_a_fleet_without_a_price_has_no_bars_and_no_zero(front: Front) -> None:
    """Where nothing is known of the money, nothing is divided by it."""
    nothing = Money.not_known()
    front.show(seen("shoes", cost=nothing, waste=nothing))
    (cells,) = rows(front.get("/savings/rows").text)
    assert cells == ["shoes", "–", "", "?", "?", "–"]
    assert nothing.exact == Fraction(0)


# --- events ---

STORY = (
    entry(LOWERED, 10, PreviousMinTPS=20, NewMinTPS=5, RequestedBy="monitor", Reason="Quiet."),
    entry(LOWERED, 200, PreviousMinTPS=4, NewMinTPS=40, By="arn:aws:iam::1:user/ada"),
    entry(CAMPAIGN_DELETED_EVENT, 300, f"{ARN}-old", Reason="Idle."),
    entry(RECOMMENDER_STOPPED_EVENT, 400, ARN.replace("campaign", "recommender"), Reason="Idle."),
    entry(RESTORED_EVENT, 500, f"{ARN}-old", Deed="create", RequestedBy="restore", By="x/bob"),
    entry(NOTICE_EVENT, 600, Kind="last-call", Summary="It goes.", Reason="Idle."),
    entry(ASKED, 2000, NewMinTPS=7),
    entry(DELETE_CAMPAIGN_EVENT, 3000, TotalRequestsDuringIdleThresholdHours=0),
    entry(BUILD_DASHBOARD_EVENT, 3100, ""),
    entry(INTENT, 3200, Announcement=LOWERED),
    entry("SomethingOfTheFuture", 3300),
)
TONES = ["down", "up", "gone", "gone", "back", "told", "asked", "asked"]


def test_each_event_has_its_headline_cause_and_colour(front: Front) -> None:
    """The newest first, by day; what is for machines stays out."""
    front.told(*STORY)
    answer = front.get("/events").text
    said = words(answer)
    assert [li["class"] for li in Outline(answer).all("li")] == TONES
    assert "2 Mar 2026 09:52 Floor 20 → 5 shoes us-east-1 by the monitor Quiet." in said
    assert "Floor 4 → 40 shoes us-east-1 by ada" in said
    assert "Created again shoes-old us-east-1 by restore by bob" in said
    assert "Last-call shoes us-east-1 by the monitor It goes. Idle." in said
    assert said.index("2 Mar 2026") < said.index("1 Mar 2026") < said.index("28 Feb 2026")
    assert "8 events · times in UTC" in said
    assert "dashboard" not in said.lower()


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("", 8),
        ("kind=change", 2),
        ("kind=removal", 2),
        ("kind=restore", 1),
        ("kind=notice", 1),
        ("kind=request", 2),
        ("kind=other", 1),
        ("q=IDLE", 3),
        ("q=ada", 1),
        ("q=quiet+shoes+floor", 1),
        ("q=nothing+like+it", 0),
        ("kind=change&q=ada", 1),
    ],
)
def test_events_are_narrowed_and_searched(front: Front, asked: str, count: int) -> None:
    """By kind, and by words in headline, resource, cause or reason."""
    front.told(*STORY)
    answer = front.get(f"/events/rows?{asked}").text
    assert len(Outline(answer).all("li")) == count
    if not count:
        assert "Nothing matches 9 events are there, none of them is like that." in words(answer)


def test_only_kinds_that_there_are_can_be_chosen(front: Front) -> None:
    """A button that would find nothing is not offered."""
    front.told(*STORY)
    offered = [r["value"] for r in Outline(front.get("/events").text).all("input", name="kind")]
    assert offered == ["", *KINDS]
    front.told(STORY[0])
    offered = [r["value"] for r in Outline(front.get("/events").text).all("input", name="kind")]
    assert offered == ["", "change"]


def test_events_before_they_are_read_and_where_there_are_none(front: Front) -> None:
    """Reading, nothing yet, nothing deployed, not readable: four different sentences."""
    assert "Reading the journal…" in front.words("/events")
    front.watch.desk()
    front.told()
    said = front.words("/events")
    assert "Nothing has happened yet" in said
    assert "not deployed here. What you change from this console is kept in the file" in said
    deploy(front)
    assert "not deployed" not in front.words("/events")
    front.told(STORY[0], trouble="The journal is silent.")
    said = front.words("/events")
    assert "The journal is silent." in said
    assert "Floor 20 → 5" in said


def test_more_events_than_a_page_holds(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are shown, and how many there are."""
    monkeypatch.setattr(events_page, "MOST", 3)
    front.told(*STORY)
    assert len(Outline(front.get("/events").text).all("li")) == 3
    assert "8 events, the newest 3 shown" in front.words("/events")


OUTCOMES: list[tuple[str, tuple[Any, ...], list[str]]] = [
    ("an outcome", (entry(ASKED, 9, NewMinTPS=5), entry(LOWERED, 5, NewMinTPS=5)), ["change"]),
    (
        "another floor",
        (entry(ASKED, 9, NewMinTPS=6), entry(LOWERED, 5, NewMinTPS=5)),
        ["change", "request"],
    ),
    (
        "another resource",
        (entry(ASKED, 9, f"{ARN}x", NewMinTPS=5), entry(LOWERED, 5, NewMinTPS=5)),
        ["change", "request"],
    ),
    (
        "much later",
        (entry(ASKED, 300, NewMinTPS=5), entry(LOWERED, 5, NewMinTPS=5)),
        ["change", "request"],
    ),
    (
        "a stop",
        (
            entry(STOP_RECOMMENDER_EVENT, 9, ARN),
            entry(RECOMMENDER_STOPPED_EVENT, 8, ARN),
        ),
        ["removal"],
    ),
    ("two requests", (entry(ASKED, 9, NewMinTPS=5), entry(ASKED, 5, NewMinTPS=5)), ["request"] * 2),
]


@pytest.mark.parametrize(
    ("entries", "kinds"), [o[1:] for o in OUTCOMES], ids=[o[0] for o in OUTCOMES]
)
def test_a_request_is_told_until_its_outcome_is(entries: tuple[Any, ...], kinds: list[str]) -> None:
    """Only the outcome of that very request, on that resource, soon after, stands for it."""
    assert [tale.kind for tale in shown(entries)] == kinds


@pytest.mark.parametrize(
    ("arn", "address"),
    [
        (ARN, "/r/us-east-1/campaign/shoes"),
        (ARN.replace("campaign", "recommender"), "/r/us-east-1/recommender/shoes"),
        (ARN.replace("campaign", "solution"), ""),
        ("", ""),
        ("nonsense", ""),
        ("arn:aws:personalize:::recipe/x", ""),
    ],
)
def test_the_way_from_an_event_to_its_resource(arn: str, address: str) -> None:
    """Campaigns and recommenders have pages; what is about nothing else leads nowhere."""
    (tale,) = shown([entry(NOTICE_EVENT, 0, arn, Kind="k")])
    assert tale.address == address


def test_times_of_events_are_utc(front: Front) -> None:
    """A record with another offset is told by the same clock, under the same day as the others."""
    tokyo = timezone(timedelta(hours=9))
    front.told(replace(STORY[0], time=datetime(2026, 3, 2, 3, 30, tzinfo=tokyo)))
    assert "1 Mar 2026 18:30 Floor 20 → 5" in front.words("/events")
