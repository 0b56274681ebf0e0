"""The operations on dataset groups, solutions, solution versions and recipes."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from aws_sandbox.personalize import quotas
from aws_sandbox.personalize.errors import (
    InvalidInputException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from aws_sandbox.personalize.lifecycle import ACTIVE, CREATE_FAILED, GONE
from aws_sandbox.personalize.recipes import ALL
from aws_sandbox.personalize.resources import (
    DatasetGroup,
    Resource,
    Shown,
    Solution,
    SolutionVersion,
)
from aws_sandbox.personalize.store import Params, Store
from aws_sandbox.personalize.tags import checked

GROUP: Final = "Dataset group"
SOLUTION: Final = "Solution"
VERSION: Final = "Solution version"
_OPTIONS: Final = ("performHPO", "performAutoTraining", "performIncrementalUpdate", "eventType")


def create_group(store: Store, params: Params) -> Shown:
    """CreateDatasetGroup."""
    arn = store.arn("dataset-group", params["name"])
    _require_free(store.present(store.groups), arn)
    quotas.groups(store)
    job = store.job("CREATE", CREATE_FAILED if store.fails(params["name"]) else ACTIVE)
    store.groups[arn] = DatasetGroup(
        **_common(store, params, arn, job),
        domain=params.get("domain"),
        role_arn=params.get("roleArn"),
        kms_key_arn=params.get("kmsKeyArn"),
    )
    domain = params.get("domain")
    return {"datasetGroupArn": arn, **({"domain": domain} if domain else {})}


def describe_group(store: Store, params: Params) -> Shown:
    """DescribeDatasetGroup."""
    group = store.look(store.groups, params["datasetGroupArn"], GROUP)
    return {"datasetGroup": group.description(store.now())}


def list_groups(store: Store, params: Params) -> Shown:
    """ListDatasetGroups."""
    return store.page(store.present(store.groups), "datasetGroups", params)


def delete_group(store: Store, params: Params) -> Shown:
    """DeleteDatasetGroup: refused while solutions or recommenders stand on it."""
    group = store.look(store.groups, params["datasetGroupArn"], GROUP)
    settled(store, group, GROUP)
    users: list[Any] = [*store.present(store.solutions), *store.present(store.recommenders)]
    if any(user.group_arn == group.arn for user in users):
        raise ResourceInUseException(f"The dataset group {group.arn} is in use.")
    group.job = store.job("DELETE", GONE)
    return {}


def create_solution(store: Store, params: Params) -> Shown:
    """CreateSolution: quick, nothing is trained yet."""
    arn = store.arn("solution", params["name"])
    _require_free(store.present(store.solutions), arn)
    group = store.look(store.groups, params["datasetGroupArn"], GROUP)
    settled(store, group, GROUP, ACTIVE)
    recipe_arn = params.get("recipeArn")
    if recipe_arn is None and not params.get("performAutoML"):
        raise InvalidInputException("A solution needs a recipeArn.")
    if recipe_arn is not None and recipe_arn not in ALL:
        raise ResourceNotFoundException(f"Recipe with ARN {recipe_arn} doesn't exist.")
    quotas.solutions(store, group.arn)
    job = store.job("CREATE", CREATE_FAILED if store.fails(params["name"]) else ACTIVE)
    store.solutions[arn] = Solution(
        **_common(store, params, arn, job),
        group_arn=group.arn,
        recipe_arn=recipe_arn,
        options={name: params[name] for name in _OPTIONS if name in params},
    )
    return {"solutionArn": arn}


def describe_solution(store: Store, params: Params) -> Shown:
    """DescribeSolution."""
    solution = store.look(store.solutions, params["solutionArn"], SOLUTION)
    return {"solution": solution.description(store.now())}


def list_solutions(store: Store, params: Params) -> Shown:
    """ListSolutions, of one dataset group or of all."""
    wanted = params.get("datasetGroupArn")
    found = store.present(store.solutions)
    if wanted is not None:
        found = [solution for solution in found if solution.group_arn == wanted]
    return store.page(found, "solutions", params)


def delete_solution(store: Store, params: Params) -> Shown:
    """DeleteSolution: refused while a campaign serves one of its versions, or one is trained."""
    solution = store.look(store.solutions, params["solutionArn"], SOLUTION)
    settled(store, solution, SOLUTION)
    for version in solution.versions:
        settled(store, version, VERSION)
    campaigns = store.present(store.campaigns)
    if any(campaign.solution_arn == solution.arn for campaign in campaigns):
        raise ResourceInUseException(f"The solution {solution.arn} is in use by a campaign.")
    for version in solution.versions:
        store.versions.pop(version.arn, None)
    solution.job = store.job("DELETE", GONE)
    return {}


def create_version(store: Store, params: Params) -> Shown:
    """CreateSolutionVersion: ACTIVE after the timings' `train`."""
    solution = store.look(store.solutions, params["solutionArn"], SOLUTION)
    if solution.status(store.now()) != ACTIVE:
        raise ResourceInUseException(f"The solution {solution.arn} is not ACTIVE.")
    failed = store.fails(solution.name)
    version = add_version(
        store, solution, job=store.job("TRAIN", CREATE_FAILED if failed else ACTIVE)
    )
    version.mode = str(params.get("trainingMode", "FULL"))
    version.tags = checked(params.get("tags"))
    return {"solutionVersionArn": version.arn}


def add_version(store: Store, solution: Solution, *, job: Any) -> SolutionVersion:
    """Put a version of `solution` on record; its id comes from the solution and its number."""
    number = len(solution.versions) + 1
    digest = hashlib.blake2b(f"{solution.arn}#{number}".encode(), digest_size=4).hexdigest()
    version = SolutionVersion(
        name=digest,
        arn=f"{solution.arn}/{digest}",
        serial=store.serial(),
        created=job.start,
        updated=job.start,
        job=job,
        solution_arn=solution.arn,
        group_arn=solution.group_arn,
        recipe_arn=solution.recipe_arn,
    )
    solution.versions.append(version)
    store.versions[version.arn] = version
    return version


def describe_version(store: Store, params: Params) -> Shown:
    """DescribeSolutionVersion."""
    version = store.look(store.versions, params["solutionVersionArn"], VERSION)
    return {"solutionVersion": version.description(store.now())}


def list_versions(store: Store, params: Params) -> Shown:
    """ListSolutionVersions, of one solution or of all."""
    wanted = params.get("solutionArn")
    found = store.present(store.versions)
    if wanted is not None:
        solution = store.look(store.solutions, wanted, SOLUTION)
        found = [version for version in found if version.solution_arn == solution.arn]
    return store.page(found, "solutionVersions", params)


def describe_recipe(store: Store, params: Params) -> Shown:  # noqa: ARG001  (the table's signature)
    """DescribeRecipe."""
    recipe = ALL.get(params["recipeArn"])
    if recipe is None:
        raise ResourceNotFoundException(f"Recipe with ARN {params['recipeArn']} doesn't exist.")
    return {"recipe": recipe.description()}


def list_recipes(store: Store, params: Params) -> Shown:
    """ListRecipes, of one domain or of all."""
    domain = params.get("domain")
    listed = [recipe for recipe in ALL.values() if domain is None or recipe.domain == domain]
    return store.page([_Numbered(i, r) for i, r in enumerate(listed, 1)], "recipes", params)


class _Numbered:
    """A recipe in a list: pages need a serial."""

    def __init__(self, serial: int, recipe: Any) -> None:
        self.serial = serial
        self._recipe = recipe

    def summary(self, now: float) -> Shown:  # noqa: ARG002
        shown: Shown = self._recipe.summary()
        return shown


def settled(store: Store, one: Resource, kind: str, *statuses: str) -> None:
    """Refuse while it is on its way from one status to another.

    Raises:
        ResourceInUseException: it is.
    """
    wanted = statuses or (ACTIVE, CREATE_FAILED)
    status = one.status(store.now())
    if status not in wanted:
        raise ResourceInUseException(
            f"The {kind.lower()} {one.arn} is in status {status}; it must be {' or '.join(wanted)}."
        )


def _require_free(present: list[Any], arn: str) -> None:
    if any(resource.arn == arn for resource in present):
        raise ResourceAlreadyExistsException(f"Another resource with Arn {arn} already exists.")


def _common(store: Store, params: Params, arn: str, job: Any) -> dict[str, Any]:
    return {
        "name": params["name"],
        "arn": arn,
        "serial": store.serial(),
        "created": job.start,
        "updated": job.start,
        "job": job,
        "tags": checked(params.get("tags")),
    }
