"""Whoever sits at a desk reckons with the prices that the deployment has learned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.stories.conftest import Story

from aws_sandbox.traffic.shapes import Steady
from personalize_monitor.contract import MONTHLY_SAVING_KEY
from personalize_monitor.model.price_file import shipped_prices
from personalize_monitor.model.prices import Family
from personalize_monitor.plan.plans import finding_settings
from personalize_monitor_desk.cli import operators, session
from personalize_monitor_desk.cli.main import main
from personalize_monitor_desk.cli.session import Where
from personalize_monitor_desk.console.account_poller import AccountPoller
from personalize_monitor_desk.console.context import ConsoleContext

LESS = 0.925
"""What the sandbox's discount leaves of the list price."""


@pytest.fixture
def learned(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A deployment that has learned, and somebody with the command beside it."""
    monkeypatch.setattr(session, "present", lambda: story.now)
    monkeypatch.setattr(session, "new_session", lambda profile: profile)
    monkeypatch.setattr(session, "Access", lambda profile: story.access)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    story.box.world.billing.discount = 1 - LESS
    story.campaign("busy", floor=9, recipe="aws-sims", shape=Steady(2.0, noise=0.0))
    story.deploy(LearnPrices="Yes", DryRun="Yes")
    story.run(0.5)
    return story


def test_every_verb_uses_them_unless_a_file_is_given(
    learned: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same figures at the discount of the bill, and at list price with an empty price file."""
    none = tmp_path / "none.toml"
    none.write_text("", "utf-8")

    def ask(*arguments: str) -> Any:
        capsys.readouterr()
        main([*arguments, "-o", "json"])
        return json.loads(capsys.readouterr().out)

    def usd(verb: str, *more: str) -> float:
        found = ask(verb, *more)
        money = {
            "status": lambda: found["totals"]["monthlyCost"],
            "plan": lambda: found["actions"][0]["monthlySaving"],
            "report": lambda: found["actions"][0]["monthlySaving"],
            "savings": lambda: found["resources"][0]["monthlySaving"],
        }[verb]()
        return float(money["usd"])

    for verb in ("status", "plan", "report", "savings"):
        ratio = usd(verb) / usd(verb, "--prices", str(none))
        assert ratio == pytest.approx(LESS, rel=0.01), verb
    rows = ask("prices")["prices"]
    (legacy,) = [one for one in rows if one["family"] == "legacy"]
    assert "the account's own bill" in legacy["source"]
    capsys.readouterr()
    main(["prices"])
    out = capsys.readouterr().out
    assert "learned by the deployment on 2026-11-26" in " ".join(out.split())
    learned.box.update({"LearnPrices": "No"})
    assert usd("plan") == usd("plan", "--prices", str(none))


def test_the_console_uses_them(learned: Story) -> None:
    """Where nobody gave it a price file."""
    built_in = shipped_prices()

    def desk(*, learns: bool) -> AccountPoller:
        place = Where(learned.access, ("us-east-1",), learned.now, past=False)
        return AccountPoller(
            ConsoleContext(
                access=learned.access,
                regions=("us-east-1",),
                settings=finding_settings(),
                prices=built_in,
                now=lambda: learned.now,
                operator=lambda: operators.operator_of(place, ""),
                learns=learns,
            )
        )

    assert desk(learns=False).prices() is built_in
    price = desk(learns=True).prices().price("us-east-1", Family.LEGACY)
    assert price is not None
    assert "the account's own bill" in price.source


def test_what_a_mail_says_is_at_these_prices(learned: Story) -> None:
    """The monitor's request carries the saving at the learned price."""
    learned.box.update({"DryRun": "No"})
    learned.run(2)
    (detail,) = learned.events("PersonalizeCampaignMinProvisionedTPSUpdated")
    price = shipped_prices().price("us-east-1", Family.LEGACY)
    assert price is not None
    listed = float(price.cost(730 * 3600 * 9) - price.cost(730 * 3600 * 2))
    assert detail[MONTHLY_SAVING_KEY] == pytest.approx(listed * LESS, rel=0.01)
