"""Each sentence of the pages about safety is in the register, with tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from tests.docs.book import DOCS, sections

PAGES = ("safety.md", "security.md")
REGISTER = DOCS / "promises.md"
_ROW = re.compile(r"^\| (?P<sentence>.+) \| (?P<held>[^|]+) \|$")
_LINK = re.compile(r"\[(?P<test>[^\]]+)\]\((?P<path>[^)]+)\)")
WORDS = ("explains", "limit", "AWS")
"""What holds a sentence that promises nothing: it introduces, admits, or says what AWS does."""


def register() -> dict[str, list[tuple[str, str]]]:
    """(Sentence, what holds it), in order, by page."""
    found: dict[str, list[tuple[str, str]]] = {}
    text = REGISTER.read_text("utf-8")
    for part in re.split(r"^## \[.*\]\((?=[a-z]+\.md\))", text, flags=re.MULTILINE)[1:]:
        rows = [match for line in part.splitlines() if (match := _ROW.match(line))]
        found[part.partition(")")[0]] = [
            (row["sentence"], row["held"]) for row in rows if row["held"] not in ("held by", "---")
        ]
    return found


@cache
def named_in(path: Path) -> frozenset[str]:
    """Names of the tests that a file defines."""
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("sheet", PAGES)
def test_the_register_has_each_sentence_of_the_page(sheet: str) -> None:
    """In the page's order, word by word: who changes a sentence looks at its tests again."""
    said = [one for found in sections(DOCS / sheet).values() for one in found]
    registered = [sentence for sentence, _ in register()[sheet]]
    missing = [one for one in said if one not in registered]
    gone = [one for one in registered if one not in said]
    assert (missing, gone) == ([], []), f"docs/promises.md lacks, or has too much, of {sheet}"
    assert registered == said


@pytest.mark.parametrize("sheet", PAGES)
def test_what_holds_a_sentence_exists(sheet: str) -> None:
    """Tests by file and name; few sentences promise nothing, and each says why."""
    rows = register()[sheet]
    for sentence, held in rows:
        links = list(_LINK.finditer(held))
        for link in links:
            name = f"test_{link['test'].replace(' ', '_')}"
            assert name in named_in((DOCS / link["path"]).resolve()), (sentence, name)
        rest = _LINK.sub("", held).strip(", ")
        assert rest in ("", *WORDS), (sentence, rest)
        assert links or rest, sentence
    words = sum("](" not in held for _, held in rows)
    assert words * 4 < len(rows), "too many sentences that promise nothing"
