"""Every action of the control plane that we answer ourselves, by its name on the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aws_sandbox import conformity
from aws_sandbox.personalize import campaigns, catalog, recommenders, tags
from aws_sandbox.personalize.errors import InvalidInputException
from aws_sandbox.personalize.resources import Shown
from aws_sandbox.personalize.store import Params, Store

Operation = Callable[[Store, Params], Shown]

OPERATIONS: Final[dict[str, Operation]] = {
    "CreateCampaign": campaigns.create,
    "DescribeCampaign": campaigns.describe,
    "ListCampaigns": campaigns.list_all,
    "UpdateCampaign": campaigns.update,
    "DeleteCampaign": campaigns.delete,
    "CreateRecommender": recommenders.create,
    "DescribeRecommender": recommenders.describe,
    "ListRecommenders": recommenders.list_all,
    "UpdateRecommender": recommenders.update,
    "StartRecommender": recommenders.start,
    "StopRecommender": recommenders.stop,
    "DeleteRecommender": recommenders.delete,
    "CreateDatasetGroup": catalog.create_group,
    "DescribeDatasetGroup": catalog.describe_group,
    "ListDatasetGroups": catalog.list_groups,
    "DeleteDatasetGroup": catalog.delete_group,
    "CreateSolution": catalog.create_solution,
    "DescribeSolution": catalog.describe_solution,
    "ListSolutions": catalog.list_solutions,
    "DeleteSolution": catalog.delete_solution,
    "CreateSolutionVersion": catalog.create_version,
    "DescribeSolutionVersion": catalog.describe_version,
    "ListSolutionVersions": catalog.list_versions,
    "DescribeRecipe": catalog.describe_recipe,
    "ListRecipes": catalog.list_recipes,
    "TagResource": tags.tag,
    "UntagResource": tags.untag,
    "ListTagsForResource": tags.list_all,
}


def perform(store: Store, action: str, params: Params) -> Shown:
    """Check the input against botocore's shape and carry out `action`.

    Raises:
        PersonalizeError: the declared error that answers the call.
    """
    model = conformity.operation("personalize", action)
    wrong = conformity.problems(model.input_shape if model else None, params)
    if wrong:
        found = "1 validation error" if len(wrong) == 1 else f"{len(wrong)} validation errors"
        raise InvalidInputException(f"{found} detected: {'; '.join(wrong)}")
    return OPERATIONS[action](store, params)
