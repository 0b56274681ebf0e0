"""``schema``: the JSON Schema of a verb's document."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from personalize_monitor_desk.cli.documents import dumped
from personalize_monitor_desk.cli.exits import Usage

EXAMPLE = "Example: personalize-monitor schema status"
_FOLDER = Path(__file__).resolve().parent.parent / "schemas"
_COMMON = "common"


def command(
    verb: Annotated[
        str, typer.Argument(help="Whose document; nothing lists them.", metavar="[VERB]")
    ] = "",
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,  # noqa: ARG001  read by main
) -> None:
    """Print the JSON Schema of what a verb writes with --output json. Asks nothing of AWS."""
    if not verb:
        print("\n".join(documents()))
        return
    print(dumped(schema(verb)), end="")


def documents() -> list[str]:
    """The verbs that write a document."""
    return sorted(path.stem for path in _FOLDER.glob("*.json") if path.stem != _COMMON)


def schema(verb: str) -> dict[str, Any]:
    """The verb's schema with all that it refers to. Raises Usage for a verb without one."""
    if verb not in documents():
        near = get_close_matches(verb, documents(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(documents())}."
        raise Usage(f"There is no schema of {verb}; {hint}")
    found: dict[str, Any] = json.loads(_text(verb))
    common = json.loads(_text(_COMMON))
    return {**found, "$defs": {**common["$defs"], **found.get("$defs", {})}}


def _text(name: str) -> str:
    text = (_FOLDER / f"{name}.json").read_text("utf-8")
    return text.replace(f"{_COMMON}.json#", "#")
