"""How often plans may change one floor in a day."""

from __future__ import annotations


def room_for_update(
    changes: int, most: int, *, floor: int, to_floor: int, later: int | None
) -> bool:
    """Whether a floor that was changed ``changes`` times in a day may change once more.

    At most ``most`` times; the last time is kept for the way down, after which (``later``) the plan
    does not go down further.
    """
    last_way_down = to_floor < floor and not (later is not None and later < to_floor)
    return changes < (most if last_way_down else most - 1)
