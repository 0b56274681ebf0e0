"""A plan as it is shown, saved and read again: nothing is lost, and edits are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import ACCOUNT, BEGIN, a_resource

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.money import Money
from personalize_monitor.model.plan import FORMAT, Plan, PlanItem, Sighting
from personalize_monitor.model.resource import Kind

SHOES = a_resource("shoes", floor=20)
LOWER = Decision(
    SHOES,
    Action.SET_FLOOR,
    "Too high: lower it to 3.",
    to_floor=3,
    evidence={"rule": "watermark", "peak": 2.5, "known_hours": 40, "next_floor": None},
)
SEEN = Sighting("ACTIVE", 20, "2026-01-31T10:02:00+00:00", False)


def item(name: str = "shoes", action: Action = Action.SET_FLOOR, **changes: Any) -> PlanItem:
    """An item of a plan, made from a decision."""
    resource = a_resource(name, region=changes.pop("region", "us-east-1"), floor=20)
    to_floor = 3 if action is Action.SET_FLOOR else None
    return PlanItem.of(
        replace(LOWER, resource=resource, action=action, to_floor=to_floor, **changes)
    )


# --- what was seen ---------------------------------------------------------------------------


def test_what_was_seen_of_a_resource() -> None:
    """Status, floor, last update and whether one is running: who touched it changes one of them."""
    assert Sighting.of(SHOES) == SEEN
    busy = a_resource(floor=7, status="CREATE FAILED", update_pending=True, updated=BEGIN)
    assert Sighting.of(busy) == Sighting("CREATE FAILED", 7, "2026-03-02T10:02:00+00:00", True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ""),
        ({"status": "DELETE PENDING"}, "its status was ACTIVE and is DELETE PENDING"),
        ({"floor": 8}, "its floor was 20 and is 8"),
        ({"update_pending": True}, "whether it is being updated: False, now True"),
        (
            {"updated": "2026-03-01"},
            "it was last updated at 2026-01-31T10:02:00+00:00, and now at 2026-03-01",
        ),
    ],
)
def test_each_difference_is_told(changes: dict[str, Any], told: str) -> None:
    """A person reads what moved since the plan was made, before and after."""
    assert SEEN.differs(replace(SEEN, **changes)) == told


def test_all_differences_are_told() -> None:
    """Several are listed in one line, always in the same order."""
    assert SEEN.differs(Sighting("INACTIVE", 1, "never", True)) == (
        "its status was ACTIVE and is INACTIVE; its floor was 20 and is 1; whether it is being "
        "updated: False, now True; it was last updated at 2026-01-31T10:02:00+00:00, and now at "
        "never"
    )


# --- an item ---------------------------------------------------------------------------------


def test_an_item_repeats_its_decision() -> None:
    """Everything that the decision rests on is in the item, with what it would save in a month."""
    saving = Money.usd("12.5", as_of=date(2026, 7, 1))
    found = PlanItem.of(LOWER, saving)
    assert found == PlanItem(
        arn=str(SHOES.arn),
        kind="campaign",
        action=Action.SET_FLOOR,
        floor=20,
        to_floor=3,
        reason="Too high: lower it to 3.",
        held_by="",
        evidence=LOWER.evidence,
        seen=SEEN,
        saving=saving.as_json(),
    )
    assert found.region == "us-east-1"
    assert PlanItem.of(LOWER).saving is None


def test_where_an_item_is_and_what_it_is_called() -> None:
    """From its ARN."""
    assert (item("boots").region, item("boots").name) == ("us-east-1", "boots")


def test_an_item_of_what_is_held() -> None:
    """The guard is named, and a recommender is one."""
    resource = a_resource("clips", kind=Kind.RECOMMENDER, region="eu-west-1")
    found = PlanItem.of(leave(resource, "It is young.", held_by="young"))
    assert (found.kind, found.held_by, found.to_floor) == ("recommender", "young", None)
    assert (found.acts, found.region, found.what) == (False, "eu-west-1", "leave")


@pytest.mark.parametrize(
    ("action", "what", "acts"),
    [
        (Action.SET_FLOOR, "floor 20 -> 3", True),
        (Action.DELETE, "delete", True),
        (Action.STOP, "stop", True),
        (Action.LEAVE, "leave", False),
    ],
)
def test_what_it_would_do(action: Action, what: str, acts: bool) -> None:
    """In two or three words, and whether it would change anything."""
    assert (item(action=action).what, item(action=action).acts) == (what, acts)


def test_c1_a_fingerprint_names_all_that_is_approved() -> None:
    """The resource as it was seen and what would be done; reasons and figures may move."""
    one = item()
    assert len(one.fingerprint) == 16
    assert one.fingerprint == item(reason="Another.", evidence={}).fingerprint
    others = {
        one.fingerprint,
        item("boots").fingerprint,
        item(action=Action.DELETE).fingerprint,
        item(action=Action.DELETE, evidence={"hours": 24}).fingerprint,
        item(action=Action.DELETE, evidence={"hours": 168}).fingerprint,
        replace(one, to_floor=4).fingerprint,
        replace(one, held_by="young").fingerprint,
        *(
            replace(one, seen=replace(one.seen, **change)).fingerprint
            for change in (
                {"status": "INACTIVE"},
                {"floor": 21},
                {"updated": "never"},
                {"update_pending": True},
            )
        ),
    }
    assert len(others) == 11


def test_fingerprints_stay_the_same_between_releases() -> None:
    """A plan that an older release saved is still compared with the world rightly."""
    assert PlanItem.of(LOWER).fingerprint == "e809c66b1f523e1c"


def test_an_item_for_json() -> None:
    """The keys that scripts rely on, with plain values."""
    found = PlanItem.of(LOWER, Money.usd(4)).as_dict()
    assert found == {
        "arn": "arn:aws:personalize:us-east-1:123456789012:campaign/shoes",
        "kind": "campaign",
        "action": "set-floor",
        "floor": 20,
        "to_floor": 3,
        "reason": "Too high: lower it to 3.",
        "held_by": "",
        "evidence": {"rule": "watermark", "peak": 2.5, "known_hours": 40, "next_floor": None},
        "saving": Money.usd(4).as_json(),
        "seen": {
            "status": "ACTIVE",
            "floor": 20,
            "updated": "2026-01-31T10:02:00+00:00",
            "update_pending": False,
        },
        "fingerprint": PlanItem.of(LOWER).fingerprint,
    }
    assert type(found["action"]) is str
    assert PlanItem.of(LOWER).as_dict()["saving"] is None


# --- a plan ----------------------------------------------------------------------------------


def a_plan(*items: PlanItem, problems: tuple[str, ...] = ()) -> Plan:
    """A plan of some items, made at BEGIN."""
    return Plan.of(ACCOUNT, BEGIN, items, problems)


def test_the_order_of_a_plan() -> None:
    """What acts comes first, then what is held, then what is left; each by region and ARN."""
    acts = [item("b", region="eu-west-1"), item("a"), item("c", Action.DELETE)]
    held = [item("d", Action.LEAVE, held_by="young"), item("e", Action.LEAVE, held_by="exempt")]
    left = [item("z", Action.LEAVE, region="eu-west-1"), item("f", Action.LEAVE)]
    ordered = [*acts, *held, *left]
    plan = a_plan(*reversed(ordered))
    assert plan.items == tuple(ordered)
    assert plan.acting == tuple(acts)
    assert plan.held == tuple(held)
    assert (plan.account, plan.made, plan.problems) == (ACCOUNT, BEGIN, ())


@given(st.permutations([item("a"), item("b"), item("c", Action.LEAVE), item("d", Action.STOP)]))
def test_the_order_of_looking_does_not_matter(items: list[PlanItem]) -> None:
    """The same decisions give the same plan, with the same hash."""
    assert a_plan(*items) == a_plan(*sorted(items, key=lambda one: one.arn))
    assert a_plan(*items).hash == a_plan(*sorted(items, key=lambda one: one.arn)).hash


def test_a_plan_for_json() -> None:
    """The file's keys; the problems of making it are told, and not part of what is hashed."""
    plan = a_plan(item(), problems=("eu-west-1 did not answer.",))
    assert plan.as_dict() == {
        "format": "personalize-monitor/saved-plan/2",
        "account": ACCOUNT,
        "made": "2026-03-02T10:02:00+00:00",
        "items": [item().as_dict()],
        "problems": ["eu-west-1 did not answer."],
        "hash": plan.hash,
    }
    assert plan.hash == a_plan(item()).hash
    assert plan.to_json().endswith("}\n")
    assert '\n  "format"' in plan.to_json()


def test_everything_else_is_hashed() -> None:
    """Another account, time or item is another plan."""
    plan = a_plan(item())
    hashes = {
        plan.hash,
        replace(plan, account="210987654321").hash,
        replace(plan, made=BEGIN + timedelta(seconds=1)).hash,
        replace(plan, items=()).hash,
        a_plan(item(), item("boots")).hash,
        a_plan(replace(item(), to_floor=4)).hash,
        a_plan(replace(item(), reason="Other.")).hash,
    }
    assert len(hashes) == 7
    assert all(len(one) == 64 for one in hashes)


def test_hashes_stay_the_same_between_releases() -> None:
    """A plan that an older release saved is not called edited."""
    assert a_plan(PlanItem.of(LOWER, Money.usd(4))).hash == (
        "380bf2832b7ff081adc6e98da24195cf4a51dd1e73bb19c33fdbad490937325c"
    )


TEXTS = st.text(max_size=20)
EVIDENCE = st.dictionaries(TEXTS, st.none() | st.booleans() | st.integers() | TEXTS, max_size=3)


RESOURCES = st.builds(
    a_resource,
    kind=st.sampled_from(list(Kind)),
    floor=st.integers(0, 500),
    update_pending=st.booleans(),
    status=TEXTS,
)
DECISIONS = st.builds(
    Decision,
    RESOURCES,
    st.sampled_from(list(Action)),
    reason=TEXTS,
    to_floor=st.none() | st.integers(1, 500),
    evidence=EVIDENCE,
    held_by=TEXTS,
)


@given(DECISIONS, st.none() | st.integers(-5, 5).map(Money.usd), st.lists(TEXTS, max_size=2))
def test_what_is_saved_is_what_is_read(
    decision: Decision, saving: Money | None, problems: list[str]
) -> None:
    """Whatever a plan says, reading its file gives the very same plan."""
    plan = Plan.of(ACCOUNT, BEGIN, [PlanItem.of(decision, saving)], problems)
    assert Plan.from_json(plan.to_json()) == plan


def test_a_plan_without_anything() -> None:
    """A fleet in which nothing is to be done gives a plan as well."""
    assert Plan.from_json(a_plan().to_json()) == Plan(ACCOUNT, BEGIN, ())


Edit = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda plan: plan["items"][0].update(to_floor=1), id="a lower floor"),
        pytest.param(lambda plan: plan["items"].pop(), id="an item less"),
        pytest.param(lambda plan: plan.update(account="210987654321"), id="another account"),
        pytest.param(lambda plan: plan.update(made="2026-03-02T11:02:00+00:00"), id="another time"),
        pytest.param(lambda plan: plan["items"][0]["seen"].update(floor=21), id="another sighting"),
        pytest.param(lambda plan: plan.update(hash=""), id="no hash"),
    ],
)
def test_a_plan_that_was_edited_is_refused(edit: Edit) -> None:
    """Only what was planned is applied; choosing from it is what --only is for."""
    found = json.loads(a_plan(item(), item("boots")).to_json())
    edit(found)
    with pytest.raises(InvalidRequest) as caught:
        Plan.from_json(json.dumps(found))
    assert str(caught.value) == (
        "The plan was changed after it was made; make a new one, and choose from it with --only."
    )


def test_a_plan_of_another_format() -> None:
    """A file of another version says which it is and which is read."""
    text = a_plan().to_json().replace(FORMAT, "personalize-monitor/saved-plan/1")
    with pytest.raises(InvalidRequest) as caught:
        Plan.from_json(text)
    assert str(caught.value) == (
        "The file has format 'personalize-monitor/saved-plan/1'; this version reads "
        "personalize-monitor/saved-plan/2."
    )


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        pytest.param(lambda plan: plan.pop("format"), "KeyError: 'format'", id="no format"),
        pytest.param(lambda plan: plan.pop("made"), "KeyError: 'made'", id="no time"),
        pytest.param(lambda plan: plan.pop("items"), "KeyError: 'items'", id="no items"),
        pytest.param(lambda plan: plan.pop("account"), "KeyError: 'account'", id="no account"),
        pytest.param(lambda plan: plan.pop("problems"), "KeyError: 'problems'", id="no problems"),
        pytest.param(lambda plan: plan.pop("hash"), "KeyError: 'hash'", id="no hash"),
        pytest.param(lambda plan: plan.update(made="soon"), "ValueError: ", id="no real time"),
        pytest.param(lambda plan: plan.update(items=3), "TypeError: ", id="items of another kind"),
        pytest.param(
            lambda plan: plan["items"][0].update(arn="shoes"), "InvalidArn: ", id="no ARN"
        ),
        pytest.param(
            lambda plan: plan["items"][0].update(
                arn="arn:aws:personalize:us-east-1:123456789012:solution/s"
            ),
            "InvalidArn: ",
            id="neither campaign nor recommender",
        ),
        pytest.param(
            lambda plan: plan["items"][0].update(action="explode"), "ValueError: ", id="no action"
        ),
        pytest.param(
            lambda plan: plan["items"][0].update(floor="many"), "ValueError: ", id="no floor"
        ),
    ],
)
def test_a_file_that_is_no_plan(edit: Edit, what: str) -> None:
    """What is wrong is told with the way to a good file, whatever somebody feeds it."""
    found = json.loads(a_plan(item()).to_json())
    edit(found)
    with pytest.raises(InvalidRequest) as caught:
        Plan.from_json(json.dumps(found))
    text = str(caught.value)
    assert text.startswith(f"The file is not a plan ({what}")
    assert text.endswith("); make one with `personalize-monitor plan --out FILE`.")


@given(st.text() | st.sampled_from(["[]", "3", "null", '"text"', "{}"]))
def test_no_text_breaks_the_reading(text: str) -> None:
    """Anything that is no plan is refused in one sentence, and never with another error."""
    with pytest.raises(InvalidRequest, match=r"^The file is not a plan"):
        Plan.from_json(text)


def test_the_time_of_a_plan_is_kept_with_its_zone() -> None:
    """A plan made elsewhere tells its own time."""
    made = datetime(2026, 3, 2, 10, 2, tzinfo=UTC) + timedelta(microseconds=5)
    assert Plan.from_json(Plan.of(ACCOUNT, made, []).to_json()).made == made
