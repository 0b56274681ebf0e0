"""The cycle: what it says about itself, what it costs, and how it ends in time."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.support import Local, every_window

from aws_sandbox import fleet
from personalize_monitor.cycle import run as cycle
from personalize_monitor.errors import SettingsError


class Nearly:
    """A Lambda context with hardly any time left."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left, always the same."""
        return int(self.seconds * 1000)


def test_a_steady_cycle_is_cheap(local: Local) -> None:
    """Beside hourly work, and once alarms are not new, it is two lists, a question and two puts."""
    for n in range(10):
        fleet.add_campaign(local.world, f"c-{n}", floor=1, shape=every_window(30))
    for _ in range(5):
        local.cycle()
    calls = local.cycle()["calls"]
    assert calls["personalize:ListCampaigns"] == calls["personalize:ListRecommenders"] == 1
    assert calls["cloudwatch:GetMetricData"] == 1
    assert calls["cloudwatch:PutMetricData"] == 2
    assert "cloudwatch:DescribeAlarms" not in calls


def test_the_summary_counts_what_was_done(local: Local) -> None:
    """Resources, datapoints and calls of the summary are those that the gate saw."""
    fleet.add_campaign(local.world, "c", shape=every_window(30))
    fleet.add_recommender(local.world, "r", shape=every_window(30))
    before = len(local.world.gate.calls)
    summary = local.at(local.now)
    seen = local.world.gate.calls[before:]
    assert sum(summary["calls"].values()) == len(seen)
    put = [d for c in seen if c.action == "PutMetricData" for d in c.params["MetricData"]]
    assert (summary["resources"], summary["measured"], summary["datapoints"]) == (2, 2, len(put))
    asked = [q for c in seen if c.action == "GetMetricData" for q in c.params["MetricDataQueries"]]
    assert summary["metrics_requested"] == len(asked)
    assert json.loads(json.dumps(summary)) == summary


def test_datapoints_come_before_everything_else(local: Local) -> None:
    """No alarm, decision or dashboard is worked on before a place's datapoints are out."""
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500))
    local.at(local.now)
    actions = [call.action for call in local.world.gate.calls]
    datapoints = max(n for n, action in enumerate(actions) if action == "PutMetricData")
    for later in ("DescribeAlarms", "PutMetricAlarm", "ListTagsForResource", "PutEvents"):
        assert actions.index(later) > actions.index("PutMetricData")
    assert actions.index("PutEvents") > datapoints


def test_with_little_time_the_datapoints_are_out_and_the_rest_follows(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What time does not allow is named as unfinished, and the next cycle does it."""
    monkeypatch.setattr(cycle, "_SECONDS_TO_FINISH", 0.0)
    member = fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500))
    summary = local.at(local.now, Nearly(19.0))
    assert local.points("averageTPS", member.arn)
    assert summary["requests_sent"] == 0
    assert any("decisions" in what for what in summary["unfinished"])
    assert local.cycle()["requests_sent"] == 1


def test_bad_settings_stop_the_cycle_with_all_their_problems(local: Local) -> None:
    """Nothing is read or changed on parameters that cannot be meant."""
    local.env(IdleCampaignThresholdHours="49", Regions="moon")
    with pytest.raises(SettingsError) as refused:
        local.at(local.now)
    assert len(refused.value.problems) == 2
    assert not local.world.gate.calls


def test_one_place_that_fails_unexpectedly_is_a_problem(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that nobody thought of costs one place, and the summary says which."""
    local.env(Regions="us-east-1,eu-west-1")
    member = fleet.add_campaign(local.world, "c", shape=every_window(30))
    fleet.add_campaign(local.world, "d", region="eu-west-1")
    local.world.gate.validate = False

    def nonsense(call: object, answer: dict[str, object]) -> dict[str, object]:
        if getattr(call, "region", "") == "eu-west-1" and "campaigns" in answer:
            return {"campaigns": [{"campaignArn": "what?"}]}
        return answer

    local.world.gate.alter.append(nonsense)
    summary = local.at(local.now)
    assert local.points("averageTPS", member.arn)
    assert any("eu-west-1" in problem for problem in summary["problems"])


def test_a_warm_function_and_a_cold_one_say_the_same(local: Local) -> None:
    """What is remembered saves calls and changes no datapoint."""
    members = fleet.build(local.world, 12, recommender_every=4, regions=("us-east-1",))
    for _ in range(3):
        local.cycle()
    warm = [local.points("averageTPS", m.arn) for m in members if m.kind == "campaign"]
    moment = local.now
    local.env()
    local.at(moment)
    again = [local.points("averageTPS", m.arn) for m in members if m.kind == "campaign"]
    assert again == warm


def test_a_resource_that_comes_and_goes(local: Local) -> None:
    """The fleet of each cycle is the fleet of that moment."""
    first = fleet.add_campaign(local.world, "first", shape=every_window(30))
    assert local.cycle()["resources"] == 1
    second = fleet.add_campaign(
        local.world, "second", shape=every_window(30), age=timedelta(days=2)
    )
    assert local.cycle()["resources"] == 2
    local.client("personalize").delete_campaign(campaignArn=first.arn)
    summary = local.cycle(3)  # it is still on its way out
    assert (summary["resources"], len(summary["left_out"])) == (1, 1)
    summary = local.cycle(2)
    assert (summary["resources"], summary["left_out"]) == (1, [])
    assert len(local.points("averageTPS", second.arn)) == 2
