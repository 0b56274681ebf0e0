"""The last look as Prometheus metrics; what is unknown has no sample rather than a zero."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client.core import CollectorRegistry, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from personalize_monitor.model.money import Money
from personalize_monitor.model.resource import State
from personalize_monitor.plan.snapshot import Seen, Snapshot, words
from personalize_monitor_desk.console.account_poller import View
from personalize_monitor_desk.console.poller import Shot

CONTENT_TYPE = CONTENT_TYPE_LATEST
_LABELS = ("region", "kind", "name")
_Value = Callable[[Seen], float | None]


def _dollars(money: Money) -> float | None:
    return None if money.dollars is None else float(money.dollars)


def _serving(value: _Value) -> _Value:
    return lambda one: value(one) if _serves(one) else None


def _serves(one: Seen) -> bool:
    return one.resource.state is State.ACTIVE and not one.resource.stale


def _ratio(one: Seen) -> float | None:
    return None if one.utilization is None else one.utilization / 100


_BY_RESOURCE: tuple[tuple[str, str, _Value], ...] = (
    ("floor_tps", "Provisioned requests per second.", _serving(lambda s: s.resource.floor)),
    ("average_tps", "Requests per second in the last five minutes.", _serving(lambda s: s.average)),
    ("utilization_ratio", "Average requests per second over the floor.", _serving(_ratio)),
    ("errors_client_day", "Requests refused with 4xx in 24 hours.", lambda s: s.errors.client),
    ("errors_server_day", "Requests failed with 5xx in 24 hours.", lambda s: s.errors.server),
    (
        "alarms_firing",
        "Alarms in ALARM that tell people so.",
        lambda s: None if s.alarms is None else s.firing,
    ),
    ("cost_dollars_month", "Estimated cost of 730 hours.", lambda s: _dollars(s.figures.cost)),
    (
        "waste_dollars_month",
        "The part of it for a floor above the demand.",
        lambda s: _dollars(s.figures.waste),
    ),
)


class _Fleet(Collector):
    """One look, handed out once."""

    def __init__(self, shot: Shot[View]) -> None:
        self._shot = shot

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All families; without a look only whether there was trouble."""
        up = GaugeMetricFamily(
            "personalize_monitor_up", "1 while the account answers.", float(not self._shot.trouble)
        )
        yield up
        if self._shot.value is not None:
            yield from _families(self._shot.value.look)


def _families(look: Snapshot) -> Iterator[GaugeMetricFamily]:
    prefix = "personalize_monitor"
    yield GaugeMetricFamily(
        f"{prefix}_window_end_timestamp_seconds",
        "End of the measured five minutes.",
        look.window.end.timestamp(),
    )
    yield GaugeMetricFamily(
        f"{prefix}_look_problems", "Things that could not be read.", len(look.problems)
    )
    info = GaugeMetricFamily(
        f"{prefix}_resource_info",
        "1 for each resource, with its state and recipe.",
        labels=(*_LABELS, "state", "recipe"),
    )
    for one in look.seen:
        what = one.resource
        state = "unknown" if what.stale else str(what.state)
        info.add_metric((*_named(one), state, words.recipe_name(what)), 1)
    yield info
    for name, text, value in _BY_RESOURCE:
        family = GaugeMetricFamily(f"{prefix}_resource_{name}", text, labels=_LABELS)
        for one in look.seen:
            found = value(one)
            if found is not None:
                family.add_metric(_named(one), found)
        yield family


def _named(one: Seen) -> tuple[str, str, str]:
    what = one.resource
    return what.region, str(what.kind), what.name


def exposition(shot: Shot[View]) -> bytes:
    """The text that Prometheus scrapes."""
    registry = CollectorRegistry()
    registry.register(_Fleet(shot))
    return generate_latest(registry)
