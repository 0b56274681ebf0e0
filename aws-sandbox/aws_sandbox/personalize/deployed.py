"""What campaigns and recommenders go through alike: creation, update, removal, and the waiting."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypedDict, TypeVar

from aws_sandbox.personalize.errors import (
    ResourceAlreadyExistsException,
    ResourceInUseException,
)
from aws_sandbox.personalize.lifecycle import (
    ACTIVE,
    CREATE_FAILED,
    GONE,
    Job,
    Update,
)
from aws_sandbox.personalize.resources import Deployed, Shown
from aws_sandbox.personalize.store import Params, Store
from aws_sandbox.personalize.tags import checked
from aws_sandbox.traffic.serving import Serving

D = TypeVar("D", bound=Deployed)


class Born(TypedDict):
    """The fields that every newly deployed resource has."""

    name: str
    arn: str
    serial: int
    created: float
    updated: float
    job: Job
    tags: dict[str, str]
    floor: int
    config: Shown
    serving: Serving


def unused(store: Store, table: dict[str, D], kind: str, name: str) -> str:
    """The ARN of a new resource.

    Raises:
        ResourceAlreadyExistsException: there is one of that name.
    """
    arn = store.arn(kind, name)
    if any(one.arn == arn for one in store.present(table)):
        raise ResourceAlreadyExistsException(f"Another resource with Arn {arn} already exists.")
    return arn


def born(
    store: Store, params: Params, arn: str, *, api: str, dimension: str, floor: int, config: Shown
) -> Born:
    """Begin a creation: it serves and costs from the end of the job on, unless the job fails."""
    tags = checked(params.get("tags"))
    failed = store.fails(params["name"])
    job = store.job("CREATE", CREATE_FAILED if failed else ACTIVE)
    serving = store.serving(arn, api, dimension)
    serving.floor(job.end, floor)
    if not failed:
        serving.open(job.end)
    return Born(
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
    )


def change(store: Store, deployed: Deployed, config: dict[str, object], floor: int) -> None:
    """Begin an update: the old configuration and floor serve until it has ended well."""
    now = store.now()
    failed = store.fails(deployed.name)
    job = store.job("UPDATE", CREATE_FAILED if failed else ACTIVE)
    deployed.update = Update(job, config)
    if store.world.habits.touch in {"start", "both"}:
        deployed.updated = now
    if not failed:
        deployed.serving.floor(job.end, floor)
        if deployed.status(now) == CREATE_FAILED:
            deployed.serving.open(job.end)


def remove(store: Store, deployed: Deployed) -> None:
    """Begin a deletion: it serves nobody from now on."""
    begin(store, deployed, "DELETE", GONE)
    deployed.serving.close(store.now())


def begin(store: Store, deployed: Deployed, kind: str, result: str) -> None:
    """Begin a job other than creation or update."""
    deployed.job = store.job(kind, result)
    deployed.updated = store.now()


def require(store: Store, deployed: Deployed, kind: str, statuses: Collection[str]) -> None:
    """Refuse while it is in another status, or being updated.

    Raises:
        ResourceInUseException: it is.
    """
    now = store.now()
    status = deployed.status(now)
    if status not in statuses:
        wanted = " or ".join(sorted(statuses))
        raise ResourceInUseException(
            f"The {kind.lower()} {deployed.arn} is in status {status}; it must be {wanted}."
        )
    if deployed.updating(now):
        raise ResourceInUseException(
            f"The {kind.lower()} {deployed.arn} is being updated; wait until that has finished."
        )
