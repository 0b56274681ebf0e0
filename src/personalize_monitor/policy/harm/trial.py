"""The running comparison of one change: three sequential tests, and what is still missing.

``Trial`` is a fold over windows: feed them in time order, ask at any time. The same windows give
the same verdict however they were handed over; ``judge`` does it in one go.

*burst*: one burst against windows of like load before, at a false-alarm rate of ``ALPHA`` spent
over all bursts to come (1/2, 1/6, 1/12 ...); bursts need not be independent of each other.
*jumps*: windows in which more came than was held, against calm and unloaded ones of the same
hours; evidence adds up over bursts from any of them on. *latency*: the same for p90.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import exp, inf, log

from personalize_monitor.policy.harm import chance, missing
from personalize_monitor.policy.harm.before import HOUR, Before, before, is_fair, kind_of
from personalize_monitor.policy.harm.burst import APART, JUMPS, Burst, Group
from personalize_monitor.policy.harm.controls import Controls
from personalize_monitor.policy.harm.evidence import Held, Quality, in_order, is_loaded
from personalize_monitor.policy.harm.verdict import Figures, Verdict, Word

ALPHA = 3e-4
"""Bound of each of the three tests on ever calling a change harmful that is not."""
ENOUGH_WINDOWS = 2
ENOUGH_REQUESTS = 10
"""Fewer requests in trouble beyond the usual are nobody's ground to act."""
WORSE_AT_ONCE = 0.01
"""Share beyond the usual from which a single burst may be harm."""
WORSE = 0.001
"""Share of the loaded requests beyond the usual that is harm when it adds up."""
SLOWER = log(1.5)
SLOWER_MS = 25.0
_TRUSTED = 12
"""Calm loaded windows carried, after which calm windows are controls: the service does scale."""
MOST_OF_ONE = log(50)
"""No burst alone says more about jumps: an hour's mishap of callers is no harm, three are."""
_NEAR = 900
"""Calm windows so close to a burst (seconds) have its own share of callers' errors."""
_PAIRED, _LEAST_PAIRED = 0.2, 200.0
"""So many requests of the burst's jumps must be matched by close calm windows, and at least."""


class _Sum:
    """Evidence that adds up over bursts, from any burst on: log of a sum of e-values."""

    __slots__ = ("asked", "bursts", "excess", "value")

    def __init__(self) -> None:
        self.value = -inf
        self.bursts = 0
        self.asked = self.excess = 0.0

    def seen(self, evidence: float) -> float:
        """The value with a further burst of so much log evidence."""
        return chance.added(self.value, _weight(self.bursts + 1)) + evidence

    def add(self, evidence: float, asked: float, excess: float) -> None:
        """Count a burst for good; where evidence begins anew, so do the sums."""
        if self.value < _weight(self.bursts + 1):
            self.asked = self.excess = 0.0
        self.value = self.seen(evidence)
        self.bursts += 1
        self.asked += asked
        self.excess += excess


def _weight(burst: int) -> float:
    """Log of the part of the false-alarm rate that is spent on the n-th burst; they sum to 1."""
    return -log(burst * (burst + 1))


class Trial:
    """One change of a floor to ``floor``, in force from epoch second ``landed``.

    Windows before that may be fed too: they tell what the service held when it began.
    """

    def __init__(
        self, usual: Before, *, floor: int, from_floor: int, landed: int, paired: float = 0.0
    ) -> None:
        self.usual = usual
        self.paired = paired
        self.strays: list[float] = []
        self.slow_windows = 0
        self.floor = floor
        self.from_floor = from_floor
        self.landed = landed
        self.seen_to = landed
        self.windows = 0
        self.bursts = 0
        self.days: set[int] = set()
        self.kinds: set[int] = set()
        self.asked = self.bad = self.excess = self.excess_square = 0.0
        self.beyond = 0.0
        self._unheard_of = Group()
        self._record = 0.0
        self.tops: tuple[float, float] = (0.0, 0.0)
        self.jumps: tuple[float, float] = (1.0, 1.0)
        self.hurt_loads: tuple[float, float] | None = None
        self.p90_sum = 0.0
        self.p90_windows = 0
        self._calm_carried = 0
        self._held = Held()
        self._unloaded = Controls()
        self._calm = Controls()
        self._burst: Burst | None = None
        self._sums = tuple(_Sum() for _ in JUMPS)
        self._latency = _Sum()
        self._found = ""

    @classmethod
    def of(cls, past: Sequence[Quality], *, floor: int, from_floor: int, landed: int) -> Trial:
        """The trial of a change, calibrated by itself: what it would find before the change.

        ``past`` are windows of up to 14 days before. Jumps and calm windows before the change
        differed too, though no floor had anything to do with it; so much they may differ.
        """
        fair = [w for w in in_order(past) if w.asked is not None and is_fair(w, from_floor)]
        usual = before(fair, floor=floor, from_floor=from_floor)
        begin = fair[0].start if fair else landed
        rehearsal = cls(usual, floor=floor, from_floor=from_floor, landed=begin).feed(fair)
        rehearsal.close()
        found = cls(
            replace(usual, slow=rehearsal.slow_windows / max(1, rehearsal.windows)),
            floor=floor,
            from_floor=from_floor,
            landed=landed,
            paired=_stray(rehearsal.strays),
        )
        return found.feed(in_order(past)[-6:])

    def feed(self, windows: Iterable[Quality]) -> Trial:
        """Take further windows, in order of time; unknown ones say nothing."""
        for window in windows:
            held, calm = self._held.meet(window.start, window.rate)
            if window.start < self.landed or window.asked is None:
                continue
            if self._burst is not None and window.start - self._burst.last >= APART:
                self.close()  # before the controls of its hours are forgotten
            self.seen_to = window.start
            self._unloaded.forget(window.start)
            self._calm.forget(window.start)
            if not is_loaded(window, self.floor):
                self._unloaded.add(window)
                self._calm.add(window)
            elif self._comparable(window):
                self._loaded(window, held, calm=calm)
            else:
                self._unheard_of.add(window.asked, window.bad or 0.0, 0.0)
                self._record = max(self._record, window.rate or 0.0)
        return self

    def _comparable(self, window: Quality) -> bool:
        """Above the floor before and above all that came before, nobody knows what is usual."""
        rate = window.rate or 0.0
        return rate <= max(self.from_floor, self.usual.highest)

    def _loaded(self, window: Quality, held: float | None, *, calm: bool) -> None:
        rate, asked, bad = window.rate or 0.0, window.asked or 0.0, window.bad or 0.0
        burst = self._burst
        if burst is None or not burst.takes(window.start):
            self.close()
            burst = self._burst = Burst(window.start, window.start)
        jump = None if held is None else rate / max(held, self.floor)
        share = self._usual_share(window)
        latency = self._usual_latency(rate)
        burst.add(window, jump, share, latency)
        self.windows += 1
        self.asked += asked
        self.bad += bad
        self.days.add(window.start // (24 * HOUR))
        self.kinds.add(kind_of(window.start))
        if window.p90_ms:
            self.p90_sum += window.p90_ms
            self.p90_windows += 1
        slow = _is_slow(window, latency)
        self.slow_windows += slow
        most = asked * share + max(3.0, 3 * (asked * share) ** 0.5, 0.01 * asked)
        carried = bad <= most and not slow
        if calm:
            self._calm.add(window)
            self._calm_carried += carried
        if not carried:
            low, high = self.hurt_loads or (rate, rate)
            self.hurt_loads = min(low, rate), max(high, rate)
            return
        self.tops = _two(self.tops, rate)
        if jump is not None:
            self.jumps = _two(self.jumps, jump)

    def _usual_share(self, window: Quality) -> float:
        """What would be in trouble at this load without the change, told by before and by now."""
        usual = self.usual.usual(window.rate or 0.0)
        now = self._calm if self._calm_carried >= _TRUSTED else self._unloaded
        asked, bad = now.latest(window.start)
        if asked >= _LEAST_PAIRED / 4:
            usual = max(usual, bad / asked)
        return max(usual, window.elsewhere or 0.0)

    def _usual_latency(self, rate: float) -> float | None:
        usual, now = self.usual.usual_latency(rate), self._calm.latency()
        if usual is None or now is None:
            return usual if now is None else now
        return max(usual, now)

    def close(self) -> None:
        """Count the burst that is over."""
        burst = self._burst
        if burst is None:
            return
        self._found = self._found or self._hurt()
        self.bursts += 1
        compared = self._beside_calm(burst)
        for one, total in zip(compared, self._sums, strict=True):
            total.add(_evidence(*one), burst.loaded.asked, _beyond(*one))
        self._latency.add(self._slow(burst), burst.loaded.asked, 0.0)
        group, excess = burst.jumps[0], _beyond(*compared[0])
        if group.asked >= _LEAST_PAIRED:
            self.strays.append(_squared(group.bad, group.asked, group.bad - excess))
        self.beyond += burst.loaded.excess
        self.excess += excess
        self.excess_square += excess * excess
        self._burst = None

    def _at_once(self, burst: Burst) -> str:
        """Why this burst alone is harm, all of it or its jumps, or nothing."""
        if not self.usual.enough:
            return ""
        groups = (burst.loaded, *burst.jumps)
        needed = -log(ALPHA) + log(len(groups)) - _weight(self.bursts + 1)
        for group in groups:
            least = max(ENOUGH_REQUESTS, WORSE_AT_ONCE * group.asked)
            if group.windows < ENOUGH_WINDOWS or group.excess < least:
                continue
            if chance.trouble(group.bad, group.asked, group.mean, self.usual.spread) >= needed:
                return (
                    f"{group.bad:,.0f} of {group.asked:,.0f} requests were refused or failed "
                    f"({group.bad / group.asked:.1%}), and {group.mean:.1%} is usual at such load"
                )
        return ""

    def _beside_calm(self, burst: Burst) -> list[tuple[Group, float, float]]:
        """(Jumps of the burst, the share of them in trouble anyway, its spread)."""
        near, wrong = self._calm.between(burst.start - _NEAR, burst.last + _NEAR)
        found = []
        for group in burst.jumps:
            if near >= _PAIRED * group.asked and near >= _LEAST_PAIRED:
                share = max(self.usual.least, wrong / near)
                spread = max(self.usual.within, self.paired) + 1 / near
            else:  # the callers' own share may be another one in this hour than in those before
                share, spread = max(group.mean, self._calm.share(group.mean)), self.usual.spread
            found.append((group, share, spread))
        return found

    def _slow(self, burst: Burst) -> float:
        """Log evidence that the burst was answered more slowly."""
        return chance.slowness(burst.shift, self.usual.stray) if burst.timed else 0.0

    def verdict(self) -> Verdict:
        """What is known now. Looking changes nothing, and may be done at any time."""
        why = self._found or self._hurt()
        figures = self._figures()
        if why:
            return Verdict(Word.HURT, f"{why}, while more came than {self.floor} TPS.", figures)
        lacking = missing.missing(self)
        if lacking:
            return Verdict(Word.UNKNOWN, lacking + self._beside(), figures)
        return Verdict(
            Word.HARMLESS,
            f"In {self.windows} windows above {self.floor} TPS on {len(self.days)} days nothing "
            f"was refused, failed or slowed beyond the usual.{self._beside()}",
            figures,
        )

    def _beside(self) -> str:
        """What was in trouble where nobody knows whether the floor before would have carried it."""
        most = self._unheard_of
        if most.bad < max(ENOUGH_REQUESTS, WORSE_AT_ONCE * most.asked):
            return ""
        return (
            f" {most.bad:,.0f} requests were refused or failed at up to {self._record:.1f} TPS, "
            "which was never seen before: nobody knows whether a floor of "
            f"{self.from_floor} carries it."
        )

    def _hurt(self) -> str:
        """Why the burst that goes on is harm, alone or with those before it, or nothing."""
        burst = self._burst
        if burst is None or self.windows < ENOUGH_WINDOWS:
            return ""
        return self._at_once(burst) or self._added_up(burst) or self._slowed(burst)

    def _added_up(self, burst: Burst) -> str:
        for one, total in zip(self._beside_calm(burst), self._sums, strict=True):
            beyond = total.excess + _beyond(*one)
            least = max(ENOUGH_REQUESTS, WORSE * (total.asked + burst.loaded.asked))
            if beyond >= least and total.seen(_evidence(*one)) >= -log(ALPHA):
                return (
                    f"{beyond:,.0f} more requests were refused or failed where demand rose than "
                    "where it did not"
                )
        return ""

    def _slowed(self, burst: Burst) -> str:
        if burst.timed < ENOUGH_WINDOWS or burst.shift < SLOWER:
            return ""
        now = burst.p90 / burst.timed
        then = now / exp(burst.shift)
        if now - then < SLOWER_MS or self._latency.seen(self._slow(burst)) < -log(ALPHA):
            return ""
        return f"nine of ten requests were answered within {now:.0f} ms, and {then:.0f} is usual"

    def _figures(self) -> Figures:
        bursts = self.bursts + (self._burst is not None)
        hurt_from, hurt_to = self.hurt_loads or (0.0, 0.0)
        going_on = self._burst.loaded.excess if self._burst else 0.0
        return Figures(
            windows=self.windows,
            bursts=bursts,
            days=len(self.days),
            asked=self.asked,
            bad=self.bad,
            excess=max(0.0, self.beyond + going_on),
            usual_share=self.usual.share,
            p90=self.p90_sum / self.p90_windows if self.p90_windows else None,
            usual_p90=self.usual.p90,
            carried=self.tops[1],
            jump=self.jumps[1],
            hurt_from=hurt_from,
            hurt_to=hurt_to,
        )


def _evidence(group: Group, share: float, spread: float) -> float:
    """Log evidence that more of the group is in trouble than the share."""
    return min(MOST_OF_ONE, chance.trouble(group.bad, group.asked, share, spread))


def _beyond(group: Group, share: float, _: float) -> float:
    """Requests in trouble beyond the share."""
    return group.bad - group.asked * share


def _is_slow(window: Quality, latency: float | None) -> bool:
    """Whether a window was answered clearly later than the usual log p90."""
    if not window.p90_ms or latency is None:
        return False
    usual = exp(latency)
    return window.p90_ms > max(usual + SLOWER_MS, usual * exp(SLOWER))


def _squared(bad: float, asked: float, usual: float) -> float:
    """Squared difference of two shares in units of pure chance of one request, beyond chance."""
    share = min(0.95, max(1e-6, usual / asked))
    chance_of_one = share * (1 - share)
    return max(0.0, ((bad / asked - share) ** 2 - chance_of_one / asked) / chance_of_one)


def _stray(strays: Sequence[float]) -> float:
    """The spread that explains such differences; a single large one counts for a quarter."""
    if not strays:
        return 0.0
    return min(0.5, max(2 * sum(strays) / len(strays), max(strays) / 4))


def _two(tops: tuple[float, float], value: float) -> tuple[float, float]:
    """The two highest values: a single one may be chance."""
    first, second = tops
    return (value, first) if value > first else (first, max(second, value))


def judge(
    past: Sequence[Quality],
    since: Sequence[Quality],
    *,
    floor: int,
    from_floor: int,
    landed: int,
) -> Verdict:
    """The verdict on a floor from ``from_floor`` to ``floor``, in force from ``landed`` on.

    ``past`` are the windows before the change, up to 14 days; ``since`` all that came after.
    """
    trial = Trial.of(past, floor=floor, from_floor=from_floor, landed=landed)
    return trial.feed(in_order(since)).verdict()
