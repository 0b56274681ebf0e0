"""The backend that moto makes per account and region; moto finds urls.py by this name."""

from __future__ import annotations

from typing import Any

from moto.personalize.models import PersonalizeBackend

from aws_sandbox.personalize.store import Store

_Base: Any = PersonalizeBackend


class SandboxPersonalizeBackend(_Base):  # type: ignore[misc]  # moto is untyped
    """moto's backend (schemas) with a store of campaigns, recommenders and what they stand on."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.store = Store(account_id, region_name, self.partition)
