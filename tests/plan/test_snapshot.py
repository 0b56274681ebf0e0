"""Looking at an account: the numbers are those of the service, and gaps are known as gaps."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.cast import NOW, demand, resource
from tests.support import Local, every_window

from aws_sandbox import fleet
from aws_sandbox.traffic.shapes import Abandoned, Steady
from personalize_monitor.model.bill import bill
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.money import Money
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.snapshot import Question, Snapshot, take_snapshot, words
from personalize_monitor.plan.snapshot.month import figures, metered
from personalize_monitor.plan.snapshot.values import Depth
from personalize_monitor.settings import load
from personalize_monitor_desk.advice import advice, held_back

PRICES = load_prices()
EAGER = load({"AutoDeleteIdleCampaigns": "Yes", "AutoStopIdleRecommenders": "Yes"})


def seen(local: Local, *regions: str, depth: Depth = "day", past: bool = False) -> Snapshot:
    """Look at the sandbox now."""
    question = Question(
        regions=regions or ("us-east-1",),
        now=local.now,
        settings=EAGER,
        prices=PRICES,
        depth=depth,
        past=past,
    )
    return take_snapshot(local.access, question)


def test_known_traffic_gives_exact_numbers(local: Local) -> None:
    """TPS is requests by 300, utilization that by the floor, the day's demand complete."""
    fleet.add_campaign(local.world, "shoes", floor=4, shape=every_window(600))
    (one,) = seen(local).seen
    assert one.average == 2
    assert one.utilization == 50
    assert one.demand.known == len(one.demand) == 288
    assert one.demand.end == int(seen(local).window.end.timestamp())
    assert one.errors.total == 0
    assert one.dataset_group is not None
    assert one.dataset_group.endswith("/shop")


def test_each_recipe_is_seen_by_its_metric(local: Local) -> None:
    """Rankings, actions and recommenders are measured like any other."""
    for recipe in ("aws-personalized-ranking-v2", "aws-next-best-action", "aws-sims"):
        fleet.add_campaign(local.world, recipe, recipe=recipe, shape=every_window(300))
    fleet.add_recommender(local.world, "rec", shape=every_window(300))
    assert [one.average for one in seen(local).seen] == [1.0] * 4


def test_an_account_without_resources(local: Local) -> None:
    """Nothing there is a fine answer."""
    empty = seen(local)
    assert empty.seen == ()
    assert empty.problems == ()
    assert empty.cost.exact == 0


def test_a_young_resource_begins_with_its_creation(local: Local) -> None:
    """What an earlier resource of the name served is not its own."""
    fleet.add_campaign(local.world, "new", shape=every_window(300), age=timedelta(hours=2))
    (one,) = seen(local).seen
    assert len(one.demand) in range(22, 25)
    assert "young" in one.guards or one.resource.floor == 1


def test_unknown_is_never_zero(local: Local) -> None:
    """A metric that CloudWatch answers only in part is unknown, with a problem that names it."""
    fleet.add_campaign(local.world, "shoes", shape=every_window(300))
    local.blind("PartialData")
    found = seen(local)
    (one,) = found.seen
    assert one.average is None
    assert one.demand.known == 0
    assert not one.figures.cost.is_known
    assert any("shoes" in problem for problem in found.problems)


def test_one_region_fails_alone(local: Local) -> None:
    """A region that refuses everything is told apart from one without resources."""
    fleet.add_campaign(local.world, "shoes", shape=every_window(300))
    local.fail(service="personalize", region="eu-west-1", code="AccessDeniedException")
    found = seen(local, "us-east-1", "eu-west-1")
    assert [(p.region, p.answered) for p in found.places] == [
        ("us-east-1", True),
        ("eu-west-1", False),
    ]
    assert len(found.seen) == 1
    assert "eu-west-1" in " ".join(found.problems)


def test_alarms_that_cannot_be_listed_are_unknown(local: Local) -> None:
    """No alarm and no answer about alarms are different things."""
    fleet.add_campaign(local.world, "shoes", shape=every_window(300))
    assert seen(local).seen[0].alarms == ()
    local.fail(service="cloudwatch", action="DescribeAlarms", code="AccessDenied")
    assert seen(local).seen[0].alarms is None


def test_alarms_of_a_running_application(local: Local) -> None:
    """Alarms are found by resource, with their state and whether they speak."""
    fleet.add_campaign(local.world, "shoes", floor=3, shape=every_window(300))
    fleet.add_recommender(local.world, "shoes", floor=1, shape=every_window(300))
    local.cycle()
    local.client("cloudwatch").disable_alarm_actions(
        AlarmNames=["PersonalizeMonitor-LowCampaignUtilization-shoes"]
    )
    by_kind = {one.resource.kind: one for one in seen(local).seen}
    campaign, recommender = by_kind[Kind.CAMPAIGN], by_kind[Kind.RECOMMENDER]
    assert {str(alarm.sort): alarm.muted for alarm in campaign.alarms or ()} == {
        "idle": False,
        "low utilization": True,
    }
    assert all("Recommender" in alarm.name for alarm in recommender.alarms or ())


def test_the_past_has_the_floor_of_its_time(local: Local) -> None:
    """Looking back shows the floor that was in force, where the application's metrics tell it."""
    member = fleet.add_campaign(local.world, "shoes", floor=1, shape=every_window(300))
    local.cycle()
    local.cycle()
    before = local.now
    local.client("personalize").update_campaign(campaignArn=member.arn, minProvisionedTPS=7)
    for _ in range(6):
        local.cycle()
    assert seen(local).seen[0].resource.floor == 7
    question = Question(
        regions=("us-east-1",), now=before, settings=EAGER, prices=PRICES, past=True
    )
    (one,) = take_snapshot(local.access, question).seen
    assert one.resource.floor == 1


def test_a_fortnight_brings_decisions_and_savings(local: Local) -> None:
    """What the application would do is there with its reason and what it saves."""
    fleet.add_campaign(local.world, "wasteful", floor=20, shape=Steady(2.0))
    fleet.add_campaign(local.world, "busy", floor=1, shape=Steady(3.0))
    gone = Abandoned(Steady(1.0), local.now - timedelta(days=6))
    fleet.add_campaign(local.world, "left", floor=2, shape=gone)
    local.cycle()
    found = seen(local, depth="fortnight")
    todo = {one.seen.resource.name: one for one in advice(found.seen)}
    assert set(todo) == {"wasteful", "left"}
    assert todo["wasteful"].to_floor == 2
    assert todo["left"].what == "delete"
    assert todo["wasteful"].saving.exact > todo["left"].saving.exact > 0
    assert found.saving.exact == sum(one.saving.exact for one in todo.values())
    assert [one.seen.resource.name for one in held_back(found.seen)] == []


def test_a_hundred_resources_cost_few_calls(local: Local) -> None:
    """A look at many costs one call for each campaign's floor, and a handful beside."""
    fleet.build(local.world, 100, recommender_every=4)
    before = sum(local.access.calls.values())
    assert len(seen(local).seen) == 100
    calls = sum(local.access.calls.values()) - before
    assert calls <= 75 + 50


RATES = st.lists(st.floats(0, 50), min_size=24, max_size=24)


@given(RATES, st.integers(1, 40))
def test_a_month_is_the_seen_time_repeated(rates: list[float], floor: int) -> None:
    """Cost is at least that of the floor, waste never above cost, both from the same demand."""
    what = resource("a", floor=floor)
    past = demand(1, *rates)
    money = figures({what: past}, {}, PRICES)[what]
    assert 0 <= money.waste.exact <= money.cost.exact
    day = bill([metered(what, past, PRICES)], PRICES)
    assert money.cost.exact <= day.cost.exact * Fraction(730, 24) * Fraction(1001, 1000)


def test_a_month_of_constant_demand_is_the_bill() -> None:
    """With constant demand a month of 730 hours costs what the bill of 730 hours says."""
    what = resource("a", floor=3)
    start = 1_767_225_600  # the first of a month of 744 hours
    hours = Demand(start, (5 * 300.0,) * 730 * 12)
    one_day = Demand(start, (5 * 300.0,) * 288)
    expected = bill([metered(what, hours, PRICES)], PRICES).cost
    assert figures({what: one_day}, {}, PRICES)[what].cost.exact == expected.exact


def test_what_does_not_serve_costs_nothing() -> None:
    """A stopped recommender has no bill; unknown demand is a lower bound at the floor."""
    stopped = resource("a", Kind.RECOMMENDER, status="INACTIVE")
    blind = resource("b", floor=2)
    unknown = Demand(demand(1, 1.0).start, (UNKNOWN,) * 288)
    found = figures({stopped: Demand(0, ()), blind: unknown}, {}, PRICES)
    assert found[stopped].cost.exact == 0
    assert found[blind].cost.exact > 0
    assert not found[blind].cost.is_known


def test_deletion_saves_the_whole_cost_of_an_idle_one() -> None:
    """Deleting what nobody uses saves what it costs."""
    what = resource("a", floor=2)
    decision = Decision(what, Action.DELETE, "idle")
    money = figures({what: demand(1, 0.0)}, {what: decision}, PRICES)[what]
    assert money.saving is not None
    assert money.saving.exact == money.cost.exact == money.waste.exact


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "?"), (0, "0"), (0.001, "<0.01"), (4.712, "4.71"), (47.12, "47.1"), (4711, "4,711")],
)
def test_rates_show_the_digits_that_matter(value: float | None, text: str) -> None:
    """Rates have three digits, not more."""
    assert words.rate(value) == text


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (None, "–"),
        (Money.not_known(), "?"),
        (Money.usd(0), "$0"),
        (Money.usd("0.3"), "<$1"),
        (Money.usd("1234.5"), "$1,235"),
        (Money.usd("-3"), "-$3"),
        (Money.usd(5).partly(1), "≥$5"),
        (Money.total([Money.usd(7) - Money.usd(2), Money.not_known()]), "~$5"),
    ],
)
def test_dollars_fit_a_column(money: Money | None, text: str) -> None:
    """Whole dollars, with a sign for what is not whole."""
    assert words.dollars(money) == text


def test_percent_and_count() -> None:
    """Small shares stay visible, unknown is a question mark."""
    assert [words.percent(v) for v in (None, 0, 0.05, 3.14, 99.6, 1234.0)] == [
        "?",
        "0",
        "<0.1",
        "3.1",
        "100",
        "1,234",
    ]
    assert [words.count(v) for v in (None, 0, 1604.0)] == ["?", "0", "1,604"]


def test_words_for_resources() -> None:
    """States and recipes in a word."""
    assert words.state_word(resource("a", update_pending=True)) == "updating"
    assert words.state_word(resource("a", status="CREATE IN_PROGRESS")) == "create"
    assert words.state_word(resource("a", stale=True)) == "unknown"
    assert words.recipe_name(resource("a", recipe=None)) == "unknown"
    assert words.recipe_name(resource("a", recipe="aws-sims")) == "sims"
    assert resource("a").age_hours(NOW) > 24
