"""The straightforward way to a status: one call after the other, nothing remembered.

For each campaign a describe, its solution version, two weeks of five-minute sums; for each
recommender the same without a solution version. The months' costs are added up at a list price.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

_DOLLARS_FOR_A_THOUSAND = 0.0556


def main() -> None:
    """The regions are the arguments; prints a line for each resource."""
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    end -= timedelta(minutes=5 + end.minute % 5)
    for region in sys.argv[1:]:
        personalize: Any = boto3.client("personalize", region_name=region)
        cloudwatch = boto3.client("cloudwatch", region_name=region)
        for page in personalize.get_paginator("list_campaigns").paginate():
            for one in page["campaigns"]:
                found = personalize.describe_campaign(campaignArn=one["campaignArn"])["campaign"]
                personalize.describe_solution_version(
                    solutionVersionArn=found["solutionVersionArn"]
                )
                floor = found["minProvisionedTPS"]
                _tell(cloudwatch, "CampaignArn", one["campaignArn"], floor, end)
        for page in personalize.get_paginator("list_recommenders").paginate():
            for one in page["recommenders"]:
                arn = one["recommenderArn"]
                found = personalize.describe_recommender(recommenderArn=arn)["recommender"]
                floor = found["recommenderConfig"]["minRecommendationRequestsPerSecond"]
                _tell(cloudwatch, "RecommenderArn", arn, floor, end)


def _tell(cloudwatch: Any, dimension: str, arn: str, floor: int, end: datetime) -> None:
    metric = {
        "Namespace": "AWS/Personalize",
        "MetricName": "GetRecommendations",
        "Dimensions": [{"Name": dimension, "Value": arn}],
    }
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[
            {"Id": "m", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}}
        ],
        StartTime=end - timedelta(days=14),
        EndTime=end,
    )
    sums = answer["MetricDataResults"][0]["Values"]
    billed = sum(max(floor * 300, value) for value in sums)
    print(arn, floor, f"${billed / 1000 * _DOLLARS_FOR_A_THOUSAND / 14 * 30.4:,.2f}")


if __name__ == "__main__":
    main()
