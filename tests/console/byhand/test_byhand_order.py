"""The fleet searched, sorted and narrowed to a region, as the address asks for it."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.console.byhand.front import Front, Outline, names
from tests.console.byhand.values import FINE, FLEET, look, seen, usd

from personalize_monitor.model.money import Money
from personalize_monitor.plan.snapshot import Errors, Seen
from personalize_monitor_desk.console.rows import SORTS, VIEWS, Wish, chosen, rows_of

ORDERS = {
    "name": ["anorak", "Boots", "cap", "duffle", "earmuffs"],
    "region": ["cap", "earmuffs", "anorak", "Boots", "duffle"],
    "-floor": ["anorak", "cap", "Boots", "duffle", "earmuffs"],
    "-errors": ["duffle"],
    "-cost": ["duffle", "anorak", "cap", "earmuffs", "Boots"],
    "-alarms": ["duffle"],
}


def ordered(front: Front, query: str) -> list[str]:
    """Names as the fleet's part shows them."""
    return names(front.get(f"/fleet/rows?{query}").text)


@pytest.mark.parametrize("sort", ORDERS)
def test_the_order_is_the_one_that_was_asked_for(front: Front, sort: str) -> None:
    """Names without regard to capitals, numbers by their size, ties by region and name."""
    front.show(*FLEET)
    found = ordered(front, f"sort={sort}")
    assert len(found) == len(FLEET)
    assert found[: len(ORDERS[sort])] == ORDERS[sort]


@pytest.mark.parametrize("sort", ["tps", "use", "errors", "alarms", "cost", "waste"])
def test_what_is_unknown_is_never_between_numbers(front: Front, sort: str) -> None:
    """Unknown stands at the end of a descending order, behind the zeros."""
    nothing = Money.not_known()
    front.show(
        seen(
            "unknown",
            requests=None,
            errors=Errors(None, None),
            alarms=None,
            cost=nothing,
            waste=nothing,
        ),
        seen("zero", requests=0.0, cost=usd(0), waste=usd(0)),
        seen("some", requests=60.0, errors=Errors(1.0, 1.0), alarms=[FINE]),
    )
    assert ordered(front, f"sort=-{sort}") == ["some", "zero", "unknown"]


@given(st.sampled_from(sorted(SORTS)), st.permutations(FLEET))
def test_every_order_turned_round_is_its_mirror(by: str, fleet: list[Seen]) -> None:
    """A minus turns an order round; no order loses or doubles a row, whatever came first."""
    made = rows_of(look(*fleet))
    key = SORTS[by]
    up = [row.seen for row in chosen(made, Wish(sort=by))]
    down = [row.seen for row in chosen(made, Wish(sort=f"-{by}"))]
    assert [key(one) for one in up] == [key(one) for one in reversed(down)]
    assert sorted(one.resource.name for one in up) == sorted(one.resource.name for one in fleet)


def test_the_chosen_column_says_so(front: Front) -> None:
    """The head of the table tells screen readers which column sorts it, and in which direction."""
    front.show(*FLEET)
    for sort, direction in (("cost", "ascending"), ("-cost", "descending")):
        page = Outline(front.get(f"/?sort={sort}").text)
        sorted_heads = [head for head in page.all("th") if "aria-sort" in head]
        assert [head["aria-sort"] for head in sorted_heads] == [direction]
        assert page.all("input", name="sort") == [{"type": "hidden", "name": "sort", "value": sort}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ANORAK", ["anorak"]),
        ("campaign/c", ["cap"]),
        ("winter", ["duffle"]),
        ("items popular", ["duffle"]),
        ("popular-items", ["duffle"]),
        ("shop user-pers cap", ["cap"]),
        ("eu-west-1 campaign", ["cap", "earmuffs"]),
        ("   ", ["anorak", "Boots", "cap", "duffle", "earmuffs"]),
        ("nothing like it", []),
    ],
)
def test_search_is_for_every_word(front: Front, text: str, found: list[str]) -> None:
    """Each word may be in the name, ARN, recipe or dataset group; all of them must be."""
    front.show(*FLEET)
    assert ordered(front, f"sort=name&q={quote(text)}") == found


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "moon"])
def test_a_region_shows_its_own(front: Front, region: str) -> None:
    """Only what is in the chosen region; one where nothing is says that nothing matches."""
    front.show(*FLEET)
    expected = [one.resource.name for one in FLEET if one.resource.region == region]
    assert sorted(ordered(front, f"region={region}")) == sorted(expected)
    assert ("Nothing matches" in front.words(f"/?region={region}")) == (not expected)


@given(
    st.dictionaries(
        st.sampled_from(["q", "view", "sort", "region", "have", "strange"]),
        st.text(max_size=60),
    )
)
@settings(max_examples=25)
def test_no_address_breaks_the_fleet(asked: dict[str, str]) -> None:
    """Whatever a bookmark asks for, it can be meant: a view and an order that there are."""
    wish = Wish.of(asked)
    assert wish.view in VIEWS
    assert wish.column in SORTS
    assert wish.direction == ("descending" if wish.sort.startswith("-") else "ascending")
    assert len(wish.q) <= 200
    assert len(chosen(rows_of(look(*FLEET[:2])), wish)) <= 2


def test_the_search_comes_back_into_its_field(front: Front) -> None:
    """What was asked for in the address stands in the form, so that it can be refined."""
    front.show(*FLEET)
    page = Outline(front.get("/?q=a%22b&view=idle&region=eu-west-1&sort=-tps").text)
    assert page.all("input", name="q")[0]["value"] == 'a"b'
    assert [one["value"] for one in page.all("input", name="view") if "checked" in one] == ["idle"]
    assert len([one for one in page.all("option") if "selected" in one]) == 1
