"""The API of CloudWatch on moto's routing: parameters in, a dict out.

JSON (boto3, AWS CLI) is parsed and written here, because moto's generic serialiser takes seconds
for a full page of datapoints; the older query protocol goes through moto.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult, BaseResponse

from aws_sandbox.cloudwatch import (
    composite,
    get_data,
    get_statistics,
    list_metrics,
    put_data,
)
from aws_sandbox.cloudwatch.alarm_book import add_tags
from aws_sandbox.cloudwatch.errors import (
    ResourceNotFoundException,
)
from aws_sandbox.cloudwatch.models import CloudWatchBackend, backend
from aws_sandbox.cloudwatch.moment import epoch_now
from aws_sandbox.cloudwatch.transitions import set_state

_JSON = "application/x-amz-json-1.0"
_TOO_LARGE = (
    413,
    {"Content-Type": _JSON, "status": 413, "X-Amzn-Errortype": "RequestEntityTooLarge"},
    '{"__type": "RequestEntityTooLarge", "message": "Request size must not exceed 1 MB."}',
)
"""Refused before the API's model applies, so the code is not in it."""


class CloudWatchResponse(BaseResponse):  # type: ignore[misc] # moto is untyped
    """One request; each public method is one action of the API."""

    def __init__(self) -> None:
        super().__init__(service_name="cloudwatch")
        self.automated_parameter_parsing = True

    @property
    def cloudwatch(self) -> CloudWatchBackend:
        """The backend of the caller's account and region."""
        return backend(self.current_account, self.region)

    def parse_parameters(self, request: Any) -> None:
        """JSON bodies need no model to be parsed; timestamps stay numbers."""
        if self.headers.get("X-Amz-Target"):
            self.params = json.loads(request.data or b"{}")
        else:
            super().parse_parameters(request)

    def _answer(self, result: dict[str, Any] | None = None) -> Any:
        if self.headers.get("X-Amz-Target"):
            headers = {**self.response_headers, "Content-Type": _JSON}
            return 200, headers, json.dumps(result or {}, allow_nan=False)
        return ActionResult(result)

    def put_metric_data(self) -> Any:
        """PutMetricData."""
        # On the wire: boto3 compresses large bodies, and the limit counts compressed bytes.
        size = int(self.headers.get("Content-Length") or len(self.raw_body or b""))
        if size > put_data.MAX_BYTES:
            return _TOO_LARGE
        put_data.put(self.cloudwatch.store, self.params, epoch_now())
        return self._answer()

    def get_metric_data(self) -> Any:
        """GetMetricData."""
        return self._answer(get_data.get(self.cloudwatch.store, self.params, epoch_now()))

    def get_metric_statistics(self) -> Any:
        """GetMetricStatistics."""
        return self._answer(get_statistics.get(self.cloudwatch.store, self.params, epoch_now()))

    def list_metrics(self) -> Any:
        """ListMetrics."""
        return self._answer(list_metrics.get(self.cloudwatch.store, self.params, epoch_now()))

    def put_metric_alarm(self) -> Any:
        """PutMetricAlarm."""
        self.cloudwatch.alarms.put_metric(self.params, epoch_now())
        return self._answer()

    def describe_alarms(self) -> Any:
        """DescribeAlarms."""
        return self._answer(self.cloudwatch.alarms.describe(self.params))

    def describe_alarms_for_metric(self) -> Any:
        """DescribeAlarmsForMetric."""
        return self._answer(self.cloudwatch.alarms.describe_for_metric(self.params))

    def describe_alarm_history(self) -> Any:
        """DescribeAlarmHistory."""
        return self._answer(self.cloudwatch.alarms.history.describe(self.params, epoch_now()))

    def delete_alarms(self) -> Any:
        """DeleteAlarms."""
        self.cloudwatch.alarms.delete(self.params.get("AlarmNames") or [], epoch_now())
        return self._answer()

    def enable_alarm_actions(self) -> Any:
        """EnableAlarmActions."""
        self.cloudwatch.alarms.enable(self.params.get("AlarmNames") or [], True, epoch_now())
        return self._answer()

    def disable_alarm_actions(self) -> Any:
        """DisableAlarmActions."""
        self.cloudwatch.alarms.enable(self.params.get("AlarmNames") or [], False, epoch_now())
        return self._answer()

    def put_composite_alarm(self) -> Any:
        """PutCompositeAlarm."""
        composite.put(self.cloudwatch.alarms, self.params, epoch_now())
        return self._answer()

    def set_alarm_state(self) -> Any:
        """SetAlarmState; the next evaluation may set the alarm back."""
        set_state(self.cloudwatch.alarms, self.params, epoch_now())
        return self._answer()

    def put_dashboard(self) -> Any:
        """PutDashboard."""
        return self._answer(self.cloudwatch.dashboards.put(self.params, epoch_now()))

    def get_dashboard(self) -> Any:
        """GetDashboard."""
        return self._answer(self.cloudwatch.dashboards.get(self.params.get("DashboardName") or ""))

    def list_dashboards(self) -> Any:
        """ListDashboards."""
        return self._answer(self.cloudwatch.dashboards.entries(self.params))

    def delete_dashboards(self) -> Any:
        """DeleteDashboards."""
        self.cloudwatch.dashboards.delete(self.params.get("DashboardNames") or [])
        return self._answer()

    def _tags(self) -> dict[str, str]:
        arn = str(self.params.get("ResourceARN") or "")
        if ":dashboard/" in arn:
            return self.cloudwatch.dashboards.tags(arn)
        if ":alarm:" in arn:
            return self.cloudwatch.alarms.tags(arn)
        raise ResourceNotFoundException(f"The resource {arn} does not exist.")

    def tag_resource(self) -> Any:
        """TagResource."""
        add_tags(self._tags(), self.params.get("Tags") or [])
        return self._answer()

    def untag_resource(self) -> Any:
        """UntagResource."""
        tags = self._tags()
        for key in self.params.get("TagKeys") or []:
            tags.pop(key, None)
        return self._answer()

    def list_tags_for_resource(self) -> Any:
        """ListTagsForResource."""
        tags = sorted(self._tags().items())
        return self._answer({"Tags": [{"Key": key, "Value": value} for key, value in tags]})
