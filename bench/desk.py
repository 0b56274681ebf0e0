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
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.figures import exponent
from bench.fleet import REGIONS
from bench.local import Server, control, environment

VERBS = ("status", "plan", "report")
SIZES = (100, 1000, 5000)
PLAIN = "plain script"
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


_HEAD = """## The command on a large account

Written by `python -m bench.desk`: real processes, three regions, 30 ms a call, the endpoint in a
process of its own, without rate limits (that of Personalize's describes is not published). Growth
is the exponent of the seconds of CPU; the seconds by the clock are those of a machine that may do
something else as well. The plain script asks about one resource after the other.

| verb | resources | calls | seconds | CPU, s | peak MB | growth |
| --- | --- | --- | --- | --- | --- | --- |"""


def main() -> None:
    """All verbs at all sizes, or those named as arguments: ``plan 1000``."""
    verbs = [a for a in sys.argv[1:] if not a.isdigit()] or VERBS
    sizes = [int(a) for a in sys.argv[1:] if a.isdigit()] or SIZES
    print(section(measured(verbs, sizes)))


def measured(
    verbs: Sequence[str] = VERBS, sizes: Sequence[int] = SIZES
) -> dict[str, dict[str, dict[str, Any]]]:
    """Each verb at each size, and the plain script; by verb and by size as text."""
    found = {}
    for verb in verbs:
        found[verb] = {str(size): asdict(run(verb, size)) for size in sizes}
        print(json.dumps(found[verb]), file=sys.stderr, flush=True)
    found[PLAIN] = {str(BASELINE): asdict(baseline(BASELINE))}
    return found


def section(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """The section of docs/performance.md."""
    lines = [_HEAD]
    for verb, runs in found.items():
        growth = exponent({int(n): one["cpu"] for n, one in runs.items()}) if len(runs) > 1 else ""
        lines += [
            f"| {verb} | {int(n):,} | {sum(one['calls'].values()):,} | {one['seconds']:.1f} "
            f"| {one['cpu']:.1f} | {one['peak_mb']:.0f} | {growth} |"
            for n, one in runs.items()
        ]
    return "\n".join(lines) + "\n"


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
        if "bench.desk_baseline" not in command:
            subprocess.run([*command, "--help"], env=values, stdout=subprocess.DEVNULL, check=True)
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


if __name__ == "__main__":
    main()
