"""A sandbox behind the network that answers what a test says."""

from __future__ import annotations

import http.client
import io
import json
import urllib.error
import urllib.request
from typing import Any

from tests.console.byhand.values import NOW

from personalize_monitor_desk.console.mail import sorted_mail

URL = "http://127.0.0.1:9999"
SHOES = "arn:aws:personalize:us-east-1:123456789012:campaign/shoes"
NO_MAIL = sorted_mail([], "", 1)


class Served:
    """What a sandbox would answer; ``asked`` is what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.answers: dict[str, Any] = {
            "": {"now": NOW.isoformat(), "speed": 300.0, "behind": False},
            "clock": {"now": NOW.isoformat(), "speed": 0.0},
            "rain": {"said": "It rains."},
            "weather": {"weather": []},
            "mail": NO_MAIL,
            "autopilot": {"on": True},
        }

    def urlopen(self, request: urllib.request.Request, timeout: float = 0) -> Any:
        """In place of the network: an answer, or what goes wrong."""
        assert 0 < timeout <= 60
        assert request.full_url.startswith(f"{URL}/_sandbox")
        name = request.full_url.removeprefix(f"{URL}/_sandbox").strip("/")
        body = request.data
        assert body is None or isinstance(body, bytes)
        self.asked.append((name, None if body is None else json.loads(body)))
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return io.BytesIO(text)


def refused(code: int, body: bytes) -> urllib.error.HTTPError:
    """An answer of HTTP that is no success."""
    return urllib.error.HTTPError(URL, code, "No", http.client.HTTPMessage(), io.BytesIO(body))
