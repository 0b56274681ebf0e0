"""The pages of the documentation as the tests read them: fences, markers, links, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(
    r"(?:^<!-- (?P<marker>[a-z: ]+) -->\n)?^(?P<ticks>```+)(?P<language>\w*)[^\n]*\n"
    r"(?P<text>.*?)^(?P=ticks)$",
    re.MULTILINE | re.DOTALL,
)
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_NO_PROSE = re.compile(r"<!--.*?-->|^\|.*\|\n\|[-| ]+\|\n|^# .*$", re.MULTILINE)
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:- |\d+\. |\|))")
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")
_LABEL = re.compile(r"^\*+[\w ]+\.\*+\s")
_STARS = re.compile(r"(?<![\w:/`-])\*+(?=\w)|(?<=\w)\*+(?![\w:`])")


@dataclass(frozen=True)
class Fence:
    """One fenced example; ``marker`` is the comment right above it (run, shows ...), if any."""

    page: str
    line: int
    marker: str
    language: str
    text: str


def pages() -> list[Path]:
    """Every page, and what stands at the root."""
    return sorted(DOCS.rglob("*.md")) + sorted(ROOT.glob("*.md"))


def fences(page: Path) -> Iterator[Fence]:
    """The page's fenced examples, in order."""
    text = page.read_text("utf-8")
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Fence(page.name, line, match["marker"] or "", match["language"], match["text"])


def without_fences(page: Path) -> str:
    """The page's prose."""
    return _FENCE.sub("", page.read_text("utf-8"))


def links(page: Path) -> list[str]:
    """Targets of the page's links and pictures."""
    return [match["target"] for match in _LINK.finditer(_CODE.sub("", without_fences(page)))]


def words(page: Path) -> set[str]:
    """What the page writes as code, in prose."""
    return set(_CODE.findall(without_fences(page)))


def sections(page: Path) -> dict[str, list[str]]:
    """Each heading of the page ("" before the first), with the sentences below it.

    A row of a table is one sentence, its cells joined; a table's head, fences and comments are
    none. Bold, links, and labels in bold before a sentence are left out.
    """
    prose = _NO_PROSE.sub("", without_fences(page))
    found: dict[str, list[str]] = {}
    for part in re.split(r"^#+ ", f"# \n{prose}", flags=re.MULTILINE)[1:]:
        heading, _, text = part.partition("\n")
        found[heading] = [one for block in _BLOCK.split(text) for one in _sentences(block)]
    return found


def _sentences(block: str) -> list[str]:
    text = re.sub(r"^(?:- |\d+\. )", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", block.strip()))
    text = " ".join(_STARS.sub("", _LABEL.sub("", text)).split())
    if text.startswith("|"):
        return [": ".join(cell.strip() for cell in text.strip("| ").split(" | "))]
    return [one for one in _END.split(text) if one]
