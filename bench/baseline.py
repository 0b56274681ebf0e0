"""The straightforward way, for comparison: one call after the other, several for each resource.

Per cycle and region two lists; for a campaign five calls, for a recommender four; at the end
datapoints, twenty a call. Once an hour and resource one more look at its history, and a dashboard
for which everything is described anew. Nothing is remembered between cycles.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config

from bench.local import control

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 5})
_BATCH = 20


class Baseline:
    """One run over all regions, in one thread."""

    def __init__(self, regions: list[str], now: datetime) -> None:
        self._regions = regions
        self._end = now - timedelta(minutes=5)
        self._clients: dict[tuple[str, str], Any] = {}

    def run(self) -> int:
        """One cycle; answers how many datapoints were put."""
        return sum(self._region(region) for region in self._regions)

    def _client(self, service: str, region: str) -> Any:
        if (service, region) not in self._clients:
            client = boto3.client(service, region_name=region, config=_CONFIG)  # type: ignore[call-overload]
            self._clients[service, region] = client
        return self._clients[service, region]

    def _region(self, region: str) -> int:
        personalize = self._client("personalize", region)
        points: list[dict[str, Any]] = []
        for page in personalize.get_paginator("list_campaigns").paginate():
            for campaign in page["campaigns"]:
                points += self._campaign(region, campaign["campaignArn"])
        for page in personalize.get_paginator("list_recommenders").paginate():
            for recommender in page["recommenders"]:
                points += self._recommender(region, recommender["recommenderArn"])
        for at in range(0, len(points), _BATCH):
            self._client("cloudwatch", region).put_metric_data(
                Namespace="PersonalizeMonitor", MetricData=points[at : at + _BATCH]
            )
        return len(points)

    def _campaign(self, region: str, arn: str) -> list[dict[str, Any]]:
        personalize = self._client("personalize", region)
        campaign = personalize.describe_campaign(campaignArn=arn)["campaign"]
        version = campaign["solutionVersionArn"]
        personalize.describe_solution_version(solutionVersionArn=version)
        return self._measured(region, "CampaignArn", arn, campaign["minProvisionedTPS"])

    def _recommender(self, region: str, arn: str) -> list[dict[str, Any]]:
        personalize = self._client("personalize", region)
        found = personalize.describe_recommender(recommenderArn=arn)["recommender"]
        floor = found["recommenderConfig"]["minRecommendationRequestsPerSecond"]
        return self._measured(region, "RecommenderArn", arn, floor)

    def _measured(self, region: str, dimension: str, arn: str, floor: int) -> list[dict[str, Any]]:
        cloudwatch = self._client("cloudwatch", region)
        dimensions = [{"Name": dimension, "Value": arn}]
        metric = {"Namespace": "AWS/Personalize", "MetricName": "GetRecommendations"}
        stat = {"Metric": metric | {"Dimensions": dimensions}, "Period": 300, "Stat": "Sum"}
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": stat}],
            StartTime=self._end - timedelta(minutes=5),
            EndTime=self._end,
        )
        average = sum(answer["MetricDataResults"][0]["Values"]) / 300
        for name in ("campaignUtilization", "GetRecommendations"):
            cloudwatch.describe_alarms_for_metric(
                MetricName=name, Namespace="PersonalizeMonitor", Dimensions=dimensions
            )
        values = {"minProvisionedTPS": floor, "averageTPS": average}
        values["campaignUtilization"] = average / floor * 100
        return [
            {"MetricName": name, "Dimensions": dimensions, "Value": value}
            for name, value in values.items()
        ]


def measure(plan: dict[str, Any]) -> dict[str, Any]:
    """One warm cycle of the baseline: its clients exist already."""
    regions = plan["regions"].split(",")
    baseline = Baseline(regions, datetime.fromisoformat(plan["begin"]))
    control(plan["address"], latency=0.030, limits=True, reset=True)
    wall, cpu = time.monotonic(), time.process_time()
    points = baseline.run()
    took = time.monotonic() - wall
    told = control(plan["address"])
    return {
        "wall": round(took, 3),
        "cpu": round(time.process_time() - cpu, 3),
        "last_datapoint": round(told["last_datapoint"] - wall, 3),
        "datapoints": points,
        "calls": told["calls"],
        "throttled": told["throttled"],
    }
