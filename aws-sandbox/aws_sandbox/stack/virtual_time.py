"""The clock of the machine that a function runs on: inside the sandbox it is the sandbox's.

`datetime.now` cannot be replaced in C, so the name `datetime` of the function's own modules is
bound to a class that asks the sandbox's clock while the function runs. It makes plain datetimes.
The sandbox's clock stands still meanwhile, so a pause of the function takes no time either.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from types import ModuleType
from typing import Any, ClassVar

from aws_sandbox import clock

_OWN = f"{__name__.split('.', maxsplit=1)[0]}.sandbox"


class _Kind(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


class SandboxDatetime(datetime, metaclass=_Kind):
    """`datetime`, whose present is the sandbox's."""

    def __new__(cls, *args: Any, **rest: Any) -> Any:
        """Make a plain datetime."""
        return datetime(*args, **rest)  # noqa: DTZ001 - as the caller says

    # What says itself which moment it means needs no detour: thousands of timestamps are read so.
    fromtimestamp: ClassVar[Any] = datetime.fromtimestamp
    fromisoformat: ClassVar[Any] = datetime.fromisoformat

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        """The sandbox's time in this zone; naive UTC without one, as on Lambda's machines."""
        moment = clock.current().now()
        return moment.astimezone(tz) if tz else moment.replace(tzinfo=None)

    @classmethod
    def utcnow(cls) -> Any:
        """The sandbox's time, naive."""
        return clock.current().now().astimezone(UTC).replace(tzinfo=None)


@contextmanager
def virtual(package: str) -> Iterator[None]:
    """Let the modules of a package (not the sandbox's own) see the sandbox's time."""
    changed: list[tuple[ModuleType, str, object]] = []
    for module, name, real, ours in _names(package):
        if vars(module).get(name) is real:
            changed.append((module, name, real))
            setattr(module, name, ours)
    try:
        yield
    finally:
        for module, name, real in changed:
            setattr(module, name, real)


def no_pause(seconds: float) -> None:
    """In the place of `time.sleep`."""
    del seconds


_REPLACED: tuple[tuple[str, object, object], ...] = (
    ("datetime", datetime, SandboxDatetime),
    ("sleep", time.sleep, no_pause),
)


_Names = list[tuple[ModuleType, str, object, object]]


def _names(package: str) -> _Names:
    """Where the package's modules have such names; searched for again only after an import.

    `sys.modules` keeps the order of imports: what is new in it comes last.
    """
    newest = next(reversed(sys.modules.values()))
    number, last, found = _found.get(package, (0, None, []))
    if number == len(sys.modules) and last is newest:
        return found
    found = [
        (module, bound, real, ours)
        for name, module in list(sys.modules.items())
        if (name == package or name.startswith(f"{package}."))
        and not name.startswith(_OWN)
        and isinstance(module, ModuleType)
        for bound, real, ours in _REPLACED
        if bound in vars(module)
    ]
    _found[package] = (len(sys.modules), newest, found)
    return found


_found: dict[str, tuple[int, object, _Names]] = {}
