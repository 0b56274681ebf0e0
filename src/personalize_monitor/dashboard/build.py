"""Write the dashboards of a deployment, and take them away again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from personalize_monitor.alarms.names import Sort
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.dashboards import Dashboards
from personalize_monitor.aws.problems import AWS_ERRORS, is_not_found, sentence
from personalize_monitor.context.target import Deployment
from personalize_monitor.contract import DASHBOARD_NAME
from personalize_monitor.dashboard.body import Look, bodies
from personalize_monitor.dashboard.standing import ABANDONED_AFTER, Standing, standing
from personalize_monitor.model.resource import Resource
from personalize_monitor.settings import Settings


@dataclass(frozen=True, slots=True)
class DashboardReport:
    """What was done. ``names`` are the deployment's dashboards that are there now.

    ``written`` and ``removed`` are the names that changed; ``problems`` has a sentence for each
    failure.
    """

    names: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def build(
    access: Access,
    deployment: Deployment,
    resources: Sequence[Resource],
    settings: Settings,
    *,
    now: datetime | None = None,
    notes: Sequence[str] = (),
) -> DashboardReport:
    """Replace the deployment's dashboards by those of ``resources`` (the monitored ones).

    ``notes`` are sentences on what could not be read, for the header. Numbered dashboards that
    are no longer needed go. Dashboards of another deployment are left alone; with ``now``, only
    as long as that one rebuilds them. Needs cloudwatch:ListDashboards on ``*``; GetDashboard,
    PutDashboard and DeleteDashboards on
    ``arn:PARTITION:cloudwatch::ACCOUNT:dashboard/Amazon-Personalize-Monitor*``.
    """
    try:
        existing = standing(access, deployment.home_region)
    except AWS_ERRORS as error:
        return DashboardReport(problems=(sentence("Reading the existing dashboards", error),))
    owner = deployment.owner
    foreign = {s.name: s for s in existing if not s.may_replace(owner, now)}
    if DASHBOARD_NAME in foreign:
        return DashboardReport(problems=(_belongs_elsewhere(foreign[DASHBOARD_NAME], owner),))
    wanted = bodies(resources, _look(deployment, settings, notes, frozenset(foreign)))
    dashboards = Dashboards(access, deployment.home_region)
    written, problems = _write(dashboards, wanted)
    surplus = [s.name for s in existing if s.may_remove(owner) and s.name not in wanted]
    removed, failed = _delete(dashboards, surplus)
    ours = {s.name for s in existing if s.may_remove(owner)}
    there = ours.union(written).difference(removed)
    return DashboardReport(_in_order(there), written, removed, problems + failed)


def remove(access: Access, deployment: Deployment) -> DashboardReport:
    """Delete what ``build`` wrote, and nothing else; the existing application's dashboard stays.

    Needs cloudwatch:ListDashboards, GetDashboard and DeleteDashboards, as for ``build``.
    """
    try:
        existing = standing(access, deployment.home_region)
    except AWS_ERRORS as error:
        return DashboardReport(problems=(sentence("Reading the existing dashboards", error),))
    ours = [s.name for s in existing if s.may_remove(deployment.owner)]
    removed, problems = _delete(Dashboards(access, deployment.home_region), ours)
    return DashboardReport(_in_order(set(ours).difference(removed)), (), removed, problems)


def _look(
    deployment: Deployment, settings: Settings, notes: Sequence[str], taken: frozenset[str]
) -> Look:
    return Look(
        home_region=deployment.home_region,
        account=deployment.account,
        partition=deployment.partition,
        owner=deployment.owner,
        threshold_percent=(
            settings.utilization_threshold_percent if settings.utilization_alarms else None
        ),
        alarms=tuple(sort for sort in Sort if sort.wanted(settings)),
        notes=notes,
        taken=taken,
    )


def _write(
    dashboards: Dashboards, wanted: dict[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    written, problems = [], []
    for name, body in wanted.items():
        try:
            dashboards.put(name, body)
            written.append(name)
        except AWS_ERRORS as error:
            problems.append(sentence(f"Writing the dashboard {name}", error))
    return tuple(written), tuple(problems)


def _delete(
    dashboards: Dashboards, names: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    # One by one: DeleteDashboards deletes nothing at all when one of several names is gone.
    removed, problems = [], []
    for name in names:
        try:
            dashboards.delete([name])
        except AWS_ERRORS as error:
            if not is_not_found(error):
                problems.append(sentence(f"Deleting the dashboard {name}", error))
                continue
        removed.append(name)
    return tuple(removed), tuple(problems)


def _in_order(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (len(name), name)))


def _belongs_elsewhere(dashboard: Standing, owner: str) -> str:
    hours = ABANDONED_AFTER.total_seconds() / 3600
    return (
        f"The dashboard {dashboard.name} belongs to the deployment {dashboard.owner}, so {owner} "
        "left it alone: watch all regions from one stack (parameter Regions), or delete that "
        f"dashboard; it is taken over once it has not been rebuilt for {hours:.0f} hours."
    )
