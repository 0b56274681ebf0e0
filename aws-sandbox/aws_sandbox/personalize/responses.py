"""Personalize's answers on the wire: JSON 1.1, epoch seconds for times."""

from __future__ import annotations

import json
from typing import Any

from moto.personalize.models import personalize_backends
from moto.personalize.responses import PersonalizeResponse

from aws_sandbox import answers
from aws_sandbox.answers import Answer
from aws_sandbox.personalize.errors import PersonalizeError
from aws_sandbox.personalize.operations import OPERATIONS, perform
from aws_sandbox.personalize.store import Store

_Base: Any = PersonalizeResponse


def store_of(account: str, region: str) -> Store:
    """The resources of an account and region."""
    store: Store = personalize_backends[account][region].store
    return store


class SandboxPersonalizeResponse(_Base):  # type: ignore[misc]  # moto is untyped
    """Our operations; moto's own (schemas) stay moto's."""

    def call_action(self) -> Answer:
        """Carry out the action named by X-Amz-Target."""
        action: str = self._get_action()
        if action not in OPERATIONS:
            other: Answer = super().call_action()
            return other
        store = store_of(self.current_account, self.region)
        try:
            shown = perform(store, action, json.loads(self.body or "{}"))
        except PersonalizeError as error:
            return answers.error("personalize", "json", error.code, str(error), error.status)
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "x-amzn-requestid": answers.request_id(),
        }
        return 200, headers, json.dumps(shown)


def stores() -> list[Store]:
    """Every account and region in use, in a stable order."""
    used: list[Any] = list(personalize_backends.iter_backends())
    found: list[Store] = [backend.store for _, _, backend in used]
    return sorted(found, key=lambda store: (store.account, store.region))
