"""A sandbox, and an application to write into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sandbox.stack.stack_support import BEGIN, App

from aws_sandbox.sandbox import Sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox on a Monday at 10:00, with nothing in it."""
    with Sandbox(BEGIN, seed=7) as sandbox:
        yield sandbox


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An application without resources."""
    return App(tmp_path)
