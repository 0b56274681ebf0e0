"""Dataset groups shared out over as few dashboards as CloudWatch's limits allow."""

from __future__ import annotations

from collections.abc import Sequence

from personalize_monitor.alarms.names import Sort
from personalize_monitor.dashboard.graphs import rows_of
from personalize_monitor.dashboard.groups import Group
from personalize_monitor.dashboard.tiles import Load, Row, load_of, text_tile

LIMIT = Load(widgets=500, metrics=2_500, size=900_000)
"""What a dashboard may hold (limits page of CloudWatch). It documents no size: 1 MB is what its
other requests may have, and we stay below it."""
_RESERVED = Load(widgets=6, metrics=2, size=20_000)
"""Kept free on each dashboard for its first and last rows."""


def paged(
    groups: Sequence[Group],
    *,
    home_account: str,
    threshold_percent: int | None,
    alarms: Sequence[Sort],
) -> list[list[Row]]:
    """Rows of widgets for each dashboard; at least one dashboard, if an empty one.

    A dataset group that goes on in the next dashboard gets its heading there again.
    """
    pages: list[list[Row]] = [[]]
    used = _RESERVED
    for group in groups:
        headed = False
        for range_text, lines in group.parts():
            rows = rows_of(
                lines,
                home_account=home_account,
                threshold_percent=threshold_percent,
                # An alarm is shown in its own account only.
                alarms=alarms if group.account == home_account else (),
                range_text=range_text,
            )
            heading = (
                text_tile(
                    group.heading(home_account, continued=bool(range_text) and headed),
                    height=1 if group.account == home_account else 3,
                    plain=True,
                ),
            )
            load = load_of([heading, *rows])
            if pages[-1] and not (used + load).within(LIMIT):
                pages.append([])
                used = _RESERVED
                block: tuple[Row, ...] = (heading, *rows)
            else:
                block = rows if headed else (heading, *rows)
            pages[-1].extend(block)
            used += load_of(block)
            headed = True
    return pages
