"""Tags: at most 50 on a resource, on every kind that takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from aws_sandbox.personalize.errors import (
    InvalidInputException,
    ResourceNotFoundException,
    TooManyTagsException,
)
from aws_sandbox.personalize.resources import Resource, Shown
from aws_sandbox.personalize.store import Params, Store, tagged

MOST: Final = 50


def checked(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """The tags of a creation.

    Raises:
        InvalidInputException: a key comes twice, or begins with `aws:`.
        TooManyTagsException: there are more than 50.
    """
    given = tagged(tags)
    reserved = [key for key in given if key.lower().startswith("aws:")]
    if reserved:
        raise InvalidInputException(f"Tag keys beginning with aws: are reserved: {reserved[0]}")
    if len(given) > MOST:
        raise TooManyTagsException(f"A resource has at most {MOST} tags.")
    return given


def tag(store: Store, params: Params) -> Shown:
    """TagResource: adds and overwrites."""
    resource = _resource(store, params["resourceArn"])
    joined = {**resource.tags, **checked(params["tags"])}
    if len(joined) > MOST:
        raise TooManyTagsException(f"A resource has at most {MOST} tags.")
    resource.tags = joined
    return {}


def untag(store: Store, params: Params) -> Shown:
    """UntagResource: keys that are not there are no error."""
    resource = _resource(store, params["resourceArn"])
    gone = set(params["tagKeys"])
    resource.tags = {key: value for key, value in resource.tags.items() if key not in gone}
    return {}


def list_all(store: Store, params: Params) -> Shown:
    """ListTagsForResource."""
    resource = _resource(store, params["resourceArn"])
    return {"tags": [{"tagKey": k, "tagValue": v} for k, v in resource.tags.items()]}


def _resource(store: Store, arn: str) -> Resource:
    for kind, table in store.tables():
        if arn in table:
            found: Any = store.look(table, arn, kind)
            return found if isinstance(found, Resource) else _missing(arn)
    return _missing(arn)


def _missing(arn: str) -> Resource:
    raise ResourceNotFoundException(f"Resource with ARN {arn} doesn't exist.")
