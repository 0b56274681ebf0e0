"""One thing that cannot be dealt with costs itself only (K5)."""

from __future__ import annotations

from personalize_monitor.model.apart import apart


class Nameless:
    """A thing that cannot even say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no name")

    def __repr__(self) -> str:
        return "<nameless>"


def test_k5_the_others_have_their_results() -> None:
    """In order, with a sentence for each that failed."""
    results, problems = apart([4, 0, 2], lambda n: 8 // n, doing="Dividing by")
    assert results == [2, 4]
    (problem,) = problems
    assert problem.startswith("Dividing by 0 failed (ZeroDivisionError: integer division or modulo")
    assert problem.endswith("it is left alone in this cycle, and nothing else is affected.")


def test_k5_what_has_no_name_costs_no_more() -> None:
    """The sentence is made whatever the thing is, and is no longer than people can read."""

    def fail(_: object) -> None:
        raise ValueError("x" * 9000)

    results, (problem,) = apart([Nameless()], fail, doing="Reading")
    assert results == []
    assert problem.startswith("Reading <nameless> failed (ValueError: xxx")
    assert len(problem) < 500
