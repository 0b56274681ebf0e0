"""The doctor where there is little to look at: no deployment, no credentials."""

from __future__ import annotations

import pytest
from tests.cli.test_cli_doctor import REGIONS, the_wrong

from personalize_monitor.aws.access import Access
from personalize_monitor.cli import stage
from personalize_monitor.cli.doctor.finding import Mark
from personalize_monitor.cli.session import Where
from personalize_monitor.cli.verbs.doctor import examined
from personalize_monitor.sandbox import fleet
from personalize_monitor.sandbox.sandbox import START


def test_13_not_deployed_at_all() -> None:
    """Without a deployment looking works, and the doctor says how to deploy."""
    with stage.opened(seed=1, watched=False) as scene:
        fleet.add_campaign(scene.sandbox.world, "one-more")
        found = the_wrong(scene)
    assert list(found) == ["Deployment"]
    assert "sam deploy" in found["Deployment"].cure


def test_14_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials there is one finding, and the rest is skipped."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    found = examined(Where(Access(), REGIONS, START, past=False), "")
    assert [one.mark for one in found] == [Mark.WRONG, Mark.SKIPPED]
