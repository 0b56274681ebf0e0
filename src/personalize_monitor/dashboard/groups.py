"""The fleet by account, region and dataset group, in parts small enough for one graph each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from personalize_monitor.dashboard.graphs import Line
from personalize_monitor.dashboard.links import (
    dataset_group_address,
    escaped,
    link,
    personalize_address,
)
from personalize_monitor.dashboard.palette import SIZE, colour
from personalize_monitor.model.counted import counted
from personalize_monitor.model.resource import Kind, Resource

UNKNOWN = "dataset group not known yet"
_SHOWN = 40
"""How many floors of another account's dataset group are told in words."""
_LAST = "\U0010ffff"  # sorts after every name


@dataclass(frozen=True, slots=True)
class Group:
    """The resources of one dataset group, or all of a region whose group is not known yet."""

    account: str
    region: str
    partition: str
    arn: str
    resources: tuple[Resource, ...]

    @property
    def name(self) -> str:
        """The last part of the dataset group's ARN, or words for not knowing it."""
        return name_of(self.arn) or UNKNOWN

    def heading(self, home_account: str, *, continued: bool) -> str:
        """Markdown: region, linked name, and how many resources of which kind."""
        address = (
            dataset_group_address(self.arn)
            if self.arn.count(":") >= 5
            else personalize_address(self.partition, self.region)
        )
        where = escaped(self.region)
        if self.account != home_account:
            where = f"account {self.account} / {where}"
        rest = " (continued)" if continued else ""
        head = f"## {where} / {link(self.name, address)}{rest} · {by_kind(self.resources)}"
        return head if self.account == home_account else f"{head}\n\n{self._from_afar()}"

    def _from_afar(self) -> str:
        """What can be said of resources in an account that may not share its metrics."""
        floors = [f"{escaped(one.name)} {one.floor}" for one in self.resources[:_SHOWN]]
        if len(self.resources) > _SHOWN:
            floors.append(f"and {len(self.resources) - _SHOWN} more")
        return (
            f"Floors: {', '.join(floors)}. The graphs are empty until account {self.account} "
            "shares its metrics with this one (CloudWatch cross-account observability)."
        )

    def parts(self) -> list[tuple[str, tuple[Line, ...]]]:
        """The resources as lines, evenly in parts of at most as many as there are colours.

        Each part comes with its range as text, which is empty when there is only one.
        """
        lines = _lines(self.resources)
        total = len(lines)
        number = -(-total // SIZE)
        edges = [total * i // number for i in range(number + 1)]
        return [
            (
                f"({begin + 1}-{end} of {total})" if number > 1 else "",
                tuple(
                    Line(resource, label, colour(at))
                    for at, (resource, label) in enumerate(lines[begin:end])
                ),
            )
            for begin, end in pairwise(edges)
        ]


def name_of(dataset_group_arn: str) -> str:
    """The name at the end of a dataset group's ARN."""
    return dataset_group_arn.rpartition("/")[2]


def grouped(resources: Iterable[Resource], *, home_account: str) -> list[Group]:
    """The groups in the order in which they are shown: own account first, then by name."""
    found: dict[tuple[str, str, str], list[Resource]] = defaultdict(list)
    for resource in {str(r.arn): r for r in resources}.values():
        key = (resource.account, resource.region, resource.dataset_group_arn or "")
        found[key].append(resource)
    groups = [
        Group(account, region, members[0].arn.partition, arn, _in_order(members))
        for (account, region, arn), members in found.items()
    ]
    return sorted(
        groups,
        key=lambda g: (
            g.account != home_account,
            g.account,
            g.region,
            name_of(g.arn) or _LAST,
            g.arn,
        ),
    )


def by_kind(resources: Iterable[Resource]) -> str:
    """Such as "3 campaigns, 1 recommender"."""
    numbers = Counter(resource.kind for resource in resources)
    words = [counted(numbers[kind], kind.value) for kind in Kind if numbers[kind]]
    return ", ".join(words) or "no resources"


def _in_order(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    return tuple(sorted(resources, key=lambda r: (r.name, r.kind.value, str(r.arn))))


def _lines(resources: Sequence[Resource]) -> list[tuple[Resource, str]]:
    twins = Counter(resource.name for resource in resources)
    return [(r, r.name if twins[r.name] == 1 else f"{r.name} ({r.kind.value})") for r in resources]
