"""Compare a resource before and after the first changes of a kind, when the change has settled."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.events import Event
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Target
from personalize_monitor.contract import COMPARISON_KIND, NOTICE_EVENT
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.harm.aftermath import CLOCKS, LOOKED_AFTER
from personalize_monitor.journal.comparisons import (
    BEFORE,
    END,
    METRICS,
    OPERATIONS,
    Comparisons,
    Difference,
    compared,
    keep,
    recall,
)
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.entry import INTENT, Entry
from personalize_monitor.model.resource import Kind, Resource, State

_LONGEST = 200  # characters of one value
_SEEN_BY_THEN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Comparing:
    """The changes of one place that have settled; ``problems`` says what could not be read."""

    target: Target
    reader: JournalReader
    memory: Memory
    now: datetime
    problems: list[str]

    def run(self, resources: Iterable[Resource]) -> list[Event]:
        """A notice about what is otherwise than before, and not known of yet."""
        recent = [resource for resource in resources if self._recent(resource)]
        if not recent:
            return []
        try:
            changes = self._changes()
            known = recall(self.reader, self.now)
            found = [
                one
                for resource in recent
                for one in self._compare(resource, changes.get(str(resource.arn)), known)
            ]
            return self._notices(found, known)
        except JournalUnavailable as problem:
            self.problems.append(f"What else our changes changed is not known. {problem}")
            return []

    def _recent(self, resource: Resource) -> bool:
        """Whether it was changed lately, and that was not compared yet."""
        if resource.stale or resource.update_pending:
            return False
        if resource.state not in (State.ACTIVE, State.STOPPED):
            return False
        at = resource.update_begun or resource.updated
        return self.now - at < LOOKED_AFTER and self.memory.compared.get(str(resource.arn)) != at

    def _changes(self) -> dict[str, Entry]:
        """The last change of each resource that one of ours was about to make, by its ARN."""
        hours = (LOOKED_AFTER + CLOCKS).total_seconds() / 3600
        return {
            entry.arn: entry
            for entry in self.reader.about(INTENT, now=self.now, hours=hours)
            if entry.own
            and entry.name == INTENT
            and entry.detail.get("Announcement") in OPERATIONS
            and isinstance(entry.detail.get(BEFORE), Mapping)
        }

    def _compare(
        self, seen: Resource, change: Entry | None, known: Comparisons
    ) -> list[Difference]:
        """What is otherwise; what is the same goes into the journal. Raises JournalUnavailable."""
        if change is None:
            # Lists show the beginning of an update before the journal shows who began it.
            old = self.now - (seen.update_begun or seen.updated) > _SEEN_BY_THEN
            return self._looked(seen) if old else []
        operation = OPERATIONS[str(change.detail["Announcement"])]
        before: Mapping[str, Any] = change.detail[BEFORE]
        asked = [one for one in before if known.asks(self.target.account, operation, one)]
        if not asked:
            return self._looked(seen)
        resource = self._now(seen)
        if resource is None or resource.update_pending:
            return []
        if not _is_of(resource, change):
            return self._looked(seen)
        told = compared(before, resource.besides)
        if operation == "StopRecommender":
            told.pop(METRICS, None)
        same = [member for member in asked if told.get(member)]
        differs = [
            Difference(
                operation,
                member,
                _words(before.get(member)),
                _words(resource.besides.get(member)),
                str(resource.arn),
                self.now,
                self.now,
            )
            for member, as_before in told.items()
            if not as_before and known.asks(self.target.account, operation, member)
        ]
        if same or differs:
            arn = str(resource.arn)
            keep(self.reader, same, differs, self.now, operation=operation, arn=arn)
        return [*self._looked(seen), *differs]

    def _looked(self, resource: Resource) -> list[Difference]:
        self.memory.compared[str(resource.arn)] = resource.update_begun or resource.updated
        return []

    def _now(self, resource: Resource) -> Resource | None:
        """The resource, whole: lists do not tell all of a recommender."""
        if resource.kind is Kind.CAMPAIGN:
            return resource
        try:
            return Personalize(self.target.access, self.target.region).resource(resource.arn)
        except AWS_ERRORS as error:
            self.problems.append(sentence(f"Reading {resource.arn}", error))
            return None

    def _notices(self, found: list[Difference], known: Comparisons) -> list[Event]:
        """One notice for each operation and member of which people do not know yet."""
        told = {(one.operation, one.member) for one in known.open}
        new: dict[tuple[str, str], list[Difference]] = {}
        for one in found:
            if (one.operation, one.member) not in told:
                new.setdefault((one.operation, one.member), []).append(one)
        return [self._notice(same) for same in new.values()]

    def _notice(self, same: list[Difference]) -> Event:
        first, arn = same[0], Arn(same[0].arn)
        detail: dict[str, Any] = {
            "Kind": COMPARISON_KIND,
            "ARN": first.arn,
            "Name": arn.name,
            "Region": arn.region,
            "Summary": f"{first.operation} changed {first.member}: all floors are held.",
            "Reason": _hint(first),
            "Lines": [
                *(f"{one}." for one in same),
                "",
                (
                    "Put it right where it matters, with the Personalize console or the operation "
                    f"{_setter(first)}. Then say that floors may be changed again: {END}"
                ),
                (
                    "Until then every automatic change of a floor is held, in all accounts and "
                    "regions; what a person asks for and steps back are carried out."
                ),
            ],
        }
        return Event(NOTICE_EVENT, detail, first.arn)


def _is_of(resource: Resource, change: Entry) -> bool:
    """Whether the resource is as this change left it, and no later one."""
    said = change.detail.get("AnnouncementDetail") or {}
    if "NewMinTPS" not in said:
        return resource.state is State.STOPPED and resource.updated >= change.time - CLOCKS
    begun = resource.update_begun
    in_force = resource.state is State.ACTIVE and resource.floor == said["NewMinTPS"]
    return in_force and begun is not None and abs(begun - change.time) <= CLOCKS


def _words(value: object) -> str:
    return "absent" if value is None else json.dumps(value, default=str)[:_LONGEST]


def _hint(one: Difference) -> str:
    if one.member == METRICS:
        return (
            "Other metrics of the model are a sign that the recommender was trained anew, which "
            "costs. Its weekly training in the same minutes would look the same."
        )
    return "By AWS's documentation it leaves everything else as it is."


def _setter(one: Difference) -> str:
    return "UpdateCampaign" if one.operation == "UpdateCampaign" else "UpdateRecommender"
