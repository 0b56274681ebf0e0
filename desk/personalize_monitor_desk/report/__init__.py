"""The report: one look at an account as a page to mail, as Markdown, or as rows."""

from __future__ import annotations

from personalize_monitor_desk.report.markdown import as_markdown
from personalize_monitor_desk.report.page import as_html

__all__ = ["as_html", "as_markdown"]
