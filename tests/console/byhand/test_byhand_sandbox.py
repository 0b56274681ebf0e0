"""The sandbox's page, without a sandbox that is served."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.console.byhand.front import Front, Outline, words
from tests.console.byhand.served import SHOES, URL, Served
from tests.console.byhand.values import ADDRESS, NOW, entry, seen, usd
from tests.support import BEGIN

from aws_sandbox.events.mailbox import Message
from personalize_monitor.contract import FLOOR_UPDATED_EVENT, NOTICE_EVENT
from personalize_monitor.model.resource import Kind
from personalize_monitor_desk.console.mail import sorted_mail
from personalize_monitor_desk.console.pages.sandbox import SPEEDS, STEPS
from personalize_monitor_desk.console.remote import Remote


@pytest.fixture
def stage(served: Served, tmp_path: Path) -> Front:
    """A console in front of it."""
    return Front(tmp_path, sandbox=Remote(URL))


def test_the_page_offers_every_speed_step_and_weather(stage: Front) -> None:
    """The buttons of the clock, what rain there is, and for which campaign or region."""
    stage.show(seen(), seen("old", status="INACTIVE"))
    page = Outline(stage.get("/sandbox").text)
    assert [b["value"] for b in page.all("button", name="speed")] == [
        "0",
        *(str(speed) for speed in SPEEDS),
    ]
    assert [b["value"] for b in page.all("button", name="step")] == [str(s) for s, _ in STEPS]
    assert [b["value"] for b in page.all("input", type="hidden", name="kind")] == [
        *("sale", "abandon", "throttle", "outage"),
    ]
    options = [option["value"] for option in page.all("option")]
    assert options == [SHOES, SHOES, *(["us-east-1", "eu-west-1"] * 2)]
    assert f"AWS_ENDPOINT_URL={URL}" in words(stage.get("/sandbox").text)


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        ({"speed": 300.0}, "300 times as fast as real time"),
        ({"speed": 300.0, "behind": True}, "real time, as fast as this machine can"),
        ({"speed": 0.0}, "standing still"),
    ],
)
def test_the_clock_of_the_page(
    stage: Front, served: Served, clock: dict[str, Any], said: str
) -> None:
    """The virtual time in UTC, how fast it goes, and the button of that speed pressed."""
    served.answers[""] = {"now": "2026-03-02T11:05:00+00:00", **clock}
    answer = stage.get("/sandbox/live").text
    assert "11:05 2026-03-02 UTC" in words(answer)
    assert said in words(answer)
    pressed = [b["value"] for b in Outline(answer).all("button", **{"aria-pressed": "true"})]
    assert pressed == [f"{clock['speed']:g}", "1"]


def test_the_weather_of_the_page(stage: Front, served: Served) -> None:
    """Each cloud by its name and place, since when and until when; and the button that clears."""
    assert "Clear sky." in stage.words("/sandbox")
    served.answers["weather"] = {
        "weather": [
            {"kind": "sale", "where": SHOES, "since": BEGIN.isoformat(), "until": NOW.isoformat()},
            {"kind": "hail", "where": "eu-west-1", "since": BEGIN.isoformat(), "until": ""},
        ]
    }
    said = stage.words("/sandbox")
    assert "Flash sale shoes since 2026-03-02 10:02 UTC, until 2026-03-02 10:02 UTC" in said
    assert "hail eu-west-1 since 2026-03-02 10:02" in said
    assert "Clear the sky" in said


def some_mail(kind: str = "", page: int = 1) -> dict[str, Any]:
    """Thirty letters of the application among seventy of CloudWatch, nearly all OK."""
    subjects = [f"Letter {n}" for n in range(30)]
    for n in range(70):
        subjects.insert(n, f'{"ALARM" if n % 10 == 0 else "OK"}: "idle-{n}" in eu-west-1')
    messages = [
        Message(
            time=BEGIN + timedelta(minutes=n),
            account="1",
            region="us-east-1",
            topic="t",
            subject=subject,
            message=f"Text {n}.",
            emails=("a@example.com",) if n % 2 else (),
        )
        for n, subject in enumerate(subjects)
    ]
    return sorted_mail(messages, kind, page)


def test_c9_mail_is_sorted_by_kind_and_each_letter_can_be_reached(
    stage: Front, served: Served
) -> None:
    """What is not an OK comes first to sight; page by page all hundred letters, each once."""
    served.answers["mail"] = some_mail()
    said = stage.words("/sandbox")
    assert "All but OK 37 From the application 30 Alarms 7 Back to OK 63 All 100" in said
    assert said.index("Letter 29") < said.index("Letter 28") < said.index("Letter 5")
    assert "Letter 28 us-east-1 · nobody has confirmed yet" in said
    assert "Letter 29 us-east-1 Text 99." in said
    assert "page 1 of 2, 37 letters · Older" in said
    assert served.asked.count(("mail", {"kind": "", "page": 1})) == 1
    numbers: list[int] = []
    for page in (1, 2, 3, 4):
        numbers += [one["number"] for one in some_mail("all", page)["letters"]]
    assert numbers == list(range(100))[::-1]
    for kind, count in (("notice", 25), ("alarm", 7), ("ok", 25)):
        assert len(some_mail(kind)["letters"]) == count
    assert some_mail("all", 5)["letters"] == []


def test_a_newcomer_hears_what_happened_and_what_to_try(stage: Front, served: Served) -> None:
    """The last change with its resource; what costs most for nothing; then nothing twice."""
    assert "the application was deployed into a local AWS" in stage.words("/sandbox/news")
    stage.show(seen("hats", waste=usd(3)), seen(waste=usd(60)))
    stage.told(
        entry(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN], PreviousMinTPS=20, NewMinTPS=3, Reason="Quiet."),
        entry(NOTICE_EVENT, -1, Kind="report", Summary="A report."),
    )
    said = stage.words("/sandbox/news")
    assert "Just happened, 2026-03-02 10:02 UTC : Floor 20 → 3 shoes" in said
    assert "see what shoes pays for" in said
    (have,) = Outline(stage.get("/sandbox/news").text).all("input", name="news")
    assert stage.get(f"/sandbox/news?news={have['value']}").status_code == 204
    assert 'id="newcomer"' in stage.get("/").text
    assert not served.asked or all(name != "rain" for name, _ in served.asked)


def test_c9_opened_mail_keeps_its_place(stage: Front, served: Served) -> None:
    """A letter is known by its number however many come after it, and nothing new is sent twice."""
    served.answers["mail"] = some_mail()
    page = Outline(stage.get("/sandbox?kind=&page=1").text)
    ids = [one["id"] for one in page.all("details")]
    assert ids[:2] == ["mail-99", "mail-98"]
    (have,) = page.all("input", id="have")
    assert stage.get(f"/sandbox/mail?have={have['value']}").status_code == 204
    for odd in ("kind=x", "page=0", "page=-1", "page=" + "9" * 50, "page=%C2%B2"):
        assert stage.get(f"/sandbox/mail?{odd}").status_code == 200
        assert served.asked[-1] == ("mail", {"kind": "", "page": 1})
    served.answers["mail"] = some_mail("", 2)
    assert "Newer · page 2 of 2" in stage.words("/sandbox/mail?page=2")


@pytest.mark.parametrize(
    ("path", "form", "said", "asked"),
    [
        ("clock", {"speed": "300"}, "The clock stands still.", ("clock", {"speed": 300.0})),
        ("clock", {"step": "3600"}, "Going forward", ("clock", {"step": 3600.0})),
        ("rain", {"kind": "clear"}, "It rains.", ("rain", {"kind": "clear", "where": ""})),
        ("autopilot", {"on": "1"}, "acts by itself again", ("autopilot", {"on": True})),
        ("autopilot", {"on": "0"}, "only plans now", ("autopilot", {"on": False})),
        ("autopilot", {}, "only plans now", ("autopilot", {"on": False})),
    ],
)
def test_each_button_is_one_wish(
    stage: Front, served: Served, *, path: str, form: dict[str, str], said: str, asked: Any
) -> None:
    """A button of the page asks the sandbox for exactly that, and says what it answered."""
    answer = stage.post(f"/sandbox/{path}", **form)
    assert answer.status_code == 200
    assert said in words(answer.text)
    assert served.asked == [asked]


def test_a_clock_that_runs_says_how_fast(stage: Front, served: Served) -> None:
    """What the sandbox answered counts, not what was asked for."""
    served.answers["clock"] = {"now": NOW.isoformat(), "speed": 150.0}
    assert "runs 150 times as fast" in words(stage.post("/sandbox/clock", speed="300").text)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Give a speed or a step."),
        ({"speed": "fast"}, "'fast' is not a number."),
        ({"step": ""}, "'' is not a number."),
    ],
)
def test_a_clock_is_not_turned_by_nonsense(
    stage: Front, served: Served, form: dict[str, str], sentence: str
) -> None:
    """One sentence, and the sandbox is not even asked."""
    answer = stage.post("/sandbox/clock", **form)
    assert answer.status_code == 422
    assert words(answer.text) == f"Nothing was changed. {sentence}"
    assert not served.asked


def test_c5_a_console_that_reads_may_turn_its_own_sandbox(served: Served, tmp_path: Path) -> None:
    """Started with the console and for whoever sits at it: time and weather are theirs."""
    stage = Front(tmp_path, sandbox=Remote(URL), allow_actions=False, own_sandbox=True)
    assert stage.post("/sandbox/clock", speed="0").status_code == 200
    assert stage.post("/sandbox/rain", kind="clear").status_code == 200


def test_c5_a_console_that_reads_leaves_others_sandboxes_alone(
    served: Served, tmp_path: Path
) -> None:
    """Somebody else may be using it: clock, weather and autopilot stay, and the page says so."""
    stage = Front(tmp_path, sandbox=Remote(URL), allow_actions=False)
    for path, form in (("clock", {"speed": "0"}), ("rain", {"kind": "clear"}), ("autopilot", {})):
        answer = stage.post(f"/sandbox/{path}", **form)
        assert answer.status_code == 403
        assert "only reads; start it with --allow-actions" in words(answer.text)
    assert not served.asked


@pytest.mark.parametrize("path", ["clock", "rain", "autopilot"])
def test_the_sandbox_too_needs_the_token(stage: Front, served: Served, path: str) -> None:
    """No other page turns the clock or makes it rain."""
    assert stage.post(f"/sandbox/{path}", csrf="x", speed="0").status_code == 403
    answer = stage.ask("POST", f"/sandbox/{path}", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert not served.asked


@pytest.mark.parametrize("path", ["/sandbox", "/sandbox/live"])
def test_a_sandbox_that_ended_is_told(stage: Front, served: Served, path: str) -> None:
    """The page says that it does not answer; so does the line at the top of every page."""
    served.answers[""] = urllib.error.URLError(ConnectionRefusedError("refused"))
    answer = stage.get(path)
    assert answer.status_code == 502
    assert "The sandbox does not answer" in words(answer.text)
    assert "not answering" in stage.words("/pulse")


def test_the_pulse_is_the_sandbox_s(stage: Front, served: Served) -> None:
    """Its virtual time and its speed, and that it is the sandbox; no account is named."""
    stage.show(seen())
    assert "2026-03-02 10:02 UTC 300× sandbox" in stage.words("/pulse")
    served.answers[""] = {"now": NOW.isoformat(), "speed": 0}
    assert "paused sandbox" in stage.words("/pulse")


@pytest.mark.parametrize("path", ["clock", "rain", "autopilot"])
def test_against_aws_there_is_no_clock_to_turn(front: Front, path: str) -> None:
    """What belongs to the sandbox does not exist in front of a real account."""
    front.show(seen())
    assert front.post(f"/sandbox/{path}", speed="0").status_code == 404
    assert "Sandbox" not in front.words("/")


def test_without_scripts_the_buttons_lead_back(stage: Front) -> None:
    """A browser without htmx returns to the sandbox's page after each button."""
    answer = stage.ask(
        "POST",
        "/sandbox/clock",
        headers={"Origin": f"http://{ADDRESS}"},
        data={"csrf": stage.app.state.csrf, "step": "300"},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sandbox")
