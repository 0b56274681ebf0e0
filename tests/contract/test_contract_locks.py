"""S1: a lock has all that it needs, so that nothing is resolved when it is installed."""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from scripts import environment
from scripts.pins import Pin, canonical, pinned, pins_of

ROOT = Path(__file__).parents[2]
LOCKS = {path.name: path for path in sorted(ROOT.glob("requirements*.lock"))}
LOCKS["crosscheck"] = ROOT / "crosscheck" / "requirements.lock"
# Each of these pins an old boto3, or pip itself, and has an environment of its own.
APART = {
    "requirements-checkov.lock",
    "requirements-sam.lock",
    "requirements-oldest.lock",
    "crosscheck",
}
GROUPS = {
    "requirements-demo.lock": "demo",
    "requirements-test.lock": "test",
    "requirements.lock": "dev",
}
# What a wheel is installed with is a resolver's work: there is no lock for other people's machines.
RESOLVED = {"scripts/release.py", "scripts/fresh_machine.py"}
MACHINES = [
    {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.9", "sys_platform": system}
    for minor in (11, 12, 13, 14)
    for system in ("linux", "darwin")
]
_SCRIPTS = [ROOT / "Makefile", ROOT / ".ci" / "run", ROOT / "hatch_build.py"]
_SCRIPTS += [*(ROOT / "scripts").glob("*.py"), *(ROOT / "crosscheck").glob("*.py")]
_INSTALLS = re.compile(r"\bpip\b[^\n]*\binstall\b|\buv\s+(pip\s+)?(install|sync)\b|pip\.main|pipx")


def test_s1_one_place_installs_and_without_a_resolver() -> None:
    """Nothing but `scripts/environment.py` calls `pip install`, which wants hashes and no more."""
    found = {
        str(path.relative_to(ROOT)): line.strip()
        for path in _SCRIPTS
        for line in path.read_text("utf-8").splitlines()
        if _INSTALLS.search(line.replace('", "', " "))
    }
    assert set(found) <= {"scripts/environment.py", *RESOLVED}, found
    assert "scripts/environment.py" in found
    assert {"--no-deps", "--require-hashes"} <= set(environment.COMPLETE)
    assert "--no-deps" in environment.PROJECT
    assert "COMPLETE, str(lock)" in Path(environment.__file__).read_text("utf-8")


def test_s1_every_lock_is_installed_by_somebody() -> None:
    """The Makefile's calls name locks that are there; no lock is left over."""
    called = re.findall(r"call install,([^,]+),([\w.-]+)", (ROOT / "Makefile").read_text("utf-8"))
    asked = {lock for folder, lock in called if folder != "FOLDER"}
    others = {"crosscheck", "requirements-oldest.lock"}  # crosscheck/second.py, fresh_machine.py
    assert asked | others == set(LOCKS)


def test_s1_make_lock_writes_every_lock() -> None:
    """All but the cross-check's, which is of another time, are resolved by `make lock`."""
    lines = [
        shlex.split(x) for x in (ROOT / "Makefile").read_text("utf-8").splitlines() if "-o" in x
    ]
    written = {words[words.index("-o") + 1] for words in lines if "$(LOCK)" in words}
    assert written == set(LOCKS) - {"crosscheck"}


@pytest.mark.parametrize("name", LOCKS)
def test_s1_every_pin_has_hashes(name: str) -> None:
    """A line of a lock is a pin with its hashes, a comment, or nothing."""
    pins = list(pins_of(LOCKS[name]))
    assert pins
    assert [pin.name for pin in pins if not pin.hashes] == []
    text = LOCKS[name].read_text("utf-8")
    for pin in pins:
        text = text.replace(pin.text, "", 1)
    assert [x for x in text.splitlines() if x.strip() and not x.strip().startswith("#")] == []


def test_s1_locks_agree() -> None:
    """One version of a package in all locks, and each of the three has all of the one before."""
    whole = pinned(LOCKS["requirements.lock"])
    for name in set(LOCKS) - APART:
        for package, versions in pinned(LOCKS[name]).items():
            assert versions == whole.get(package, versions), f"{package} in {name}"
    demo, test = (pinned(LOCKS[f"requirements-{name}.lock"]) for name in ("demo", "test"))
    assert demo.items() <= test.items() <= whole.items()


@cache
def described(name: str, version: str) -> list[str] | None:
    """What a version of a package says that it needs; None where it is not installed here."""
    for path in (sys.path, *([str(one)] for one in ROOT.glob(".venv*/lib/python*/site-packages"))):
        for found in metadata.distributions(name=name, path=path):
            if found.version == version:
                return found.requires or []
    return None


def asked_of_project(group: str) -> Iterator[str]:
    """What pyproject.toml wants with all extras and a group."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    yield from told["project"]["dependencies"]
    for extra in told["project"]["optional-dependencies"].values():
        yield from (text for text in extra if not text.startswith("personalize-monitor"))
    waiting: list[Any] = list(told["dependency-groups"][group])
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        else:
            waiting += told["dependency-groups"][one["include-group"]]


def applies(pin: Pin, machine: dict[str, str]) -> bool:
    """Whether a pin is for a machine; an empty one is this."""
    return not pin.marker or Marker(pin.marker).evaluate(dict(machine))


def unmet(pins: list[Pin], wanted: list[Requirement], machine: dict[str, str]) -> Iterator[str]:
    """Requirements that a lock does not meet on a machine, followed to their ends."""
    held = {pin.name: pin.version for pin in pins if applies(pin, machine)}
    seen: set[tuple[str, str]] = set()
    while wanted:
        one = wanted.pop()
        name = canonical(one.name)
        if name not in held or not one.specifier.contains(held[name], prereleases=True):
            yield f"{one} (on {machine})"
            continue
        for extra in ("", *one.extras):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for text in described(name, held[name]) or []:
                needed = Requirement(text)
                if needed.marker is None or needed.marker.evaluate(machine | {"extra": extra}):
                    wanted.append(needed)


@pytest.mark.parametrize(
    "machine", MACHINES, ids=lambda one: f"{one['python_version']}-{one['sys_platform']}"
)
@pytest.mark.parametrize("name", sorted(set(LOCKS) - {"requirements-oldest.lock", "crosscheck"}))
def test_s1_a_lock_is_complete(name: str, machine: dict[str, str]) -> None:
    """Whatever a pinned package needs is pinned, too, at a version that does, on every machine.

    As far as the packages are installed here: of the demo's and the tests' locks, all are.
    """
    pins = list(pins_of(LOCKS[name]))
    group = GROUPS.get(name)
    wanted = [Requirement(f"{x.name}=={x.version}") for x in pins if applies(x, machine)]
    wanted += [Requirement(text) for text in (asked_of_project(group) if group else ())]
    assert list(unmet(pins, wanted, machine)) == []


@pytest.mark.parametrize("name", ["requirements-demo.lock", "requirements-test.lock"])
def test_s1_what_is_said_of_completeness_is_said_of_all(name: str) -> None:
    """The packages of these locks are installed where tests run, so that their needs are known."""
    here = [pin for pin in pins_of(LOCKS[name]) if applies(pin, {})]
    assert [pin.name for pin in here if described(pin.name, pin.version) is None] == []


def test_every_python_is_named_alike() -> None:
    """The classifiers, the floor of pyproject.toml and the readme name the same Pythons."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert named == [f"3.{minor}" for minor in (11, 12, 13, 14)]
    assert project["requires-python"] == f">={named[0]}"
    for page in ("README.md", "docs/contributing.md", "docs/quickstart.md"):
        assert f"Python {named[0]} to {named[-1]}" in (ROOT / page).read_text("utf-8"), page
