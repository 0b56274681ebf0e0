"""The operations on recommenders."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from aws_sandbox.personalize import deployed, quotas
from aws_sandbox.personalize.catalog import settled
from aws_sandbox.personalize.errors import (
    InvalidInputException,
    ResourceNotFoundException,
)
from aws_sandbox.personalize.lifecycle import ACTIVE, CREATE_FAILED, INACTIVE
from aws_sandbox.personalize.recipes import ALL
from aws_sandbox.personalize.resources import Recommender, Shown
from aws_sandbox.personalize.store import RATE_FLOOR, Params, Store

KIND: Final = "Recommender"
DIMENSION: Final = "RecommenderArn"
_STILL: Final = (ACTIVE, CREATE_FAILED, INACTIVE)


def create(store: Store, params: Params) -> Shown:
    """CreateRecommender: only in a dataset group with a domain, with a recipe of that domain."""
    arn = deployed.unused(store, store.recommenders, "recommender", params["name"])
    group = store.look(store.groups, params["datasetGroupArn"], "Dataset group")
    settled(store, group, "Dataset group", ACTIVE)
    recipe = ALL.get(params["recipeArn"])
    if recipe is None:
        raise ResourceNotFoundException(f"Recipe with ARN {params['recipeArn']} doesn't exist.")
    if recipe.domain is None or recipe.domain != group.domain:
        raise InvalidInputException(
            f"The recipe {recipe.arn} does not fit the domain of dataset group {group.arn}."
        )
    quotas.recommenders(store, group.arn)
    config = dict(params.get("recommenderConfig", {}))
    fields = deployed.born(
        store,
        params,
        arn,
        api=recipe.api or "",
        dimension=DIMENSION,
        floor=int(config.get(RATE_FLOOR, 1)),
        config=config,
    )
    fields["serving"].recipe = recipe.arn
    store.recommenders[arn] = Recommender(**fields, group_arn=group.arn, recipe_arn=recipe.arn)
    return {"recommenderArn": arn}


def describe(store: Store, params: Params) -> Shown:
    """DescribeRecommender."""
    recommender = store.look(store.recommenders, params["recommenderArn"], KIND)
    return {"recommender": recommender.description(store.now())}


def list_all(store: Store, params: Params) -> Shown:
    """ListRecommenders, of one dataset group or of all."""
    wanted = params.get("datasetGroupArn")
    found = store.present(store.recommenders)
    if wanted is not None:
        found = [recommender for recommender in found if recommender.group_arn == wanted]
    return store.page(found, "recommenders", params)


def update(store: Store, params: Params) -> Shown:
    """UpdateRecommender: the given configuration replaces the whole one that is there."""
    recommender = _still(store, params, _STILL)
    config = dict(params["recommenderConfig"])
    changed: dict[str, object] = {"recommenderConfig": config}
    deployed.change(store, recommender, changed, int(config.get(RATE_FLOOR, 1)))
    return {"recommenderArn": recommender.arn}


def stop(store: Store, params: Params) -> Shown:
    """StopRecommender: from ACTIVE to INACTIVE, where it neither serves nor costs."""
    recommender = _still(store, params, (ACTIVE,))
    failed = store.fails(recommender.name)
    deployed.begin(store, recommender, "STOP", ACTIVE if failed else INACTIVE)
    recommender.serving.close(store.now())
    if failed:
        recommender.serving.open(recommender.job.end)
    return {"recommenderArn": recommender.arn}


def start(store: Store, params: Params) -> Shown:
    """StartRecommender: from INACTIVE back to ACTIVE."""
    recommender = _still(store, params, (INACTIVE,))
    failed = store.fails(recommender.name)
    deployed.begin(store, recommender, "START", INACTIVE if failed else ACTIVE)
    if not failed:
        recommender.serving.open(recommender.job.end)
    return {"recommenderArn": recommender.arn}


def delete(store: Store, params: Params) -> Shown:
    """DeleteRecommender."""
    deployed.remove(store, _still(store, params, _STILL))
    return {}


def _still(store: Store, params: Params, statuses: Collection[str]) -> Recommender:
    """The recommender that is asked for, when it is in one of the statuses and not updated."""
    recommender = store.look(store.recommenders, params["recommenderArn"], KIND)
    deployed.require(store, recommender, KIND, statuses)
    return recommender
