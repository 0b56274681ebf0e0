"""Dashboards: global, validated, paged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

TEXT = {"type": "text", "x": 0, "y": 0, "width": 24, "height": 2, "properties": {"markdown": "#"}}


def graph(*metrics: Any, **more: Any) -> dict[str, Any]:
    """A metric widget."""
    return {
        "type": "metric",
        "properties": {"metrics": list(metrics), "region": "us-east-1", "view": "timeSeries"}
        | more,
    }


def lines(count: int) -> list[Any]:
    """So many metrics."""
    return [["App", "m", "Arn", f"arn:{index}"] for index in range(count)]


def save(bench: Any, *widgets: Any, name: str = "board", **more: Any) -> Any:
    """Put a dashboard of these widgets."""
    body = json.dumps({"widgets": list(widgets)} | more)
    return bench.cw.put_dashboard(DashboardName=name, DashboardBody=body)


def test_a_dashboard_is_the_same_in_every_region(bench: Any) -> None:
    """Dashboards belong to the account; any region reads and deletes them."""
    assert save(bench, TEXT)["DashboardValidationMessages"] == []
    other = bench.client("cloudwatch", "eu-west-1")
    found = other.get_dashboard(DashboardName="board")
    assert json.loads(found["DashboardBody"]) == {"widgets": [TEXT]}
    assert found["DashboardArn"] == "arn:aws:cloudwatch::123456789012:dashboard/board"
    other.delete_dashboards(DashboardNames=["board"])
    with pytest.raises(ClientError, match="ResourceNotFound"):
        bench.cw.get_dashboard(DashboardName="board")


def test_a_rich_dashboard_is_accepted(bench: Any) -> None:
    """Graphs with options, repeats and expressions, alarms and logs are all valid."""
    alarm = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:low"
    save(
        bench,
        TEXT,
        graph(
            ["App", "m", "Arn", "a", {"label": "A", "id": "m1"}],
            ["...", "b"],
            [".", "n", ".", "."],
            [{"expression": "m1 * 2", "label": "twice"}],
            annotations={"horizontal": [{"value": 1}]},
        ),
        {"type": "alarm", "properties": {"alarms": [alarm], "title": "Alarms"}},
        {"type": "log", "properties": {"region": "us-east-1", "query": "SOURCE 'x'"}},
        graph_of_alarm := {
            "type": "metric",
            "properties": {"region": "us-east-1", "annotations": {"alarms": [alarm]}},
        },
        start="-PT3H",
    )
    assert graph_of_alarm


def test_the_limits_are_exactly_those_of_aws(bench: Any) -> None:
    """500 widgets, 500 metrics a widget and 2,500 metrics a dashboard fit."""
    save(bench, *[TEXT] * 500)
    save(bench, *[graph(*lines(500)) for _ in range(5)])


@pytest.mark.parametrize(
    ("widgets", "path"),
    [
        ([TEXT] * 501, "/widgets"),
        ([graph(*lines(501))], "/widgets/0/properties/metrics"),
        ([graph(*lines(500)) for _ in range(5)] + [graph(*lines(1))], "/widgets"),
        ([{"type": "chart", "properties": {}}], "/widgets/0/type"),
        ([{"type": "text", "properties": {}}], "/widgets/0/properties/markdown"),
        ([{"type": "text"}], "/widgets/0/properties"),
        ([TEXT | {"width": 25}], "/widgets/0/width"),
        ([TEXT | {"y": None}], "/widgets/0"),
        ([graph(["App"])], "/widgets/0/properties/metrics/0"),
        ([graph(["App", "m", "Arn"])], "/widgets/0/properties/metrics/0"),
        ([graph(["...", "a"])], "/widgets/0/properties/metrics/0"),
        ([graph([])], "/widgets/0/properties/metrics/0"),
        ([graph(["App", 5])], "/widgets/0/properties/metrics/0"),
        ([graph(["App", "m"], region=None)], "/widgets/0/properties/region"),
        ([graph(["App", "m"], view="cake")], "/widgets/0/properties/view"),
        ([{"type": "metric", "properties": {"region": "r"}}], "/widgets/0/properties"),
        ([{"type": "alarm", "properties": {"alarms": []}}], "/widgets/0/properties/alarms"),
        ([{"type": "alarm", "properties": {"alarms": ["x"]}}], "/widgets/0/properties/alarms/0"),
        ([{"type": "log", "properties": {"region": "r"}}], "/widgets/0/properties/query"),
        ([{"type": "custom", "properties": {}}], "/widgets/0/properties/endpoint"),
        ([{"type": "explorer", "properties": {}}], "/widgets/0/properties/metrics"),
        ([graph([".", "m"])], "/widgets/0/properties/metrics/0"),
        ([graph([{"label": "x"}])], "/widgets/0/properties/metrics/0"),
        ([graph(metrics="App")], "/widgets/0/properties/metrics"),
        (["widget"], "/widgets/0"),
    ],
)
def test_a_bad_body_is_refused_with_the_place(bench: Any, widgets: Any, path: str) -> None:
    """DashboardInvalidInputError lists what is wrong and where; nothing is saved."""
    with pytest.raises(bench.cw.exceptions.DashboardInvalidInputError) as caught:
        save(bench, *widgets)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterInput"
    messages = caught.value.response["dashboardValidationMessages"]
    assert path in [message["DataPath"] for message in messages]
    assert bench.cw.list_dashboards()["DashboardEntries"] == []


@pytest.mark.parametrize("body", ["", "nonsense", "[]", "{}", '{"widgets": {}}'])
def test_a_body_is_a_json_object_with_widgets(bench: Any, body: str) -> None:
    """Anything else is not a dashboard."""
    with pytest.raises(ClientError, match="InvalidParameterInput"):
        bench.cw.put_dashboard(DashboardName="board", DashboardBody=body)


@pytest.mark.parametrize("name", ["", "with space", "x" * 256, "a/b"])
def test_names_are_plain(bench: Any, name: str) -> None:
    """Letters, digits, dash and underscore, at most 255."""
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        save(bench, TEXT, name=name)


def test_listing_goes_by_prefix_and_tells_size_and_time(bench: Any) -> None:
    """ListDashboards filters by prefix; replacing moves LastModified."""
    save(bench, TEXT, name="a-1")
    save(bench, TEXT, name="b-1")
    bench.wait(hours=1)
    save(bench, TEXT, TEXT, name="a-1")
    (entry,) = bench.cw.list_dashboards(DashboardNamePrefix="a-")["DashboardEntries"]
    assert entry["LastModified"] == bench.now()
    assert entry["Size"] == len(json.dumps({"widgets": [TEXT, TEXT]}))


def test_deleting_is_all_or_nothing(bench: Any) -> None:
    """One unknown name, and no dashboard is deleted."""
    save(bench, TEXT, name="a")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        bench.cw.delete_dashboards(DashboardNames=["a", "never"])
    assert len(bench.cw.list_dashboards()["DashboardEntries"]) == 1
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        bench.cw.delete_dashboards(DashboardNames=[])


def test_tags_count_only_when_it_is_new(bench: Any) -> None:
    """PutDashboard takes tags on creation and ignores them afterwards."""
    body = json.dumps({"widgets": [TEXT]})
    for value in ("1", "2"):
        bench.cw.put_dashboard(
            DashboardName="a", DashboardBody=body, Tags=[{"Key": "k", "Value": value}]
        )
    arn = bench.cw.get_dashboard(DashboardName="a")["DashboardArn"]
    assert bench.cw.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "1"}]
