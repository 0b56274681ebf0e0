"""Where things are: the deployment at home, and each account and region that it watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from personalize_monitor.aws.access import Access
from personalize_monitor.contract import TOPIC_NAME


@dataclass(frozen=True)
class Target:
    """One account in one region, and the way to it."""

    access: Access
    account: str
    region: str

    def __str__(self) -> str:
        return f"{self.account}/{self.region}"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the stack tells its functions beside the parameters.

    ``topic_arn`` is the home topic; ``journal_group`` the log group of the journal; both may be
    empty outside of a stack. ``stack`` is the stack's name.
    """

    home_region: str
    account: str
    partition: str
    stack: str
    topic_arn: str
    journal_group: str

    @property
    def owner(self) -> str:
        """What marks alarms and topics as this deployment's, wherever they are."""
        return f"{self.stack}/{self.account}/{self.home_region}"

    def topic_in(self, account: str, region: str) -> str:
        """The notification topic that alarms of an account and region use."""
        if self.topic_arn and (account, region) == (self.account, self.home_region):
            return self.topic_arn
        return f"arn:{self.partition}:sns:{region}:{account}:{TOPIC_NAME}"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], access: Access) -> Deployment:
        """Read what ``template.yaml`` puts into the environment of each function."""
        return cls(
            home_region=access.home_region,
            account=environ.get("STACK_ACCOUNT") or access.account,
            partition=access.partition(),
            stack=environ.get("STACK_NAME", "personalize-monitor"),
            topic_arn=environ.get("NOTIFICATION_TOPIC_ARN", ""),
            journal_group=environ.get("JOURNAL_LOG_GROUP", ""),
        )
