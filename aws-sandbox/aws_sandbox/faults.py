"""Seeded misfortune: errors, latency, rate limits and regions that are down, by rule."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Protocol


class Asked(Protocol):
    """The part of a call that a rule looks at."""

    @property
    def time(self) -> datetime: ...  # noqa: D102
    @property
    def principal_name(self) -> str: ...  # noqa: D102
    @property
    def account(self) -> str: ...  # noqa: D102
    @property
    def service(self) -> str: ...  # noqa: D102
    @property
    def action(self) -> str: ...  # noqa: D102
    @property
    def region(self) -> str: ...  # noqa: D102
    @property
    def params(self) -> Mapping[str, object]: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where (patterns like `Describe*`), when (virtual time) and what goes wrong.

    `resource` is compared with every string among the call's parameters. Without a `code` a rule
    only slows down (`latency`, real seconds), limits (`rate` calls a real second, with `burst`),
    or takes the service off the network (`down`). `times` ends a rule after so many hits;
    `probability` is drawn from the seed.
    """

    service: str = "*"
    action: str = "*"
    region: str = "*"
    account: str = "*"
    principal: str = "*"
    resource: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    probability: float = 1.0
    times: int | None = None
    code: str | None = None
    message: str = "Injected by the sandbox."
    status: int = 400
    latency: float = 0.0
    rate: float | None = None
    burst: float = 1.0
    down: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """An error to answer with; `down` means no answer at all."""

    code: str
    message: str
    status: int
    down: bool = False


class Faults:
    """The rules in force.

    Deterministic for a seed: the nth like call of a virtual moment always fares alike.
    """

    def __init__(self, seed: int = 0, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.seed = seed
        self._monotonic = monotonic
        self.sleep: Callable[[float], object] = time.sleep
        """What a slow answer takes its time with; a test that waits for something else sets it."""
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._known: list[Rule] = []
        self._moment: datetime | None = None
        self._hits: Counter[int] = Counter()
        self._seen: Counter[tuple[object, ...]] = Counter()
        self._buckets: dict[tuple[int, str, str], tuple[float, float]] = {}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def add(self, rule: Rule) -> Rule:
        """Put a rule in force, behind those already there."""
        with self._lock:
            self._rules.append(rule)
            # Rules are told apart by identity, so none may vanish and leave its id to another.
            self._known.append(rule)
        return rule

    def remove(self, rule: Rule) -> None:
        """Take back one rule; unknown ones are ignored."""
        with self._lock:
            self._rules = [kept for kept in self._rules if kept is not rule]

    def clear(self) -> None:
        """Take back all rules."""
        with self._lock:
            self._rules = []

    def hits(self, rule: Rule) -> int:
        """How often a rule has struck."""
        return self._hits[id(rule)]

    def meet(self, call: Asked) -> Fault | None:
        """Wait for what is slow and answer the error of the first rule that has one."""
        for rule in list(self._rules):
            if not _applies(rule, call) or not self._strikes(rule, call):
                continue
            if rule.latency:
                self.sleep(rule.latency)
            fault = _fault(rule)
            if fault is not None:
                return fault
        return None

    def _strikes(self, rule: Rule, call: Asked) -> bool:
        with self._lock:
            if rule.times is not None and self._hits[id(rule)] >= rule.times:
                return False
            if rule.probability < 1.0 and self._draw(rule, call) >= rule.probability:
                return False
            if rule.rate is not None and self._token(rule, rule.rate, call):
                return False
            self._hits[id(rule)] += 1
            return True

    def _draw(self, rule: Rule, call: Asked) -> float:
        """0..1 from seed, call and how many like it this moment saw; threads cannot reorder it."""
        if call.time != self._moment:
            self._moment = call.time
            self._seen.clear()
        like = (
            [id(known) for known in self._known].index(id(rule)),
            call.service,
            call.action,
            call.region,
            call.account,
            tuple(sorted(_strings(call.params))),
            call.time,
        )
        nth = self._seen[like]
        self._seen[like] += 1
        digest = hashlib.blake2b(f"{self.seed}|{like}|{nth}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64

    def _token(self, rule: Rule, rate: float, call: Asked) -> bool:
        """Take a token from the bucket of this account and region; False when it is empty."""
        now, bucket = self._monotonic(), (id(rule), call.account, call.region)
        tokens, at = self._buckets.get(bucket, (rule.burst, now))
        tokens = min(rule.burst, tokens + (now - at) * rate)
        taken = tokens >= 1.0
        self._buckets[bucket] = (tokens - 1.0 if taken else tokens, now)
        return taken


def _applies(rule: Rule, call: Asked) -> bool:
    names = (
        (rule.service, call.service),
        (rule.action, call.action),
        (rule.region, call.region),
        (rule.account, call.account),
        (rule.principal, call.principal_name),
    )
    return (
        all(pattern == "*" or fnmatchcase(name, pattern) for pattern, name in names)
        and (rule.since is None or call.time >= rule.since)
        and (rule.until is None or call.time < rule.until)
        and (rule.resource is None or _names(rule.resource, call.params))
    )


def _names(pattern: str, params: Mapping[str, object]) -> bool:
    return any(text == pattern or fnmatchcase(text, pattern) for text in _strings(params))


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _strings(inner)
        case list() | tuple():
            for inner in value:
                yield from _strings(inner)


def _fault(rule: Rule) -> Fault | None:
    if rule.down:
        return Fault("ServiceUnavailable", f"{rule.service} is down.", 503, down=True)
    if rule.code is not None:
        return Fault(rule.code, rule.message, rule.status)
    if rule.rate is not None:
        return Fault("ThrottlingException", "Rate exceeded", 400)
    return None
