"""The defects' stories: the sandbox, and shorthands for what is asked again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.support import Local


@pytest.fixture
def alarms(local: Local) -> Callable[..., dict[str, dict[str, Any]]]:
    """All alarms of a region by name."""

    def of(region: str = "us-east-1") -> dict[str, dict[str, Any]]:
        client = local.client("cloudwatch", region)
        pages = client.get_paginator("describe_alarms").paginate()
        return {a["AlarmName"]: a for page in pages for a in page["MetricAlarms"]}

    return of


@pytest.fixture
def day(local: Local) -> Callable[..., list[dict[str, Any]]]:
    """Cycles for so many hours, half an hour apart so that a day is quick; answers summaries."""

    def run(hours: float = 24, step: float = 30, **overrides: Any) -> list[dict[str, Any]]:
        return [local.cycle(step, **overrides) for _ in range(int(hours * 60 / step))]

    return run
