"""S1: the set-up with a pip that is told other things, interrupted, moved, and twice at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from scripts import environment
from scripts.environment import Failed, prepare
from scripts.fresh_machine import wheel

pytestmark = pytest.mark.clock(once=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a space in its name, an empty environment in it, and a folder of wheels."""
    place = tmp_path_factory.mktemp("a place")
    links = place / "links"
    links.mkdir()
    (place / "empty.lock").write_text("", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", links.as_uri())
        prepare(place / "env", place / "empty.lock")
        yield place


def lock(place: Path, *names: str, version: str = "1") -> Path:
    """A lock file with some packages, whose wheels are made, too."""
    lines = []
    for name in names:
        made = wheel(place / "links", name, version)
        lines.append(f"{name}=={version} --hash=sha256:{sha256(made.read_bytes()).hexdigest()}\n")
    path = place / f"{'-'.join(names)}.lock"
    path.write_text("".join(lines), "utf-8")
    return path


def versions(place: Path, name: str) -> list[str]:
    """The versions of a package that an environment has."""
    infos = place.glob(f"env/lib/python*/site-packages/{name}-*.dist-info")
    return [path.name.removesuffix(".dist-info").rpartition("-")[2] for path in infos]


def test_s1_what_pip_is_told_does_not_lead_it_elsewhere(
    made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Newer versions, a constraint against the lock, and a place elsewhere change nothing."""
    asked = lock(made, "shoes")
    wheel(made / "links", "shoes", "999")
    constraint = tmp_path / "constraint.txt"
    constraint.write_text("shoes>2\n", "utf-8")
    told = tmp_path / "pip.conf"
    told.write_text(f"[global]\nconstraint = {constraint}\nuser = true\nrequire-hashes = true\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(told))
    monkeypatch.setenv("PIP_CONSTRAINT", str(constraint))
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_REQUIRE_VIRTUALENV", "1")
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    prepare(made / "env", asked)
    assert versions(made, "shoes") == ["1"]
    assert not (tmp_path / "elsewhere").exists()


def test_s1_what_is_ready_is_not_made_again(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time nothing runs; a lock that changed is installed."""
    asked = lock(made, "hats")
    prepare(made / "env", asked)
    with monkeypatch.context() as patch:
        patch.setattr(environment, "_run", None)
        prepare(made / "env", asked)
    prepare(made / "env", lock(made, "hats", version="2"))
    assert versions(made, "hats") == ["2"]


def test_s1_a_package_that_was_half_installed_is_installed_again(made: Path) -> None:
    """Who ends pip in the middle has a whole package after the next try."""
    asked = lock(made, "gloves")
    prepare(made / "env", asked)
    (half,) = made.glob("env/lib/python*/site-packages/gloves-1.dist-info")
    (half / "RECORD").unlink()
    (made / "env" / ".ready-gloves").unlink()
    prepare(made / "env", asked)
    assert (half / "RECORD").exists()


def test_s1_a_set_up_that_failed_is_not_ready_and_says_what_to_do(made: Path) -> None:
    """A package that is nowhere, and one with other bits: a sentence each, and no mark."""
    nowhere = made / "nowhere.lock"
    nowhere.write_text(f"nowhere-at-all==1 --hash=sha256:{'0' * 64}\n", "utf-8")
    with pytest.raises(Failed, match="the package index lacks it, or did not answer"):
        prepare(made / "env", nowhere)
    other = lock(made, "socks")
    other.write_text(f"socks==1 --hash=sha256:{'0' * 64}\n", "utf-8")
    with pytest.raises(Failed, match="has other files than were locked"):
        prepare(made / "env", other)
    assert [path.name for path in (made / "env").glob(".ready-*[nk]*s") if "w" in path.name] == []
    assert not (made / "env" / ".ready-socks").exists()
    assert not (made / "env" / ".ready-nowhere").exists()


def test_s1_a_full_disk_is_named(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says of a full disk becomes a cure."""
    said = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    failed = subprocess.CompletedProcess([], 1, "", said)
    monkeypatch.setattr(environment, "_usable", lambda *_: True)
    monkeypatch.setattr(environment, "_run", lambda _: failed)
    with pytest.raises(Failed, match="the disk is full"):
        prepare(made / "env", lock(made, "boots"))


def test_s1_a_python_without_venv_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's Python without python3-venv leaves half an environment; we leave none."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nfor last; do :; done\nmkdir -p "$last/bin"\nexit 1\n', "utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "_base_executable", str(python))
    (tmp_path / "empty.lock").write_text("", "utf-8")
    with pytest.raises(Failed, match="apt install python3-venv"):
        prepare(tmp_path / "env", tmp_path / "empty.lock")
    assert list((tmp_path / "env").iterdir()) == []


def test_s1_a_folder_that_was_moved_is_made_anew(made: Path) -> None:
    """Scripts of an environment name its place; in another place it is not ready."""
    asked = lock(made, "scarfs")
    prepare(made / "env", asked)
    shutil.copytree(made / "env", made / "moved", symlinks=True)
    prepare(made / "moved", asked)
    assert str(made / "moved") in (made / "moved" / "bin" / "pip").read_text("utf-8")[:500]


def test_s1_two_at_once_do_not_disturb_each_other(made: Path) -> None:
    """The second waits for the first, and then has nothing to do."""
    asked = lock(made, "belts")
    problems: list[Exception] = []

    def once() -> None:
        try:
            prepare(made / "env", asked)
        except Exception as problem:  # noqa: BLE001  told below
            problems.append(problem)

    both = [threading.Thread(target=once) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert problems == []
    assert versions(made, "belts") == ["1"]


def test_s1_scripts_start_whatever_the_folder_is_called(made: Path) -> None:
    """A script that a package brings as it is starts in a folder with a space in its name."""
    script = made / "env" / "bin" / "tool"
    script.write_text(f"#!{made / 'env' / 'bin' / 'python'}\nprint('here')\n", "utf-8")
    script.chmod(0o755)
    prepare(made / "env", lock(made, "ties"))
    assert (
        subprocess.run([str(script)], capture_output=True, text=True, check=True).stdout == "here\n"
    )


def test_s1_an_old_python_is_told_in_one_sentence(tmp_path: Path) -> None:
    """A Python that is too old, or none, ends `make` before anything is made."""
    root = environment.ROOT
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    old.chmod(0o755)
    for python in (str(old), str(tmp_path / "none")):
        done = subprocess.run(
            ["make", "-C", str(root), "env-demo", f"PYTHON={python}", f"VENV={tmp_path / 'env'}"],
            env=os.environ | {"MAKEFLAGS": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert "Python 3.11 or newer is needed; set PYTHON=" in done.stderr
        assert not (tmp_path / "env").exists()
