"""Finding a handler as Lambda does, and forgetting its module for a cold start."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Handler = Callable[[Any, Any], Any]


def load(code: Path, handler: str) -> Handler:
    """The handler function; its module is imported from the function's code folder.

    A folder that is not there means the code that is installed, as a wheel has it.

    Raises:
        ImportError: there is no such module or function.
    """
    module_name, _, name = handler.rpartition(".")
    top = module_name.split(".")[0]
    if code.is_dir() and not _lies_under(sys.modules.get(top), code):
        _drop(top)
    added = str(code) not in sys.path
    if added:
        sys.path.insert(0, str(code))
        importlib.invalidate_caches()
    try:
        module = importlib.import_module(module_name)
    finally:
        if added:
            sys.path.remove(str(code))
    found = getattr(module, name, None)
    if not callable(found):
        raise ImportError(f"Handler '{name}' missing on module '{module_name}'")
    handler_function: Handler = found
    return handler_function


def forget(handler: str, others: Iterable[str] = ()) -> None:
    """Drop the handler's module and its siblings, so that the next load runs them anew.

    The modules of `others` (handlers of other functions) stay: they are other processes. What lies
    elsewhere in the package stays loaded too; state of an invocation belongs at the handler.
    """
    module, _, _ = handler.rpartition(".")
    package, _, _ = module.rpartition(".")
    kept = {other.rpartition(".")[0] for other in others} - {module}
    for name in list(sys.modules):
        if name == module or (package and name.startswith(f"{package}.") and name not in kept):
            del sys.modules[name]


def _lies_under(module: Any, code: Path) -> bool:
    if module is None:
        return True
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", [])]
    return any(place and Path(place).resolve().is_relative_to(code) for place in places)


def _drop(top: str) -> None:
    for name in [n for n in sys.modules if n == top or n.startswith(f"{top}.")]:
        del sys.modules[name]
