"""The verbs that change something: what they show, refuse, and how they end."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import validated

from personalize_monitor.model.arn import Arn
from personalize_monitor.model.decision import Action
from personalize_monitor.model.plan import Plan, PlanItem, Sighting
from personalize_monitor.plan.plans import Applied, Fate
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.verbs import apply, restore
from personalize_monitor_desk.restore.restorer import Deed, Restoration

pytestmark = pytest.mark.clock(once=True)

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

ARN = Arn("arn:aws:personalize:us-east-1:123456789012:campaign/flash-sale-picks")
TIMES = ("--from", "2026-11-27 08:00 Europe/Berlin", "--until", "2026-11-27 12:00 Europe/Berlin")
ITEM = PlanItem(
    arn=str(ARN),
    kind="campaign",
    action=Action.SET_FLOOR,
    floor=20,
    to_floor=3,
    reason="Too high.",
    held_by="",
    evidence={},
    seen=Sighting("ACTIVE", 20, "2026-11-01T00:00:00+00:00", update_pending=False),
)


def test_the_journal(over: Ask) -> None:
    """What was done is listed with its cause; kinds and resources narrow it."""
    answer = over("journal", "--since", "1d", "--output", "json")
    assert answer.code == 0
    validated("journal", answer.document)
    entries = answer.document["entries"]
    assert {entry["kind"] for entry in entries} <= {"change", "removal", "restore", "notice"}
    assert all(entry["by"] == "the monitor" for entry in entries)
    one = over("journal", "--since", "1d", "--arn", ARN.name, "--kind", "change", "-o", "json")
    assert {entry["arn"] for entry in one.document["entries"]} == {str(ARN)}
    everything = over("journal", "--since", "1d", "--all", "-o", "json").document["entries"]
    assert {"request", "intent"} <= {entry["kind"] for entry in everything}
    assert over("journal", "--since", "yesterday").code == Exit.USAGE


def test_a_prewarm_is_set_listed_and_cancelled(over: Ask) -> None:
    """One command each."""
    made = over("prewarm", ARN.name, "--tps", "60", *TIMES, "--yes", "--output", "json")
    assert made.code == 0
    validated("prewarm", made.document)
    (one,) = made.document["prewarms"]
    assert (one["begin"], one["state"]) == ("2026-11-27T07:00:00Z", "waiting")
    listed = over("prewarm", "list", "--output", "json").document["prewarms"]
    assert one in listed
    assert over("prewarm", str(ARN), "--tps", "60", *TIMES, "--yes").code == Exit.USAGE
    assert "say --yes" in over("prewarm", "cancel", one["id"]).err  # D10: it asks first
    assert over("prewarm", "cancel", one["id"], "--yes").code == 0
    again = over("prewarm", "cancel", one["id"], "--yes")
    assert again.code == Exit.USAGE
    assert "There is no pre-warm" in again.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("prewarm", str(ARN), "--tps", "60"), "needs --tps, --from and --until"),
        (("prewarm", str(ARN), "--cron", "0 8 ? * * *"), "--cron needs --for"),
        (("prewarm", str(ARN), "--tps", "60", *TIMES), "say --yes"),
        (("prewarm", str(ARN), "--tps", "501", *TIMES), "allowed are 1 to 500"),
        (("prewarm", "shoes", "--tps", "5", *TIMES), "is called shoes"),
        (
            ("prewarm", f"{ARN}-not", "--tps", "5", *TIMES, "--yes"),
            "does not exist; nothing was set",
        ),
        (("restore", f"{ARN}-not", "--yes"), "knows of no deletion"),
        (("restore", str(ARN)), "say --yes"),
        (("apply",), "either a FILE"),
        (("apply", "/nowhere/plan.json"), "cannot be read"),
        (("apply", __file__), "is not a plan"),
    ],
)
def test_refusals(over: Ask, arguments: tuple[str, ...], sentence: str) -> None:
    """What cannot be meant ends with one sentence and code 2."""
    answer = over(*arguments)
    assert answer.code == Exit.USAGE
    assert sentence in " ".join(answer.err.split())


def test_a_saved_plan(over: Ask, tmp_path: Path) -> None:
    """What `plan --out` writes, `apply` reads."""
    file = tmp_path / "plan.json"
    assert over("plan", "--out", str(file)).code == 0
    plan = Plan.from_json(file.read_text("utf-8"))
    assert plan.account == ARN.account
    assert plan.items


def test_the_documents() -> None:
    """Results of apply and restore are as their schemas promise."""
    plan = Plan.of(ARN.account, datetime(2026, 11, 27, tzinfo=UTC), [ITEM])
    validated("apply", apply.result(plan, [Applied.of(ITEM, Fate.DRIFTED, "It moved.")]).document)
    wanted = Restoration(ARN, Deed.FLOOR, "Back.", "It was lowered.", floor=20, from_floor=3)
    validated("restore", restore.result(wanted, "Done.").document)


def test_exit_codes_of_apply() -> None:
    """All, some, none; D10: what has drifted is refused by us, not by AWS."""
    done, moved = Applied.of(ITEM, Fate.DONE, ""), Applied.of(ITEM, Fate.DRIFTED, "")
    assert apply.ended([done, done]) == Exit.FINE
    assert apply.ended([done, moved]) == Exit.PARTLY
    assert apply.ended([moved]) == Exit.PARTLY
    assert apply.ended([Applied.of(ITEM, Fate.FAILED, "")]) == Exit.REFUSED
