"""The three runtime operations: check, count one request, answer plausible items."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from aws_sandbox import conformity
from aws_sandbox.personalize.errors import (
    InvalidInputException,
    PersonalizeError,
    ResourceNotFoundException,
)
from aws_sandbox.personalize.resources import Campaign, Deployed, Recommender, Shown
from aws_sandbox.personalize.store import Params, Store

_MOST: Final = 500
_USUAL: Final = {"GetRecommendations": 25, "GetActionRecommendations": 5}


def perform(store: Store, action: str, params: Params) -> Shown:
    """Answer one of the three runtime actions and count it.

    Raises:
        PersonalizeError: InvalidInputException or ResourceNotFoundException.
    """
    model = conformity.operation("personalize-runtime", action)
    wrong = conformity.problems(model.input_shape if model else None, params)
    if wrong:
        raise InvalidInputException(f"{len(wrong)} validation error(s): {'; '.join(wrong)}")
    deployed = _deployed(store, params)
    try:
        _require_served(store, deployed, action)
        answer = _ACTIONS[action](deployed, params)
    except PersonalizeError:
        store.world.metrics.count(deployed.arn, f"{deployed.serving.api}4xxErrors")
        raise
    store.world.metrics.count(deployed.arn, action)
    answer["recommendationId"] = f"RID-{_random(deployed, params).getrandbits(64):016x}"
    return answer


def _deployed(store: Store, params: Params) -> Deployed:
    campaign, recommender = params.get("campaignArn"), params.get("recommenderArn")
    if (campaign is None) == (recommender is None):
        raise InvalidInputException("Provide either campaignArn or recommenderArn.")
    if campaign is not None:
        found: Campaign | Recommender = store.look(store.campaigns, campaign, "Campaign")
    else:
        found = store.look(store.recommenders, recommender, "Recommender")
    return found


def _require_served(store: Store, deployed: Deployed, action: str) -> None:
    if not deployed.serving.serves_at(store.now()):
        raise ResourceNotFoundException(f"{deployed.arn} is not serving requests.")
    if deployed.serving.api != action:
        raise InvalidInputException(
            f"The recipe of {deployed.arn} does not support {action}; use {deployed.serving.api}."
        )


def _recommend(deployed: Deployed, params: Params) -> Shown:
    chosen, scores = _choose(deployed, params, "GetRecommendations")
    items = [{"itemId": f"item-{i}", "score": s} for i, s in zip(chosen, scores, strict=True)]
    return {"itemList": items}


def _act(deployed: Deployed, params: Params) -> Shown:
    chosen, scores = _choose(deployed, params, "GetActionRecommendations")
    actions = [{"actionId": f"action-{i}", "score": s} for i, s in zip(chosen, scores, strict=True)]
    return {"actionList": actions}


def _rank(deployed: Deployed, params: Params) -> Shown:
    items = list(params["inputList"])
    _random(deployed, params).shuffle(items)
    scores = _scores(len(items))
    ranked = [{"itemId": item, "score": s} for item, s in zip(items, scores, strict=True)]
    return {"personalizedRanking": ranked}


def _choose(deployed: Deployed, params: Params, action: str) -> tuple[list[int], list[float]]:
    wanted = int(params.get("numResults") or _USUAL[action])
    if wanted > _MOST:
        raise InvalidInputException(f"numResults is at most {_MOST}.")
    return _random(deployed, params).sample(range(1, 10_000), wanted), _scores(wanted)


def _scores(count: int) -> list[float]:
    """Falling scores that sum to less than 1."""
    return [round(0.4 / (rank + 1) ** 1.3, 7) for rank in range(count)]


def _random(deployed: Deployed, params: Params) -> random.Random:
    seed = f"{deployed.arn}|{params.get('userId')}|{params.get('itemId')}"
    return random.Random(seed)  # noqa: S311  (items to look at, not secrets)


_ACTIONS: Final[dict[str, Callable[[Deployed, Params], dict[str, Any]]]] = {
    "GetRecommendations": _recommend,
    "GetPersonalizedRanking": _rank,
    "GetActionRecommendations": _act,
}
