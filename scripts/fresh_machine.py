"""Proof that a set-up cannot rot: the oldest pip, and an index with a newer version of everything.

Beside what this machine's pip asks there is a folder with a version 999 of each package of the
lock, a constraint that contradicts it, and variables that would lead pip elsewhere. A resolver
must trip over that, or nothing is proved; the set-up must not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from scripts import environment
from scripts.pins import pinned, pins_of

ROOT = environment.ROOT
OLDEST = ROOT / "requirements-oldest.lock"
DEMO = ROOT / "requirements-demo.lock"
TESTS = ROOT / "requirements-test.lock"
NEWER = "999"
_FEW = {"coverage", "iniconfig", "packaging", "pluggy", "pygments", "pytest", "pytest-cov"}
_LOOK = (
    "from importlib import metadata; [print(d.name, d.version) for d in metadata.distributions()]"
)


def main() -> int:
    """All of it in a temporary folder with a space in its name; 1 after a sentence if it fails."""
    with tempfile.TemporaryDirectory(prefix="a fresh machine ") as place:
        folder, newer = Path(place) / "env", Path(place) / "newer"
        os.environ |= unkind(Path(place), newer)
        try:
            python = environment.prepare(folder, OLDEST)
            few = part(Path(place) / "few.lock", _FEW)
            resolver_trips(python, few)
            # The tests' other packages are large, and no other than these.
            lock = part(Path(place) / "most.lock", _FEW | set(pinned(DEMO)))
            environment.prepare(folder, lock, project=True)
            installed_is_locked(python, lock)
        except (environment.Failed, ValueError) as problem:
            sys.stderr.write(f"fresh machine: {problem}\n")
            return 1
    sys.stdout.write("The oldest pip installed what is locked, where a resolver fails.\n")
    return 0


def unkind(place: Path, newer: Path) -> dict[str, str]:
    """Variables of a machine that offers newer versions, after making what they name."""
    newer.mkdir()
    for name in pinned(TESTS):
        wheel(newer, name, NEWER)
    constraint = place / "constraint.txt"
    constraint.write_text("coverage<1\n", "utf-8")
    links = os.environ.get("PIP_FIND_LINKS", "")
    return {
        "PIP_FIND_LINKS": f"{newer.as_uri()} {links}".strip(),
        "PIP_CONSTRAINT": constraint.as_uri(),
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_TARGET": str(place / "elsewhere"),
        "PIP_USER": "1",
    }


def wheel(folder: Path, name: str, version: str) -> Path:
    """A wheel with nothing in it."""
    base = f"{name.replace('-', '_')}-{version}"
    told = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    path = folder / f"{base}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in told.items():
            archive.writestr(f"{base}.dist-info/{file}", text)
    return path


def part(path: Path, names: set[str]) -> Path:
    """A lock with some packages of the tests' one."""
    path.write_text("".join(f"{x.text}\n" for x in pins_of(TESTS) if x.name in names), "utf-8")
    return path


def resolver_trips(python: Path, few: Path) -> None:
    """Raises ValueError when a resolver finds its way here: then this proves nothing."""
    kept = {name: text for name, text in os.environ.items() if name != "PIP_TARGET"}
    sober = kept | {"PIP_CONSTRAINT": os.devnull, "PIP_USER": "0"}
    what = ("-m", "pip", "install", "--quiet", "--dry-run", "--require-hashes", "-r", str(few))
    done = _run([str(python), *what], sober)
    if done.returncode == 0:
        raise ValueError("a resolver is not misled by newer versions; make the trap a better one.")
    if "hashes" not in done.stderr:
        raise ValueError(f"the resolver failed for another reason: {done.stderr[-500:]}")


def installed_is_locked(python: Path, lock: Path) -> None:
    """Raises ValueError when a version is not the locked one, or a package lacks what it needs."""
    pins = pinned(lock)
    pairs = [line.split() for line in _run([str(python), "-I", "-c", _LOOK]).stdout.splitlines()]
    found = {name.lower().replace("_", "-").replace(".", "-"): version for name, version in pairs}
    wrong = [name for name in found if name in pins and found[name] not in pins[name]]
    if wrong or not set(found) >= _FEW:
        raise ValueError(f"{', '.join(wrong) or 'pytest-cov'} is not installed as locked.")
    for words in (["-I", "-m", "pip", "check"], ["-m", "personalize_monitor", "--version"]):
        done = _run([str(python), *words])
        if done.returncode:
            raise ValueError(f"{' '.join(words)}: {(done.stdout + done.stderr)[-500:]}")


def _run(
    words: Sequence[str], variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own words
        words, env=variables, capture_output=True, text=True, check=False, cwd=ROOT.anchor
    )


if __name__ == "__main__":
    sys.exit(main())
