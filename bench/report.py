"""The results in words and tables: what docs/performance.md holds."""

# ruff: noqa: E501  rows of tables

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from typing import Any

import boto3

from bench.desk import section
from bench.figures import exponent, median, money, total

_SIZES = (10, 100, 500, 1000, 5000)
_GROWING = (100, 500, 1000, 5000)
Results = Mapping[str, Any]


def report(results: Results) -> str:
    """The whole page."""
    parts = [_head(results), _accepted(results), _warm(results), _first(results), _cold(results)]
    parts += [_against(results), _costs(results), section(results["desk"])]
    parts += [_starts(results), _notes()]
    return "\n".join(parts)


def _head(results: Results) -> str:
    return f"""# Performance

Written by `make bench`, which measures the functions against a local AWS over HTTP: 30 ms for each
call, and AWS's own rates (PutMetricAlarm 3 a second, DescribeAlarms 9, GetMetricData 50, Personalize
describes 10, for each region). The server runs in a process of its own, so CPU and memory are the
function's. This run took {results["seconds"]} s on {os.cpu_count()} cores with Python
{platform.python_version()} and boto3 {boto3.__version__}.

![Calls and seconds over the number of resources](performance.svg)
"""


def _rows(head: str, rows: list[list[str]]) -> str:
    columns = head.count("|") + 1
    lines = [f"| {head} |", "|" + " --- |" * columns]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def _hourly(results: Results, key: str, resources: int) -> float:
    hour = results["warm"][key]["hour"]
    return total(hour["calls"]) / int(hour["cycles"]) / resources


def _warm_calls(results: Results, key: str) -> int:
    return total(results["warm"][key]["warm"][0]["calls"])


def _last(results: Results, key: str) -> float:
    return median(one["last_datapoint"] for one in results["warm"][key]["warm"])


def _wall(results: Results, key: str) -> float:
    return median(one["wall"] for one in results["warm"][key]["warm"])


def _accepted(results: Results) -> str:
    def growth(of: Any) -> str:
        return f"{exponent({n: of(results, f'{n} in 3') for n in _GROWING}):.2f}"

    cold = results["install"]["500 in 3 campaigns only"]
    cold_calls = total(cold["calls"], but=":PutMetricAlarm") / 500
    ratio = total(results["baseline"]["500 in 3"]["calls"]) / _warm_calls(results, "500 in 3")
    cost = _money(results, 500, 3)
    hourly_growth = exponent({n: _hourly(results, f"{n} in 3", 1) for n in _GROWING})
    rows = [
        ["warm, 500: calls per resource", "0.05", f"{_warm_calls(results, '500 in 3') / 500:.3f}"],
        [
            "an hour, 500: calls per resource and cycle",
            "0.15",
            f"{_hourly(results, '500 in 3', 500):.3f}",
        ],
        ["warm, 500: last datapoint", "2 s", f"{_last(results, '500 in 3'):.2f} s"],
        ["warm, 1,000: last datapoint", "3 s", f"{_last(results, '1000 in 3'):.2f} s"],
        ["peak memory, 500", "160 MB", f"{results['warm']['500 in 3']['peak_mb']:.0f} MB"],
        ["peak memory, 1,000", "160 MB", f"{results['warm']['1000 in 3']['peak_mb']:.0f} MB"],
        [
            "cold, 500 campaigns: datapoints in the first cycle",
            "all 1,502",
            f"{cold['datapoints']:,}",
        ],
        ["cold, 500 campaigns: calls per resource", "1.1", f"{cold_calls:.3f}"],
        ["growth of calls, warm, 100 to 5,000: exponent", "1.0", growth(_warm_calls)],
        ["growth of calls, an hour: exponent", "1.0", f"{hourly_growth:.2f}"],
        ["growth of time to the last datapoint: exponent", "1.0", growth(_last)],
        ["fewer calls than the baseline, warm, 500", "at least 50 times", f"{ratio:.0f} times"],
        ["cost per resource and month, 500", "1.25 USD", f"{cost['all']:.3f} USD"],
        [
            "of it API calls beyond one request metric",
            "0.05 USD",
            f"{cost['calls beyond']:.3f} USD",
        ],
        [
            "importing a handler over boto3 (slowest, CPU)",
            "60 ms",
            f"{max(results['imports'].values()):.0f} ms",
        ],
        ["deployment package, zipped", "0.4 MB", f"{results['package_mb']:.2f} MB"],
    ]
    title = "## What is asked of it, and what it does\n\nOver three regions, at most:\n\n"
    return title + _rows("figure | limit | measured", rows)


def _warm(results: Results) -> str:
    rows = []
    for regions in (1, 3):
        for n in _SIZES:
            key = f"{n} in {regions}"
            one = results["warm"][key]
            rows.append(
                [
                    f"{n:,}",
                    str(regions),
                    str(_warm_calls(results, key)),
                    str(total(one["one_changed"]["calls"])),
                    f"{_hourly(results, key, n):.3f}",
                    f"{_last(results, key):.2f}",
                    f"{_wall(results, key):.2f}",
                    f"{median(c['cpu'] for c in one['warm']):.2f}",
                    f"{one['peak_mb']:.0f}",
                ]
            )
    head = (
        "resources | regions | calls, warm | calls, one changed | calls per resource and cycle over "
        "an hour | last datapoint, s | cycle, s | CPU, s | peak MB"
    )
    return f"""## Warm cycles

Everything is known from the cycle before. "Warm" is a cycle in which nothing hourly is due; "an hour"
is twelve cycles with all hourly work: describes, histories, decisions, alarms, dashboard. Medians of
{len(results["warm"]["10 in 1"]["warm"])} cycles; the peak is of the whole life of the process, with
14 days of history in memory (2 days at 5,000).

{_rows(head, rows)}
Beyond 2,000 resources the function hands further regions to invocations of itself, so that none
needs the memory of the last rows; the bench has no Lambda to do so, and one process does it all.
"""


def _first(results: Results) -> str:
    rows = [[*key.split(" "), f"{one['peak_mb']:.0f}"] for key, one in results["first"].items()]
    return f"""## The first day

One region in which every floor is twice what is needed: all of it is decided about, and asked for,
within the first hour, with the whole past in memory. At most 300 MB of the function's 512 MB.

{_rows("resources | mode | peak MB", rows)}"""


def _cold(results: Results) -> str:
    rows = []
    firsts = {
        **results["cold"],
        **{f"{k}, no alarms yet": v for k, v in results["install"].items()},
    }
    for key, one in sorted(firsts.items(), key=lambda item: int(item[0].split(" ", 1)[0])):
        n = int(key.split(" ", 1)[0])
        rows.append(
            [
                key,
                f"{total(one['calls'], but=':PutMetricAlarm') / n:.3f}",
                f"{one['datapoints']:,}",
                f"{one['last_datapoint']:.1f}",
                f"{one['wall']:.1f}",
                str(sum(one["throttled"].values())),
            ]
        )
    install = results["install"]["100 in 3"]
    head = "resources in regions | calls per resource | datapoints | last datapoint, s | cycle, s | throttled calls"
    alarms = install["alarms"].get("created", 0)
    return f"""## Cold starts

The first cycle of a new process: each campaign's floor needs a describe, and they go out at nine a
second and region, just below the limit. Each tenth resource is a recommender, which needs none, except
where there are campaigns only. Calls are without PutMetricAlarm.

{_rows(head, rows)}
Directly after the installation ({install["datapoints"]} datapoints of 100 resources in 3 regions) the last
datapoint was out after {install["last_datapoint"]:.1f} s, while {alarms} alarms were made at three a second and
region until second {install["wall"]:.1f}: datapoints do not wait for alarms.
"""


def _against(results: Results) -> str:
    rows = []
    each = results["baseline"]["500 in 3"]
    per_call = each["last_datapoint"] / total(each["calls"])
    for n in _SIZES:
        key = f"{n} in 3"
        known = results["baseline"].get(key)
        calls = total(known["calls"]) if known else total(each["calls"]) * n / 500
        seconds = known["last_datapoint"] if known else calls * per_call
        ours = _warm_calls(results, key)
        rows.append(
            [
                f"{n:,}",
                f"{calls:,.0f}" + ("" if known else " *"),
                str(ours),
                f"{calls / ours:.0f}",
                f"{seconds:.1f}" + ("" if known else " *"),
                f"{_last(results, key):.2f}",
                f"{seconds / _last(results, key):.0f}",
            ]
        )
    head = "resources | calls, baseline | calls, ours | ratio | last datapoint, baseline, s | ours, s | ratio"
    hour = results["warm"]["500 in 3"]["hour"]
    ratio = 12 * total(each["calls"]) / total(hour["calls"])
    return f"""## Next to one call at a time

The baseline is written for this bench: five calls for a campaign, four for a recommender, one after
the other, and twenty metrics a put. Rows with * are extrapolated from its 500 resources by calls and
seconds per call; the function's time would be over long before. Over an hour with all of our hourly
work, and none of the baseline's, the ratio at 500 is {ratio:.0f}.

{_rows(head, rows)}"""


def _money(results: Results, n: int, regions: int) -> dict[str, float]:
    key = f"{n} in {regions}"
    return money(n, results["warm"][key]["hour"], _wall(results, key))


def _costs(results: Results) -> str:
    rows = []
    for n in _SIZES:
        cost = _money(results, n, 3)
        rows.append([f"{n:,}", *(f"{cost[name]:.3f}" for name in cost)])
    head = "resources | all | dashboards | metrics and alarms | one request metric | calls beyond | function"
    return f"""## Cost of watching

USD for each resource and month of 730 hours at list prices (the dated table of the application),
without free allowances, from the hour above. Most of it are the three metrics (0.90) and two
alarms (0.20) of each resource. A small fleet's one dashboard is free; with more than a dozen resources
it costs 3 USD, which is the larger share the fewer they are.

{_rows(head, rows)}"""


def _starts(results: Results) -> str:
    rows = [[name, f"{ms:.1f}"] for name, ms in results["imports"].items()]
    return f"""## Starting

Milliseconds of CPU to import a handler after boto3: median of fresh processes.

{_rows("handler | ms", rows)}"""


def _notes() -> str:
    return """## Why it is quick

- Lists are read every cycle, a hundred a page; a campaign is described only when its list entry moved,
  while it is being updated, and once an hour after its datapoints are out.
- One GetMetricData call asks for 500 metrics, one PutMetricData call puts 1,000 datapoints. A known recipe
  needs one request metric; all three are asked only for unknown recipes and before a decision.
- Regions run side by side, each with its own few threads; what is known is measured at once, and
  what must be described follows in batches. The counts come from the lists alone.
- Alarms, decisions and the dashboard come after the datapoints, in the time that is left.
- History is kept in memory as plain arrays (16 kB for 14 days of a resource) and extended by an hour
  or two at a time; losing it costs one call for 25 resources.
- The mails about floors cost 8,640 short invocations of a small function in a month of 30 days (one in five minutes), each with a call of
  FilterLogEvents, and a second one while a change is fresh; AWS does not charge them. The journal costs an invocation and a PutLogEvents for each event.
"""
