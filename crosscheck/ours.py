"""Our side as a process of its own: the sandbox over HTTP, its clock at the real time.

Prints its address as the first line, then lives until it is terminated. Alarms are evaluated twice
a second, so that ten-second periods are seen as CloudWatch sees them.
"""

from __future__ import annotations

import signal
import sys
import time
from datetime import UTC, datetime
from typing import NoReturn

from aws_sandbox.sandbox import Sandbox
from aws_sandbox.server import Server

_NAP = 0.5


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    signal.signal(signal.SIGTERM, _end)
    with Sandbox(datetime.now(UTC)) as box, Server(box.world) as server:
        box.clock.set_speed(1)
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        try:
            while True:
                box.catch_up()
                box.evaluate_alarms()
                time.sleep(_NAP)
        except KeyboardInterrupt:
            return


def _end(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
