"""One basis for money (D8): nothing is saved that is not paid, whatever demand and fleet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.cli.cast import demand, resource, the_look

from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.snapshot import words
from personalize_monitor.plan.snapshot.month import figures, repriced

PRICES = load_prices(
    {
        "as_of": "2026-07-01",
        "prices": {
            "us-east-1": {
                "recommender": {
                    "hourly_fee": "0.36",
                    "included_requests_per_hour": 4000,
                    "tiers": [{"per_1000_requests": "0.09"}],
                }
            }
        },
    }
)
_KINDS = (
    (Kind.CAMPAIGN, "aws-user-personalization-v2"),
    (Kind.CAMPAIGN, "aws-sims"),
    (Kind.RECOMMENDER, "aws-ecomm-frequently-bought-together"),
)
_FLEETS = st.lists(
    st.tuples(
        st.sampled_from(_KINDS),
        st.integers(1, 600),
        st.integers(0, 600),
        st.lists(st.floats(0, 800), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=4,
)


@given(_FLEETS)
def test_d8_neither_waste_nor_saving_is_above_the_cost(fleet: list) -> None:  # type: ignore[type-arg]
    """Tiers, fees and included requests together: each resource's share is within its own cost."""
    demands, decisions = {}, {}
    for number, ((kind, recipe), floor, to_floor, rates) in enumerate(fleet):
        one = resource(f"r{number}", kind, floor=floor, recipe=recipe)
        demands[one] = demand(1, *rates)
        goes = Action.STOP if kind is Kind.RECOMMENDER else Action.DELETE
        decisions[one] = (
            Decision(one, Action.SET_FLOOR, "Lower.", to_floor=to_floor)
            if 0 < to_floor < floor
            else Decision(one, goes, "Idle.")
        )
    for found in figures(demands, decisions, PRICES).values():
        least = -abs(found.cost.exact) / 10**9
        assert found.saving is not None
        assert found.cost.exact - found.saving.exact >= least
        assert found.cost.exact - found.waste.exact >= least


def test_d8_a_short_look_takes_the_money_of_the_long_one() -> None:
    """The console's fleet shows what the plan shows, and says of which days."""
    long, short = the_look(14), the_look(1)
    assert "24 hours before" in words.money_basis(short)
    told = repriced(short, long, load_prices())
    assert [one.figures.cost for one in told.seen] == [one.figures.cost for one in long.seen]
    assert words.money_basis(told) == words.money_basis(long)
    assert "14 days before" in words.money_basis(told)
