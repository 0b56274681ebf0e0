"""Write the mails of the demo's first day into docs/notices.md, as they arrive.

The demo lives a day for that, so it is no part of ``generate_docs``; tests/cli/test_cli_demo.py
holds the page against the same day.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from personalize_monitor_desk.cli import demo_environment

PAGE = Path(__file__).resolve().parent.parent / "docs" / "notices.md"
SEED = 3
_PART = re.compile(r"(<!-- begin: first-day -->\n).*?(<!-- end -->)", re.DOTALL)


def shown(mails: Iterable[tuple[str | None, str]]) -> str:
    """Subjects and texts as the page shows them."""
    return "\n".join(f"```mail\nSubject: {subject}\n\n{text}```\n" for subject, text in mails)


def lived() -> list[tuple[str | None, str]]:
    """Subject and text of each mail of the first day."""
    with demo_environment.opened(seed=SEED) as there:
        there.live(there.sandbox.now + timedelta(days=1))
        found = there.sandbox.mailbox.delivered_to(demo_environment.EMAIL)
        return [(mail.subject, mail.message) for mail in found]


def main() -> int:
    """Write the part of the page."""
    page = PAGE.read_text("utf-8")
    mails = shown(lived())
    PAGE.write_text(_PART.sub(lambda m: f"{m[1]}\n{mails}\n{m[2]}", page), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
