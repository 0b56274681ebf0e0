"""A call of this process as moto takes it, without the detours that only a web server needs.

What moto sees is what its own reading of the request gives (`test_world_in_process`).
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final
from urllib.parse import ParseResult, unquote, urlparse

import moto.core.utils
from botocore.awsrequest import AWSPreparedRequest
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    Request,
    environ_key_for_header,
    normalize_request,
)
from moto.core.responses import BaseResponse
from moto.utilities.utils import get_partition
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.http import http_date

_PLAIN: Final = (bytes, str, type(None))
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/")
_NOTHING: Final[Any] = ImmutableMultiDict()
_key_of: Final = functools.lru_cache(maxsize=1024)(environ_key_for_header)
_date: Final = functools.lru_cache(maxsize=8)(http_date)
_partition: Final = functools.lru_cache(maxsize=64)(get_partition)
_Base: Final[Any] = BaseResponse


class InProcess(Request):  # type: ignore[misc]  # moto is untyped
    """A request that came from botocore in this process; its address is known already."""

    raw_url = ""


@functools.lru_cache(maxsize=1024)
def _split(url: str) -> tuple[ParseResult, dict[str, Any]]:
    """An address, and what of the WSGI environment it decides."""
    parts = urlparse(url)
    path = parts.path or "/"
    return parts, {
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path).encode().decode("latin1"),
        "QUERY_STRING": parts.query,
        "REQUEST_URI": path,
        "RAW_URI": path,
        "SERVER_NAME": parts.hostname,
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "HTTP_HOST": parts.netloc,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def normal(request: Any) -> Request:
    """Like moto's normalize_request, without werkzeug's builder of requests in between."""
    if not isinstance(request, AWSPreparedRequest) or not isinstance(request.body, _PLAIN):
        already: Request = normalize_request(request)
        return already
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    parts, known = _split(request.url)
    environ: dict[str, Any] = {
        **known,
        "REQUEST_METHOD": request.method,
        "wsgi.input": BytesIO(body),
        PRESERVED_HEADER_NAMES_ENVIRON_KEY: {},
    }
    # botocore's mapping hands out names alone, and looks each value up by a key made anew.
    headers: Any = request.headers
    for name, value in headers._dict.items():  # noqa: SLF001
        text = value.decode() if isinstance(value, bytes) else str(value)
        environ[_key_of(str(name))] = text
    environ["CONTENT_LENGTH"] = str(len(body))
    made: Any = InProcess(environ)
    query = f"?{parts.query}" if parts.query else ""
    made.raw_url = f"{parts.scheme}://{parts.netloc}{made.raw_path}{query}"
    if (
        not environ.get("CONTENT_TYPE", "").startswith(_FORMS)
        and "HTTP_CONTENT_ENCODING" not in environ
    ):
        # Nothing to be parsed: what werkzeug would keep of it.
        made.__dict__ |= {"data": body, "form": _NOTHING, "files": _NOTHING}
        made._cached_data = body  # noqa: SLF001
    plain: Request = made
    return plain


def _parameters(body: str) -> Callable[..., Any]:
    """In the place of BaseResponse._get_param, which reads the body anew for each parameter."""
    try:
        found: Any = json.loads(body)
    except ValueError:
        found = None
    known: dict[str, Any] = found if isinstance(found, dict) else {}

    def get(param_name: str, if_none: Any = None) -> Any:
        return known.get(param_name, if_none)

    return get


def set_up(response: Any, request: Any, full_url: str | None, headers: Any) -> None:
    """BaseResponse.setup_class; in a few steps for a JSON call (X-Amz-Target) of this process."""
    environ = request.environ
    target = environ.get("HTTP_X_AMZ_TARGET")
    kind = type(response)
    if (
        not target
        or "HTTP_CONTENT_ENCODING" in environ
        or not isinstance(request, InProcess)
        or kind.setup_class is not _Base.setup_class
        or kind.use_raw_body
    ):
        response.setup_class(request, full_url, headers)
        return
    url = request.raw_url
    body = request.__dict__["data"]
    action = target.rsplit(".", 1)[-1]
    region = response.get_region_from_url(request, url)
    response.__dict__ |= {
        "is_werkzeug_request": False,
        "normalized_request": request,
        "parsed_url": _split(url)[0],
        "form_data": _NOTHING,
        "raw_body": body,
        "body": body.decode(),
        "uri": url,
        "path": environ["RAW_URI"],
        "raw_path": request.raw_path,
        "querystring": {},
        "data": {},
        "method": environ["REQUEST_METHOD"],
        "region": region,
        "partition": _partition(region),
        "uri_match": {},
        "headers": request.headers,
        "response_headers": {"server": "amazon.com", "date": _date(moto.core.utils.utcnow())},
        "_get_action": lambda: action,
    }
    if response.automated_parameter_parsing:
        response.parse_parameters(request)
    elif kind._get_param is _Base._get_param:  # noqa: SLF001
        response._get_param = _parameters(response.body)  # noqa: SLF001
    response.access_key = response.get_access_key()
    response.current_account = response.get_current_account()
