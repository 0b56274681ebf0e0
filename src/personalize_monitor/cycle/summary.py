"""What one cycle saw, did and could not do: the answer of the monitor function and its log line."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from personalize_monitor.model.decision import Decision
from personalize_monitor.model.resource import Resource, State
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import Window

if TYPE_CHECKING:
    from personalize_monitor.decide.considered import Considered

_SHOWN = 100
"""How many items of a list the summary shows; beyond it says how many more there are."""


@dataclass(slots=True)
class Summary:
    """Collected by several threads; read when all are done, or when time is up."""

    window: Window
    dry_run: bool = False
    replay: bool = False
    resources: int = 0
    measured: int = 0
    unknown: int = 0
    published: int = 0
    left_out: list[dict[str, str]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    requested: int = 0
    alarms: Counter[str] = field(default_factory=Counter)
    muted: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    metrics_requested: int = 0
    unfinished: list[str] = field(default_factory=list)
    handed_over: list[str] = field(default_factory=list)
    dashboards: int = 0
    seconds: float = 0.0
    last_datapoint_seconds: float = 0.0
    cost: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def saw(self, resources: tuple[Resource, ...]) -> None:
        """Count what serves, and name what was left out because it does not."""
        with self._lock:
            for resource in resources:
                if resource.state is State.ACTIVE:
                    self.resources += 1
                else:
                    self.left_out.append(
                        {"arn": str(resource.arn), "why": f"its status is {resource.status}"}
                    )

    def measured_as(self, samples: dict[Resource, Sample]) -> None:
        """Count what is known, and say of each unknown why."""
        with self._lock:
            for resource, sample in samples.items():
                if sample.known:
                    self.measured += 1
                else:
                    self.unknown += 1
                    self.problems.append(
                        f"The requests of {resource.arn} are unknown in this window: "
                        f"{sample.why_unknown}"
                    )

    def asked(self, metrics: int) -> None:
        """Count metrics that GetMetricData was asked for; each is billed."""
        with self._lock:
            self.metrics_requested += metrics

    def put(self, datapoints: int, *, at: float) -> None:
        """Count datapoints that CloudWatch took, ``at`` seconds after the cycle's begin."""
        with self._lock:
            self.published += datapoints
            self.last_datapoint_seconds = max(self.last_datapoint_seconds, at)

    def leave_unfinished(self, what: str) -> None:
        """Name work that the next cycle goes on with."""
        with self._lock:
            self.unfinished.append(what)

    def keep_alarms(self, counts: Mapping[str, int], muted: Iterable[str] = ()) -> None:
        """Count what happened to alarms, and name those that a person muted."""
        with self._lock:
            self.alarms.update(counts)
            self.muted.extend(muted)

    def show(self, dashboards: int) -> None:
        """Keep how many dashboards there are."""
        with self._lock:
            self.dashboards = dashboards

    def finish(self, calls: Mapping[str, int], seconds: float) -> None:
        """Keep what the cycle called, and how long it took."""
        with self._lock:
            self.calls.update(calls)
            self.seconds = seconds

    def estimate(self, cost: Mapping[str, Any]) -> None:
        """Keep what a month of such cycles costs."""
        with self._lock:
            self.cost = dict(cost)

    def hand_over(self, place: str) -> None:
        """Name a place that an invocation of its own watches."""
        with self._lock:
            self.handed_over.append(place)

    def decided(self, considered: list[Considered], requested: int) -> None:
        """Keep the decisions, and how many were handed to the executors."""
        with self._lock:
            self.decisions.extend(c.decision for c in considered)
            self.requested += requested

    @property
    def met(self) -> tuple[str, ...]:
        """The problems until now."""
        with self._lock:
            return tuple(self.problems)

    @property
    def blind(self) -> bool:
        """Whether nothing could be published: the fleet's counts are there in every cycle."""
        with self._lock:
            return not self.published and bool(self.problems)

    def trouble(self, *problems: str) -> None:
        """Add problems, each a sentence that names what it is about."""
        with self._lock:
            self.problems.extend(problems)

    def as_dict(self) -> dict[str, Any]:
        """JSON for the log and the caller; long lists are cut and say so."""
        with self._lock:
            return {
                "window": self.window.start.isoformat(),
                "dry_run": self.dry_run,
                "replay": self.replay,
                "resources": self.resources,
                "measured": self.measured,
                "unknown": self.unknown,
                "datapoints": self.published,
                "left_out": _cut(self.left_out),
                "decisions": _cut([_decision(d) for d in _acting_first(self.decisions)]),
                "requests_sent": self.requested,
                "alarms": dict(sorted(self.alarms.items())),
                "muted_alarms": _cut(sorted(self.muted)),
                "problems": _cut(self.problems),
                "calls": dict(sorted(self.calls.items())),
                "metrics_requested": self.metrics_requested,
                "unfinished": sorted(self.unfinished),
                "handed_over": sorted(self.handed_over),
                "seconds": round(self.seconds, 3),
                "last_datapoint_seconds": round(self.last_datapoint_seconds, 3),
                "cost": self.cost,
            }


def _acting_first(decisions: list[Decision]) -> list[Decision]:
    return sorted(decisions, key=lambda d: (not d.acts, str(d.resource.arn)))


def _decision(decision: Decision) -> dict[str, Any]:
    from personalize_monitor.model.plan import PlanItem  # noqa: PLC0415  a quicker start

    return PlanItem.of(decision).as_dict()


def _cut(items: list[Any]) -> list[Any]:
    if len(items) <= _SHOWN:
        return list(items)
    return [*items[:_SHOWN], f"... and {len(items) - _SHOWN} more"]
