"""Templates: YAML with short forms, the SAM transform, parameters, intrinsic functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aws_sandbox.sandbox import Sandbox
from aws_sandbox.stack.errors import ParameterError, TemplateError
from aws_sandbox.stack.intrinsics import NO_VALUE, Resolver, references
from aws_sandbox.stack.parameters import resolve_parameters
from aws_sandbox.stack.template import load, transform

YAML = """
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Parameters:
  Mode:
    Type: String
    AllowedValues: ["Yes", "No"]
    Default: "No"
Conditions:
  On: !Equals [!Ref Mode, "Yes"]
Globals:
  Function:
    CodeUri: code/
    Runtime: python3.13
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Policies:
        - Version: "2012-10-17"
          Statement:
            - Sid: Read
              Effect: Allow
              Action: personalize:ListCampaigns
              Resource: "*"
            - !If
              - On
              - Sid: Delete
                Effect: Allow
                Action: personalize:DeleteCampaign
                Resource: !Sub arn:${AWS::Partition}:personalize:*:${AWS::AccountId}:campaign/*
              - !Ref AWS::NoValue
      Events:
        Often:
          Type: Schedule
          Properties: {Schedule: rate(5 minutes)}
Outputs:
  Name: {Value: !Ref Worker}
  Arn: {Value: !GetAtt Worker.Arn}
  Text: {Value: !Join ["-", [!Ref AWS::Region, !Select [1, !Split [",", "a,b"]]]]}
"""


CIRCLE = """
Resources:
  X: {Type: AWS::SNS::Topic, DependsOn: Y}
  Y: {Type: AWS::SNS::Topic, DependsOn: X}
"""


def resolver(body: dict[str, Any] | None = None, **parameters: str) -> Resolver:
    """A resolver in eu-west-1 whose resources answer their own names."""
    return Resolver(
        body=body or {},
        parameters=parameters,
        pseudo={"AWS::Region": "eu-west-1", "AWS::AccountId": "1", "AWS::Partition": "aws"},
        reference=lambda name: f"ref-{name}",
        attribute=lambda name, attribute: f"{name}.{attribute}",
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The template above, with its code."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text("def handler(event, context): return 1\n")
    (tmp_path / "template.yaml").write_text(YAML)
    return tmp_path / "template.yaml"


def test_the_transform_makes_plain_cloudformation_and_remembers_the_code(path: Path) -> None:
    """A SAM function becomes a function, a role, a rule and a permission; its folder is kept."""
    template = transform(load(path), path.parent, {"Mode": "No"}, "us-east-1")
    types = sorted(resource["Type"] for resource in template.resources.values())
    assert types == [
        "AWS::Events::Rule",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
    ]
    assert template.code == {"Worker": path.parent / "code"}


@pytest.mark.parametrize(("mode", "sids"), [("No", ["Read"]), ("Yes", ["Read", "Delete"])])
def test_a_condition_inside_a_policy_decides_over_the_statement(
    box: Sandbox, path: Path, mode: str, sids: list[str]
) -> None:
    """Fn::If with AWS::NoValue drops the statement from the role."""
    stack = box.deploy(path, {"Mode": mode})
    assert [grant.statement for grant in stack.grants()] == sids


def test_outputs_are_resolved(box: Sandbox, path: Path) -> None:
    """Ref, GetAtt, Join, Select and Split give their values in Outputs."""
    stack = box.deploy(path)
    assert stack.outputs["Arn"].endswith(f":function:{stack.outputs['Name']}")
    assert stack.outputs["Text"] == "us-east-1-b"


@pytest.mark.parametrize(
    ("declaration", "value", "word"),
    [
        ({"Type": "String", "AllowedValues": ["Yes", "No"]}, "maybe", "one of Yes, No"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A1", "match the pattern [a-z]+"),
        ({"Type": "Number", "MinValue": 2, "MaxValue": 48}, "49", "not greater than 48"),
        ({"Type": "Number", "MinValue": 2, "MaxValue": 48}, "1", "not less than 2"),
        ({"Type": "Number"}, "many", "must be a number"),
        ({"Type": "String", "MinLength": 3}, "ab", "at least 3"),
        ({"Type": "String", "MaxLength": 1}, "ab", "at most 1"),
        ({"Type": "String"}, None, "must have a value"),
    ],
)
def test_a_bad_value_is_refused_with_one_clear_sentence(
    declaration: dict[str, Any], value: str | None, word: str
) -> None:
    """Each rule of a parameter refuses what breaks it, naming the parameter."""
    given = {} if value is None else {"Hours": value}
    with pytest.raises(ParameterError) as refused:
        resolve_parameters({"Hours": declaration}, given)
    assert len(refused.value.problems) == 1
    assert "Hours" in refused.value.problems[0]
    assert word in refused.value.problems[0]


def test_all_problems_come_at_once() -> None:
    """Two bad values and an unknown name are three sentences."""
    declared: dict[str, Any] = {
        "A": {"Type": "Number"},
        "B": {"Type": "String", "AllowedValues": ["x"]},
    }
    with pytest.raises(ParameterError) as refused:
        resolve_parameters(declared, {"A": "a", "B": "y", "C": "z"})
    assert len(refused.value.problems) == 3


def test_a_bad_value_deploys_nothing(box: Sandbox, path: Path) -> None:
    """Nothing exists after a refused deployment."""
    with pytest.raises(ParameterError):
        box.deploy(path, {"Mode": "maybe"})
    assert box.leftovers() == []


def test_defaults_and_lists_become_text() -> None:
    """Values are text, as CloudFormation keeps them."""
    declared: dict[str, Any] = {
        "N": {"Type": "Number", "Default": 5},
        "B": {"Type": "String", "Default": True},
        "L": {"Type": "CommaDelimitedList"},
    }
    values = resolve_parameters(declared, {"L": ["a", "b"]})
    assert values == {"N": "5", "B": "true", "L": "a,b"}


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "P"}, "v"),
        ({"Ref": "Thing"}, "ref-Thing"),
        ({"Fn::GetAtt": ["Thing", "Arn"]}, "Thing.Arn"),
        ({"Fn::GetAtt": "Thing.Arn"}, "Thing.Arn"),
        ({"Fn::Sub": "a-${P}-${Thing.Arn}-${!Literal}"}, "a-v-Thing.Arn-${Literal}"),
        ({"Fn::Sub": ["${X}${P}", {"X": {"Ref": "P"}}]}, "vv"),
        ({"Fn::Join": ["+", ["a", {"Ref": "P"}]]}, "a+v"),
        ({"Fn::Select": ["0", {"Fn::Split": ["|", "x|y"]}]}, "x"),
        ({"Fn::If": ["Yes", "then", "else"]}, "then"),
        ({"Fn::If": ["No", "then", {"Ref": "AWS::NoValue"}]}, NO_VALUE),
        ({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "k"]}, 3),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
        ({"Fn::Length": ["a", "b"]}, 2),
        ({"Fn::ToJsonString": {"a": {"Ref": "P"}}}, '{"a": "v"}'),
    ],
)
def test_intrinsic_functions(node: Any, value: Any) -> None:
    """Each intrinsic function gives what CloudFormation gives."""
    body = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {
            "Yes": {"Fn::And": [{"Condition": "Same"}, {"Fn::Not": [{"Condition": "No"}]}]},
            "Same": {"Fn::Equals": [{"Ref": "P"}, "v"]},
            "No": {"Fn::Or": [{"Fn::Equals": [1, 2]}, {"Fn::Equals": ["a", "b"]}]},
        },
        "Mappings": {"M": {"eu-west-1": {"k": 3}}},
    }
    assert resolver(body, P="v").resolve(node) == value


@pytest.mark.parametrize(
    ("node", "word"),
    [
        ({"Fn::Cidr": ["10.0.0.0/8", 1, 8]}, "Fn::Cidr is not known"),
        ({"Fn::If": ["Missing", 1, 2]}, "Condition Missing does not exist"),
        ({"Fn::Select": [3, ["a"]]}, "outside a list"),
        ({"Fn::FindInMap": ["M", "a", "b"]}, "no M.a.b"),
        ({"Fn::Join": "x"}, "malformed"),
    ],
)
def test_what_cannot_be_resolved_says_so(node: Any, word: str) -> None:
    """Unknown functions and names are an error with the name in it."""
    with pytest.raises(TemplateError, match=word):
        resolver().resolve(node)


def test_references_are_found_everywhere() -> None:
    """Ref, GetAtt and Sub, however deep, count as dependencies; literals do not."""
    node = {"a": [{"Ref": "A"}, {"Fn::Sub": ["${B.Arn} ${!C} ${L}", {"L": {"Ref": "D"}}]}]}
    assert set(references(node)) == {"A", "B", "D", "L"}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Resources: [", "not valid YAML"),
        ("a: 1", "no Resources"),
        ("Resources: {X: {Type: AWS::EC2::Instance}}", "AWS::EC2::Instance is not known"),
        (
            "Resources: {X: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Nobody}}}",
            "refers to Nobody",
        ),
        ("Resources: {X: {Type: AWS::SNS::Topic, DependsOn: Y}}", "refers to Y"),
        (
            CIRCLE,
            "Circular dependency",
        ),
    ],
)
def test_a_template_that_cannot_be_deployed_says_why(
    box: Sandbox, tmp_path: Path, text: str, word: str
) -> None:
    """Errors of the template come before anything is made."""
    path = tmp_path / "t.yaml"
    path.write_text(text)
    with pytest.raises(TemplateError, match=word):
        box.deploy(path)
    assert box.leftovers() == []
