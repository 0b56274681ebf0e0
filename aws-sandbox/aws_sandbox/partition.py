"""The part of AWS that a region belongs to; ARNs begin with it."""

from __future__ import annotations

from typing import Final

_PREFIXES: Final = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
PARTITIONS: Final = ("aws", *_PREFIXES.values())


def partition_of(region: str) -> str:
    """`aws-cn` in China, `aws-us-gov` for the government of the United States, else `aws`."""
    return next((name for start, name in _PREFIXES.items() if region.startswith(start)), "aws")
