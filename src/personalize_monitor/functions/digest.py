"""The digest: what the monitor writes when it has started itself for that, or somebody asks."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from personalize_monitor.aws.events import Events
from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.clock import utc_now
from personalize_monitor.context.accounts import Accounts
from personalize_monitor.errors import Unavailable
from personalize_monitor.functions.runtime import Runtime
from personalize_monitor.notify.digest import digest
from personalize_monitor.plan.learned_prices import in_force
from personalize_monitor.plan.operator import Operator


def send(here: Runtime) -> dict[str, Any]:
    """Write the digest and send it as a notice; answers its subject.

    Raises JournalUnavailable, and Unavailable where the bus takes nothing: Lambda tries again, and
    keeps it among the dead letters in the end.
    """
    now, settings, deployment = utc_now(), here.settings(), here.deployment
    outputs = {"JournalLogGroup": deployment.journal_group}
    stack = StackInfo(deployment.stack, deployment.home_region, dict(os.environ), outputs)
    home = replace(Operator.open(here.access, stack, now=now, path=Path()), given=settings)
    ways = Accounts.of(here.access, deployment, settings).ways.values()
    desks = [replace(home, access=access) for access in ways]
    event = digest(
        desks,
        settings,
        [in_force(one.reader, settings, account=one.access.account, now=now) for one in desks],
        regions=settings.regions_to_watch(deployment.home_region),
        now=now,
    )
    for _, why in Events(here.access, deployment.home_region).put([event]):
        raise Unavailable(f"The digest is lost: {why}")
    return {"subject": event.detail["Summary"]}
