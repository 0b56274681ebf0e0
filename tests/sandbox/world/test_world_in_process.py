"""A call of this process reaches moto as moto's own reading of it would have it."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from moto.core.request import normalize_request
from moto.core.responses import BaseResponse
from moto.logs.responses import LogsResponse
from moto.sns.responses import SNSResponse
from tests.support import BEGIN

from aws_sandbox import in_process, wire
from aws_sandbox.cloudwatch.responses import CloudWatchResponse
from aws_sandbox.personalize.responses import SandboxPersonalizeResponse


def prepared(method: str, url: str, body: object, **headers: str) -> AWSPreparedRequest:
    """A request as botocore sends it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return AWSRequest(method=method, url=url, data=body, headers=named).prepare()


@pytest.mark.parametrize(
    "request_",
    [
        prepared(
            "POST",
            "https://personalize.us-east-1.amazonaws.com/",
            b'{"nextToken": "\xc3\xa4"}',
            X_Amz_Target="AmazonPersonalize.ListCampaigns",
            Content_Type="application/x-amz-json-1.1",
        ),
        prepared(
            "POST",
            "https://sns.eu-west-1.amazonaws.com/",
            {"Action": "Publish", "Message": "Grüße & mehr"},
            Content_Type="application/x-www-form-urlencoded; charset=utf-8",
        ),
        prepared(
            "DELETE",
            "https://scheduler.us-east-1.amazonaws.com/schedules/a%20b?groupName=x%2Fy&z=1",
            None,
        ),
        prepared("GET", "http://127.0.0.1:4566", None),
        prepared("PUT", "https://lambda.us-east-1.amazonaws.com:8443/2015/f%C3%BCr", "text"),
    ],
    ids=["json", "query", "rest", "no path", "port and umlaut"],
)
def test_moto_sees_the_request_that_its_own_reading_gives(request_: AWSPreparedRequest) -> None:
    """Method, address, headers, parameters and body are what moto makes of a request itself."""
    ours, motos = in_process.normal(request_), normalize_request(request_)
    for name in ("method", "path", "raw_path", "raw_url", "url", "host", "query_string"):
        assert getattr(ours, name) == getattr(motos, name), name
    assert sorted(ours.headers) == sorted(motos.headers)
    assert ours.form == motos.form
    assert ours.args == motos.args
    assert ours.data == motos.data
    assert ours.content_length == motos.content_length


CALLS: dict[str, tuple[type[BaseResponse], AWSPreparedRequest]] = {
    "personalize": (
        SandboxPersonalizeResponse,
        prepared(
            "POST",
            "https://personalize.eu-west-1.amazonaws.com/",
            '{"nextToken": "a=b&c"}',
            X_Amz_Target="AmazonPersonalize.ListCampaigns",
            Content_Type="application/x-amz-json-1.1",
            Authorization="AWS4-HMAC-SHA256 Credential=210987654321/20260101/eu-west-1/x, a=b",
        ),
    ),
    "cloudwatch": (
        CloudWatchResponse,
        prepared(
            "POST",
            "https://monitoring.us-east-1.amazonaws.com/",
            '{"Namespace": "A", "MetricData": []}',
            X_Amz_Target="GraniteServiceVersion20100801.PutMetricData",
            Content_Type="application/x-amz-json-1.0",
        ),
    ),
    "compressed": (
        CloudWatchResponse,
        prepared(
            "POST",
            "https://monitoring.us-east-1.amazonaws.com/",
            gzip.compress(b'{"Namespace": "A", "MetricData": []}'),
            X_Amz_Target="GraniteServiceVersion20100801.PutMetricData",
            Content_Type="application/x-amz-json-1.0",
            Content_Encoding="gzip",
        ),
    ),
    "logs": (
        LogsResponse,
        prepared(
            "POST",
            "https://logs.us-east-1.amazonaws.com/",
            json.dumps({"logGroupName": "g", "filterPattern": '"ä"'}),
            X_Amz_Target="Logs_20140328.FilterLogEvents",
            Content_Type="application/x-amz-json-1.1",
        ),
    ),
    "query": (
        SNSResponse,
        prepared(
            "POST",
            "https://sns.us-east-1.amazonaws.com/",
            {"Action": "ListTopics"},
            Content_Type="application/x-www-form-urlencoded; charset=utf-8",
        ),
    ),
}
SEEN = (
    "is_werkzeug_request", "parsed_url", "body", "raw_body", "uri", "path", "raw_path", "method",
    "region", "partition", "uri_match", "response_headers", "access_key", "current_account",
)  # fmt: skip


@pytest.mark.parametrize("service", CALLS)
def test_a_call_is_set_up_as_moto_sets_it_up(service: str) -> None:
    """Who asks, where, what for and with which parameters: the same as in moto's many steps."""
    kind, request = CALLS[service]
    with wire.live(BEGIN):
        ours, motos = (make() for make in [kind] * 2)
        in_process.set_up(ours, in_process.normal(request), None, None)
        motos.setup_class(normalize_request(request))
        assert {name: getattr(ours, name) for name in SEEN} == {
            name: getattr(motos, name) for name in SEEN
        }
        assert ours._get_action() == motos._get_action()
        assert ours.form_data == motos.form_data
        assert sorted(ours.headers) == sorted(motos.headers)
        for name in ("logGroupName", "filterPattern", "limit"):
            assert ours._get_param(name, 7) == motos._get_param(name, 7)
        params: Any = [vars(one).get("params") for one in (ours, motos)]
        assert params[0] == params[1]
