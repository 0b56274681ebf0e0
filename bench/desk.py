"""``python -m bench.desk``: the command on a large account, 30 ms a call, beside a plain script.

Each run is a process of its own, measured from outside: seconds, seconds of CPU, peak memory; the
endpoint is another process, so nothing of its work counts. Prints a table for docs/performance.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import exponent
from bench.fleet import REGIONS
from bench.local import Server, control, environment

VERBS = ("status", "plan", "report")
SIZES = (100, 1000, 5000)
MOST_SECONDS, MOST_MB = {1000: 10.0, 5000: 60.0}, 500.0
BASELINE = 100
"""So many resources the plain script looks at; more would only take time."""


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds by the clock and of the CPU, peak memory, calls of AWS."""

    seconds: float
    cpu: float
    peak_mb: float
    calls: dict[str, int]
    throttled: int

    @property
    def total(self) -> int:
        """Calls in all."""
        return sum(self.calls.values())


def main() -> None:
    """All verbs at all sizes, or those named as arguments: ``plan 1000``."""
    verbs = [a for a in sys.argv[1:] if not a.isdigit()] or VERBS
    sizes = [int(a) for a in sys.argv[1:] if a.isdigit()] or SIZES
    print(_head())
    for verb in verbs:
        runs = {size: run(verb, size) for size in sizes}
        for size, one in runs.items():
            print(_row(verb, size, one), flush=True)
        if len(runs) > 1:
            growth = exponent({size: one.seconds for size, one in runs.items()})
            print(f"growth of {verb}: exponent {growth}", flush=True)
    print(_row("plain script", BASELINE, baseline(BASELINE)))


def run(verb: str, size: int, *, limits: bool = False) -> Run:
    """The command once; ``limits`` with the rates of describes and metrics that AWS allows."""
    command = [sys.executable, "-m", "personalize_monitor_desk.cli", verb]
    regions = [option for region in REGIONS for option in ("--region", region)]
    return _measured([*command, *regions], size, limits=limits)


def baseline(size: int) -> Run:
    """The plain script once."""
    return _measured([sys.executable, "-m", "bench.desk_baseline", *REGIONS], size, limits=False)


def _measured(command: list[str], size: int, *, limits: bool) -> Run:
    compiled = str(Path(__file__).parent / "out" / "compiled")
    with TemporaryDirectory() as folder, Server() as server:
        control(server.address, fleet={"size": size, "regions": len(REGIONS)}, limits=limits)
        control(server.address, reset=True)
        values = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        root = str(Path(__file__).parents[1])
        values |= environment(server.address) | {"HOME": folder, "PYTHONPATH": root}
        # An installed command is compiled already.
        values.pop("PYTHONDONTWRITEBYTECODE", None)
        values["PYTHONPYCACHEPREFIX"] = compiled
        subprocess.run([*command, "--help"], env=values, stdout=subprocess.DEVNULL, check=False)
        begun = time.monotonic()
        process = subprocess.Popen(
            command, env=values, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        said = process.stderr.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stderr.close()
        if process.returncode:
            raise RuntimeError(f"{command} ended with {process.returncode}: {said[-2000:]}")
        told = control(server.address)
    return Run(
        seconds=round(seconds, 2),
        cpu=round(used.ru_utime + used.ru_stime, 2),
        peak_mb=round(used.ru_maxrss / 1024, 1),
        calls=told["calls"],
        throttled=sum(told["throttled"].values()),
    )


def _head() -> str:
    return (
        "| verb | resources | calls | seconds | CPU, s | peak MB | throttled |\n"
        "| --- | --- | --- | --- | --- | --- | --- |"
    )


def _row(verb: str, size: int, one: Run) -> str:
    print(json.dumps(one.calls), file=sys.stderr)
    return (
        f"| {verb} | {size:,} | {one.total:,} | {one.seconds:.1f} | {one.cpu:.1f} | "
        f"{one.peak_mb:.0f} | {one.throttled} |"
    )


if __name__ == "__main__":
    main()
