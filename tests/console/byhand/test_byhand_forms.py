"""Forms that cannot be meant: refused in one sentence, before anything is asked of AWS."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.console.byhand.front import Front, Silent, deploy, words
from tests.console.byhand.values import PREWARM, SHOES

from personalize_monitor_desk.console.actions import DEEDS

FLOOR = "floor must be a whole number from 1 to 500."
DAY = "Give the last day as 2027-01-31."
REFUSED: list[tuple[str, dict[str, str], str]] = [
    *(
        ("floor", {"floor": v}, FLOOR)
        for v in ("", "0", "501", "-1", "3.5", "1e2", "x", "9" * 5000)
    ),
    ("floor", {}, FLOOR),
    ("floor", {"floor": "3", "hold": "8785"}, "hold must be a whole number from 0 to 8784."),
    ("floor", {"floor": "3", "hold": "a week"}, "hold must be a whole number from 0 to 8784."),
    ("hold", {}, "hours must be a whole number from 0 to 8784."),
    ("hold", {"hours": "-1"}, "hours must be a whole number from 0 to 8784."),
    ("hold", {"hours": "²"}, "hours must be a whole number from 0 to 8784."),
    ("exempt", {}, "Choose whether it is exempt for good, until a day, or not at all."),
    ("exempt", {"how": "YES"}, "Choose whether it is exempt for good, until a day, or not at all."),
    ("exempt", {"how": "until"}, DAY),
    ("exempt", {"how": "until", "day": "31.1.2027"}, DAY),
    ("exempt", {"how": "until", "day": "2027-02-30"}, DAY),
    ("exempt", {"how": "until", "day": "2026-03-01"}, "2026-03-01 is over; give a day from today"),
    ("delete", {}, "Type shoes to say that you mean it."),
    ("delete", {"name": "Shoes"}, "Type shoes to say that you mean it."),
    ("prewarm", PREWARM, "Pre-warms are schedules of the application; deploy it first."),
    (
        "cancel",
        {"id": "pw-1"},
        "Pre-warms are schedules of the application, which is not deployed.",
    ),
]


@pytest.mark.parametrize(("deed", "form", "sentence"), REFUSED)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(
    front: Front, deed: str, form: dict[str, str], sentence: str
) -> None:
    """One sentence says what is allowed; AWS is not asked for anything."""
    answer = front.post(f"{SHOES}/{deed}", **form)
    assert answer.status_code == 422
    assert words(answer.text).startswith(f"Nothing was changed. {sentence}")
    assert isinstance(front.access, Silent)
    assert not front.access.asked


PREWARMS: list[tuple[dict[str, str], str]] = [
    ({"begin": ""}, "begin must be a time such as 2026-11-27T08:00."),
    ({"until": "noon"}, "until must be a time such as 2026-11-27T08:00."),
    ({"begin": "9999-12-31T23:59-23:00"}, "begin must be a time such as 2026-11-27T08:00."),
    ({"begin": "0001-01-01T00:00+23:00"}, "begin must be a time such as 2026-11-27T08:00."),
    ({"floor": "501"}, FLOOR),
    ({"lead": "1441"}, "lead must be a whole number from 0 to 1440."),
    ({"until": "2026-03-03T07:00"}, "The end (2026-03-03 07:00 UTC) is not after the begin"),
    ({"begin": "2026-03-01T08:00"}, "The begin (2026-03-01 08:00 UTC) is in the past"),
    ({"until": "2027-03-03T07:00"}, "A pre-warm lasts at most 31 days"),
    ({"begin": "2026-03-02T10:22"}, "It is too late for a lead of 30 minutes"),
]


@pytest.mark.parametrize(("form", "sentence"), PREWARMS)
def test_a_prewarm_that_cannot_be_meant(front: Front, form: dict[str, str], sentence: str) -> None:
    """Its floor, its lead and its times are checked, each with its own sentence."""
    answer = deploy(front).post(f"{SHOES}/prewarm", **{**PREWARM, **form})
    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert isinstance(front.access, Silent)
    assert not front.access.asked


fields = st.dictionaries(
    st.sampled_from(
        ["floor", "hold", "reason", "hours", "how", "day", "begin", "until", "lead", "name", "id"]
    ),
    st.one_of(
        st.sampled_from(
            ["1", "500", "until", "yes", "no", "shoes", "2026-03-03", *PREWARM.values()]
        ),
        st.text(st.characters(codec="utf-8"), max_size=30),
    ),
)


@given(st.sampled_from(sorted(DEEDS)), fields, st.booleans())
@settings(max_examples=60)
def test_no_form_breaks_a_deed(deed: str, form: dict[str, str], stack: bool) -> None:
    """Whatever is sent is refused, or meets an account that does not answer: in one sentence."""
    front = Front(Path("/nowhere"))
    if stack:
        deploy(front)
    answer = front.post(f"{SHOES}/{deed}", **form)
    assert answer.status_code in {422, 502}, (answer.status_code, answer.text)
    said = words(answer.text)
    assert said.startswith("Nothing was changed.")
    assert "Traceback" not in said
