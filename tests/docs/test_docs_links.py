"""Links lead somewhere: to pages, headings, files, and to the tests that are promised."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scripts import generate_docs
from tests.docs.book import DOCS, ROOT, links, pages

_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_SHOWN = re.compile(r"<!-- shown by (tests/[\w/.]+)::(\w+) -->")
_CLAIM = re.compile(r"\[yes\]\((?P<path>[^ )]+) \"(?P<test>\w+)\"\)")


def anchor(heading: str) -> str:
    """The anchor that a heading gets."""
    plain = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    """All anchors of a page."""
    return {anchor(heading) for heading in _HEADING.findall(page.read_text("utf-8"))}


@pytest.mark.parametrize("sheet", pages(), ids=lambda sheet: sheet.name)
def test_links_resolve(sheet: Path) -> None:
    """Every relative link leads to a file, and to a heading that it has."""
    for link in links(sheet):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, heading = link.partition("#")
        target = (sheet.parent / path).resolve() if path else sheet
        assert target.exists(), f"{sheet.name}: {link}"
        if heading:
            assert heading in anchors(target), f"{sheet.name}: {link}"


def test_every_page_is_in_the_navigation() -> None:
    """A reader finds each page."""
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8").split("\nnav:\n", 1)[1]
    for page in DOCS.rglob("*.md"):
        assert str(page.relative_to(DOCS)) in navigation, page.name


def test_each_yes_of_the_comparison_has_its_test() -> None:
    """A feature that we claim is shown by a test that exists, and nothing is claimed without."""
    page = DOCS / "comparison.md"
    rows = [r for r in page.read_text("utf-8").splitlines() if r.startswith("| ") and " | " in r]
    claims = [row.split(" | ")[1] for row in rows[2:]]
    assert len(claims) > 30
    for claim in claims:
        match = _CLAIM.fullmatch(claim)
        assert match is not None, claim
        target = (DOCS / match["path"]).resolve()
        assert f"def {match['test']}(" in target.read_text("utf-8"), claim


@pytest.mark.parametrize(
    ("page", "heading"),
    [("docs/why.md", "What goes wrong without care"), ("README.md", "What it will not do")],
)
def test_each_claim_of_a_list_names_what_shows_it(page: str, heading: str) -> None:
    """In a comment beneath it: a test that exists."""
    section = (ROOT / page).read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    claims = section.split("\n- ")[1:]
    assert len(claims) > 3
    for claim in claims:
        shown = _SHOWN.findall(claim)
        assert shown, claim
        for path, test in shown:
            assert f"def {test}(" in (ROOT / path).read_text("utf-8"), claim


def test_tests_that_pages_name_exist() -> None:
    """Where a page names a test file or folder, it is there."""
    for page in pages():
        for path in re.findall(r"`(tests/[\w/.]+)`", page.read_text("utf-8")):
            assert (ROOT / path).exists(), f"{page.name}: {path}"


def test_generated_parts_are_what_the_code_says() -> None:
    """Tables of parameters, events and commands are up to date; `make docs` writes them."""
    assert generate_docs.outdated(write=False) == []
