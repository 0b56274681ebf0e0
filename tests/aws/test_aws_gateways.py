"""The other gateways: pages, batches, partial failures, and what is said about a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st
from tests.support import ACCOUNT, HOME, JOURNAL, Local

from aws_sandbox import fleet
from aws_sandbox.personalize.responses import store_of
from personalize_monitor.aws import pace, problems
from personalize_monitor.aws.events import Event, Events
from personalize_monitor.aws.journal import Journal
from personalize_monitor.aws.paging import read_all
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.arn import Arn


def refused(code: str) -> ClientError:
    """AWS's answer with an error code."""
    return ClientError({"Error": {"Code": code, "Message": "Because."}}, "Ask")


def pages(items: list[int], size: int, failing: Mapping[int, Exception]) -> Callable[..., Any]:
    """A list in pages; the n-th call fails as told."""
    count = iter(range(10_000))

    def call(nextToken: str = "0") -> dict[str, Any]:  # noqa: N803  AWS's spelling
        error = failing.get(next(count))
        if error is not None:
            raise error
        at = int(nextToken)
        page: dict[str, Any] = {"items": items[at : at + size]}
        if at + size < len(items):
            page["nextToken"] = str(at + size)
        return page

    return call


@given(st.lists(st.integers(), max_size=40), st.integers(1, 7))
def test_a_list_is_read_to_its_end(items: list[int], size: int) -> None:
    """All items in order, whatever the pages."""
    listing = read_all(pages(items, size, {}), "items")
    assert (list(listing.items), listing.complete) == (items, True)


@given(st.integers(0, 4))
def test_an_expired_token_starts_anew(at_call: int) -> None:
    """The list is read from the beginning once more; nothing is missing and nothing twice."""
    call = pages(list(range(9)), 2, {at_call: refused("InvalidNextTokenException")})
    listing = read_all(call, "items")
    assert (list(listing.items), listing.complete) == (list(range(9)), True)


def test_a_list_that_fails_keeps_what_had_come() -> None:
    """The items until then, with the error that says that they are not all."""
    listing = read_all(pages(list(range(9)), 2, {2: refused("ServerError")}), "items")
    assert (list(listing.items), listing.complete) == ([0, 1, 2, 3], False)
    twice = {1: refused("InvalidNextToken"), 3: refused("InvalidNextToken")}
    assert not read_all(pages(list(range(9)), 2, twice), "items").complete


@given(st.integers(0, 35), st.integers(1, 60_000))
def test_events_go_in_tens_and_below_the_size(count: int, size: int) -> None:
    """No call has over ten entries or over 256 KB, and every event is in exactly one."""
    from personalize_monitor.aws.events import _batches

    events = [Event("X", {"n": n, "pad": "x" * size}) for n in range(count)]
    batches = _batches(events)
    assert [event for batch in batches for event in batch] == events
    for batch in batches:
        assert len(batch) <= 10
        assert sum(len(str(event.entry())) for event in batch) < 256_000


def test_refused_entries_alone_are_put_again(local: Local) -> None:
    """What a 200 names as failed is sent again by itself, four times at most."""
    refusals = iter([{1, 3}, {0}])

    def refuse(call: Any, answer: dict[str, Any]) -> dict[str, Any]:
        for at in next(refusals, set()):
            answer["Entries"][at] = {"ErrorCode": "ThrottlingException"}
            answer["FailedEntryCount"] = 1
        return answer

    local.world.gate.alter.append(refuse)
    lost = Events(local.access, HOME).put([Event("X", {"n": n}) for n in range(4)])
    assert lost == []
    sent = [[e["Detail"] for e in c.params["Entries"]] for c in local.calls("PutEvents")]
    assert sent == [[f'{{"n":{n}}}' for n in range(4)], ['{"n":1}', '{"n":3}'], ['{"n":1}']]


def test_an_event_that_is_never_taken_comes_back(local: Local) -> None:
    """The caller learns which event was not taken, and why."""
    local.fail(action="PutEvents", code="InternalException", status=500)
    event = Event("X", {})
    ((lost, why),) = Events(local.access, HOME).put([event])
    assert lost == event
    assert "InternalException" in why


def test_the_journal_keeps_records_in_order(local: Local) -> None:
    """What is written is read again, by text and time; other lines of the group are skipped."""
    local.with_journal()
    journal = Journal(local.access, HOME, group=JOURNAL)
    for n in range(3):
        now = local.now + timedelta(minutes=n)
        journal.write({"n": n, "time": now.isoformat()}, stream="s", now=now)
    local.client("logs").put_log_events(
        logGroupName=JOURNAL,
        logStreamName="s",
        logEvents=[{"timestamp": int(local.now.timestamp() * 1000), "message": "no JSON"}],
    )
    assert [r["n"] for r in journal.read()] == [0, 1, 2]
    assert [r["n"] for r in journal.read(containing='"n":1')] == [1]


def test_a_journal_that_is_not_there_is_unavailable(local: Local) -> None:
    """Reading and writing say so in one error of ours."""
    journal = Journal(local.access, HOME, group="/none")
    with pytest.raises(JournalUnavailable, match="Writing the journal"):
        journal.write({}, stream="s", now=local.now)
    with pytest.raises(JournalUnavailable, match="Reading the journal"):
        list(journal.read())


def test_a_recommender_without_a_floor_has_the_floor_one(local: Local) -> None:
    """Any member of the configuration may be absent."""
    member = fleet.add_recommender(local.world, "r", floor=None)
    personalize = Personalize(local.access, HOME)
    assert personalize.recommender(Arn(member.arn)).floor == 1
    (listed,), listing = personalize.recommenders()
    assert (listed.floor, listing.complete) == (1, True)


def test_what_is_needed_to_make_a_campaign_again(local: Local) -> None:
    """CreateCampaign takes the recipe for restoring as it stands."""
    member = fleet.add_campaign(local.world, "c", floor=7, tags={"team": "shoes"})
    personalize = Personalize(local.access, HOME)
    recipe = personalize.recipe_for_restore(Arn(member.arn))
    assert personalize.tags(Arn(member.arn)) == {"team": "shoes"}
    client = local.client("personalize")
    client.delete_campaign(campaignArn=member.arn)
    local.world.clock.advance(timedelta(hours=1))
    assert client.create_campaign(**recipe)["campaignArn"] == member.arn


def test_a_solution_tells_recipe_and_group(local: Local) -> None:
    """Of AutoML the chosen recipe counts."""
    fleet.add_campaign(local.world, "c", recipe="aws-sims")
    personalize = Personalize(local.access, HOME)
    solutions, _ = personalize.solutions()
    (arn,) = solutions
    found = personalize.solution(arn)
    assert (found.recipe_arn or "").endswith("/aws-sims")
    assert (found.dataset_group_arn or "").endswith("dataset-group/shop")
    assert store_of(ACCOUNT, HOME).solutions[arn].group_arn == found.dataset_group_arn


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ThrottlingException", "throttles"),
        ("LimitExceededException", "throttles"),
        ("AccessDenied", "permission is missing"),
        ("InternalFailure", "AWS refused"),
    ],
)
def test_a_refusal_says_what_to_do(code: str, said: str) -> None:
    """One sentence: what failed, AWS's code and word, and the cure."""
    text = problems.sentence("Listing things", refused(code))
    assert text.startswith("Listing things failed")
    assert code in text
    assert said in text
    assert "Because." in text


def test_no_answer_is_no_refusal() -> None:
    """A connection that failed is told apart from a refusal."""
    text = problems.sentence("Asking", EndpointConnectionError(endpoint_url="https://x"))
    assert "no answer from AWS" in text


@pytest.mark.parametrize("rate", [1.0, 3.0, 9.0])
def test_the_pace_is_kept(monkeypatch: pytest.MonkeyPatch, rate: float) -> None:
    """After the first second's worth, calls start no faster than the rate."""
    now = [0.0]
    monkeypatch.setattr(pace, "monotonic", lambda: now[0])
    monkeypatch.setattr(pace, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    keeper = pace.Pace(rate)
    starts = []
    for _ in range(40):
        keeper.wait()
        starts.append(now[0])
    for first in range(40):
        within = [s for s in starts if starts[first] <= s < starts[first] + 1]
        assert len(within) <= rate * 2
    assert starts[-1] >= (40 - 2 * rate) / rate


def test_calls_are_counted(local: Local) -> None:
    """Each access knows what it asked, by service and operation."""
    Personalize(local.access, HOME).campaigns()
    assert local.access.calls["personalize", "ListCampaigns"] == 1
    assert (local.access.home_region, local.access.partition()) == (HOME, "aws")
    assert local.access.account == ACCOUNT
