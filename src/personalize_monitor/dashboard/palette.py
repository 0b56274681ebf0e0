"""Colours of lines: one per resource, the same in every graph of its dataset group."""

from __future__ import annotations

_COLOURS = (
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
    "#8c564b", "#e377c2", "#17becf", "#bcbd22", "#4b5cc4",
    "#a05a00", "#00856a", "#c2185b", "#5d8a00", "#6a1b9a",
    "#00838f", "#ef5350", "#5c6bc0", "#8d6e63", "#546e7a",
)  # fmt: skip
SIZE = len(_COLOURS)
"""How many lines can be told apart by colour."""
GREY = "#7f7f7f"
"""For lines that belong to no resource."""


def colour(position: int) -> str:
    """The colour of the resource at ``position`` in its dataset group."""
    return _COLOURS[position % SIZE]


def tint(of: str) -> str:
    """The lighter tone of a colour, for the second line of the same resource."""
    red, green, blue = (int(of[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{value + (255 - value) * 11 // 20:02x}" for value in (red, green, blue))
