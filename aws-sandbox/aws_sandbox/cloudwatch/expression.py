"""The syntax of metric math: text to a small tree. `formulas` computes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache


class ExpressionError(ValueError):
    """An expression that cannot be read or computed; the text says why."""


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted string, as in METRICS("errors")."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """The Id of another query, or a keyword such as REPEAT."""

    value: str


@dataclass(frozen=True, slots=True)
class Listing:
    """[m1, m2]."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """FUNCTION(arguments)."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """left operator right."""

    operator: str
    left: Node
    right: Node


Node = Number | Text | Name | Listing | Call | Binary

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z][A-Za-z0-9_]*)"""
    r"""|(?P<text>"[^"]*"|'[^']*')|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/^<>(),\[\]]))"""
)
_LEVELS = (
    frozenset({"||", "OR"}),
    frozenset({"&&", "AND"}),
    frozenset({"==", "!=", "<", ">", "<=", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "/"}),
    frozenset({"^"}),
)
_SAME = {"OR": "||", "AND": "&&"}


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """Read an expression.

    Raises:
        ExpressionError: with the place where reading stopped.
    """
    parser = _Parser(text)
    node = parser.level(0)
    if parser.kind != "end":
        raise ExpressionError(f"unexpected '{parser.value}' in '{text}'")
    return node


def names(node: Node) -> Iterator[str]:
    """Every Id (or keyword) that an expression mentions."""
    match node:
        case Name(value):
            yield value
        case Listing(items) | Call(_, items):
            for item in items:
                yield from names(item)
        case Binary(_, left, right):
            yield from names(left)
            yield from names(right)


class _Parser:
    """Recursive descent, one level per precedence."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0
        self.kind = self.value = ""
        self.step()

    def step(self) -> str:
        """Go to the next token; answer the one left behind."""
        before = self.value
        rest = self.text[self.place :]
        if not rest.strip():
            self.kind, self.value = "end", ""
            return before
        match = _TOKEN.match(rest)
        if match is None:
            raise ExpressionError(f"cannot read '{rest.strip()}' in '{self.text}'")
        self.place += match.end()
        self.kind = match.lastgroup or ""
        self.value = match.group(self.kind)
        return before

    def expect(self, sign: str) -> None:
        """Step over a sign that must be here."""
        if self.value != sign or self.kind != "sign":
            raise ExpressionError(f"expected '{sign}' before '{self.value}' in '{self.text}'")
        self.step()

    def level(self, depth: int) -> Node:
        """A chain of operators of one precedence, left to right."""
        if depth == len(_LEVELS):
            return self.unary()
        node = self.level(depth + 1)
        while self.kind in {"sign", "name"} and self.value in _LEVELS[depth]:
            operator = self.step()
            node = Binary(_SAME.get(operator, operator), node, self.level(depth + 1))
        return node

    def unary(self) -> Node:
        """A sign before a value."""
        if self.kind == "sign" and self.value == "-":
            self.step()
            return Binary("*", Number(-1.0), self.unary())
        return self.atom()

    def atom(self) -> Node:
        """A literal, a name, a call, a list or something in parentheses."""
        kind, value = self.kind, self.step()
        if kind == "number":
            return Number(float(value))
        if kind == "text":
            return Text(value[1:-1])
        if kind == "name":
            if self.value == "(" and self.kind == "sign":
                return Call(value.upper(), self.items(")"))
            return Name(value)
        if value == "(":
            node = self.level(0)
            self.expect(")")
            return node
        if value == "[":
            return Listing(self.items("]", opened=True))
        raise ExpressionError(f"unexpected '{value or 'end'}' in '{self.text}'")

    def items(self, closing: str, *, opened: bool = False) -> tuple[Node, ...]:
        """Comma separated nodes up to the closing sign."""
        if not opened:
            self.step()
        found: list[Node] = []
        while self.value != closing:
            found.append(self.level(0))
            if self.value != closing:
                self.expect(",")
        self.expect(closing)
        return tuple(found)
