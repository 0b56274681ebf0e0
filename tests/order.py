"""The order of the test files: those that take longest begin first, so that none ends alone."""

from __future__ import annotations

from pathlib import Path

import pytest

LONGEST = (
    "stories/test_judged_story.py",
    "docs/test_docs_quickstart.py",
    "stories/test_first_day.py",
    "console/test_console_sandbox.py",
    "stories/test_guards_story.py",
    "cli/test_cli_demo.py",
    "stories/test_cases_story.py",
    "cli/test_cli_verbs.py",
    "contract/test_contract_setup.py",
    "console/test_console_browser.py",
    "stories/test_names.py",
    "console/test_console_server.py",
    "functions/test_function_notify.py",
    "stories/test_restore.py",
    "cli/test_cli_doctor.py",
    "console/test_console_sizes.py",
    "stories/test_savings_story.py",
    "stories/test_permissions.py",
    "stories/test_prewarm_story.py",
    "console/test_console_browser_worlds.py",
    "cli/test_cli_parts.py",
    "functions/test_function_terms.py",
    "context/test_accounts.py",
    "decide/test_following.py",
    "docs/test_docs_schemas.py",
)
"""Files of more than eight seconds of CPU time; the rest follows in any order."""
_TESTS = Path(__file__).parent
_RANK = {_TESTS / name: number for number, name in enumerate(LONGEST)}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After whatever else orders or shuffles them; a file's tests stay together."""
    items.sort(key=lambda item: _RANK.get(item.path, len(_RANK)))
