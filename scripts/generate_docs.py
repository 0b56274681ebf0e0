"""Write the parts of the documentation that the code knows best: parameters, events, commands.

A part lies between ``<!-- begin: NAME -->`` and ``<!-- end -->`` in a page of ``docs/``. Without
arguments all parts are written; with ``--check`` the answer is 1 when one is out of date.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from aws_sandbox.stack.template import load
from personalize_monitor.harm.verdicts import verdict_notice
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.notify import Home, Letter, compose, gather
from personalize_monitor.policy.harm import By, Case, Figures, Memory, Verdict, Word
from personalize_monitor.policy.harm.memory import Hurt
from personalize_monitor.settings import PARAMETERS
from personalize_monitor_desk.cli.main import app
from personalize_monitor_desk.cli.parts import VERBS
from personalize_monitor_desk.schemas import event_schema

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
_PART = re.compile(
    r"(<!-- begin: (?P<name>parameters|events-consumed|events-published|notices|commands) -->\n)"
    r".*?(<!-- end -->)",
    re.DOTALL,
)
_STYLE = re.compile(r"\[/?[a-z ]*\]")  # rich's markup
_AT = {"time": "2026-03-02T10:05:00Z"}
HOME = Home("aws", "us-east-1")
CONSUMED = (
    "UpdatePersonalizeCampaignMinProvisionedTPS",
    "UpdatePersonalizeRecommenderMinRecommendationRPS",
    "DeletePersonalizeCampaign",
    "StopPersonalizeRecommender",
    "BuildPersonalizeMonitorDashboard",
    "TestPersonalizeMonitor",
)
PUBLISHED = (
    "PersonalizeCampaignMinProvisionedTPSUpdated",
    "PersonalizeRecommenderMinRecommendationRPSUpdated",
    "PersonalizeCampaignDeleted",
    "PersonalizeRecommenderStopped",
    "PersonalizeMonitorRestored",
    "PersonalizeMonitorNotice",
)


def parameters() -> str:
    """All deployment parameters, in the groups of the template."""
    template = load(ROOT / "template.yaml")
    declared = template["Parameters"]
    aliases = {p.name: p.aliases for p in PARAMETERS}
    lines: list[str] = []
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    for group in interface["ParameterGroups"]:
        lines += [f"## {group['Label']['default']}", ""]
        lines += ["| Parameter | Values | Default | What it does |", "| --- | --- | --- | --- |"]
        for name in group["Parameters"]:
            one = declared[name]
            default = f"`{one['Default']}`" if str(one["Default"]) else "blank"
            also = "".join(f" Also called `{alias}`." for alias in aliases.get(name, ()))
            what = _cell(one["Description"].strip() + also)
            lines.append(f"| `{name}` | {_values(one)} | {default} | {what} |")
        lines.append("")
    return "\n".join(lines)


def _values(one: Mapping[str, Any]) -> str:
    if "AllowedValues" in one:
        return ", ".join(f"`{value}`" for value in one["AllowedValues"])
    if "MinValue" in one:
        return f"{one['MinValue']} to {one['MaxValue']}"
    told = str(one.get("ConstraintDescription", "any text"))
    return _cell(told.removeprefix("allowed are ").removeprefix("give ").rstrip("."))


def consumed() -> str:
    """Events that the application understands."""
    return "\n".join(_event(name) for name in CONSUMED)


def published() -> str:
    """Events that the application sends after the fact."""
    return "\n".join(_event(name) for name in PUBLISHED)


def _event(name: str) -> str:
    schema = event_schema(name)
    detail = schema["$defs"]["detail"]
    lines = [f"### {name}", "", schema["description"], ""]
    lines += ["| In `detail` | Type | Always | What it says |", "| --- | --- | --- | --- |"]
    always = set(detail.get("required", ()))
    for key, one in detail.get("properties", {}).items():
        what = _cell(one.get("description", ""))
        lines.append(f"| `{key}` | {_type(one)} | {'yes' if key in always else ''} | {what} |")
    lines += ["", "```json", json.dumps(schema["examples"][0], indent=2), "```", ""]
    return "\n".join(lines)


def _type(one: Mapping[str, Any]) -> str:
    if "const" in one:
        return f"`{one['const']}`"
    if "enum" in one:
        return ", ".join(f"`{value}`" for value in one["enum"])
    kinds = one.get("type", "any")
    told = " or ".join(kinds) if isinstance(kinds, list) else kinds
    if "maximum" in one:
        return f"{told}, {one['minimum']} to {one['maximum']}"
    return str(told)


def notices() -> str:
    """The mail about the example of each event that people are told about, and about several."""
    alone = [(title, compose(example, HOME)) for title, example in told_examples()]
    mails = gather(gathered_examples(), HOME)
    alone += [("A verdict on a lower floor", compose(verdict_example(), HOME))]
    several = [("Several floors in one cycle", mail.letter) for mail in mails]
    return "\n".join(_mail(name, told) for name, told in [*alone, *several] if told)


def told_examples() -> list[tuple[str, Mapping[str, Any]]]:
    """Every example of an event that people are told about, with its title."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for name in PUBLISHED:
        first, *others = event_schema(name)["examples"]
        found.append((name, {**first, **_AT}))
        if name == "PersonalizeMonitorNotice":
            found += [(f"{name}: {one['detail']['Kind']}", {**one, **_AT}) for one in others]
    return found


def gathered_examples() -> list[Mapping[str, Any]]:
    """Changes of one cycle that the monitor asked for."""
    found: list[Mapping[str, Any]] = []
    for number, name in enumerate(PUBLISHED[:2]):
        example = example_of(name)
        detail = {**example["detail"], "RequestedBy": "monitor", "RequestId": f"several-{number}"}
        found.append({**example, "detail": detail, "time": f"2026-03-02T10:{5 + number:02}:00Z"})
    return found


def verdict_example() -> Mapping[str, Any]:
    """The notice that a lowering hurt, as the monitor makes it."""
    example = example_of("PersonalizeMonitorNotice")
    arn, opened = example["resources"][0], int(datetime(2026, 3, 2, 6, 5, tzinfo=UTC).timestamp())
    shoes = Resource(
        arn=Arn(arn),
        name="shoes",
        kind=Kind.CAMPAIGN,
        status="ACTIVE",
        floor=3,
        created=datetime(2026, 1, 5, tzinfo=UTC),
        updated=datetime(2026, 3, 2, 6, 15, tzinfo=UTC),
    )
    figures = Figures(4, 1, 1, 13_200.0, 4_716.0, 4_650.0, 0.005, 960.0, 100.0, 3.0, 1.0, 9.0, 18.0)
    reason = (
        "4,716 of 13,200 requests were refused or failed (35.7%), and 0.5% is usual at such load, "
        "while more came than 3 TPS."
    )
    hurt = Verdict(Word.HURT, reason, figures)
    case = Case(arn, 10, 3, By.MONITOR, opened, opened + 600, opened, 10, verdict=hurt)
    memory = Memory(hurts=(Hurt(3, 9.0, 18.0, opened, 10),))
    event = verdict_notice(shoes, case, memory)
    return {**example, "detail": event.detail}


def example_of(name: str) -> Mapping[str, Any]:
    """The event that a mail is shown for: the schema's first example, at a fixed time."""
    return {**event_schema(name)["examples"][0], **_AT}


def _mail(name: str, told: Letter) -> str:
    return f"### {name}\n\n```text\nSubject: {told.subject}\n\n{told.text}```\n"


def commands() -> str:
    """Every verb of the command with its options."""
    root: Any = get_command(app)
    context = typer.Context(root, info_name="personalize-monitor")
    blocks: list[str] = []
    for verb in VERBS:
        command = root.get_command(context, verb)
        blocks.append(_command(f"personalize-monitor {verb}", verb, command, context))
    return "\n".join(blocks)


def _command(path: str, title: str, command: Any, parent: Any) -> str:
    context = typer.Context(command, info_name=path.rpartition(" ")[2], parent=parent)
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f"## {title}" if title.count(" ") == 0 else f"### {title}", ""]
    lines += [_text(command.help), "", "```text", f"{path} {usage}", "```", ""]
    lines += _options(command, context)
    epilog = _text(command.epilog).removeprefix("Example: ")
    if epilog:
        lines += ["For example:", "", "```sh", epilog, "```", ""]
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        below = command.get_command(context, name)
        lines.append(_command(f"{path} {name}", f"{title} {name}", below, context))
    return "\n".join(lines)


def _options(command: Any, context: Any) -> list[str]:
    rows = []
    for parameter in command.get_params(context):
        if getattr(parameter, "hidden", False):
            continue
        names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
        if not names.startswith("`-"):
            names = f"`{parameter.metavar or parameter.name.upper()}`"
        elif parameter.metavar:
            names += f" {parameter.metavar}"
        default = parameter.get_default(context, call=False)
        shown = "" if default in (None, False, (), []) or callable(default) else f"`{default}`"
        rows.append(f"| {names} | {shown} | {_cell(_text(getattr(parameter, 'help', '')))} |")
    if not rows:
        return []
    return ["| Option | Default | What it does |", "| --- | --- | --- |", *rows, ""]


def _text(markup: str | None) -> str:
    plain = _STYLE.sub("", (markup or "").replace("\b", "").split("\f")[0])
    return "\n".join(line.strip() for line in plain.strip().splitlines())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PARTS: Mapping[str, Callable[[], str]] = {
    "parameters": parameters,
    "events-consumed": consumed,
    "events-published": published,
    "notices": notices,
    "commands": commands,
}


def outdated(*, write: bool) -> list[str]:
    """Pages whose parts are not what the code says; with ``write`` they are mended."""
    found = []
    for page in sorted(DOCS.rglob("*.md")):
        before = page.read_text("utf-8")
        after = _PART.sub(lambda m: f"{m[1]}\n{PARTS[m['name']]().strip()}\n\n{m[3]}", before)
        if after != before:
            found.append(str(page.relative_to(ROOT)))
            if write:
                page.write_text(after, "utf-8")
    return found


def main(arguments: Iterable[str]) -> int:
    """Write, or with ``--check`` only compare."""
    check = "--check" in arguments
    pages = outdated(write=not check)
    for page in pages:
        sys.stdout.write(f"{page} {'is out of date; run make docs' if check else 'written'}\n")
    return 1 if check and pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
