"""Finding things side by side: answers as they arrive, groups and recipes learnt once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from threading import Event, current_thread, main_thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.aws.script import Script, Scripted, in_pages, refused
from tests.support import ACCOUNT, HOME, a_resource, with_parameters

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.personalize import Personalize, Solution
from personalize_monitor.collect import arrivals as arriving
from personalize_monitor.collect.arrivals import arrivals
from personalize_monitor.collect.groups import known_group, learn
from personalize_monitor.collect.recipes import Recipes
from personalize_monitor.context.accounts import Accounts
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.model.resource import Kind, Resource

BASE = f"arn:aws:personalize:{HOME}:{ACCOUNT}"
ROLE = "arn:aws:iam::{}:role/monitor"
HERE = Deployment(HOME, ACCOUNT, "aws", "my stack/№1", "", "")


@pytest.fixture
def pool() -> Iterator[Executor]:
    """A few threads, gone after the test."""
    with ThreadPoolExecutor(4) as threads:
        yield threads


def always() -> bool:
    """There is time."""
    return True


@settings(max_examples=20)
@given(
    st.lists(st.integers(0, 50), unique=True, max_size=12),
    st.lists(st.integers(100, 150), unique=True, max_size=5),
)
def test_every_answer_is_handed_out_once(questions: list[int], ready: list[int]) -> None:
    """What is ready and what was answered, in batches that are never empty; None is no answer."""

    def ask(question: int) -> int | None:
        return None if question % 3 == 0 else question

    with ThreadPoolExecutor(4) as threads:
        batches = list(arrivals(threads, ask, questions, ready=ready, go_on=always))
    found = [one for batch in batches for one in batch]
    assert sorted(found) == sorted([*ready, *(q for q in questions if q % 3)])
    assert all(batches)


def test_a_question_that_breaks_costs_only_itself(
    pool: Executor, caplog: pytest.LogCaptureFixture
) -> None:
    """An error that nobody expected is logged, and the others have their answers."""

    def ask(question: int) -> int:
        return 6 // question

    (batch,) = arrivals(pool, ask, [0, 1, 2], ready=[], go_on=always)
    assert sorted(batch) == [3, 6]
    assert "a question failed" in caplog.text


def test_without_time_nothing_is_asked(pool: Executor) -> None:
    """What is ready is handed out all the same: it needs no call."""
    asked: list[int] = []
    batches = list(arrivals(pool, asked.append, [1, 2], ready=["known"], go_on=lambda: False))
    assert (batches, asked) == ([["known"]], [])
    assert list(arrivals(pool, asked.append, [1], ready=[], go_on=lambda: False)) == []


def test_s2_what_has_arrived_when_time_is_over_goes_out(pool: Executor) -> None:
    """A busy machine that comes to look when all have answered has lost none of them."""

    def go_on() -> bool:
        if current_thread() is not main_thread():
            return True
        pool.shutdown(wait=True)  # everything is answered, and then there is no time left
        return False

    (batch,) = arrivals(pool, str, [1, 2, 3], ready=["ready"], go_on=go_on)
    assert sorted(batch) == ["1", "2", "3", "ready"]


def test_what_is_ready_does_not_wait_for_long(
    pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a moment of patience it goes out alone, and what came late follows."""
    monkeypatch.setattr(arriving, "PATIENCE_SECONDS", 0.0)
    released = Event()

    def ask(_: int) -> str:
        released.wait(5)
        return "late"

    batches = arrivals(pool, ask, [1], ready=["ready"], go_on=always)
    assert next(batches) == ["ready"]
    released.set()
    assert next(batches) == ["late"]
    assert next(batches, None) is None


def test_answers_wait_for_one_another_and_then_go(
    pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that is due with nothing in it is not handed out."""
    monkeypatch.setattr(arriving, "BATCH_SECONDS", 0.01)
    released = Event()

    def ask(_: int) -> str | None:
        released.wait(0.05)
        return None

    assert list(arrivals(pool, ask, [1], ready=[], go_on=always)) == []


def campaign(name: str, **more: Any) -> Resource:
    """A campaign of the solution of its name, whose recipe and group are not known."""
    values: dict[str, Any] = {
        "recipe_arn": None,
        "solution_version_arn": f"{BASE}:solution/{name}/1",
        **more,
    }
    return a_resource(name, **values)


class Groups:
    """Two dataset groups with two solutions each, and a memory."""

    def __init__(self, **answers: Any) -> None:
        groups = [{"datasetGroupArn": f"{BASE}:dataset-group/g{n}"} for n in range(2)]

        def solutions(**asked: Any) -> dict[str, Any]:
            group = str(asked["datasetGroupArn"])[-1]
            return {
                "solutions": [{"solutionArn": f"{BASE}:solution/s{group}{n}"} for n in range(2)]
            }

        self.client = Script(
            **{
                "list_dataset_groups": in_pages("datasetGroups", groups, 1),
                "list_solutions": solutions,
                **answers,
            }
        )
        self.target = Target(Scripted({"personalize": self.client}), ACCOUNT, HOME)
        self.memory = Memory()

    def learn(self, *resources: Resource) -> list[str]:
        """The problems of one look."""
        with ThreadPoolExecutor(2) as threads:
            return learn(self.target, resources, self.memory, threads)


def test_groups_are_learnt_once() -> None:
    """One list of groups and one of solutions for each; the next look asks nothing."""
    groups, one = Groups(), campaign("s10")
    assert groups.learn(one) == []
    assert known_group(one, groups.memory) == f"{BASE}:dataset-group/g1"
    assert len(groups.client.calls) == 4
    assert groups.learn(one, campaign("s01")) == []
    assert len(groups.client.calls) == 4


def test_who_tells_its_group_itself_costs_nothing() -> None:
    """A recommender knows it; without a solution nothing can be learnt."""
    groups = Groups()
    recommender = a_resource("r", kind=Kind.RECOMMENDER, dataset_group_arn="mine")
    assert groups.learn(recommender, a_resource("bare")) == []
    assert groups.client.calls == []
    assert known_group(recommender, groups.memory) == "mine"
    assert known_group(a_resource("bare"), groups.memory) is None
    assert known_group(campaign("s00"), groups.memory) is None


def test_groups_that_cannot_be_listed_are_a_problem() -> None:
    """The dashboard shows the resource without its group; the next look tries again."""
    groups = Groups(list_dataset_groups=refused("AccessDeniedException"))
    (problem,) = groups.learn(campaign("s00"))
    assert problem.startswith(f"Listing dataset groups of {ACCOUNT}/{HOME} failed (AccessDenied")
    groups = Groups(list_solutions=refused("ThrottlingException"))
    assert len(groups.learn(campaign("s00"))) == 2
    assert groups.memory.dataset_groups == {}


def recipes(memory: Memory, **answers: Any) -> tuple[Recipes, Script]:
    """The recipes of a place, answered by script."""
    client = Script(**answers)
    return Recipes(Personalize(Scripted({"personalize": client}), HOME), memory, "1/home"), client


LISTED = {
    "solutions": [
        {"solutionArn": f"{BASE}:solution/a", "recipeArn": "r-a"},
        {"solutionArn": f"{BASE}:solution/auto"},
    ]
}


def test_one_list_tells_all_recipes(pool: Executor) -> None:
    """Of AutoML it does not: those alone are described; both are remembered."""
    memory = Memory()
    reader, client = recipes(
        memory,
        list_solutions=LISTED,
        describe_solution={"solution": {"autoMLResult": {"bestRecipeArn": "best"}}},
    )
    fleet = [campaign("a"), campaign("auto"), a_resource("r", kind=Kind.RECOMMENDER)]
    assert [r.recipe_arn for r in reader.named(fleet)][:2] == ["r-a", None]
    reader.ask_unlisted(fleet, pool)
    assert [r.recipe_arn for r in reader.named(fleet)][:2] == ["r-a", "best"]
    assert client.operations == ["list_solutions", "describe_solution"]
    again, quiet = recipes(memory)
    assert [r.recipe_arn for r in again.named(fleet)][:2] == ["r-a", "best"]
    assert quiet.calls == []


def test_a_list_of_recipes_that_fails_is_read_once_and_told(pool: Executor) -> None:
    """Their campaigns are measured by all three metrics until the next cycle."""
    reader, client = recipes(
        Memory(),
        list_solutions=refused("AccessDeniedException"),
        describe_solution=refused("ThrottlingException"),
    )
    fleet = [campaign("a")]
    for _ in range(3):
        assert reader.named(fleet) == fleet
    reader.ask_unlisted(fleet, pool)
    assert client.operations == ["list_solutions", "describe_solution"]
    assert [p.split(" failed")[0] for p in reader.problems] == [
        "Listing solutions of 1/home",
        f"Describing {BASE}:solution/a",
    ]


def test_a_list_does_not_forget_what_was_described() -> None:
    """The recipe that AutoML chose is not in the list; what is known stays."""
    memory = Memory()
    memory.solutions[f"{BASE}:solution/auto"] = Solution("best", "g")
    reader, _ = recipes(memory, list_solutions=LISTED)
    reader.named([campaign("a")])
    assert memory.solutions[f"{BASE}:solution/auto"] == Solution("best", "g")


def test_every_role_is_a_way_into_its_account() -> None:
    """Home first; a role of the home account itself is not needed."""
    roles = [ROLE.format(n * 12) for n in ("2", "3")]
    home = ROLE.format(ACCOUNT)
    settings_ = with_parameters(MonitoredRoleARNs=",".join([*roles, home]))
    found = Accounts.of(Access(), HERE, settings_)
    assert list(found.ways) == [ACCOUNT, "2" * 12, "3" * 12]
    assert [way.account for way in list(found.ways.values())[1:]] == ["2" * 12, "3" * 12]


def test_a_session_is_named_as_sts_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters that a stack may have and a session may not are replaced; 64 at most."""
    named: list[str] = []

    def assume(self: Access, role_arn: str, *, session_name: str, external_id: str) -> Access:
        named.append(session_name)
        assert external_id == long.owner
        return self

    monkeypatch.setattr(Access, "assume", assume)
    long = Deployment(HOME, ACCOUNT, "aws", "shop (blue)/" + "x" * 128, "", "")
    Accounts.of(Access(), long, with_parameters(MonitoredRoleARNs=ROLE.format("2" * 12)))
    assert named == ["personalize-monitor-shop--blue--" + "x" * 32]


@pytest.mark.parametrize(
    ("parameters", "places"),
    [
        ({}, [(ACCOUNT, HOME), ("2" * 12, HOME)]),
        (
            {"Regions": "eu-west-1,us-east-1"},
            [(a, r) for a in (ACCOUNT, "2" * 12) for r in ("eu-west-1", "us-east-1")],
        ),
        (
            {"CampaignARNs": f"{BASE}:campaign/a", "RecommenderARNs": f"{BASE}:recommender/r"},
            [(ACCOUNT, HOME)],
        ),
    ],
)
def test_places_are_accounts_in_the_regions_where_something_is_wanted(
    parameters: dict[str, str], places: list[tuple[str, str]]
) -> None:
    """With ARNs only where they are; with ``all`` in every account and region."""
    settings_ = with_parameters(parameters, MonitoredRoleARNs=ROLE.format("2" * 12))
    found = Accounts.of(Access(), HERE, settings_)
    assert [(s.account, s.region) for s in found.targets(settings_, HOME)] == places


def test_what_is_asked_for_in_an_account_that_nobody_watches() -> None:
    """One sentence for each account, with what to do."""
    stranger = BASE.replace(ACCOUNT, "9" * 12)
    settings_ = with_parameters(CampaignARNs=f"{stranger}:campaign/a,{stranger}:campaign/b")
    found = Accounts.of(Access(), HERE, settings_)
    (told,) = found.strangers(settings_)
    assert told.startswith("Resources of account 999999999999 are asked for, but it is not watched")
    assert found.strangers(with_parameters()) == []
