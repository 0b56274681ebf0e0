"""Which dashboards with our names exist, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.app.dashboard.body import owner_in
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.dashboards import is_ours
from personalize_monitor.aws.paging import read_all
from personalize_monitor.aws.problems import AWS_ERRORS, is_not_found
from personalize_monitor.contract import DASHBOARD_NAME

ABANDONED_AFTER = timedelta(hours=24)
"""A living owner rebuilds every hour; after a day without that, its dashboards are free."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One existing dashboard; ``owner`` is None when its text names none."""

    name: str
    owner: str | None
    modified: datetime

    def may_replace(self, owner: str, now: datetime | None) -> bool:
        """Whether ``owner`` may write it.

        The contract's fixed name without an owner is the existing application's; a numbered one
        without an owner is a person's. Another owner's is free once it has been abandoned,
        as seen from ``now``; without ``now`` it never is.
        """
        if self.owner is None:
            return self.name == DASHBOARD_NAME
        abandoned = now is not None and now - self.modified > ABANDONED_AFTER
        return self.owner == owner or abandoned

    def may_remove(self, owner: str) -> bool:
        """Whether ``owner`` may delete it."""
        return self.owner == owner


def standing(access: Access, region: str) -> list[Standing]:
    """The existing dashboards with our names; raises what AWS raises."""
    client = access.client("cloudwatch", region)
    listing = read_all(
        client.list_dashboards,
        "DashboardEntries",
        token="NextToken",  # noqa: S106  the name of a page token is no secret
        DashboardNamePrefix=DASHBOARD_NAME,
    )
    if listing.error:
        raise listing.error
    found = (_read(client, entry) for entry in listing.items if is_ours(entry["DashboardName"]))
    return sorted((s for s in found if s), key=lambda s: (len(s.name), s.name))


def _read(client: Any, entry: dict[str, Any]) -> Standing | None:
    name = str(entry["DashboardName"])
    try:
        body = client.get_dashboard(DashboardName=name)["DashboardBody"]
    except AWS_ERRORS as error:
        if is_not_found(error):
            return None  # deleted since it was listed
        raise
    return Standing(name, owner_in(body), entry["LastModified"])
