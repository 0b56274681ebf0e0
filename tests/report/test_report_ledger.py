"""The report tells what became of changes, and the risk of what is advised."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

from tests.cli.cast import the_look
from tests.cli.test_cli_changes import HURT, OPEN, change, ledger
from tests.cli.test_cli_fleet import look_of

from personalize_monitor.policy.harm import words as verdicts
from personalize_monitor_desk.report import as_html, as_markdown


def test_changes_and_what_became_of_them() -> None:
    """Both forms tell each change with its verdict, both sides and its saving, and the sums."""
    found = ledger(change("shoes", HURT), change("hats", OPEN, unread="It is gone."))
    account = the_look(14)
    for form in (as_html(account, found), as_markdown(account, found)):
        for part in (
            "2 changes: 1 hurt, 1 not yet known. What callers got is not known of 1",
            verdicts.told(found.changes[0].case),
            verdicts.told(found.changes[1].case),
            "100 → 960",
            "$24",
        ):
            assert part in unescape(form).replace("&lt;", "<")
    assert "No floor was changed" in as_html(account, ledger())
    assert "The journal could not be read" in as_markdown(account)


def test_the_risk_stands_beside_the_saving() -> None:
    """Of a lowering whose service is not known, as a bound."""
    account = the_look(14)
    lowered = next(one for one in account.seen if one.decision and one.decision.to_floor)
    risky = {"exposure_percent": 11.8, "at_risk_percent": 11.8, "risk_sure": False}
    assert lowered.decision is not None
    decision = replace(lowered.decision, evidence=risky)
    account = look_of(replace(lowered, decision=decision))
    for form in (as_html(account), as_markdown(account)):
        assert "Requests at risk" in form
        assert "up to 11.8 %" in form
