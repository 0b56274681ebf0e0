"""AWS over HTTP on this machine: latency on each call, real rate limits, every call counted.

Run as a process of its own, so that its work is not mistaken for the monitor's.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
import time
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

from bench.answers import Aws, Refused
from bench.fleet import members
from bench.limits import Limits

_THROTTLING = {"monitoring": "Throttling", "cloudwatch": "Throttling"}


class Local:
    """What the server knows: the account, the limits, and what was asked of it."""

    def __init__(self) -> None:
        self.aws = Aws(())
        self.limits = Limits()
        self.latency = 0.030
        self.calls: Counter[str] = Counter()
        self.throttled: Counter[str] = Counter()
        self.last_datapoint = 0.0

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Set the stage, or answer what happened since the last ``reset``."""
        if "fleet" in request:
            self.aws = Aws(members(**request["fleet"]))
        self.latency = request.get("latency", self.latency)
        self.limits.on = request.get("limits", self.limits.on)
        for region, alarm in request.get("alarms", ()):
            self.aws.do_PutMetricAlarm(region, alarm)
        if "touch" in request:
            self.aws.touch(request["touch"])
        told = {
            "calls": dict(self.calls),
            "throttled": dict(self.throttled),
            "last_datapoint": self.last_datapoint,
            "datapoints": self.aws.datapoints,
        }
        if request.get("reset"):
            self.calls, self.throttled, self.aws.datapoints = Counter(), Counter(), 0
        return told

    def serve(self, service: str, region: str, headers: dict[str, str], body: bytes) -> _Reply:
        """One call of AWS's API."""
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        target = headers.get("x-amz-target", "").rpartition(".")[2]
        if target:
            action, asked = target, json.loads(body or b"{}")
        else:
            asked = {key: values[0] for key, values in parse_qs(body.decode()).items()}
            action = asked.get("Action", "?")
        self.calls[f"{service}:{action}"] += 1
        if not self.limits.allow(action, region):
            self.throttled[f"{service}:{action}"] += 1
            return _error(_THROTTLING.get(service, "ThrottlingException"), "Rate exceeded")
        try:
            name = "TopicTags" if (service, action) == ("sns", "ListTagsForResource") else action
            answer = self.aws.answer(name, region, asked)
        except Refused as reason:
            return _error("ValidationException", str(reason))
        if answer == "null":
            text = "<R><Error><Code>NotFound</Code><Message>none</Message></Error></R>"
            return _Reply(404, text.encode(), "text/xml")
        if action == "PutMetricData":
            self.last_datapoint = time.monotonic()
        kind = "application/x-amz-json-1.1" if target else "text/xml"
        return _Reply(200, answer if isinstance(answer, bytes) else answer.encode(), kind)


class _Reply:
    def __init__(self, status: int, body: bytes, kind: str) -> None:
        self.status, self.body, self.kind = status, body, kind

    def bytes(self) -> bytes:
        """The whole response."""
        head = (
            f"HTTP/1.1 {self.status} X\r\nContent-Type: {self.kind}\r\n"
            f"x-amzn-RequestId: 0\r\nContent-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


def _error(code: str, message: str) -> _Reply:
    body = json.dumps({"__type": code, "message": message})
    return _Reply(400, body.encode(), "application/x-amz-json-1.1")


async def _connection(
    local: Local, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.split("\r\n")
            headers = {
                key.strip().lower(): value.strip()
                for key, _, value in (line.partition(":") for line in lines if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            if first.split(" ")[1] == "/_sandbox":
                reply = _Reply(404, b"{}", "application/json")
            elif first.split(" ")[1] == "/_control":
                told = local.control(json.loads(body))
                reply = _Reply(200, json.dumps(told).encode(), "application/json")
            else:
                scope = headers["authorization"].split("Credential=", 1)[1].split("/")
                region, service = scope[2], scope[3]
                started = time.monotonic()
                reply = local.serve(service, region, headers, body)
                left = local.latency - (time.monotonic() - started)
                if left > 0:
                    await asyncio.sleep(left)
            writer.write(reply.bytes())
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _serve(port: int) -> None:
    local = Local()
    server = await asyncio.start_server(
        lambda reader, writer: _connection(local, reader, writer), "127.0.0.1", port, limit=2**24
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
