"""Every public name in one place: what deployments, dashboards and other programs rely on.

Changing a value here changes the contract with users; ``tests/contract`` holds each of them.
"""

from __future__ import annotations

from personalize_monitor.model.resource import Kind

NAMESPACE = "PersonalizeMonitor"
"""CloudWatch namespace of all metrics that we publish."""
AWS_NAMESPACE = "AWS/Personalize"
"""CloudWatch namespace in which the service itself reports."""

CAMPAIGN_COUNT_METRIC = "monitoredCampaignCount"
RESOURCE_COUNT_METRIC = "monitoredResourceCount"
PROBLEM_COUNT_METRIC = "monitorProblemCount"
"""Problems of a cycle, at home; a cycle without problems has no datapoint."""
SELF_TEST_METRIC = "selfTest"
"""One datapoint of 1 for each self-test, in each place; it says nothing but that it arrived."""

DIMENSION = {Kind.CAMPAIGN: "CampaignArn", Kind.RECOMMENDER: "RecommenderArn"}
FLOOR_METRIC = {
    Kind.CAMPAIGN: "minProvisionedTPS",
    Kind.RECOMMENDER: "minRecommendationRequestsPerSecond",
}
AVERAGE_METRIC = {Kind.CAMPAIGN: "averageTPS", Kind.RECOMMENDER: "averageRPS"}
UTILIZATION_METRIC = {
    Kind.CAMPAIGN: "campaignUtilization",
    Kind.RECOMMENDER: "recommenderUtilization",
}

ALARM_PREFIX = "PersonalizeMonitor-"
LOW_UTILIZATION_ALARM = {
    Kind.CAMPAIGN: "PersonalizeMonitor-LowCampaignUtilization-",
    Kind.RECOMMENDER: "PersonalizeMonitor-LowRecommenderUtilization-",
}
IDLE_ALARM = {
    Kind.CAMPAIGN: "PersonalizeMonitor-IdleCampaign-",
    Kind.RECOMMENDER: "PersonalizeMonitor-IdleRecommender-",
}
CLIENT_ERROR_ALARM = {
    Kind.CAMPAIGN: "PersonalizeMonitor-CampaignClientErrors-",
    Kind.RECOMMENDER: "PersonalizeMonitor-RecommenderClientErrors-",
}
SERVER_ERROR_ALARM = {
    Kind.CAMPAIGN: "PersonalizeMonitor-CampaignServerErrors-",
    Kind.RECOMMENDER: "PersonalizeMonitor-RecommenderServerErrors-",
}

CREATED_BY_TAG = "CreatedBy"
CREATED_BY = "PersonalizeMonitor"
TOPIC_NAME = "PersonalizeMonitorNotifications"
DASHBOARD_NAME = "Amazon-Personalize-Monitor"

EVENT_SOURCE = "personalize.monitor"
UPDATE_FLOOR_EVENT = {
    Kind.CAMPAIGN: "UpdatePersonalizeCampaignMinProvisionedTPS",
    Kind.RECOMMENDER: "UpdatePersonalizeRecommenderMinRecommendationRPS",
}
DELETE_CAMPAIGN_EVENT = "DeletePersonalizeCampaign"
STOP_RECOMMENDER_EVENT = "StopPersonalizeRecommender"
BUILD_DASHBOARD_EVENT = "BuildPersonalizeMonitorDashboard"
TEST_EVENT = "TestPersonalizeMonitor"
"""Asks for a self-test, whose result comes as a notice; the monitor's own has ``AskedBy``."""
FLOOR_UPDATED_EVENT = {
    Kind.CAMPAIGN: "PersonalizeCampaignMinProvisionedTPSUpdated",
    Kind.RECOMMENDER: "PersonalizeRecommenderMinRecommendationRPSUpdated",
}
CAMPAIGN_DELETED_EVENT = "PersonalizeCampaignDeleted"
RECOMMENDER_STOPPED_EVENT = "PersonalizeRecommenderStopped"
RESTORED_EVENT = "PersonalizeMonitorRestored"
"""A campaign was created again from the journal, or a recommender was started again."""
NOTICE_EVENT = "PersonalizeMonitorNotice"
VERDICT_KIND = "verdict"
COMPARISON_KIND = "comparison"
"""The kind of notice that tells what became of a lower floor."""
"""Something that people should know although nothing was changed; ``Kind`` says what."""

MONTHLY_SAVING_KEY = "EstimatedSavingPerMonthUSD"
"""In a request of the monitor and its announcement: what a lower floor saves in 730 hours."""
STEP_BACK_KEY = "StepBack"
"""True in a request of the monitor, and its announcement, that takes a lowering back."""
PREWARM_KEY = "PrewarmId"
"""In the detail of a request for a floor: the pre-warm that it begins, or ends."""
END_PREWARM_KEY = "EndPrewarm"
"""True in the request that ends a pre-warm; the executor finds the floor to return to."""
AGAIN_KEY = "SentAgain"
"""True in a request that is sent once more later, in case that this one finds a busy resource."""

TAG_PREFIX = "PersonalizeMonitor:"
EXEMPT_TAG = "PersonalizeMonitor:Exempt"
HOLD_UNTIL_TAG = "PersonalizeMonitor:HoldUntil"
MIN_TPS_TAG = "PersonalizeMonitor:MinTPS"
MAX_TPS_TAG = "PersonalizeMonitor:MaxTPS"
IDLE_HOURS_TAG = "PersonalizeMonitor:IdleHours"

MAX_FLOOR = 500
"""Requests per second that one campaign may serve: the service quota, so no floor above it."""

PERSONALIZE_REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "cn-north-1",
    "eu-central-1",
    "eu-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
)
"""Regions with a Personalize endpoint, from the endpoint list that ships with botocore 1.43."""
