"""The savings page: what was saved, what a month costs, and what of it is for nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from tests.console.byhand.front import Front, Outline, deploy, put, rows
from tests.console.byhand.values import ARN, NOW, lower, right, seen, usd

from personalize_monitor.model.ledger import Ledger, SavingRow
from personalize_monitor.model.money import Money
from personalize_monitor.plan.savings import Savings


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
    assert "Cost a month, as it is $180 Unused $60 Could be saved now $7" in said
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
    assert cells == ["shoes", "–", "", "unknown", "unknown", "–"]
    assert nothing.exact == Fraction(0)


def test_the_money_is_cut_as_the_address_asks(front: Front) -> None:
    """By region the two are one line; by day each day has one, and the last has all."""
    deploy(front)
    front.show(lower("hats", usd(7), cost=usd(80), waste=usd(20)), right("shoes"))
    yesterday = f"{NOW - timedelta(days=1):%Y-%m-%d}"
    saved(
        front, replace(line("shoes", 12), day=yesterday), replace(line("hats", 30), day=yesterday)
    )
    assert rows(front.get("/savings/rows?by=region").text) == [
        ["us-east-1", "2", "$42", "$180", "$60", "$7"]
    ]
    days = {name: rest for name, *rest in rows(front.get("/savings/rows?by=day").text)}
    assert len(days) in {30, 31}
    assert days[yesterday] == ["$42", "$42"]
    assert rows(front.get("/savings/rows?by=month").text)[-1][-1] == "$42"
    assert 'href="/savings?by=day" aria-current="true"' in front.get("/savings?by=day").text
    # A mistyped address shows the resources.
    assert len(rows(front.get("/savings/rows?by=moon").text)) == 2


def test_a_tag_that_cannot_be_read_is_not_known(front: Front) -> None:
    """The account does not answer here; and no resource is said to be without the tag."""
    front.show(right("shoes"), right("hats"))
    ((name, count, *_),) = rows(front.get("/savings/rows?tag=Team").text)
    assert (name, count) == ("not known", "2")
