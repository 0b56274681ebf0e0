"""From options to a look: whose account, which regions, which moment, which prices."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from personalize_monitor.aws.access import Access, new_session
from personalize_monitor.aws.problems import at_the_desk
from personalize_monitor.clock import utc_now
from personalize_monitor.context.moment import in_utc
from personalize_monitor.contract import PERSONALIZE_REGIONS
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.price_file import load_prices, shipped_prices
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.plan.learned_prices import for_operator
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.plans import Drawn, draw, finding_settings
from personalize_monitor.plan.snapshot import Place, Question, Snapshot, take_snapshot
from personalize_monitor.plan.snapshot.values import NO_PAST, Depth
from personalize_monitor_desk.cli import screen
from personalize_monitor_desk.cli.exits import Exit, Refused, Usage

RETENTION = timedelta(days=63)
"""How long CloudWatch keeps five-minute sums."""
_DESCRIBES_A_SECOND = 200.0
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Where:
    """The account as the options name it, and the moment to look at."""

    access: Access
    regions: tuple[str, ...]
    now: datetime
    past: bool


def where(profile: str | None, regions: list[str] | None, at: str | None) -> Where:
    """Read the shared options. Raises Usage with what is allowed."""
    access = Access(new_session(profile))
    access.check_credentials()
    now = moment(at)
    chosen = chosen_regions(regions, access)
    if not regions and not access.region_is_set:
        screen.hint(
            f"No region is set, so this is {', '.join(chosen)}; give --region, or set AWS_REGION."
        )
    ask_at_once(access, chosen)
    return Where(access, chosen, now or present(), now is not None)


def ask_at_once(access: Access, regions: Iterable[str]) -> None:
    """Describe quickly, as somebody waits for the look.

    A refusal slows the client down by itself.
    """
    for region in regions:
        access.pace("DescribeCampaign", region, _DESCRIBES_A_SECOND)


def chosen_regions(regions: list[str] | None, access: Access) -> tuple[str, ...]:
    """The regions asked for, without repetition; ``all`` are those of the account's partition."""
    names = [part.strip() for text in regions or () for part in text.split(",") if part.strip()]
    if not names:
        names = [access.home_region]
    if "all" in names:
        china = access.partition() == "aws-cn"
        return tuple(r for r in PERSONALIZE_REGIONS if r.startswith("cn-") == china)
    for name in names:
        if name not in PERSONALIZE_REGIONS:
            raise Usage(
                f"--region {name} is not a region with Amazon Personalize; allowed are all, "
                f"{', '.join(PERSONALIZE_REGIONS)}."
            )
    return tuple(dict.fromkeys(names))


def moment(at: str | None) -> datetime | None:
    """The time of ``--at`` in UTC, or None. Raises Usage for what is no time, or out of reach."""
    if at is None:
        return None
    try:
        found = in_utc(at)
    except ValueError:
        raise Usage(f"--at {at} is not a time; write it as 2026-11-27T08:00Z.") from None
    now = present()
    if found > now:
        raise Usage(f"--at {at} lies in the future; it is {now:%Y-%m-%d %H:%M} UTC now.")
    if found < now - RETENTION:
        raise Usage(
            f"--at {at} is more than {RETENTION.days} days ago; CloudWatch keeps five-minute "
            "data no longer."
        )
    return found


def present() -> datetime:
    """Now: the sandbox's time when the endpoint is a sandbox on this machine, else real UTC."""
    return sandbox_time() or utc_now()


def sandbox_time() -> datetime | None:
    """The clock of the sandbox behind AWS_ENDPOINT_URL, or None when there is none."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or parts.hostname not in _LOCAL:
        return None
    try:
        with urllib.request.urlopen(f"{endpoint.rstrip('/')}/_sandbox", timeout=5) as answer:  # noqa: S310  scheme checked above
            return datetime.fromisoformat(json.load(answer)["now"])
    except (OSError, urllib.error.URLError, ValueError, KeyError, TypeError):
        return None


def see(
    place: Where,
    *,
    depth: Depth,
    prices: PriceTable | None = None,
    reader: JournalReader = NO_PAST,
    groups: bool = True,
) -> Snapshot:
    """Look, with a spinner on stderr, at the built-in prices unless others are given.

    Raises Refused when not one region answered.
    """
    with screen.working("Looking at " + ", ".join(place.regions)) as progress:
        seen = take_snapshot(
            place.access,
            Question(
                regions=place.regions,
                now=place.now,
                settings=finding_settings(),
                prices=shipped_prices() if prices is None else prices,
                depth=depth,
                past=place.past,
                reader=reader,
                groups=groups,
                progress=progress,
            ),
        )
    return _answered(seen)


def drawn(place: Where, operator: Operator, *, prices: PriceTable, groups: bool = True) -> Drawn:
    """Draw the plan, as every face of the desk does. Raises Refused when no region answered."""
    with screen.working("Looking at " + ", ".join(place.regions)) as progress:
        found = draw(
            operator,
            regions=place.regions,
            now=place.now,
            prices=prices,
            past=place.past,
            groups=groups,
            progress=progress,
        )
    return replace(found, look=_answered(found.look))


def _answered(seen: Snapshot) -> Snapshot:
    seen = replace(seen, places=tuple(_told(place) for place in seen.places))
    if not any(one.answered for one in seen.places):
        raise Refused(seen.problems[0] if seen.problems else "No region gave an answer.")
    return seen


def _told(place: Place) -> Place:
    return replace(place, problems=tuple(at_the_desk(problem) for problem in place.problems))


def price_file(prices: str | None) -> PriceTable:
    """A person's own file over the built-in prices; without one the built-in ones."""
    return load_prices(Path(prices) if prices else None)


def price_table(prices: str | None, operator: Operator, now: datetime) -> PriceTable:
    """A person's own file; without one what the deployment has learned.

    What could not be read of that is told.
    """
    if prices:
        return price_file(prices)
    found = for_operator(operator, now)
    for problem in found.unreadable:
        screen.hint(problem)
    return found.table


def ended(seen: Snapshot, *, findings: int, check: bool) -> Exit:
    """The exit code after a look, with its problems told on stderr."""
    for problem in seen.problems:
        screen.hint(problem)
    if seen.partial:
        return Exit.PARTLY
    return Exit.FINDINGS if check and findings else Exit.FINE
