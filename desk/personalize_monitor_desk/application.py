"""Where this application's own template is, to be deployed in a sandbox."""

from __future__ import annotations

from pathlib import Path

from personalize_monitor.errors import InvalidRequest


def template() -> Path:
    """The application's template: of this source tree, or the one that the package carries.

    Raises InvalidRequest when there is neither.
    """
    package = Path(__file__).resolve().parent
    places = (package.parent.parent / "template.yaml", package / "template.yaml")
    for place in places:
        if place.is_file():
            return place
    raise InvalidRequest(
        f"template.yaml is not where it should be ({places[0]}); run this from a source tree or "
        "install the package anew."
    )
