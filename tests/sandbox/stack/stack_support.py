"""Small applications written on the spot: a template and its code."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BEGIN = datetime(2026, 3, 2, 10, tzinfo=UTC)
HELLO = "def handler(event, context):\n    return {'got': event}\n"


@dataclass
class App:
    """A template with its code in a folder of its own."""

    folder: Path
    resources: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def code(self, text: str, name: str = "app") -> App:
        """Write the module that the handlers live in."""
        (self.folder / "code").mkdir(exist_ok=True)
        (self.folder / "code" / f"{name}.py").write_text(textwrap.dedent(text), "utf-8")
        return self

    def function(self, name: str = "Worker", **properties: Any) -> App:
        """Add a function; `app.handler` unless said otherwise."""
        if not (self.folder / "code").exists():
            self.code(HELLO)
        self.resources[name] = {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "app.handler",
                "CodeUri": "code/",
                "Timeout": 30,
                **properties,
            },
        }
        return self

    def add(self, name: str, type_name: str, *, depends: Any = None, **properties: Any) -> App:
        """Add any resource."""
        self.resources[name] = {"Type": type_name, "Properties": properties}
        if depends:
            self.resources[name]["DependsOn"] = depends
        return self

    def write(self, **extra: Any) -> Path:
        """The template's path; `extra` are further sections (Parameters, Conditions, ...)."""
        body = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": self.resources,
            **self.extra,
            **extra,
        }
        path = self.folder / "template.yaml"
        path.write_text(json.dumps(body), "utf-8")
        return path


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A policy document with one statement."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}
