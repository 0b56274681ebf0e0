"""The resources of one region and what Describe and List show of them. Times are epoch seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aws_sandbox.personalize.lifecycle import ACTIVE, CREATE_FAILED, Job, Update
from aws_sandbox.traffic.serving import Serving

Shown = dict[str, Any]
_FAILURE = "Internal error. The resource could not be created. Delete it and try again."


@dataclass(slots=True, kw_only=True)
class Resource:
    """What all kinds have: a name, an ARN, the present or last job, dates and tags."""

    name: str
    arn: str
    serial: int
    created: float
    updated: float
    job: Job
    tags: dict[str, str] = field(default_factory=dict)

    def status(self, now: float) -> str:
        """The status that AWS shows."""
        return self.job.status(now)

    def dates(self) -> Shown:
        """Both dates as the API names them."""
        return {"creationDateTime": self.created, "lastUpdatedDateTime": self.updated}

    def failure(self, status: str) -> Shown:
        """The reason, for the one status that has it."""
        return {"failureReason": _FAILURE} if status == CREATE_FAILED else {}


@dataclass(slots=True, kw_only=True)
class DatasetGroup(Resource):
    """A dataset group; with a `domain` it takes recommenders."""

    domain: str | None = None
    role_arn: str | None = None
    kms_key_arn: str | None = None

    def summary(self, now: float) -> Shown:
        """As ListDatasetGroups shows it."""
        status = self.status(now)
        shown: Shown = {"name": self.name, "datasetGroupArn": self.arn, "status": status}
        if self.domain:
            shown["domain"] = self.domain
        return {**shown, **self.dates(), **self.failure(status)}

    def description(self, now: float) -> Shown:
        """As DescribeDatasetGroup shows it."""
        extra = {"roleArn": self.role_arn, "kmsKeyArn": self.kms_key_arn}
        return {**self.summary(now), **{k: v for k, v in extra.items() if v}}


@dataclass(slots=True, kw_only=True)
class SolutionVersion(Resource):
    """A trained model."""

    solution_arn: str
    group_arn: str
    recipe_arn: str | None
    mode: str = "FULL"

    def summary(self, now: float) -> Shown:
        """As ListSolutionVersions shows it."""
        status = self.status(now)
        return {
            "solutionVersionArn": self.arn,
            "status": status,
            "trainingMode": self.mode,
            "trainingType": "MANUAL",
            **self.dates(),
            **self.failure(status),
        }

    def description(self, now: float) -> Shown:
        """As DescribeSolutionVersion shows it."""
        shown = {
            **self.summary(now),
            "solutionArn": self.solution_arn,
            "datasetGroupArn": self.group_arn,
            "performHPO": False,
            "performAutoML": False,
        }
        if self.recipe_arn:
            shown["recipeArn"] = self.recipe_arn
        if self.status(now) == ACTIVE:
            shown["trainingHours"] = 1.5
        return shown


@dataclass(slots=True, kw_only=True)
class Solution(Resource):
    """A recipe on a dataset group, and its versions in order of age."""

    group_arn: str
    recipe_arn: str | None
    options: Shown = field(default_factory=dict)
    versions: list[SolutionVersion] = field(default_factory=list)

    def latest(self, now: float) -> SolutionVersion | None:
        """The newest version that has been trained."""
        trained = [version for version in self.versions if version.status(now) == ACTIVE]
        return trained[-1] if trained else None

    def summary(self, now: float) -> Shown:
        """As ListSolutions shows it."""
        shown: Shown = {"name": self.name, "solutionArn": self.arn, "status": self.status(now)}
        if self.recipe_arn:
            shown["recipeArn"] = self.recipe_arn
        return {**shown, **self.dates()}

    def description(self, now: float) -> Shown:
        """As DescribeSolution shows it."""
        shown = {
            "performHPO": False,
            "performAutoML": self.recipe_arn is None,
            "performAutoTraining": False,
            **self.options,
            **self.summary(now),
            "datasetGroupArn": self.group_arn,
        }
        if self.versions:
            shown["latestSolutionVersion"] = self.versions[-1].summary(now)
        return shown


@dataclass(slots=True, kw_only=True)
class Deployed(Resource):
    """What serves requests: floor, configuration, last update and record as a server."""

    floor: int
    config: Shown
    serving: Serving
    update: Update | None = None

    def updating(self, now: float) -> bool:
        """Whether an update is under way."""
        return self.update is not None and self.update.running(now)


@dataclass(slots=True, kw_only=True)
class Campaign(Deployed):
    """A campaign. `config` is campaignConfig."""

    version_arn: str

    @property
    def solution_arn(self) -> str:
        """The solution of the version in use."""
        return self.version_arn.rsplit("/", 1)[0]

    def summary(self, now: float) -> Shown:
        """As ListCampaigns shows it: without the floor."""
        status = self.status(now)
        return {
            "name": self.name,
            "campaignArn": self.arn,
            "status": status,
            **self.dates(),
            **self.failure(status),
        }

    def description(self, now: float) -> Shown:
        """As DescribeCampaign shows it; during an update the old configuration."""
        shown = self.summary(now)
        shown["solutionVersionArn"] = self.version_arn
        shown["minProvisionedTPS"] = self.floor
        if self.config:
            shown["campaignConfig"] = self.config
        if self.update is not None:
            shown["latestCampaignUpdate"] = self.update.summary(now)
        return shown


@dataclass(slots=True, kw_only=True)
class Recommender(Deployed):
    """A recommender. `config` is recommenderConfig as given; it may lack the floor."""

    group_arn: str
    recipe_arn: str
    trainings: int = 1

    def summary(self, now: float) -> Shown:
        """As ListRecommenders shows it: with its configuration."""
        return {
            "name": self.name,
            "recommenderArn": self.arn,
            "datasetGroupArn": self.group_arn,
            "recipeArn": self.recipe_arn,
            "recommenderConfig": self.config,
            "status": self.status(now),
            **self.dates(),
        }

    def description(self, now: float) -> Shown:
        """As DescribeRecommender shows it."""
        status = self.status(now)
        shown = {**self.summary(now), **self.failure(status)}
        if self.update is not None:
            shown["latestRecommenderUpdate"] = self.update.summary(now)
        if status == ACTIVE:
            shown["modelMetrics"] = {
                "coverage": 0.26 + self.trainings / 100,
                "precision_at_25": 0.03,
            }
        return shown
