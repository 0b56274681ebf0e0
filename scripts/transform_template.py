"""Write a template as plain CloudFormation: for tools that do not understand SAM, and to publish.

Usage: transform_template.py OUTPUT.json [PACKAGED.yaml]

The Serverless Application Repository checks SAM's types against a schema of its own, which lags
behind; of the transformed template it needs to know CloudFormation's types only. Give it the
template that `sam package` wrote, so that the functions' code lies where that put it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_sandbox.stack.template import load, transform

ROOT = Path(__file__).parents[1]


def main(output: str, source: str = "") -> None:
    """Transform offline, with the parameters left as references."""
    written = load(Path(source) if source else ROOT / "template.yaml")
    body = json.loads(json.dumps(transform(written, ROOT, {}, "us-east-1").body, default=str))
    body["Metadata"] = written["Metadata"]
    for name, resource in written["Resources"].items():
        code = _packaged(resource)
        if code:
            body["Resources"][name]["Properties"]["Code"] = code
    Path(output).write_text(json.dumps(body, indent=1, default=str), encoding="utf-8")


def _packaged(resource: Mapping[str, Any]) -> dict[str, str]:
    """Where `sam package` put a function's code; empty for a local folder."""
    uri = str((resource.get("Properties") or {}).get("CodeUri") or "")
    if not uri.startswith("s3://"):
        return {}
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return {"S3Bucket": bucket, "S3Key": key}


if __name__ == "__main__":
    main(*sys.argv[1:])
