"""Where moto routes CloudWatch requests to."""

from __future__ import annotations

from personalize_monitor.sandbox.cloudwatch.responses import CloudWatchResponse

url_bases = [r"https?://monitoring\.(.+)\.amazonaws.com"]
url_paths = {"{0}/$": CloudWatchResponse.dispatch}
