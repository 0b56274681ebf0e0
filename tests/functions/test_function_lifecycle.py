"""Install, change and remove: always an answer, and in the end nothing of ours anywhere."""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import BEGIN, Local

from aws_sandbox import fleet
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.stack.errors import DeployError
from personalize_monitor.functions import lifecycle, runtime
from personalize_monitor.settings import load as load_settings

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


def event(local: Local, kind: str, **more: Any) -> dict[str, Any]:
    """CloudFormation's request."""
    return {
        "RequestType": kind,
        "time": local.now.isoformat(),
        "StackId": "s",
        "RequestId": "r",
        "LogicalResourceId": "Lifecycle",
        **more,
    }


def leftovers(local: Local, region: str) -> list[str]:
    """Names of what is ours in a region."""
    cloudwatch, sns = local.client("cloudwatch", region), local.client("sns", region)
    pages = cloudwatch.get_paginator("describe_alarms").paginate()
    return [
        *(alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]),
        *(topic["TopicArn"] for topic in sns.list_topics()["Topics"]),
        *(d["DashboardName"] for d in cloudwatch.list_dashboards()["DashboardEntries"]),
    ]


@pytest.fixture
def installed(local: Local) -> Local:
    """Two regions with alarms, a topic and a dashboard."""
    local.env(Regions="us-east-1,eu-west-1")
    fleet.add_campaign(local.world, "here")
    fleet.add_campaign(local.world, "there", region="eu-west-1")
    assert lifecycle.handler(event(local, "Create"), None)["Status"] == "SUCCESS"
    local.at(local.now)
    assert leftovers(local, "us-east-1")
    assert leftovers(local, "eu-west-1")
    return local


def test_installing_builds_the_first_dashboard(local: Local) -> None:
    """Also without any resource."""
    answer = lifecycle.handler(event(local, "Create"), None)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "personalize-monitor")
    assert (answer["StackId"], answer["RequestId"]) == ("s", "r")
    assert leftovers(local, "us-east-1") == ["Amazon-Personalize-Monitor"]


def test_bad_parameters_are_refused_at_once(local: Local) -> None:
    """Better no installation than one that fails every five minutes; the reason names them."""
    local.env(IdleCampaignThresholdHours="49")
    answer = lifecycle.handler(event(local, "Create"), None)
    assert answer["Status"] == "FAILED"
    assert "IdleCampaignThresholdHours is '49'" in answer["Reason"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ExposurePrice": "5000"}, "ExposurePrice is '5000'"),
        ({"AdjustMinAgeHours": "2.5"}, "AdjustMinAgeHours is '2.5'"),
        (
            {"AutoAdjustMinTPS": "Yes", "AutoAdjustCampaignMinProvisionedTPS": "No"},
            "give one of them, or both the same value",
        ),
        (
            {"AutoDeleteOrStopIdleResources": "No", "AutoStopIdleRecommenders": "Yes"},
            "AutoStopIdleRecommenders is 'Yes' and AutoDeleteOrStopIdleResources",
        ),
    ],
)
def test_a7_an_update_with_values_that_cannot_be_meant_is_refused(
    given: dict[str, str], said: str
) -> None:
    """CloudFormation lets them pass: the update is undone, and the old values stay in force."""
    with Sandbox(BEGIN, seed=1) as box:
        box.deploy(TEMPLATE)
        before = box.function("MonitorFunction").environment
        with pytest.raises(DeployError, match=re.escape(said)):
            box.update(given)
        assert box.function("MonitorFunction").environment == before
        box.tick()
        assert all(i.ok for i in box.invocations("MonitorFunction"))
        box.update({"AdjustMinAgeHours": "48"})
        box.delete()
        assert box.leftovers() == []


def test_p16_names_of_1_3_0_count_where_they_are_given() -> None:
    """Who had right-sizing off keeps it off, and deletion and stop follow their one old switch."""
    old = {
        "AutoAdjustMinTPS": "No",
        "IdleThresholdHours": "7",
        "UtilizationThresholdAlarmLowerBound": "60",
        "AutoCreateIdleAlarms": "No",
        "AutoCreateUtilizationAlarms": "Yes",
        "AutoDeleteOrStopIdleResources": "Yes",
    }
    with Sandbox(BEGIN, seed=1) as box:
        box.deploy(TEMPLATE, old)
        found = load_settings(box.function("MonitorFunction").environment)
        assert (found.adjust_floor, found.idle_hours, found.idle_alarms) == (False, 7, False)
        assert (found.utilization_threshold_percent, found.utilization_alarms) == (60, True)
        assert (found.delete_idle_campaigns, found.stop_idle_recommenders) == (True, True)
        assert box.function("DeleteFunction").environment
        assert box.function("StopFunction").environment
        size = sum(len(k) + len(v) for k, v in found_environment(box).items())
        assert size < 2000
        box.update({"AutoDeleteOrStopIdleResources": ""})
        with pytest.raises(LookupError):
            box.function("DeleteFunction")


def found_environment(box: Sandbox) -> dict[str, str]:
    """What the monitor's function finds in its environment."""
    return dict(box.function("MonitorFunction").environment)


def test_uninstalling_leaves_nothing_anywhere(installed: Local) -> None:
    """Alarms, topics and dashboards of both regions go; a second time is no error."""
    for _ in range(2):
        assert lifecycle.handler(event(installed, "Delete"), None)["Status"] == "SUCCESS"
        assert leftovers(installed, "us-east-1") == leftovers(installed, "eu-west-1") == []


def test_uninstalling_works_with_parameters_that_do_not(installed: Local) -> None:
    """A stack with a bad parameter can still be deleted, and leaves nothing."""
    installed.env(IdleCampaignThresholdHours="49", Regions="moon")
    assert lifecycle.handler(event(installed, "Delete"), None)["Status"] == "SUCCESS"
    assert leftovers(installed, "eu-west-1") == []


def test_what_could_not_be_removed_is_said_and_does_not_hold_the_stack(installed: Local) -> None:
    """Deleting is answered with success and the problems; the other region is clean."""
    installed.fail(action="DeleteAlarms", region="eu-west-1", code="InternalFailure", status=500)
    answer = lifecycle.handler(event(installed, "Delete"), None)
    assert answer["Status"] == "SUCCESS"
    assert "eu-west-1" in answer["Reason"]
    installed.heal()
    assert leftovers(installed, "us-east-1") == []


def test_a_region_that_is_no_longer_named_is_tidied(installed: Local) -> None:
    """An update of Regions removes what is in the others, and keeps what is watched."""
    before = leftovers(installed, "us-east-1")
    installed.env(Regions="us-east-1")
    assert lifecycle.handler(event(installed, "Update"), None)["Status"] == "SUCCESS"
    assert leftovers(installed, "eu-west-1") in ([], ["Amazon-Personalize-Monitor"])
    assert leftovers(installed, "us-east-1") == before


def test_other_peoples_alarms_stay(installed: Local) -> None:
    """Only what we made is removed, whatever it is called."""
    client = installed.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName="PersonalizeMonitor-mine",
        Namespace="AWS/Personalize",
        MetricName="GetRecommendations",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
    )
    lifecycle.handler(event(installed, "Delete"), None)
    assert leftovers(installed, "us-east-1") == ["PersonalizeMonitor-mine"]


def test_an_unexpected_failure_is_still_an_answer(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudFormation never waits in vain."""

    def broken() -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(lifecycle, "runtime", broken)
    answer = lifecycle.handler(event(local, "Create"), None)
    assert (answer["Status"], "boom" in answer["Reason"]) == ("SUCCESS", True)


@pytest.fixture
def cloudformation() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """A presigned address and the answers that were put to it; the first try fails."""
    answers: list[tuple[str, dict[str, Any]]] = []
    tries = iter([500])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = next(tries, 200)
            if status == 200:
                answers.append((self.headers.get("Content-Type", ""), json.loads(body)))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/answer?signed=yes", answers
    server.shutdown()
    server.server_close()


def test_the_answer_is_put_to_the_address_until_it_arrives(
    local: Local, cloudformation: tuple[str, list[tuple[str, dict[str, Any]]]]
) -> None:
    """With an empty content type, as the signature wants, and again when it was not taken."""
    url, answers = cloudformation
    lifecycle.handler(event(local, "Create", ResponseURL=url), None)
    ((content_type, answer),) = answers
    assert content_type == ""
    assert (answer["Status"], answer["LogicalResourceId"]) == ("SUCCESS", "Lifecycle")


def test_clients_are_kept_between_invocations_of_one_identity(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same environment finds its clients and memory; another one does not."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFIRST")
    first = runtime.runtime()
    assert runtime.runtime() is first
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
    assert runtime.runtime() is not first
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFIRST")
    assert runtime.runtime() is first
