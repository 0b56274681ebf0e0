"""Work that botocore and moto do anew for each call: done once, or left out, while a sandbox runs.

Nothing that a caller could see changes. Requests never leave the process (or go to a sandbox that
looks at nothing but the access key), so they carry no cryptography: a key that AWS does not know
is refused by the gate all the same.
"""

from __future__ import annotations

import functools
import inspect
import random
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

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
import moto.logs.models
from botocore.auth import SIGV4_TIMESTAMP
from botocore.context import get_context
from botocore.exceptions import NoCredentialsError

_hooks: Final[Any] = botocore.hooks
_PrefixTrie, _NodeList, _signature_of = _hooks._PrefixTrie, _hooks.NodeList, _hooks.accepts_kwargs  # noqa: SLF001
_regions: Final[Any] = botocore.regions
_numbers: Final = random.Random()  # noqa: S311 - request ids, no secrets


def unique() -> uuid.UUID:
    """A UUID as uuid4 gives, without asking the operating system for each."""
    return uuid.UUID(int=_numbers.getrandbits(128), version=4)


def install(replace: Callable[[Any, str, object], None]) -> None:
    """Put the shortcuts in force; `replace(owner, name, value)` sets and later restores."""
    replace(botocore.auth.SigV4Auth, "add_auth", _sign)
    replace(botocore.useragent.UserAgentString, "to_string", _user_agent)
    replace(botocore.hooks.EventAliaser, "_alias_event_name", _alias)
    replace(botocore.hooks, "accepts_kwargs", _accepts_kwargs)
    replace(_PrefixTrie, "_recursive_copy", _copied)
    replace(botocore.httpsession, "create_urllib3_context", _tls)
    replace(botocore.parsers.ResponseParser, "_handle_list", _list)
    # What a client reads and never changes: the description of its service, and of its addresses.
    replace(botocore.client, "ServiceModel", _once(botocore.client.ServiceModel))
    replace(_CREATOR, "_create_methods", _methods)
    replace(_regions, "EndpointProvider", _once(_regions.EndpointProvider))
    replace(_regions.EndpointRulesetResolver, "construct_endpoint", _endpoint)
    replace(botocore.endpoint.Endpoint, "_encode_headers", _as_they_are)
    replace(moto.logs.models, "EventMessageFilter", _message_filter)
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


_build_user_agent: Final[Any] = botocore.useragent.UserAgentString.to_string


def _user_agent(agent: Any) -> str:
    """In the place of UserAgentString.to_string: written once for each client and its features."""
    context = get_context()
    features = frozenset(context.features) if context else frozenset()
    owner, written = vars(agent).get("_written", (0, {}))
    if owner != id(agent):  # botocore copies agents, with all that is in them
        written = {}
        agent._written = id(agent), written  # noqa: SLF001
    text: str | None = written.get(features)
    if text is None:
        text = written[features] = _build_user_agent(agent)
    return text


_resolve: Final[Any] = _regions.EndpointRulesetResolver.construct_endpoint
# Where the address depends on what is asked for, or on who asks.
_CONTEXTS: Final = (
    "static_context_parameters",
    "context_parameters",
    "operation_context_parameters",
)


def _endpoint(resolver: Any, operation_model: Any, call_args: Any, request_context: Any) -> Any:
    """In the place of EndpointRulesetResolver.construct_endpoint: asked once for calls alike."""
    known: dict[str, Any] = vars(resolver).setdefault("_known", {})
    found = known.get(operation_model.name)
    if found is None:
        found = _resolve(resolver, operation_model, call_args, request_context)
        depends = "AccountId" in resolver._param_definitions  # noqa: SLF001
        if not depends and not any(getattr(operation_model, name) for name in _CONTEXTS):
            known[operation_model.name] = found
    return found


def _as_they_are(_endpoint: Any, _headers: Any) -> None:
    """In the place of Endpoint._encode_headers: moto wants text again, and urllib3 takes it too."""


_message_filter: Final = functools.lru_cache(maxsize=256)(moto.logs.models.EventMessageFilter)
_snake_case: Final = functools.lru_cache(maxsize=1024)(moto.core.responses.camelcase_to_underscores)
_ALIASER: Final[Any] = botocore.hooks.EventAliaser(botocore.hooks.HierarchicalEmitter())
# The aliases are botocore's own, the same for every session.
_alias_of: Final = functools.lru_cache(maxsize=4096)(_ALIASER._alias_event_name)  # noqa: SLF001


def _alias(_aliaser: Any, event_name: str) -> str:
    """In the place of EventAliaser._alias_event_name: looked up once, not once a session."""
    alias: str = _alias_of(event_name)
    return alias
