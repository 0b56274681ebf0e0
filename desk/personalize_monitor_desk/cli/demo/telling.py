"""Tell the story: tables for people, a document for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.contract import ALARM_PREFIX
from personalize_monitor.model.counted import counted
from personalize_monitor.plan.snapshot import words
from personalize_monitor_desk.cli import column, documents
from personalize_monitor_desk.cli.demo.story import Change, Character, Firing, Mail, Story
from personalize_monitor_desk.cli.output import Result
from personalize_monitor_desk.cli.table import Column, Table

NEXT = (
    ("personalize-monitor sandbox", "keep this fleet alive and talk to it with the AWS CLI"),
    ("personalize-monitor status", "look at your own account; it only reads"),
    ("personalize-monitor report", "one page about your account, to mail to a colleague"),
    ("sam build && sam deploy --guided", "deploy the application for real"),
)


def result(story: Story) -> Result:
    """The story in all forms."""
    return Result(
        document=document(story),
        tables=[fleet(story), changes(story), alarms(story)],
        heading=heading(story),
        notes=[],
    )


def heading(story: Story) -> str:
    """One line: how long, how many, since when."""
    return (
        f"{_days(story)} of {len(story.cast)} campaigns and recommenders in a local AWS, "
        f"{story.begin:%d %b %Y} to {story.end:%d %b %Y}, seed {story.seed}"
    )


def _days(story: Story) -> str:
    return f"{story.days:g} day{'' if story.days == 1 else 's'}"


def fleet(story: Story) -> Table[Character]:
    """Each resource, before and now."""
    columns: list[Column[Character]] = [
        column.name(lambda c: c.name),
        column.kind(lambda c: c.kind, importance=25),
        Column("region", "Region", lambda c: c.region, importance=40),
        Column("recipe", "Recipe", lambda c: c.recipe, importance=20, least=16, flexible=True),
        column.floor(
            "floor_before",
            "Before",
            lambda c: c.floor_before,
            importance=85,
            style=lambda _: "dim",
        ),
        column.floor(
            "floor",
            "Floor",
            lambda c: c.floor_now,
            importance=95,
            style=lambda c: "bold green" if (c.floor_now or 0) < c.floor_before else "",
        ),
        column.rate(lambda c: c.average, lambda c: c.seen, importance=80),
        column.utilization(lambda c: c.utilization, lambda c: c.floor_now, importance=75),
        column.curve(lambda c: c.demand),
        Column(
            "state",
            "State",
            lambda c: words.state_word(c.seen.resource) if c.seen else removed(c.arn),
            importance=90,
            style=lambda c: "green" if c.seen else "red",
        ),
    ]
    return Table(
        title="The fleet (TPS and use: average of the last day)",
        columns=columns,
        rows=story.cast,
    )


def removed(arn: str) -> str:
    """What is done about an idle resource: campaigns are deleted, recommenders only stopped."""
    return "stopped" if ":recommender/" in arn else "deleted"


def changes(story: Story) -> Table[Change]:
    """What the application did, and why."""
    columns: list[Column[Change]] = [
        Column("time", "When", lambda c: _when(c.time), raw=lambda c: documents.moment(c.time)),
        Column("arn", "ARN", lambda c: c.arn, machine_only=True),
        Column("name", "Resource", lambda c: c.name, importance=100, style=lambda _: "bold"),
        Column(
            "change",
            "Floor",
            lambda c: f"{c.before} → {c.after}" if c.after else removed(c.arn),
            importance=95,
            style=lambda c: "green" if c.after else "red",
        ),
        Column(
            "reason",
            "Why",
            lambda c: c.reason,
            importance=90,
            least=20,
            flexible=True,
            prose=True,
            style=lambda _: "dim",
        ),
    ]
    return Table(
        title="What the application did",
        columns=columns,
        rows=story.changes,
        empty="Nothing: no floor was too high and nothing was idle.",
    )


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """All firings of one alarm."""

    name: str
    region: str
    firings: Sequence[Firing]

    @property
    def told(self) -> int:
        """How many of them people got a mail about."""
        return sum(1 for one in self.firings if one.told)

    @property
    def longest(self) -> timedelta:
        """The longest that it fired before it recovered."""
        return max((f.ended - f.began for f in self.firings if f.ended), default=timedelta(0))

    @property
    def fires(self) -> bool:
        """Whether it still fires."""
        return self.firings[-1].ended is None


def alarm_lines(story: Story) -> list[AlarmLine]:
    """One line for each alarm, those that told somebody first."""
    grouped: dict[tuple[str, str], list[Firing]] = {}
    for firing in story.firings:
        grouped.setdefault((firing.region, firing.name), []).append(firing)
    lines = [AlarmLine(name, region, tuple(all_)) for (region, name), all_ in grouped.items()]
    return sorted(lines, key=lambda line: (not line.told, line.region, line.name))


def alarms(story: Story) -> Table[AlarmLine]:
    """The alarms that fired and told somebody."""
    columns: list[Column[AlarmLine]] = [
        Column("name", "Alarm", lambda a: a.name.removeprefix(ALARM_PREFIX), importance=100),
        Column("region", "Region", lambda a: a.region, importance=40),
        Column(
            "fired",
            "Fired",
            lambda a: f"{len(a.firings)}x",
            raw=lambda a: len(a.firings),
            right=True,
            importance=90,
        ),
        Column("mails", "Mails", lambda a: str(a.told), raw=lambda a: a.told, right=True),
        Column("first", "First", lambda a: _when(a.firings[0].began), importance=60),
        Column(
            "recovered",
            "Recovered after",
            lambda a: "still fires" if a.fires else _lasted(a.longest),
            importance=80,
            style=lambda a: "red" if a.fires else "green",
        ),
    ]
    return Table(
        title="Alarms that fired and told somebody",
        columns=columns,
        rows=[line for line in alarm_lines(story) if line.told],
        empty="None.",
    )


def afterword(story: Story) -> list[tuple[str, str]]:
    """(Style, line) of what stands below the tables."""
    kinds = Counter(_sort(mail) for mail in story.mails)
    said = ", ".join(counted(number, sort) for sort, number in kinds.items())
    silent = sum(1 for line in alarm_lines(story) if not line.told)
    lines = [
        ("bold", "Mail and money"),
        ("", f"{counted(len(story.mails), 'mail')} reached the team: {said or 'none'}."),
    ]
    if silent:
        lines.append(
            ("", f"{silent} more alarms changed silently: at floor 1 there is nothing to lower.")
        )
    lines += [
        ("", f"The bill of {_days(story)}:".ljust(26) + str(story.bill)),
        ("", "Without the application:".ljust(26) + str(story.bill_without)),
        ("bold green", "Saved:".ljust(26) + str(story.saved)),
        ("dim", f"{story.bill.basis.capitalize()}; docs/money.md says how."),
    ]
    if not story.bill.is_known:
        lines.append(("dim", "Unknown are recommenders: no trustworthy price is published."))
    if sample := next((mail for mail in story.mails if "Deletion" in mail.subject), None):
        lines += [("", ""), ("bold", "One of the mails"), *_quoted(sample)]
    return lines


def _quoted(mail: Mail) -> list[tuple[str, str]]:
    return [("dim", f"  | {line}".rstrip()) for line in mail.text.strip().split("\n")]


def _sort(mail: Mail) -> str:
    if mail.subject.startswith("ALARM"):
        return "alarm"
    if mail.subject.startswith("OK"):
        return "all-clear"
    if "Deletion" in mail.subject:
        return "deletion"
    return "floor" if "floor" in mail.subject else "other"


def _when(time: datetime) -> str:
    return f"{time:%a %H:%M}"


def _lasted(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def document(story: Story) -> dict[str, Any]:
    """JSON; see ``schemas/demo.json``."""
    return {
        **documents.form("demo"),
        "seed": story.seed,
        "begin": documents.moment(story.begin),
        "end": documents.moment(story.end),
        "resources": [_character(one) for one in story.cast],
        "changes": [
            {
                "time": documents.moment(one.time),
                "arn": one.arn,
                "floorBefore": one.before,
                "floorAfter": one.after,
                "reason": one.reason,
            }
            for one in story.changes
        ],
        "alarms": [_firing(one) for one in story.firings],
        "mails": [
            {
                "time": documents.moment(one.time),
                "region": one.region,
                "subject": one.subject,
                "text": one.text,
            }
            for one in story.mails
        ],
        "bill": story.bill.as_json(),
        "billWithout": story.bill_without.as_json(),
        "saved": story.saved.as_json(),
        "cycles": story.cycles,
        "failures": story.failures,
        "calls": story.calls,
    }


def _character(one: Character) -> dict[str, Any]:
    return {
        "arn": one.arn,
        "name": one.name,
        "kind": one.kind,
        "region": one.region,
        "recipe": one.recipe,
        "floorBefore": one.floor_before,
        "floor": one.floor_now,
        "averageTps": documents.rounded(one.average),
        "utilizationPercent": documents.rounded(one.utilization),
        "requests": sum(one.demand.sums),
        "state": str(one.seen.resource.state) if one.seen else removed(one.arn),
    }


def _firing(one: Firing) -> dict[str, Any]:
    return {
        "name": one.name,
        "region": one.region,
        "began": documents.moment(one.began),
        "ended": None if one.ended is None else documents.moment(one.ended),
        "mailed": one.told,
    }
