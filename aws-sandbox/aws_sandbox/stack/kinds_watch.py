"""Alarms, dashboards, log groups and the resource policies of Logs."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from aws_sandbox.stack.kinds import (
    Kind,
    Made,
    Order,
    Properties,
    Site,
    document,
    flag,
    in_place,
    names,
    tags_of,
)

_ALARM = names(
    "AlarmName AlarmDescription ActionsEnabled OKActions AlarmActions InsufficientDataActions "
    "MetricName Namespace Statistic ExtendedStatistic Dimensions Period Unit EvaluationPeriods "
    "DatapointsToAlarm Threshold ComparisonOperator TreatMissingData "
    "EvaluateLowSampleCountPercentile Metrics Tags ThresholdMetricId"
)
_INTEGERS = {"Period", "EvaluationPeriods", "DatapointsToAlarm"}


def _typed(name: str, value: Any) -> Any:
    """Alarm properties in the types that PutMetricAlarm wants."""
    if name in _INTEGERS:
        return int(value)
    if name == "Threshold":
        return float(value)
    if name in {"ActionsEnabled", "ReturnData"}:
        return flag(value)
    if isinstance(value, dict):
        return {key: _typed(key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_typed("", item) for item in value]
    return value


def _put_alarm(site: Site, order: Order, name: str) -> Made:
    wanted = {
        k: _typed(k, v) for k, v in order.properties.items() if k not in {"AlarmName", "Tags"}
    }
    if tags_of(order.properties):
        wanted["Tags"] = tags_of(order.properties)
    site.client("cloudwatch").put_metric_alarm(AlarmName=name, **wanted)
    return Made(name, {"Arn": site.arn("cloudwatch", f"alarm:{name}")})


def _create_alarm(site: Site, order: Order) -> Made:
    name = order.properties.get("AlarmName") or site.generated_name(
        order.logical_id, order.generation, limit=255
    )
    return _put_alarm(site, order, name)


@in_place("AlarmName")
def _update_alarm(site: Site, order: Order, made: Made, _: Properties) -> Made:
    return _put_alarm(site, order, made.ref)


def _delete_alarm(site: Site, order: Order, made: Made) -> None:
    del order
    site.client("cloudwatch").delete_alarms(AlarmNames=[made.ref])


def _create_dashboard(site: Site, order: Order) -> Made:
    name = order.properties.get("DashboardName") or site.generated_name(order.logical_id)
    body = document(order.properties["DashboardBody"])
    site.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=body)
    return Made(name)


@in_place("DashboardName")
def _update_dashboard(site: Site, order: Order, made: Made, _: Properties) -> Made:
    body = document(order.properties["DashboardBody"])
    site.client("cloudwatch").put_dashboard(DashboardName=made.ref, DashboardBody=body)
    return made


def _delete_dashboard(site: Site, order: Order, made: Made) -> None:
    del order
    site.client("cloudwatch").delete_dashboards(DashboardNames=[made.ref])


def _create_log_group(site: Site, order: Order) -> Made:
    properties = order.properties
    name = properties.get("LogGroupName") or site.generated_name(order.logical_id, limit=255)
    tags = {tag["Key"]: tag["Value"] for tag in tags_of(properties)}
    logs = site.client("logs")
    logs.create_log_group(logGroupName=name, **({"tags": tags} if tags else {}))
    _set_retention(logs, name, properties)
    _set_policy(site, name, properties)
    return Made(name, {"Arn": site.arn("logs", f"log-group:{name}:*")})


def _set_retention(logs: Any, name: str, properties: Properties) -> None:
    days = properties.get("RetentionInDays")
    if days is None:
        logs.delete_retention_policy(logGroupName=name)
    else:
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(days))


@in_place("LogGroupName")
def _update_log_group(site: Site, order: Order, made: Made, _: Properties) -> Made:
    _set_retention(site.client("logs"), made.ref, order.properties)
    _set_policy(site, made.ref, order.properties)
    return made


def _set_policy(site: Site, name: str, properties: Properties) -> None:
    key = (site.account, site.region, name)
    site.cloud.log_policies.pop(key, None)
    if properties.get("ResourcePolicyDocument"):
        site.cloud.log_policies[key] = document(properties["ResourcePolicyDocument"])


def _delete_log_group(site: Site, order: Order, made: Made) -> None:
    del order
    site.cloud.log_policies.pop((site.account, site.region, made.ref), None)
    try:
        site.client("logs").delete_log_group(logGroupName=made.ref)
    except ClientError as problem:
        if problem.response["Error"]["Code"] != "ResourceNotFoundException":
            raise


def _create_logs_policy(site: Site, order: Order) -> Made:
    name = str(order.properties["PolicyName"])
    site.client("logs").put_resource_policy(
        policyName=name, policyDocument=document(order.properties["PolicyDocument"])
    )
    return Made(name)


@in_place("PolicyName")
def _update_logs_policy(site: Site, order: Order, made: Made, _: Properties) -> Made:
    del made
    return _create_logs_policy(site, order)


def _delete_logs_policy(site: Site, order: Order, made: Made) -> None:
    del order
    site.client("logs").delete_resource_policy(policyName=made.ref)


KINDS = {
    "AWS::CloudWatch::Alarm": Kind(
        _create_alarm, _delete_alarm, _update_alarm, _ALARM, names("ComparisonOperator")
    ),
    "AWS::CloudWatch::Dashboard": Kind(
        _create_dashboard,
        _delete_dashboard,
        _update_dashboard,
        names("DashboardName DashboardBody"),
        names("DashboardBody"),
    ),
    "AWS::Logs::LogGroup": Kind(
        _create_log_group,
        _delete_log_group,
        _update_log_group,
        names(
            "LogGroupName RetentionInDays Tags KmsKeyId LogGroupClass DataProtectionPolicy "
            "ResourcePolicyDocument"
        ),
    ),
    "AWS::Logs::ResourcePolicy": Kind(
        _create_logs_policy,
        _delete_logs_policy,
        _update_logs_policy,
        names("PolicyName PolicyDocument"),
        names("PolicyName PolicyDocument"),
    ),
}
