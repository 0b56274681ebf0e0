"""The clock of the machine that a function runs on: inside the sandbox it is the sandbox's.

`datetime.now` cannot be replaced in C, so the name `datetime` of the function's own modules is
bound to a class that asks the sandbox's clock while the function runs. It makes plain datetimes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from types import ModuleType
from typing import Any

from personalize_monitor.sandbox import clock

_OWN = f"{__name__.split('.', maxsplit=1)[0]}.sandbox"


class _Kind(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


class SandboxDatetime(datetime, metaclass=_Kind):
    """`datetime`, whose present is the sandbox's."""

    def __new__(cls, *args: Any, **rest: Any) -> Any:
        """Make a plain datetime."""
        return datetime(*args, **rest)  # noqa: DTZ001 - as the caller says

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
    changed = [module for module in _modules(package) if vars(module).get("datetime") is datetime]
    for module in changed:
        setattr(module, "datetime", SandboxDatetime)  # noqa: B010 - a name of somebody else's module
    try:
        yield
    finally:
        for module in changed:
            setattr(module, "datetime", datetime)  # noqa: B010 - as above


def _modules(package: str) -> list[ModuleType]:
    return [
        module
        for name, module in list(sys.modules.items())
        if (name == package or name.startswith(f"{package}."))
        and not name.startswith(_OWN)
        and isinstance(module, ModuleType)
    ]
