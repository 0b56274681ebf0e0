"""From an event of ours to the letter about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from personalize_monitor.contract import (
    CAMPAIGN_DELETED_EVENT,
    FLOOR_UPDATED_EVENT,
    NOTICE_EVENT,
    RECOMMENDER_STOPPED_EVENT,
    RESTORED_EVENT,
    UPDATE_FLOOR_EVENT,
    VERDICT_KIND,
)
from personalize_monitor.model.entry import Entry, entries_in
from personalize_monitor.model.resource import Kind
from personalize_monitor.notify.facts import (
    Home,
    arn_of,
    estimate,
    floors_of,
    lines_of,
    name_of,
    number,
    place_of,
    saves,
    saving_of,
    summary_of,
    undo_of,
    why_of,
)
from personalize_monitor.notify.letter import Letter, letter, one_line, story

ALARM_EVENT = "CloudWatch Alarm State Change"
"""CloudWatch's own event; the template's rule lets those about the stack's alarms through."""


def compose(event: Mapping[str, Any], home: Home) -> Letter | None:
    """The letter about an event of ours; None for one that people are not told about."""
    found = entries_in([event])
    write = _WRITERS.get(found[0].name) if found else None
    if write is None:
        return None
    entry = found[0]
    kind = one_line(entry.detail.get("Kind") or entry.name)
    about = (one_line(entry.arn),) if entry.arn else ()
    return replace(write(entry, home), kind=kind, resources=about)


def _changed(entry: Entry, home: Home) -> Letter:
    kind = next(kind for kind, name in FLOOR_UPDATED_EVENT.items() if name == entry.name)
    again = ""
    if entry.previous_floor is not None:
        again = (
            f"\nor send {UPDATE_FLOOR_EVENT[kind]} with ARN {arn_of(entry)} "
            f"and NewMinTPS {entry.previous_floor}."
        )
    saving = saving_of(entry)
    return letter(
        story(name_of(entry), floors_of(entry) + saves(saving)),
        summary_of(entry),
        why_of(entry),
        estimate(saving),
        f"{place_of(entry, home)} The old capacity serves until the update is done; there is no "
        "interruption.",
        undo_of(entry) + again,
        home.dashboard,
    )


def _deleted(entry: Entry, home: Home) -> Letter:
    return _removed(
        entry,
        home,
        "campaign deleted",
        "The solution version is untouched; the journal (its log group is an output of the stack) "
        "holds all that is needed to create the campaign again under the same name.",
    )


def _stopped(entry: Entry, home: Home) -> Letter:
    return _removed(
        entry,
        home,
        "recommender stopped",
        "or start the recommender in the Personalize console. While it is stopped it serves no "
        "recommendations and costs nothing.",
    )


def _removed(entry: Entry, home: Home, done: str, undo: str) -> Letter:
    told = f"idle {done}" if entry.by_monitor else f"{done} on request"
    saving = saving_of(entry)
    return letter(
        story(name_of(entry), told + saves(saving)),
        summary_of(entry),
        why_of(entry),
        estimate(saving),
        f"Floor until now: {number(entry.previous_floor)}",
        place_of(entry, home),
        f"{undo_of(entry)}\n{undo}",
        home.dashboard,
    )


def _restored(entry: Entry, home: Home) -> Letter:
    kind = Kind.CAMPAIGN if ":campaign/" in entry.arn else Kind.RECOMMENDER
    verb = "is created again" if entry.detail.get("Deed") == "create" else "is started again"
    return letter(
        story(name_of(entry), f"{kind} {verb}"),
        summary_of(entry),
        why_of(entry),
        f"{place_of(entry, home)} It serves, and costs, as soon as it is ACTIVE; its alarms return "
        "with the next cycle.",
        home.dashboard,
    )


def _noticed(entry: Entry, home: Home) -> Letter:
    told = summary_of(entry)
    if entry.detail.get("Kind") == VERDICT_KIND:
        return _judged(entry, home)
    return letter(
        told.rstrip("."),
        told,
        why_of(entry),
        lines_of(entry),
        place_of(entry, home),
        home.dashboard,
    )


def _judged(entry: Entry, home: Home) -> Letter:
    """What became of a lower floor, and where both sides of it can be seen."""
    hurt = entry.detail.get("Verdict") == "hurt"
    taken_back = hurt and entry.by_monitor
    return letter(
        story(name_of(entry), f"{floors_of(entry)} {'hurt callers' if hurt else 'is harmless'}"),
        summary_of(entry),
        why_of(entry),
        place_of(entry, home),
        f"Before and after: personalize-monitor changes --arn {arn_of(entry)}",
        "" if taken_back else undo_of(entry),
        home.dashboard,
    )


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
        place_of(entry, home),
        home.dashboard,
    )


_WRITERS: dict[str, Callable[[Entry, Home], Letter]] = {
    **dict.fromkeys(FLOOR_UPDATED_EVENT.values(), _changed),
    CAMPAIGN_DELETED_EVENT: _deleted,
    RECOMMENDER_STOPPED_EVENT: _stopped,
    RESTORED_EVENT: _restored,
    NOTICE_EVENT: _noticed,
    ALARM_EVENT: _recovered,
}
TOLD = tuple(_WRITERS)
"""The detail-types that people are told about; the template's rules name the same."""
