"""Cold starts: what importing each handler costs over a bare boto3, and how large it all is."""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import zipfile
from pathlib import Path

HANDLERS = ("monitor", "update", "delete", "stop", "dashboard", "lifecycle")
_TRIES = 9
_PROGRAM = """
import boto3, time
begin = time.process_time()
import personalize_monitor.functions.{handler}
print((time.process_time() - begin) * 1000)
"""


def import_times() -> dict[str, float]:
    """Milliseconds of CPU by handler: the median of some fresh processes, compiled files in place.

    CPU, because other work on the same machine must not count.
    """
    found = {}
    for handler in HANDLERS:
        program = _PROGRAM.format(handler=handler)
        times = [_run(program) for _ in range(_TRIES)]
        found[handler] = round(statistics.median(times), 1)
    return found


def _run(program: str) -> float:
    command = [sys.executable, "-c", program]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def package_mb() -> float:
    """What is deployed (the folder of the template's CodeUri), zipped."""
    source = Path(__file__).parents[1] / "src"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(source.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(source))
    return round(packed.tell() / 1e6, 2)
