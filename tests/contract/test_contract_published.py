"""What is published in the Serverless Application Repository: plain CloudFormation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scripts.transform_template import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def published(tmp_path: Path) -> dict[str, dict[str, object]]:
    """The transformed template, of one in which `sam package` has put addresses of the code."""
    from aws_sandbox.stack.template import load

    packaged = json.loads(json.dumps(load(ROOT / "template.yaml"), default=str))
    packaged["Globals"]["Function"].pop("CodeUri")
    for name, resource in packaged["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://our-bucket/{name}/0123"
    (tmp_path / "packaged.yaml").write_text(json.dumps(packaged))
    main(str(tmp_path / "out.json"), str(tmp_path / "packaged.yaml"))
    found: dict[str, dict[str, object]] = json.loads((tmp_path / "out.json").read_text())
    return found


def test_a5_the_repository_needs_to_know_nothing_of_sam(
    published: dict[str, dict[str, object]],
) -> None:
    """No type and no property of SAM's is left, and the application's description is there."""
    text = json.dumps(published)
    assert "AWS::Serverless::" not in text
    assert "Globals" not in published
    assert "Transform" not in published
    assert "AWS::ServerlessRepo::Application" in published["Metadata"]
    parameters = json.loads(json.dumps(published["Parameters"]))
    assert parameters["CampaignARNs"]["Default"] == "all"


def test_a5_the_code_is_where_it_was_packaged(published: dict[str, dict[str, object]]) -> None:
    """Each function has the address that `sam package` gave it."""
    resources = json.loads(json.dumps(published["Resources"]))
    functions = {
        name: one["Properties"]
        for name, one in resources.items()
        if one["Type"] == "AWS::Lambda::Function"
    }
    assert len(functions) == 8
    for name, properties in functions.items():
        assert properties["Code"] == {"S3Bucket": "our-bucket", "S3Key": f"{name}/0123"}
        assert properties["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionLogs"}
