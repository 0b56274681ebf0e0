"""What an event says, as people read it.

The event may come from anybody who may send events in our name, so nothing in it is relied upon:
what is missing is left out, and what cannot be read is shown as a question mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from personalize_monitor.contract import (
    CAMPAIGN_DELETED_EVENT,
    DASHBOARD_NAME,
    MONTHLY_SAVING_KEY,
    RECOMMENDER_STOPPED_EVENT,
)
from personalize_monitor.dashboard.links import dashboard_address
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.entry import Entry
from personalize_monitor.model.when import zone_of
from personalize_monitor.notify.letter import one_line

_LINES = 200
REMOVED = {CAMPAIGN_DELETED_EVENT: "deleted", RECOMMENDER_STOPPED_EVENT: "stopped"}
"""What became of the resource, in a word, by the event that tells it."""
ESTIMATED = "an estimate at the prices in force, for a demand like that of the last days."


@dataclass(frozen=True, slots=True)
class Home:
    """Where the deployment is: partition, such as ``aws``, and region; ``zone`` is its people's.

    Without an IANA ``zone`` times are told in UTC alone.
    """

    partition: str
    region: str
    zone: str = ""

    def when(self, moment: datetime) -> str:
        """A moment as people read it: local beside UTC, where a zone is known."""
        told = f"{moment:%Y-%m-%d %H:%M} UTC"
        try:
            local = moment.astimezone(zone_of(self.zone)) if self.zone else None
        except InvalidRequest:  # a mail without local time is better than none
            local = None
        return told if local is None else f"{local:%Y-%m-%d %H:%M %Z} ({told})"

    @property
    def dashboard(self) -> str:
        """The line that leads to the dashboard in the CloudWatch console."""
        return f"Dashboard: {dashboard_address(self.partition, self.region, DASHBOARD_NAME)}"


def name_of(entry: Entry) -> str:
    """The resource's name."""
    return one_line(entry.detail.get("Name") or entry.arn.rpartition("/")[2] or "?")


def arn_of(entry: Entry) -> str:
    """The resource's ARN."""
    return one_line(entry.arn or "?")


def summary_of(entry: Entry) -> str:
    """The sentence that says what happened."""
    told = one_line(entry.detail.get("Summary") or entry.name)
    return told[:1].upper() + told[1:]


def why_of(entry: Entry) -> str:
    """A line with the reason; empty without one."""
    reason = one_line(entry.detail.get("Reason") or "")
    return f"Why: {reason}" if reason else ""


def lines_of(entry: Entry) -> str:
    """What a notice says line by line; an empty line parts paragraphs. Empty without any."""
    lines = entry.detail.get("Lines")
    return "\n".join(map(one_line, lines[:_LINES])).strip() if isinstance(lines, list) else ""


def undo_of(entry: Entry) -> str:
    """The line that says how to undo it."""
    return f"To undo: personalize-monitor restore {arn_of(entry)}"


def floors_of(entry: Entry) -> str:
    """The change of a floor, such as ``floor 20 -> 3``."""
    return f"floor {number(entry.previous_floor)} -> {number(entry.floor)}"


def number(value: int | None) -> str:
    """A floor, or a question mark."""
    return "?" if value is None else str(value)


def account_and_region(entry: Entry) -> tuple[str, str]:
    """Whose the resource is; the event's own account is always the home of the deployment."""
    parts = [*entry.arn.split(":"), *[""] * 5]
    return one_line(parts[4]), one_line(parts[3] or entry.detail.get("Region") or "")


def place_of(entry: Entry, home: Home) -> str:
    """Lines that say which resource it is, where, and when it was."""
    account, region = account_and_region(entry)
    where = f"Account and region: {account}, {region or '?'}" if account else f"Region: {region}"
    lines = [
        f"Resource: {arn_of(entry)}" if entry.arn else "",
        where if account or region else "",
        f"Time: {home.when(entry.time)}.",
    ]
    return "\n".join(line for line in lines if line)


def saving_of(entry: Entry) -> float:
    """US dollars a month; 0 for less than one, or when it is not known."""
    value = entry.detail.get(MONTHLY_SAVING_KEY)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value < 10**9:
        return 0.0
    return float(value)


def saves(saving: float) -> str:
    """Such as ``, saves $5,285 a month``; empty for nothing."""
    return f", saves ${saving:,.0f} a month" if saving else ""


def estimate(saving: float, part: str = "") -> str:
    """The saving as a paragraph; empty for nothing. ``part`` says what the figure covers."""
    return f"It saves ${saving:,.0f} a month{part}: {ESTIMATED}" if saving else ""
