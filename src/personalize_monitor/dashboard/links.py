"""Text for people in a dashboard: markdown that shows names as they are, and console links."""

from __future__ import annotations

import re
from urllib.parse import quote

_CONSOLE = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_DOCUMENTATION = {
    "aws-cn": "https://docs.amazonaws.cn/en_us/personalize/latest/dg/cloudwatch-metrics.html",
}
_AWS_DOCUMENTATION = "https://docs.aws.amazon.com/personalize/latest/dg/cloudwatch-metrics.html"
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def escaped(text: str) -> str:
    """``text`` such that markdown shows it unchanged, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def link(label: str, address: str) -> str:
    """A markdown link; the label is shown as it is."""
    return f"[{escaped(label)}]({address})"


def dataset_group_address(dataset_group_arn: str) -> str:
    """The Personalize console's page of a dataset group, in its partition and region."""
    _, partition, _, region, *_ = dataset_group_arn.split(":", 5)
    # The console writes an ARN's slash as a dollar sign in its own addresses.
    page = quote(dataset_group_arn.replace("/", "$"), safe=":$")
    return f"{_console(partition, region)}/personalize/home?region={region}#{page}/setup"


def personalize_address(partition: str, region: str) -> str:
    """The Personalize console's list of dataset groups in a region."""
    return f"{_console(partition, region)}/personalize/home?region={region}#datasetGroups"


def dashboard_address(partition: str, region: str, name: str) -> str:
    """The CloudWatch console's page of one dashboard, reached through ``region``."""
    return f"{_console(partition, region)}/cloudwatch/home?region={region}#dashboards:name={name}"


def metrics_documentation(partition: str) -> str:
    """AWS's page on the metrics of Personalize."""
    return _DOCUMENTATION.get(partition, _AWS_DOCUMENTATION)


def _console(partition: str, region: str) -> str:
    domain = _CONSOLE.get(partition, _CONSOLE["aws"])
    return f"https://{region}.{domain}"
