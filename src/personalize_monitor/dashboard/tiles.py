"""Widgets before they have a place, and the grid of 24 columns that places them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

COLUMNS = 24
"""Width of a CloudWatch dashboard in grid units."""

Json: TypeAlias = Mapping[str, object]
"""A JSON object on its way into a dashboard's body."""


@dataclass(frozen=True)
class Tile:
    """One widget: its type, its size in grid units and its properties, without a position.

    ``metrics`` is how many of CloudWatch's metrics it counts as.
    """

    type: str
    width: int
    height: int
    properties: Json
    metrics: int = 0

    @cached_property
    def size(self) -> int:
        """About how many bytes it takes in the body, position included."""
        return len(encode(self.properties).encode()) + 80

    def at(self, x: int, y: int) -> Json:
        """The widget as CloudWatch wants it, with its left upper corner at ``x``, ``y``."""
        return {
            "type": self.type,
            "x": x,
            "y": y,
            "width": self.width,
            "height": self.height,
            "properties": self.properties,
        }


Row: TypeAlias = tuple[Tile, ...]
"""Tiles side by side; together at most 24 columns wide."""


@dataclass(frozen=True, slots=True)
class Load:
    """What tiles take of a dashboard's limits."""

    widgets: int = 0
    metrics: int = 0
    size: int = 0

    def __add__(self, other: Load) -> Load:
        return Load(
            self.widgets + other.widgets, self.metrics + other.metrics, self.size + other.size
        )

    def within(self, limit: Load) -> bool:
        """Whether nothing exceeds ``limit``."""
        return (
            self.widgets <= limit.widgets
            and self.metrics <= limit.metrics
            and self.size <= limit.size
        )


def load_of(rows: Iterable[Row]) -> Load:
    """What ``rows`` take together."""
    tiles = [tile for row in rows for tile in row]
    return Load(len(tiles), sum(t.metrics for t in tiles), sum(t.size for t in tiles))


def place(rows: Sequence[Row]) -> list[Json]:
    """Widgets with positions: tiles from left to right, rows from top to bottom, no overlaps."""
    widgets: list[Json] = []
    y = 0
    for row in rows:
        x = 0
        for tile in row:
            widgets.append(tile.at(x, y))
            x += tile.width
        y += max(tile.height for tile in row)
    return widgets


def encode(value: Json) -> str:
    """Compact JSON; the same value gives the same text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def text_tile(markdown: str, *, width: int = COLUMNS, height: int, plain: bool = False) -> Tile:
    """A text widget; ``plain`` leaves out its background, as suits a heading."""
    properties: dict[str, object] = {"markdown": markdown}
    if plain:
        properties["background"] = "transparent"
    return Tile("text", width, height, properties)
