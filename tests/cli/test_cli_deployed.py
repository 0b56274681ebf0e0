"""The verbs beside a deployment: which one is meant, its journal, and its pre-warms."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from tests.cli.conftest import Inside, validated
from tests.support import ACCOUNT, HOME

from personalize_monitor.errors import InvalidRequest, Unavailable
from personalize_monitor_desk.cli import deployed, operators
from personalize_monitor_desk.cli.exits import Exit, Usage
from personalize_monitor_desk.cli.output import as_csv
from personalize_monitor_desk.cli.session import Where
from personalize_monitor_desk.cli.verbs import prewarm
from personalize_monitor_desk.prewarm.prewarm import Prewarm

AGE = timedelta(days=4)
SHOES = f"arn:aws:personalize:us-east-1:{ACCOUNT}:campaign/shoes"
SALE = ("--from", "2026-03-05 08:00 Europe/Berlin", "--until", "2026-03-05 12:00 Europe/Berlin")


def place(inside: Inside, *regions: str) -> Where:
    """Where somebody looks."""
    return Where(inside.local.access, regions or (HOME,), inside.local.now, past=False)


def test_the_only_deployment_needs_no_name(inside: Inside) -> None:
    """It is found at home, whatever it is called, with its parameters."""
    inside.deploy("watcher", IdleCampaignThresholdHours="36")
    inside.stack("somebody-elses")
    found = deployed.found(place(inside))
    assert found is not None
    assert found.stack.name == "watcher"
    assert found.settings().idle_hours == 36


def test_it_is_looked_for_at_home_even_when_one_looks_elsewhere(inside: Inside) -> None:
    """A home region that is not among --region still has the deployment."""
    inside.deploy()
    found = deployed.found(place(inside, "eu-west-1"))
    assert found is not None
    assert found.stack.region == HOME


def test_it_is_found_where_one_looks(inside: Inside) -> None:
    """A deployment elsewhere than at home is found by --region."""
    inside.deploy(region="eu-west-1")
    assert deployed.found(place(inside)) is None
    found = deployed.found(place(inside, "us-east-1", "eu-west-1"))
    assert found is not None
    assert found.stack.region == "eu-west-1"


def test_a_name_that_is_not_there(inside: Inside) -> None:
    """It is told with the regions that were looked at."""
    with pytest.raises(Usage, match="no stack nix in us-east-1"):
        deployed.found(place(inside), "nix")


def test_a_stack_that_is_not_ours(inside: Inside) -> None:
    """Another application's stack is not taken for ours, and named."""
    inside.stack("web")
    assert deployed.found(place(inside)) is None
    with pytest.raises(InvalidRequest, match="web in us-east-1 is not a deployment"):
        deployed.found(place(inside), "web")


def test_several_must_be_chosen_from(inside: Inside) -> None:
    """Two deployments: neither is guessed, both are named, and --stack chooses."""
    inside.deploy("one")
    inside.stack("two", outputs=_marks())
    with pytest.raises(InvalidRequest, match="one, two"):
        deployed.found(place(inside))
    found = deployed.found(place(inside), "two")
    assert found is not None
    assert found.stack.name == "two"
    assert inside("plan", "-o", "json").code == Exit.USAGE


def _marks() -> dict[str, str]:
    return {"JournalLogGroup": "/j", "UpdateFunctionArn": "u", "PrewarmScheduleGroup": "g"}


def test_cloudformation_denied(inside: Inside, capsys: pytest.CaptureFixture[str]) -> None:
    """A verb that needs the deployment refuses; one that only looks goes on and says so."""
    inside.local.fail(service="cloudformation", code="AccessDenied")
    with pytest.raises(Unavailable, match="Looking for the stack"):
        deployed.found(place(inside))
    assert operators.looking_operator(place(inside), "").stack is None
    assert "Defaults are used" in capsys.readouterr().err
    answer = inside("journal")
    assert answer.code == Exit.REFUSED


def test_the_desk_is_the_stacks_where_there_is_one(
    inside: Inside, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The journal is the log group; without a stack a file of this account, in its usual place."""
    alone = operators.operator_of(place(inside), "")
    assert alone.path is not None
    assert alone.path.name == f"journal-{ACCOUNT}.jsonl"
    operators.tell_journal(alone)
    assert str(alone.path) in capsys.readouterr().err
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/somebody")
    usual = operators.operator_of(place(inside), "").path
    assert usual is not None
    assert str(usual.parent) == "/home/somebody/.local/state/personalize-monitor"
    inside.deploy()
    beside = operators.operator_of(place(inside), "")
    assert beside.path is None
    operators.tell_journal(beside)
    assert capsys.readouterr().err == ""


def test_the_journal_of_a_deployment(inside: Inside) -> None:
    """Who did what is read from the log group, the oldest first; ARNs and names narrow it."""
    inside.deploy()
    changed = "PersonalizeCampaignMinProvisionedTPSUpdated"
    for name, hours, who in (("shoes", 3, "monitor"), ("hats", 2, ""), ("shoes", 1, "monitor")):
        inside.wrote(
            changed,
            {
                "ARN": SHOES.replace("shoes", name),
                "PreviousMinTPS": 9,
                "NewMinTPS": 3,
                "RequestedBy": who,
                "Reason": "Because | of [this].",
            },
            hours_ago=hours,
        )
    answer = inside("journal", "-o", "json")
    validated("journal", answer.document)
    entries = answer.document["entries"]
    assert [one["arn"].rpartition("/")[2] for one in entries] == ["shoes", "hats", "shoes"]
    assert [one["by"] for one in entries] == [
        "the monitor",
        "a request on the event bus",
        "the monitor",
    ]
    assert answer.document["journal"].startswith("log group ")
    assert len(inside("journal", "--arn", SHOES, "-o", "json").document["entries"]) == 2
    screen = inside("journal")
    assert "3 entries of log group" in screen.out
    assert "Because | of [this]." in screen.out
    assert "Because \\| of [this]." in inside("journal", "-o", "markdown").out


def test_a_journal_that_does_not_answer(inside: Inside) -> None:
    """What happened is not known then: a refusal, not an empty journal."""
    inside.deploy()
    inside.local.fail(service="logs", code="AccessDeniedException")
    answer = inside("journal")
    assert answer.code == Exit.REFUSED
    assert answer.out == ""
    assert "Reading the journal" in answer.err


@pytest.fixture
def warm(inside: Inside) -> Inside:
    """A deployment and a campaign to pre-warm."""
    inside.campaign("shoes", floor=2, age=AGE)
    inside.deploy()
    # The scheduler that this sandbox has by itself tells more in its list than AWS does.
    inside.local.world.gate.validate = False
    return inside


def test_a_prewarm_from_beginning_to_end(warm: Inside) -> None:
    """Set, listed and cancelled; the same times in UTC in every form."""
    made = warm("prewarm", SHOES, "--tps", "40", *SALE, "--lead", "45m", "--yes", "-o", "json")
    assert made.code == Exit.FINE, made.err
    validated("prewarm", made.document)
    (one,) = made.document["prewarms"]
    assert (one["floor"], one["leadMinutes"], one["state"]) == (40, 45, "waiting")
    assert (one["begin"], one["until"]) == ("2026-03-05T07:00:00Z", "2026-03-05T11:00:00Z")
    assert warm("prewarm", "-o", "json").document["prewarms"] == [one]
    (row,) = csv.DictReader(io.StringIO(warm("prewarm", "list", "-o", "csv").out))
    assert (row["id"], row["tps"], row["begin"]) == (one["id"], "40", "2026-03-05 07:00")
    assert "2026-03-05 07:00" in warm("prewarm", "list").out
    gone = warm("prewarm", "cancel", one["id"], "--yes")
    assert f"Pre-warm {one['id']} is cancelled." in gone.out
    assert "No pre-warm is set." in warm("prewarm", "list").out


def test_a_weekly_prewarm(warm: Inside) -> None:
    """Its clock time keeps its zone, whatever the clocks do; it has no end of its own."""
    cron = ("--cron", "0 8 ? * MON-FRI *", "--zone", "Europe/Berlin", "--for", "4h")
    made = warm("prewarm", SHOES, "--tps", "40", *cron, "--yes", "-o", "json")
    assert made.code == Exit.FINE, made.err
    validated("prewarm", made.document)
    (one,) = made.document["prewarms"]
    assert (one["begin"], one["until"], one["state"]) == (None, None, "recurring")
    assert (one["zone"], one["minutes"]) == ("Europe/Berlin", 240)
    assert "240 min in Europe/Berlin" in warm("prewarm", "list").out


def test_a_prewarm_that_will_change_nothing_says_so(inside: Inside) -> None:
    """With Actions off a pre-warm is set and waits: better to know."""
    inside.deploy(Actions="Off")
    answer = inside("prewarm", "list")
    assert answer.code == Exit.FINE
    assert "Actions is Off" in answer.err


def test_a_prewarm_needs_the_stack(inside: Inside) -> None:
    """Its schedules live there; without one it is refused, with what to do."""
    answer = inside("prewarm", SHOES, "--tps", "40", *SALE)
    assert answer.code == Exit.USAGE
    assert "deploy it" in answer.err


CRON = "0 8 ? * MON-FRI *"
MISTAKES: dict[str, tuple[tuple[str, ...], str]] = {
    "no times": ((SHOES, "--tps", "40"), "needs --tps, --from and --until"),
    "no end": ((SHOES, "--tps", "40", *SALE[:2]), "needs --tps, --from and --until"),
    "times and a cron": ((SHOES, "--tps", "4", *SALE, "--cron", CRON), "either --from and"),
    "a cron without a length": ((SHOES, "--tps", "4", "--cron", CRON), "--cron needs --for"),
    "another cron": (
        (SHOES, "--tps", "4", "--cron", "*/5 * ? * * *", "--for", "1h"),
        "more than one clock time",
    ),
    "an unknown zone": (
        (SHOES, "--tps", "4", "--cron", CRON, "--for", "1h", "--zone", "Mars/Base"),
        "Mars/Base is not a time zone",
    ),
    "no floor": ((SHOES, *SALE), "0 TPS is out of range"),
    "too high a floor": ((SHOES, "--tps", "501", *SALE), "allowed are 1 to 500"),
    "a misspelt name": (("shoos", "--tps", "4", *SALE), "did you mean shoes?"),
    "a word too many": ((SHOES, "extra", "--tps", "4", *SALE), "one word too many"),
    "a word too many for a list": (("list", "extra"), "one word too many"),
    "an odd lead": ((SHOES, "--tps", "4", *SALE, "--lead", "soon"), "is not a duration"),
    "a lead of ages": ((SHOES, "--tps", "4", *SALE, "--lead", "9999999d"), "beyond the calendar"),
    "an age": ((SHOES, "--tps", "4", "--cron", CRON, "--for", "9" * 15 + "d"), "beyond"),
    "a time without a zone": (
        (SHOES, "--tps", "4", "--from", "2026-03-05 08:00", *SALE[2:]),
        "has no time zone",
    ),
    "a past begin": (
        (SHOES, "--tps", "4", "--from", "2026-03-01 08:00 UTC", *SALE[2:]),
        "is in the past",
    ),
    "an end before the begin": (
        (SHOES, "--tps", "4", *SALE[:2], "--until", "2026-03-05 01:00 UTC"),
        "is not after the begin",
    ),
    "no such campaign": (
        (f"{SHOES}-not", "--tps", "4", *SALE),
        "does not exist; nothing was set",
    ),
    "cancel what": (("cancel",), "`prewarm list` shows their ids"),
    "cancel nothing": (("cancel", "pw-12345678"), "There is no pre-warm pw-12345678"),
}


@pytest.mark.parametrize(("arguments", "said"), MISTAKES.values(), ids=MISTAKES)
def test_what_cannot_be_a_prewarm(inside: Inside, arguments: tuple[str, ...], said: str) -> None:
    """Each mistake has one sentence that names it; no schedule is made."""
    inside.campaign("shoes", floor=2, age=AGE)
    inside.deploy()
    answer = inside("prewarm", *arguments)
    assert answer.code == Exit.USAGE, answer.err
    assert said in " ".join(answer.err.split())
    assert answer.out == ""
    assert inside.local.calls("CreateSchedule") == []


NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "state"),
    [
        pytest.param(1.0, "waiting", id="in an hour"),
        pytest.param(0.25, "active", id="within its lead"),
        pytest.param(-1.0, "active", id="an hour ago"),
        pytest.param(-3.0, "over", id="ended"),
    ],
)
def test_the_state_is_as_of_now(begins: float, state: str) -> None:
    """A floor is raised before the event: from then on the pre-warm is active."""
    begin = NOW + timedelta(hours=begins)
    one = Prewarm("pw-12345678", SHOES, 40, 30, begin, begin + timedelta(hours=2), by="arn:x/alice")
    result = prewarm.result([one], NOW, "1 pre-warms")
    validated("prewarm", result.document)
    assert result.document["prewarms"][0]["state"] == state
    (row,) = csv.DictReader(io.StringIO(as_csv(result.tables[0])))
    assert (row["state"], row["by"]) == (state, "alice")
