"""Plan, savings and events: what would be done, what it is worth, and what was done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.console.byhand.front import Front, Outline, deploy, put, words
from tests.console.byhand.values import ARN, held, look, lower, right, seen, usd
from tests.support import eventually

from personalize_monitor.contract import (
    FLOOR_UPDATED_EVENT,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.errors import Unavailable
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.money import Money
from personalize_monitor.model.plan import Plan, PlanItem
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.plans import Applied, Fate
from personalize_monitor.plan.snapshot import Seen
from personalize_monitor_desk.console.pages import plan as plan_page

LOWERED = FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]
ASKED = UPDATE_FLOOR_EVENT[Kind.CAMPAIGN]


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
    assert "3 changes, together at least $32 a month less" in said
    assert said.index("large") < said.index("small") < said.index("unpriced")
    assert "large us-east-1 large is quiet. Floor 10 → 3 $30 a month" in said
    assert "unpriced is quiet. Floor 10 → 3 unknown a month" in said
    boxes = Outline(front.get("/plan").text).all("input", type="checkbox", name="item")
    assert [box["value"].rpartition("|")[0].rpartition("/")[2] for box in boxes] == [
        "large",
        "small",
        "unpriced",
    ]


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
    assert page.all("b", **{"class": f"what {action}"})
    assert f"Idle. {what} $5" in words(front.get("/plan").text)


def test_what_is_held_back_says_by_which_guard(front: Front) -> None:
    """It cannot be ticked; what would be done is named where that is known."""
    front.show(held("a", "young", would="set-floor", to=4), held("b", "exempt", would="delete"))
    said = front.words("/plan")
    assert "Blocked a us-east-1 a waits. Floor 10 → 4 blocked by: young" in said
    assert "b us-east-1 b waits. Delete blocked by: exempt" in said
    assert not Outline(front.get("/plan").text).all("input", type="checkbox")


@pytest.mark.parametrize(("count", "said"), [(1, "1 resource is right"), (3, "3 resources are")])
def test_nothing_to_do(front: Front, count: int, said: str) -> None:
    """How many are right as they are."""
    front.show(*(right(f"r{n}") for n in range(count)))
    assert f"Nothing to do {said}" in front.words("/plan")


@pytest.mark.clock
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
    front.watch.applied = tuple(Applied.of(item, fate, f"It is {fate}.") for fate in Fate)
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


def tick(one: Seen) -> str:
    """The checkbox of an item, as the page shows it."""
    assert one.decision is not None
    return f"{one.resource.arn}|{PlanItem.of(one.decision, one.figures.saving).fingerprint}"


GOOD, HELD = tick(lower("shoes", usd(9))), tick(held("hats"))
NOT_SHOWN = "is not as it was shown:"
APPROVALS: list[tuple[str, list[str], str]] = [
    ("nothing ticked", [], "Tick what is to be carried out."),
    ("unknown", [f"{ARN}-x|0"], f"{NOT_SHOWN} it is not in the plan any more."),
    ("what is held", [HELD], f"{NOT_SHOWN} by now the plan says: leave. hats waits."),
    ("without a fingerprint", [ARN], NOT_SHOWN),
    ("of another time", [f"{ARN}|{HELD[-16:]}"], f"{NOT_SHOWN} by now the plan says: floor 10"),
    ("nonsense", ["'; drop"], NOT_SHOWN),
]


@pytest.mark.parametrize(
    ("items", "sentence"), [a[1:] for a in APPROVALS], ids=[a[0] for a in APPROVALS]
)
def test_c1_only_what_was_shown_can_be_approved(
    front: Front, items: list[str], sentence: str
) -> None:
    """Anything else is refused with a sentence, and nothing is begun."""
    front.show(lower("shoes", usd(9)), held("hats"))
    answer = approve(front, *items)
    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert not front.watch.jobs.running
    assert not front.watch.jobs.last


def approve(front: Front, *items: str, **more: str) -> httpx.Response:
    """Send the form of the plan page."""
    form = {"csrf": front.app.state.csrf, "item": list(items), **more}
    return front.ask("POST", "/plan", headers={"HX-Request": "true"}, data=form)


def confirm(front: Front, *items: str, htmx: bool = True) -> httpx.Response:
    """Ask what the ticks of the plan page come to."""
    headers = {"HX-Request": "true"} if htmx else {}
    form = {"csrf": front.app.state.csrf, "item": list(items)}
    return front.ask("POST", "/plan/sure", headers=headers, data=form)


def gone(name: str, saving: Money | None = None, **more: Any) -> Seen:
    """A resource that would be deleted."""
    return seen(
        name, decide=lambda r: Decision(r, Action.DELETE, "Idle."), saving=saving or usd(7), **more
    )


SUMS = [
    (
        [lower("a", usd(10_000)), lower("b", usd(9_500)), gone("c", usd(1))],
        "2 floors, 1 deletion, −$19,501 a month",
    ),
    ([lower("a", usd(3))], "1 floor, −$3 a month"),
    ([lower("a", usd(3)), lower("b", Money.not_known())], "2 floors, at least −$3 a month"),
    ([lower("a", Money.not_known())], "1 floor, a saving that is not known"),
    ([gone("a", usd(0)), gone("b", usd(0))], "2 deletions"),
    ([lower("a", usd(-8))], "1 floor, +$8 a month"),
]


@pytest.mark.parametrize(("fleet", "sum_"), SUMS, ids=[s[1] for s in SUMS])
def test_c6_a_confirming_step_says_the_sum(front: Front, fleet: list[Seen], sum_: str) -> None:
    """Nothing is begun by it; its own form sends the same items, and asks for each name."""
    front.show(*fleet, right("fine"))
    items = [tick(one) for one in fleet]
    for htmx in (True, False):
        answer = confirm(front, *items, htmx=htmx)
        assert answer.status_code == 200
        assert ("<html" in answer.text) != htmx
        page = Outline(answer.text)
        assert sum_ in words(answer.text)
        sent = [one["value"] for one in page.all("input", name="item")]
        assert sorted(sent) == sorted(items)
        removals = [one for one in fleet if one.decision and one.decision.action is Action.DELETE]
        assert sent[: len(removals)] == [tick(one) for one in removals]  # to be seen at once
        assert len(page.all("input", autocomplete="off", required="")) == len(removals)
        assert page.all("form", method="post", action="/plan")
    assert not front.watch.jobs.running


def test_c6_what_has_moved_is_left_out_of_the_sum(front: Front) -> None:
    """It is named with what the plan says by now; where nothing is left there is no button."""
    front.show(lower("shoes", usd(9)))
    told = words(confirm(front, GOOD, f"{ARN}-x|0").text)
    assert "1 floor, −$9 a month" in told
    assert f"Left out, as no longer as it was shown: {ARN}-x {NOT_SHOWN}" in told
    for items in ([], [f"{ARN}-x|0"]):
        answer = confirm(front, *items)
        assert answer.status_code == 422
        assert not Outline(answer.text).all("button")


def test_c6_who_may_not_act_confirms_nothing(front: Front, tmp_path: Path) -> None:
    """Neither a console that only reads nor a form without our token."""
    reader = Front(tmp_path, allow_actions=False)
    for one, form in ((reader, {"csrf": "x"}), (front, {"csrf": "x"})):
        one.show(lower("shoes", usd(9)))
        assert one.ask("POST", "/plan/sure", data={**form, "item": GOOD}).status_code == 403


def test_c9_the_plan_is_searched_and_sent_only_when_it_is_new(front: Front) -> None:
    """The address says what was searched; a browser that has the part gets nothing (204)."""
    front.show(
        lower("shoes", usd(9)),
        lower("hats", usd(1), region="eu-west-1"),
        held("hoods"),
        held("caps"),
    )
    said = front.words("/plan?q=h&region=eu-west-1")
    assert "hats" in said
    assert "shoes is quiet" not in said
    assert "hoods waits" not in said
    assert "hoods waits" in front.words("/plan?q=hood")
    assert "Nothing matches 2 changes are there" in front.words("/plan?q=nothing+like+it")
    for asked in ("", "&q=hats"):
        (have,) = Outline(front.get(f"/plan/live?x{asked}").text).all("input", id="have")
        assert front.get(f"/plan/live?have={have['value']}{asked}").status_code == 204
        assert front.get(f"/plan/live?have={have['value']}&q=other").status_code == 200
    front.show(lower("shoes", usd(9)))
    assert front.get(f"/plan/live?have={have['value']}&q=hats").status_code == 200


def test_c9_a_plan_of_a_thousand_is_at_most_400_kb(front: Front) -> None:
    """The largest savings are shown; the heading says that there are more, and what all save."""
    why = "In 14 days it used 0.5 to 8 TPS; you pay for 20. " * 4
    fleet = [
        seen(
            f"campaign-for-rows-{n:04}",
            decide=lambda r: Decision(r, Action.SET_FLOOR, why, 3),
            saving=usd(n + 1),
        )
        for n in range(1000)
    ]
    put(front.watch.deep, look(*fleet))
    page = front.get("/plan").text
    assert len(page.encode()) <= 400_000
    assert "1000 changes, together $500,500 a month less 500 of them shown" in words(page)
    assert "campaign-for-rows-0999" in page
    assert "campaign-for-rows-0001" not in page
    assert "campaign-for-rows-0001" in front.words("/plan?q=rows-0001")


def test_c1_the_same_tick_never_means_something_else(front: Front) -> None:
    """The page showed a lower floor; by now it is idle and would be deleted. Nothing is done."""
    front.show(lower("shoes", usd(9)))
    (box,) = Outline(front.get("/plan").text).all("input", type="checkbox", name="item")
    front.show(seen("shoes", decide=lambda r: Decision(r, Action.DELETE, "Idle."), saving=usd(9)))
    answer = approve(front, box["value"])
    assert answer.status_code == 422
    assert f"{ARN} {NOT_SHOWN} by now the plan says: delete. Idle." in words(answer.text)
    assert not front.watch.jobs.running


def test_c1_what_has_moved_costs_the_others_nothing(front: Front) -> None:
    """One item is refused with its sentence, the rest is begun."""
    front.show(lower("shoes", usd(9)))
    front.watch.decide = front.watch.deep.shot  # type: ignore[method-assign, assignment]
    answer = approve(front, GOOD, f"{ARN}-x|0")
    assert "Carrying out 1 change… 1 other had moved." in words(answer.text)


@pytest.mark.parametrize("typed", ["", "Shoes", "hats"])
def test_c6_a_deletion_among_ticked_items_needs_its_name(front: Front, typed: str) -> None:
    """As on the resource's own page; the server looks, and nothing of the plan is begun."""
    gone = seen("shoes", decide=lambda r: Decision(r, Action.DELETE, "Idle."), saving=usd(9))
    other = lower("hats", usd(1))
    front.show(gone, other)
    mark = tick(gone).rpartition("|")[2]
    answer = approve(front, tick(gone), tick(other), **{f"name-{mark}": typed})
    assert answer.status_code == 422
    assert "Type shoes to say that you mean it." in words(answer.text)
    assert not front.watch.jobs.running
    assert Outline(confirm(front, tick(gone), tick(other)).text).all("input", name=f"name-{mark}")
    boxes = Outline(front.get("/plan").text).all("input", type="checkbox")
    assert ["data-removes" in box for box in boxes] == [True, False]
    assert "Carrying out 2" in words(
        approve(front, tick(gone), tick(other), **{f"name-{mark}": " shoes "}).text
    )


def test_one_approval_at_a_time(front: Front) -> None:
    """While a plan is being applied another approval waits for its end."""
    front.show(lower("shoes", usd(9)))
    front.watch.jobs._running["Applying the plan"] = "hats"
    answer = approve(front, GOOD)
    assert answer.status_code == 422
    assert "being applied already" in words(answer.text)


def test_an_account_that_falls_silent_is_told_in_the_end(front: Front) -> None:
    """An approval is begun at once; what becomes of it is told on whatever page is open."""
    front.show(lower("shoes", usd(9)))

    def silent(*_: object) -> Any:
        raise Unavailable("AWS does not answer.")

    front.watch.decide = silent  # type: ignore[method-assign]
    answer = approve(front, GOOD)
    assert "Carrying out 1 change…" in words(answer.text)
    assert answer.headers["HX-Trigger"] == "close-dialog, fresh"
    eventually(lambda: not front.watch.jobs.running)
    (told,) = front.watch.jobs.since(0)
    assert (told.text, told.good) == ("AWS does not answer.", False)


def test_without_scripts_an_approval_leads_back_to_the_plan(front: Front) -> None:
    """A browser without htmx sees the plan again, where the fate of each item is told."""
    front.show(lower("shoes", usd(9)))
    front.watch.decide = front.show  # type: ignore[method-assign]
    answer = front.ask("POST", "/plan", data={"csrf": front.app.state.csrf, "item": GOOD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/plan")


@pytest.mark.parametrize(
    ("fates", "said"),
    [
        ([Fate.DONE], "It is done."),
        ([Fate.REFUSED], "Under way: 0 of 1 change; the plan page says why."),
        ([Fate.DONE, Fate.DONE], "All 2 changes are under way."),
        ([Fate.DONE, Fate.DRIFTED, Fate.FAILED], "Under way: 1 of 3 changes;"),
    ],
)
def test_the_end_of_an_approval_in_one_sentence(fates: list[Fate], said: str) -> None:
    """How many of the changes are on their way; where one is not, where to read why."""
    decision = lower("shoes").decision
    assert decision is not None
    item = PlanItem.of(decision)
    done = [Applied.of(item, fate, f"It is {fate}.") for fate in fates]
    assert plan_page._summary(done).startswith(said)
