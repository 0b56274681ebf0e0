"""Reading a SAM template and turning it into plain CloudFormation, offline."""

from __future__ import annotations

import copy
import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import yaml

from aws_sandbox.stack.errors import TemplateError

_KEPT = 8
_transformed: dict[tuple[str, tuple[tuple[str, str], ...], str], Mapping[str, Any]] = {}
_CODE_KEYS = ("CodeUri", "ContentUri")


# The loader in C is ten times as fast; PyYAML has it where it was built with libyaml.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """YAML with CloudFormation's short forms (`!Ref`, `!Sub`, ...)."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)
# CloudFormation reads 2010-09-09 as text, not as a date.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


@dataclass(frozen=True, slots=True)
class Template:
    """A transformed template and, for each function, the folder its code lies in."""

    body: Mapping[str, Any]
    code: Mapping[str, Path] = field(default_factory=dict)

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Logical id -> resource, as plain CloudFormation."""
        resources: Mapping[str, Mapping[str, Any]] = self.body["Resources"]
        return resources

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """Name -> declaration of each parameter."""
        return dict(self.body.get("Parameters") or {})


def load(path: Path) -> Mapping[str, Any]:
    """The template as it is written, short forms expanded to `Fn::...`; only to be read.

    Raises:
        TemplateError: it cannot be read, is not YAML, or has no resources.
    """
    try:
        body = _parsed(path.read_text("utf-8"))
    except OSError as problem:
        raise TemplateError(f"{path}: cannot be read ({problem.strerror}).") from problem
    except yaml.YAMLError as problem:
        raise TemplateError(f"{path}: is not valid YAML: {problem}") from problem
    if not isinstance(body, dict) or not isinstance(body.get("Resources"), dict):
        raise TemplateError(f"{path}: has no Resources section.")
    return body


@functools.lru_cache(maxsize=_KEPT)
def _parsed(text: str) -> Any:
    """One text is parsed once: a template is deployed, described and updated many times."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader


def transform(
    source: Mapping[str, Any], base: Path, parameters: Mapping[str, str], region: str
) -> Template:
    """Run the SAM transform with these parameter values; plain CloudFormation passes unchanged.

    Local code folders (relative to `base`) are remembered per logical id, since the transform
    itself only takes S3 addresses.
    """
    body = copy.deepcopy(dict(source))
    code = _take_code(body, base)
    if "AWS::Serverless-2016-10-31" not in _transforms(body):
        return Template(body, code)
    # The same template with the same parameters gives the same answer, and it takes its time.
    asked = (repr(body), tuple(parameters.items()), region)
    if asked not in _transformed:
        if len(_transformed) >= _KEPT:
            _transformed.clear()
        _transformed[asked] = _translate(body, parameters, region)
    return Template(_transformed[asked], code)


def _transforms(body: Mapping[str, Any]) -> list[Any]:
    wanted = body.get("Transform", [])
    return wanted if isinstance(wanted, list) else [wanted]


def _take_code(body: dict[str, Any], base: Path) -> dict[str, Path]:
    """Replace local code addresses by placeholders, answer logical id -> folder."""
    default = ((body.get("Globals") or {}).get("Function") or {}).pop("CodeUri", None)
    found: dict[str, Path] = {}
    for name, resource in body["Resources"].items():
        properties = resource.get("Properties") or {}
        if resource.get("Type") == "AWS::Serverless::Function":
            if "InlineCode" in properties:
                raise TemplateError(f"{name}: InlineCode is not run by the sandbox; use CodeUri.")
            uri = properties.get("CodeUri", default)
            if not isinstance(uri, str):
                raise TemplateError(f"{name}: CodeUri must be a local folder, not {uri!r}.")
            found[name] = (base / uri).resolve()
            resource["Properties"] = {**properties, "CodeUri": "s3://sandbox/code"}
        elif resource.get("Type") == "AWS::Serverless::LayerVersion":
            resource["Properties"] = {**properties, "ContentUri": "s3://sandbox/layer"}
    return found


def _translate(body: dict[str, Any], parameters: Mapping[str, str], region: str) -> dict[str, Any]:
    # Slow to import and only needed here.
    from samtranslator.model.exceptions import InvalidDocumentException  # noqa: PLC0415
    from samtranslator.parser.parser import Parser  # noqa: PLC0415
    from samtranslator.translator.translator import Translator  # noqa: PLC0415

    session = boto3.Session(
        region_name=region,
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",  # noqa: S106 - not a secret
    )
    with patch.dict(os.environ, {"AWS_DEFAULT_REGION": region}):
        try:
            translator = Translator({}, Parser(), boto_session=session)
            translated: dict[str, Any] = translator.translate(body, dict(parameters))
            # It counts features for nobody, and complains if they are not published.
            translator.metrics.publish()
        except InvalidDocumentException as problem:
            causes = "; ".join(str(cause.message) for cause in problem.causes) or problem.message
            raise TemplateError(f"The SAM transform refuses the template: {causes}") from problem
    return translated
