"""For the built site: links to files outside of docs/ become the names of these files.

In the repository such links lead to the file; a site of the documentation alone does not have it.
"""

from __future__ import annotations

import re
from typing import Any

_OUTSIDE = re.compile(
    r"\[(?P<text>[^\]]*)\]\((?:\.\./)+"
    r"(?P<path>(?:tests|src|scripts|bench|traces|template|member|README|CHANGELOG)[^)\s\"]*)"
    r"(?: \"(?P<title>[^\"]*)\")?\)"
)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """What mkdocs calls with each page's text."""

    def shown(match: re.Match[str]) -> str:
        title = f"::{match['title']}" if match["title"] else ""
        return f'<abbr title="{match["path"]}{title}">{match["text"]}</abbr>'

    return _OUTSIDE.sub(shown, markdown)
