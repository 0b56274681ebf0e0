"""The fleet as rows: drawn once for each look, then only searched, sorted and joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from personalize_monitor.model.money import Money
from personalize_monitor.model.resource import Kind, State
from personalize_monitor.plan.snapshot import Seen, Snapshot, words
from personalize_monitor_desk.console import render
from personalize_monitor_desk.console.sparkline import spark
from personalize_monitor_desk.standing import Standing, place_in_order, standing_of


@dataclass(frozen=True, slots=True)
class Row:
    """One resource: what is searched, what is sorted by, and how it looks."""

    seen: Seen
    text: str
    html: Markup


def address(one: Seen) -> str:
    """The path of a resource's page."""
    what = one.resource
    return f"/r/{what.region}/{what.kind}/{quote(what.name, safe='')}"


def rows_of(look: Snapshot) -> tuple[Row, ...]:
    """A row for each resource."""
    draw = render.environment().get_template("row.html").module
    return tuple(_row(one, draw) for one in look.seen)


def _row(one: Seen, draw: object) -> Row:
    what = one.resource
    group = words.group_name(one.dataset_group)
    text = f"{what.name} {what.arn} {words.recipe_name(what)} {group}".casefold()
    html: Markup = draw.row(  # type: ignore[attr-defined]  # a macro of the template
        one=one,
        address=address(one),
        serves=what.state is State.ACTIVE,
        state=words.state_word(what),
        tone=tone(one),
        standing=standing_of(one),
        recipe=words.recipe_name(what),
        use=use(one),
        spark=spark(one.demand, one.floors),
        words=words,
    )
    return Row(one, text, html)


def tone(one: Seen) -> str:
    """One letter for the colour of the state: a(ctive) b(usy) o(ff) x (failed) s(tale)."""
    if one.resource.stale:
        return "s"
    if one.resource.update_pending and one.resource.state is State.ACTIVE:
        return "b"
    return {
        State.ACTIVE: "a",
        State.CHANGING: "b",
        State.STOPPED: "o",
        State.GOING: "o",
        State.FAILED: "x",
    }[one.resource.state]


def use(one: Seen) -> int | None:
    """Width of the bar of utilization, 0 to 40; None when there is nothing to draw."""
    if one.utilization is None:
        return None
    return min(40, round(one.utilization * 0.4))


def is_idle(one: Seen) -> bool:
    """Serves, and nobody asked for anything in the whole day."""
    return one.resource.state is State.ACTIVE and bool(one.demand.sums) and not any(one.demand.sums)


def _stands(standing: Standing) -> Callable[[Seen], bool]:
    return lambda one: standing_of(one) is standing


VIEWS: dict[str, tuple[str, Callable[[Seen], bool]]] = {
    "all": ("All", lambda _: True),
    "failing": ("Failing", _stands(Standing.FAILING)),
    "unknown": ("Unknown", _stands(Standing.UNKNOWN)),
    "wasting": ("Wasting", _stands(Standing.WASTING)),
    "idle": ("Idle", is_idle),
    "campaign": ("Campaigns", lambda one: one.resource.kind is Kind.CAMPAIGN),
    "recommender": ("Recommenders", lambda one: one.resource.kind is Kind.RECOMMENDER),
}
"""What the fleet can be narrowed to, with the word on the button."""

_LAST = float("-inf")


def _dollars(money: Money) -> float:
    return _LAST if money.dollars is None else float(money.exact)


FIRST = "first"
"""The order of a page that nobody has sorted: what fails first, then the greatest waste."""
SORTS: dict[str, Callable[[Seen], object]] = {
    FIRST: place_in_order,
    "name": lambda one: one.resource.name.casefold(),
    "region": lambda one: (one.resource.region, one.resource.name.casefold()),
    "state": lambda one: (tone(one), one.resource.name.casefold()),
    "floor": lambda one: one.resource.floor if one.resource.state is State.ACTIVE else 0,
    "tps": lambda one: _LAST if one.average is None else one.average,
    "use": lambda one: _LAST if one.utilization is None else one.utilization,
    "errors": lambda one: _LAST if one.errors.total is None else one.errors.total,
    "alarms": lambda one: (one.firing, -1 if one.alarms is None else len(one.alarms)),
    "cost": lambda one: _dollars(one.figures.cost),
    "waste": lambda one: _dollars(one.figures.waste),
}
"""What the fleet can be sorted by; a minus in front turns it round."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person wants to see the fleet; read from the address, so that it can be bookmarked."""

    q: str = ""
    view: str = "all"
    sort: str = FIRST
    region: str = ""

    @classmethod
    def of(cls, asked: dict[str, str]) -> Wish:
        """What was asked for; what cannot be meant is the default."""
        sort = asked.get("sort", FIRST)
        view = asked.get("view", "all")
        return cls(
            q=asked.get("q", "").strip()[:200],
            view=view if view in VIEWS else "all",
            sort=sort if sort.removeprefix("-") in SORTS else FIRST,
            region=asked.get("region", "")[:40],
        )

    @property
    def column(self) -> str:
        """The column sorted by."""
        return self.sort.removeprefix("-")

    @property
    def direction(self) -> str:
        """As ``aria-sort`` has it."""
        return "descending" if self.sort.startswith("-") else "ascending"


def chosen(rows: tuple[Row, ...], wish: Wish) -> list[Row]:
    """The rows that are wanted, in the order that is wanted."""
    parts = wish.q.casefold().split()
    keep = VIEWS[wish.view][1]
    found = [
        row
        for row in rows
        if (not wish.region or row.seen.resource.region == wish.region)
        and keep(row.seen)
        and all(part in row.text for part in parts)
    ]
    key = SORTS[wish.column]
    return sorted(found, key=lambda row: key(row.seen), reverse=wish.sort.startswith("-"))  # type: ignore[arg-type, return-value]  # each key compares with itself
