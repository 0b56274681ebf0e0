"""CloudFormation's intrinsic functions, conditions and pseudo-parameters.

Source: the CloudFormation template reference, "Intrinsic function reference".
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from aws_sandbox.stack.errors import TemplateError

_SUB = re.compile(r"\$\{(!?)([^}]+)\}")


class _NoValue:
    def __repr__(self) -> str:
        return "AWS::NoValue"


NO_VALUE: Final = _NoValue()
"""What `Ref: AWS::NoValue` becomes; the property or list item vanishes."""


def function_of(node: Any) -> tuple[str, Any] | None:
    """(name, argument) when the node is an intrinsic function, else None."""
    if isinstance(node, Mapping) and len(node) == 1:
        ((name, argument),) = node.items()
        if name in {"Ref", "Condition"} or (isinstance(name, str) and name.startswith("Fn::")):
            return name, argument
    return None


class Resolver:
    """Resolves template values against parameters, mappings, conditions and created resources."""

    def __init__(
        self,
        *,
        body: Mapping[str, Any],
        parameters: Mapping[str, str],
        pseudo: Mapping[str, Any],
        reference: Callable[[str], Any],
        attribute: Callable[[str, str], Any],
    ) -> None:
        self._body = body
        self._declared: Mapping[str, Any] = body.get("Parameters") or {}
        self._parameters = parameters
        self._pseudo = {**pseudo, "AWS::NoValue": NO_VALUE}
        self._reference = reference
        self._attribute = attribute
        self._conditions: dict[str, bool] = {}
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Condition": self.condition,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": lambda arg: str(arg[0]).join(str(x) for x in self._items(arg[1])),
            "Fn::If": self._if,
            "Fn::Equals": lambda arg: str(self.resolve(arg[0])) == str(self.resolve(arg[1])),
            "Fn::And": lambda arg: all(self.resolve(x) for x in arg),
            "Fn::Or": lambda arg: any(self.resolve(x) for x in arg),
            "Fn::Not": lambda arg: not self.resolve(arg[0]),
            "Fn::Select": self._select,
            "Fn::Split": lambda arg: str(self.resolve(arg[1])).split(str(arg[0])),
            "Fn::FindInMap": self._find_in_map,
            "Fn::Base64": lambda arg: base64.b64encode(str(self.resolve(arg)).encode()).decode(),
            "Fn::ToJsonString": lambda arg: json.dumps(self.resolve(arg)),
            "Fn::Length": lambda arg: len(self._items(arg)),
        }

    def resolve(self, node: Any) -> Any:
        """The node with every function replaced by its value; NO_VALUE entries are dropped."""
        called = function_of(node)
        if called is not None:
            return self._call(*called)
        if isinstance(node, Mapping):
            pairs = ((str(key), self.resolve(value)) for key, value in node.items())
            return {key: value for key, value in pairs if value is not NO_VALUE}
        if isinstance(node, list):
            return [value for item in node if (value := self.resolve(item)) is not NO_VALUE]
        return node

    def condition(self, name: str) -> bool:
        """Whether the named condition of the template holds.

        Raises:
            TemplateError: there is no such condition.
        """
        if name not in self._conditions:
            declared = self._body.get("Conditions") or {}
            if name not in declared:
                raise TemplateError(f"Condition {name} does not exist in the template.")
            self._conditions[name] = bool(self.resolve(declared[name]))
        return self._conditions[name]

    def _call(self, name: str, argument: Any) -> Any:
        function = self._functions.get(name)
        if function is None:
            raise TemplateError(f"Intrinsic function {name} is not known to the sandbox.")
        try:
            return function(argument)
        except (IndexError, KeyError, TypeError) as problem:
            raise TemplateError(f"{name} has a malformed argument: {argument!r}.") from problem

    def _items(self, node: Any) -> list[Any]:
        value = self.resolve(node)
        return value if isinstance(value, list) else str(value).split(",")

    def _ref(self, name: str) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._parameters:
            kind = self._declared.get(name, {}).get("Type", "String")
            value = self._parameters[name]
            if kind in {"CommaDelimitedList", "List<Number>"}:
                return [item.strip() for item in value.split(",")] if value else []
            return value
        return self._reference(name)

    def _get_att(self, argument: Any) -> Any:
        logical, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        return self._attribute(logical, self.resolve(attribute))

    def _sub(self, argument: Any) -> str:
        text, local = (argument, {}) if isinstance(argument, str) else argument
        values = {name: self.resolve(value) for name, value in local.items()}

        def one(match: re.Match[str]) -> str:
            literal, name = match.group(1), match.group(2).strip()
            if literal:
                return f"${{{match.group(2)}}}"
            if name in values:
                return str(values[name])
            if "." in name:
                return str(self._attribute(*name.split(".", 1)))
            value = self._ref(name)
            return ",".join(value) if isinstance(value, list) else str(value)

        return _SUB.sub(one, text)

    def _if(self, argument: Any) -> Any:
        name, yes, no = argument
        return self.resolve(yes if self.condition(name) else no)

    def _select(self, argument: Any) -> Any:
        index, items = int(self.resolve(argument[0])), self._items(argument[1])
        if not 0 <= index < len(items):
            raise TemplateError(f"Fn::Select: index {index} is outside a list of {len(items)}.")
        return items[index]

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = (self.resolve(part) for part in argument[:3])
        table = (self._body.get("Mappings") or {}).get(name, {})
        try:
            return table[str(first)][str(second)]
        except KeyError:
            if len(argument) > 3:
                return self.resolve(argument[3]["DefaultValue"])
            raise TemplateError(f"Fn::FindInMap: no {name}.{first}.{second}.") from None


def references(node: Any) -> Iterator[str]:
    """Every logical id or parameter name that this part of a template mentions."""
    called = function_of(node)
    if called is not None:
        yield from _mentioned(*called)
        if called[0] in {"Ref", "Fn::GetAtt"}:
            return
    if isinstance(node, Mapping):
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def _mentioned(name: str, argument: Any) -> Iterator[str]:
    if name == "Ref":
        yield str(argument)
    elif name == "Fn::GetAtt":
        yield argument.split(".", 1)[0] if isinstance(argument, str) else str(argument[0])
    elif name == "Fn::Sub":
        text = argument if isinstance(argument, str) else argument[0]
        for literal, found in _SUB.findall(text):
            if not literal:
                yield found.strip().split(".", 1)[0]
