"""The operations on campaigns."""

from __future__ import annotations

from typing import Any, Final

from personalize_monitor.sandbox.personalize import quotas
from personalize_monitor.sandbox.personalize.errors import (
    InvalidInputException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
)
from personalize_monitor.sandbox.personalize.lifecycle import (
    ACTIVE,
    CREATE_FAILED,
    GONE,
    Update,
)
from personalize_monitor.sandbox.personalize.recipes import ALL
from personalize_monitor.sandbox.personalize.resources import Campaign, Shown, SolutionVersion
from personalize_monitor.sandbox.personalize.store import FLOOR, Params, Store
from personalize_monitor.sandbox.personalize.tags import checked

KIND: Final = "Campaign"
DIMENSION: Final = "CampaignArn"
_LATEST: Final = "/$LATEST"


def create(store: Store, params: Params) -> Shown:
    """CreateCampaign: ACTIVE after the timings' `create`, when it begins to serve and to cost."""
    arn = store.arn("campaign", params["name"])
    tags = checked(params.get("tags"))
    if any(campaign.arn == arn for campaign in store.present(store.campaigns)):
        raise ResourceAlreadyExistsException(f"Another resource with Arn {arn} already exists.")
    version = _version(store, params["solutionVersionArn"], params.get("campaignConfig"))
    recipe = ALL.get(version.recipe_arn or "")
    if recipe is not None and recipe.api is None:
        raise InvalidInputException(f"The recipe {recipe.arn} does not support campaigns.")
    quotas.campaigns(store, version.group_arn)
    failed = store.fails(params["name"])
    job = store.job("CREATE", CREATE_FAILED if failed else ACTIVE)
    floor = int(params.get(FLOOR, 1))
    serving = store.serving(arn, recipe.api or "" if recipe else "GetRecommendations", DIMENSION)
    serving.floor(job.end, floor)
    if not failed:
        serving.open(job.end)
    store.campaigns[arn] = Campaign(
        name=params["name"],
        arn=arn,
        serial=store.serial(),
        created=job.start,
        updated=job.start,
        job=job,
        tags=tags,
        floor=floor,
        config=dict(params.get("campaignConfig", {})),
        serving=serving,
        version_arn=version.arn,
    )
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
    now = store.now()
    _require_still(campaign, now)
    given = params.get("solutionVersionArn")
    config = dict(params.get("campaignConfig", campaign.config))
    version_arn = _version(store, given, config).arn if given else campaign.version_arn
    failed = store.fails(campaign.name)
    job = store.job("UPDATE", CREATE_FAILED if failed else ACTIVE)
    changed: dict[str, Any] = {
        "solutionVersionArn": version_arn,
        FLOOR: int(params.get(FLOOR, campaign.floor)),
    }
    if config:
        changed["campaignConfig"] = config
    campaign.update = Update(job, changed)
    if store.world.habits.touch in {"start", "both"}:
        campaign.updated = now
    if not failed:
        campaign.serving.floor(job.end, changed[FLOOR])
        if campaign.status(now) == CREATE_FAILED:
            campaign.serving.open(job.end)
    return {"campaignArn": campaign.arn}


def delete(store: Store, params: Params) -> Shown:
    """DeleteCampaign: irreversible; the solution version stays."""
    campaign = store.look(store.campaigns, params["campaignArn"], KIND)
    now = store.now()
    _require_still(campaign, now)
    campaign.job = store.job("DELETE", GONE)
    campaign.updated = now
    campaign.serving.close(now)
    return {}


def _require_still(campaign: Campaign, now: float) -> None:
    status = campaign.status(now)
    if status not in {ACTIVE, CREATE_FAILED}:
        raise ResourceInUseException(
            f"The campaign {campaign.arn} is {status}; it must be ACTIVE or CREATE FAILED."
        )
    if campaign.updating(now):
        raise ResourceInUseException(
            f"The campaign {campaign.arn} is being updated; wait until the update has finished."
        )


def _version(store: Store, arn: str, config: Params | None) -> SolutionVersion:
    """A trained solution version by its ARN, or the latest one of `solution/$LATEST`."""
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
    version = store.look(store.versions, arn, "Solution version")
    if version.status(store.now()) != ACTIVE:
        raise ResourceInUseException(f"The solution version {arn} is not ACTIVE.")
    return version
