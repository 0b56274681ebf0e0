"""The parts that documents of several verbs share: numbers, moments and amounts for machines."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from tests.cli.cast import the_look

from personalize_monitor.model.demand import UNKNOWN
from personalize_monitor.model.money import ZERO
from personalize_monitor_desk.cli import documents
from personalize_monitor_desk.cli.verbs import status


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(None, None), (UNKNOWN, None), (0.0, 0.0), (1 / 3, 0.333333), (2.0, 2.0)],
)
def test_numbers_for_machines(value: float | None, rounded: float | None) -> None:
    """Six decimals, and null for what is not known."""
    assert documents.rounded(value) == rounded


def test_moments_for_machines() -> None:
    """UTC with a Z, whatever the zone was."""
    berlin = datetime(2026, 3, 10, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert documents.moment(berlin) == "2026-03-10T08:30:00Z"
    assert documents.moment(datetime(2026, 3, 10, tzinfo=UTC)) == "2026-03-10T00:00:00Z"


def test_no_amount_is_null() -> None:
    """Where no amount applies machines get null, not an amount of nothing."""
    assert documents.money(None) is None
    assert documents.money(ZERO) == ZERO.as_json()


def test_the_same_look_is_the_same_text() -> None:
    """Documents can be compared line by line."""
    texts = {documents.dumped(status.result(the_look()).document) for _ in range(3)}
    assert len(texts) == 1
