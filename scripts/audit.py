"""Known vulnerabilities of the locked dependencies, and never "none" where nobody was asked."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def main(command: list[str]) -> int:
    """Run pip-audit: 0 without findings, 1 with some, 2 when nothing is known."""
    # The command comes from the Makefile.
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return _say(2, f"pip-audit could not ask ({last}): nothing is known about vulnerabilities.")
    return verdict(found)


def verdict(found: list[dict[str, Any]]) -> int:
    """The exit code for pip-audit's list, after its sentence."""
    asked = [one for one in found if "skip_reason" not in one]
    bad = [one for one in asked if one.get("vulns")]
    if bad:
        for one in bad:
            known = ", ".join(str(vulnerability["id"]) for vulnerability in one["vulns"])
            _say(1, f"{one['name']} {one['version']}: {known}")
        return _say(
            1, f"{len(bad)} of {len(asked)} locked dependencies are known to be vulnerable."
        )
    if len(asked) < len(found) or not found:
        skipped = len(found) - len(asked)
        return _say(
            2,
            f"{skipped} of {len(found)} locked dependencies could not be asked about (is the "
            "package index there?): nothing is known about those.",
        )
    return _say(0, f"No known vulnerabilities in {len(asked)} locked dependencies.")


def _say(code: int, sentence: str) -> int:
    (sys.stderr if code else sys.stdout).write(f"{sentence}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
