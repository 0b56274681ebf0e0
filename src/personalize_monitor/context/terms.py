"""What one run goes by: its own parameters for what it decides, the deployment's for what is kept.

An event may override parameters for one run. What outlives the run (alarms, topics, dashboards,
what is tidied away, the counts of the fleet) must not follow it: the next run would undo it, and
what a person had muted or confirmed would be lost.
"""

from __future__ import annotations

from dataclasses import dataclass

from personalize_monitor.aws.access import Access
from personalize_monitor.context.accounts import Accounts
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.settings import Settings


@dataclass(frozen=True, slots=True)
class Terms:
    """``run`` says what this run measures and decides, ``deployed`` what the deployment keeps.

    A ``replay`` looks at a time that is over: it measures and publishes, and does nothing else.
    """

    run: Settings
    deployed: Settings
    replay: bool = False

    @classmethod
    def plain(cls, settings: Settings) -> Terms:
        """Those of a run without overrides."""
        return cls(settings, settings)

    @property
    def own(self) -> bool:
        """Whether the run goes by the deployment's parameters, so that it may be remembered."""
        return self.run == self.deployed and not self.replay

    @property
    def speaks(self) -> bool:
        """Whether requests and notices go out, and so may be remembered as sent."""
        return self.run.actions and not self.run.dry_run

    @property
    def sees_all(self) -> bool:
        """Whether the run looks at all that the deployment watches, and at nothing else."""
        run, deployed = self.run, self.deployed
        return self._same_selection() and (
            (run.regions, run.monitored_role_arns)
            == (deployed.regions, deployed.monitored_role_arns)
        )

    def keeps(self, target: Target, home: Access, deployment: Deployment) -> bool:
        """Whether what is found at ``site`` is what the deployment keeps alarms for there."""
        if not self._same_selection():
            return False
        watched = Accounts.of(home, deployment, self.deployed).targets(
            self.deployed, deployment.home_region
        )
        return any((s.account, s.region) == (target.account, target.region) for s in watched)

    def _same_selection(self) -> bool:
        run, deployed = self.run, self.deployed
        return (run.campaigns, run.recommenders) == (deployed.campaigns, deployed.recommenders)
