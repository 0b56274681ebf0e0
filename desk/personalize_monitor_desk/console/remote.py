"""The sandbox's own endpoints, seen from the console: its clock and its weather."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from personalize_monitor.errors import InvalidRequest, Unavailable

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_SECONDS = 30.0
_SOON = 6.0
"""The clock is asked for every other second, and a line that waits for it tells nothing."""
_STRANGER = "another program is at its address"


@dataclass(frozen=True, slots=True)
class Clock:
    """The sandbox's time; ``speed`` is virtual seconds per real one, 0 while paused.

    ``behind`` says that the machine is slower than the speed asked for.
    """

    now: datetime
    speed: float
    behind: bool = False


class Remote:
    """A sandbox served on this machine at ``url``. Raises InvalidRequest for another machine."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in _LOCAL:
            raise InvalidRequest(f"{url} is not a sandbox on this machine; give http://127.0.0.1.")
        self.url = url.rstrip("/")

    def clock(self) -> Clock:
        """The time, and how fast it goes."""
        return _clock(self.ask("", seconds=_SOON))

    def turn(self, **wish: float | bool) -> Clock:
        """Turn the clock: ``speed``, ``pause`` or ``step`` (seconds)."""
        return _clock(self.ask("clock", wish))

    def rain(self, **wish: str) -> dict[str, Any]:
        """Make weather; answers what the sandbox says about it."""
        return self.ask("rain", wish)

    def autopilot(self, wish: bool | None = None) -> bool:
        """Whether the application in the sandbox acts by itself; with a ``wish``, set that."""
        answer = self.ask("autopilot", None if wish is None else {"on": wish})
        return bool(answer["on"])

    def mailbox(self, kind: str = "", page: int = 1) -> dict[str, Any]:
        """What was mailed, the newest first: ``letters``, how many were ``found``, ``counts``."""
        return self.ask("mail", {"kind": kind, "page": page})

    def weather(self) -> list[dict[str, Any]]:
        """What weather there is."""
        found = self.ask("weather")["weather"]
        return list(found)

    def ask(
        self, name: str, wish: Mapping[str, object] | None = None, *, seconds: float = _SECONDS
    ) -> dict[str, Any]:
        """One question. Raises InvalidRequest (refused) or Unavailable (no answer)."""
        address = f"{self.url}/_sandbox/{name}".rstrip("/")
        body = None if wish is None else json.dumps(wish).encode()
        request = urllib.request.Request(address, body)  # noqa: S310  checked in __init__
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            raise InvalidRequest(_said(error)) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise _silent(str(error)) from error
        if not isinstance(found, dict):
            raise _silent(_STRANGER)
        return found


def _silent(why: str) -> Unavailable:
    return Unavailable(f"The sandbox does not answer ({why}); start it again.")


def _clock(answer: Mapping[str, Any]) -> Clock:
    try:
        now, speed = datetime.fromisoformat(answer["now"]), float(answer["speed"])
    except (KeyError, TypeError, ValueError) as error:
        raise _silent(_STRANGER) from error
    return Clock(now, speed, bool(answer.get("behind")))


def _said(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"The sandbox answered {error.code}."
