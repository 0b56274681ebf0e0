"""The answers of a lean AWS: the operations that the monitor and the baseline use, no more.

Bodies are JSON of the services' own shapes; what never changes is written once and kept.
"""

# ruff: noqa: D102, N802, ARG002  one method for each operation, all with the same signature

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from bench.fleet import ACCOUNT, BEGIN, Member, arn

_PAGE = 100
_QUERIES, _POINTS, _DATUMS, _ENTRIES = 500, 100_800, 1000, 10
Body = str | bytes


class Refused(Exception):
    """AWS refuses the call: a limit of its shape was passed."""


class Aws:
    """One account's Personalize, CloudWatch, SNS, EventBridge and Logs, all regions."""

    def __init__(self, fleet: Sequence[Member]) -> None:
        self.by_arn = {member.arn: member for member in fleet}
        self.alarms: dict[str, dict[str, dict[str, Any]]] = {}
        self.topics: dict[str, dict[str, str]] = {}
        self.dashboards: dict[str, str] = {}
        self.datapoints = 0
        self._pages: dict[tuple[str, str, str], list[Body]] = {}

    def answer(self, action: str, region: str, asked: dict[str, Any]) -> Body:
        """The answer of an operation; raises Refused where AWS would."""
        work: Callable[[str, dict[str, Any]], Any] | None = getattr(self, f"do_{action}", None)
        if work is None:
            raise Refused(f"{action} is not part of this bench")
        body = work(region, asked)
        return body if isinstance(body, str | bytes) else json.dumps(body)

    def touch(self, name: str) -> None:
        """A campaign is changed by somebody: its list says so."""
        member = self.by_arn[name]
        member.floor += 1
        member.updated += 60
        self._pages = {
            k: v for k, v in self._pages.items() if k[:2] != ("campaigns", member.region)
        }

    # Personalize ---------------------------------------------------------------------------

    def do_ListCampaigns(self, region: str, asked: dict[str, Any]) -> Body:
        return self._page("campaigns", region, asked, lambda: self._campaigns(region))

    def do_ListRecommenders(self, region: str, asked: dict[str, Any]) -> Body:
        return self._page("recommenders", region, asked, lambda: self._recommenders(region))

    def do_ListSolutions(self, region: str, asked: dict[str, Any]) -> Body:
        group = asked.get("datasetGroupArn", "")
        return self._page(
            "solutions", region, asked, lambda: self._solutions(region, group), part=group
        )

    def do_ListDatasetGroups(self, region: str, asked: dict[str, Any]) -> Body:
        groups = sorted({m.group for m in self._members(region)})
        return self._page(
            "datasetGroups", region, asked, lambda: [{"datasetGroupArn": group} for group in groups]
        )

    def do_DescribeCampaign(self, region: str, asked: dict[str, Any]) -> Any:
        member = self.by_arn[asked["campaignArn"]]
        version = f"{_solution(member)}/0123abcd"
        floor = {"minProvisionedTPS": member.floor, "solutionVersionArn": version}
        return {"campaign": _common(member, "campaignArn") | floor}

    def do_DescribeRecommender(self, region: str, asked: dict[str, Any]) -> Any:
        return {"recommender": _recommender(self.by_arn[asked["recommenderArn"]])}

    def do_DescribeSolutionVersion(self, region: str, asked: dict[str, Any]) -> Any:
        name = asked["solutionVersionArn"].split("/")[1].removesuffix("-solution")
        member = self.by_arn[arn(region, f"campaign/{name}")]
        return {"solutionVersion": {"recipeArn": f"arn:aws:personalize:::recipe/{member.recipe}"}}

    def do_ListTagsForResource(self, region: str, asked: dict[str, Any]) -> Any:
        return {"tags": [], "Tags": []}

    # CloudWatch ----------------------------------------------------------------------------

    def do_GetMetricData(self, region: str, asked: dict[str, Any]) -> Body:
        queries = asked["MetricDataQueries"]
        start, end = asked["StartTime"], asked["EndTime"]
        period = queries[0]["MetricStat"]["Period"] if queries else 300
        points = math.ceil((end - start) / period)
        if len(queries) > _QUERIES or len(queries) * points > _POINTS:
            raise Refused("too many queries or datapoints")
        times = _times(int(start), int(end), period)
        found = ",".join(self._series(query, times, points, period) for query in queries)
        return f'{{"MetricDataResults":[{found}]}}'

    def _series(self, query: dict[str, Any], times: str, points: int, period: int) -> str:
        stat = query["MetricStat"]["Metric"]
        member = self.by_arn.get(stat["Dimensions"][0]["Value"])
        head = f'{{"Id":"{query["Id"]}","StatusCode":"Complete",'
        serves = member is not None and stat["MetricName"] == member.api
        if member is None or not serves or stat["Namespace"] != "AWS/Personalize":
            return head + '"Timestamps":[],"Values":[]}'
        values = _values(member.sum * period / 300, points)
        return f'{head}"Timestamps":[{times}],"Values":[{values}]}}'

    def do_PutMetricData(self, region: str, asked: dict[str, Any]) -> Any:
        if len(asked["MetricData"]) > _DATUMS:
            raise Refused("too many metrics")
        self.datapoints += len(asked["MetricData"])
        return {}

    def do_PutMetricAlarm(self, region: str, asked: dict[str, Any]) -> Any:
        name = asked["AlarmName"]
        kept = {key: value for key, value in asked.items() if key != "Tags"}
        kept["AlarmArn"] = f"arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{name}"
        kept |= {"StateValue": "OK", "StateUpdatedTimestamp": BEGIN.timestamp()}
        self.alarms.setdefault(region, {})[name] = kept
        return {}

    def do_DescribeAlarms(self, region: str, asked: dict[str, Any]) -> Any:
        alarms = sorted(self.alarms.get(region, {}).values(), key=lambda alarm: alarm["AlarmName"])
        at = int(asked.get("NextToken") or 0)
        more = {"NextToken": str(at + _PAGE)} if at + _PAGE < len(alarms) else {}
        return {"MetricAlarms": alarms[at : at + _PAGE], "CompositeAlarms": []} | more

    def do_DescribeAlarmsForMetric(self, region: str, asked: dict[str, Any]) -> Any:
        return {"MetricAlarms": [{"AlarmName": "one"}]}

    def do_DeleteAlarms(self, region: str, asked: dict[str, Any]) -> Any:
        for name in asked["AlarmNames"]:
            self.alarms.get(region, {}).pop(name, None)
        return {}

    def do_ListDashboards(self, region: str, asked: dict[str, Any]) -> Any:
        entries = [{"DashboardName": n, "LastModified": BEGIN.timestamp()} for n in self.dashboards]
        return {"DashboardEntries": entries}

    def do_GetDashboard(self, region: str, asked: dict[str, Any]) -> Any:
        name = asked["DashboardName"]
        return {"DashboardName": name, "DashboardBody": self.dashboards[name]}

    def do_PutDashboard(self, region: str, asked: dict[str, Any]) -> Any:
        self.dashboards[asked["DashboardName"]] = asked["DashboardBody"]
        return {"DashboardValidationMessages": []}

    def do_DeleteDashboards(self, region: str, asked: dict[str, Any]) -> Any:
        for name in asked["DashboardNames"]:
            self.dashboards.pop(name, None)
        return {}

    # The rest ------------------------------------------------------------------------------

    def do_PutEvents(self, region: str, asked: dict[str, Any]) -> Any:
        if len(asked["Entries"]) > _ENTRIES:
            raise Refused("too many entries")
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "0"} for _ in asked["Entries"]]}

    def do_FilterLogEvents(self, region: str, asked: dict[str, Any]) -> Any:
        return {"events": []}

    def do_DescribeStacks(self, region: str, asked: dict[str, Any]) -> Any:
        return "<R><DescribeStacksResult><Stacks/></DescribeStacksResult></R>"

    def do_GetCallerIdentity(self, region: str, asked: dict[str, Any]) -> Any:
        who = f"<Account>{ACCOUNT}</Account><Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn>"
        return f"<R><GetCallerIdentityResult>{who}</GetCallerIdentityResult></R>"

    def do_CreateTopic(self, region: str, asked: dict[str, Any]) -> Any:
        topic = f"arn:aws:sns:{region}:{ACCOUNT}:{asked['Name']}"
        self.topics[topic] = {"CreatedBy": "PersonalizeMonitor"}
        return f"<R><CreateTopicResult><TopicArn>{topic}</TopicArn></CreateTopicResult></R>"

    def do_TopicTags(self, region: str, asked: dict[str, Any]) -> Any:
        if asked["ResourceArn"] not in self.topics:
            return None
        tags = "".join(
            f"<member><Key>{key}</Key><Value>{value}</Value></member>"
            for key, value in self.topics[asked["ResourceArn"]].items()
        )
        result = f"<ListTagsForResourceResult><Tags>{tags}</Tags></ListTagsForResourceResult>"
        return f"<R>{result}</R>"

    # How lists are made ----------------------------------------------------------------------

    def _members(self, region: str) -> list[Member]:
        return [member for member in self.by_arn.values() if member.region == region]

    def _campaigns(self, region: str) -> list[dict[str, Any]]:
        return [_common(m, "campaignArn") for m in self._members(region) if m.is_campaign]

    def _recommenders(self, region: str) -> list[dict[str, Any]]:
        return [_recommender(m) for m in self._members(region) if not m.is_campaign]

    def _solutions(self, region: str, group: str) -> list[dict[str, Any]]:
        return [
            {
                "solutionArn": _solution(member),
                "recipeArn": f"arn:aws:personalize:::recipe/{member.recipe}",
                "status": "ACTIVE",
            }
            for member in self._members(region)
            if member.is_campaign and group in {"", member.group}
        ]

    def _page(
        self,
        key: str,
        region: str,
        asked: dict[str, Any],
        make: Callable[[], list[dict[str, Any]]],
        *,
        part: str = "",
    ) -> Body:
        pages = self._pages.get((key, region, part))
        if pages is None:
            items = make()
            cuts = range(0, max(1, len(items)), _PAGE)
            pages = [
                json.dumps(
                    {key: items[at : at + _PAGE]}
                    | ({"nextToken": str(n + 1)} if at + _PAGE < len(items) else {})
                )
                for n, at in enumerate(cuts)
            ]
            self._pages[key, region, part] = pages
        return pages[int(asked.get("nextToken") or 0)]


def _common(member: Member, key: str) -> dict[str, Any]:
    return {
        key: member.arn,
        "name": member.name,
        "status": "ACTIVE",
        "creationDateTime": member.created,
        "lastUpdatedDateTime": member.updated,
    }


def _recommender(member: Member) -> dict[str, Any]:
    return _common(member, "recommenderArn") | {
        "datasetGroupArn": member.group,
        "recipeArn": f"arn:aws:personalize:::recipe/{member.recipe}",
        "recommenderConfig": {"minRecommendationRequestsPerSecond": member.floor},
    }


def _solution(member: Member) -> str:
    return arn(member.region, f"solution/{member.name}-solution")


@functools.cache
def _times(start: int, end: int, period: int) -> str:
    return ",".join(str(at) for at in range(start, end, period))


@functools.lru_cache(maxsize=512)
def _values(value: float, points: int) -> str:
    return ",".join([f"{value:g}"] * points)
