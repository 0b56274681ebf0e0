"""Find what is there: the campaigns and recommenders of one account and region.

Lists are cheap and read every cycle. A campaign's floor needs a describe of its own, which
throttles early, so it is asked only for campaigns that are new, that moved, that are being
updated, or whose hour has come. What AWS does not answer is taken from memory, marked as stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

from personalize_monitor.app.memory import Memory
from personalize_monitor.app.site import Site
from personalize_monitor.aws.personalize import CampaignSummary, Personalize, Solution
from personalize_monitor.aws.problems import AWS_ERRORS, is_not_found, sentence
from personalize_monitor.model.arn import solution_of
from personalize_monitor.model.resource import Kind, Resource, State
from personalize_monitor.model.window import Window
from personalize_monitor.settings import Settings

_Look = tuple[list[Resource], Exception | None]


@dataclass(slots=True)
class Found:
    """One place's fleet. ``complete`` holds the kinds whose list was read to its end."""

    resources: tuple[Resource, ...] = ()
    complete: frozenset[Kind] = frozenset()
    problems: list[str] = field(default_factory=list)

    @property
    def active(self) -> tuple[Resource, ...]:
        """Those that serve now."""
        return tuple(r for r in self.resources if r.state is State.ACTIVE)


class Discovery:
    """Discovery of one site in one cycle; ``pool`` bounds the describes that run together."""

    def __init__(
        self, site: Site, settings: Settings, memory: Memory, window: Window, pool: Executor
    ) -> None:
        self._site = site
        self._settings = settings
        self._memory = memory
        self._window = window
        self._pool = pool
        self._personalize = Personalize(site.access, site.region)
        self._problems: list[str] = []

    def run(self) -> Found:
        """Everything wanted in this place, sorted by ARN."""
        place = (self._site.account, self._site.region)
        before = {str(r.arn): r for r in self._memory.fleets.get(place, ())}
        complete: set[Kind] = set()
        found: dict[str, Resource] = {}
        for kind, look in (
            (Kind.RECOMMENDER, self._recommenders),
            (Kind.CAMPAIGN, self._campaigns),
        ):
            if not self._wanted(kind):
                complete.add(kind)
                continue
            seen, error = look(before)
            if error is None:
                complete.add(kind)
                self._miss(kind, seen)
            else:
                self._problems.append(sentence(f"Listing {kind}s of {self._site}", error))
                found |= _kept(before, kind)
            found |= {str(resource.arn): resource for resource in seen}
        named = self._with_recipes(found.values())
        resources = tuple(sorted(named, key=lambda resource: str(resource.arn)))
        self._remember(place, before, resources)
        return Found(resources, frozenset(complete), self._problems)

    def _wanted(self, kind: Kind) -> bool:
        selection = self._settings.selection(kind)
        return selection.all or any(arn.region == self._site.region for arn in selection.arns)

    def _remember(
        self, place: tuple[str, str], before: Iterable[str], resources: tuple[Resource, ...]
    ) -> None:
        self._memory.fleets[place] = resources
        self._memory.forget(set(before) - {str(resource.arn) for resource in resources})

    def _miss(self, kind: Kind, resources: Iterable[Resource]) -> None:
        wanted = self._settings.selection(kind).arns
        here = {arn for arn in wanted if arn.region == self._site.region}
        self._problems.extend(
            f"{arn} was asked for but does not exist; correct the parameter, or create it."
            for arn in sorted(here - {resource.arn for resource in resources}, key=str)
        )

    def _recommenders(self, _: dict[str, Resource]) -> _Look:
        resources, listing = self._personalize.recommenders()
        return [r for r in resources if self._settings.wants(r.arn)], listing.error

    def _campaigns(self, before: dict[str, Resource]) -> _Look:
        summaries, listing = self._personalize.campaigns()
        wanted = [s for s in summaries if self._settings.wants(s.arn)]
        resources = self._pool.map(lambda summary: self._campaign(summary, before), wanted)
        return [resource for resource in resources if resource is not None], listing.error

    def _campaign(self, summary: CampaignSummary, before: dict[str, Resource]) -> Resource | None:
        if State.of_status(summary.status) is not State.ACTIVE:
            return _not_serving(summary)
        known = self._memory.campaigns.get(str(summary.arn))
        if known is not None and not self._describe_due(known, summary):
            return known
        try:
            described = self._personalize.campaign(summary.arn)
        except AWS_ERRORS as error:
            if is_not_found(error):  # deleted since it was listed
                return None
            self._problems.append(sentence(f"Describing {summary.arn}", error))
            last = known or before.get(str(summary.arn))
            return None if last is None else replace(last, stale=True)
        # The list's time is the one that the next list is compared with.
        described = replace(described, updated=summary.updated)
        self._memory.campaigns[str(summary.arn)] = described
        return described

    def _describe_due(self, known: Resource, summary: CampaignSummary) -> bool:
        return (
            known.updated != summary.updated
            or known.created != summary.created
            or known.status != summary.status
            or known.update_pending
            or self._memory.is_due(str(known.arn), self._window)
        )

    def _with_recipes(self, resources: Iterable[Resource]) -> list[Resource]:
        listed = list(resources)
        wanted = {
            solution_of(r.solution_version_arn)
            for r in listed
            if r.kind is Kind.CAMPAIGN and r.solution_version_arn
        }
        self._learn_solutions(wanted)
        return [self._with_recipe(resource) for resource in listed]

    def _with_recipe(self, resource: Resource) -> Resource:
        if resource.kind is not Kind.CAMPAIGN or not resource.solution_version_arn:
            return resource
        solution = self._memory.solutions.get(solution_of(resource.solution_version_arn))
        if solution is None:
            return resource
        return replace(
            resource,
            recipe_arn=solution.recipe_arn,
            dataset_group_arn=solution.dataset_group_arn,
        )

    def _learn_solutions(self, wanted: set[str]) -> None:
        book = self._memory.solutions
        if not wanted - set(book):
            return
        solutions, listing = self._personalize.solutions()
        book.update({arn: s for arn, s in solutions.items() if arn not in book})
        if listing.error is not None:
            self._problems.append(sentence(f"Listing solutions of {self._site}", listing.error))
        unlisted = sorted(arn for arn in wanted if arn not in book or book[arn].recipe_arn is None)
        for arn, solution in self._pool.map(self._solution, unlisted):
            if solution is not None:
                book[arn] = solution

    def _solution(self, arn: str) -> tuple[str, Solution | None]:
        try:
            return arn, self._personalize.solution(arn)
        except AWS_ERRORS as error:
            self._problems.append(sentence(f"Describing {arn}", error))
            return arn, None


def _kept(before: dict[str, Resource], kind: Kind) -> dict[str, Resource]:
    return {arn: replace(r, stale=True) for arn, r in before.items() if r.kind is kind}


def _not_serving(summary: CampaignSummary) -> Resource:
    return Resource(
        arn=summary.arn,
        name=summary.arn.name,
        kind=Kind.CAMPAIGN,
        status=summary.status,
        floor=1,
        created=summary.created,
        updated=summary.updated,
    )
