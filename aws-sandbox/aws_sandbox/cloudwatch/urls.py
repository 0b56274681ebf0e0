"""Where moto routes CloudWatch requests to."""

from __future__ import annotations

from aws_sandbox.cloudwatch.responses import CloudWatchResponse

url_bases = [r"https?://monitoring\.(.+)\.amazonaws.com"]
url_paths = {"{0}/$": CloudWatchResponse.dispatch}
