"""Money cut another way: by dataset group, tag, region or account, and over time.

The figures are those of the resources and of the ledger, added up; nothing is reckoned anew.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate

from personalize_monitor.aws.access import WORKERS, Access
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.counted import counted
from personalize_monitor.model.money import Money
from personalize_monitor.plan.savings import Savings
from personalize_monitor.plan.snapshot import Seen, Snapshot, words

UNKNOWN = "not known"


class By(enum.StrEnum):
    """What money is cut by."""

    GROUP = "group"
    TAG = "tag"
    REGION = "region"
    ACCOUNT = "account"
    DAY = "day"
    MONTH = "month"

    @property
    def is_time(self) -> bool:
        """Whether it cuts what was saved, over time; the others cut the resources."""
        return self in {By.DAY, By.MONTH}


@dataclass(frozen=True, slots=True)
class Cut:
    """What to cut by; ``tag`` is the key of the tag."""

    by: By
    tag: str = ""

    @classmethod
    def of(cls, text: str) -> Cut:
        """``group``, ``tag:KEY``, ``region`` ...; InvalidRequest for anything else."""
        name, colon, key = text.partition(":")
        known = {str(by): by for by in By}
        if name in known and bool(key) == (name == By.TAG) and bool(colon) == bool(key):
            return cls(known[name], key)
        raise InvalidRequest(
            f"{text!r} is nothing that savings are cut by; use group, tag:KEY, region, account, "
            "day or month."
        )

    @property
    def title(self) -> str:
        """The head of the column that names the parts."""
        titles = {By.GROUP: "Dataset group", By.DAY: "Day (UTC)", By.MONTH: "Month (UTC)"}
        return f"Tag {self.tag}" if self.tag else titles.get(self.by, self.by.capitalize())

    def __str__(self) -> str:
        return f"{self.by}:{self.tag}" if self.tag else str(self.by)


@dataclass(frozen=True, slots=True)
class Line:
    """One resource's money; ``seen`` is None for one that is ``gone``, or of which nobody knows.

    ``realised`` is what our changes of it saved, None where there is no ledger of it.
    """

    arn: str
    seen: Seen | None
    realised: Money | None
    gone: bool = False

    @property
    def name(self) -> str:
        """The resource's name."""
        return Arn(self.arn).name


@dataclass(frozen=True, slots=True)
class Part:
    """What the resources of one group, tag, region or account cost in a month, and saved."""

    name: str
    resources: int
    cost: Money
    waste: Money
    possible: Money
    saved: Money | None


@dataclass(frozen=True, slots=True)
class Period:
    """What was saved in a day or month, and until its end since the ledger begins."""

    name: str
    saved: Money
    together: Money


def lines(seen: Snapshot, found: Savings | None) -> list[Line]:
    """Every resource there is, those that are gone but in the ledger, and those not known."""
    present = {str(one.resource.arn): one for one in seen.seen}
    rows = {row.arn for row in found.ledger.rows} if found else set()
    unsure = set(found.unsure) if found else set()
    amounts = _saved(found) if found else {}
    return [
        Line(
            arn,
            present.get(arn),
            Money.not_known() if arn in unsure else amounts.get(arn),
            gone=arn not in present and arn not in unsure,
        )
        for arn in [*present, *sorted((rows | unsure) - set(present))]
    ]


def _saved(found: Savings) -> dict[str, Money]:
    amounts: dict[str, Money] = {}
    for row in found.ledger.rows:
        before = amounts.get(row.arn)
        amounts[row.arn] = row.saved if before is None else before + row.saved
    return amounts


def parts(found: Iterable[Line], cut: Cut, tags: Mapping[str, str | None]) -> list[Part]:
    """The sums by part, the dearest first; ``tags`` are values by ARN, None where not known."""
    members: dict[str, list[Line]] = {}
    for line in found:
        members.setdefault(_part(line, cut, tags), []).append(line)
    names = _names(members, cut)
    sums = [_sum(names[key], mine) for key, mine in members.items()]
    return sorted(sums, key=lambda part: (-part.cost.exact, part.name))


def _part(line: Line, cut: Cut, tags: Mapping[str, str | None]) -> str:
    match cut.by:
        case By.REGION:
            return Arn(line.arn).region
        case By.ACCOUNT:
            return Arn(line.arn).account
        case By.TAG:
            value = tags.get(line.arn)
            return UNKNOWN if value is None else value or f"without {cut.tag}"
        case _:
            return (line.seen.dataset_group if line.seen else None) or UNKNOWN


def _names(keys: Collection[str], cut: Cut) -> dict[str, str]:
    """The keys as people read them: the last part of an ARN, with its region if two have it."""
    if cut.by is not By.GROUP:
        return {key: key for key in keys}
    short = {key: words.group_name(None if key == UNKNOWN else key) for key in keys}
    several = list(short.values())
    return {
        key: f"{name} ({Arn(key).region})" if several.count(name) > 1 else name
        for key, name in short.items()
    }


def _sum(name: str, mine: Sequence[Line]) -> Part:
    known = [line.seen.figures for line in mine if line.seen]
    blind = sum(1 for line in mine if line.seen is None and not line.gone)
    saved = [line.realised for line in mine if line.realised is not None]
    return Part(
        name=name,
        resources=len(mine),
        cost=Money.total(one.cost for one in known).partly(blind),
        waste=Money.total(one.waste for one in known).partly(blind),
        possible=Money.total(one.saving for one in known if one.saving),
        saved=Money.total(saved) if saved else None,
    )


def periods(found: Savings, by: By) -> list[Period]:
    """What was saved in each day or month of the ledger's time, those without a saving too.

    The last one's ``together`` is the whole.
    """
    size = len("2026-11-30") if by is By.DAY else len("2026-11")
    sums = {name: Money.total(()) for name in _names_between(found, size)}
    for row in found.ledger.rows:
        if row.day[:size] in sums:
            sums[row.day[:size]] += row.saved
    first = Money.total(()).partly(len(found.unsure))
    together = list(accumulate(sums.values(), initial=first))[1:]
    return [
        Period(name, saved.partly(len(found.unsure)), so_far)
        for (name, saved), so_far in zip(sums.items(), together, strict=True)
    ]


def _names_between(found: Savings, size: int) -> list[str]:
    day, names = found.since.date(), dict[str, None]()
    last = (found.until - timedelta(seconds=1)).date()
    while day <= last:
        names[day.isoformat()[:size]] = None
        day += timedelta(days=1)
    return list(names)


def tag_values(
    access: Access, arns: Iterable[str], key: str
) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """The tag's value by ARN: empty without the tag, None where not known; and the problems.

    One call for each resource, side by side.
    """
    problems: list[str] = []

    def value(arn: str) -> str | None:
        try:
            return Personalize(access, Arn(arn).region).tags(Arn(arn)).get(key, "")
        except AWS_ERRORS as error:
            problems.append(sentence(f"Reading the tags of {arn}", error))
            return None

    asked = list(arns)
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="tags") as pool:
        values = dict(zip(asked, pool.map(value, asked), strict=True))
    if len(problems) > 1:
        others = counted(len(problems) - 1, "other resource")
        problems = [f"{problems[0]} So are those of {others}."]
    return values, tuple(problems)
