"""What campaigns serve: their recipes, which only their solutions tell."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import replace

from personalize_monitor.aws.personalize import Personalize, Solution
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.context.memory import Memory
from personalize_monitor.model.arn import solution_of
from personalize_monitor.model.resource import Kind, Resource


class Recipes:
    """The recipes of one place; what was learnt once is remembered in ``memory``."""

    def __init__(self, personalize: Personalize, memory: Memory, place: str) -> None:
        self._personalize = personalize
        self._book = memory.solutions
        self._place = place
        self._listed = False
        self.problems: list[str] = []

    def named(self, resources: Iterable[Resource]) -> list[Resource]:
        """The resources with their recipes, as far as lists tell them; reads one list at most."""
        asked = list(resources)
        if not self._listed and any(s not in self._book for s in map(_solution, asked) if s):
            self._list()
        return [self._with_recipe(resource) for resource in asked]

    def ask_unlisted(self, resources: Iterable[Resource], pool: Executor) -> None:
        """Describe the solutions whose recipe no list told, such as those of AutoML."""
        solutions = {solution for solution in map(_solution, resources) if solution}
        unknown = sorted(
            arn for arn in solutions if arn not in self._book or self._book[arn].recipe_arn is None
        )
        for arn, solution in pool.map(self._ask, unknown):
            if solution is not None:
                self._book[arn] = solution

    def _list(self) -> None:
        self._listed = True
        solutions, listing = self._personalize.solutions()
        for arn, solution in solutions.items():
            self._book.setdefault(arn, solution)
        if listing.error is not None:
            doing = f"Listing solutions of {self._place}"
            self.problems.append(sentence(doing, listing.error))

    def _ask(self, arn: str) -> tuple[str, Solution | None]:
        try:
            return arn, self._personalize.solution(arn)
        except AWS_ERRORS as error:
            self.problems.append(sentence(f"Describing {arn}", error))
            return arn, None

    def _with_recipe(self, resource: Resource) -> Resource:
        solution = self._book.get(_solution(resource) or "")
        if solution is None or resource.recipe_arn == solution.recipe_arn:
            return resource
        return replace(
            resource,
            recipe_arn=solution.recipe_arn,
            dataset_group_arn=solution.dataset_group_arn,
        )


def _solution(resource: Resource) -> str | None:
    """The ARN of a campaign's solution; a recommender has its recipe itself."""
    if resource.kind is not Kind.CAMPAIGN or not resource.solution_version_arn:
        return None
    return solution_of(resource.solution_version_arn)
