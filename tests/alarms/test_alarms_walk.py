"""A random life of a region, step by step, against what every step must leave behind."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from personalize_monitor.alarms import desired
from personalize_monitor.alarms.existing import covers
from personalize_monitor.model.resource import Kind, Resource

if TYPE_CHECKING:
    from tests.alarms.conftest import Stage

NAMES = ("a", "b", "c", "d")


def any_resource(stage: Stage, rng: random.Random, name: str) -> Resource:
    """A resource of any age, floor, status and recipe."""
    recipe = rng.choice(["aws-sims", "aws-personalized-ranking-v2", "aws-of-tomorrow"])
    return stage.resource(
        name,
        rng.choice(list(Kind)),
        floor=rng.choice([1, 1, 5]),
        age=timedelta(hours=rng.choice([1, 30, 400])),
        status=rng.choice(["ACTIVE", "ACTIVE", "ACTIVE", "INACTIVE"]),
        recipe_arn=f"arn:aws:personalize:::recipe/{recipe}",
    )


def any_settings(stage: Stage, rng: random.Random) -> None:
    """A new deployment of the parameters."""
    stage.set(
        AutoCreateCampaignUtilizationAlarms=rng.choice(["Yes", "Yes", "No"]),
        AutoCreateIdleCampaignAlarms=rng.choice(["Yes", "Yes", "No"]),
        AutoCreateErrorAlarms=rng.choice(["Yes", "No"]),
        IdleCampaignThresholdHours=str(rng.randint(2, 48)),
        CampaignThresholdAlarmLowerBound=str(rng.randint(0, 1000)),
    )


def mute_or_enable(stage: Stage, rng: random.Random, muted: set[str]) -> None:
    """A person switches the actions of one alarm, the other way round than it is."""
    alarms = stage.alarms()
    candidates = sorted(n for n in alarms if n in muted or alarms[n]["ActionsEnabled"])
    if not candidates:
        return
    name = rng.choice(candidates)
    if name in muted:
        muted.remove(name)
        stage.cloudwatch.enable_alarm_actions(AlarmNames=[name])
    else:
        muted.add(name)
        stage.cloudwatch.disable_alarm_actions(AlarmNames=[name])


@pytest.mark.parametrize("seed", range(4))
def test_every_step_ends_as_desired(stage: Stage, seed: int) -> None:
    """Alarms are always those desired, armed unless muted by a person; a second look is free."""
    rng = random.Random(seed)
    fleet: dict[str, Resource] = {}
    muted: set[str] = set()
    for _ in range(25):
        for name in rng.sample(NAMES, 2):
            fleet[name] = any_resource(stage, rng, name)
        if rng.random() < 0.3:
            any_settings(stage, rng)
        mute_or_enable(stage, rng, muted)
        report = stage.reconcile(*fleet.values())
        wanted = desired(
            fleet.values(),
            stage.settings,
            stage.deployment,
            stage.target.account,
            stage.target.region,
            stage.now,
        )
        found = stage.alarms()
        muted &= set(found)
        assert (report.done, report.problems) == (True, ())
        assert set(found) == set(wanted)
        assert set(report.muted) == muted
        for name, spec in wanted.items():
            assert covers(found[name], spec.rule)
            assert found[name]["ActionsEnabled"] is (spec.armed and name not in muted)
        again = stage.reconcile(*fleet.values())
        assert (again.created, again.changed, again.deleted, again.reset) == ((), (), (), ())
