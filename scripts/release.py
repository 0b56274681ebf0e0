"""A release without publishing: build twice, compare, look inside, install cleanly, run.

The time in the archives is that of the last commit, so that the same commit gives the same bits.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

from scripts.inventory import pins

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
MUST_HAVE = (
    "personalize_monitor/py.typed",
    "personalize_monitor/model/prices.toml",
    "personalize_monitor/sandbox/template.yaml",
    "personalize_monitor/schemas/events/PersonalizeCampaignDeleted.json",
    "personalize_monitor/cli/schemas/status.json",
    "personalize_monitor/console/static/console.css",
    "personalize_monitor/console/static/vendor/htmx.min.js",
    "personalize_monitor/console/static/vendor/uPlot.iife.min.js",
    "personalize_monitor/report/style.css",
)
TRY = (
    ["personalize-monitor", "--version"],
    ["personalize-monitor", "console", "--help"],
    ["personalize-monitor", "demo", "--days", "0.1", "--json"],
)
_LOOK = (
    "from personalize_monitor.console.assets import libraries; libraries(); "
    "from personalize_monitor.schemas import event_names; assert event_names()"
)


def main() -> int:
    """All steps; the first that fails ends it with a sentence."""
    try:
        built = build_twice()
        look_inside(built)
        try_it(built)
    except ValueError as problem:
        sys.stderr.write(f"release: {problem}\n")
        return 1
    say(f"{built.relative_to(ROOT)} is ready; nothing was published.")
    return 0


def build_twice() -> Path:
    """The wheel and the source archive in dist/, after a second build gave the same bits."""
    epoch = run("git", "log", "-1", "--format=%ct").strip()
    environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch, "PYTHONHASHSEED": "0"}
    with tempfile.TemporaryDirectory() as again:
        for folder in (DIST, Path(again)):
            run(sys.executable, "-m", "hatchling", "build", "-d", str(folder), env=environment)
        version = run(sys.executable, "-m", "hatchling", "version").strip()
        names = (
            f"personalize_monitor-{version}-py3-none-any.whl",
            f"personalize_monitor-{version}.tar.gz",
        )
        for name in names:
            first, second = digest(DIST / name), digest(Path(again) / name)
            if first != second:
                raise ValueError(f"two builds of {name} differ: {first} and {second}.")
            say(f"{name}: two builds, one hash: sha256 {first}")
    return DIST / names[0]


def look_inside(wheel: Path) -> None:
    """Everything that the program needs is in the wheel, and nothing of the tests."""
    names = zipfile.ZipFile(wheel).namelist()
    missing = [name for name in MUST_HAVE if name not in names]
    if missing:
        raise ValueError(f"{wheel.name} lacks {', '.join(missing)}.")
    strange = [n for n in names if not n.startswith("personalize_monitor")]
    if strange:
        raise ValueError(f"{wheel.name} has {', '.join(strange[:5])}, which do not belong there.")
    say(f"{wheel.name}: {len(names)} files, {wheel.stat().st_size // 1000} kB")


def try_it(wheel: Path) -> None:
    """Install into an environment that has nothing else, at the locked versions, and run."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        venv.create(place / "env", with_pip=True)
        binaries = place / "env" / "bin"
        constraints = place / "constraints.txt"
        constraints.write_text("\n".join(pins(ROOT)), "utf-8")
        pip = (str(binaries / "python"), "-m", "pip", "install", "--quiet")
        wanted = f"personalize-monitor[all] @ {wheel.as_uri()}"
        run(*pip, "--disable-pip-version-check", "-c", str(constraints), wanted, cwd=place)
        run(str(binaries / "python"), "-c", _LOOK, cwd=place)
        for words in TRY:
            run(str(binaries / words[0]), *words[1:], cwd=place)
            say(f"clean environment: {' '.join(words)}: fine")


def digest(path: Path) -> str:
    """The file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(*words: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """What a program prints; raises ValueError with its complaints when it fails."""
    done = subprocess.run(  # noqa: S603  our own words
        words, cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ValueError(f"{' '.join(words[:4])} failed:\n{done.stderr[-3000:]}")
    return done.stdout


def say(line: str) -> None:
    """One line for people."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
