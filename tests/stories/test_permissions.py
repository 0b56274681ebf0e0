"""The functions run with exactly the permissions of the template."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aws_sandbox import fleet
from aws_sandbox.faults import Rule
from aws_sandbox.gate import Call
from aws_sandbox.personalize.responses import store_of
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.traffic.shapes import Idle, Steady
from personalize_monitor import contract
from personalize_monitor.alarms.mark import OWNER_TAG
from personalize_monitor.collect import shards
from personalize_monitor.model.resource import Kind

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
OWNER = "personalize-monitor/123456789012/us-east-1"
EVERYTHING = {
    "NotifyHeldBack": "Yes",
    "ChatNotifications": "Yes",
    "LearnPrices": "Yes",
    "Regions": "us-east-1,eu-west-1",
    "AutoDeleteIdleCampaigns": "Yes",
    "AutoStopIdleRecommenders": "Yes",
    "NotificationEndpoint": "old@example.com",
}


def a_fleet_for_everything(box: Sandbox) -> dict[str, str]:
    """Resources that make every function do everything it can; ARNs by name."""
    world = box.world
    old, young = timedelta(days=30), timedelta(hours=22, minutes=30)
    busy = Steady(3.0)
    members = [
        fleet.add_campaign(world, "busy", floor=20, recipe="aws-sims", shape=busy, age=old),
        fleet.add_campaign(world, "quiet", floor=2, recipe="aws-sims", shape=Idle(), age=old),
        fleet.add_campaign(
            world, "born-quiet", floor=2, recipe="aws-sims", shape=Idle(), age=young
        ),
        fleet.add_campaign(world, "steady", floor=1, recipe="aws-sims", shape=busy, age=old),
        fleet.add_recommender(world, "popular", floor=9, shape=busy, age=old),
        fleet.add_recommender(world, "unused", floor=1, shape=Idle(), age=old),
        fleet.add_campaign(
            world, "far", floor=1, recipe="aws-sims", shape=busy, age=old, region="eu-west-1"
        ),
    ]
    return {member.arn.rsplit("/", 1)[-1]: member.arn for member in members}


def chosen_by_automl(name: str) -> None:
    """A solution whose recipe only DescribeSolution tells, as AutoML's do."""
    store = store_of("123456789012", "us-east-1")
    solution = store.solutions[store.arn("solution", name)]
    recipe, solution.recipe_arn = solution.recipe_arn, None
    solution.options["autoMLResult"] = {"bestRecipeArn": recipe}


def leftovers_of_an_earlier_life(box: Sandbox) -> None:
    """Alarms of the existing application and a topic of ours, watched regions and others."""
    for region in ("us-east-1", "ap-south-1"):
        _orphan(box, region)
        _orphan(box, region, "Recommender")
    box.client("sns", region="ca-central-1").create_topic(
        Name=contract.TOPIC_NAME, Tags=[{"Key": OWNER_TAG, "Value": OWNER}]
    )


def _orphan(box: Sandbox, region: str, kind: str = "Campaign") -> None:
    name = f"PersonalizeMonitor-Idle{kind}-long-gone"
    box.client("cloudwatch", region=region).put_metric_alarm(
        AlarmName=name,
        Namespace=contract.AWS_NAMESPACE,
        MetricName="GetRecommendations",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=12,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        Tags=[
            {"Key": contract.CREATED_BY_TAG, "Value": contract.CREATED_BY},
            {"Key": OWNER_TAG, "Value": OWNER},
        ],
    )


def surplus_dashboard(box: Sandbox) -> None:
    """A numbered dashboard of ours that a smaller fleet does not need any more."""
    watch = box.client("cloudwatch")
    body = watch.get_dashboard(DashboardName=contract.DASHBOARD_NAME)["DashboardBody"]
    watch.put_dashboard(DashboardName=f"{contract.DASHBOARD_NAME}-2", DashboardBody=body)


def request(box: Sandbox, name: str, detail: dict[str, object]) -> None:
    """A person's own event on the default bus."""
    entry = {"Source": contract.EVENT_SOURCE, "DetailType": name, "Detail": json.dumps(detail)}
    box.client("events").put_events(Entries=[entry])


def everything(box: Sandbox, denied: list[Call]) -> None:
    """Install, live, be asked, be changed, fail, and be removed."""

    def listen(call: Call) -> None:
        error = call.error or ""
        if "denied" in error.lower() or error == "AuthorizationError":
            denied.append(call)

    box.gate.on_call.append(listen)
    arns = a_fleet_for_everything(box)
    chosen_by_automl("steady")
    leftovers_of_an_earlier_life(box)
    box.deploy(TEMPLATE, EVERYTHING)
    prewarm(box, arns["steady"])
    box.tick()
    box.chaos.delivery_failures = 1.0
    box.tick()
    box.chaos.delivery_failures = 0.0
    outage = box.gate.faults.add(Rule(service="sns", action="Publish", code="InternalError"))
    box.run(days=0.01)
    box.gate.faults.remove(outage)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "RESOURCES_AT_ONCE", 1)  # each region is one too many
        box.tick()
    box.run(days=0.2)
    surplus_dashboard(box)
    box.run(days=0.05)
    surplus_dashboard(box)
    request(box, contract.BUILD_DASHBOARD_EVENT, {})
    hold = (box.now + timedelta(hours=3)).isoformat()
    for kind, name in (("CAMPAIGN", "steady"), ("RECOMMENDER", "popular")):
        detail = {"ARN": arns[name], "NewMinTPS": 4, "HoldUntil": hold}
        request(box, contract.UPDATE_FLOOR_EVENT[Kind[kind]], detail)
    box.run(days=0.05)
    request(
        box, contract.UPDATE_FLOOR_EVENT[Kind.CAMPAIGN], {"ARN": arns["steady"], "NewMinTPS": 4}
    )
    for name, kind in (
        (contract.DELETE_CAMPAIGN_EVENT, "busy"),
        (contract.STOP_RECOMMENDER_EVENT, "popular"),
    ):
        request(box, name, {"ARN": f"{arns[kind]}-misspelt"})
    box.confirm("old@example.com")
    box.update({"NotificationEndpoint": "new@example.com"})
    box.run(days=0.05)
    _orphan(box, "ap-south-1")
    box.update({"Regions": "us-east-1"})
    for function in ("Monitor", "Update", "Delete", "Stop", "Dashboard", "Notify", "Journal"):
        times = {"Update": 6, "Journal": 200}.get(function, 3)
        box.chaos.kill(f"{function}Function", at_call=1, times=times)
    for name in (
        *contract.UPDATE_FLOOR_EVENT.values(),
        contract.DELETE_CAMPAIGN_EVENT,
        contract.STOP_RECOMMENDER_EVENT,
        contract.BUILD_DASHBOARD_EVENT,
    ):
        kind = "popular" if "Recommender" in name else "busy"
        request(box, name, {"ARN": arns[kind], "NewMinTPS": 7})
    box.run(days=0.05)
    box.invoke("LifecycleFunction", {"RequestType": "Delete"})


def prewarm(box: Sandbox, arn: str) -> None:
    """A schedule of the stack's own group that asks for a floor: once well, once in vain."""
    outputs = box.stack.outputs
    detail = {"ARN": arn, "NewMinTPS": 3}
    schedules = box.client("scheduler")
    for number in (1, 2):
        schedules.create_schedule(
            Name=f"try-{number}",
            GroupName=outputs["PrewarmScheduleGroup"],
            ScheduleExpression=f"at({box.now + timedelta(minutes=10 * number):%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target={
                "Arn": "arn:aws:events:us-east-1:123456789012:event-bus/default",
                "RoleArn": outputs["PrewarmRoleArn"],
                "Input": json.dumps(detail),
                "EventBridgeParameters": {
                    "Source": contract.EVENT_SOURCE,
                    "DetailType": contract.UPDATE_FLOOR_EVENT[Kind.CAMPAIGN],
                },
                "DeadLetterConfig": {"Arn": outputs["DeadLettersArn"]},
                "RetryPolicy": {"MaximumRetryAttempts": 0},
            },
        )


def test_every_permission_is_needed_and_none_is_missing() -> None:
    """In a life in which all happens, no call is denied, and each granted action was needed.

    So taking any action out of the template makes this test fail, and so does adding one.
    """
    denied: list[Call] = []
    with Sandbox(datetime(2026, 3, 2, tzinfo=UTC), seed=5) as box:
        everything(box, denied)
        unused = [f"{grant.role} {grant.action}" for grant in box.stack.unused_grants()]
        box.delete()
        assert [f"{c.principal_name} {c.action} {c.region}" for c in denied] == []
        assert unused == []
        assert box.leftovers() == []


@pytest.mark.parametrize("switch", ["AutoDeleteIdleCampaigns", "AutoStopIdleRecommenders"])
def test_destructive_permissions_are_absent_when_the_parameter_is_no(switch: str) -> None:
    """Who did not ask for deletion has no function and no role that could delete."""
    action = {
        "AutoDeleteIdleCampaigns": "personalize:DeleteCampaign",
        "AutoStopIdleRecommenders": "personalize:StopRecommender",
    }[switch]
    with Sandbox(datetime(2026, 3, 2, tzinfo=UTC), seed=5) as box:
        on = box.deploy(TEMPLATE, {switch: "Yes"})
        assert [g.role for g in on.grants() if g.action == action]
        off = box.update({switch: "No"})
        assert not [g.role for g in off.grants() if g.action == action]
