"""CloudWatch dashboards: global to the account, reached through one region."""

from __future__ import annotations

from collections.abc import Sequence

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.paging import read_all
from personalize_monitor.contract import DASHBOARD_NAME

_NAMES_PER_CALL = 100


class Dashboards:
    """The dashboards whose names begin with ours."""

    def __init__(self, access: Access, region: str) -> None:
        self._client = access.client("cloudwatch", region)

    def names(self) -> tuple[str, ...]:
        """``Amazon-Personalize-Monitor`` and its numbered continuations, in order."""
        listing = read_all(
            self._client.list_dashboards,
            "DashboardEntries",
            token="NextToken",  # noqa: S106  the name of a page token is no secret
            DashboardNamePrefix=DASHBOARD_NAME,
        )
        if listing.error:
            raise listing.error
        names = (str(entry.get("DashboardName") or "") for entry in listing.items)
        return tuple(sorted(name for name in names if is_ours(name)))

    def put(self, name: str, body: str) -> None:
        """Create the dashboard or replace all of it; ``body`` is its JSON."""
        self._client.put_dashboard(DashboardName=name, DashboardBody=body)

    def delete(self, names: Sequence[str]) -> None:
        """Delete dashboards by name."""
        for at in range(0, len(names), _NAMES_PER_CALL):
            self._client.delete_dashboards(DashboardNames=list(names[at : at + _NAMES_PER_CALL]))


def is_ours(name: str) -> bool:
    """Whether a dashboard's name is ours: the fixed name, or it with a number."""
    rest = name.removeprefix(DASHBOARD_NAME)
    return rest == "" or (rest.startswith("-") and rest[1:].isdigit())
