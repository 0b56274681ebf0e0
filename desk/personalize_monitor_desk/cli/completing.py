"""What a shell may complete: regions at once, names of resources by asking AWS shortly."""

from __future__ import annotations

from personalize_monitor.contract import PERSONALIZE_REGIONS


def regions(incomplete: str) -> list[str]:
    """Regions with Amazon Personalize, after the last comma of what was typed."""
    before, comma, last = incomplete.rpartition(",")
    return [
        f"{before}{comma}{one}" for one in ("all", *PERSONALIZE_REGIONS) if one.startswith(last)
    ]


def names(incomplete: str) -> list[str]:
    """Names of the campaigns and recommenders of the environment's region; none where AWS fails."""
    # A shell waits for this: boto3 is loaded only here, and whatever fails completes nothing.
    from personalize_monitor_desk.cli import naming, session  # noqa: PLC0415

    try:
        place = session.where(None, None, None)
        found = naming.present(place)
    except Exception:  # noqa: BLE001
        return []
    return sorted({arn.name for arn in found if arn.name.startswith(incomplete)})
