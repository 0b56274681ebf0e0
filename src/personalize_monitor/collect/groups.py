"""Learn which dataset group each solution belongs to, for the dashboard's headings.

This is not needed to measure, so it waits for the dashboard: one list of groups and one list of
solutions for each, remembered for as long as the function lives.
"""

from __future__ import annotations

from concurrent.futures import Executor

from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import sentence
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Target
from personalize_monitor.model.arn import solution_of
from personalize_monitor.model.resource import Resource


def learn(
    target: Target, resources: tuple[Resource, ...], memory: Memory, pool: Executor
) -> list[str]:
    """Fill the dataset groups into ``memory``; answers with what could not be read."""
    unknown = {
        arn
        for resource in resources
        if resource.solution_version_arn and resource.dataset_group_arn is None
        if (arn := solution_of(resource.solution_version_arn)) not in memory.dataset_groups
    }
    if not unknown:
        return []
    personalize = Personalize(target.access, target.region)
    groups = personalize.dataset_groups()
    problems = [] if groups.complete else [_problem(target, "dataset groups", groups.error)]
    for solutions, listing in pool.map(personalize.solutions, groups.items):
        memory.dataset_groups |= {
            arn: solution.dataset_group_arn
            for arn, solution in solutions.items()
            if solution.dataset_group_arn
        }
        if not listing.complete:
            problems.append(_problem(target, "solutions", listing.error))
    return problems


def _problem(target: Target, what: str, error: Exception | None) -> str:
    assert error is not None
    return sentence(f"Listing {what} of {target}", error)


def known_group(resource: Resource, memory: Memory) -> str | None:
    """The ARN of the resource's dataset group, or None while it is unknown."""
    if resource.dataset_group_arn or not resource.solution_version_arn:
        return resource.dataset_group_arn
    return memory.dataset_groups.get(solution_of(resource.solution_version_arn))
