"""From an event of ours to the letter about it.

The event may come from anybody who may send events in our name, so nothing in it is relied upon:
what is missing is left out, and what cannot be read is shown as a question mark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from personalize_monitor.app.dashboard.links import dashboard_address
from personalize_monitor.app.notices.letter import Letter, letter, one_line, story
from personalize_monitor.contract import (
    CAMPAIGN_DELETED_EVENT,
    DASHBOARD_NAME,
    FLOOR_UPDATED_EVENT,
    MONTHLY_SAVING_KEY,
    NOTICE_EVENT,
    RECOMMENDER_STOPPED_EVENT,
    RESTORED_EVENT,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.model.entry import Entry, entries_in
from personalize_monitor.model.resource import Kind


ALARM_EVENT = "CloudWatch Alarm State Change"
"""CloudWatch's own event; the template's rule lets those about the stack's alarms through."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the deployment is: partition, such as ``aws``, and region."""

    partition: str
    region: str

    @property
    def dashboard(self) -> str:
        """The address of the dashboard in the CloudWatch console."""
        return dashboard_address(self.partition, self.region, DASHBOARD_NAME)


def compose(event: Mapping[str, Any], home: Home) -> Letter | None:
    """The letter about an event of ours; None for one that people are not told about."""
    found = entries_in([event])
    write = _WRITERS.get(found[0].name) if found else None
    return None if write is None else write(found[0], home)


def _changed(entry: Entry, home: Home) -> Letter:
    kind = next(kind for kind, name in FLOOR_UPDATED_EVENT.items() if name == entry.name)
    told = f"floor {_number(entry.previous_floor)} -> {_number(entry.floor)}"
    again = ""
    if entry.previous_floor is not None:
        again = (
            f"\nor send {UPDATE_FLOOR_EVENT[kind]} with ARN {_arn(entry)} "
            f"and NewMinTPS {entry.previous_floor}."
        )
    return letter(
        story(_name(entry), told + _saves(entry)),
        _summary(entry),
        _why(entry),
        _estimate(entry),
        _place(entry)
        + " The old capacity serves until the update is done; there is no interruption.",
        f"To undo: personalize-monitor restore {_arn(entry)}{again}",
        _more(home),
    )


def _deleted(entry: Entry, home: Home) -> Letter:
    return letter(
        story(_name(entry), _on_request(entry, "campaign deleted") + _saves(entry)),
        _summary(entry),
        _why(entry),
        _estimate(entry),
        f"Floor until now: {_number(entry.previous_floor)}",
        _place(entry),
        f"To undo: personalize-monitor restore {_arn(entry)}\n"
        "The solution version is untouched; the journal (its log group is an output of the stack) "
        "holds all that is needed to create the campaign again under the same name.",
        _more(home),
    )


def _stopped(entry: Entry, home: Home) -> Letter:
    return letter(
        story(_name(entry), _on_request(entry, "recommender stopped") + _saves(entry)),
        _summary(entry),
        _why(entry),
        _estimate(entry),
        f"Floor until now: {_number(entry.previous_floor)}",
        _place(entry),
        f"To undo: personalize-monitor restore {_arn(entry)}\n"
        "or start the recommender in the Personalize console. While it is stopped it serves no "
        "recommendations and costs nothing.",
        _more(home),
    )


def _restored(entry: Entry, home: Home) -> Letter:
    kind = Kind.CAMPAIGN if ":campaign/" in entry.arn else Kind.RECOMMENDER
    verb = "is created again" if entry.detail.get("Deed") == "create" else "is started again"
    return letter(
        story(_name(entry), f"{kind} {verb}"),
        _summary(entry),
        _why(entry),
        _place(entry)
        + " It serves, and costs, as soon as it is ACTIVE; its alarms return with the next cycle.",
        _more(home),
    )


def _noticed(entry: Entry, home: Home) -> Letter:
    told = _summary(entry)
    return letter(told.rstrip("."), told, _why(entry), _place(entry), _more(home))


def _recovered(entry: Entry, home: Home) -> Letter:
    state, configuration = entry.detail.get("state"), entry.detail.get("configuration")
    reason = state.get("reason") if isinstance(state, Mapping) else None
    means = configuration.get("description") if isinstance(configuration, Mapping) else None
    name = one_line(entry.detail.get("alarmName") or "?")
    return letter(
        story(name, "OK again"),
        f"The alarm {name} is OK again.",
        f"What it watches: {one_line(means)}" if means else "",
        f"Why: {one_line(reason)}" if reason else "",
        _place(entry),
        _more(home),
    )


def _on_request(entry: Entry, done: str) -> str:
    return f"idle {done}" if entry.by_monitor else f"{done} on request"


def _name(entry: Entry) -> str:
    return one_line(entry.detail.get("Name") or entry.arn.rpartition("/")[2] or "?")


def _arn(entry: Entry) -> str:
    return one_line(entry.arn or "?")


def _summary(entry: Entry) -> str:
    told = one_line(entry.detail.get("Summary") or entry.name)
    return told[:1].upper() + told[1:]


def _why(entry: Entry) -> str:
    reason = one_line(entry.detail.get("Reason") or "")
    return f"Why: {reason}" if reason else ""


def _place(entry: Entry) -> str:
    """Whose it is: the resource's own account and region, and when."""
    _, _, _, region, account, *_ = [*entry.arn.split(":"), *[""] * 5]
    region = region or one_line(entry.detail.get("Region") or "")
    lines = [
        f"Resource: {_arn(entry)}" if entry.arn else "",
        f"Account and region: {account or '?'}, {region or '?'}" if account or region else "",
        f"Time: {entry.time:%Y-%m-%d %H:%M} UTC.",
    ]
    return "\n".join(line for line in lines if line)


def _more(home: Home) -> str:
    return f"Dashboard: {home.dashboard}"


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)


def _saving(entry: Entry) -> str:
    """US dollars a month, rounded to whole ones; empty for less than one, or when unknown."""
    value = entry.detail.get(MONTHLY_SAVING_KEY)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value < 10**9:
        return ""
    return f"${value:,.0f} a month"


def _saves(entry: Entry) -> str:
    return f", saves {saving}" if (saving := _saving(entry)) else ""


def _estimate(entry: Entry) -> str:
    saving = _saving(entry)
    how = "an estimate at list prices, for a demand like that of the last days"
    return f"It saves {saving}: {how}." if saving else ""


_WRITERS: dict[str, Callable[[Entry, Home], Letter]] = {
    **dict.fromkeys(FLOOR_UPDATED_EVENT.values(), _changed),
    CAMPAIGN_DELETED_EVENT: _deleted,
    RECOMMENDER_STOPPED_EVENT: _stopped,
    RESTORED_EVENT: _restored,
    NOTICE_EVENT: _noticed,
    ALARM_EVENT: _recovered,
}
TOLD = tuple(_WRITERS)
"""The detail-types that people are told about; the template's rule names the same."""
