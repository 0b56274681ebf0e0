"""The options that all verbs share, so that they read and behave the same everywhere."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from personalize_monitor_desk.cli import completing


class Output(enum.StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


Profile = Annotated[
    str | None,
    typer.Option("--profile", help="AWS profile (default: the environment's).", metavar="NAME"),
]
Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        help="Region to look at; several with commas, or all. Default: the environment's.",
        metavar="REGION",
        autocompletion=completing.regions,
    ),
]
As = Annotated[Output, typer.Option("--output", "-o", help="How to write the result.")]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        help="Look as of this moment (ISO time, UTC unless it says otherwise). Default: now.",
        metavar="TIME",
    ),
]
Check = Annotated[
    bool, typer.Option("--check", help="Exit with 1 when there are findings, for scripts.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Prices = Annotated[
    str | None,
    typer.Option("--prices", help="TOML file with your own prices.", metavar="FILE"),
]
