"""Which permissions the verbs need, and which are missing: each is tried by its own call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.problems import AWS_ERRORS, code_of, is_denied, is_not_found, sentence
from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.contract import ALARM_PREFIX, AWS_NAMESPACE
from personalize_monitor.model.arn import solution_of
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.snapshot import Snapshot
from personalize_monitor_desk.cli.doctor.finding import Finding, note, ok, wrong
from personalize_monitor_desk.cli.session import Where

_LOOKING = "status, plan, changes, report, savings, backtest, console"


@dataclass(frozen=True, slots=True)
class Need:
    """One permission: the action as IAM spells it, the verbs that need it, and a harmless try.

    ``vital`` ones stop the verbs; without the others a part is missing and they say so.
    """

    action: str
    verbs: str
    attempt: Callable[[], object]
    vital: bool = True


def needs(place: Where, region: str, seen: Snapshot | None, home: StackInfo | None) -> list[Need]:
    """What is worth trying in a region, given what is there (None: nothing could be seen).

    ``home`` is the deployment where the region is its home.
    """
    access, now = place.access, place.now

    def client(service: str) -> Any:
        return access.client(service, region)

    personalize, watch = client("personalize"), client("cloudwatch")
    found = [
        Need("personalize:ListCampaigns", _LOOKING, personalize.list_campaigns),
        Need("personalize:ListRecommenders", _LOOKING, personalize.list_recommenders),
        Need("personalize:ListSolutions", _LOOKING, personalize.list_solutions),
        Need(
            "personalize:ListDatasetGroups",
            "report",
            personalize.list_dataset_groups,
            vital=False,
        ),
        Need("cloudwatch:GetMetricData", _LOOKING, lambda: _ask_metric(watch, now)),
        Need(
            "cloudwatch:DescribeAlarms",
            "status, report",
            lambda: watch.describe_alarms(AlarmNamePrefix=ALARM_PREFIX, MaxRecords=1),
            vital=False,
        ),
        *_about_resources(personalize, region, seen),
    ]
    if home is not None and home.journal_group:
        journal = home.journal_group
        logs = client("logs")
        found.append(
            Need(
                "logs:FilterLogEvents",
                "status, plan, changes, report, journal, savings, restore",
                lambda: logs.filter_log_events(logGroupName=journal, limit=1),
                vital=False,
            )
        )
    topic = home.outputs.get("NotificationTopicArn", "") if home else ""
    if topic:
        found.append(
            Need(
                "sns:ListSubscriptionsByTopic",
                "doctor",
                lambda: client("sns").list_subscriptions_by_topic(TopicArn=topic),
                vital=False,
            )
        )
    return found


def _about_resources(personalize: Any, region: str, seen: Snapshot | None) -> Iterable[Need]:
    everything = seen.seen if seen else ()
    here = [one.resource for one in everything if one.resource.region == region]
    campaign = next((r for r in here if r.kind is Kind.CAMPAIGN), None)
    if campaign is not None:
        arn = str(campaign.arn)
        yield Need(
            "personalize:DescribeCampaign",
            _LOOKING,
            lambda: personalize.describe_campaign(campaignArn=arn),
        )
        version = campaign.solution_version_arn
        if version is not None:
            solution = solution_of(version)
            yield Need(
                "personalize:DescribeSolution",
                _LOOKING,
                lambda: personalize.describe_solution(solutionArn=solution),
                vital=False,
            )
    if here:
        first = str(here[0].arn)
        yield Need(
            "personalize:ListTagsForResource",
            "plan, report",
            lambda: personalize.list_tags_for_resource(resourceArn=first),
            vital=False,
        )


def _ask_metric(watch: Any, now: datetime) -> object:
    metric = {"Namespace": AWS_NAMESPACE, "MetricName": "GetRecommendations"}
    query = {"Id": "a", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}}
    return watch.get_metric_data(
        MetricDataQueries=[query], StartTime=now - timedelta(minutes=10), EndTime=now
    )


def tried(needs_: Iterable[Need], region: str) -> list[Finding]:
    """One finding for all that is allowed, and one for each permission that is missing."""
    findings, allowed = [], 0
    for need in needs_:
        try:
            need.attempt()
        except AWS_ERRORS as error:
            if is_denied(error):
                findings.append(_missing(need, region))
            elif not is_not_found(error):
                findings.append(
                    wrong(
                        f"{need.action} in {region}",
                        sentence("The call", error),
                        f"Try again in a minute; {code_of(error)} is not about permissions.",
                    )
                )
            else:
                allowed += 1
        else:
            allowed += 1
    if allowed:
        findings.insert(0, ok(f"Permissions in {region}", f"{allowed} calls are allowed."))
    return findings


def _missing(need: Need, region: str) -> Finding:
    said = f"It is denied; {need.verbs} need it."
    cure = f"Allow {need.action} to the identity that you use (policy, boundary, or SCP)."
    subject = f"{need.action} in {region}"
    return wrong(subject, said, cure) if need.vital else note(subject, said, cure)
