"""Python's sleep at a set time, also in processes that a test starts.

`time.sleep` waits until an absolute moment of the monotonic clock. libfaketime refuses that when it
leaves this clock alone, which it must, or other waits would last for years.
"""

import select
import time
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex) -> None:
    wait = float(seconds)
    if wait < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], wait)


time.sleep = _sleep
