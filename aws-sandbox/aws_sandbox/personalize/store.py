"""What one account and region of Personalize holds, brought up to the present on every look."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, Protocol, TypeVar

from aws_sandbox import world
from aws_sandbox.personalize.errors import (
    InvalidInputException,
    InvalidNextTokenException,
    ResourceNotFoundException,
)
from aws_sandbox.personalize.lifecycle import ACTIVE, CREATE_FAILED, GONE, Job
from aws_sandbox.personalize.resources import (
    Campaign,
    DatasetGroup,
    Deployed,
    Recommender,
    Resource,
    Shown,
    Solution,
    SolutionVersion,
)
from aws_sandbox.traffic.serving import Serving

Params = Mapping[str, Any]
R = TypeVar("R", bound=Resource)
PAGE: Final = 100
FLOOR: Final = "minProvisionedTPS"
METRICS: Final = "modelMetrics"
RATE_FLOOR: Final = "minRecommendationRequestsPerSecond"


class Listed(Protocol):
    """What a page needs: an order, and a summary."""

    serial: int

    def summary(self, now: float) -> Shown:
        """As the list shows it."""
        ...


class Store:
    """The resources by ARN, in the order of their creation."""

    def __init__(self, account: str, region: str, partition: str) -> None:
        self.account, self.region, self.partition = account, region, partition
        self.groups: dict[str, DatasetGroup] = {}
        self.solutions: dict[str, Solution] = {}
        self.versions: dict[str, SolutionVersion] = {}
        self.campaigns: dict[str, Campaign] = {}
        self.recommenders: dict[str, Recommender] = {}
        self._serial = 0

    @property
    def world(self) -> world.World:
        """The live world: clock, timings, habits, traffic."""
        return world.current()

    def now(self) -> float:
        """Epoch seconds on the sandbox's clock, to the millisecond as AWS shows them."""
        return round(self.world.clock.epoch(), 3)

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a resource of this account and region."""
        return f"arn:{self.partition}:personalize:{self.region}:{self.account}:{kind}/{name}"

    def serial(self) -> int:
        """A number larger than that of everything created before."""
        self._serial += 1
        return self._serial

    def fails(self, name: str) -> bool:
        """Whether the next job of `name` was chosen to fail; asking uses it up."""
        chosen = name in self.world.habits.failing
        self.world.habits.failing.discard(name)
        return chosen

    def job(self, kind: str, result: str) -> Job:
        """A job that starts now and takes what the timings say: CREATE, UPDATE, TRAIN, STOP, ..."""
        timings, start = self.world.timings, self.now()
        span = getattr(timings, kind.lower()).total_seconds()
        shown = "CREATE" if kind in {"UPDATE", "TRAIN"} else kind
        return Job(shown, start, start + span, timings.pending.total_seconds(), result)

    def serving(self, arn: str, api: str, dimension: str) -> Serving:
        """The record of an ARN as a server; a recreated resource goes on with its old one."""
        servings = self.world.metrics.servings
        found = servings.get(arn)
        if found is None:
            found = servings[arn] = Serving(arn, api=api, dimension=dimension)
        found.api = api
        return found

    def settle(self, deployed: Deployed) -> None:
        """Apply an update that has ended, and move the dates as the habits say."""
        update, job, now = deployed.update, deployed.job, self.now()
        touches_end = self.world.habits.touch in {"end", "both"}
        if touches_end and job.end <= now:
            deployed.updated = max(deployed.updated, job.end)
        if update is None or update.applied or update.running(now):
            return
        update.applied = True
        if touches_end:
            deployed.updated = max(deployed.updated, update.job.end)
        if update.job.result != ACTIVE:
            return
        _apply(deployed, update.config, self.world.habits.loses)
        if deployed.status(now) == CREATE_FAILED:
            deployed.job = update.job

    def look(self, table: dict[str, R], arn: object, kind: str) -> R:
        """One resource, brought up to the present.

        Raises:
            ResourceNotFoundException: there is none, or it has been deleted by now.
        """
        found = table.get(str(arn))
        if found is not None and found.status(self.now()) == GONE:
            del table[str(arn)]
            found = None
        if found is None:
            raise ResourceNotFoundException(f"{kind} with ARN {arn} doesn't exist.")
        if isinstance(found, Deployed):
            self.settle(found)
        return found

    def present(self, table: dict[str, R]) -> list[R]:
        """All of a kind that are still there, brought up to the present."""
        now = self.now()
        for arn in [arn for arn, resource in table.items() if resource.status(now) == GONE]:
            del table[arn]
        for resource in table.values():
            if isinstance(resource, Deployed):
                self.settle(resource)
        return list(table.values())

    def page(self, resources: Iterable[Listed], listed: str, params: Params) -> Shown:
        """One page of summaries under the key `listed`, with a token when there are more."""
        size = int(params.get("maxResults") or PAGE)
        after = _serial_of(params.get("nextToken"), listed)
        shown: list[Shown] = []
        now, last = self.now(), 0
        for resource in resources:
            if resource.serial <= after:
                continue
            if len(shown) == size:
                return {listed: shown, "nextToken": _token(listed, last)}
            shown.append(resource.summary(now))
            last = resource.serial
        return {listed: shown}

    def tables(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every kind that may carry tags: its name for people, and its table."""
        yield "Campaign", self.campaigns
        yield "Recommender", self.recommenders
        yield "Solution", self.solutions
        yield "Solution version", self.versions
        yield "Dataset group", self.groups


def _apply(deployed: Deployed, config: Mapping[str, Any], loses: Collection[str]) -> None:
    if isinstance(deployed, Campaign):
        deployed.version_arn = config["solutionVersionArn"]
        deployed.floor = config[FLOOR]
        deployed.config = config.get("campaignConfig", {})
    elif isinstance(deployed, Recommender):
        deployed.config = config["recommenderConfig"]
        deployed.floor = deployed.config.get(RATE_FLOOR, 1)
        deployed.trainings += METRICS in loses
    deployed.config = {k: v for k, v in deployed.config.items() if k not in loses}


def _token(listed: str, serial: int) -> str:
    return base64.urlsafe_b64encode(f"{listed}:{serial}".encode()).decode()


def _serial_of(token: object, listed: str) -> int:
    if token is None:
        return 0
    try:
        kind, _, serial = base64.urlsafe_b64decode(str(token).encode()).decode().partition(":")
        if kind == listed:
            return int(serial)
    except (binascii.Error, ValueError):
        pass
    raise InvalidNextTokenException("The token is not valid.")


def tagged(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Tags from the API's list; a key given twice is refused.

    Raises:
        InvalidInputException: a key comes twice.
    """
    given: dict[str, str] = {}
    for tag in tags or []:
        if tag["tagKey"] in given:
            raise InvalidInputException(f"Duplicate tag key: {tag['tagKey']}")
        given[tag["tagKey"]] = tag["tagValue"]
    return given
