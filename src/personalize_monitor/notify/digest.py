"""The digest: what was saved and is wasted, what came of changes, what is blocked, what is next.

It is drawn as whoever sits at a desk draws a plan (``plan/plans.py``), so that mail, command and
console say the same: for each account that is watched, and together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from personalize_monitor.aws.events import Event
from personalize_monitor.contract import NOTICE_EVENT
from personalize_monitor.journal.casebook import cases_in
from personalize_monitor.journal.comparisons import recall
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.counted import counted
from personalize_monitor.model.entry import changes_of_ours
from personalize_monitor.model.money import Money
from personalize_monitor.model.plan import PlanItem
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.notify.digest_times import PERIODS
from personalize_monitor.notify.facts import REMOVED
from personalize_monitor.plan.learned_prices import InForce
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.plans import Drawn, draw
from personalize_monitor.plan.savings import Savings, realised
from personalize_monitor.plan.snapshot.words import dollars
from personalize_monitor.policy.harm.words import told
from personalize_monitor.settings import Settings

KIND = "digest"
_SHOWN = 20
_MINUTE = "%Y-%m-%d %H:%M"


def digest(
    desks: Sequence[Operator],
    settings: Settings,
    prices: Sequence[InForce],
    *,
    regions: Iterable[str],
    now: datetime,
) -> Event:
    """The notice about the time since the digest before, of the accounts of ``desks``.

    The first is at home; ``prices`` are those of each. Raises JournalUnavailable.
    """
    operator = desks[0]
    assert operator.stack is not None
    span = PERIODS.get(settings.digest, PERIODS["Weekly"])
    places = tuple(regions)
    tables = [one.table for one in prices]
    plans = [
        draw(one, regions=places, now=now, prices=table)
        for one, table in zip(desks, tables, strict=True)
    ]
    ledgers = _ledgers(desks, plans, tables, now, span.days)
    saved = Money.total(one.saved for one in ledgers)
    waste = Money.total(one.figures.waste for drawn in plans for one in drawn.look.seen)
    changes = _changes(operator, plans, now, hours=span / timedelta(hours=1))
    unknown = [one for drawn in plans for one in drawn.plan.problems]
    unknown += [one for own in prices for one in own.problems]
    unknown += [one for ledger in ledgers for one in ledger.problems]
    period = "day" if settings.digest == "Daily" else "week"
    lines = [
        f"Saved in the last {period}: {_worth(saved)}.",
        f"Wasted by floors above the demand: {_worth(waste)} a month, if it stays as it was.",
        *_section("What was changed, and what came of it:", changes, "Nothing was changed."),
        *_section("What is blocked, and by what:", _blocked(plans), "Nothing is blocked."),
        *_section(_next_heading(settings), _coming(plans), "Nothing is to be done."),
        *_section("What changes left as it was:", _verified(operator, now, span), ""),
        *_section("What is not known:", unknown, ""),
    ]
    detail = {
        "Kind": KIND,
        "ARN": "",
        "Name": operator.stack.name,
        "Region": operator.stack.region,
        "Summary": (
            f"Last {period}: {_worth(saved)} saved, {counted(len(changes), 'change')}, "
            f"{_worth(waste)} a month still wasted."
        ),
        "Reason": (
            f"The digest of the deployment {operator.stack.name}. Estimates {prices[0].words}."
        ),
        "Lines": lines,
    }
    return Event(NOTICE_EVENT, detail)


def _ledgers(
    desks: Sequence[Operator],
    plans: Sequence[Drawn],
    prices: Sequence[PriceTable],
    now: datetime,
    days: int,
) -> list[Savings]:
    """What was saved in each account."""
    accounts = {drawn.look.account for drawn in plans}
    return [
        realised(
            operator.access,
            operator.reader,
            drawn.look,
            table,
            now=now,
            days=days,
            beside=accounts - {drawn.look.account},
        )
        for operator, drawn, table in zip(desks, plans, prices, strict=True)
    ]


def _worth(money: Money) -> str:
    """An amount in words that also a subject in ASCII can hold."""
    return dollars(money).replace("≥", "at least ").replace("~", "about ")


def _section(heading: str, lines: Sequence[str], nothing: str) -> list[str]:
    if not lines:
        return ["", nothing] if nothing else []
    more = [f"- And {len(lines) - _SHOWN} more."] if len(lines) > _SHOWN else []
    return ["", heading, *(f"- {line}" for line in lines[:_SHOWN]), *more]


def _changes(
    operator: Operator, plans: Sequence[Drawn], now: datetime, *, hours: float
) -> list[str]:
    """Each changed floor with its verdict, and what was taken out of service; the oldest first."""
    seen = [one.resource for drawn in plans for one in drawn.look.seen]
    resources = {str(resource.arn): resource for resource in seen}
    cases = cases_in(operator.reader, resources, now=now, hours=hours)
    found = [
        (datetime.fromtimestamp(case.opened, UTC), f"{Arn(arn).name}: {told(case)}")
        for arn, own in cases.items()
        for case in own
    ]
    removed = {
        (change.request_id, change.name): change
        for name in REMOVED
        for change in changes_of_ours(operator.reader.about(name, now=now, hours=hours))
        if change.name == name
    }
    found += [
        (
            entry.time,
            f"{Arn(entry.arn).name}: {REMOVED[entry.name]} at {entry.time:{_MINUTE}} UTC.",
        )
        for entry in removed.values()
    ]
    return [line for _, line in sorted(found)]


def _verified(operator: Operator, now: datetime, span: timedelta) -> list[str]:
    """What the first changes of a kind were seen to leave alone in this time.

    And a day before: there is no digest on the first day, on which most of them are.
    """
    return recall(operator.reader, now).lines(since=now - span - timedelta(days=1))


def _blocked(plans: Sequence[Drawn]) -> list[str]:
    by: dict[str, list[PlanItem]] = defaultdict(list)
    for drawn in plans:
        for item in drawn.plan.held:
            by[item.held_by].append(item)
    return [
        f"{guard}: {_names(items)}. {_why(items)}".rstrip() for guard, items in sorted(by.items())
    ]


def _why(items: Sequence[PlanItem]) -> str:
    """The reason, where it is that of one alone."""
    return items[0].reason if len(items) == 1 else ""


def _names(items: Sequence[PlanItem]) -> str:
    names = ", ".join(item.name for item in items[:5])
    return f"{names} and {len(items) - 5} more" if len(items) > 5 else names


def _next_heading(settings: Settings) -> str:
    if not settings.actions:
        return "What it would do, were Actions not Off:"
    return "What it would do, were DryRun not Yes:" if settings.dry_run else "What comes next:"


def _coming(plans: Sequence[Drawn]) -> list[str]:
    return [
        f"{item.name}: {item.what}. {item.reason}" for drawn in plans for item in drawn.plan.acting
    ]
