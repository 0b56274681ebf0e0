"""What an API call needs: IAM action, resource ARNs and condition context.

Source: the AWS service authorization reference, per service. An operation that is not listed
needs its own name on `*`, which is what actions without resource-level permission need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_sandbox.partition import partition_of

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IamRequest:
    """One permission that a call needs, on all of these resources, in this context."""

    action: str
    resources: tuple[str, ...] = ("*",)
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the call goes; makes ARNs of that account and region."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """An ARN of this account and region."""
        return f"arn:{partition_of(self.region)}:{service}:{self.region}:{self.account}:{resource}"


Mapper = Callable[[str, Params, Place], list[IamRequest]]

_PREFIX = {
    "personalize-runtime": "personalize",
    "personalizeruntime": "personalize",
    "personalize-events": "personalize",
    "monitoring": "cloudwatch",
    "awslambda": "lambda",
    "lambda_simple": "lambda",
    "awslambda_simple": "lambda",
}
_TAGGING = {"TagResource", "UntagResource", "ListTagsForResource"}
_FREE = {"sts:GetCallerIdentity"}


def request_of(
    service: str, operation: str, params: Params, account: str, region: str
) -> tuple[IamRequest, ...]:
    """Every permission that this call needs; empty when it needs none (GetCallerIdentity)."""
    prefix = _PREFIX.get(service, service)
    if operation == "GetProducts":  # the Price List API is answered beside Cost Explorer
        prefix = "pricing"
    if f"{prefix}:{operation}" in _FREE:
        return ()
    place = Place(account, region)
    mapper = _MAPPERS.get(prefix) or _named(prefix)
    common = {"aws:RequestedRegion": region, "aws:SecureTransport": "true"}
    return tuple(
        IamRequest(need.action, need.resources, {**common, **need.context})
        for need in mapper(operation, params, place)
    )


def tag_context(params: Params) -> dict[str, Any]:
    """aws:TagKeys and aws:RequestTag/KEY of a call that brings tags, in either spelling."""
    tags = params.get("Tags") or params.get("tags") or params.get("TagList") or []
    pairs = (
        list(tags.items())
        if isinstance(tags, Mapping)
        else [(t.get("Key", t.get("tagKey")), t.get("Value", t.get("tagValue"))) for t in tags]
    )
    if not pairs:
        return {}
    context: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in pairs}
    return {**context, "aws:TagKeys": [key for key, _ in pairs]}


def with_tags(prefix: str, needs: list[IamRequest], params: Params) -> list[IamRequest]:
    """A creation that brings tags also needs TagResource on the same resource."""
    context = tag_context(params)
    if not context:
        return needs
    first = needs[0]
    tagged = IamRequest(first.action, first.resources, {**first.context, **context})
    return [tagged, *needs[1:], IamRequest(f"{prefix}:TagResource", first.resources, context)]


# --- Personalize -----------------------------------------------------------------------------

_PERSONALIZE_CREATES = {
    "CreateCampaign": "campaign",
    "CreateRecommender": "recommender",
    "CreateSolution": "solution",
    "CreateDatasetGroup": "dataset-group",
}


def _personalize(operation: str, params: Params, place: Place) -> list[IamRequest]:
    action = f"personalize:{operation}"
    if operation in _PERSONALIZE_CREATES:
        arn = place.arn(
            "personalize", f"{_PERSONALIZE_CREATES[operation]}/{params.get('name', '')}"
        )
        return with_tags("personalize", [IamRequest(action, (arn,))], params)
    if operation.startswith("List") and operation != "ListTagsForResource":
        return [IamRequest(action)]
    if operation in _TAGGING:
        # The service authorization reference defines no resource types for them.
        return [IamRequest(action, ("*",), tag_context(params))]
    # Describe-, Update-, Delete-, Start-, Stop- and the runtime name exactly one ARN.
    wanted = ("campaignArn", "recommenderArn", "solutionVersionArn", "solutionArn")
    names = (*wanted, *(key for key in params if key.endswith("Arn")))
    arn = next((str(params[key]) for key in names if params.get(key)), "*")
    return [IamRequest(action, (arn,))]


# --- CloudWatch ------------------------------------------------------------------------------

_ALARM_LISTS = {"DeleteAlarms", "EnableAlarmActions", "DisableAlarmActions"}
_ALARM_ONE = {"PutMetricAlarm", "PutCompositeAlarm", "SetAlarmState"}
_ALARM_READS = {"DescribeAlarms", "DescribeAlarmHistory"}
_DASHBOARDS = {"PutDashboard", "GetDashboard", "DeleteDashboards"}


def _cloudwatch(operation: str, params: Params, place: Place) -> list[IamRequest]:
    action = f"cloudwatch:{operation}"
    if operation in _ALARM_LISTS | _ALARM_ONE | _ALARM_READS:
        return _alarms(operation, params, place)
    if operation in _DASHBOARDS:
        names = params.get("DashboardNames") or [params.get("DashboardName", "")]
        # Dashboards are global: their ARN has no region.
        root = f"arn:{partition_of(place.region)}:cloudwatch::{place.account}"
        arns = tuple(f"{root}:dashboard/{name}" for name in names)
        return with_tags("cloudwatch", [IamRequest(action, arns)], params)
    if operation in _TAGGING:
        return [IamRequest(action, (str(params.get("ResourceARN", "*")),), tag_context(params))]
    if operation == "PutMetricData":
        return [IamRequest(action, ("*",), {"cloudwatch:namespace": params.get("Namespace", "")})]
    return [IamRequest(action)]


def _alarms(operation: str, params: Params, place: Place) -> list[IamRequest]:
    action = f"cloudwatch:{operation}"
    if operation in _ALARM_LISTS:
        names = params.get("AlarmNames") or ["*"]
    else:
        # DescribeAlarms is judged on alarm:* whatever it filters by.
        names = [params.get("AlarmName") or "*"]
    arns = tuple(place.arn("cloudwatch", f"alarm:{name}") for name in names)
    actions = list(params.get("AlarmActions") or [])
    context = {"cloudwatch:AlarmActions": actions} if actions else {}
    return with_tags("cloudwatch", [IamRequest(action, arns, context)], params)


# --- EventBridge -----------------------------------------------------------------------------


def _bus(params: Params) -> str:
    return str(params.get("EventBusName") or "default").rsplit("/", 1)[-1]


def _events(operation: str, params: Params, place: Place) -> list[IamRequest]:
    action = f"events:{operation}"
    if operation == "PutEvents":
        return [
            IamRequest(
                action,
                (place.arn("events", f"event-bus/{_bus(entry)}"),),
                {
                    "events:source": entry.get("Source", ""),
                    "events:detail-type": entry.get("DetailType", ""),
                },
            )
            for entry in params.get("Entries") or [{}]
        ]
    if operation in _TAGGING:
        return [IamRequest(action, (str(params.get("ResourceARN", "*")),), tag_context(params))]
    name = params.get("Rule") or (params.get("Name") if operation.endswith("Rule") else None)
    if not name:
        return [IamRequest(action)]
    bus = _bus(params)
    rule = place.arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")
    context: dict[str, Any] = {}
    if operation == "PutTargets":
        context = {"events:TargetArn": [target.get("Arn") for target in params.get("Targets", [])]}
    needs = with_tags("events", [IamRequest(action, (rule,), context)], params)
    roles = [t.get("RoleArn") for t in params.get("Targets") or []] + [params.get("RoleArn")]
    return needs + [_pass_role(role, "events.amazonaws.com") for role in roles if role]


def _pass_role(role_arn: str, service: str) -> IamRequest:
    return IamRequest("iam:PassRole", (role_arn,), {"iam:PassedToService": service})


# --- Scheduler -------------------------------------------------------------------------------


def _scheduler(operation: str, params: Params, place: Place) -> list[IamRequest]:
    action = f"scheduler:{operation}"
    if operation in _TAGGING:
        return [IamRequest(action, (str(params.get("ResourceArn", "*")),), tag_context(params))]
    if operation.endswith("ScheduleGroup"):
        arn = place.arn("scheduler", f"schedule-group/{params.get('Name', '')}")
        return with_tags("scheduler", [IamRequest(action, (arn,))], params)
    if operation == "ListScheduleGroups":
        return [IamRequest(action, (place.arn("scheduler", "schedule-group/*"),))]
    group = params.get("GroupName") or ("*" if operation == "ListSchedules" else "default")
    name = "*" if operation == "ListSchedules" else params.get("Name", "")
    needs = [IamRequest(action, (place.arn("scheduler", f"schedule/{group}/{name}"),))]
    role = (params.get("Target") or {}).get("RoleArn")
    if operation in {"CreateSchedule", "UpdateSchedule"} and role:
        needs.append(_pass_role(role, "scheduler.amazonaws.com"))
    return needs


# --- SNS, SQS, Logs, Lambda, STS, IAM ----------------------------------------------------------

_SNS_ANY = {
    "ListTopics", "ListSubscriptions", "Unsubscribe", "GetSubscriptionAttributes",
    "SetSubscriptionAttributes",
}  # fmt: skip


def _sns(operation: str, params: Params, place: Place) -> list[IamRequest]:
    action = f"sns:{operation}"
    if operation in _SNS_ANY:
        return [IamRequest(action)]
    if operation == "CreateTopic":
        topic = place.arn("sns", str(params.get("Name", "")))
        return with_tags("sns", [IamRequest(action, (topic,))], params)
    if operation == "PublishBatch":
        action = "sns:Publish"
    names = ("TopicArn", "TargetArn", "ResourceArn")
    arn = next((str(params[key]) for key in names if params.get(key)), "*")
    context = {**tag_context(params)}
    if operation == "Subscribe":
        context |= {
            "sns:Protocol": params.get("Protocol", ""),
            "sns:Endpoint": params.get("Endpoint", ""),
        }
    return [IamRequest(action, (arn,), context)]


def _sqs(operation: str, params: Params, place: Place) -> list[IamRequest]:
    action = f"sqs:{operation.removesuffix('Batch')}"
    if operation == "ListQueues":
        return [IamRequest(action)]
    name = str(params.get("QueueName") or params.get("QueueUrl", "*")).rsplit("/", 1)[-1]
    return [IamRequest(action, (place.arn("sqs", name),), tag_context(params))]


_LOGS_ANY = {
    "DescribeResourcePolicies", "PutResourcePolicy", "DeleteResourcePolicy", "GetQueryResults",
    "StopQuery", "DescribeQueries", "DescribeDestinations",
}  # fmt: skip


def _logs(operation: str, params: Params, place: Place) -> list[IamRequest]:
    action = f"logs:{operation}"
    if operation in _LOGS_ANY:
        return [IamRequest(action)]
    if operation in _TAGGING:
        return [IamRequest(action, (str(params.get("resourceArn", "*")),), tag_context(params))]
    many = params.get("logGroupNames") or params.get("logGroupIdentifiers") or []
    one = params.get("logGroupName") or params.get("logGroupIdentifier") or ""
    stream = params.get("logStreamName") or ""
    # Logs judges a group as "log-group:NAME:log-stream:", with the stream's name where there is
    # one; that is why policies need "log-group:NAME:*".
    arns = tuple(
        place.arn("logs", f"log-group:{str(group).rsplit('log-group:', 1)[-1]}:log-stream:{stream}")
        for group in (many or [one])
    )
    return [IamRequest(action, arns, tag_context(params))]


def _lambda(operation: str, params: Params, place: Place) -> list[IamRequest]:
    action = "lambda:InvokeFunction" if operation.startswith("Invoke") else f"lambda:{operation}"
    name = params.get("FunctionName")
    if not name:
        return [IamRequest(action)]
    arn = name if str(name).startswith("arn:") else place.arn("lambda", f"function:{name}")
    return [IamRequest(action, (str(arn),))]


def _sts(operation: str, params: Params, place: Place) -> list[IamRequest]:
    del place
    context = {"sts:ExternalId": params["ExternalId"]} if params.get("ExternalId") else {}
    return [IamRequest(f"sts:{operation}", (str(params.get("RoleArn", "*")),), context)]


def _ssm(operation: str, params: Params, place: Place) -> list[IamRequest]:
    names = params.get("Names") or [params.get("Name") or params.get("Path") or "*"]
    arns = tuple(place.arn("ssm", f"parameter/{str(name).lstrip('/')}") for name in names)
    return [IamRequest(f"ssm:{operation}", arns)]


def _named(prefix: str) -> Mapper:
    def mapper(operation: str, params: Params, place: Place) -> list[IamRequest]:
        del params, place
        return [IamRequest(f"{prefix}:{operation}")]

    return mapper


_MAPPERS: dict[str, Mapper] = {
    "personalize": _personalize,
    "cloudwatch": _cloudwatch,
    "events": _events,
    "scheduler": _scheduler,
    "sns": _sns,
    "sqs": _sqs,
    "logs": _logs,
    "lambda": _lambda,
    "ssm": _ssm,
    "sts": _sts,
}
