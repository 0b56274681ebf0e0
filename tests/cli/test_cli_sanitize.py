"""Text from elsewhere on a screen: it is shown, and steers nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor_desk.cli.sanitize import plain

MARK = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("home-page", "home-page", id="a usual name"),
        pytest.param("", "", id="nothing"),
        pytest.param("größe 靴 🥾", "größe 靴 🥾", id="letters of any language"),
        pytest.param("one\ntwo\r\nthree", "one two  three", id="lines become one"),
        pytest.param("a\tb\u00a0c\u2028d", "a b c d", id="any space is a space"),
        pytest.param("\x1b[31mred\x1b[0m", f"{MARK}[31mred{MARK}[0m", id="colours"),
        pytest.param("\x1b]0;title\x07", f"{MARK}]0;title{MARK}", id="the window's title"),
        pytest.param("abc\u202efed", f"abc{MARK}fed", id="reading backwards"),
        pytest.param("a\x00b\x7f", f"a{MARK}b{MARK}", id="control codes"),
        pytest.param("\udcff.html", f"{MARK}.html", id="a file name that is no text"),
    ],
)
def test_what_would_steer_the_screen_is_marked(text: str, shown: str) -> None:
    """Letters stay as they are; each control code, reversal and broken character is a mark."""
    assert plain(text) == shown


@given(st.text(st.characters()))
def test_whatever_comes_is_one_printable_line(text: str) -> None:
    """Nothing is lost but its power: one character for each, all printable, and not twice other."""
    shown = plain(text)
    assert shown.isprintable()
    assert len(shown) == len(text)
    assert plain(shown) == shown
