"""The house stays one that a stranger finds their way in: small rooms, one way, nothing unused."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

import pytest
from bench.starts import package_mb
from tests.order import LONGEST

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "personalize_monitor"
PACKAGES = (
    PACKAGE,
    ROOT / "desk" / "personalize_monitor_desk",
    ROOT / "aws-sandbox" / "aws_sandbox",
)
FOLDERS = (*PACKAGES, ROOT / "tests", ROOT / "bench", ROOT / "scripts", ROOT / "crosscheck")
MODULES = sorted(path for folder in FOLDERS for path in folder.rglob("*.py"))
OURS = sorted(path for package in PACKAGES for path in package.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """A module as Python reads it."""
    return ast.parse(path.read_text("utf-8"))


def name_of(path: Path) -> str:
    """The dotted name of a module of ours."""
    (root,) = (package.parent for package in PACKAGES if path.is_relative_to(package))
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


@cache
def all_names() -> frozenset[str]:
    """The dotted names of all modules of ours."""
    return frozenset(map(name_of, OURS))


def imported(path: Path) -> Iterator[str]:
    """Modules of ours that are imported when this one is."""
    names = all_names()
    waiting: list[ast.AST] = list(tree(path).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.If | ast.Try | ast.With):
            waiting.extend(ast.iter_child_nodes(node))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module in names:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from whole & names
            if whole - names:
                yield str(node.module)


def test_modules_are_small() -> None:
    """Half of the modules have at most 120 lines, and none of ours or their tests above 400."""
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert median(sizes[path] for path in OURS) <= 120
    assert {str(path.relative_to(ROOT)): n for path, n in sizes.items() if n > 400} == {}


def test_no_room_of_the_application_is_larger_than_a_quarter() -> None:
    """Whoever opens the application sees steps of one business, none of which hides the others."""
    rooms: Counter[str] = Counter()
    for path in PACKAGE.rglob("*.py"):
        rooms[path.relative_to(PACKAGE).parts[0]] += len(path.read_text("utf-8").splitlines())
    assert rooms.total() <= 26_000
    assert {room: n for room, n in rooms.items() if n > rooms.total() / 4} == {}


def test_what_is_deployed_is_small() -> None:
    """Each function is shipped the whole folder of CodeUri: 400 kB zipped at most."""
    assert package_mb() <= 0.4


def test_each_test_file_has_a_name_of_its_own() -> None:
    """Pytest knows test files by their last name alone, and refuses the second of two."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert {name for name in names if names.count(name) > 1} == set()


def test_imports_run_one_way() -> None:
    """No module needs itself, by however long a way round, to be imported."""
    graph = {name_of(path): set(imported(path)) - {name_of(path)} for path in OURS}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_every_public_function_is_typed_and_described(path: Path) -> None:
    """Parameters and results have types, and the first line of a docstring says what it is for."""
    assert ast.get_docstring(tree(path)), "a module says what it is for"
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        asked = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        untyped = [a.arg for a in asked if not a.annotation and a.arg not in {"self", "cls", "_"}]
        assert not untyped, f"{node.name}: {untyped}"
        assert node.returns is not None or node.name == "__init__", node.name
        if not node.name.startswith("_") and _is_public(path, node):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def _is_public(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it stands in the module itself or in a class without an underscore."""
    for node in tree(path).body:
        if node is function:
            return True
        if isinstance(node, ast.ClassDef) and function in node.body:
            # Members of a protocol that stand for themselves have no body.
            bare = ast.unparse(function.body[-1]) == "..."
            return not node.name.startswith("_") and not bare
    return False


def test_every_module_is_used() -> None:
    """A module that nobody imports, starts or deploys is dead."""
    text = "\n".join(
        path.read_text("utf-8")
        for path in [*MODULES, ROOT / "template.yaml", ROOT / "pyproject.toml", ROOT / "Makefile"]
    )
    unused = []
    for path in OURS:
        # Verbs are loaded by their name, moto finds `urls`, and Python the rest.
        if path.parent.name == "verbs" or path.stem in {"urls", "__init__", "__main__"}:
            continue
        name = name_of(path)
        parent, _, last = name.rpartition(".")
        ways = (
            rf"{re.escape(name)}\b",
            rf"from {re.escape(parent)} import [^\n]*\b{last}\b",
            rf"from {re.escape(parent)} import \([^)]*\b{last}\b",
        )
        if not any(re.search(way, text) for way in ways):
            unused.append(name)
    assert unused == []


def test_the_longest_test_files_are_there() -> None:
    """A file that was renamed must not lose its place at the beginning unseen."""
    assert [name for name in LONGEST if not (ROOT / "tests" / name).exists()] == []


def test_there_is_one_error_tree() -> None:
    """Errors that cross rooms come from ``errors``; others are refusals of one room alone."""
    ours = {
        node.name for node in tree(PACKAGE / "errors.py").body if isinstance(node, ast.ClassDef)
    }
    foreign = {
        f"{name_of(path)}.{node.name}"
        for path in OURS
        if "aws_sandbox" not in path.parts
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Exception" for base in node.bases)
        and node.name not in ours
    }
    assert foreign == set()
