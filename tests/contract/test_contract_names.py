"""Every public name, unit and default, written out: what others rely on does not change by chance.

These literals are the contract; `personalize_monitor.contract` and the template have to agree.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aws_sandbox.stack.template import load
from personalize_monitor import contract
from personalize_monitor.model.resource import Kind
from personalize_monitor.settings import ALIASES, PARAMETERS, defaults
from personalize_monitor.settings import load as read

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
C, R = Kind.CAMPAIGN, Kind.RECOMMENDER
DEFAULTS = {
    "CampaignARNs": "all",
    "RecommenderARNs": "all",
    "Regions": "",
    "AutoCreateCampaignUtilizationAlarms": "Yes",
    "CampaignThresholdAlarmLowerBound": "100",
    "AutoAdjustCampaignMinProvisionedTPS": "Yes",
    "AutoCreateIdleCampaignAlarms": "Yes",
    "IdleCampaignThresholdHours": "24",
    "AutoDeleteIdleCampaigns": "No",
    "AutoStopIdleRecommenders": "No",
    "AllowDeletionRequests": "No",
    "NotificationEndpoint": "",
    "RightSizingMode": "lower",
    "AdjustMinAgeHours": "24",
    "RespectManualHours": "24",
    "IdleGraceHours": "0",
    "DryRun": "No",
    "Actions": "On",
    "AutoCreateErrorAlarms": "No",
    "NotifyHeldBack": "No",
    "MonitoredRoleARNs": "",
    "Digest": "Weekly",
    "ChatNotifications": "No",
    "LearnPrices": "No",
    "TimeZone": "",
}
BOUNDS = {
    "CampaignThresholdAlarmLowerBound": (0, 1000),
    "IdleCampaignThresholdHours": (2, 48),
}
SWITCHES = [name for name, default in DEFAULTS.items() if default in {"Yes", "No"}]


def template() -> dict[str, Any]:
    """The template's parameters as declared."""
    return dict(load(TEMPLATE)["Parameters"])


def test_each_parameter_has_its_default() -> None:
    """Names and defaults are those of the contract, in the code and in the template."""
    ours, deployed = defaults(), template()
    for name, default in DEFAULTS.items():
        assert ours[name] == default
        assert str(deployed[name]["Default"]) == default
    assert {"ExposurePrice", "MaxUpdatesPerDay"} <= set(ours)


def test_the_template_and_the_code_know_the_same_parameters() -> None:
    """What can be deployed is read, what is read can be deployed, and the defaults agree."""
    deployed = template()
    for parameter in PARAMETERS:
        assert str(deployed[parameter.name]["Default"]) == parameter.default
        assert deployed[parameter.name]["Description"]
    only_deployed = set(deployed) - {parameter.name for parameter in PARAMETERS}
    assert only_deployed == {"JournalRetentionDays", *ALIASES}
    assert all(deployed[alias]["Default"] == "" for alias in ALIASES)


def test_a7_the_custom_resource_is_given_every_parameter() -> None:
    """So a deployment is refused as a whole, and the change of any is seen."""
    given = load(TEMPLATE)["Resources"]["Lifecycle"]["Properties"]
    assert {name: given.get(name) for name in template()} == {
        name: {"Ref": name} for name in template()
    }


@pytest.mark.parametrize(("name", "bounds"), BOUNDS.items())
def test_numbers_have_the_bounds_of_the_contract(name: str, bounds: tuple[int, int]) -> None:
    """The lowest and the highest value are allowed, the next ones are not, in code and template."""
    declared = template()[name]
    assert (int(declared["MinValue"]), int(declared["MaxValue"])) == bounds
    lowest, highest = bounds
    read({name: str(lowest)})
    read({name: str(highest)})
    for beyond in (lowest - 1, highest + 1):
        with pytest.raises(Exception, match=name):
            read({name: str(beyond)})


@pytest.mark.parametrize("name", SWITCHES)
def test_switches_are_yes_or_no(name: str) -> None:
    """Every switch takes exactly Yes and No in the template."""
    assert sorted(template()[name]["AllowedValues"]) == ["No", "Yes"]


def test_the_safe_choice_is_the_default_where_something_would_be_lost() -> None:
    """Nothing is deleted or stopped unless somebody asked for it."""
    settings = read({})
    assert not settings.delete_idle_campaigns
    assert not settings.stop_idle_recommenders


def test_metrics() -> None:
    """Namespace, names and dimensions of what we publish."""
    assert contract.NAMESPACE == "PersonalizeMonitor"
    assert contract.CAMPAIGN_COUNT_METRIC == "monitoredCampaignCount"
    assert contract.RESOURCE_COUNT_METRIC == "monitoredResourceCount"
    assert contract.PROBLEM_COUNT_METRIC == "monitorProblemCount"
    assert contract.SELF_TEST_METRIC == "selfTest"
    assert contract.DIMENSION == {C: "CampaignArn", R: "RecommenderArn"}
    assert contract.FLOOR_METRIC == {
        C: "minProvisionedTPS",
        R: "minRecommendationRequestsPerSecond",
    }
    assert contract.AVERAGE_METRIC == {C: "averageTPS", R: "averageRPS"}
    assert contract.UTILIZATION_METRIC == {C: "campaignUtilization", R: "recommenderUtilization"}


def test_alarms_topic_dashboard() -> None:
    """Names that people search for, and the tag on what we make."""
    assert contract.LOW_UTILIZATION_ALARM == {
        C: "PersonalizeMonitor-LowCampaignUtilization-",
        R: "PersonalizeMonitor-LowRecommenderUtilization-",
    }
    assert contract.IDLE_ALARM == {
        C: "PersonalizeMonitor-IdleCampaign-",
        R: "PersonalizeMonitor-IdleRecommender-",
    }
    assert (contract.CREATED_BY_TAG, contract.CREATED_BY) == ("CreatedBy", "PersonalizeMonitor")
    assert contract.TOPIC_NAME == "PersonalizeMonitorNotifications"
    assert contract.DASHBOARD_NAME == "Amazon-Personalize-Monitor"


def test_events() -> None:
    """Source and detail-types, of requests and of announcements."""
    assert contract.EVENT_SOURCE == "personalize.monitor"
    assert contract.UPDATE_FLOOR_EVENT == {
        C: "UpdatePersonalizeCampaignMinProvisionedTPS",
        R: "UpdatePersonalizeRecommenderMinRecommendationRPS",
    }
    assert contract.DELETE_CAMPAIGN_EVENT == "DeletePersonalizeCampaign"
    assert contract.STOP_RECOMMENDER_EVENT == "StopPersonalizeRecommender"
    assert contract.BUILD_DASHBOARD_EVENT == "BuildPersonalizeMonitorDashboard"
    assert contract.FLOOR_UPDATED_EVENT == {
        C: "PersonalizeCampaignMinProvisionedTPSUpdated",
        R: "PersonalizeRecommenderMinRecommendationRPSUpdated",
    }
    assert contract.CAMPAIGN_DELETED_EVENT == "PersonalizeCampaignDeleted"
    assert contract.RECOMMENDER_STOPPED_EVENT == "PersonalizeRecommenderStopped"


def test_tags() -> None:
    """What a person writes on a resource."""
    assert contract.EXEMPT_TAG == "PersonalizeMonitor:Exempt"
    assert contract.HOLD_UNTIL_TAG == "PersonalizeMonitor:HoldUntil"
    assert contract.MIN_TPS_TAG == "PersonalizeMonitor:MinTPS"
    assert contract.MAX_TPS_TAG == "PersonalizeMonitor:MaxTPS"
    assert contract.IDLE_HOURS_TAG == "PersonalizeMonitor:IdleHours"
