"""The doctor where there is little to look at: no deployment, no credentials."""

from __future__ import annotations

import pytest
from tests.cli.test_cli_doctor import REGIONS, the_wrong

from aws_sandbox import fleet
from aws_sandbox.sandbox import START
from personalize_monitor.aws.access import Access
from personalize_monitor_desk.cli import demo_environment
from personalize_monitor_desk.cli.doctor.finding import Mark
from personalize_monitor_desk.cli.session import Where
from personalize_monitor_desk.cli.verbs.doctor import examined


def test_13_not_deployed_at_all() -> None:
    """Without a deployment looking works, and the doctor says how to deploy."""
    with demo_environment.opened(seed=1, watched=False) as scene:
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
