"""The second opinion: LocalStack in an environment of its own, without docker and without a token.

It needs Python 3.13 and, for the first time, the package index. What is missing is said in one
sentence (`Unavailable`), and the cross-check is skipped.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VERSION = "4.14.0"
AS_OF = "2026-03-05"
HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE.parent / ".venv-crosscheck"
LOCK = HERE / "requirements.lock"
INSTALL = HERE.parent / "scripts" / "environment.py"
HOST = "127.0.0.1"
_START = 90.0
_PYTHON = "CROSSCHECK_PYTHON"


class Unavailable(Exception):
    """The second emulator cannot run here; the sentence says why and what would help."""


def prepare() -> Path:
    """The environment's python, made from the lock file when it is not there or that has changed.

    Raises:
        Unavailable: no Python 3.13, or the packages cannot be had.
    """
    _run(
        [_python(), str(INSTALL), str(ENVIRONMENT), str(LOCK)],
        f"LocalStack {VERSION} cannot be installed",
    )
    return ENVIRONMENT / "bin" / "python"


def _python() -> str:
    """A Python 3.13: as named by the environment, on the path, or in pyenv's folder.

    Raises:
        Unavailable: there is none.
    """
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [os.environ.get(_PYTHON), shutil.which("python3.13")]
    candidates += [str(one / "bin" / "python") for one in sorted(versions.glob("3.13*"))]
    for candidate in candidates:
        if candidate and _is_3_13(candidate):
            return candidate
    raise Unavailable(f"LocalStack {VERSION} needs Python 3.13; set {_PYTHON}=/path/to/python3.13.")


def _is_3_13(python: str) -> bool:
    asked = [python, "-c", "import sys; print(sys.version_info[:2] == (3, 13))"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 - a python found above
    except OSError:
        return False
    return done.stdout.strip() == "True"


def _run(command: list[str], problem: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Unavailable(f"{problem}: {last}")


@contextmanager
def running(python: Path) -> Iterator[str]:
    """LocalStack on a free port of this machine; its address.

    Raises:
        Unavailable: it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="crosscheck-") as folder:
        port = _free_port()
        log = Path(folder) / "localstack.log"
        with log.open("w") as output:
            process = subprocess.Popen(  # noqa: S603 - the environment made above
                [str(python), "-m", "localstack.runtime.main"],
                env=_settings(folder, port),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            url = f"http://{HOST}:{port}"
            _wait(process, url, log)
            yield url
        finally:
            _end(process)


def _settings(folder: str, port: int) -> dict[str, str]:
    """The environment of the process: nothing is sent or fetched, all files in the folder."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "CONFIG_DIR": folder,
        "DISABLE_EVENTS": "1",
        "DNS_ADDRESS": "0",
        "FILESYSTEM_ROOT": folder,
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        "LS_LOG": "warn",
        "PYTHONUNBUFFERED": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + _START
    while time.monotonic() < end:
        if process.poll() is not None:
            last = (log.read_text(errors="replace").strip().splitlines() or [""])[-1]
            raise Unavailable(f"LocalStack ended while it started: {last}")
        try:
            with urllib.request.urlopen(f"{url}/_localstack/health", timeout=2):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise Unavailable(f"LocalStack did not answer within {_START:.0f} seconds.")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
