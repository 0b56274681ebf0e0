"""Answers on the wire: errors as each protocol writes them, and the check against botocore."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

from botocore.parsers import ResponseParserFactory

from aws_sandbox import conformity, shortcuts

Answer = tuple[int, dict[str, str], str | bytes]
"""HTTP status, headers, body."""

# moto's own services are held to types and required members only: their ids are shorter than AWS's.
STRICT: Final = frozenset({"personalize", "personalize-runtime", "cloudwatch"})
_QUERY_CODES: Final = {"ThrottlingException": "Throttling"}


def request_id() -> str:
    """A request id as AWS gives."""
    return str(shortcuts.unique())


def error(service: str, protocol: str, code: str, message: str, status: int = 400) -> Answer:
    """An error answer as the service's protocol writes it."""
    number = request_id()
    if protocol in {"query", "ec2"}:
        fault = "Sender" if status < 500 else "Receiver"
        body = (
            "<ErrorResponse><Error>"
            f"<Type>{fault}</Type><Code>{escape(_QUERY_CODES.get(code, code))}</Code>"
            f"<Message>{escape(message)}</Message></Error>"
            f"<RequestId>{number}</RequestId></ErrorResponse>"
        )
        return status, {"Content-Type": "text/xml", "x-amzn-requestid": number}, body
    version = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.1"
    headers = {"Content-Type": version, "x-amzn-requestid": number, "x-amzn-errortype": code}
    metadata: Mapping[str, Any] = conformity.service_model(service).metadata
    if "awsQueryCompatible" in metadata:
        query = _QUERY_CODES.get(code, code)
        headers["x-amzn-query-error"] = f"{query};{'Sender' if status < 500 else 'Receiver'}"
    return status, headers, json.dumps({"__type": code, "message": message})


def code_of(answer: Answer) -> str:
    """The error code of an answer with a status of 400 or more."""
    status, headers, body = answer
    lowered = {name.lower(): value for name, value in headers.items()}
    if "x-amzn-errortype" in lowered:
        return str(lowered["x-amzn-errortype"]).split("#")[-1].split(":")[0]
    text = body.decode() if isinstance(body, bytes) else body
    found = re.search(r'"__type":\s*"(?:[^"#]*#)?([^"]+)"', text) or re.search(
        r"<Code>([^<]+)</Code>", text
    )
    return found.group(1) if found else str(status)


def altered(
    answer: Answer, protocol: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> Answer:
    """The answer with its JSON body changed; other protocols stay as they are."""
    status, headers, body = answer
    if protocol not in {"json", "rest-json"}:
        return answer
    changed = change(json.loads(body or "{}"))
    return answer if changed is None else (status, headers, json.dumps(changed))


def problems(service: str, action: str, protocol: str, answer: Answer) -> list[str]:
    """How a successful answer violates the service's output shape."""
    model = conformity.operation(service, action)
    shape: Any = model.output_shape if model is not None else None
    if shape is None or _outside_body(shape):
        return []
    if protocol in {"json", "rest-json"}:
        value: object = json.loads(answer[2] or "{}")
    else:
        value = _parsed(protocol, shape, answer)
    return conformity.problems(shape, value, strict=service in STRICT)


def _outside_body(shape: Any) -> bool:
    """Whether a part of the answer travels in headers or as a raw payload."""
    if "payload" in shape.serialization:
        return True
    return any("location" in member.serialization for member in shape.members.values())


def _parsed(protocol: str, shape: Any, answer: Answer) -> dict[str, Any]:
    status, headers, body = answer
    raw = body.encode() if isinstance(body, str) else body
    parser: Any = ResponseParserFactory().create_parser(protocol)
    parsed: dict[str, Any] = parser.parse(
        {"status_code": status, "headers": headers, "body": raw}, shape
    )
    parsed.pop("ResponseMetadata", None)
    return parsed
