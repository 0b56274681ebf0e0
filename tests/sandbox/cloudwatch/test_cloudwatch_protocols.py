"""Other clients: the query protocol over HTTP, and what we rely on in botocore and moto."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from moto.cloudwatch.models import cloudwatch_backends
from werkzeug.test import Client

from aws_sandbox import cloudwatch, wire
from aws_sandbox.cloudwatch.models import CloudWatchBackend

HEADERS = {
    "Host": "monitoring.us-east-1.amazonaws.com",
    "Authorization": "AWS4-HMAC-SHA256 "
    "Credential=AKIDTEST/20260302/us-east-1/monitoring/aws4_request, "
    "SignedHeaders=host, Signature=0",
}


@pytest.fixture
def query(bench: Any) -> Any:
    """Sends one request of the query protocol; answers status and XML text."""
    client = Client(wire.application())

    def send(action: str, **params: str) -> tuple[int, str]:
        form = {"Action": action, "Version": "2010-08-01"}
        form |= {name.replace("__", "."): value for name, value in params.items()}
        answer = client.post("/", data=form, headers=HEADERS)
        return answer.status_code, answer.get_data(as_text=True)

    return send


def test_boto3_speaks_json_to_cloudwatch() -> None:
    """The fast path is JSON; if botocore's choice changes, this is where one notices."""
    model = botocore.session.get_session().get_service_model("cloudwatch")
    assert model.resolved_protocol == "json"


def test_moto_makes_our_backend_per_account_and_region(bench: Any) -> None:
    """The registry takes our class, finds our urls by the module's name, and keeps them apart."""
    ours = cloudwatch.backend("123456789012", "us-east-1")
    assert isinstance(ours, CloudWatchBackend)
    assert ours is not cloudwatch.backend("123456789012", "eu-west-1")
    assert ours is not cloudwatch.backend("210987654321", "us-east-1")
    (handler,) = set(ours.urls.values())
    assert handler.__self__.__module__.startswith("aws_sandbox")
    cloudwatch.uninstall()
    assert cloudwatch_backends.backend is not CloudWatchBackend
    cloudwatch.install()


def test_the_query_protocol_reads_and_writes_metrics(query: Any, bench: Any) -> None:
    """PutMetricData by form parameters, GetMetricStatistics and GetMetricData as XML."""
    status, _ = query(
        "PutMetricData",
        Namespace="App",
        MetricData__member__1__MetricName="m",
        MetricData__member__1__Value="7.5",
        MetricData__member__1__Timestamp="2026-03-02T09:55:00Z",
    )
    assert status == 200
    span = {"StartTime": "2026-03-02T09:00:00Z", "EndTime": "2026-03-02T10:00:00Z"}
    status, text = query(
        "GetMetricStatistics",
        Namespace="App",
        MetricName="m",
        Period="300",
        Statistics__member__1="Sum",
        **span,
    )
    assert status == 200
    assert "<Sum>7.5</Sum>" in text
    assert "<Timestamp>2026-03-02T09:55:00Z</Timestamp>" in text
    stat = "MetricDataQueries__member__1__"
    params = {
        f"{stat}Id": "a",
        f"{stat}ReturnData": "true",
        f"{stat}MetricStat__Metric__Namespace": "App",
        f"{stat}MetricStat__Metric__MetricName": "m",
        f"{stat}MetricStat__Period": "300",
        f"{stat}MetricStat__Stat": "Sum",
    }
    status, text = query("GetMetricData", **span, **params)
    assert status == 200
    assert "<StatusCode>Complete</StatusCode>" in text
    assert "<member>7.5</member>" in text


def test_the_query_protocol_has_alarms_and_errors(query: Any, bench: Any) -> None:
    """Alarms by form parameters; an error is XML with AWS's code."""
    alarm = {
        "AlarmName": "low",
        "Namespace": "App",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": "300",
        "EvaluationPeriods": "3",
        "Threshold": "1",
        "ComparisonOperator": "LessThanThreshold",
        "ActionsEnabled": "false",
    }
    assert query("PutMetricAlarm", **alarm)[0] == 200
    status, text = query("DescribeAlarms")
    assert status == 200
    assert "<AlarmName>low</AlarmName>" in text
    assert "<ActionsEnabled>false</ActionsEnabled>" in text
    status, text = query("PutMetricAlarm", **(alarm | {"EvaluationPeriods": "300"}))
    assert status == 400
    assert "<Code>ValidationError</Code>" in text
