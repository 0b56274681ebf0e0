"""Numbers with their nouns."""

from __future__ import annotations

import pytest

from personalize_monitor.model.counted import counted


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (0, "change", "0 changes"),
        (1, "change", "1 change"),
        (2, "change", "2 changes"),
        (1, "entry", "1 entry"),
        (12, "entry", "12 entries"),
        (3, "all-clear", "3 all-clears"),
    ],
)
def test_one_is_one_and_all_else_are_many(number: int, noun: str, said: str) -> None:
    """As English has it."""
    assert counted(number, noun) == said
