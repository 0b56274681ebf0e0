"""Write every policy of both templates as IAM gets it, with all that they can allow switched on.

Usage: iam_policies.py OUTPUT.json

The sandbox deploys them, so that nothing is left of CloudFormation's functions.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from aws_sandbox.sandbox import Sandbox
from aws_sandbox.stack.kinds_access import MANAGED

ROOT = Path(__file__).parents[1]
EVERYTHING = {
    "AutoDeleteIdleCampaigns": "Yes",
    "AutoStopIdleRecommenders": "Yes",
    "ChatNotifications": "Yes",
    "LearnPrices": "Yes",
    "CampaignARNs": "ssm:/lists/campaigns",
    "MonitoredRoleARNs": "arn:aws:iam::210987654321:role/personalize-monitor-member",
}
MEMBER = {
    "HomeAccountId": "123456789012",
    "HomeStackName": "personalize-monitor",
    "HomeRegion": "us-east-1",
    "AllowDeletion": "Yes",
    "AllowStop": "Yes",
}


def main(output: str) -> None:
    """One policy for each role, by the role's name."""
    with Sandbox(datetime(2026, 3, 2, 6, tzinfo=UTC), seed=4) as box:
        box.client("ssm").put_parameter(Name="/lists/campaigns", Value="all", Type="String")
        box.deploy(ROOT / "member-account.yaml", MEMBER, account="210987654321", name="member")
        box.deploy(ROOT / "template.yaml", EVERYTHING)
        found = {
            f"{role.account} {role.name}": {
                "Version": "2012-10-17",
                "Statement": [one for one in role.statements if one.get("Sid") not in MANAGED],
            }
            for role in box.cloud.roles.all()
        }
    Path(output).write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
