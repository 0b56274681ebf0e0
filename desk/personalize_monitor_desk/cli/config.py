"""The file of a person's own defaults: what an option is when nobody gives it.

An option on the command line comes first, then the environment's own variables (``AWS_PROFILE``,
``AWS_REGION``, ...), then the file, then the built-in default.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from personalize_monitor_desk.cli.exits import Usage
from personalize_monitor_desk.cli.parts import VERBS

FILE = "PERSONALIZE_MONITOR_CONFIG"
"""The variable that names another file."""
EVERYWHERE = ("profile", "region", "stack", "output", "prices", "endpoint-url", "wide")
"""Keys that may stand above all tables, for every verb that has the option."""
_ENVIRONMENT = {
    "profile": ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "endpoint_url": ("AWS_ENDPOINT_URL",),
}
_SAID_EACH_TIME = frozenset({"yes", "include_deletions", "allow_actions", "now"})
"""What acts, or stands for a person's word, is in no file."""


def path() -> Path:
    """Where the file is; it need not exist."""
    named = os.environ.get(FILE)
    if named:
        return Path(named).expanduser()
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "personalize-monitor" / "config.toml"


def defaults(verb: str, options: Mapping[str, bool]) -> dict[str, Any]:
    """What the file says of a verb's options, by the option's name.

    ``options`` has the verb's own, and whether each may be repeated. Raises Usage for a file that
    cannot be read, and for every key that means nothing.
    """
    said = _read(path())
    found = {name: value for name, value in said.items() if name not in VERBS}
    _known(found, [_name(key) for key in EVERYWHERE], "")
    mine = said.get(verb, {})
    if not isinstance(mine, Mapping):
        raise Usage(f"{path()}: {verb} is no table; write [{verb}] above its options.")
    own = {_name(key): value for key, value in mine.items()}
    _known(own, options, f"[{verb}] ")
    merged = {name: value for name, value in found.items() if name in options} | own
    return {
        name: [value] if options[name] and isinstance(value, str) else value
        for name, value in merged.items()
        if not any(os.environ.get(variable) for variable in _ENVIRONMENT.get(name, ()))
    }


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        if FILE in os.environ:
            raise Usage(f"{file} is not there; {FILE} names it.") from None
        return {}
    except (OSError, UnicodeDecodeError) as problem:
        raise Usage(f"{file} cannot be read ({problem}); correct it or take it away.") from problem
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise Usage(f"{file} is not valid TOML ({problem}); correct that line.") from problem
    return {key if key in VERBS else _name(key): value for key, value in said.items()}


def _name(key: str) -> str:
    return key.replace("-", "_")


def _known(said: Collection[str], known: Collection[str], where: str) -> None:
    for name in said:
        if name in _SAID_EACH_TIME:
            raise Usage(f"{path()}: {where}{name} stands in no file; it has to be said each time.")
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "`--help` lists the options."
            raise Usage(f"{path()}: {where}{name} is not known; {hint}")
