"""Work that botocore and moto do anew for each call: done once, or left out, while a sandbox runs.

Nothing that a caller could see changes. Requests never leave the process (or go to a sandbox that
looks at nothing but the access key), so they carry no cryptography: a key that AWS does not know
is refused by the gate all the same.
"""

from __future__ import annotations

import functools
import inspect
import random
import sys
import uuid
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import botocore.auth
import botocore.client
import botocore.endpoint
import botocore.hooks
import botocore.httpsession
import botocore.parsers
import botocore.regions
import botocore.useragent
import moto.core.models
import moto.core.responses
from botocore.auth import SIGV4_TIMESTAMP
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import NoCredentialsError
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    Request,
    environ_key_for_header,
    normalize_request,
)

_hooks: Final[Any] = botocore.hooks
_PrefixTrie, _NodeList, _signature_of = _hooks._PrefixTrie, _hooks.NodeList, _hooks.accepts_kwargs  # noqa: SLF001
_regions: Final[Any] = botocore.regions
_PLAIN: Final = (bytes, str, type(None))
_numbers: Final = random.Random()  # noqa: S311 - request ids, no secrets


def unique() -> uuid.UUID:
    """A UUID as uuid4 gives, without asking the operating system for each."""
    return uuid.UUID(int=_numbers.getrandbits(128), version=4)


def install(replace: Callable[[Any, str, object], None]) -> None:
    """Put the shortcuts in force; `replace(owner, name, value)` sets and later restores."""
    replace(botocore.auth.SigV4Auth, "add_auth", _sign)
    replace(botocore.useragent.UserAgentComponent, "to_string", _component)
    replace(botocore.hooks.EventAliaser, "_alias_event_name", _alias)
    replace(botocore.hooks, "accepts_kwargs", _accepts_kwargs)
    replace(_PrefixTrie, "_recursive_copy", _copied)
    replace(botocore.httpsession, "create_urllib3_context", _tls)
    replace(botocore.parsers.ResponseParser, "_handle_list", _list)
    # What a client reads and never changes: the description of its service, and of its addresses.
    replace(botocore.client, "ServiceModel", _once(botocore.client.ServiceModel))
    replace(_CREATOR, "_create_methods", _methods)
    replace(_regions, "EndpointProvider", _once(_regions.EndpointProvider))
    replace(botocore.endpoint, "uuid", SimpleNamespace(uuid4=unique))
    replace(moto.core.responses, "camelcase_to_underscores", _snake_case)
    replace(moto.core.responses.BaseResponse, "_enrich_response", staticmethod(_enriched))
    # moto would prepare 1,300 answers to calls that other libraries than botocore make: they get
    # its refusal instead, and never leave the process.
    replace(moto.core.models, "backend_index", SimpleNamespace(backend_url_patterns=()))


def _accepts_kwargs(handler: Any) -> object:
    """In the place of compat.accepts_kwargs: a function's own flag says it."""
    code = getattr(getattr(handler, "__func__", handler), "__code__", None)
    return code.co_flags & inspect.CO_VARKEYWORDS if code else _signature_of(handler)


def _copied(trie: Any, node: dict[str, Any]) -> dict[str, Any]:
    """In the place of _PrefixTrie._recursive_copy: each client has a copy of its session's."""
    copied: dict[str, Any] = {}
    for key, value in node.items():
        if type(value) is dict:
            copied[key] = _copied(trie, value) if value else {}
        elif type(value) is _NodeList:
            copied[key] = _NodeList(value.first[:], value.middle[:], value.last[:])
        else:
            copied[key] = value
    return copied


def _once(make: Callable[..., Any]) -> Callable[..., Any]:
    """`make`, called once for the same objects: botocore's loader keeps what it has read."""
    made: dict[tuple[int, ...], tuple[Any, tuple[Any, ...]]] = {}

    def keep(*args: Any, **kwargs: Any) -> Any:
        given = (*args, *kwargs.values())
        found = made.get(key := tuple(map(id, given)))
        if found is None:
            if len(made) >= 256:  # sessions with loaders of their own
                made.clear()
            # What it was made of is kept too, so that no other object gets its id.
            found = made[key] = make(*args, **kwargs), given
        return found[0]

    return keep


_CREATOR: Final[Any] = botocore.client.ClientCreator
_create_methods: Final[Any] = _CREATOR._create_methods  # noqa: SLF001
_methods_of: Final[dict[int, tuple[Any, dict[str, Any]]]] = {}


def _methods(creator: Any, model: Any) -> dict[str, Any]:
    """In the place of ClientCreator._create_methods: the same functions for each client's class."""
    found = _methods_of.get(id(model))
    if found is None:
        if len(_methods_of) >= 256:
            _methods_of.clear()
        found = _methods_of[id(model)] = model, _create_methods(creator, model)
    return dict(found[1])


def _list(parser: Any, shape: Any, node: list[Any]) -> list[Any]:
    """In the place of ResponseParser._handle_list: how a member is read is asked once for all."""
    member = shape.member
    read = getattr(parser, f"_handle_{member.type_name}", None)
    if read is None:
        return list(node)
    return [None if item is None else read(member, item) for item in node]


# No request of ours is encrypted; each client wants a context all the same.
_tls: Final = functools.lru_cache(maxsize=16)(botocore.httpsession.create_urllib3_context)


def _sign(signer: Any, request: Any) -> None:
    """In the place of SigV4Auth.add_auth: its headers, with a signature that signs nothing."""
    if signer.credentials is None:
        raise NoCredentialsError
    now = botocore.auth.get_current_datetime()  # type: ignore[attr-defined]  # the stubs lack it
    request.context["timestamp"] = now.strftime(SIGV4_TIMESTAMP)
    signer._modify_request_before_signing(request)  # noqa: SLF001 - token and date, as botocore has them
    request.headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, "
        "SignedHeaders=host;x-amz-date, Signature=none"
    )


_enrich: Final[Any] = moto.core.responses.BaseResponse._enrich_response  # noqa: SLF001


def _enriched(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
    """In the place of BaseResponse._enrich_response: only XML is searched for its request id."""
    tagged = isinstance(body, str) and "<RequestId>" in body
    headers, text = _enrich(headers, body if tagged else "")
    return headers, text if tagged else body


# A component is a tuple of texts: the same one is written the same way in each call.
_component: Final = functools.lru_cache(maxsize=1024)(
    botocore.useragent.UserAgentComponent.to_string
)
_snake_case: Final = functools.lru_cache(maxsize=1024)(moto.core.responses.camelcase_to_underscores)
_ALIASER: Final[Any] = botocore.hooks.EventAliaser(botocore.hooks.HierarchicalEmitter())
# The aliases are botocore's own, the same for every session.
_alias_of: Final = functools.lru_cache(maxsize=4096)(_ALIASER._alias_event_name)  # noqa: SLF001


def _alias(_aliaser: Any, event_name: str) -> str:
    """In the place of EventAliaser._alias_event_name: looked up once, not once a session."""
    alias: str = _alias_of(event_name)
    return alias


def normal(request: Any) -> Request:
    """Like moto's normalize_request, without werkzeug's builder of requests in between."""
    if not isinstance(request, AWSPreparedRequest) or not isinstance(request.body, _PLAIN):
        already: Request = normalize_request(request)
        return already
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    url = urlsplit(request.url)
    path = url.path or "/"
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path).encode().decode("latin1"),
        "QUERY_STRING": url.query,
        "REQUEST_URI": path,
        "RAW_URI": path,
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "HTTP_HOST": url.netloc,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        PRESERVED_HEADER_NAMES_ENVIRON_KEY: {},
    }
    for name, value in request.headers.items():
        text = value.decode() if isinstance(value, bytes) else str(value)
        environ[environ_key_for_header(name)] = text
    environ["CONTENT_LENGTH"] = str(len(body))
    return Request(environ)
