"""The operations on campaigns."""

from __future__ import annotations

from typing import Any, Final

from aws_sandbox.personalize import deployed, quotas
from aws_sandbox.personalize.errors import (
    InvalidInputException,
    ResourceInUseException,
)
from aws_sandbox.personalize.lifecycle import ACTIVE, CREATE_FAILED
from aws_sandbox.personalize.recipes import ALL
from aws_sandbox.personalize.resources import Campaign, Shown, SolutionVersion
from aws_sandbox.personalize.store import FLOOR, Params, Store

KIND: Final = "Campaign"
DIMENSION: Final = "CampaignArn"
_STILL: Final = (ACTIVE, CREATE_FAILED)
_LATEST: Final = "/$LATEST"


def create(store: Store, params: Params) -> Shown:
    """CreateCampaign: ACTIVE after the timings' `create`, when it begins to serve and to cost."""
    arn = deployed.unused(store, store.campaigns, "campaign", params["name"])
    asked = params.get("campaignConfig")
    version = _version(store, params["solutionVersionArn"], asked, asked)
    recipe = ALL.get(version.recipe_arn or "")
    if recipe is not None and recipe.api is None:
        raise InvalidInputException(f"The recipe {recipe.arn} does not support campaigns.")
    quotas.campaigns(store, version.group_arn)
    fields = deployed.born(
        store,
        params,
        arn,
        api=recipe.api or "" if recipe else "GetRecommendations",
        dimension=DIMENSION,
        floor=int(params.get(FLOOR, 1)),
        config=dict(params.get("campaignConfig", {})),
    )
    fields["serving"].recipe = version.recipe_arn or ""
    store.campaigns[arn] = Campaign(**fields, version_arn=version.arn)
    return {"campaignArn": arn}


def describe(store: Store, params: Params) -> Shown:
    """DescribeCampaign."""
    campaign = store.look(store.campaigns, params["campaignArn"], KIND)
    return {"campaign": campaign.description(store.now())}


def list_all(store: Store, params: Params) -> Shown:
    """ListCampaigns, of one solution or of all."""
    wanted = params.get("solutionArn")
    found = store.present(store.campaigns)
    if wanted is not None:
        found = [campaign for campaign in found if campaign.solution_arn == wanted]
    return store.page(found, "campaigns", params)


def update(store: Store, params: Params) -> Shown:
    """UpdateCampaign: what is omitted stays; the old capacity serves until the update is ACTIVE."""
    campaign = store.look(store.campaigns, params["campaignArn"], KIND)
    deployed.require(store, campaign, KIND, _STILL)
    given = params.get("solutionVersionArn")
    config = dict(params.get("campaignConfig", campaign.config))
    asked = params.get("campaignConfig")
    version_arn = _version(store, given, config, asked).arn if given else campaign.version_arn
    changed: dict[str, Any] = {
        "solutionVersionArn": version_arn,
        FLOOR: int(params.get(FLOOR, campaign.floor)),
    }
    if config:
        changed["campaignConfig"] = config
    deployed.change(store, campaign, changed, changed[FLOOR])
    return {"campaignArn": campaign.arn}


def delete(store: Store, params: Params) -> Shown:
    """DeleteCampaign: irreversible; the solution version stays."""
    campaign = store.look(store.campaigns, params["campaignArn"], KIND)
    deployed.require(store, campaign, KIND, _STILL)
    deployed.remove(store, campaign)
    return {}


def _version(
    store: Store, arn: str, config: Params | None, asked: Params | None
) -> SolutionVersion:
    """A trained solution version by its ARN, or the latest one of `solution/$LATEST`.

    `config` is in force with it, `asked` what the call itself says of it.
    """
    if arn.endswith(_LATEST):
        if not (config or {}).get("syncWithLatestSolutionVersion"):
            raise InvalidInputException(
                "solutionVersionArn with $LATEST needs syncWithLatestSolutionVersion."
            )
        solution = store.look(store.solutions, arn.removesuffix(_LATEST), "Solution")
        latest = solution.latest(store.now())
        if latest is None:
            raise InvalidInputException(f"The solution {solution.arn} has no trained version.")
        return latest
    if (asked or {}).get("syncWithLatestSolutionVersion"):
        raise InvalidInputException(
            "syncWithLatestSolutionVersion needs the solution's ARN with /$LATEST, "
            f"not the solution version {arn}."
        )
    version = store.look(store.versions, arn, "Solution version")
    if version.status(store.now()) != ACTIVE:
        raise ResourceInUseException(f"The solution version {arn} is not ACTIVE.")
    return version
