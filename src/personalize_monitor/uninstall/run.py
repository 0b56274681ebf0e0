"""Remove what the application made: everywhere on uninstall, elsewhere when regions change."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from personalize_monitor.aws.access import WORKERS, Access
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.context.accounts import Accounts
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.contract import ALARM_PREFIX, PERSONALIZE_REGIONS, TOPIC_NAME
from personalize_monitor.settings import Settings
from personalize_monitor.uninstall.sweep import SweepReport, sweep_region

_log = logging.getLogger(__name__)


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
    from personalize_monitor.dashboard.build import remove  # noqa: PLC0415  a quicker start

    regions = regions_of(deployment)
    targets = [Target(access, deployment.account, region) for region in regions]
    targets += [
        Target(way, to, region) for to, way in (members or {}).items() for region in regions
    ]
    return _sweep(targets, deployment, budget) + list(remove(access, deployment).problems)


def tidy(
    access: Access,
    deployment: Deployment,
    settings: Settings,
    budget: Budget,
    former: Settings | None = None,
) -> list[str]:
    """Remove alarms and topics where nothing is watched any more; answers with what stayed.

    That is every region that ``settings`` do not name, in each account that they name, and every
    region of an account that only the ``former`` settings named.
    """
    targets = unwatched(access, deployment, settings)
    left = Accounts.of(access, deployment, former).ways if former else {}
    closed = []
    for account in sorted(left.keys() - Accounts.of(access, deployment, settings).ways.keys()):
        if why := _closed(left[account], deployment.home_region):
            closed.append(_left_behind(account, why))
        else:
            targets += [Target(left[account], account, region) for region in regions_of(deployment)]
    return _sweep(targets, deployment, budget) + closed


def _closed(way: Access, region: str) -> str:
    """Why there is no way into an account any more; empty while there is one."""
    try:
        way.client("sts", region).get_caller_identity()
    except AWS_ERRORS as error:
        return sentence("Taking on its role", error)
    return ""


def _left_behind(account: str, why: str) -> str:
    return (
        f"Account {account} is no longer watched, and what was made there is left: {why} Put its "
        "role back into MonitoredRoleARNs, set Regions and ARNs so that nothing of it is watched, "
        "and take the role out a day later; or delete there by hand what `aws cloudwatch "
        f"describe-alarms --alarm-name-prefix {ALARM_PREFIX}` and `aws sns list-topics` show of it "
        f"(the topic is {TOPIC_NAME})."
    )


def unwatched(access: Access, deployment: Deployment, settings: Settings) -> list[Target]:
    """Every place of the watched accounts where nothing is watched by these settings."""
    watched = settings.regions_to_watch(deployment.home_region)
    ways = Accounts.of(access, deployment, settings).ways
    return [
        Target(way, account, region)
        for account, way in ways.items()
        for region in regions_of(deployment)
        if region not in watched
    ]


def regions_of(deployment: Deployment) -> list[str]:
    """Regions of this partition in which something of ours may be: home, and Personalize's."""
    china = deployment.home_region.startswith("cn-")
    regions = {r for r in PERSONALIZE_REGIONS if r.startswith("cn-") == china}
    return sorted(regions | {deployment.home_region})


def _sweep(targets: Iterable[Target], deployment: Deployment, budget: Budget) -> list[str]:
    def sweep(target: Target) -> SweepReport:
        try:
            return sweep_region(target, deployment, budget=budget)
        except Exception as error:  # noqa: BLE001  one place must never cost the others theirs
            _log.exception("place failed", extra={"place": str(target)})
            why = f"Tidying {target} failed unexpectedly ({type(error).__name__}: {error})."
            return SweepReport(problems=(why,), done=False)

    with ThreadPoolExecutor(WORKERS) as pool:
        return [problem for report in pool.map(sweep, targets) for problem in report.problems]
