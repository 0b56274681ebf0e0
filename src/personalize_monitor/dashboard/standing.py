"""Which dashboards with our names exist, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.dashboards import is_ours
from personalize_monitor.aws.paging import read_all
from personalize_monitor.aws.problems import AWS_ERRORS, is_not_found
from personalize_monitor.contract import DASHBOARD_NAME
from personalize_monitor.dashboard.body import owner_in

UNREADABLE = "(its text cannot be read)"
ABANDONED_AFTER = timedelta(hours=24)
"""A living owner rebuilds every hour; after a day without that, its dashboards are free."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One existing dashboard; ``owner`` is None when its text names none.

    What cannot be read belongs to somebody: ``UNREADABLE``.
    """

    name: str
    owner: str | None
    modified: datetime | None

    def may_replace(self, owner: str, now: datetime | None) -> bool:
        """Whether ``owner`` may write it.

        The contract's fixed name without an owner is the existing application's; a numbered one
        without an owner is a person's. Another owner's is free once it has been abandoned,
        as seen from ``now``; without ``now`` it never is.
        """
        if self.owner is None:
            return self.name == DASHBOARD_NAME
        if self.owner == owner:
            return True
        if now is None or self.modified is None:
            return False
        return now - self.modified > ABANDONED_AFTER

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
    names = (str(entry.get("DashboardName") or "") for entry in listing.items)
    changed = [entry.get("LastModified") for entry in listing.items]
    found = (_read(client, *pair) for pair in zip(names, changed, strict=True) if is_ours(pair[0]))
    return sorted((s for s in found if s), key=lambda s: (len(s.name), s.name))


def _read(client: Any, name: str, modified: datetime | None) -> Standing | None:
    try:
        body = client.get_dashboard(DashboardName=name).get("DashboardBody")
    except AWS_ERRORS as error:
        if is_not_found(error):
            return None  # deleted since it was listed
        raise
    return Standing(name, UNREADABLE if body is None else owner_in(body), modified)
