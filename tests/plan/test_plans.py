"""Applying a plan: item by item, only what is still as it was seen, and each with its fate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.aws.script import Script, Scripted, refused
from tests.cli.cast import demand, resource, seen
from tests.datapoints import MARIA, Desk
from tests.support import ACCOUNT, BEGIN, HOME, a_resource

from personalize_monitor.aws.events import Events
from personalize_monitor.aws.journal import Journal
from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.contract import FLOOR_UPDATED_EVENT, RECOMMENDER_STOPPED_EVENT
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.journal.records import FileJournal
from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.entry import INTENT
from personalize_monitor.model.plan import Plan, PlanItem
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.window import Window
from personalize_monitor.plan.operator import Operator as Place
from personalize_monitor.plan.plans import Applied, Fate, apply, chosen, plan_of
from personalize_monitor.plan.snapshot import Place as Region
from personalize_monitor.plan.snapshot import Snapshot

NOW = BEGIN
SHOES, HATS, OLD = a_resource("shoes"), a_resource("hats"), a_resource("old")
RADIO = a_resource("radio", kind=Kind.RECOMMENDER)


def item(of: Resource, action: Action = Action.SET_FLOOR, **more: Any) -> PlanItem:
    """One decision as a plan keeps it; floors go to 3 unless said otherwise."""
    floor = more.pop("to", 3) if action is Action.SET_FLOOR else None
    evidence = {} if action is Action.SET_FLOOR else {"hours": 24}
    return PlanItem.of(Decision(of, action, "Because.", floor, evidence, **more))


def plan(*items: PlanItem) -> Plan:
    """A plan of now."""
    return Plan.of(ACCOUNT, NOW, items)


class Hands(Desk):
    """A person who applies plans where nothing is deployed."""

    @property
    def place(self) -> Place:
        """With the journal in the file."""
        return Place(self.access, None, self.diary.reader, self.announcer, self.diary.file.path)

    def apply(self, of: Plan, fresh: Plan | None = None, *only: str) -> dict[str, Applied]:
        """What became of each item, by name; ``fresh`` says the same unless it is given."""
        again = of if fresh is None else fresh
        done = apply(self.place, of, chosen(of, only), again, now=NOW)
        return {one.arn.rpartition("/")[2]: one for one in done}


@pytest.fixture
def hands(tmp_path: Path) -> Hands:
    """Two campaigns, an old one and a recommender."""
    return Hands(tmp_path, SHOES, HATS, OLD, RADIO, now=NOW)


def test_every_item_is_carried_out_with_its_reason(hands: Hands) -> None:
    """Floors, a deletion and a stop, each announced in the person's name."""
    of = plan(item(SHOES), item(OLD, Action.DELETE), item(RADIO, Action.STOP))
    done = hands.apply(of)
    assert {name: one.fate for name, one in done.items()} == dict.fromkeys(
        ["shoes", "old", "radio"], Fate.DONE
    )
    assert sorted(hands.changes) == ["delete_campaign", "stop_recommender", "update_campaign"]
    (said,) = hands.said(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN])
    assert said["Reason"] == f"Because. Applied from a plan by {MARIA}."
    assert (said["By"], said["RequestedBy"]) == (MARIA, "apply")
    assert hands.said(RECOMMENDER_STOPPED_EVENT)[0]["RequestedBy"] == "apply"


def test_each_item_has_an_id_of_its_plan(hands: Hands) -> None:
    """A second run of the same plan is known as the same requests."""
    of = plan(item(SHOES), item(HATS))
    hands.apply(of)
    ids = [one["RequestId"] for one in hands.said(INTENT)]
    assert ids == [f"apply-{of.hash[:12]}-0", f"apply-{of.hash[:12]}-1"]


def test_a_plan_of_another_account_is_refused_whole(hands: Hands) -> None:
    """Before anything is read."""
    of = Plan.of("9" * 12, NOW, [item(SHOES)])
    with pytest.raises(InvalidRequest, match="is of account 999999999999, and these credentials"):
        apply(hands.place, of, of.acting, of, now=NOW)
    assert hands.personalize.calls == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"floor": 20}, "its floor was 10 and is 20"),
        ({"status": "DELETE PENDING"}, "its status was ACTIVE and is DELETE PENDING"),
        ({"updated": NOW}, "it was last updated at 2026-01-31"),
        ({"update_pending": True}, "whether it is being updated: False, now True"),
    ],
)
def test_what_moved_since_is_left_alone(hands: Hands, state: dict[str, Any], said: str) -> None:
    """The sentence says what is different; the other items are carried out."""
    of = plan(item(SHOES), item(HATS))
    hands.show(replace(SHOES, **state), HATS)
    done = hands.apply(of)
    assert done["shoes"].fate is Fate.DRIFTED
    assert said in done["shoes"].message
    assert done["shoes"].message.startswith(f"{SHOES.arn} has moved since the plan: ")
    assert done["hats"].fate is Fate.DONE


def test_what_is_gone_has_drifted(hands: Hands) -> None:
    """A person deleted it meanwhile."""
    of = plan(item(SHOES))
    hands.show(HATS)
    assert hands.apply(of)["shoes"].message.endswith("it does not exist any more.")


@pytest.mark.parametrize(
    ("fresh", "fate", "said"),
    [
        (None, Fate.DRIFTED, "it could not be looked at again."),
        (item(SHOES, to=2), Fate.DONE, "from 10 to 3"),
        (item(SHOES, to=3), Fate.DONE, "from 10 to 3"),
        (item(SHOES, to=4), Fate.DRIFTED, "its floor would now become 4, not 3. Because."),
        (
            PlanItem.of(leave(SHOES, "In use.")),
            Fate.DRIFTED,
            "the decision now is: leave. In use.",
        ),
        (item(SHOES, Action.DELETE), Fate.DRIFTED, "the decision now is: delete. Because."),
    ],
)
def test_the_reasons_must_still_hold(
    hands: Hands, fresh: PlanItem | None, fate: Fate, said: str
) -> None:
    """The same code is asked again; what would go further now may go as far as was approved."""
    done = hands.apply(plan(item(SHOES)), plan(*([fresh] if fresh else [])))["shoes"]
    assert (done.fate, said in done.message) == (fate, True)
    assert not done.message.endswith("..")


def test_the_executor_has_the_last_word(hands: Hands) -> None:
    """Traffic of this minute saves a campaign that both plans would delete."""
    of = plan(item(OLD, Action.DELETE))
    hands.put("GetRecommendations", OLD, 1.0, NOW.replace(minute=0))
    done = hands.apply(of)["old"]
    assert done.fate is Fate.REFUSED
    assert "it is in use and left alone" in done.message
    assert hands.changes == []


@pytest.mark.parametrize(
    ("call", "said"),
    [("describe_campaign", "Reading"), ("update_campaign", "Changing")],
)
def test_an_item_that_fails_costs_the_others_nothing(hands: Hands, call: str, said: str) -> None:
    """AWS refuses one call; the next item is carried out."""
    of = plan(item(HATS), item(SHOES))
    right = hands.personalize.answers[call]
    hands.personalize.answers[call] = [refused("InternalServerException"), right]
    done = hands.apply(of)
    assert done["hats"].fate is Fate.FAILED
    assert done["hats"].message.startswith(f"{said} {HATS.arn} failed")
    assert done["shoes"].fate is Fate.DONE


def test_an_approved_plan_may_remove_all_that_it_names(hands: Hands) -> None:
    """The limit for an hour is the person's own number: what they approved."""
    fleet = [a_resource(f"c-{n}") for n in range(5)]
    hands.show(*fleet)
    done = hands.apply(plan(*(item(r, Action.DELETE) for r in fleet)))
    assert {one.fate for one in done.values()} == {Fate.DONE}
    assert len(hands.changes) == 5


def test_a_removal_without_its_evidence_is_a_persons_word(hands: Hands) -> None:
    """No measurement, nothing to look at again: as for any request without one."""
    bare = PlanItem.of(Decision(RADIO, Action.STOP, "Because."))
    hands.put("GetRecommendations", RADIO, 1.0, NOW.replace(minute=0))
    assert hands.apply(plan(bare))["radio"].fate is Fate.DONE


def test_only_some_are_chosen_once_each(hands: Hands) -> None:
    """In the order in which they were named."""
    of = plan(item(SHOES), item(HATS), PlanItem.of(leave(OLD, "In use.")))
    assert chosen(of, ()) == of.acting
    names = [str(HATS.arn), str(SHOES.arn), str(HATS.arn)]
    assert [one.arn for one in chosen(of, names)] == names[:2]


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        (OLD.arn, r"The plan changes nothing about \S+/old: Blocked: it is exempt\."),
        (HATS.arn, r"The plan changes nothing about \S+/hats\.$"),
        ("arn:never", r"The plan changes nothing about arn:never\.$"),
    ],
)
def test_what_the_plan_does_not_change_cannot_be_chosen(arn: object, said: str) -> None:
    """What a guard holds is told with its reason."""
    held = PlanItem.of(leave(OLD, "Blocked: it is exempt.", held_by="exempt"))
    of = plan(item(SHOES), held, PlanItem.of(leave(HATS, "In use.")))
    with pytest.raises(InvalidRequest, match=said):
        chosen(of, [str(arn)])


def test_progress_names_what_is_next(hands: Hands) -> None:
    """A person who waits sees where it is."""
    heard: list[str] = []
    of = plan(item(SHOES), item(HATS))
    apply(hands.place, of, of.acting, of, now=NOW, progress=heard.append)
    assert heard == ["hats", "shoes"]


def test_a_plan_of_a_look_holds_what_was_decided() -> None:
    """Acting first, then held, then the rest; what has no decision is no item."""
    past = demand(1, 2.0)
    wide, quiet, new = resource("wide"), resource("quiet"), resource("new")
    lower = Decision(wide, Action.SET_FLOOR, "Less.", to_floor=3)
    region = Region(
        HOME,
        (
            seen(quiet, past, leave(quiet, "In use.")),
            seen(new, past),
            seen(wide, past, lower),
        ),
        ("Something was not read.",),
    )
    of = plan_of(Snapshot(ACCOUNT, NOW, Window(NOW), timedelta(1), (region,), load_prices().as_of))
    assert [(one.what, one.reason) for one in of.items] == [
        ("floor 10 -> 3", "Less."),
        ("leave", "In use."),
    ]
    assert of.items[0].saving is not None
    assert (of.problems, of.account) == (("Something was not read.",), ACCOUNT)


def test_a_place_of_work_beside_a_deployment_uses_its_journal_and_bus(tmp_path: Path) -> None:
    """With a stack: its log group and parameters; without one: a file and the defaults."""
    access = Scripted({"logs": Script(), "events": Script()})
    outputs = {"JournalLogGroup": "/aws/events/monitor"}
    stack = StackInfo("monitor", "eu-west-1", {"Actions": "Off"}, outputs)
    at = Place.open(access, stack, now=NOW, path=tmp_path / "unused")
    assert isinstance(at.announcer.journal, Journal)
    assert isinstance(at.announcer.events, Events)
    assert access.regions == [("logs", "eu-west-1"), ("events", "eu-west-1")]
    assert at.journal_name == "log group /aws/events/monitor"
    assert not at.settings.actions
    bare = Place.open(access, None, now=NOW, path=tmp_path / "j.jsonl")
    assert bare.journal_name == f"file {tmp_path / 'j.jsonl'}"
    assert bare.settings.actions
    assert bare.announcer.journal == FileJournal(tmp_path / "j.jsonl")
