"""A silence that others confirm by the hour: do they in the very minutes that count?

What is used for minutes a day - a nightly batch - falls silent with a loss of these minutes, and
with metrics that come late; all other hours of its neighbours show nothing of that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from math import ceil

from personalize_monitor.model.demand import HOUR
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.outage.doubt import Doubt, lasted, moment
from personalize_monitor.policy.outage.sums import Voice

_DAY = 24 * HOUR
_LATELY = 4  # windows at the end: what was not counted yet is no silence
_SHARES = ((0, 0.5), (1, 0.9), (6, 0.9))
"""Use may begin so many windows earlier or later each day; what part of all must be heard then."""


def doubt_about_minutes(
    own: Voice, others: Sequence[Voice], *, since: int, now: int, idle_hours: float
) -> Doubt | None:
    """Why an odd silence from ``since`` to ``now`` (epoch seconds) is not believed; or None.

    ``own`` reaches back two weeks, ``others`` are measured by the same metric and reach from
    ``since`` to ``now``.
    """
    end = since + lasted(idle_hours)
    why = "" if now >= end else _why(own, others, since, now, idle_hours)
    return Doubt(why, moment(end)) if why else None


def _why(own: Voice, others: Sequence[Voice], since: int, now: int, idle_hours: float) -> str:
    windows = range(since - since % SECONDS, now - now % SECONDS, SECONDS)
    spoken = {
        voice.start + SECONDS * index
        for voice in others
        for index, value in enumerate(voice.sums)
        if value > 0
    }
    heard = spoken.intersection(windows)
    # Others may speak seldom: what counts is whether they do as often as otherwise.
    seldom = len(windows) / max(1, len(heard))
    if heard.isdisjoint(windows[-max(_LATELY, ceil(2 * seldom)) :]):
        return "nothing else in its region is heard any more: metrics may be late"
    known = False
    for around, share in _SHARES:
        usual = [at for at in windows if _mostly(own, at, windows.start, around * SECONDS)]
        if len(heard.intersection(usual)) * seldom < share * len(usual):
            return (
                "it was always in use at this time, and nothing else in its region is heard in the "
                "minutes in which it should have been"
            )
        known = known or bool(usual)
    gaps = _gaps(heard, windows, longer_than=max(_LATELY, ceil(2 * seldom)))
    if gaps and not known:
        return (
            "it is in use at any time, and nothing else in its region was heard in a part of that"
        )
    if gaps and (len(windows) - sum(gaps)) * SECONDS < idle_hours * HOUR:
        return (
            f"nothing else in its region was heard for {sum(gaps) * SECONDS / HOUR:.1f} hours of "
            "its silence, and these do not count"
        )
    return ""


def _gaps(heard: Collection[int], windows: Sequence[int], *, longer_than: int) -> list[int]:
    """Lengths, in windows, of the stretches in which nobody was heard."""
    runs = (len(list(run)) for spoke, run in groupby(at in heard for at in windows) if not spoke)
    return [length for length in runs if length > longer_than]


def _mostly(own: Voice, at: int, since: int, around: int) -> bool:
    """Whether it was in use within ``around`` seconds of this window on most days before."""
    latest = at - _DAY * ((at - since) // _DAY + 1)
    days = range(latest, own.start - 1, -_DAY)
    used = (any(own.between(day - around, day + around + SECONDS)) for day in days)
    return sum(used) * 2 > len(days)
