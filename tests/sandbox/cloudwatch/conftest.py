"""A live sandbox whose clock stands at ten o'clock, and shorthands for its CloudWatch."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config

from aws_sandbox import wire
from aws_sandbox.world import World

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@dataclass(slots=True)
class Bench:
    """The live world and a CloudWatch client of us-east-1."""

    world: World
    cw: Any
    start: datetime = START

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client that never retries."""
        return make_client(service, region)

    def now(self) -> datetime:
        """The clock."""
        return self.world.clock.now()

    def wait(self, **span: float) -> datetime:
        """Let time pass."""
        return self.world.clock.advance(timedelta(**span))

    def put(self, name: str, *values: float, step: int = 300, **more: Any) -> None:
        """Put values one step apart, the last one a step before now, in namespace App."""
        first = self.now() - timedelta(seconds=step * len(values))
        data = [
            {
                "MetricName": name,
                "Timestamp": first + timedelta(seconds=step * index),
                "Value": value,
                **more,
            }
            for index, value in enumerate(values)
        ]
        for begin in range(0, len(data), 1000):
            self.cw.put_metric_data(Namespace="App", MetricData=data[begin : begin + 1000])

    def read(self, *queries: dict[str, Any], minutes: int = 60, **more: Any) -> dict[str, Any]:
        """GetMetricData over the last minutes."""
        start = self.now() - timedelta(minutes=minutes)
        span = {"StartTime": start, "EndTime": self.now(), "ScanBy": "TimestampAscending"}
        answer: dict[str, Any] = self.cw.get_metric_data(
            **{"MetricDataQueries": list(queries), **span, **more}
        )
        return answer

    def values(self, *queries: dict[str, Any], **more: Any) -> dict[str, list[float]]:
        """The values of each result, oldest first."""
        results = self.read(*queries, **more)["MetricDataResults"]
        return {result["Id"]: result["Values"] for result in results}


@functools.cache
def make_client(service: str, region: str) -> Any:
    """A client with fixed credentials and no retries."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=region,
        aws_access_key_id="AKIDTEST",
        aws_secret_access_key="secret",
        config=Config(retries={"max_attempts": 0}, parameter_validation=False),
    )


def metric(
    name: str, query_id: str = "", stat: str = "Sum", period: int = 300, **more: Any
) -> dict[str, Any]:
    """A query for a metric of namespace App."""
    dimensions = more.pop("Dimensions", [])
    return {
        "Id": query_id or name,
        "MetricStat": {
            "Metric": {"Namespace": "App", "MetricName": name, "Dimensions": dimensions},
            "Period": period,
            "Stat": stat,
        },
        **more,
    }


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A paused sandbox at ten o'clock on a Monday."""
    with wire.live(START) as world:
        yield Bench(world, make_client("cloudwatch", "us-east-1"))


@pytest.fixture
def query() -> Any:
    """The maker of metric queries."""
    return metric
