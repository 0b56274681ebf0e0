"""Is the application deployed, set up to do what is expected, alive, and heard?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.metrics import Metrics, Query
from personalize_monitor.aws.paging import read_all
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, is_not_found, sentence
from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.context.lists import in_force
from personalize_monitor.contract import (
    ALARM_PREFIX,
    DASHBOARD_NAME,
    DIMENSION,
    FLOOR_METRIC,
    NAMESPACE,
    RESOURCE_COUNT_METRIC,
    TOPIC_NAME,
)
from personalize_monitor.errors import SettingsError
from personalize_monitor.model.counted import counted
from personalize_monitor.model.window import SECONDS, floor_to
from personalize_monitor.plan.snapshot import Seen, Snapshot
from personalize_monitor.policy.tag_overrides import tag_overrides_in
from personalize_monitor.settings import Settings
from personalize_monitor_desk.cli.doctor.finding import Finding, note, ok, skipped, wrong

_ALIVE = timedelta(minutes=20)
_LONG = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Ward:
    """What the checks look at."""

    access: Access
    stack: StackInfo
    seen: Snapshot
    now: datetime


def checks(ward: Ward) -> list[Finding]:
    """Everything about a deployment that exists."""
    try:
        settings = in_force(ward.access, ward.stack)
    except SettingsError as problem:
        said = " ".join(problem.problems)
        return [wrong("Parameters", said, "Correct them with `sam deploy --guided`.")]
    return [
        *_switches(ward, settings),
        *_regions(ward, settings),
        *_alive(ward),
        *_arriving(ward, settings),
        *_alarms(ward),
        *_subscriptions(ward, settings),
        *_dashboard(ward),
        *_wishes(ward),
    ]


def _switches(ward: Ward, settings: Settings) -> list[Finding]:
    found = []
    if not settings.actions:
        found.append(
            note(
                "Actions",
                "Actions is Off: nothing is changed, deleted or stopped.",
                "Deploy with Actions=On when that is no longer meant.",
            )
        )
    if settings.dry_run:
        found.append(
            note(
                "DryRun",
                "DryRun is Yes: decisions are only reported.",
                "Deploy with DryRun=No to have them carried out.",
            )
        )
    if not found:
        said = f"Stack {ward.stack.name} in {ward.stack.region}, with actions on."
        found.append(ok("Parameters", said))
    return found


def _regions(ward: Ward, settings: Settings) -> list[Finding]:
    watched = set(settings.regions_to_watch(ward.stack.region))
    missed = sorted({s.resource.region for s in ward.seen.serving} - watched)
    if not missed:
        return [ok("Regions", f"Watched: {', '.join(sorted(watched))}.")]
    wanted = ",".join(sorted({*watched, *missed}))
    return [
        wrong(
            "Regions",
            f"Resources serve in {', '.join(missed)}, which is not watched.",
            f"Deploy with Regions={wanted}.",
        )
    ]


def _alive(ward: Ward) -> list[Finding]:
    end = floor_to(ward.now, SECONDS)
    query = Query(NAMESPACE, RESOURCE_COUNT_METRIC, ("", ""), "Maximum")
    # The fleet's count has no dimension, which the gateway for series does not ask for.
    client = ward.access.client("cloudwatch", ward.stack.region)
    metric = {"Namespace": query.namespace, "MetricName": query.metric}
    try:
        answer = client.get_metric_data(
            MetricDataQueries=[
                {"Id": "a", "MetricStat": {"Metric": metric, "Period": SECONDS, "Stat": "Maximum"}}
            ],
            StartTime=end - timedelta(hours=3),
            EndTime=end,
        )["MetricDataResults"][0]
    except AWS_ERRORS as error:
        return [skipped("Cycles", sentence("Reading the monitor's own metric", error))]
    times: list[datetime] = answer["Timestamps"]
    if times and end - max(times) <= _ALIVE:
        return [ok("Cycles", f"The monitor runs; its last window is {max(times):%H:%M} UTC.")]
    last = f"Its last datapoint is of {max(times):%Y-%m-%d %H:%M} UTC" if times else "No datapoint"
    return [
        wrong(
            "Cycles",
            f"{last}: the monitor does not run.",
            "Look at its log group, at its schedule (it may be disabled), and at Lambda's "
            "concurrency.",
        )
    ]


def _arriving(ward: Ward, settings: Settings) -> list[Finding]:
    """The floor's metric of every resource that has been watched long enough."""
    watched = set(settings.regions_to_watch(ward.stack.region))
    end = floor_to(ward.now, SECONDS)
    found = []
    for region in sorted(watched):
        here = [
            one
            for one in ward.seen.serving
            if one.resource.region == region and ward.now - one.resource.created > _LONG
        ]
        if not here:
            continue
        queries = {_floor(one): one for one in here}
        metrics = Metrics(ward.access, region)
        answers = metrics.read(queries, start=end - _LONG, end=end, period=SECONDS)
        silent = [queries[q].resource.name for q, series in answers.items() if not series.points]
        if not silent:
            found.append(ok(f"Metrics in {region}", f"{counted(len(here), 'resource')} measured."))
            continue
        found.append(
            wrong(
                f"Metrics in {region}",
                f"No datapoints of {len(silent)} of {counted(len(here), 'resource')}, such as "
                f"{silent[0]}.",
                "Look at `problems` in the summary that the monitor's log shows each cycle.",
            )
        )
    return found


def _floor(one: Seen) -> Query:
    kind = one.resource.kind
    dimension = (DIMENSION[kind], str(one.resource.arn))
    return Query(NAMESPACE, FLOOR_METRIC[kind], dimension, "Maximum")


def _alarms(ward: Ward) -> list[Finding]:
    client = ward.access.client("cloudwatch", ward.stack.region)
    try:
        answer = client.describe_alarms(AlarmNamePrefix=f"{ward.stack.name}-", StateValue="ALARM")
    except AWS_ERRORS as error:
        return [skipped("The monitor's own alarms", sentence("Listing them", error))]
    firing = [a for a in answer["MetricAlarms"] if not a["AlarmName"].startswith(ALARM_PREFIX)]
    found = [
        wrong(
            f"Alarm {alarm['AlarmName']}",
            (alarm.get("AlarmDescription") or "It fires.").split("\n")[0],
            _CURES.get(_kind(alarm["AlarmName"]), "Look at what it watches."),
        )
        for alarm in firing
    ]
    muted = sorted(
        alarm.name for one in ward.seen.seen for alarm in one.alarms or () if alarm.muted
    )
    if muted:
        found.append(
            note(
                "Muted alarms",
                f"{counted(len(muted), 'alarm')} muted by a person, such as {muted[0]}.",
                "Enable their actions in CloudWatch when they shall speak again.",
            )
        )
    if not found:
        found.append(ok("Alarms", "None of the monitor's own fires, none is muted."))
    return found


_CURES = {
    "DeadLettersArrived": "Read the queue's message: it is the request that failed. Then purge it.",
    "MonitorBlind": "Read the problems in its log; a permission or a region is missing.",
    "MonitorErrors": "Read the monitor's log group; most often a permission is missing.",
    "MonitorMissed": "Look whether its schedule is enabled and Lambda has concurrency left.",
    "MonitorProblems": "Read `problems` in its summary; each sentence names the cure.",
    "MonitorOverrun": "Read `unfinished` in its summary; it says where the time goes.",
}


def _kind(name: str) -> str:
    return next((kind for kind in _CURES if f"-{kind}" in name), "")


def _subscriptions(ward: Ward, settings: Settings) -> list[Finding]:
    if not settings.notification_endpoint:
        return [
            note(
                "Notifications",
                "NotificationEndpoint is blank: nobody is told by mail.",
                "Deploy with NotificationEndpoint=team@example.com, or subscribe to the topic.",
            )
        ]
    found = []
    home = ward.stack.outputs.get("NotificationTopicArn", "")
    away = sorted(set(settings.regions_to_watch(ward.stack.region)) - {ward.stack.region})
    topics = {ward.stack.region: home}
    partition = ward.access.partition()
    topics |= {r: f"arn:{partition}:sns:{r}:{ward.seen.account}:{TOPIC_NAME}" for r in away}
    for region, topic in topics.items():
        found.append(_subscription(ward, region, topic, settings.notification_endpoint))
    return found


def _subscription(ward: Ward, region: str, topic: str, endpoint: str) -> Finding:
    subject = f"Mail from {region}"
    client = ward.access.client("sns", region)
    listing = read_all(
        client.list_subscriptions_by_topic,
        "Subscriptions",
        token="NextToken",  # noqa: S106  the name of a page token is no secret
        TopicArn=topic,
    )
    if listing.error is not None:
        if is_not_found(listing.error):
            return note(
                subject, "There is no topic yet.", "It is made with the region's first alarm."
            )
        return skipped(subject, sentence("Reading the subscriptions", listing.error))
    mails: Mapping[str, str] = {
        one["Endpoint"]: one["SubscriptionArn"]
        for one in listing.items
        if one["Protocol"] == "email"
    }
    arn = mails.get(endpoint)
    if arn is None:
        return wrong(
            subject,
            f"{endpoint} is not subscribed: it was declined or ended.",
            f"Subscribe it again: aws sns subscribe --region {region} --topic-arn {topic} "
            f"--protocol email --notification-endpoint {endpoint}",
        )
    if arn == "PendingConfirmation":
        return wrong(
            subject,
            f"{endpoint} has not confirmed its subscription; nothing reaches it.",
            "Click the link in the mail from AWS Notifications (look into the spam folder).",
        )
    return ok(subject, f"{endpoint} has confirmed.")


def _dashboard(ward: Ward) -> list[Finding]:
    client = ward.access.client("cloudwatch", ward.stack.region)
    try:
        names = client.list_dashboards(DashboardNamePrefix=DASHBOARD_NAME)["DashboardEntries"]
    except AWS_ERRORS as error:
        return [skipped("Dashboard", sentence("Listing dashboards", error))]
    if names:
        return [ok("Dashboard", f"{DASHBOARD_NAME} is there.")]
    return [
        wrong(
            "Dashboard",
            f"{DASHBOARD_NAME} is missing.",
            "It comes with the next full hour, or by the event BuildPersonalizeMonitorDashboard.",
        )
    ]


def _wishes(ward: Ward) -> Iterable[Finding]:
    """Tags that cannot be understood make a resource exempt: better to know."""
    for one in ward.seen.serving:
        try:
            gateway = Personalize(ward.access, one.resource.region)
            tags: dict[str, Any] = gateway.tags(one.resource.arn)
        except AWS_ERRORS:
            continue  # the missing permission is reported by itself
        for problem in tag_overrides_in(tags, ward.now).problems:
            yield wrong(
                f"Tags of {one.resource.name}",
                f"{problem} Until then it is exempt from all actions.",
                "Correct the tag, or remove it.",
            )
