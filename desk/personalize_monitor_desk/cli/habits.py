"""Options that every verb has without its doing: how to show a table, and where AWS is.

``added`` gives them to a verb; what was asked for is read with ``asked`` by whoever shows a result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from personalize_monitor_desk.cli.exits import Usage

WATCHED = frozenset({"status", "plan", "savings", "journal", "doctor"})
"""Verbs that only look, so that they can look again and again."""
_ENDPOINT = "AWS_ENDPOINT_URL"
_SHORTEST = 2.0


@dataclass(frozen=True, slots=True)
class Asked:
    """How a result is to be shown; ``watch`` is the pause between two looks in seconds."""

    sort: str = ""
    filters: tuple[str, ...] = ()
    wide: bool = False
    query: str = ""
    watch: float | None = None
    endpoint: str = ""


_NOTHING = Asked()
_ASKED: ContextVar[Asked] = ContextVar("asked", default=_NOTHING)


def asked() -> Asked:
    """What the command line that runs now asks for."""
    return _ASKED.get()


def _table(
    sort: Annotated[
        str, typer.Option("--sort", help="Sort by this column; -COLUMN: the largest first.")
    ] = "",
    filter: Annotated[  # noqa: A002  the option's name
        list[str] | None,
        typer.Option(
            "--filter",
            help="Only rows like COLUMN=TEXT (with * and ?), COLUMN!=TEXT, COLUMN>NUMBER or "
            "COLUMN<NUMBER; repeat: all must hold.",
            metavar="TEST",
        ),
    ] = None,
    wide: Annotated[
        bool, typer.Option("--wide", help="All columns, however wide the screen is.")
    ] = False,
    query: Annotated[
        str,
        typer.Option(
            "--query", help="A JMESPath of the JSON document, as in the AWS CLI.", metavar="PATH"
        ),
    ] = "",
) -> None:
    """How a result is shown."""


def _watch(
    watch: Annotated[
        float | None,
        typer.Option(
            "--watch",
            min=_SHORTEST,
            help="Look again after so many seconds, until Ctrl-C.",
            metavar="SECONDS",
        ),
    ] = None,
) -> None:
    """Whether to look again."""


def _aws(
    endpoint_url: Annotated[
        str, typer.Option("--endpoint-url", help=f"Instead of {_ENDPOINT}.", metavar="URL")
    ] = "",
    no_cli_pager: Annotated[
        bool, typer.Option("--no-cli-pager", help="As in the AWS CLI; there is no pager here.")
    ] = False,
) -> None:
    """Where AWS is, in the AWS CLI's words."""


def added(verb: str, command: Any) -> Any:
    """The verb's command with the shared options; only those that look at AWS have them."""
    names = {parameter.name for parameter in command.params}
    if not {"profile", "output"} <= names:
        return command
    kinds = (_table, _watch, _aws) if verb in WATCHED else (_table, _aws)
    more = [parameter for kind in kinds for parameter in _parameters(kind)]
    shared = {parameter.name for parameter in more}
    command.params = [*command.params, *more]
    command.callback = _noting(command.callback, shared)
    return command


def _parameters(kind: Callable[..., None]) -> list[Any]:
    maker = typer.Typer(add_completion=False)
    maker.command()(kind)
    return list(typer.main.get_command(maker).params)


def _noting(callback: Callable[..., Any], shared: set[str]) -> Callable[..., Any]:
    def run(**values: Any) -> Any:
        mine = {name: values.pop(name) for name in shared}
        _ASKED.set(
            Asked(
                sort=mine["sort"],
                filters=tuple(mine["filter"] or ()),
                wide=mine["wide"],
                query=mine["query"],
                watch=mine.get("watch"),
                endpoint=mine["endpoint_url"],
            )
        )
        if mine["endpoint_url"]:
            os.environ[_ENDPOINT] = mine["endpoint_url"]
        endpoint(os.environ.get(_ENDPOINT, ""))
        return callback(**values)

    return run


def endpoint(url: str) -> None:
    """Raise Usage for an address that cannot be one of AWS, before boto3 does in its own words."""
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise Usage(
            f"The endpoint {url} is no address; write it as http://127.0.0.1:5757 "
            f"(--endpoint-url, {_ENDPOINT})."
        )


@contextmanager
def fresh() -> Iterator[None]:
    """One command line: what it asks for and where it finds AWS are forgotten afterwards."""
    token, before = _ASKED.set(Asked()), os.environ.get(_ENDPOINT)
    try:
        yield
    finally:
        if asked().endpoint:
            os.environ.pop(_ENDPOINT, None)
            os.environ |= {} if before is None else {_ENDPOINT: before}
        _ASKED.reset(token)
