"""The tests at set times and in other zones, by `faketime`.

    python -m scripts.at_set_times                     all times
    python -m scripts.at_set_times 3 tests/console     the third alone, with arguments for pytest

A test marked `clock` runs at every time. The others, which see the sandbox's time alone, run once,
each file at one of the times. `tests/present.py` chooses, and holds the marks true.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ZONES = Path("/usr/share/zoneinfo")
SLEEP = Path(__file__).resolve().parent / "set_time"


@dataclass(frozen=True, slots=True)
class Setting:
    """When a machine believes to be, in UTC, and in which zone it stands."""

    moment: str
    zone: str
    why: str

    @property
    def offset(self) -> int:
        """Seconds from now on this machine to then."""
        return round(datetime.fromisoformat(self.moment).timestamp() - time.time())


SETTINGS = (
    Setting("2026-02-02T00:02Z", "Pacific/Apia", "after midnight, before the days of the tests"),
    Setting("2028-02-29T22:58Z", "Asia/Kolkata", "29 February, an hour before midnight"),
    Setting("2026-12-31T23:57Z", "America/St_Johns", "the end of a year"),
    Setting("2027-03-28T00:57Z", "Europe/Berlin", "Berlin loses an hour"),
    Setting("2027-10-31T00:57Z", "Europe/Berlin", "Berlin gains an hour"),
    Setting("2027-03-14T06:57Z", "America/New_York", "New York loses an hour"),
    Setting("2027-11-07T05:57Z", "America/New_York", "New York gains an hour"),
)


def missing() -> str:
    """What this machine lacks, with its cure; empty when nothing."""
    if shutil.which("faketime") is None or not (ZONES / "Asia/Kolkata").exists():
        return "Set times need faketime and tzdata: apt-get install faketime tzdata"
    return ""


def run(number: int, arguments: list[str]) -> bool:
    """The tests of one time, whether they passed."""
    setting, place = SETTINGS[number - 1], f"{number}/{len(SETTINGS)}"
    tell(f"{place}  {setting.moment} in {setting.zone}: {setting.why}")
    environment = {
        **os.environ,
        "TZ": setting.zone,
        "SET_TIME": place,
        # Files keep their times, or each run would compile every module anew.
        "NO_FAKE_STAT": "1",
        "PYTHONPATH": os.pathsep.join([str(SLEEP), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    # Waiting follows the monotonic clock: were it set as well, some waits would last for years.
    command = ["faketime", "--exclude-monotonic", "-f", f"{setting.offset:+d}s"]
    command += [sys.executable, "-m", "pytest", "-q"]
    workers = ["-n", os.environ.get("WORKERS", "2"), "--dist", "loadfile"]
    command += [*workers, "-p", "no:cacheprovider", *arguments]
    if (passed := _tried(command, environment)) is None:
        # libfaketime reads the environment in every thread, and may crash while another writes it.
        tell(f"{place}  a worker crashed: once more")
        passed = _tried(command, environment)
    return passed is True


def _tried(command: list[str], environment: dict[str, str]) -> bool | None:
    """Whether all tests passed; None when a worker crashed."""
    crashed = False
    with subprocess.Popen(  # noqa: S603  our own words
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            crashed |= "Not properly terminated" in line
            tell(line.rstrip("\n"))
    return None if crashed else running.returncode == 0


def tell(line: str) -> None:
    """One line for whoever waits, before what pytest says."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """Run what was asked for; 1 when a test fails, 2 when it cannot be tried here."""
    if lacking := missing():
        tell(lacking)
        return 2
    chosen = [int(words.pop(0))] if words and words[0].isdigit() else range(1, len(SETTINGS) + 1)
    failed = [number for number in chosen if not run(number, words)]
    for number in failed:
        tell(f"failed: python -m scripts.at_set_times {number}")
    return min(1, len(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
