"""A live world at a fixed Monday morning, and clients for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import boto3
import pytest

from aws_sandbox import wire
from aws_sandbox.world import World

START: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[World]:
    """A live world, paused on a Monday at 08:00 UTC."""
    with wire.live(START) as started:
        yield started


@pytest.fixture
def personalize(world: World) -> Any:
    """A boto3 client of the control plane in us-east-1."""
    return boto3.client("personalize", region_name="us-east-1")


@pytest.fixture
def runtime(world: World) -> Any:
    """A boto3 client of the runtime in us-east-1."""
    return boto3.client("personalize-runtime", region_name="us-east-1")
