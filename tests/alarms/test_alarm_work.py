"""Alarms one after the other: names, marks and what AWS answers to each write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.script import Script, Scripted, refused
from tests.support import ACCOUNT, BEGIN, HOME, a_resource, with_parameters

from personalize_monitor.alarms.desired import desired
from personalize_monitor.alarms.diff import Step, change, create
from personalize_monitor.alarms.existing import Existing, covers
from personalize_monitor.alarms.mark import Actions, Mark, read_mark
from personalize_monitor.alarms.names import Named, Sort, name_of, read_name
from personalize_monitor.alarms.orphans import Known, by_name
from personalize_monitor.alarms.work import Work
from personalize_monitor.aws.alarms import Alarms
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.model.resource import Kind

HERE = Deployment(HOME, ACCOUNT, "aws", "monitor", "arn:aws:sns:us-east-1:1:topic", "")
MARK = Mark(HERE.owner, Actions.ON)
SITE = Target(Scripted({}), ACCOUNT, HOME)
resource_names = st.from_regex(r"\A[a-zA-Z0-9][a-zA-Z0-9\-_]{0,62}\Z")


def work(budget: Budget | None = None, **answers: Any) -> tuple[Work, Script]:
    """Work on the alarms of a region, answered by script."""
    cloudwatch = Script(**answers)
    alarms = Alarms(Scripted({"cloudwatch": cloudwatch}), HOME)
    return Work(alarms, HOME, budget or Budget()), cloudwatch


def step(name: str, *, resets: bool = False, creates: bool = True) -> Step:
    """One alarm to write."""
    return Step(name, {"AlarmName": name}, creates=creates, resets=resets)


def limited(calls: int) -> Budget:
    """Time for so many looks at the clock."""
    left = iter([99.0] * calls)
    return Budget(lambda: next(left, 0.0))


@given(st.sampled_from(list(Sort)), st.sampled_from(list(Kind)), resource_names)
def test_a_name_says_what_it_is_about(sort: Sort, kind: Kind, name: str) -> None:
    """There and back for every resource name that Personalize allows, within 255 characters."""
    alarm = name_of(sort, kind, name)
    assert read_name(alarm) == Named(sort, kind, name)
    assert len(alarm) <= 109


@pytest.mark.parametrize(
    "name",
    [
        "",
        "PersonalizeMonitor-",
        "PersonalizeMonitor-IdleCampaign-",
        "PersonalizeMonitor-IdleCampaign--x",
        "PersonalizeMonitor-IdleCampaign-a b",
        f"PersonalizeMonitor-IdleCampaign-{'x' * 64}",
        "PersonalizeMonitor-MyOwn-shoes",
        "shoes",
    ],
)
def test_a_name_of_a_person_is_not_ours(name: str) -> None:
    """Whatever begins like ours but cannot be: it is never deleted as an orphan of ours."""
    assert read_name(name) is None


@given(st.text(max_size=60), st.from_regex(r"\A\S{1,30}\Z"), st.sampled_from(list(Actions)))
def test_a_mark_is_read_back_from_below_any_text(text: str, owner: str, actions: Actions) -> None:
    """The text for people comes back without the white space at its end."""
    mark = Mark(owner, actions)
    assert read_mark(mark.below(text)) == (text.rstrip(), mark)


@pytest.mark.parametrize(
    "description",
    [
        "",
        "Mine.",
        "[PersonalizeMonitor owner=a actions=on] and more",
        "[PersonalizeMonitor owner=a actions=loud]",
        "[PersonalizeMonitor owner= actions=on]",
        "[PersonalizeMonitor owner=a b actions=on]",
    ],
)
def test_a_description_without_a_whole_mark_is_a_persons(description: str) -> None:
    """Only the last line counts, and only a mark that could be ours."""
    assert read_mark(description) == (description, None)


def existing(**fields: Any) -> Existing:
    """An alarm as CloudWatch describes it."""
    item = {
        "AlarmName": "PersonalizeMonitor-IdleCampaign-shoes",
        "AlarmArn": "arn:alarm",
        "AlarmDescription": MARK.below("Text."),
        "ActionsEnabled": True,
        "StateValue": "OK",
        **fields,
    }
    return Existing.of({key: value for key, value in item.items() if value is not None})


@pytest.mark.parametrize(
    ("left", "enabled", "muted"),
    [
        (Actions.ON, False, True),
        (Actions.ON, True, False),
        (Actions.ARMING, False, True),
        (Actions.MUTED, False, True),
        (Actions.MUTED, True, False),
        (Actions.OFF, False, False),
        (Actions.OFF, True, False),
    ],
)
def test_only_a_person_mutes(left: Actions, enabled: bool, muted: bool) -> None:
    """Off where we had left it on: somebody switched it off; off where we left it off is ours."""
    text = Mark(HERE.owner, left).below("Text.")
    assert existing(AlarmDescription=text, ActionsEnabled=enabled).muted is muted
    assert not existing(AlarmDescription="A person's own.", ActionsEnabled=False).muted


@pytest.mark.parametrize(
    ("since", "changed", "pending"),
    [
        (BEGIN, BEGIN + timedelta(minutes=1), True),
        (BEGIN + timedelta(minutes=1), BEGIN, False),
        (None, BEGIN, False),
        (BEGIN, None, False),
    ],
)
def test_a_reset_is_owed_while_the_state_is_older_than_the_arming(
    since: datetime | None, changed: datetime | None, pending: bool
) -> None:
    """Armed in ALARM, and not reset since: nobody has been told."""
    fields = {
        "AlarmDescription": Mark(HERE.owner, Actions.ARMING).below("Text."),
        "StateValue": "ALARM",
        "StateUpdatedTimestamp": since,
        "AlarmConfigurationUpdatedTimestamp": changed,
    }
    assert existing(**fields).reset_pending is pending
    assert not existing(**{**fields, "StateValue": "OK"}).reset_pending


def test_what_a_person_added_stays_beside_our_topic() -> None:
    """CloudWatch allows five actions; a topic of our name from another time is replaced."""
    topic = "arn:aws:sns:eu-west-1:1:PersonalizeMonitorNotifications"
    old = "arn:aws:sns:us-east-1:1:PersonalizeMonitorNotifications"
    pagers = [f"arn:aws:sns:eu-west-1:1:pager-{n}" for n in range(6)]
    alarm = existing(AlarmActions=[old, *pagers, topic], OKActions=None)
    assert alarm.actions("AlarmActions", topic) == [topic, *pagers[:4]]
    assert alarm.actions("OKActions", topic) == [topic]


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1.0}, {"a": 1}, True),
        ({"b": 2}, {"a": 1}, False),
        ("no mapping", {"a": 1}, False),
        (["x", "y"], ["y", "x"], True),
        (["x"], ["x", "y"], False),
        ("xy", ["x", "y"], False),
        (None, ["x"], False),
        ([{"Id": "b", "n": 2, "z": 0}, {"Id": "a", "n": 1}], [{"Id": "a"}, {"Id": "b"}], True),
        ([{"Name": "b"}, {"Name": "a"}], [{"Name": "a"}, {"Name": "c"}], False),
        (True, True, True),
        (False, True, False),
        ("on", "on", True),
    ],
)
def test_what_we_did_not_set_does_not_matter(found: Any, wanted: Any, same: bool) -> None:
    """An alarm is written only when something that we set is otherwise; order is CloudWatch's."""
    assert covers(found, wanted) is same


def test_one_refused_alarm_costs_only_itself() -> None:
    """A name that CloudWatch does not take is told; the others are written."""
    answers = [{}, refused("ValidationError"), {}]
    doing, _ = work(put_metric_alarm=answers)
    doing.write([step("a"), step("b"), step("c", creates=False)])
    assert (doing.created, doing.changed) == (["a"], ["c"])
    (problem,) = doing.problems
    assert problem.startswith("Writing the alarm b in us-east-1 failed (ValidationError)")
    assert doing.done


@pytest.mark.parametrize(
    ("code", "done", "said"),
    [
        ("Throttling", False, "the next cycle tries again"),
        ("InternalServiceFault", False, "AWS refused"),
        ("AccessDenied", True, "a permission is missing"),
        ("LimitExceeded", True, "the quota of CloudWatch alarms in us-east-1 is used up"),
        ("LimitExceededFault", True, "raise it in Service Quotas"),
    ],
)
def test_what_would_fail_again_is_tried_once(code: str, done: bool, said: str) -> None:
    """A hundred alarms are not a hundred problems; what may pass goes on in the next cycle."""
    doing, cloudwatch = work(put_metric_alarm=refused(code))
    doing.write([step(f"a-{n}") for n in range(100)])
    assert len(cloudwatch.calls) == 1
    (problem,) = doing.problems
    assert said in problem
    assert doing.done is done


def test_without_time_the_rest_waits() -> None:
    """Three calls were allowed, so three were made, and the work is not done."""
    doing, cloudwatch = work(limited(3), put_metric_alarm={})
    doing.write([step(f"a-{n}") for n in range(9)])
    assert (len(cloudwatch.calls), doing.done) == (3, False)
    doing, cloudwatch = work(limited(1), delete_alarms={})
    doing.delete([f"a-{n}" for n in range(150)])
    assert (len(doing.deleted), doing.done) == (100, False)


@pytest.mark.parametrize(
    ("answer", "deleted", "calls"),
    [
        ([refused("ValidationError"), {}], 50, 2),
        ([refused("ResourceNotFound"), {}], 50, 2),
        ([refused("Throttling"), {}], 0, 1),
    ],
)
def test_a_batch_that_cannot_be_deleted(answer: list[Any], deleted: int, calls: int) -> None:
    """One that is refused is passed over; where the next would fail too, none is tried."""
    doing, cloudwatch = work(delete_alarms=answer)
    doing.delete([f"a-{n}" for n in range(150)])
    assert (len(doing.deleted), len(cloudwatch.calls)) == (deleted, calls)


def test_an_alarm_that_vanished_meanwhile_is_no_problem() -> None:
    """Somebody deleted it between the look and the reset."""
    doing, _ = work(set_alarm_state=refused("ResourceNotFound"))
    doing.write([Step("a", None, creates=False, resets=True)])
    assert (doing.problems, doing.reset, doing.done) == ([], [], True)


@pytest.mark.parametrize(("code", "written"), [("AccessDenied", 2), ("Throttling", 1)])
def test_a_reset_that_fails(code: str, written: int) -> None:
    """Without the permission the rest is written all the same; when AWS is busy it waits."""
    doing, _ = work(put_metric_alarm={}, set_alarm_state=refused(code))
    doing.write([step("a", resets=True, creates=False), step("b")])
    assert len(doing.created) + len(doing.changed) == written
    assert doing.reset == []


OURS = ("CreatedBy", "PersonalizeMonitor")


def test_an_alarm_without_a_mark_is_ours_by_name_and_tag() -> None:
    """Only both together; a name of somebody else costs no call."""
    ours = {"Tags": [{"Key": "CreatedBy", "Value": "PersonalizeMonitor"}]}
    doing, cloudwatch = work(list_tags_for_resource=[ours, {"Tags": []}])
    alarm = existing(AlarmDescription="")
    assert doing.tagged(alarm, *OURS)
    assert not doing.tagged(alarm, *OURS)
    assert not doing.tagged(existing(AlarmName="PersonalizeMonitor-MyOwn-x"), *OURS)
    assert len(cloudwatch.calls) == 2


def test_tags_that_may_not_be_read_are_asked_for_once() -> None:
    """Without the permission no unmarked alarm is ours, and one problem says so."""
    doing, cloudwatch = work(list_tags_for_resource=refused("AccessDenied"))
    alarm = existing(AlarmDescription="")
    assert [doing.tagged(alarm, *OURS) for _ in range(5)] == [False] * 5
    assert (len(cloudwatch.calls), len(doing.problems)) == (1, 1)


SETTINGS = with_parameters()
SHOES = a_resource()


def verdicts(gone_ok: frozenset[Kind], **state: Any) -> bool | None:
    """Whether the idle alarm of ``shoes`` may go; without a state there is no such campaign."""
    there = by_name([a_resource(**state)] if state else [])
    known = Known(SITE, "aws", SETTINGS, there, gone_ok)
    return known.orphaned(name_of(Sort.IDLE, Kind.CAMPAIGN, "shoes"))


@pytest.mark.parametrize(
    ("judge", "verdict"),
    [
        (lambda: verdicts(frozenset(Kind)), True),
        (lambda: verdicts(frozenset({Kind.RECOMMENDER})), None),
        (lambda: verdicts(frozenset(Kind), status="CREATE PENDING"), False),
        (lambda: verdicts(frozenset(Kind), status="DELETE IN_PROGRESS"), True),
        (lambda: verdicts(frozenset(Kind), status="INACTIVE"), True),
    ],
)
def test_absence_counts_only_in_a_whole_list(
    judge: Callable[[], bool | None], verdict: bool | None
) -> None:
    """Gone is what a complete list does not have; what is on its way may come back."""
    assert judge() is verdict


def test_what_is_not_wanted_any_more_may_go() -> None:
    """A sort that was switched off, a resource that was taken out of the parameters."""
    there, whole = by_name([SHOES]), frozenset(Kind)
    quiet = with_parameters(AutoCreateIdleCampaignAlarms="No")
    alarm = name_of(Sort.IDLE, Kind.CAMPAIGN, "shoes")
    assert Known(SITE, "aws", quiet, there, whole).orphaned(alarm) is True
    other = with_parameters(CampaignARNs=str(a_resource("hats").arn))
    assert Known(SITE, "aws", other, there, whole).orphaned(alarm) is True
    assert Known(SITE, "aws", SETTINGS, there, whole).orphaned("PersonalizeMonitor-X-y") is True


def test_an_alarm_that_is_as_it_should_be_is_not_written() -> None:
    """What was created is found to be right, by the same rules, and after any round of muting."""
    specs = desired([SHOES], SETTINGS, HERE, ACCOUNT, HOME, BEGIN)
    assert len(specs) == 2
    for spec in specs.values():
        made = dict(create(spec, HERE).request or {})
        made.pop("Tags")
        new = {**made, "AlarmArn": "arn:alarm", "StateValue": "INSUFFICIENT_DATA"}
        assert change(spec, Existing.of(new), HERE) is None
        first = change(spec, Existing.of({**new, "StateValue": "OK"}), HERE)
        assert first is not None  # judged by now (A9): from here on it tells of an OK, too
        assert first.request is not None
        assert first.request["OKActions"] == [spec.topic]
        item = {**new, "StateValue": "OK", "OKActions": [spec.topic]}
        assert change(spec, Existing.of(item), HERE) is None
        muted = {**item, "ActionsEnabled": False}
        assert change(spec, Existing.of(muted), HERE) is None
        other = {**item, "Threshold": 7.5, "InsufficientDataActions": ["arn:pager"]}
        again = change(spec, Existing.of(other), HERE)
        assert again is not None
        assert again.request is not None
        assert again.request["InsufficientDataActions"] == ["arn:pager"]
        assert "Tags" not in again.request
        assert not again.creates
