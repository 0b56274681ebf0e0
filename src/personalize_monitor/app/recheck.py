"""Look again before acting: do the measurements of a request still hold, and may it be done?

Only requests that carry the monitor's measurements are judged; a request without them is a
person's decision and is carried out.
"""

from __future__ import annotations

from datetime import timedelta

from personalize_monitor.app.book import Book
from personalize_monitor.app.idleness import signs_of_life
from personalize_monitor.app.orders import Order
from personalize_monitor.app.outcome import Outcome, Result, busy, outcome
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS, floor_to
from personalize_monitor.policy.wishes import Wishes, wishes_in


def floor_still_right(access: Access, order: Order, in_force: int) -> Outcome | None:
    """Why a measured change of the floor must not be made any more; None when it may."""
    if order.measured_floor is None:
        return None
    if order.measured_floor != in_force:
        return outcome(
            order,
            Result.NO_LONGER_TRUE,
            f"The floor of {order.arn} is {in_force} by now, not {order.measured_floor} as when "
            "this was decided; it is left alone.",
        )
    wishes = _wishes(access, order)
    if isinstance(wishes, Outcome):
        return wishes
    if wishes.hold_until is not None and order.now < wishes.hold_until:
        until = f"{wishes.hold_until:%Y-%m-%d %H:%M} UTC"
        return outcome(order, Result.HELD, f"The floor of {order.arn} is held until {until}.")
    return None


def still_idle(
    access: Access, book: Book, order: Order, current: Resource, *, allowed_per_hour: int
) -> Outcome | None:
    """Why a deletion or stop must not happen now; None when it may."""
    if current.update_pending:
        return busy(order)
    hours = order.measured_idle_hours
    if hours is None:
        return None
    settled = current.settled_hours(order.now)
    if settled < hours:
        return outcome(
            order,
            Result.NO_LONGER_TRUE,
            f"{order.arn} was updated {settled:.1f} hours ago, within the {hours} hours that "
            "make a resource idle; it is left alone.",
        )
    wishes = _wishes(access, order)
    if isinstance(wishes, Outcome):
        return wishes
    return _had_traffic(access, order, current, hours) or _too_many(book, order, allowed_per_hour)


def _wishes(access: Access, order: Order) -> Wishes | Outcome:
    try:
        tags = Personalize(access, order.arn.region).tags(order.arn)
    except AWS_ERRORS as error:
        why = sentence(f"Reading the tags of {order.arn}", error)
        return outcome(order, Result.HELD, f"{why} It is left alone.")
    wishes = wishes_in(tags, order.now)
    if wishes.exempt:
        return outcome(order, Result.HELD, f"{order.arn} is exempt. {wishes.exempt}")
    return wishes


def _had_traffic(access: Access, order: Order, current: Resource, hours: int) -> Outcome | None:
    # The window that is still running counts too: what arrived just now is in it.
    until = floor_to(order.now, SECONDS) + timedelta(seconds=SECONDS)
    metrics = Metrics(access, order.arn.region)
    life = signs_of_life(metrics, [current], end=until, hours=hours)[current]
    if life.requests is None:
        return outcome(
            order,
            Result.NO_LONGER_TRUE,
            f"Whether {order.arn} is idle is not known now ({life.why_unknown}); it is left alone.",
        )
    if life.requests > 0:
        return outcome(
            order,
            Result.NO_LONGER_TRUE,
            f"{order.arn} had {life.requests:.0f} requests in the last {hours} hours; "
            "it is in use and left alone.",
        )
    return None


def _too_many(book: Book, order: Order, allowed_per_hour: int) -> Outcome | None:
    try:
        gone = book.removals(order.arn.region, now=order.now, but=order.id)
    except JournalUnavailable as problem:
        return outcome(order, Result.HELD, f"{problem} {order.arn} is left alone.")
    if gone < allowed_per_hour:
        return None
    return outcome(
        order,
        Result.HELD,
        f"{gone} resources of {order.arn.region} went within the last hour, and "
        f"{allowed_per_hour} may; {order.arn} waits for the next decision.",
    )
