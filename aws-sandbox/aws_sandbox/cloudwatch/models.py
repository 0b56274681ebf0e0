"""The moto backend of CloudWatch: one per account and region, put together from our parts.

moto finds `urls` beside this module by its name; `install` puts the class into moto's registry.
"""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.models import CloudWatchBackend as _MotoBackend
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.base_backend import BaseBackend

from aws_sandbox.cloudwatch import faults
from aws_sandbox.cloudwatch.alarm_book import AlarmBook
from aws_sandbox.cloudwatch.dashboards import Dashboards
from aws_sandbox.cloudwatch.feeds import Feeds
from aws_sandbox.cloudwatch.store import MetricStore

HOME = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""The region whose backend keeps an account's dashboards, by partition."""


class CloudWatchBackend(BaseBackend):  # type: ignore[misc] # moto is untyped
    """Metrics and alarms of one account and region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.account, self.region = account_id, region_name
        self.store = MetricStore(account_id, region_name)
        self.feeds = Feeds(self.store)
        self.alarms = AlarmBook(account_id, region_name, self.partition)
        self._dashboards = Dashboards(account_id, self.partition)

    @property
    def dashboards(self) -> Dashboards:
        """The account's dashboards, the same in every region."""
        home = HOME.get(self.partition, self.region)
        if home == self.region:
            return self._dashboards
        return backend(self.account, home)._dashboards  # noqa: SLF001 - same class


def backend(account: str, region: str) -> CloudWatchBackend:
    """The backend of an account and region, made on first use."""
    found = cloudwatch_backends[account][region]
    assert isinstance(found, CloudWatchBackend), "call cloudwatch.install() first"
    return found


def backends() -> list[CloudWatchBackend]:
    """Every backend in use."""
    accounts: list[dict[str, Any]] = list(cloudwatch_backends.values())
    every = [one for regions in accounts for one in list(regions.values())]
    return [one for one in every if isinstance(one, CloudWatchBackend)]


def install() -> None:
    """Replace moto's CloudWatch by ours; existing CloudWatch data of moto's is dropped."""
    if cloudwatch_backends.backend is not CloudWatchBackend:
        cloudwatch_backends.backend = CloudWatchBackend
        cloudwatch_backends.clear()


def uninstall() -> None:
    """Give moto its own CloudWatch back; faults end too."""
    cloudwatch_backends.backend = _MotoBackend
    cloudwatch_backends.clear()
    faults.clear()
