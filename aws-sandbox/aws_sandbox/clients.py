"""Clients of the sandbox's services as an administrator, or as a role.

They hold nothing of a sandbox: those of the sandbox itself are shared by all of a process.
"""

from __future__ import annotations

import functools
import threading
from typing import Any, Final

import boto3
from botocore.config import Config

# An endpoint that the user's environment sets is not ours.
_CONFIG: Final = Config(  # type: ignore[call-arg] # the stubs lack this option
    ignore_configured_endpoint_urls=True, retries={"mode": "standard", "total_max_attempts": 1}
)
_MOST: Final = 128
_making: Final = threading.Lock()  # making clients is not thread-safe, using them is


def fresh(service: str, region: str, access_key: str) -> Any:
    """A boto3 client of its own. Twelve digits as key: an administrator of that account."""
    with _making:
        make: Any = _session().client
        return make(
            service,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key="sandbox",  # noqa: S106 - not a secret
            config=_CONFIG,
        )


@functools.lru_cache(maxsize=_MOST)
def shared(service: str, region: str, access_key: str) -> Any:
    """The same, one for all who ask; nobody may register anything with it."""
    return fresh(service, region, access_key)


@functools.cache
def _session() -> boto3.Session:
    return boto3.Session()
