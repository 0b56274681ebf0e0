"""What we rely on in moto's insides: if one of these fails after an upgrade, look at wire.py."""

from __future__ import annotations

import inspect
from typing import Any

import boto3
import moto.backend_index
import moto.core.models
import moto.core.responses
import moto.personalize.models
import pytest
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.request import Request
from moto.core.responses import BaseResponse
from moto.personalize.models import personalize_backends
from tests.sandbox.world.conftest import START

from aws_sandbox import wire
from aws_sandbox.cloudwatch import backend
from aws_sandbox.personalize.models import SandboxPersonalizeBackend
from aws_sandbox.personalize.responses import store_of
from aws_sandbox.world import World

HOME_ACCOUNT = "123456789012"


def client(service: str) -> Any:
    """A client of any service in us-east-1."""
    make: Any = boto3.client
    return make(service, region_name="us-east-1")


def parameters(function: Any) -> list[str]:
    """The names of a function's parameters."""
    return list(inspect.signature(function).parameters)


def test_moto_dispatches_through_these_methods() -> None:
    """Names and signatures of what `wire` puts its own in the place of."""
    assert parameters(BaseResponse._dispatch) == ["self", "request", "full_url", "headers"]
    assert parameters(BaseResponse.setup_class)[:4] == ["self", "request", "full_url", "headers"]
    assert parameters(BotocoreStubber.process_request) == ["self", "request"]
    assert parameters(BaseResponse.get_access_key) == ["self"]
    assert parameters(BaseResponse.get_current_account) == ["self"]
    source = inspect.getsource(BaseResponse.setup_class)
    assert "self.get_current_account()" in source
    assert "self.get_region_from_url(" in source
    assert "self._dispatch(" in inspect.getsource(BaseResponse.dispatch) or "._dispatch(" in (
        inspect.getsource(BaseResponse.dispatch)
    )
    assert Request.from_wsgi_server is False
    for name in ("method_names_from_class", "gen_amzn_requestid_long"):
        assert callable(getattr(moto.core.responses, name))


def test_moto_finds_a_backends_addresses_beside_it() -> None:
    """A backend's module called `...models` leads to the `urls` beside it."""
    backend = SandboxPersonalizeBackend("us-east-1", "123456789012")
    assert any("personalize-runtime" in url for url in backend.urls)
    assert "/recommendations" in {path.rstrip("$") for path in backend.flask_paths}


def test_the_protocols_of_our_services_are_these() -> None:
    """An SDK that began to speak CBOR to CloudWatch would need a serialiser that moto lacks."""
    protocols = {
        "personalize": "json",
        "personalize-runtime": "rest-json",
        "cloudwatch": "json",
        "sns": "query",
        "sqs": "json",
        "logs": "json",
        "events": "json",
        "scheduler": "rest-json",
        "sts": "query",
        "lambda": "rest-json",
    }
    for service, protocol in protocols.items():
        model = client(service).meta.service_model
        assert model.resolved_protocol == protocol, service


def test_stopping_gives_moto_back_as_it_was(world: World) -> None:
    """After `stop` nothing of ours is left in moto, and a second world may start."""
    assert BaseResponse._dispatch is wire._dispatch
    with pytest.raises(RuntimeError, match="already running"):
        wire.start(world)
    wire.stop()
    assert BaseResponse._dispatch.__module__ == "moto.core.responses"
    assert moto.core.models.botocore_stubber.enabled is False
    assert moto.personalize.models.personalize_backends.backend.__module__.startswith("moto.")
    services = [service for service, _ in moto.backend_index.backend_url_patterns]
    assert services.count("personalize") == 1
    wire.start(world)
    assert boto3.client("personalize", region_name="us-east-1").list_campaigns()["campaigns"] == []


@pytest.mark.parametrize(
    ("service", "method"),
    [
        ("sns", "list_topics"),
        ("sqs", "list_queues"),
        ("logs", "describe_log_groups"),
        ("events", "list_rules"),
        ("scheduler", "list_schedules"),
        ("sts", "get_caller_identity"),
        ("lambda", "list_functions"),
        ("cloudwatch", "describe_alarms"),
        ("iam", "list_roles"),
    ],
)
def test_motos_services_pass_the_gate(world: World, service: str, method: str) -> None:
    """Each service that the application uses is judged, recorded and validated."""
    getattr(client(service), method)()
    (call,) = world.gate.calls
    assert call.service == service
    assert call.error is None


def test_a_thread_that_outlived_its_world_cannot_spoil_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its call may come the moment moto is emptied for the next world: what it makes is ours."""
    enable = moto.core.models.MockAWS._enable_patching

    def meanwhile(mocked: Any, reset: bool = True) -> None:
        enable(mocked, reset)
        personalize_backends[HOME_ACCOUNT]["us-east-1"]
        cloudwatch_backends[HOME_ACCOUNT]["us-east-1"]

    monkeypatch.setattr(moto.core.models.MockAWS, "_enable_patching", meanwhile)
    with wire.live(START):
        assert store_of(HOME_ACCOUNT, "us-east-1").campaigns == {}
        assert backend(HOME_ACCOUNT, "us-east-1").alarms is not None
