"""What a release says about itself: dependencies, licences, and a site that needs no network."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from scripts import inventory
from tests.docs.book import DOCS, ROOT


def direct() -> set[str]:
    """Names of the dependencies that an installation asks for itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        listed += extra
    names = {re.split(r"[\[<>=~ ]", text)[0].lower().replace("_", "-") for text in listed}
    return names - {"personalize-monitor"}


def test_every_locked_package_is_in_the_bill() -> None:
    """Each pin of the lock is a component, with its version, and what is needed says so."""
    packages = inventory.locked(ROOT)
    bill = inventory.bill(packages, "1.2.3")
    assert bill["bomFormat"] == "CycloneDX"
    assert len(bill["components"]) == len(inventory.pins(ROOT))
    required = {c["name"] for c in bill["components"] if c["scope"] == "required"}
    assert direct() <= required
    assert "pytest" not in required
    assert bill == inventory.bill(packages, "1.2.3")


def test_direct_dependencies_have_their_licence_told() -> None:
    """The page of licences has what an installation asks for, and the console's JavaScript."""
    page = (DOCS / "licences.md").read_text("utf-8")
    named = set(re.findall(r"^\| ([\w.-]+) \|", page, re.MULTILINE))
    assert direct() | {"htmx.org", "uplot"} <= named
    assert "not installed" not in page


@pytest.mark.clock(once=True)
@pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("material") is None,
    reason="mkdocs-material is not installed; make docs needs it",
)
def test_the_site_is_built_strictly_and_loads_nothing(tmp_path: Path) -> None:
    """No warning in the build, and no page fetches scripts, styles or fonts from elsewhere."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for page in tmp_path.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not re.search(r"<(script|img)[^>]+src=\"?https?:", text), page.name
        assert not re.search(r"<link[^>]+rel=\"?(stylesheet|preconnect)[^>]+https?:", text)
