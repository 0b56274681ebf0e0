"""The last look before resources are taken out of service: is it really so, and not too many?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from personalize_monitor.aws.events import Event
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.context.target import Target
from personalize_monitor.contract import NOTICE_EVENT
from personalize_monitor.decide.considered import Considered
from personalize_monitor.decide.grace import Grace
from personalize_monitor.decide.outage import Listening
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.journal.notice import notice
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.resource import State
from personalize_monitor.policy.guards import allowed_per_hour, held, limit
from personalize_monitor.policy.outage import DOUBTFUL
from personalize_monitor.settings import Settings

ALL_QUIET_KIND = "all-quiet"


@dataclass(slots=True)
class Removals:
    """Deletions and stops of one place in one cycle."""

    target: Target
    metrics: Metrics
    reader: JournalReader
    settings: Settings
    listening: Listening

    def careful(
        self, considered: Sequence[Considered], *, now: datetime
    ) -> tuple[list[Considered], list[Event]]:
        """The same decisions, with removals held back where care demands it, and the notices."""
        # In the order of their names: who goes first is not left to which answer came first.
        removing = sorted(
            (one for one in considered if one.decision.action in (Action.DELETE, Action.STOP)),
            key=lambda one: str(one.decision.resource.arn),
        )
        if not removing:
            return list(considered), []
        careful: list[Decision]
        notices: list[Event] = []
        try:
            careful, notices = self._look(removing, now)
        except JournalUnavailable as problem:
            careful = [held(one.decision, "unknown data", str(problem)) for one in removing]
        final = {decision.resource: decision for decision in careful}
        allowed = allowed_per_hour(self._fleet_size())
        return [
            replace(one, decision=final[one.decision.resource], allowed_per_hour=allowed)
            if one.decision.resource in final
            else one
            for one in considered
        ], notices

    def _fleet_size(self) -> int:
        return sum(resource.state is State.ACTIVE for resource in self.listening.fleet)

    def _look(
        self, removing: Sequence[Considered], now: datetime
    ) -> tuple[list[Decision], list[Event]]:
        doubts = self.listening.doubts({one.decision.resource: one.idle_hours for one in removing})
        silent = [
            held(one.decision, DOUBTFUL, str(doubts[one.decision.resource]))
            for one in removing
            if one.decision.resource in doubts
        ]
        notices = self._tell_once(silent, now)
        sure = [one for one in removing if one.decision.resource not in doubts]
        decisions = [one.decision for one in sure]
        waiting: list[Decision] = []
        if self.settings.idle_grace_hours:
            decisions, waiting, told = self._grace(sure, now)
            notices += told
        already = self.reader.removals(self.target.region, now=now)
        going, later = limit(decisions, fleet=self._fleet_size(), already=already)
        return [*silent, *going, *later, *waiting], notices

    def _grace(
        self, removing: Sequence[Considered], now: datetime
    ) -> tuple[list[Decision], list[Decision], list[Event]]:
        going: list[Decision] = []
        waiting: list[Decision] = []
        notices: list[Event] = []
        for one in removing:
            grace = Grace(
                self.metrics, self.reader, now, self.settings.idle_grace_hours, one.idle_hours
            )
            decision, event = grace.apply(one.decision)
            (going if decision.acts else waiting).append(decision)
            if event is not None:
                notices.append(event)
        return going, waiting, notices

    def _tell_once(self, waiting: Sequence[Decision], now: datetime) -> list[Event]:
        """One notice a day for the place, whatever the number of resources."""
        if not waiting:
            return []
        told = [
            entry
            for entry in self.reader.about(ALL_QUIET_KIND, now=now, hours=24)
            if entry.name == NOTICE_EVENT and entry.detail.get("Region") == self.target.region
        ]
        if told:
            return []
        names = ", ".join(sorted(decision.resource.name for decision in waiting))
        detail = notice(
            ALL_QUIET_KIND,
            waiting[0].resource,
            f"What looks idle in {self.target.region} was not deleted or stopped: "
            "it may be in use.",
            f"{waiting[0].reason} This concerns {names}.",
        )
        return [Event(NOTICE_EVENT, detail, str(waiting[0].resource.arn))]
