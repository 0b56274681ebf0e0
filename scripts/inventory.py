"""What we depend on: a bill of materials (``sbom``) and a list of licences (``licences``).

Versions come from requirements.lock and package.json, licences from the installed packages' own
metadata. What a deployment or an installation needs is told apart from what development needs.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from scripts.pins import canonical, pins_of

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
_LONGEST = 60
_CLASSIFIER = "License :: OSI Approved :: "


@dataclass(frozen=True, slots=True)
class Package:
    """One dependency; ``needed`` says whether an installation needs it, or only development."""

    name: str
    version: str
    kind: str
    needed: bool
    licence: str

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:{self.kind}/{self.name}@{self.version}"


def locked(root: Path) -> list[Package]:
    """All Python dependencies of the lock file, by name."""
    needed = _closure("personalize-monitor", {"all"})
    return sorted(
        (
            Package(pin.name, pin.version, "pypi", pin.name in needed, _licence(pin.name))
            for pin in pins_of(root / "requirements.lock")
        ),
        key=lambda one: one.name,
    )


def pins(root: Path) -> list[str]:
    """The lock file's versions as constraints, each with its marker."""
    listed = pins_of(root / "requirements.lock")
    return [f"{p.name}=={p.version}" + (f" ; {p.marker}" if p.marker else "") for p in listed]


def javascript(root: Path) -> list[Package]:
    """The console's libraries, and what its tests use."""
    told = json.loads((root / "package.json").read_text("utf-8"))
    found = []
    for key, needed in (("dependencies", True), ("devDependencies", False)):
        for name, version in told.get(key, {}).items():
            place = root / "node_modules" / name / "package.json"
            licence = json.loads(place.read_text("utf-8"))["license"] if place.exists() else ""
            found.append(Package(name, version, "npm", needed, licence or "not installed"))
    return found


def bill(packages: Sequence[Package], version: str) -> dict[str, Any]:
    """The bill of materials in CycloneDX's form, the same for the same lock and commit."""
    moment = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC)
    mark = ",".join(one.purl for one in packages)
    us = {"type": "application", "name": "personalize-monitor", "version": version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, mark)}",
        "version": 1,
        "metadata": {"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": us},
        "components": [
            {
                "type": "library",
                "bom-ref": one.purl,
                "name": one.name,
                "version": one.version,
                "purl": one.purl,
                "scope": "required" if one.needed else "excluded",
                "licenses": [{"license": {"name": one.licence}}],
            }
            for one in packages
        ],
    }


def licences(packages: Sequence[Package]) -> str:
    """A page with the licence of each package that an installation needs."""
    written = {"pypi": "Python", "npm": "JavaScript"}
    rows = [
        f"| {one.name} | {one.licence} | {written[one.kind]} |" for one in packages if one.needed
    ]
    rows = list(dict.fromkeys(rows))  # some have a version for each Python
    return "\n".join([_OPENING, *rows, ""])


_OPENING = """\
# Licences

Personalize Monitor itself is under the Apache License 2.0. The functions that run in AWS need
nothing but boto3, which their runtime brings. An installation with all extras
(`personalize-monitor[all]`) needs these packages, under the licences that they declare.
`make licences` writes this page.

| Package | Licence | Language |
| --- | --- | --- |"""


def _closure(name: str, extras: set[str]) -> set[str]:
    """A distribution and everything that it needs with ``extras``, by canonical name."""
    found: set[str] = set()
    waiting = [(canonical(name), frozenset(extras))]
    seen = set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        found.add(one[0])
        waiting += _needs(*one)
    return found - {canonical(name)}


def _needs(name: str, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    from packaging.requirements import Requirement  # noqa: PLC0415  comes with hatchling

    try:
        listed = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return
    for text in listed:
        wanted = Requirement(text)
        environments = [{"extra": extra} for extra in ("", *extras)]
        if wanted.marker is None or any(wanted.marker.evaluate(e) for e in environments):
            yield canonical(wanted.name), frozenset(wanted.extras)


def _licence(name: str) -> str:
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "not installed"
    classified = [
        line.removeprefix(_CLASSIFIER)
        for line in told.get_all("Classifier") or []
        if line.startswith(_CLASSIFIER)
    ]
    short, free = _field(told, "License-Expression"), _field(told, "License")
    plain = free if len(free) <= _LONGEST and "\n" not in free else ""
    return short or plain or ", ".join(classified) or "see its files"


def _field(told: metadata.PackageMetadata, key: str) -> str:
    return told[key].strip() if key in told else ""


def main(arguments: Sequence[str]) -> int:
    """``sbom`` writes build/sbom.json, ``licences`` the page of the documentation."""
    packages = locked(ROOT) + javascript(ROOT)
    if list(arguments) == ["sbom"]:
        target = ROOT / "build" / "sbom.json"
        target.parent.mkdir(exist_ok=True)
        version = metadata.version("personalize-monitor")
        target.write_text(json.dumps(bill(packages, version), indent=2) + "\n", "utf-8")
    elif list(arguments) == ["licences"]:
        target = PAGE
        target.write_text(licences(packages), "utf-8")
    else:
        sys.stderr.write("Say what: sbom or licences.\n")
        return 2
    needed = sum(one.needed for one in packages)
    sys.stdout.write(
        f"{target.relative_to(ROOT)}: {len(packages)} packages, {needed} of them needed to run\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
