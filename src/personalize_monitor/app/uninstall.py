"""Remove what the application made: everywhere on uninstall, elsewhere when regions change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from personalize_monitor.app.budget import Budget
from personalize_monitor.app.site import Deployment, Site
from personalize_monitor.app.sweep import SweepReport, sweep_region
from personalize_monitor.aws.access import WORKERS, Access
from personalize_monitor.contract import PERSONALIZE_REGIONS


def uninstall(
    access: Access,
    deployment: Deployment,
    budget: Budget,
    members: Mapping[str, Access] | None = None,
) -> list[str]:
    """Remove alarms and topics in every region, and the dashboards; answers with what stayed.

    Every region that Personalize has is visited: also those without a resource by now, and those
    that an earlier version of the parameters named; in the accounts of ``members``, too. The home
    topic belongs to the stack itself.
    """
    from personalize_monitor.app.dashboard.build import remove  # noqa: PLC0415  a quicker start

    regions = regions_of(deployment)
    sites = [Site(access, deployment.account, region) for region in regions]
    sites += [Site(way, to, region) for to, way in (members or {}).items() for region in regions]
    return _sweep(sites, deployment, budget) + list(remove(access, deployment).problems)


def tidy(
    access: Access, deployment: Deployment, watched: Collection[str], budget: Budget
) -> list[str]:
    """Remove alarms and topics of regions that are not watched any more."""
    unwatched = [region for region in regions_of(deployment) if region not in watched]
    sites = [Site(access, deployment.account, region) for region in unwatched]
    return _sweep(sites, deployment, budget)


def regions_of(deployment: Deployment) -> list[str]:
    """Regions of this partition in which something of ours may be: home, and Personalize's."""
    china = deployment.home_region.startswith("cn-")
    regions = {r for r in PERSONALIZE_REGIONS if r.startswith("cn-") == china}
    return sorted(regions | {deployment.home_region})


def _sweep(sites: Iterable[Site], deployment: Deployment, budget: Budget) -> list[str]:
    def sweep(site: Site) -> SweepReport:
        return sweep_region(site, deployment, budget=budget)

    with ThreadPoolExecutor(WORKERS) as pool:
        return [problem for report in pool.map(sweep, sites) for problem in report.problems]
