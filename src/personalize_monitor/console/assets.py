"""The files that pages load: our own, and the two libraries that npm brought."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from personalize_monitor.console.render import HERE
from personalize_monitor.errors import PersonalizeMonitorError

LIBRARIES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "uPlot.iife.min.js": "uplot/dist/uPlot.iife.min.js",
    "uPlot.min.css": "uplot/dist/uPlot.min.css",
}
"""File name in ``/static/vendor`` and where the package has it."""


class LibrariesMissing(PersonalizeMonitorError):
    """The JavaScript libraries are not there; the message says how they come."""


def libraries() -> dict[str, Path]:
    """Where each library is: in the package as installed, or in a source tree's node_modules."""
    vendor = HERE / "static" / "vendor"
    modules = HERE.parents[2] / "node_modules"
    found = {}
    for name, source in LIBRARIES.items():
        places = (vendor / name, modules / source)
        there = next((place for place in places if place.is_file()), None)
        if there is None:
            raise LibrariesMissing(
                f"{name} is missing; run `make js` in the source tree, or install the built wheel."
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
