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
    "personalize_monitor_desk/template.yaml",
    "personalize_monitor_desk/schemas/events/PersonalizeCampaignDeleted.json",
    "personalize_monitor_desk/cli/schemas/status.json",
    "personalize_monitor_desk/console/static/console.css",
    "personalize_monitor_desk/console/static/vendor/htmx.min.js",
    "personalize_monitor_desk/console/static/vendor/uPlot.iife.min.js",
    "personalize_monitor_desk/report/style.css",
)
EXTRAS = (("", "cli", "sandbox", "all"), ("console",))
"""Extras that are installed one after another, each row into an environment of its own."""
TRIES: dict[str, tuple[tuple[str, int, str], ...]] = {
    "": (
        ("--version", 0, "personalize-monitor "),
        ("--help", 0, "personalize-monitor[all]"),
        ("status", 2, "personalize-monitor[cli]"),
        ("demo", 2, "personalize-monitor[sandbox]"),
    ),
    "cli": (
        ("--version", 0, "personalize-monitor "),
        ("status", 3, "No AWS credentials were found"),
        ("demo --help", 0, "personalize-monitor[sandbox]"),
        ("demo --days 0.1", 2, "personalize-monitor[sandbox]"),
        ("console", 2, "personalize-monitor[console]"),
    ),
    "sandbox": (
        ("demo --days 0.1 --json", 0, "{"),
        ("console", 2, "personalize-monitor[console]"),
    ),
    "console": (
        ("--version", 0, "personalize-monitor "),
        ("status", 3, "No AWS credentials were found"),
        ("console --help", 0, "--allow-actions"),
        ("console", 3, "No AWS credentials were found"),
        ("console --sandbox", 2, "personalize-monitor[console,sandbox]"),
    ),
    "all": (("console --help", 0, "--allow-actions"), ("demo --days 0.1 --json", 0, "{")),
}
"""What is called with each extra, its exit code, and words of the answer."""
_PATIENCE_SECONDS = 300
_LOOK = (
    "from personalize_monitor_desk.console.assets import libraries; libraries(); "
    "from personalize_monitor_desk.schemas import event_names; assert event_names()"
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
    strange = [n for n in names if not n.startswith(("personalize_monitor", "aws_sandbox/"))]
    if strange:
        raise ValueError(f"{wheel.name} has {', '.join(strange[:5])}, which do not belong there.")
    say(f"{wheel.name}: {len(names)} files, {wheel.stat().st_size // 1000} kB")


def try_it(wheel: Path) -> None:
    """Install into environments that have nothing else, at the locked versions, and run."""
    for row in EXTRAS:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            venv.create(place / "env", with_pip=True)
            for extra in row:
                _install(wheel, extra, place)
                for words, code, said in TRIES[extra]:
                    _call(place, words, code, said)
                say(f"clean environment: [{extra}]: fine")
            if row[-1] in {"all", "console"}:
                run(str(place / "env" / "bin" / "python"), "-c", _LOOK, cwd=place)


def _install(wheel: Path, extra: str, place: Path) -> None:
    constraints = place / "constraints.txt"
    constraints.write_text("\n".join(pins(ROOT)), "utf-8")
    pip = (str(place / "env" / "bin" / "python"), "-m", "pip", "install", "--quiet")
    wanted = f"personalize-monitor{f'[{extra}]' if extra else ''} @ {wheel.as_uri()}"
    run(*pip, "--disable-pip-version-check", "-c", str(constraints), wanted, cwd=place)


def _call(place: Path, words: str, code: int, said: str) -> None:
    """Raises ValueError when the command ends otherwise, or with a traceback."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    nowhere = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    alone = kept | nowhere | {"AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1"}
    try:
        done = subprocess.run(  # noqa: S603  our own words
            [str(place / "env" / "bin" / "personalize-monitor"), *words.split()],
            cwd=place,
            env=alone,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired as never:
        raise ValueError(f"{words} did not end within {_PATIENCE_SECONDS} seconds.") from never
    answer = done.stdout + done.stderr
    if done.returncode != code or said not in answer or "Traceback" in answer:
        raise ValueError(f"{words} ended with {done.returncode}, not {code}: {answer[-3000:]}")


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
