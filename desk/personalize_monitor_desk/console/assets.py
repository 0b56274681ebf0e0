"""The files that pages load: our own, and the two libraries that npm brought."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from personalize_monitor.errors import PersonalizeMonitorError
from personalize_monitor_desk.console.render import HERE

LIBRARIES = {
    "htmx.min.js": (
        "htmx.org/dist/htmx.min.js",
        "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    ),
    "uPlot.iife.min.js": (
        "uplot/dist/uPlot.iife.min.js",
        "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    ),
    "uPlot.min.css": (
        "uplot/dist/uPlot.min.css",
        "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    ),
}
"""File in ``/static/vendor``, where its package has it, and its SHA-256: the version we tested."""


class LibrariesMissing(PersonalizeMonitorError):
    """The JavaScript libraries are not there; the message says how they come."""


@cache
def libraries() -> dict[str, Path]:
    """Where each library is: in the package as installed, or in a source tree's node_modules.

    Raises LibrariesMissing for one that is absent, or is not what we tested.
    """
    vendor = HERE / "static" / "vendor"
    modules = HERE.parents[2] / "node_modules"
    found = {}
    for name, (source, digest) in LIBRARIES.items():
        places = (vendor / name, modules / source)
        there = next((place for place in places if place.is_file()), None)
        if there is None:
            raise LibrariesMissing(
                f"{name} is missing; run `make js` in the source tree, or install the built wheel."
            )
        if hashlib.sha256(there.read_bytes()).hexdigest() != digest:
            raise LibrariesMissing(
                f"{there} is not the file that this version was tested with; remove node_modules "
                "and run `make js`."
            )
        found[name] = there
    return found


class Assets(StaticFiles):
    """Static files, with the libraries under ``vendor/`` from wherever they are."""

    def __init__(self) -> None:
        super().__init__(directory=HERE / "static")

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """A file of ours or a library, and its state; nothing else of the disk."""
        folder, _, name = path.replace(os.sep, "/").rpartition("/")
        if folder == "vendor" and name in LIBRARIES:
            there = libraries()[name]
            return str(there), there.stat()
        return super().lookup_path(path)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; it may be kept, but is asked for again each time."""
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "no-cache"
        return answer
