"""The runtime on the wire: REST-JSON."""

from __future__ import annotations

import json
from typing import Any, Final

from moto.core.responses import BaseResponse

from aws_sandbox import answers
from aws_sandbox.answers import Answer
from aws_sandbox.personalize.errors import (
    PersonalizeError,
    ResourceNotFoundException,
)
from aws_sandbox.personalize.responses import store_of
from aws_sandbox.personalize_runtime.service import perform

_Base: Any = BaseResponse
_ACTIONS: Final = {
    "/recommendations": "GetRecommendations",
    "/personalize-ranking": "GetPersonalizedRanking",
    "/action-recommendations": "GetActionRecommendations",
}


class RuntimeResponse(_Base):  # type: ignore[misc]  # moto is untyped
    """GetRecommendations, GetPersonalizedRanking and GetActionRecommendations."""

    def __init__(self) -> None:
        super().__init__(service_name="personalize-runtime")

    def _get_action(self) -> str:
        return _ACTIONS[str(self.path).rstrip("/")]

    def call_action(self) -> Answer:
        """Answer the call that the path names."""
        store = store_of(self.current_account, self.region)
        try:
            shown = perform(store, self._get_action(), json.loads(self.body or "{}"))
        except PersonalizeError as error:
            status = 404 if isinstance(error, ResourceNotFoundException) else 400
            return answers.error("personalize-runtime", "rest-json", error.code, str(error), status)
        headers = {"Content-Type": "application/json", "x-amzn-requestid": answers.request_id()}
        return 200, headers, json.dumps(shown)
