"""Look at the whole fleet and write its dashboards: at deployment, and on request."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from personalize_monitor.aws.access import WORKERS, Access
from personalize_monitor.collect.discover import Discovery, Found
from personalize_monitor.collect.groups import known_group, learn
from personalize_monitor.context.accounts import Accounts
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.model.window import Window
from personalize_monitor.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The dashboards that are there now, and what went wrong."""

    names: tuple[str, ...]
    problems: tuple[str, ...]


def rebuild(
    deployment: Deployment,
    settings: Settings,
    access: Access,
    memory: Memory,
    *,
    now: datetime,
    budget: Budget | None = None,
) -> Rebuilt:
    """Discover every place of every account side by side, then write the dashboards.

    What ``budget`` leaves no time to look at is missing from them until the next time.
    When a place at home does not answer and nothing is remembered of it, the dashboards are left
    as they are: a fleet that cannot be seen is not a fleet that is gone. Another account that lets
    nobody in is noted on them.
    """
    memory.begin(now)
    window = Window.settled(now, timedelta(minutes=settings.metric_delay_minutes))
    problems: list[str] = []
    fleet = []
    blind = False
    notes: list[str] = []
    targets = Accounts.of(access, deployment, settings).targets(settings, deployment.home_region)
    with ThreadPoolExecutor(WORKERS) as pool, ThreadPoolExecutor(max(1, len(targets))) as lanes:

        def look(target: Target) -> tuple[Found, list[str]]:
            try:
                found = Discovery(target, settings, memory, window, pool, budget).run()
                return found, learn(target, found.active, memory, pool)
            except Exception as error:  # noqa: BLE001  one place must never cost the others theirs
                _log.exception("place failed", extra={"place": str(target)})
                why = f"{target} failed unexpectedly ({type(error).__name__}: {error})."
                return Found(), [why]

        for target, (found, trouble) in zip(targets, lanes.map(look, targets), strict=True):
            problems += [*found.problems, *trouble]
            if found.blank and target.account != deployment.account:
                notes.append(f"{target} did not answer.")
            elif found.blank:
                blind = True
            fleet += [replace(r, dataset_group_arn=known_group(r, memory)) for r in found.active]
    if blind:
        problems.append("The dashboards are left as they are, because a list is not complete.")
        return Rebuilt((), tuple(problems))
    from personalize_monitor.dashboard.build import build  # noqa: PLC0415  a quicker start

    report = build(access, deployment, fleet, settings, now=now, notes=notes)
    return Rebuilt(tuple(report.names), (*problems, *report.problems))
