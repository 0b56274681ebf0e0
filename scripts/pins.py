"""What a lock file says: each package with its versions, markers and hashes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\\n]+)(?: ;(?P<marker>[^\\\n]*))?"
    r"(?P<hashes>(?:[ \\\n]+--hash=sha256:[0-9a-f]{64})*)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Pin:
    """One version of a package, by its canonical name; ``text`` is as the lock file has it."""

    name: str
    version: str
    marker: str
    hashes: int
    text: str


def pins_of(lock: Path) -> Iterator[Pin]:
    """All pins of a lock file, in its order."""
    for match in _PIN.finditer(lock.read_text("utf-8")):
        marker, hashes = (match["marker"] or "").strip(), match["hashes"].count("--hash")
        name, version = canonical(match["name"]), match["version"]
        yield Pin(name, version, marker, hashes, match[0])


def pinned(lock: Path) -> dict[str, set[str]]:
    """The versions of each package of a lock file; most have one."""
    found: dict[str, set[str]] = defaultdict(set)
    for pin in pins_of(lock):
        found[pin.name].add(pin.version)
    return dict(found)


def canonical(name: str) -> str:
    """A package's name as an index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
