"""D11: an installation without some extras works as far as it can, and names what is missing."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest

from personalize_monitor import __version__
from personalize_monitor_desk.cli.parts import EXTRAS, OF_VERB, VERBS

pytestmark = pytest.mark.clock(once=True)

ROOT = Path(__file__).parents[2]
_HIDING = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {hidden}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Hidden())
from personalize_monitor_desk.cli.start import main

for words in {calls}:
    print("===", main(words))
    sys.stdout.flush()
"""


@dataclass(frozen=True)
class Installed:
    """What commands answered, one after another, where only some extras are installed."""

    codes: list[int]
    out: str
    err: str


def with_only(*extras: str, calls: list[list[str]]) -> Installed:
    """Call the command in a process of its own that cannot see the modules of other extras."""
    kept = {name for extra in extras for name in (*EXTRAS["cli"], *EXTRAS[extra])}
    hidden = {name for names in EXTRAS.values() for name in names} - kept
    program = _HIDING.format(hidden=hidden, calls=calls)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert "Traceback" not in done.stderr, done.stderr
    codes = [int(code) for code in re.findall(r"=== (\d+)", done.stdout)]
    assert len(codes) == len(calls), done.stderr
    return Installed(codes, done.stdout, done.stderr)


def needed(verb: str) -> tuple[str, ...]:
    """The extras of a verb."""
    return OF_VERB.get(verb, ("cli",))


def test_d11_a_plain_installation_tells_its_version_and_every_verb() -> None:
    """`--version` and `--help` need nothing; the help says what brings the verbs."""
    told = with_only(calls=[["--version"], ["--help"], ["-h"], [], ["status", "--help"]])
    assert told.codes == [0] * 5
    assert f"personalize-monitor {__version__}\n" in told.out
    assert all(line in told.out for line in VERBS.values())
    assert "pip install 'personalize-monitor[all]'" in told.out
    assert "pip install 'personalize-monitor[cli]'" in told.out


def test_d11_a_plain_installation_names_the_extra_of_each_verb() -> None:
    """One sentence for each verb, with the extra that is enough for it; an unknown verb is that."""
    told = with_only(calls=[*([verb] for verb in VERBS), ["console", "--sandbox"], ["statu"]])
    assert set(told.codes) == {2}
    lines = told.err.splitlines()
    assert len(lines) == len(VERBS) + 2
    for verb, line in zip(VERBS, lines, strict=False):
        assert f"pip install 'personalize-monitor[{','.join(needed(verb))}]'" in line
    assert "personalize-monitor[console,sandbox]" in lines[-2]
    assert "No such command 'statu'" in lines[-1]


@pytest.mark.parametrize("extra", EXTRAS)
def test_d11_every_help_works_with_each_extra(extra: str) -> None:
    """`--version`, and `--help` of all and of each verb, whatever else is missing."""
    told = with_only(extra, calls=[["--version"], *([verb, "--help"] for verb in VERBS)])
    assert told.codes == [0] * (1 + len(VERBS)), told.out + told.err
    lacking = 0 if extra == "sandbox" else 2
    assert " ".join(told.out.split()).count("'personalize-monitor[sandbox]' brings") == lacking


def test_d11_a_console_alone_says_what_its_sandbox_needs() -> None:
    """With [console] a sandbox cannot be started; demo and sandbox cannot either, with options."""
    calls = [["console", "--sandbox"], ["demo", "--days", "1"], ["sandbox", "--port", "0"]]
    told = with_only("console", calls=calls)
    assert told.codes == [2, 2, 2]
    said = " ".join(told.err.split())
    assert said.count("moto is not installed") == 3
    assert "'personalize-monitor[console,sandbox]'" in said
    assert said.count("'personalize-monitor[sandbox]'") == 2


def test_d11_a_command_alone_says_what_a_console_needs() -> None:
    """With [cli] every other verb is there, and a console names its extra."""
    told = with_only("cli", calls=[["console"]])
    assert told.codes == [2]
    assert "starlette is not installed; pip install 'personalize-monitor[console]'" in told.err


def test_d11_the_modules_of_an_extra_are_those_that_it_brings() -> None:
    """What is looked for belongs to what pyproject.toml lists for the extra."""
    of_module = metadata.packages_distributions()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for extra, modules in EXTRAS.items():
        listed = {
            re.split(r"[\[<>=~ ]", text)[0].lower().replace("_", "-")
            for text in project["optional-dependencies"][extra]
            if not text.startswith("personalize-monitor")
        }
        found = {of_module[module][0].lower().replace("_", "-") for module in modules}
        assert found == listed, extra
