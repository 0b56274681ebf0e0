"""One configuration, measured in a process that holds nothing but the function.

Reads a plan (JSON) from its argument and prints what it measured (JSON). What it imports before
the monitor is the standard library, so that time and memory are the function's own.
"""

# ruff: noqa: PLC0415  what is imported when is part of what is measured

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from collections import Counter
from datetime import datetime, timedelta, tzinfo
from typing import Any
from unittest import mock

from bench.local import control

_TIMEOUT = 240.0  # seconds, as in the template


class Context:
    """Lambda's context, as far as the functions ask it."""

    aws_request_id = "bench"

    def __init__(self) -> None:
        self._end = time.monotonic() + _TIMEOUT

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the function."""
        return int((self._end - time.monotonic()) * 1000)


class Clock:
    """Event times, five minutes apart, and the present that the function asks for."""

    def __init__(self, begin: str) -> None:
        self._now = datetime.fromisoformat(begin)

    def now(self, zone: tzinfo) -> datetime:
        """The time of the last event."""
        return self._now.astimezone(zone)

    def event(self, *, again: bool = False) -> dict[str, Any]:
        """The next event, or the one before once more: then nothing hourly is due."""
        if not again:
            self._now += timedelta(minutes=5)
        return {"time": self._now.isoformat(), "detail-type": "Scheduled Event", "detail": {}}


def peak_mb() -> float:
    """Peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def hurry(*, on: bool) -> None:
    """Lift our own paces where the server's limits are lifted too; begin with fresh ones."""
    from personalize_monitor.aws import pace
    from personalize_monitor.functions.runtime import runtime

    pace.sleep = (lambda _: None) if on else time.sleep
    runtime().access._paces.clear()  # noqa: SLF001  they are in debt for what was not waited for


class Runner:
    """Runs cycles and measures each, from outside and inside."""

    def __init__(self, address: str, begin: str) -> None:
        self._address = address
        self._clock = Clock(begin)
        self._alarms: list[tuple[str, dict[str, Any]]] = []

    def stage(self, *, quick: bool) -> None:
        """With or without latency and limits."""
        control(self._address, latency=0.0 if quick else 0.030, limits=not quick)
        hurry(on=quick)

    def make_alarms_at_once(self) -> None:
        """Hand new alarms to the server in one piece: thousands of calls would only take time."""
        from personalize_monitor.aws.alarms import Alarms

        kept = self._alarms

        def put(alarms: Any, specification: dict[str, Any]) -> None:
            kept.append((alarms._client.meta.region_name, specification))  # noqa: SLF001

        with mock.patch.object(Alarms, "put", put):
            self.cycle()
        control(self._address, alarms=kept)

    def cycle(self, *, again: bool = False) -> dict[str, Any]:
        """One cycle with everything that was measured of it."""
        from personalize_monitor import clock
        from personalize_monitor.functions import monitor

        vars(clock)["datetime"] = self._clock
        control(self._address, reset=True)
        event = self._clock.event(again=again)
        wall, cpu = time.monotonic(), time.process_time()
        summary = monitor.handler(event, Context())
        ended = time.monotonic()
        told = control(self._address)
        return {
            "wall": round(ended - wall, 3),
            "cpu": round(time.process_time() - cpu, 3),
            "last_datapoint": round(told["last_datapoint"] - wall, 3),
            "datapoints": told["datapoints"],
            "calls": told["calls"],
            "throttled": told["throttled"],
            "metrics_requested": summary["metrics_requested"],
            "unfinished": summary["unfinished"],
            "problems": summary["problems"][:3],
            "alarms": summary["alarms"],
            "dashboards": summary["calls"].get("cloudwatch:PutDashboard", 0),
            "cost": summary["cost"],
            "requests": summary["requests_sent"],
            "peak_mb": round(peak_mb(), 1),
        }


def measure(plan: dict[str, Any]) -> dict[str, Any]:
    """All that the plan asks for."""
    runner = Runner(plan["address"], plan["begin"])
    if plan["what"] == "cold":
        runner.stage(quick=False)
        return {"cold": runner.cycle()}
    runner.stage(quick=True)
    runner.make_alarms_at_once()
    if plan["what"] == "first day":
        return {"decided": sum(runner.cycle()["requests"] for _ in range(13)), "peak_mb": peak_mb()}
    for _ in range(200):  # until alarms, decisions and dashboards are up to date
        if not runner.cycle()["unfinished"]:
            break
    runner.cycle()
    if plan["what"] == "prime":
        return {}
    return _warm(plan, runner)


def _warm(plan: dict[str, Any], runner: Runner) -> dict[str, Any]:
    runner.stage(quick=False)
    found: dict[str, Any] = {}
    found["warm"] = [runner.cycle(again=True) for _ in range(plan["warm"])]
    control(plan["address"], touch=plan["touch"])
    found["one_changed"] = runner.cycle(again=True)
    runner.stage(quick=True)
    found["hour"] = together([runner.cycle() for _ in range(12)])
    found["peak_mb"] = round(peak_mb(), 1)
    return found


def together(cycles: list[dict[str, Any]]) -> dict[str, Any]:
    """An hour as one: calls, metrics, CPU."""
    calls: Counter[str] = Counter()
    for one in cycles:
        calls.update(one["calls"])
    return {
        "cycles": len(cycles),
        "calls": dict(calls),
        "metrics_requested": sum(one["metrics_requested"] for one in cycles),
        "dashboards": max(one["dashboards"] for one in cycles),
        "cpu": round(sum(one["cpu"] for one in cycles), 3),
        "problems": [problem for one in cycles for problem in one["problems"]][:3],
    }


def main() -> None:
    """Measure and print."""
    plan = json.loads(sys.argv[1])
    logging.disable()
    if plan["what"] == "baseline":
        from bench.baseline import measure as measure_baseline

        print(json.dumps(measure_baseline(plan)))
        return
    print(json.dumps(measure(plan)))


if __name__ == "__main__":
    main()
