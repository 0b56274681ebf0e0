"""The sandbox leaves out work, not meaning: what a service sees of a call stays the same."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from datetime import datetime
from types import ModuleType
from typing import Any

import boto3
import botocore
import botocore.auth
import botocore.client
import botocore.endpoint
import botocore.hooks
import botocore.httpsession
import botocore.parsers
import botocore.regions
import botocore.session
import botocore.useragent
import moto.core.models
import moto.core.responses
import moto.logs.models
import pytest
import requests
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import NoCredentialsError
from tests.support import BEGIN

from aws_sandbox import shortcuts, wire
from aws_sandbox.stack import virtual_time

PLACES = (
    (botocore.auth.SigV4Auth, "add_auth"),
    (botocore.useragent.UserAgentString, "to_string"),
    (botocore.hooks.EventAliaser, "_alias_event_name"),
    (botocore.hooks, "accepts_kwargs"),
    (vars(botocore.hooks)["_PrefixTrie"], "_recursive_copy"),
    (botocore.httpsession, "create_urllib3_context"),
    (botocore.endpoint, "uuid"),
    (botocore.parsers.ResponseParser, "_handle_list"),
    (botocore.client, "ServiceModel"),
    (botocore.client.ClientCreator, "_create_methods"),
    (botocore.regions, "EndpointProvider"),
    (botocore.regions.EndpointRulesetResolver, "construct_endpoint"),
    (botocore.endpoint.Endpoint, "_encode_headers"),
    (moto.logs.models, "EventMessageFilter"),
    (moto.core.responses.BaseResponse, "_enrich_response"),
    (moto.core.responses, "camelcase_to_underscores"),
    (moto.core.models, "backend_index"),
)


@pytest.fixture
def signer() -> Iterator[botocore.auth.SigV4Auth]:
    """The signer for Personalize in Frankfurt, while a sandbox runs."""
    with wire.live(BEGIN):
        yield botocore.auth.SigV4Auth(Credentials("AKIA1", "x", "T"), "personalize", "eu-central-1")


def test_everything_is_put_back() -> None:
    """When the sandbox stops, botocore and moto are what they were: calls to AWS are signed."""
    before = [vars(owner)[name] for owner, name in PLACES]
    with wire.live(BEGIN):
        assert all(
            vars(owner)[name] is not was for (owner, name), was in zip(PLACES, before, strict=True)
        )
    assert [vars(owner)[name] for owner, name in PLACES] == before


def test_a_request_says_who_asks_and_where(signer: botocore.auth.SigV4Auth) -> None:
    """The access key, the region, the service and the session's token stand where AWS looks."""
    request = AWSRequest(method="POST", url="https://personalize.eu-central-1.amazonaws.com/")
    signer.add_auth(request)
    said = request.headers["Authorization"]
    assert said.startswith("AWS4-HMAC-SHA256 Credential=AKIA1/")
    assert "/eu-central-1/personalize/aws4_request, SignedHeaders=" in said
    assert request.headers["X-Amz-Security-Token"] == "T"
    assert request.headers["X-Amz-Date"]


def test_a_retry_carries_one_authorization(signer: botocore.auth.SigV4Auth) -> None:
    """A request that is sent again has the headers of its last attempt only."""
    request = AWSRequest(method="POST", url="https://personalize.eu-central-1.amazonaws.com/")
    signer.add_auth(request)
    signer.add_auth(request)
    names = [name.lower() for name in request.headers.keys()]  # noqa: SIM118 - with repetitions
    assert names.count("authorization") == 1
    assert names.count("x-amz-security-token") == 1


def test_without_credentials_nothing_is_asked(signer: botocore.auth.SigV4Auth) -> None:
    """A program that has no credentials fails as it would against AWS."""
    signer.credentials = None  # type: ignore[assignment]
    with pytest.raises(NoCredentialsError):
        signer.add_auth(AWSRequest(method="POST", url="https://sns.us-east-1.amazonaws.com/"))


def test_other_libraries_are_refused() -> None:
    """What does not come through botocore is answered by nobody, and never leaves the process."""
    with wire.live(BEGIN):
        for service in ("sts", "personalize.us-east-1", "s3.eu-west-1"):
            answer = requests.get(f"https://{service}.amazonaws.com/")
            assert (answer.status_code, answer.text) == (400, "The method is not implemented")


def test_ids_are_unique_and_look_like_aws_s() -> None:
    """A request id is a random UUID; no two are alike."""
    made = {shortcuts.unique() for _ in range(1000)}
    assert len(made) == 1000
    assert {one.version for one in made} == {4}


def test_programs_are_told_apart_by_their_user_agent() -> None:
    """Each client says what it is, in the sandbox as outside: botocore, its version, and extras."""

    def said(extra: str) -> str:
        seen: list[str] = []
        client = boto3.client("sns", region_name="us-east-1", config=Config(user_agent_extra=extra))
        client.meta.events.register_last(
            "before-send.sns.ListTopics", lambda request, **_: seen.append(str(request.headers))
        )
        client.list_topics()
        return seen[0]

    with wire.live(BEGIN):
        one, other = said("shop/1"), said("shop/2")
    assert f"Botocore/{botocore.__version__}" in one
    assert "shop/1" in one
    assert "shop/2" in other
    assert "shop/1" not in other


def test_each_program_of_a_session_is_told_apart() -> None:
    """What botocore copies from a session's agent to a client's is not the client's own text."""
    agent = botocore.useragent.UserAgentString.from_environment()
    with wire.live(BEGIN):
        agent.to_string()
        said = agent.with_client_config(Config(user_agent_extra="shop/3")).to_string()
    assert "shop/3" in said


def test_the_address_of_a_call_is_what_botocore_finds() -> None:
    """Kept for calls alike; found anew where it depends on what is asked for, as with buckets."""
    asked: list[str] = []

    def note(request: Any, **_: Any) -> None:
        asked.append(request.url)

    with wire.live(BEGIN):
        buckets = boto3.client("s3", region_name="us-east-1")
        buckets.meta.events.register_first("before-send.s3", note)
        for name in ("one", "two"):
            buckets.create_bucket(Bucket=name)
        for region in ("eu-west-1", "eu-west-1", "cn-north-1"):
            topics = boto3.client("sns", region_name=region)
            topics.meta.events.register_first("before-send.sns", note)
            topics.list_topics()
            topics.list_topics()
    assert [url.split("/")[2] for url in asked] == [
        "one.s3.amazonaws.com",
        "two.s3.amazonaws.com",
        *["sns.eu-west-1.amazonaws.com"] * 4,
        *["sns.cn-north-1.amazonaws.com.cn"] * 2,
    ]


def test_old_names_of_events_still_reach_their_handlers() -> None:
    """A handler registered under a service's old name (monitoring) hears of its calls."""
    heard = []
    with wire.live(BEGIN):
        session = boto3.Session()
        session.events.register(
            "before-call.monitoring.DescribeAlarms", lambda **_: heard.append(1)
        )
        session.client("cloudwatch", region_name="us-east-1").describe_alarms()
    assert heard == [1]


def test_handlers_are_known_by_their_signature_as_botocore_knows_them() -> None:
    """Whatever can be called: with ``**kwargs`` it is registered, without it is refused."""

    class Called:
        def __call__(self, **kwargs: object) -> None:
            """Accept anything."""

        def method(self, **kwargs: object) -> None:
            """Accept anything."""

        def narrow(self, model: object) -> None:
            """Accept one thing."""

    able: tuple[Any, ...] = (
        Called(),
        Called().method,
        lambda **_: None,
        functools.partial(Called().method, a=1),
    )
    with wire.live(BEGIN):
        for handler in able:
            botocore.hooks.HierarchicalEmitter().register("before-call", handler)
        for handler in (Called().narrow, lambda model: model):
            with pytest.raises(ValueError, match="keyword arguments"):
                botocore.hooks.HierarchicalEmitter().register("before-call", handler)


def test_what_one_client_hears_the_others_do_not() -> None:
    """Handlers registered with a client are that client's, though they share their session."""
    heard: list[str] = []
    with wire.live(BEGIN):
        session = boto3.Session()
        one, other = (session.client("sns", region_name="us-east-1") for _ in range(2))
        one.meta.events.register("before-call.sns.ListTopics", lambda **_: heard.append("one"))
        other.list_topics()
        assert heard == []
        one.list_topics()
    assert heard == ["one"]


def test_what_one_session_adds_to_a_client_the_others_do_not_have() -> None:
    """Clients share what describes their service, and nothing that somebody put on top of it."""
    with wire.live(BEGIN):
        one, other = boto3.Session(), boto3.Session()
        one.events.register(
            "creating-client-class.sns", lambda class_attributes, **_: class_attributes.update(x=1)
        )
        made, plain = (session.client("sns", region_name="eu-west-1") for session in (one, other))
        assert (hasattr(made, "x"), hasattr(plain, "x")) == (True, False)
        assert made.meta.service_model is plain.meta.service_model
        far = other.client("sns", region_name="cn-north-1")
        assert far.meta.endpoint_url.endswith(".amazonaws.com.cn")


XML = b"""<r><GetMetricDataResult><MetricDataResults><member><Id>q</Id>
<Values><member>1.5</member><member>2</member></Values></member></MetricDataResults>
</GetMetricDataResult></r>"""


def read(protocol: str, body: bytes) -> Any:
    """A body as botocore reads it, as an answer with lists of many kinds."""
    answer = {"status_code": 200, "headers": {}, "body": body}
    parser = botocore.parsers.ResponseParserFactory().create_parser(protocol)
    model = botocore.session.get_session().get_service_model("cloudwatch")
    shape: Any = model.operation_model("GetMetricData").output_shape
    return parser.parse(answer, shape)


@pytest.mark.parametrize(
    ("protocol", "body"),
    [
        ("json", b'{"MetricDataResults":[{"Timestamps":[0,1.5,null],"Values":[1,null,2.5]},null]}'),
        ("json", b'{"MetricDataResults":[],"Messages":[{"Code":"a"},{}]}'),
        ("query", XML),
    ],
)
def test_lists_are_read_as_botocore_reads_them(protocol: str, body: bytes) -> None:
    """Numbers, times, structures, empty ones and what is null, in both protocols."""
    expected = read(protocol, body)
    assert "MetricDataResults" in expected
    with wire.live(BEGIN):
        assert read(protocol, body) == expected


@pytest.mark.parametrize("body", ["<a><RequestId>1</RequestId></a>", '{"a": 1}', "", b"<b>", None])
def test_answers_get_a_request_id_as_moto_gives_it(
    monkeypatch: pytest.MonkeyPatch, body: object
) -> None:
    """In the headers always, in XML where the tag is."""
    monkeypatch.setattr(moto.core.responses, "gen_amzn_requestid_long", lambda _: "R")
    headers: Any = {"status": 200}
    expected = moto.core.responses.BaseResponse._enrich_response(dict(headers), body)
    assert shortcuts._enriched(dict(headers), body) == expected


def test_a_module_that_comes_late_sees_the_sandbox_s_time() -> None:
    """Modules that a function imports or drops between invocations follow the clock too."""
    name = "personalize_monitor.a_late_one"
    for _ in range(2):
        late = ModuleType(name)
        late.datetime = datetime  # type: ignore[attr-defined]
        with virtual_time.virtual("personalize_monitor"):
            pass
        sys.modules[name] = late
        try:
            with virtual_time.virtual("personalize_monitor"):
                assert late.datetime is virtual_time.SandboxDatetime
        finally:
            del sys.modules[name]
    assert late.datetime is datetime
