"""Fleets: resources that are ACTIVE already, of any age, with traffic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from aws_sandbox.gate import DEFAULT_ACCOUNT
from aws_sandbox.personalize import campaigns, recommenders
from aws_sandbox.personalize.catalog import add_version
from aws_sandbox.personalize.lifecycle import ACTIVE, Job
from aws_sandbox.personalize.recipes import PREFIX, named
from aws_sandbox.personalize.resources import (
    Campaign,
    DatasetGroup,
    Recommender,
    Solution,
)
from aws_sandbox.personalize.responses import store_of, stores
from aws_sandbox.personalize.store import RATE_FLOOR, Store
from aws_sandbox.traffic.shapes import (
    Abandoned,
    Bursty,
    BusinessHours,
    DailyBatch,
    FlashSale,
    Idle,
    Shape,
    Steady,
    Weekly,
)
from aws_sandbox.world import World

HOME: Final = "us-east-1"
_MONTH: Final = timedelta(days=30)
_PER_GROUP: Final = 5


@dataclass(frozen=True, slots=True)
class Member:
    """One resource of a fleet: what it is and where."""

    arn: str
    kind: str
    region: str
    account: str
    recipe: str
    floor: int
    shape: Shape


def add_dataset_group(
    world: World,
    name: str,
    *,
    region: str = HOME,
    account: str = DEFAULT_ACCOUNT,
    domain: str | None = None,
    age: timedelta = _MONTH,
) -> str:
    """An ACTIVE dataset group, or the one there is of that name; answers its ARN."""
    store = store_of(account, region)
    arn = store.arn("dataset-group", name)
    if arn not in store.groups:
        store.groups[arn] = DatasetGroup(**_aged(world, store, name, arn, age), domain=domain)
    return arn


def add_campaign(
    world: World,
    name: str,
    *,
    recipe: str = "aws-user-personalization-v2",
    floor: int = 1,
    shape: Shape | None = None,
    group: str = "shop",
    region: str = HOME,
    account: str = DEFAULT_ACCOUNT,
    age: timedelta = _MONTH,
    tags: Mapping[str, str] | None = None,
    config: Mapping[str, Any] | None = None,
    api: str | None = None,
) -> Member:
    """An ACTIVE campaign, created `age` ago, with its dataset group, solution and version.

    A recipe that nobody knows is fine: then `api` says which runtime API it serves.
    """
    store = store_of(account, region)
    group_arn = add_dataset_group(world, group, region=region, account=account, age=age)
    solution_arn = store.arn("solution", name)
    solution = store.solutions.get(solution_arn)
    if solution is None:
        solution = store.solutions[solution_arn] = Solution(
            **_aged(world, store, name, solution_arn, age),
            group_arn=group_arn,
            recipe_arn=PREFIX + recipe,
        )
        add_version(store, solution, job=_past(world, age))
    arn = store.arn("campaign", name)
    serving = store.serving(arn, api or named(recipe).api or "", campaigns.DIMENSION)
    serving.recipe = PREFIX + recipe
    campaign = Campaign(
        **_aged(world, store, name, arn, age),
        floor=floor,
        config=dict(config or {}),
        serving=serving,
        version_arn=solution.versions[-1].arn,
    )
    campaign.tags = dict(tags or {})
    serving.floor(campaign.job.end, floor)
    serving.open(campaign.job.end)
    store.campaigns[arn] = campaign
    world.assign(arn, shape or Idle())
    return Member(arn, "campaign", region, account, recipe, floor, shape or Idle())


def autosync(world: World, arn: str) -> None:
    """Let the service itself train a new version and update a campaign to it, as auto-sync does."""
    region, account = arn.split(":")[3:5]
    store = store_of(account, region)
    campaign = store.campaigns[arn]
    solution = store.solutions[campaign.solution_arn]
    version = add_version(store, solution, job=_past(world, timedelta(hours=1)))
    campaigns.update(store, {"campaignArn": arn, "solutionVersionArn": version.arn})


def add_recommender(
    world: World,
    name: str,
    *,
    recipe: str = "aws-ecomm-recommended-for-you",
    floor: int | None = 1,
    shape: Shape | None = None,
    group: str = "domain-shop",
    region: str = HOME,
    account: str = DEFAULT_ACCOUNT,
    age: timedelta = _MONTH,
    tags: Mapping[str, str] | None = None,
    config: Mapping[str, Any] | None = None,
) -> Member:
    """An ACTIVE recommender with its dataset group; `floor=None` leaves it out of the config."""
    store = store_of(account, region)
    group_arn = add_dataset_group(
        world, group, region=region, account=account, domain=named(recipe).domain, age=age
    )
    arn = store.arn("recommender", name)
    serving = store.serving(arn, "GetRecommendations", recommenders.DIMENSION)
    given = {} if floor is None else {RATE_FLOOR: floor}
    recommender = Recommender(
        **_aged(world, store, name, arn, age),
        floor=floor or 1,
        config={**dict(config or {}), **given},
        serving=serving,
        group_arn=group_arn,
        recipe_arn=named(recipe).arn,
    )
    recommender.tags = dict(tags or {})
    serving.floor(recommender.job.end, floor or 1)
    serving.open(recommender.job.end)
    store.recommenders[arn] = recommender
    world.assign(arn, shape or Idle())
    return Member(arn, "recommender", region, account, recipe, floor or 1, shape or Idle())


def demo(world: World, *, account: str = DEFAULT_ACCOUNT) -> list[Member]:
    """The demo's fleet: 12 campaigns and 3 recommenders in 3 dataset groups of 2 regions."""
    now = world.clock.now()
    shop = _Group(world, account, "us-east-1", "webshop")
    film = _Group(world, account, "eu-west-1", "filmclub")
    domain = _Group(world, account, "us-east-1", "marketplace")
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    launch = Abandoned(Weekly(6.0), now - timedelta(days=6))
    sale = FlashSale(Weekly(2.5), noon + timedelta(days=1), 30.0, every_days=7)
    return [
        shop.campaign("home-page-for-you", "aws-user-personalization-v2", 20, Weekly(14.0)),
        shop.campaign("search-ranking", "aws-personalized-ranking-v2", 10, BusinessHours(4.0, 0.3)),
        shop.campaign("similar-products", "aws-similar-items", 25, Weekly(3.0, peak_hour=19.0)),
        shop.campaign("cart-cross-sell", "aws-sims", 5, Bursty(0.8, 6.0)),
        shop.campaign("loyalty-next-step", "aws-next-best-action", 4, BusinessHours(1.5)),
        shop.campaign("flash-sale-picks", "aws-user-personalization", 8, sale),
        shop.campaign("newsletter-digest", "aws-personalized-ranking", 15, DailyBatch(9.0, 4.0)),
        shop.campaign("spring-launch", "aws-trending-now", 30, launch),
        film.campaign("watch-next", "aws-user-personalization-v2", 6, Weekly(5.0, peak_hour=21.0)),
        film.campaign("because-you-liked", "aws-semantic-similarity", 12, Weekly(2.0, 0.1, 21.0)),
        film.campaign("kids-row-ranking", "aws-personalized-ranking-v2", 3, BusinessHours(1.2)),
        film.campaign("pilot-test-2024", "aws-hrnn", 2, Idle(), days=400),
        domain.recommender("bought-together", "frequently-bought-together", 10, Weekly(2.0)),
        domain.recommender("recommended-for-you", "recommended-for-you", 3, Weekly(4.0)),
        domain.recommender("popular-by-views", "popular-items-by-views", 2, Steady(0.7)),
    ]


def build(
    world: World,
    count: int,
    *,
    regions: Sequence[str] = (HOME,),
    accounts: Sequence[str] = (DEFAULT_ACCOUNT,),
    recommender_every: int = 0,
    age: timedelta = _MONTH,
) -> list[Member]:
    """`count` resources, dealt out over accounts, regions, shapes and recipes, five to a group.

    With `recommender_every=4` each fourth one is a recommender.
    """
    shapes = _shapes(world)
    dealt: dict[tuple[str, str], int] = {}
    fleet: list[Member] = []
    for index in range(count):
        region = regions[index % len(regions)]
        account = accounts[index // len(regions) % len(accounts)]
        nth = dealt[account, region] = dealt.get((account, region), -1) + 1
        group = f"group-{nth // _PER_GROUP:03d}"
        shape = shapes[index % len(shapes)]
        floor = 1 + index * 7 % 23
        place: dict[str, Any] = {"region": region, "account": account, "age": age}
        if recommender_every and index % recommender_every == recommender_every - 1:
            member = add_recommender(
                world,
                f"recommender-{index:04d}",
                floor=floor,
                shape=shape,
                group=f"d-{group}",
                **place,
            )
        else:
            recipe = _RECIPES[index % len(_RECIPES)]
            member = add_campaign(
                world,
                f"campaign-{index:04d}",
                recipe=recipe,
                floor=floor,
                shape=shape,
                group=group,
                **place,
            )
        fleet.append(member)
    return fleet


_RECIPES: Final = (
    "aws-user-personalization-v2",
    "aws-personalized-ranking-v2",
    "aws-similar-items",
    "aws-next-best-action",
    "aws-personalized-ranking",
    "aws-trending-now",
    "aws-user-personalization",
)


def _shapes(world: World) -> tuple[Shape, ...]:
    now = world.clock.now()
    return (
        Steady(2.0),
        BusinessHours(6.0, 0.2),
        Weekly(8.0),
        Bursty(0.5, 9.0),
        Abandoned(Weekly(4.0), now - timedelta(days=3)),
        Idle(),
        DailyBatch(12.0),
        FlashSale(Weekly(2.0), now + timedelta(days=1), 25.0, every_days=7),
    )


class _Group:
    """One dataset group of the demo, to add resources to in a line each."""

    def __init__(self, world: World, account: str, region: str, name: str) -> None:
        self._world = world
        self._place: dict[str, Any] = {"account": account, "region": region, "group": name}

    def campaign(self, name: str, recipe: str, floor: int, shape: Shape, days: int = 45) -> Member:
        age = timedelta(days=days)
        return add_campaign(
            self._world, name, recipe=recipe, floor=floor, shape=shape, age=age, **self._place
        )

    def recommender(self, name: str, recipe: str, floor: int, shape: Shape) -> Member:
        age = timedelta(days=60)
        full = f"aws-ecomm-{recipe}"
        return add_recommender(
            self._world, name, recipe=full, floor=floor, shape=shape, age=age, **self._place
        )


def _past(world: World, age: timedelta) -> Job:
    """A creation that began `age` ago and has succeeded since."""
    start = round(world.clock.epoch() - age.total_seconds(), 3)
    took = min(world.timings.create.total_seconds(), age.total_seconds())
    return Job("CREATE", start, start + took, world.timings.pending.total_seconds(), ACTIVE)


def _aged(world: World, store: Store, name: str, arn: str, age: timedelta) -> dict[str, Any]:
    job = _past(world, age)
    return {
        "name": name,
        "arn": arn,
        "serial": store.serial(),
        "created": job.start,
        "updated": job.end,
        "job": job,
    }


def overview(world: World) -> list[dict[str, object]]:
    """Every resource of the live world as plain values, with its TPS of the last five minutes."""
    with world.gate.lock:
        return [row for store in stores() for row in _rows(world, store)]


def _rows(world: World, store: Store) -> list[dict[str, object]]:
    now = world.clock.now()
    rows: list[dict[str, object]] = []
    for kind, table in (("campaign", store.campaigns), ("recommender", store.recommenders)):
        deployed: list[Any] = store.present(table)
        rows += [
            {
                "arn": one.arn,
                "name": one.name,
                "kind": kind,
                "account": store.account,
                "region": store.region,
                "status": one.status(store.now()),
                "floor": one.floor,
                "updating": one.updating(store.now()),
                "shape": type(world.traffic.shape_of(one.arn)).__name__,
                "tps": world.served_between(one.arn, now - timedelta(minutes=5), now) / 300,
            }
            for one in deployed
        ]
    return rows
