"""Short examples in Python that a page marks as runnable do what the page shows."""

from __future__ import annotations

import contextlib
import io

import pytest
from tests.docs.book import DOCS, Fence, fences


def examples() -> list[tuple[Fence, str]]:
    """Each runnable Python example with what is shown after it."""
    found = []
    for page in sorted(DOCS.rglob("*.md")):
        listed = list(fences(page))
        for at, fence in enumerate(listed):
            if fence.marker == "run" and fence.language == "python":
                after = listed[at + 1] if at + 1 < len(listed) else None
                shown = after.text if after and after.marker == "shows" else ""
                found.append((fence, shown))
    return found


@pytest.mark.parametrize(("example", "shown"), examples(), ids=lambda one: getattr(one, "page", ""))
def test_an_example_runs_and_shows_it(example: Fence, shown: str) -> None:
    """It runs, and prints what the page shows."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(example.text, f"{example.page}:{example.line}", "exec"), {})
    assert out.getvalue().split() == shown.split()
