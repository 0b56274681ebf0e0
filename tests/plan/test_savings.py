"""From journal and metrics to the ledger: each saving once, from when it was really in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.script import refused
from tests.cli.cast import seen
from tests.datapoints import Diary, Numbers
from tests.support import ACCOUNT, BEGIN, HOME, a_resource

from personalize_monitor.contract import (
    CAMPAIGN_DELETED_EVENT,
    FLOOR_METRIC,
    FLOOR_UPDATED_EVENT,
    RECOMMENDER_STOPPED_EVENT,
)
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.money import ZERO
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.window import Window
from personalize_monitor.plan.savings import Savings, realised
from personalize_monitor.plan.snapshot import Place, Snapshot

HOUR = timedelta(hours=1)
FIVE = timedelta(minutes=5)
NOW = BEGIN.replace(minute=0)
SINCE = NOW - 24 * HOUR
ONE_DOLLAR = {"tiers": [{"per_1000_requests": 1000}], "certainty": "unverified", "source": "me"}
PRICES = load_prices(
    {
        "as_of": date(2026, 3, 1),
        "prices": {HOME: dict.fromkeys(("legacy", "v2", "recommender"), ONE_DOLLAR)},
    }
)
"""One dollar a request, so that a floor of 1 costs 3,600 dollars an hour."""
SHOES = a_resource(floor=4)


def looked_at(
    *fleet: Resource, regions: Sequence[str] = (HOME, "eu-west-1"), account: str = ACCOUNT
) -> Snapshot:
    """A look at these regions, that found these resources and no more."""
    places = tuple(
        Place(region, tuple(seen(r, Demand(0, ())) for r in fleet if r.region == region))
        for region in regions
    )
    return Snapshot(account, NOW, Window(NOW), timedelta(1), places, PRICES.as_of)


class Account:
    """A day of an account, with what is in its metrics and its journal."""

    def __init__(self, folder: Path) -> None:
        self.numbers, self.diary = Numbers(), Diary(folder)

    def floors(self, resource: Resource, *line: tuple[float, int]) -> None:
        """The floor's metric: (hour from which, floor), each window until now."""
        for at, floor in line:
            moment = SINCE + at * HOUR
            while moment < NOW:
                self.numbers.put(FLOOR_METRIC[resource.kind], resource, float(floor), moment)
                moment += FIVE

    def changed(
        self, resource: Resource, hour: float, before: int, after: int, **more: Any
    ) -> None:
        """The monitor's announcement of a change so many hours into the day."""
        detail = {"PreviousMinTPS": before, "NewMinTPS": after, "RequestedBy": "monitor"}
        name = FLOOR_UPDATED_EVENT[resource.kind]
        self.diary.told(name, resource.arn, SINCE + hour * HOUR, **{**detail, **more})

    def saved(self, *fleet: Resource, **more: Any) -> Savings:
        """The ledger of the day."""
        access, reader = self.numbers.access, self.diary.reader
        return realised(access, reader, looked_at(*fleet), PRICES, now=NOW, days=1, **more)


def dollars(found: Savings) -> Fraction:
    """What was saved; the tests' figures are exact."""
    assert found.ledger.saved.is_known
    return found.ledger.saved.exact


def tps_hours(number: float) -> Fraction:
    """Dollars of so many TPS-hours at the price of these tests."""
    return Fraction(number) * 3600


def test_a_lowering_saves_from_when_it_was_in_force(tmp_path: Path) -> None:
    """Asked for at 6:00, seen in the window of 6:10: 10 less 4 TPS for the rest of the day."""
    day = Account(tmp_path)
    day.changed(SHOES, 6, 10, 4)
    day.floors(SHOES, (0, 10), (6 + 1 / 6, 4))
    found = day.saved(SHOES)
    # The monitor reads the floor two windows after a window's start.
    assert dollars(found) == tps_hours(6) * Fraction(24 - 6 - Fraction(20, 60))
    assert (found.since, found.until) == (SINCE, NOW)
    assert found.problems == ()


def test_where_the_metric_does_not_tell_a_quarter_of_an_hour_is_assumed(tmp_path: Path) -> None:
    """An update takes so long; a saving is rather counted late than early."""
    day = Account(tmp_path)
    day.changed(SHOES, 6, 10, 4)
    assert dollars(day.saved(SHOES)) == tps_hours(6) * Fraction(24 - 6 - Fraction(1, 4))


@pytest.mark.parametrize("later", [None, 20])
def test_p8_what_never_came_into_force_saves_nothing(tmp_path: Path, later: int | None) -> None:
    """Announced at 6:00 and again at 9:00, and the floor stayed, or a person raised it since."""
    day = Account(tmp_path)
    day.changed(SHOES, 6, 10, 4, RequestId="e-1")
    day.changed(SHOES, 9, 10, 4, RequestId="e-2")
    day.floors(SHOES, (0, 10), *([] if later is None else [(12, later)]))
    assert dollars(day.saved(SHOES)) == 0


def test_a_floor_that_is_used_saves_only_what_was_not(tmp_path: Path) -> None:
    """With 8 TPS all the time the floor of 10 would have cost 10, and 4 costs the 8 that came."""
    day = Account(tmp_path)
    day.changed(SHOES, 0, 10, 4)
    for nth in range(288):
        day.numbers.put("GetRecommendations", SHOES, 2400.0, SINCE + nth * FIVE)
    assert dollars(day.saved(SHOES)) == tps_hours(2) * Fraction(24 - Fraction(1, 4))


@pytest.mark.parametrize("copies", [1, 2, 5])
def test_an_announcement_counts_once_however_often_it_came(tmp_path: Path, copies: int) -> None:
    """EventBridge delivers at least once; money is counted exactly once."""
    day = Account(tmp_path)
    for nth in range(copies):
        day.changed(SHOES, 6 + nth / 60, 10, 4, RequestId="e-1")
    assert dollars(day.saved(SHOES)) == tps_hours(6) * Fraction(24 - 6 - Fraction(1, 4))


@given(st.permutations(range(4)))
def test_the_order_of_the_journal_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, request: Sequence[int]
) -> None:
    """The same changes give the same money, however the records were interleaved."""
    changes = [(2, 10, 8), (8, 8, 6), (14, 6, 5), (20, 5, 4)]
    day = Account(tmp_path_factory.mktemp("day"))
    for nth in request:
        day.changed(SHOES, *changes[nth], RequestId=f"e-{nth}")
    hours = [24 - hour - Fraction(1, 4) for hour, _, _ in changes]
    steps = [before - after for _, before, after in changes]
    want = sum(Fraction(step) * hour for step, hour in zip(steps, hours, strict=True))
    assert dollars(day.saved(SHOES)) == want * 3600


def test_a_persons_change_is_no_saving_of_ours(tmp_path: Path) -> None:
    """What somebody lowered by a request is theirs; our metric shows it, and it counts for both."""
    day = Account(tmp_path)
    day.changed(SHOES, 6, 10, 4, RequestedBy="request")
    day.floors(SHOES, (0, 10), (6, 4))
    assert dollars(day.saved(SHOES)) == 0


def test_a_change_that_changed_nothing_saves_nothing(tmp_path: Path) -> None:
    """The same floor again, and an announcement without its numbers."""
    day = Account(tmp_path)
    day.changed(SHOES, 6, 4, 4)
    day.changed(SHOES, 7, 4, 2, PreviousMinTPS=None, RequestId="e-2")
    day.changed(SHOES, 8, 4, 2, NewMinTPS=None, RequestId="e-3")
    assert dollars(day.saved(SHOES)) == 0


def test_what_was_raised_is_taken_off(tmp_path: Path) -> None:
    """Mode follow raises floors too; the ledger is a difference, and may be negative."""
    day = Account(tmp_path)
    one = a_resource(floor=6)
    day.changed(one, 12, 4, 6)
    assert dollars(day.saved(one)) == -tps_hours(2) * Fraction(12 - Fraction(1, 4))


def gone(day: Account, hour: float, **restore: Any) -> None:
    """The campaign was deleted by us so many hours into the day."""
    day.diary.told(
        CAMPAIGN_DELETED_EVENT,
        SHOES.arn,
        SINCE + hour * HOUR,
        PreviousMinTPS=5,
        RequestedBy="monitor",
        **restore,
    )


def test_a_deleted_campaign_saves_its_whole_floor(tmp_path: Path) -> None:
    """It is in no list any more; the journal knows its floor, and its solution its price."""
    day = Account(tmp_path)
    version = "arn:aws:personalize:us-east-1:123456789012:solution/s/1"
    gone(day, 10, Restore={"solutionVersionArn": version})
    recipe = "arn:aws:personalize:::recipe/aws-sims"
    day.numbers.personalize.answers["describe_solution"] = {"solution": {"recipeArn": recipe}}
    assert dollars(day.saved()) == tps_hours(5) * 14
    (asked,) = day.numbers.personalize.asked("describe_solution")
    assert asked == {"solutionArn": version.rpartition("/")[0]}


@pytest.mark.parametrize("arn", ["", "x", "arn:aws:s3:::bucket", f"{SHOES.arn}/2"])
def test_what_names_no_resource_is_none_of_ours(tmp_path: Path, arn: str) -> None:
    """Anybody may put an event on the bus; the ledger goes on without it."""
    day = Account(tmp_path)
    day.changed(SHOES, 6, 10, 4)
    expected = dollars(day.saved(SHOES))
    day.diary.told(CAMPAIGN_DELETED_EVENT, arn, SINCE + HOUR, PreviousMinTPS=1000)
    found = day.saved(SHOES)
    assert dollars(found) == expected
    assert found.problems == ()


def test_without_its_recipe_the_price_is_not_known(tmp_path: Path) -> None:
    """Rather unknown than guessed: two families cost differently."""
    day = Account(tmp_path)
    gone(day, 10)
    saved = day.saved().ledger.saved
    assert not saved.is_known
    assert saved.exact == 0


def test_a_campaign_of_which_nothing_can_be_learnt_is_a_problem(tmp_path: Path) -> None:
    """The others are counted, and the sentence names the one that is not."""
    day = Account(tmp_path)
    gone(day, 10, Restore={"solutionVersionArn": "arn:aws:personalize:us-east-1:1:solution/s/1"})
    day.numbers.personalize.answers["describe_solution"] = refused("AccessDeniedException")
    other = a_resource("other", floor=4)
    day.changed(other, 6, 10, 4)
    found = day.saved(other)
    assert dollars(found) == tps_hours(6) * Fraction(24 - 6 - Fraction(1, 4))
    (problem,) = found.problems
    assert problem.startswith(f"Reading what {SHOES.arn} was failed (AccessDeniedException)")


def test_a_stopped_recommender_saves_while_it_is_stopped(tmp_path: Path) -> None:
    """It is still listed, and serves nothing."""
    day = Account(tmp_path)
    stopped = a_resource(kind=Kind.RECOMMENDER, status="INACTIVE", floor=3)
    day.diary.told(RECOMMENDER_STOPPED_EVENT, stopped.arn, SINCE + 20 * HOUR, PreviousMinTPS=3)
    assert dollars(day.saved(stopped)) == tps_hours(3) * 4


def test_unknown_demand_is_named_and_claims_nothing(tmp_path: Path) -> None:
    """Without the demand nobody knows what the floor saved: hours unknown, no dollars."""
    day = Account(tmp_path)
    day.changed(SHOES, 6, 10, 4)
    day.numbers.blind(metric="GetPersonalizedRanking", resource=SHOES)
    found = day.saved(SHOES, a_resource("other"))
    assert found.ledger.saved.exact == 0
    assert found.ledger.unknown_hours == pytest.approx(17.75)
    (problem,) = found.problems
    assert problem.startswith(f"The demand of {SHOES.arn} is not known for all of the time (")


def test_a_resource_that_was_made_today_cost_nothing_yesterday(tmp_path: Path) -> None:
    """Its floors begin with its creation."""
    day = Account(tmp_path)
    young = replace(SHOES, created=SINCE + 12 * HOUR)
    day.changed(young, 18, 10, 4)
    assert dollars(day.saved(young)) == tps_hours(6) * Fraction(24 - 18 - Fraction(1, 4))


def test_each_region_is_read_for_itself(tmp_path: Path) -> None:
    """One look at CloudWatch in each; what was saved adds up."""
    day = Account(tmp_path)
    abroad = a_resource(region="eu-west-1", floor=4)
    day.changed(SHOES, 6, 10, 4)
    day.changed(abroad, 6, 10, 4)
    found = day.saved(SHOES, abroad)
    regions = {region for service, region in day.numbers.access.regions if service == "cloudwatch"}
    assert regions == {HOME, "eu-west-1"}
    assert dollars(found) == 2 * tps_hours(6) * Fraction(24 - 6 - Fraction(1, 4))


def test_what_was_not_changed_saved_nothing_and_is_not_read(tmp_path: Path) -> None:
    """A region without a change costs no call, and its resources stand there with nothing."""
    day = Account(tmp_path)
    abroad = a_resource(region="eu-west-1", floor=4)
    day.changed(SHOES, 6, 10, 4)
    found = day.saved(SHOES, abroad)
    regions = {region for service, region in day.numbers.access.regions if service == "cloudwatch"}
    assert regions == {HOME}
    (row,) = found.ledger.of(str(abroad.arn)).rows
    assert (row.saved, row.unknown_hours) == (ZERO, 0.0)
    assert dollars(found) == tps_hours(6) * Fraction(24 - 6 - Fraction(1, 4))


def test_a_past_that_cannot_be_read_has_no_ledger(tmp_path: Path) -> None:
    """No figure at all rather than one that leaves out half."""
    day = Account(tmp_path)
    day.diary.breaks()
    with pytest.raises(JournalUnavailable):
        day.saved(SHOES)


def test_the_ledger_ends_on_the_hour() -> None:
    """A recommender is billed by the hour, so the day ends with the last whole one."""
    numbers = Numbers()
    reader = Diary(Path("/nowhere")).reader
    odd = datetime(2026, 3, 2, 10, 47, tzinfo=NOW.tzinfo)
    found = realised(numbers.access, reader, looked_at(), PRICES, now=odd, days=2)
    assert (found.until, found.since) == (NOW, NOW - 48 * HOUR)
    assert found.ledger.rows == ()
