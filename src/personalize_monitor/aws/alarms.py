"""CloudWatch alarms of one region: read in pages, written at the pace that AWS allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.paging import Listing, read_all
from personalize_monitor.contract import ALARM_PREFIX

NAMES_PER_CALL = 100
"""What DescribeAlarms and DeleteAlarms take at once."""
# CloudWatch allows an account 3 and 9 calls a second in a region (its limits page); a little less
# than that, because a call that comes a moment early is refused and has to be made again.
_PUT_RATE = 2.8
_DESCRIBE_RATE = 8.5


class Alarms:
    """All alarms whose names begin with our prefix."""

    def __init__(self, access: Access, region: str) -> None:
        self._client = access.client("cloudwatch", region)
        self._put_pace = access.pace("PutMetricAlarm", region, _PUT_RATE)
        self._delete_pace = access.pace("DeleteAlarms", region, _PUT_RATE)
        self._switch_pace = access.pace("EnableAlarmActions", region, _PUT_RATE)
        self._describe_pace = access.pace("DescribeAlarms", region, _DESCRIBE_RATE)

    def ours(self) -> Listing:
        """Every metric alarm with our prefix, as CloudWatch describes it."""
        return read_all(
            self._describe,
            "MetricAlarms",
            token="NextToken",  # noqa: S106  the name of a page token is no secret
            AlarmNamePrefix=ALARM_PREFIX,
            MaxRecords=NAMES_PER_CALL,
        )

    def _describe(self, **arguments: Any) -> dict[str, Any]:
        self._describe_pace.wait()
        answer: dict[str, Any] = self._client.describe_alarms(**arguments)
        return answer

    def put(self, specification: dict[str, Any]) -> None:
        """Create or replace one alarm; tags are taken only when it is new."""
        self._put_pace.wait()
        self._client.put_metric_alarm(**specification)

    def delete(self, names: Sequence[str]) -> None:
        """Delete alarms; names that do not exist are no error."""
        for at in range(0, len(names), NAMES_PER_CALL):
            self._delete_pace.wait()
            self._client.delete_alarms(AlarmNames=list(names[at : at + NAMES_PER_CALL]))

    def reset(self, name: str, reason: str) -> None:
        """Make the alarm forget its state, so that the next evaluation is a change of state."""
        self._switch_pace.wait()
        self._client.set_alarm_state(
            AlarmName=name, StateValue="INSUFFICIENT_DATA", StateReason=reason
        )

    def tags(self, alarm_arn: str) -> dict[str, str]:
        """The alarm's tags."""
        answer = self._client.list_tags_for_resource(ResourceARN=alarm_arn)
        return {tag["Key"]: tag["Value"] for tag in answer.get("Tags") or ()}
