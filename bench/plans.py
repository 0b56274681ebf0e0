"""Run one configuration in processes of its own, and hand back what was measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from bench.fleet import BEGIN, REGIONS, members
from bench.local import Server, control, environment

_WARM_CYCLES = 5


@dataclass(frozen=True, slots=True)
class Size:
    """So many resources over so many regions; each n-th a recommender (0: none)."""

    resources: int
    regions: int
    recommender_every: int = 10
    over_provisioned_every: int = 50

    @property
    def key(self) -> str:
        """Its name in the results."""
        mixture = "" if self.recommender_every else " campaigns only"
        return f"{self.resources} in {self.regions}{mixture}"

    @property
    def age_days(self) -> int:
        """Age of the fleet: the largest is young, so that reading its past fits into the bench."""
        return 60 if self.resources <= 1000 else 2

    @property
    def fleet(self) -> dict[str, int]:
        """How the server makes it."""
        return {
            "size": self.resources,
            "regions": self.regions,
            "recommender_every": self.recommender_every,
            "age_days": self.age_days,
            "over_provisioned_every": self.over_provisioned_every,
        }


def cold(size: Size, *, installed: bool = True) -> dict[str, Any]:
    """The first cycle of a new process; ``installed`` says whether its alarms exist already."""
    with Server() as server:
        control(server.address, fleet=size.fleet)
        if installed:
            _child(server, size, "prime", AutoAdjustCampaignMinProvisionedTPS="No")
        found: dict[str, Any] = _child(server, size, "cold")["cold"]
        return found


def warm(size: Size) -> dict[str, Any]:
    """Cycles of a process that knows the fleet."""
    with Server() as server:
        control(server.address, fleet=size.fleet)
        return _child(server, size, "warm")


def first_day(resources: int, mode: str) -> dict[str, Any]:
    """The first cycles of a region in which everything is over-provisioned, and old."""
    size = Size(resources, 1, over_provisioned_every=1)
    with Server() as server:
        control(server.address, fleet=size.fleet | {"age_days": 60})
        return _child(server, size, "first day", RightSizingMode=mode)


def baseline(size: Size) -> dict[str, Any]:
    """One cycle of the baseline."""
    with Server() as server:
        control(server.address, fleet=size.fleet)
        return _child(server, size, "baseline")


def _child(server: Server, size: Size, what: str, **parameters: str) -> dict[str, Any]:
    regions = ",".join(REGIONS[: size.regions])
    plan = {
        "what": what,
        "address": server.address,
        "begin": BEGIN.isoformat(),
        "regions": regions,
        "warm": _WARM_CYCLES,
        "touch": members(1, 1)[0].arn,
    }
    command = [sys.executable, "-m", "bench.child", json.dumps(plan)]
    values = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    values |= environment(server.address) | {"Regions": regions} | parameters
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=values)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
