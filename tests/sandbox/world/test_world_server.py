"""The sandbox over HTTP: the real AWS CLI, boto3, and the endpoints under /_sandbox/."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from aws_sandbox import fleet, server
from aws_sandbox.faults import Rule
from aws_sandbox.server import Server
from aws_sandbox.traffic import Steady
from aws_sandbox.world import World


@pytest.fixture
def served(world: World) -> Iterator[Server]:
    """The demo fleet, served on a free port."""
    fleet.demo(world)
    with Server(world, routes={"mailbox": lambda _: ["hello"]}) as running:
        yield running


def client(served: Server, service: str, region: str = "us-east-1", **more: Any) -> Any:
    """A boto3 client that goes over HTTP."""
    make: Any = boto3.client
    return make(service, region_name=region, endpoint_url=served.url, **more)


def fetch(served: Server, path: str, body: object = None) -> Any:
    """The JSON answer of one of our own endpoints."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{served.url}/_sandbox/{path}", data)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def aws(served: Server, *arguments: str) -> Any:
    """Run the real AWS CLI against the server, in a process of its own."""
    program = Path(sys.executable).parent / "aws"
    if not program.exists():
        pytest.skip("the AWS CLI is not installed")
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "AKIDTEST",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = subprocess.run(
        [
            sys.executable,
            str(program),
            "--endpoint-url",
            served.url,
            "--output",
            "json",
            *arguments,
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.clock(once=True)
def test_the_aws_cli_lists_campaigns(served: Server) -> None:
    """`aws --endpoint-url ... personalize list-campaigns` works as against AWS."""
    campaigns = aws(served, "personalize", "list-campaigns")["campaigns"]
    assert len(campaigns) == 8
    assert {campaign["status"] for campaign in campaigns} == {"ACTIVE"}


@pytest.mark.clock(once=True)
def test_the_aws_cli_reads_metrics(served: Server, world: World) -> None:
    """`aws cloudwatch get-metric-data` answers the traffic's own numbers."""
    member = fleet.add_campaign(world, "known", floor=5, shape=Steady(2.0, noise=0))
    end = world.clock.now() - timedelta(minutes=5)
    metric = {
        "Namespace": "AWS/Personalize",
        "MetricName": "GetRecommendations",
        "Dimensions": [{"Name": "CampaignArn", "Value": member.arn}],
    }
    query = [{"Id": "q", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}}]
    (result,) = aws(
        served,
        "cloudwatch",
        "get-metric-data",
        "--start-time",
        (end - timedelta(minutes=10)).isoformat(),
        "--end-time",
        end.isoformat(),
        "--metric-data-queries",
        json.dumps(query),
    )["MetricDataResults"]
    assert result["Values"] == [600.0, 600.0]


def test_any_boto3_program_works_over_http(served: Server, world: World) -> None:
    """Control plane and runtime, in two regions, with the account of the caller's key."""
    there = client(served, "personalize", "eu-west-1")
    assert len(there.list_campaigns()["campaigns"]) == 4
    arn = client(served, "personalize").list_campaigns()["campaigns"][0]["campaignArn"]
    answer = client(served, "personalize-runtime").get_recommendations(campaignArn=arn, userId="u")
    assert len(answer["itemList"]) == 25
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client(served, "personalize-runtime").get_recommendations(campaignArn=arn + "x")
    other = client(
        served, "personalize", aws_access_key_id="210987654321", aws_secret_access_key="x"
    )
    assert other.list_campaigns()["campaigns"] == []
    assert world.gate.calls[-1].account == "210987654321"


def test_a_region_that_is_down_is_a_503_over_http(served: Server, world: World) -> None:
    """Over HTTP there is no silence to offer: ServiceUnavailable stands for it."""
    from botocore.config import Config

    world.gate.faults.add(Rule(region="eu-west-1", down=True))
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        client(
            served, "personalize", "eu-west-1", config=Config(retries={"max_attempts": 0})
        ).list_campaigns()


def test_many_clients_are_served_at_once(served: Server) -> None:
    """Threads do not get into each other's way."""
    asker = client(served, "personalize")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: len(asker.list_campaigns()["campaigns"]), range(40)))
    assert set(found) == {8}


def test_the_clock_is_read_and_turned(served: Server, world: World) -> None:
    """Status, step, speed, pause and jump; mistakes get a sentence."""
    now = world.clock.now()
    shown = fetch(served, "")
    assert shown["now"] == now.isoformat()
    assert (shown["mode"], shown["resources"]) == ("paused", 15)
    assert fetch(served, "clock", {"step": 300})["now"] == (now + timedelta(minutes=5)).isoformat()
    assert fetch(served, "clock?speed=300")["mode"] == "accelerated"
    assert fetch(served, "clock", {"pause": True})["speed"] == 0
    later = (now + timedelta(days=1)).isoformat()
    assert fetch(served, "clock", {"to": later})["now"] == later
    for wrong, words in (
        ({"step": -1}, "step must be 0 or more"),
        ({"speed": "fast"}, "speed must be a number"),
        ({"to": "tomorrow"}, "ISO time"),
        ({"to": "2026-03-02"}, "time zone"),
        ({"stop": 1}, "Unknown parameter stop"),
        ([1], "JSON object"),
    ):
        with pytest.raises(urllib.error.HTTPError) as caught:
            fetch(served, "clock", wrong)
        assert caught.value.code == 400
        assert words in caught.value.read().decode()


def test_fleet_calls_and_added_routes_are_shown(served: Server) -> None:
    """The fleet with its rates, the last calls, and what the caller of `serve` adds."""
    rows = fetch(served, "fleet")
    assert len(rows) == 15
    home = next(row for row in rows if row["name"] == "home-page-for-you")
    assert home["floor"] == 20
    assert home["tps"] > 1
    client(served, "personalize").list_recommenders()
    assert fetch(served, "calls?last=1")[0]["action"] == "ListRecommenders"
    assert fetch(served, "mailbox") == ["hello"]
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(served, "nothing")
    assert caught.value.code == 404
    assert "/_sandbox/clock" in caught.value.read().decode()


def test_a_taken_port_is_said_in_a_sentence(served: Server, world: World) -> None:
    """Not an exit of the whole program."""
    with pytest.raises(OSError, match=r"Port \d+ of 127\.0\.0\.1 is taken"):
        server.serve(world, port=int(served.url.rsplit(":", 1)[1]))


def test_serve_tells_its_address_and_ends_with_ctrl_c(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`serve` blocks; an interrupt ends it quietly and frees the port."""
    told: list[str] = []

    def interrupted(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("werkzeug.serving.BaseWSGIServer.serve_forever", interrupted)
    ended = threading.Event()
    server.serve(world, port=0, ready=told.append)
    ended.set()
    assert ended.is_set()
    assert told[0].startswith("http://127.0.0.1:")
