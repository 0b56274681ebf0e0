"""The operations on recommenders."""

from __future__ import annotations

from typing import Final

from personalize_monitor.sandbox.personalize import quotas
from personalize_monitor.sandbox.personalize.errors import (
    InvalidInputException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from personalize_monitor.sandbox.personalize.lifecycle import (
    ACTIVE,
    CREATE_FAILED,
    GONE,
    INACTIVE,
    Update,
)
from personalize_monitor.sandbox.personalize.recipes import ALL
from personalize_monitor.sandbox.personalize.resources import Recommender, Shown
from personalize_monitor.sandbox.personalize.store import RATE_FLOOR, Params, Store
from personalize_monitor.sandbox.personalize.tags import checked

KIND: Final = "Recommender"
DIMENSION: Final = "RecommenderArn"


def create(store: Store, params: Params) -> Shown:
    """CreateRecommender: only in a dataset group with a domain, with a recipe of that domain."""
    arn = store.arn("recommender", params["name"])
    tags = checked(params.get("tags"))
    if any(recommender.arn == arn for recommender in store.present(store.recommenders)):
        raise ResourceAlreadyExistsException(f"Another resource with Arn {arn} already exists.")
    group = store.look(store.groups, params["datasetGroupArn"], "Dataset group")
    recipe = ALL.get(params["recipeArn"])
    if recipe is None:
        raise ResourceNotFoundException(f"Recipe with ARN {params['recipeArn']} doesn't exist.")
    if recipe.domain is None or recipe.domain != group.domain:
        raise InvalidInputException(
            f"The recipe {recipe.arn} does not fit the domain of dataset group {group.arn}."
        )
    quotas.recommenders(store, group.arn)
    failed = store.fails(params["name"])
    job = store.job("CREATE", CREATE_FAILED if failed else ACTIVE)
    config = dict(params.get("recommenderConfig", {}))
    floor = int(config.get(RATE_FLOOR, 1))
    serving = store.serving(arn, recipe.api or "", DIMENSION)
    serving.floor(job.end, floor)
    if not failed:
        serving.open(job.end)
    store.recommenders[arn] = Recommender(
        name=params["name"],
        arn=arn,
        serial=store.serial(),
        created=job.start,
        updated=job.start,
        job=job,
        tags=tags,
        floor=floor,
        config=config,
        serving=serving,
        group_arn=group.arn,
        recipe_arn=recipe.arn,
    )
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
    recommender = store.look(store.recommenders, params["recommenderArn"], KIND)
    now = store.now()
    _require(recommender, now, {ACTIVE, INACTIVE, CREATE_FAILED})
    failed = store.fails(recommender.name)
    job = store.job("UPDATE", CREATE_FAILED if failed else ACTIVE)
    config = dict(params["recommenderConfig"])
    recommender.update = Update(job, {"recommenderConfig": config})
    if store.world.habits.touch in {"start", "both"}:
        recommender.updated = now
    if not failed:
        recommender.serving.floor(job.end, int(config.get(RATE_FLOOR, 1)))
        if recommender.status(now) == CREATE_FAILED:
            recommender.serving.open(job.end)
    return {"recommenderArn": recommender.arn}


def stop(store: Store, params: Params) -> Shown:
    """StopRecommender: from ACTIVE to INACTIVE, where it neither serves nor costs."""
    recommender = store.look(store.recommenders, params["recommenderArn"], KIND)
    now = store.now()
    _require(recommender, now, {ACTIVE})
    failed = store.fails(recommender.name)
    recommender.job = store.job("STOP", ACTIVE if failed else INACTIVE)
    recommender.updated = now
    recommender.serving.close(now)
    if failed:
        recommender.serving.open(recommender.job.end)
    return {"recommenderArn": recommender.arn}


def start(store: Store, params: Params) -> Shown:
    """StartRecommender: from INACTIVE back to ACTIVE."""
    recommender = store.look(store.recommenders, params["recommenderArn"], KIND)
    now = store.now()
    _require(recommender, now, {INACTIVE})
    failed = store.fails(recommender.name)
    recommender.job = store.job("START", INACTIVE if failed else ACTIVE)
    recommender.updated = now
    if not failed:
        recommender.serving.open(recommender.job.end)
    return {"recommenderArn": recommender.arn}


def delete(store: Store, params: Params) -> Shown:
    """DeleteRecommender."""
    recommender = store.look(store.recommenders, params["recommenderArn"], KIND)
    now = store.now()
    _require(recommender, now, {ACTIVE, INACTIVE, CREATE_FAILED})
    recommender.job = store.job("DELETE", GONE)
    recommender.updated = now
    recommender.serving.close(now)
    return {}


def _require(recommender: Recommender, now: float, statuses: set[str]) -> None:
    status = recommender.status(now)
    if status not in statuses:
        wanted = " or ".join(sorted(statuses))
        raise ResourceInUseException(
            f"The recommender {recommender.arn} is in status {status}; it must be {wanted}."
        )
    if recommender.updating(now):
        raise ResourceInUseException(
            f"The recommender {recommender.arn} is being updated; wait until that has finished."
        )
