"""The one place that installs: an environment in a folder, with exactly what a lock file says.

``python scripts/environment.py FOLDER LOCK [--project]`` makes FOLDER a virtual environment of the
Python that runs this, or adds to the one that is there, and ends at once when nothing is to do.
A lock is complete, so nothing is resolved. ``--project`` installs this project, too, as it lies
here. Needs nothing but the standard library: it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# A lock has all that is needed: a resolver would ask what newer versions need, and trip over them.
PIP = ("-I", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile")
COMPLETE = ("--no-deps", "--require-hashes", "-r")
PROJECT = ("--no-deps", "--no-build-isolation", "-e")

# Index, certificates, proxy and find-links stay whatever this machine's pip is told. These say
# where to install or which versions, and the lock and the folder say that already.
_NOT_HERE = frozenset(
    {
        *("PIP_DRY_RUN", "PIP_EDITABLE", "PIP_PREFIX", "PIP_PYTHON", "PIP_REQUIREMENT"),
        *("PIP_ROOT", "PIP_TARGET", "PYTHONHOME", "PYTHONPATH"),
    }
)
_INSTEAD = {  # an empty variable would leave what a file of settings says
    "PIP_CONSTRAINT": os.devnull,
    "PIP_REQUIRE_HASHES": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_USER": "0",
}

_FULL = r"No space left|Errno 28"
_CURES = {
    _FULL: "the disk is full; make room (`pip cache purge` empties pip's own store)",
    r"Permission denied|Read-only file": "a folder may not be written to; look at its owner",
    r"DO NOT MATCH THE HASHES": "the package index has other files than were locked; use another",
    r"different Python|not a supported wheel": "the lock is not for this Python; set PYTHON=...",
    r"No matching distribution|HTTPS?Connection|Max retries|timed out|HTTP error": (
        "the package index lacks it, or did not answer; look at the network and `pip config list`"
    ),
}
_LONGEST = 127
_PYTHON = f"sys.version_info[:2] != {sys.version_info[:2]}"


class Failed(Exception):
    """The environment could not be made; the sentence says what to do."""


def prepare(folder: Path, lock: Path, *, project: bool = False) -> Path:
    """The python of an environment in ``folder`` with what is in ``lock``, made where it is not.

    Raises:
        Failed: it could not be made; what is there is not taken for ready the next time.
    """
    python = folder / "bin" / "python"
    mark, wanted = folder / f".ready-{lock.stem}", _digest(folder, lock, project=project)
    if _is(mark, wanted) and os.access(python, os.X_OK):
        return python
    with _alone(folder):
        if _is(mark, wanted) and os.access(python, os.X_OK):
            return python  # made by somebody else meanwhile
        _venv(folder, python)
        _say(f"Installing {lock.name} into {folder.name} ...")
        _pip(python, *COMPLETE, str(lock))
        if project:
            _pip(python, *PROJECT, str(ROOT))
        _mend(folder)
        mark.write_text(wanted, "utf-8")
    return python


def _digest(folder: Path, lock: Path, *, project: bool) -> str:
    """Changes with all that an environment depends on: its place, its Python, the lock."""
    parts = [str(folder.resolve()), _PYTHON, lock.read_text("utf-8")]
    parts += [Path(__file__).read_text("utf-8")]
    if project:
        parts += [str(ROOT), (ROOT / "pyproject.toml").read_text("utf-8")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _is(mark: Path, wanted: str) -> bool:
    try:
        return mark.read_text("utf-8") == wanted
    except (OSError, UnicodeDecodeError):
        return False


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time in a folder; a file system that knows no locks does without."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as problem:
        raise Failed(f"{folder} cannot be made ({problem.strerror}); look at its owner.") from None
    try:
        with contextlib.suppress(ImportError, OSError):
            import fcntl  # noqa: PLC0415  only where there is one

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _venv(folder: Path, python: Path) -> None:
    """An environment whose pip works; what cannot be used, or is another Python's, is made anew."""
    if _usable(folder, python):
        return
    base = getattr(sys, "_base_executable", None) or sys.executable
    done = _run([base, "-I", "-m", "venv", "--clear", str(folder.absolute())])
    if done.returncode or not _usable(folder, python):
        _empty(folder)
        said = done.stdout + done.stderr
        full = re.search(_FULL, said)
        raise Failed(
            f"{_CURES[_FULL]}."
            if full
            else f"{base} cannot make a virtual environment with pip; on Debian and Ubuntu "
            "`apt install python3-venv` helps, elsewhere set PYTHON to a whole Python."
        )


def _usable(folder: Path, python: Path) -> bool:
    """Whether its Python is ours and its pip is of this place; what is half there goes."""
    packages = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    for info in packages.glob("*.dist-info"):
        if not (info / "RECORD").exists():  # pip writes it last: it was interrupted
            shutil.rmtree(info)
    try:
        starts = _run([str(python), "-I", "-c", f"import sys; sys.exit({_PYTHON})"]).returncode == 0
        head = (folder / "bin" / "pip").read_text("utf-8")[:1000]
    except (OSError, UnicodeDecodeError):
        return False
    here = any(f"{place}{os.sep}bin" in head for place in (folder.absolute(), folder.resolve()))
    return starts and here and any(packages.glob("pip-*.dist-info"))


def _empty(folder: Path) -> None:
    """Nothing stays that could be taken for an environment."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _pip(python: Path, *what: str) -> None:
    done = _run([str(python), *PIP, *what])
    if done.returncode:
        said = done.stdout + done.stderr
        errors = [line for line in said.splitlines() if line.startswith("ERROR:")] or [said.strip()]
        cure = next((cure for sign, cure in _CURES.items() if re.search(sign, said)), "pip failed")
        raise Failed(f"{cure}. pip says: {errors[-1].removeprefix('ERROR: ')[:500]}")


def _mend(folder: Path) -> None:
    """Let scripts start that name a Python with a space in its path, or too long a one.

    pip writes its own so, but not those that a package brings as they are.
    """
    for script in (folder / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        first, _, rest = script.read_bytes().partition(b"\n")
        path = first.removeprefix(b"#!")
        if path.startswith(bytes(folder.absolute())) and (b" " in path or len(first) > _LONGEST):
            script.write_bytes(b"#!/bin/sh\n'''exec' \"%s\" \"$0\" \"$@\"\n' '''\n" % path + rest)


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own words
        command, env=_variables(os.environ), capture_output=True, text=True, check=False
    )


def _variables(given: Mapping[str, str]) -> dict[str, str]:
    """The machine's own, without those that would lead pip elsewhere."""
    return {name: text for name, text in given.items() if name not in _NOT_HERE} | _INSTEAD


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> int:
    """As the Makefile calls it; 1 after one sentence when it fails."""
    parser = argparse.ArgumentParser(description="An environment with what a lock file says.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("lock", type=Path)
    parser.add_argument("--project", action="store_true")
    asked = parser.parse_args(arguments)
    try:
        prepare(asked.folder, asked.lock, project=asked.project)
    except Failed as problem:
        _say(f"set-up: {problem}")
        return 1
    except OSError as problem:
        _say(f"set-up: {problem.filename}: {problem.strerror}; make room, or look at its owner.")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
