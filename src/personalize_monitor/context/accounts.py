"""The accounts that a deployment watches: its own, and one behind each role it was given."""

from __future__ import annotations

import re
from dataclasses import dataclass

from personalize_monitor.aws.access import Access
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.settings import Settings

_NOT_IN_A_NAME = re.compile(r"[^\w+=,.@-]")
_LONGEST_NAME = 64  # AWS: RoleSessionName


@dataclass(frozen=True)
class Accounts:
    """The ways into the watched accounts, by their ids; the deployment's own is the first."""

    ways: dict[str, Access]

    @classmethod
    def of(cls, home: Access, deployment: Deployment, settings: Settings) -> Accounts:
        """Home, and the account of each role of ``MonitoredRoleARNs``; asks nothing of AWS yet.

        The role's external id is ``STACK/ACCOUNT/REGION`` of the deployment, so that a role that
        trusts one deployment lets no other in. A role of the home account itself is not needed.
        """
        ways = {deployment.account: home}
        name = _NOT_IN_A_NAME.sub("-", f"personalize-monitor-{deployment.stack}")[:_LONGEST_NAME]
        for role_arn in settings.monitored_role_arns:
            account = role_arn.split(":")[4]
            if account not in ways:
                ways[account] = home.assume(
                    role_arn, session_name=name, external_id=deployment.owner
                )
        return cls(ways)

    def targets(self, settings: Settings, home_region: str) -> list[Target]:
        """Every place to look into: each account in each region where something is wanted."""
        return [
            Target(access, account, region)
            for account, access in self.ways.items()
            for region in settings.regions_to_watch(home_region)
            if _wanted(settings, account, region)
        ]

    def strangers(self, settings: Settings) -> list[str]:
        """A sentence for each account whose resources are asked for but not watched."""
        asked = {arn.account for s in (settings.campaigns, settings.recommenders) for arn in s.arns}
        return [
            f"Resources of account {account} are asked for, but it is not watched; give a role of "
            "it in MonitoredRoleARNs, or take its ARNs out of the parameters."
            for account in sorted(asked - set(self.ways))
        ]


def _wanted(settings: Settings, account: str, region: str) -> bool:
    selections = (settings.campaigns, settings.recommenders)
    return any(
        selection.all or any((a.account, a.region) == (account, region) for a in selection.arns)
        for selection in selections
    )
