"""Look at policies with parliament: unknown actions, resources and conditions that do not fit.

Usage: iam_lint.py POLICIES.json

It knows AWS's service authorization reference. A finding that is meant stands in ``MEANT``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from parliament import analyze_policy_string  # type: ignore[import-not-found]

MEANT = {
    ("RESOURCE_STAR", "cloudwatch:DescribeAlarms"): "it is judged on alarm:* whatever it names",
}
"""By kind of finding and action, why it is meant."""


def main(source: str) -> None:
    """Print what is found; ends with 1 when anything is."""
    policies = json.loads(Path(source).read_text(encoding="utf-8"))
    found = [f"{role}: {said}" for role, policy in policies.items() for said in looked_at(policy)]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.stdout.write(f"{len(policies)} policies, {len(found)} findings\n")
    sys.exit(bool(found) or not policies)


def looked_at(policy: dict[str, Any]) -> list[str]:
    """What is wrong with one policy, statement by statement."""
    told = []
    for statement in policy["Statement"]:
        alone = json.dumps({**policy, "Statement": [statement]})
        for finding in analyze_policy_string(alone).findings:
            said = f"{statement.get('Sid')}: {finding.issue} {finding.detail}"
            if not any(kind == finding.issue and action in said for kind, action in MEANT):
                told.append(said)
    return told


if __name__ == "__main__":
    main(sys.argv[1])
