"""Personalize: campaigns, recommenders and the solutions behind them, as our own values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.paging import Listing, read_all
from personalize_monitor.clock import utc_now
from personalize_monitor.errors import UnknownMembers
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, Resource

LATEST = "/$LATEST"
"""What follows a solution's ARN to mean its newest version."""
_PAGE = 100
_FLOORS = frozenset({"minProvisionedTPS", "minRecommendationRequestsPerSecond"})
_HIGHEST = 1_000_000  # requests per second; quotas are raised, but not without end
# Describes a second, all threads together. The real limit is not published but low; at this pace
# refusals are rare, and botocore's adaptive mode slows down further where they are not.
_DESCRIBE_RATE = 9.0


@dataclass(frozen=True, slots=True)
class CampaignSummary:
    """What ListCampaigns says: enough to know whether a describe is due, not the floor."""

    arn: Arn
    status: str
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Solution:
    """What a campaign's solution tells: its recipe, and the dataset group it belongs to."""

    recipe_arn: str | None
    dataset_group_arn: str | None


class Personalize:
    """The control plane in one region, for reading."""

    def __init__(self, access: Access, region: str) -> None:
        self._client = access.client("personalize", region)
        self._describe_pace = access.pace("DescribeCampaign", region, _DESCRIBE_RATE)

    def campaigns(self) -> tuple[tuple[CampaignSummary, ...], Listing]:
        """All campaigns' summaries, with the listing that tells whether they are all."""
        listing = read_all(self._client.list_campaigns, "campaigns", maxResults=_PAGE)
        return listing.read(_summary, "the campaign")

    def recommenders(self) -> tuple[tuple[Resource, ...], Listing]:
        """All recommenders, whole: their list carries the configuration."""
        listing = read_all(self._client.list_recommenders, "recommenders", maxResults=_PAGE)
        return listing.read(_recommender, "the recommender")

    def campaign(self, arn: Arn) -> Resource:
        """One campaign as it is now; recipe and dataset group are not part of this answer."""
        self._describe_pace.wait()
        answer = self._client.describe_campaign(campaignArn=str(arn))
        return _campaign({"campaignArn": str(arn), **(answer.get("campaign") or {})})

    def recommender(self, arn: Arn) -> Resource:
        """One recommender as it is now."""
        answer = self._client.describe_recommender(recommenderArn=str(arn))
        return _recommender({"recommenderArn": str(arn), **(answer.get("recommender") or {})})

    def resource(self, arn: Arn) -> Resource:
        """The campaign or recommender behind ``arn`` as it is now."""
        return self.campaign(arn) if arn.kind == Kind.CAMPAIGN else self.recommender(arn)

    def dataset_groups(self) -> Listing:
        """ARNs of the dataset groups."""
        listing = read_all(self._client.list_dataset_groups, "datasetGroups", maxResults=_PAGE)
        arns = (str(item.get("datasetGroupArn") or "") for item in listing.items)
        return Listing(tuple(arn for arn in arns if arn), listing.error)

    def solutions(self, dataset_group_arn: str = "") -> tuple[dict[str, Solution], Listing]:
        """Solutions by ARN: of one dataset group, or all of them, whose group stays unknown."""
        only = {"datasetGroupArn": dataset_group_arn} if dataset_group_arn else {}
        listing = read_all(self._client.list_solutions, "solutions", maxResults=_PAGE, **only)
        group = dataset_group_arn or None
        found = {
            str(item["solutionArn"]): Solution(item.get("recipeArn"), group)
            for item in listing.items
            if item.get("solutionArn")
        }
        return found, listing

    def solution(self, solution_arn: str) -> Solution:
        """One solution; AutoML keeps the chosen recipe apart from the asked one."""
        answer = self._client.describe_solution(solutionArn=solution_arn).get("solution") or {}
        best = (answer.get("autoMLResult") or {}).get("bestRecipeArn")
        return Solution(answer.get("recipeArn") or best, answer.get("datasetGroupArn"))

    def tags(self, arn: Arn) -> dict[str, str]:
        """The resource's tags; Personalize spells them tagKey and tagValue."""
        answer = self._client.list_tags_for_resource(resourceArn=str(arn))
        return {tag["tagKey"]: tag["tagValue"] for tag in answer.get("tags") or ()}

    def recipe_for_restore(self, arn: Arn) -> dict[str, Any]:
        """Everything that CreateCampaign needs to make this campaign again, but its tags.

        Raises UnknownMembers when it has settings that this boto3 does not know and would lose.
        """
        campaign, raw = _with_raw(
            self._client, "DescribeCampaign", "campaign", self._client.describe_campaign, arn
        )
        lost = _members(_config_of(raw, "campaignConfig")) - _members(
            _config_of(campaign, "campaignConfig")
        )
        if lost:
            raise UnknownMembers(arn, lost)
        wanted = ("name", "solutionVersionArn", "minProvisionedTPS", "campaignConfig")
        return {key: campaign[key] for key in wanted if key in campaign}

    def version_status(self, arn: str) -> str:
        """The status of a solution version; for ``SOLUTION/$LATEST`` that of the latest one."""
        if arn.endswith(LATEST):
            solution = self._client.describe_solution(solutionArn=arn.removesuffix(LATEST))
            return str(solution["solution"].get("latestSolutionVersion", {}).get("status", ""))
        answer = self._client.describe_solution_version(solutionVersionArn=arn)
        return str(answer["solutionVersion"].get("status", ""))


class PersonalizeActions:
    """The few calls that change something; the functions that act hold one of these."""

    def __init__(self, access: Access, region: str) -> None:
        self._client = access.client("personalize", region)

    def set_floor(self, arn: Arn, floor: int) -> None:
        """Start an update of the floor; the old one serves until the update is done."""
        if arn.kind == Kind.CAMPAIGN:
            self._client.update_campaign(campaignArn=str(arn), minProvisionedTPS=floor)
            return
        config = self._complete_config(arn)
        config["minRecommendationRequestsPerSecond"] = floor
        self._client.update_recommender(recommenderArn=str(arn), recommenderConfig=config)

    def _complete_config(self, arn: Arn) -> dict[str, Any]:
        # UpdateRecommender replaces the whole configuration. A member that this boto3 does not
        # know would be dropped on reading and so switched off by writing.
        parsed, raw = _with_raw(
            self._client,
            "DescribeRecommender",
            "recommender",
            self._client.describe_recommender,
            arn,
        )
        config = _config_of(parsed, "recommenderConfig")
        lost = _members(_config_of(raw, "recommenderConfig")) - _members(config)
        if lost:
            raise UnknownMembers(arn, lost)
        return config

    def tag(self, arn: Arn, tags: dict[str, str]) -> None:
        """Set tags; others stay."""
        pairs = [{"tagKey": key, "tagValue": value} for key, value in tags.items()]
        self._client.tag_resource(resourceArn=str(arn), tags=pairs)

    def untag(self, arn: Arn, keys: Sequence[str]) -> None:
        """Remove tags; missing ones are no error."""
        self._client.untag_resource(resourceArn=str(arn), tagKeys=list(keys))

    def delete(self, arn: Arn) -> None:
        """Start the deletion of a campaign."""
        self._client.delete_campaign(campaignArn=str(arn))

    def create(self, recipe: Mapping[str, Any]) -> None:
        """Create a campaign from what ``recipe_for_restore`` gave, and its tags by name."""
        tags = [{"tagKey": k, "tagValue": v} for k, v in dict(recipe.get("tags") or {}).items()]
        wanted = {key: value for key, value in recipe.items() if key != "tags"}
        self._client.create_campaign(**wanted, **({"tags": tags} if tags else {}))

    def start(self, arn: Arn) -> None:
        """Start a stopped recommender: it serves and costs again."""
        self._client.start_recommender(recommenderArn=str(arn))

    def stop(self, arn: Arn) -> None:
        """Stop a recommender: it neither serves nor costs until it is started again."""
        self._client.stop_recommender(recommenderArn=str(arn))


def _with_raw(
    client: Any, operation: str, key: str, call: Callable[..., dict[str, Any]], arn: Arn
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What boto3 understood of an answer, and all that the service said."""
    raw: dict[str, Any] = {}

    def keep(http_response: Any, **_: Any) -> None:
        told = json.loads(http_response.content or b"{}")
        raw.update(told.get(key) or {})

    name = f"after-call.personalize.{operation}"
    client.meta.events.register(name, keep)
    try:
        answer = call(**{f"{key}Arn": str(arn)})[key]
    finally:
        client.meta.events.unregister(name, keep)
    return dict(answer), raw


def _config_of(described: Mapping[str, Any], key: str) -> dict[str, Any]:
    return dict(described.get(key) or {})


def _members(config: dict[str, Any], prefix: str = "") -> set[str]:
    # Maps with free keys are leaves: their names are data, not members of the shape.
    found = set()
    for key, value in config.items():
        found.add(prefix + key)
        if isinstance(value, dict):
            found |= _members(value, f"{prefix}{key}.")
    return found


def _summary(item: dict[str, Any]) -> CampaignSummary:
    return CampaignSummary(
        arn=Arn(item["campaignArn"]),
        status=_text(item.get("status")),
        created=_created(item),
        updated=item.get("lastUpdatedDateTime") or _created(item),
    )


def _campaign(item: dict[str, Any]) -> Resource:
    update = item.get("latestCampaignUpdate") or {}
    pending = _running(update)
    return Resource(
        arn=Arn(item["campaignArn"]),
        name=item.get("name") or Arn(item["campaignArn"]).name,
        kind=Kind.CAMPAIGN,
        status=_text(item.get("status")),
        floor=_floor(item.get("minProvisionedTPS")),
        created=_created(item),
        updated=item.get("lastUpdatedDateTime") or _created(item),
        solution_version_arn=item.get("solutionVersionArn"),
        update_pending=pending,
        pending_floor=_pending_floor(update) if pending else None,
        update_begun=update.get("creationDateTime"),
        update_failed=_failure(update),
        besides=_besides(item, "campaignConfig", "solutionVersionArn"),
    )


def _recommender(item: dict[str, Any]) -> Resource:
    update = item.get("latestRecommenderUpdate") or {}
    pending = _running(update)
    return Resource(
        arn=Arn(item["recommenderArn"]),
        name=item.get("name") or Arn(item["recommenderArn"]).name,
        kind=Kind.RECOMMENDER,
        status=_text(item.get("status")),
        floor=_recommender_floor(item),
        created=_created(item),
        updated=item.get("lastUpdatedDateTime") or _created(item),
        recipe_arn=item.get("recipeArn"),
        dataset_group_arn=item.get("datasetGroupArn"),
        update_pending=pending,
        pending_floor=_recommender_floor(update) if pending else None,
        update_begun=update.get("creationDateTime"),
        update_failed=_failure(update),
        besides=_besides(item, "recommenderConfig", "recipeArn", "modelMetrics"),
    )


def _besides(item: dict[str, Any], config: str, *more: str) -> dict[str, Any]:
    """What an answer says beside the floor: each member of the configuration by itself."""
    members = (item.get(config) or {}).items()
    found = {f"{config}.{name}": value for name, value in members if name not in _FLOORS}
    return found | {name: item[name] for name in more if name in item}


def _recommender_floor(item: dict[str, Any]) -> int:
    # Any member of the configuration may be absent; the service's default floor is 1.
    config = item.get("recommenderConfig") or {}
    return _floor(config.get("minRecommendationRequestsPerSecond"))


def _created(item: dict[str, Any]) -> datetime:
    # All times are optional in AWS's own description. What has only its last update is at least
    # so old; what has none counts as made just now, because young resources are left alone.
    found: datetime | None = item.get("creationDateTime") or item.get("lastUpdatedDateTime")
    return found or utc_now()


def _floor(value: Any) -> int:
    """A floor as AWS says it; the service's default where it says none."""
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _HIGHEST:
        raise ValueError(f"{value!r} is no floor"[:200])
    return max(1, value)


def _pending_floor(update: dict[str, Any]) -> int | None:
    asked = update.get("minProvisionedTPS")
    return None if asked is None else _floor(asked)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text"[:200])
    return value


def _running(update: dict[str, Any]) -> bool:
    status = str(update.get("status", "")).upper()
    return bool(status) and status != "ACTIVE" and "FAILED" not in status


def _failure(update: dict[str, Any]) -> str:
    """Why the last update failed; empty when it did not."""
    status = str(update.get("status", "")).upper()
    return str(update.get("failureReason") or status) if "FAILED" in status else ""
