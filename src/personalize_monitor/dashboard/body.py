"""The dashboards as JSON: header, dataset groups, links between them, and whose they are."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from personalize_monitor.alarms.names import Sort
from personalize_monitor.contract import (
    CAMPAIGN_COUNT_METRIC,
    DASHBOARD_NAME,
    NAMESPACE,
    RESOURCE_COUNT_METRIC,
)
from personalize_monitor.dashboard.groups import by_kind, grouped
from personalize_monitor.dashboard.links import (
    dashboard_address,
    escaped,
    link,
    metrics_documentation,
)
from personalize_monitor.dashboard.pages import paged
from personalize_monitor.dashboard.tiles import COLUMNS, Row, Tile, encode, place, text_tile
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS

_COUNT_WIDTH = 6
_MOST_NOTES = 5
_NOTE_LENGTH = 300
_OWNER = re.compile(r"owner `([^`\s]+)`")
_EMPTY = (
    "### Nothing is monitored yet\n"
    "No active campaign or recommender was found. Create one in Amazon Personalize, or look at "
    "the deployment parameters **CampaignARNs**, **RecommenderARNs** and **Regions**: with `all`, "
    "only the regions listed there are watched, and the stack's own region when none is listed. "
    "This dashboard is rebuilt every hour, and at once on the event "
    "`BuildPersonalizeMonitorDashboard`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the dashboards say beside the resources.

    ``threshold_percent`` is the utilization alarm's, None without that alarm. ``alarms`` are the
    sorts of alarm that the settings ask for; empty: no alarm widgets. ``owner`` is the
    deployment's mark. ``notes`` are sentences on what could not be read. ``taken`` are names of
    dashboards that are not ours to replace.
    """

    home_region: str
    account: str
    partition: str
    owner: str
    threshold_percent: int | None = None
    alarms: Sequence[Sort] = ()
    notes: Sequence[str] = ()
    taken: Collection[str] = ()


def bodies(resources: Sequence[Resource], look: Look) -> dict[str, str]:
    """Dashboard name to body (JSON text), in order, for the monitored ``resources``.

    The same resources in any order give the same bytes. Each body stays within 500 widgets,
    2,500 metrics, and 500 metrics a graph, and more dashboards are made as needed.
    """
    groups = grouped(resources, home_account=look.account)
    pages = paged(
        groups,
        home_account=look.account,
        threshold_percent=look.threshold_percent,
        alarms=look.alarms,
    )
    shown = [resource for group in groups for resource in group.resources]
    free = _names(look.taken)
    names = [next(free) for _ in pages]
    return {
        name: _body([*_top(shown, names, at, look), *rows, *_end(look)])
        for at, (name, rows) in enumerate(zip(names, pages, strict=True))
    }


def owner_in(body: str) -> str | None:
    """The owner that a dashboard's last text names; None when it names none."""
    try:
        widgets = json.loads(body)["widgets"]
        texts = [w["properties"]["markdown"] for w in widgets if w.get("type") == "text"]
        found = _OWNER.search(texts[-1])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None
    return found[1] if found else None


def _names(taken: Collection[str]) -> Iterator[str]:
    yield DASHBOARD_NAME
    number = 2
    while True:
        name = f"{DASHBOARD_NAME}-{number}"
        if name not in taken:
            yield name
        number += 1


def _body(rows: Sequence[Row]) -> str:
    # "inherit" keeps the five minutes that the metrics have, whatever time range is looked at.
    return encode({"start": "-P1D", "periodOverride": "inherit", "widgets": place(rows)})


def _top(resources: Sequence[Resource], names: Sequence[str], at: int, look: Look) -> list[Row]:
    lines = ["# Amazon Personalize Monitor"]
    if len(names) > 1:
        lines.append(_navigation(names, at, look))
    if at:
        return [(text_tile("\n\n".join(lines), height=2),)]
    lines.append(f"**{by_kind(resources)}** monitored{_by_region(resources)}.")
    notes = _shortened(look.notes)
    lines.extend(f"⚠ {escaped(note)}" for note in notes)
    lines.append(
        "At a utilization below 100 % more is provisioned, and paid, than is used; above it, the "
        "service has scaled up. What the service's own metrics mean: "
        f"{link('documentation', metrics_documentation(look.partition))}."
    )
    height = 5 + len(notes)
    rows: list[Row] = [
        (
            text_tile("\n\n".join(lines), width=COLUMNS - _COUNT_WIDTH, height=height),
            _counts(look, height),
        )
    ]
    if not resources:
        rows.append((text_tile(_EMPTY, height=4),))
    return rows


def _shortened(notes: Sequence[str]) -> list[str]:
    shown = [textwrap.shorten(note, _NOTE_LENGTH, placeholder=" ...") for note in notes]
    if len(shown) <= _MOST_NOTES:
        return shown
    more = len(shown) - _MOST_NOTES + 1
    return [*shown[: _MOST_NOTES - 1], f"{more} more problems: see the summary in the log."]


def _counts(look: Look, height: int) -> Tile:
    """The monitor's own counts: a gap in the small curve is a cycle that did not run."""
    metrics = [
        [NAMESPACE, RESOURCE_COUNT_METRIC, {"label": "campaigns + recommenders"}],
        [NAMESPACE, CAMPAIGN_COUNT_METRIC, {"label": "campaigns"}],
    ]
    properties = {
        "title": "Monitored",
        "view": "singleValue",
        "sparkline": True,
        "region": look.home_region,
        "stat": "Maximum",
        "period": SECONDS,
        "metrics": metrics,
    }
    return Tile("metric", _COUNT_WIDTH, height, properties, len(metrics))


def _by_region(resources: Sequence[Resource]) -> str:
    numbers = Counter((resource.account, resource.region) for resource in resources)
    if not numbers:
        return ""
    several = len({account for account, _ in numbers}) > 1
    words = [
        escaped(f"{account} {region}" if several else region) + f": {number}"
        for (account, region), number in sorted(numbers.items())
    ]
    return f" ({' · '.join(words)})"


def _navigation(names: Sequence[str], at: int, look: Look) -> str:
    def to(label: str, target: int) -> str:
        address = dashboard_address(look.partition, look.home_region, names[target])
        return f"[{label}]({address})"

    links = [f"dashboard {at + 1} of {len(names)}"]
    if at:
        links += [to("first", 0), to("previous", at - 1)]
    if at + 1 < len(names):
        links.append(to("next", at + 1))
    return " · ".join(links)


def _end(look: Look) -> list[Row]:
    text = (
        "Personalize Monitor rebuilds this dashboard every hour and replaces it whole: keep "
        f"changes of your own in a copy with another name. Made by the owner `{look.owner}`."
    )
    return [(text_tile(text, height=1, plain=True),)]
