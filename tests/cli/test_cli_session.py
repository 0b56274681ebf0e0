"""From options to a look: whose account, which regions, which moment, which prices."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.cli.cast import NOW, fleet, the_look

from personalize_monitor.aws.access import Access
from personalize_monitor.contract import PERSONALIZE_REGIONS
from personalize_monitor.errors import SettingsError
from personalize_monitor.model.prices import Family
from personalize_monitor.plan.plans import finding_settings
from personalize_monitor.plan.snapshot import Place
from personalize_monitor_desk.cli import session
from personalize_monitor_desk.cli.exits import Exit, Refused, Usage


def access(region: str | None = "us-east-1") -> Access:
    """An account whose environment names a region, or none."""
    return Access(boto3.Session(region_name=region))


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        pytest.param(None, ("eu-west-1",), id="nothing: the environment's"),
        pytest.param([], ("eu-west-1",), id="an empty list: the same"),
        pytest.param([" "], ("eu-west-1",), id="a blank: the same"),
        pytest.param(["us-east-1"], ("us-east-1",), id="one"),
        pytest.param(["us-east-1", "eu-west-1"], ("us-east-1", "eu-west-1"), id="repeated"),
        pytest.param(["us-east-1, eu-west-1"], ("us-east-1", "eu-west-1"), id="with commas"),
        pytest.param(
            ["eu-west-1", "us-east-1", "eu-west-1"], ("eu-west-1", "us-east-1"), id="twice"
        ),
    ],
)
def test_regions_as_people_write_them(asked: list[str] | None, chosen: tuple[str, ...]) -> None:
    """Commas or repetition, each region once, in the order in which they were given."""
    assert session.chosen_regions(asked, access("eu-west-1")) == chosen


def test_all_regions_are_those_of_the_partition() -> None:
    """Credentials of China work in China only, and the others only elsewhere."""
    world = session.chosen_regions(["all"], access("us-east-1"))
    china = session.chosen_regions(["all"], access("cn-north-1"))
    assert set(world) | set(china) == set(PERSONALIZE_REGIONS)
    assert not [region for region in world if region.startswith("cn-")]
    assert all(region.startswith("cn-") for region in china)
    assert session.chosen_regions(["us-east-1", "all"], access()) == world


@pytest.mark.parametrize("name", ["mars", "us-east", "US-EAST-1", "af-south-1"])
def test_a_region_without_the_service_is_refused(name: str) -> None:
    """It is named, with those that there are."""
    with pytest.raises(Usage) as refused:
        session.chosen_regions(["us-east-1", name], access())
    assert name in str(refused.value)
    assert "eu-west-1" in str(refused.value)


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """It is noon of a day in March."""
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    monkeypatch.setattr(session, "present", lambda: noon)
    return noon


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        pytest.param("2026-03-10T08:00Z", 8, id="with a Z"),
        pytest.param("2026-03-10 08:00", 8, id="without a zone it is UTC"),
        pytest.param("2026-03-10T08:00+02:00", 6, id="with an offset"),
        pytest.param("2026-03-10", 0, id="a day is its beginning"),
        pytest.param("2026-03-10T12:00:00Z", 12, id="now"),
    ],
)
def test_moments_as_people_write_them(at_noon: datetime, text: str, hour: int) -> None:
    """Every usual form of a time is understood, and becomes UTC."""
    assert session.moment(text) == at_noon.replace(hour=hour)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("soon", "is not a time", id="a word"),
        pytest.param("", "is not a time", id="nothing"),
        pytest.param("2026-02-30", "is not a time", id="a day that is not"),
        pytest.param("0001-01-01T00:00+14:00", "is not a time", id="before the calendar"),
        pytest.param("2026-03-10T12:00:01Z", "lies in the future", id="a second too late"),
        pytest.param("9999-12-31T23:59-14:00", "is not a time", id="after the calendar"),
        pytest.param("2026-01-06T11:59Z", "63 days ago", id="a minute too early"),
        pytest.param("1970-01-01", "no longer", id="long ago"),
    ],
)
def test_moments_that_cannot_be_looked_at(at_noon: datetime, text: str, said: str) -> None:
    """What is no time, lies ahead, or is older than the data is refused with the reason."""
    with pytest.raises(Usage, match=said) as refused:
        session.moment(text)
    assert f"--at {text}" in str(refused.value)


def test_as_far_back_as_the_data_goes(at_noon: datetime) -> None:
    """The oldest five minutes that CloudWatch keeps can be looked at."""
    oldest = at_noon - session.RETENTION
    assert session.moment(oldest.isoformat()) == oldest


def test_no_moment_is_the_present(at_noon: datetime) -> None:
    """Without --at the look is of now, and knows that it is not of the past."""
    now = session.where(None, ["us-east-1"], None)
    then = session.where(None, ["us-east-1"], "2026-03-10T08:00Z")
    assert (now.now, now.past) == (at_noon, False)
    assert (then.now, then.past) == (at_noon.replace(hour=8), True)


Answer = Callable[..., Any]


def serving(text: str) -> Answer:
    """A server on this machine that answers with a text."""
    return lambda *_, **__: io.BytesIO(text.encode())


def refusing(*_: object, **__: object) -> None:
    """A server that is not there."""
    raise urllib.error.URLError("refused")


@pytest.mark.clock
@pytest.mark.parametrize(
    ("endpoint", "answer", "clock"),
    [
        pytest.param(
            "http://127.0.0.1:5757",
            serving('{"now": "2026-03-03T09:02:00+00:00"}'),
            datetime(2026, 3, 3, 9, 2, tzinfo=UTC),
            id="a sandbox",
        ),
        pytest.param("http://localhost:5757/", refusing, None, id="nobody answers"),
        pytest.param("http://127.0.0.1:5757", serving("hello"), None, id="no JSON"),
        pytest.param("http://127.0.0.1:5757", serving("{}"), None, id="no clock"),
        pytest.param("http://127.0.0.1:5757", serving("[]"), None, id="another answer"),
        pytest.param("http://127.0.0.1:5757", serving('{"now": 3}'), None, id="no time"),
    ],
)
def test_the_clock_of_a_sandbox_counts(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, answer: Answer, clock: datetime | None
) -> None:
    """Before a sandbox its time is now; other local endpoints have ours."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr(urllib.request, "urlopen", answer)
    assert session.sandbox_time() == clock
    if clock is None:
        assert abs(session.present() - datetime.now(UTC)) < timedelta(minutes=1)
    else:
        assert session.present() == clock


@pytest.mark.parametrize(
    "endpoint",
    ["", "https://personalize.example.com", "ftp://127.0.0.1/x", "file:///etc/passwd", "127.0.0.1"],
)
def test_nobody_else_is_asked_for_the_time(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Only this machine is asked, and only over HTTP."""

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("something else than a local sandbox was asked")

    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr(urllib.request, "urlopen", asked)
    assert session.sandbox_time() is None


def test_own_prices_go_over_the_shipped_ones(tmp_path: Path) -> None:
    """A discount in the file counts for all; without a file the list prices do."""
    path = tmp_path / "prices.toml"
    path.write_text("discount_percent = 25\n", "utf-8")
    listed = session.price_file(None).price("us-east-1", Family.LEGACY)
    own = session.price_file(str(path)).price("us-east-1", Family.LEGACY)
    assert listed is not None
    assert own is not None
    assert own.cost(1000) == listed.cost(1000) * 3 / 4


def test_a_price_file_that_is_not_there(tmp_path: Path) -> None:
    """It is named, before AWS is asked anything."""
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        session.price_file(str(tmp_path / "nowhere.toml"))


def test_a_look_treats_idle_resources_as_findings() -> None:
    """Looking changes nothing, so what is idle is shown even where nobody asked to delete it."""
    settings = finding_settings()
    assert settings.delete_idle_campaigns
    assert settings.stop_idle_recommenders


def test_no_region_at_all_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """When not one region answers there is nothing to show: the first problem is told."""
    silent = Place("us-east-1", problems=("us-east-1 does not answer.",), answered=False)
    place = session.Where(access(), ("us-east-1",), NOW, past=False)
    for places, said in (
        ((silent,), "us-east-1 does not answer."),
        ((replace(silent, problems=()),), "No region gave an answer."),
    ):
        seen = replace(the_look(), places=places)
        monkeypatch.setattr(session, "take_snapshot", lambda *_, seen=seen: seen)
        with pytest.raises(Refused, match=said):
            session.see(place, depth="day", prices=None)


@pytest.mark.parametrize(
    ("findings", "check", "code"),
    [
        (0, False, Exit.FINE),
        (0, True, Exit.FINE),
        (2, False, Exit.FINE),
        (2, True, Exit.FINDINGS),
    ],
)
def test_findings_count_only_when_asked(findings: int, check: bool, code: Exit) -> None:
    """--check is for scripts; without it a finding is no failure."""
    known = tuple(one for one in fleet() if not one.unknown and one.alarms is not None)
    seen = the_look(everything=known)
    assert session.ended(seen, findings=findings, check=check) is code


def test_d1_what_is_not_known_is_partly() -> None:
    """A resource whose demand nobody knows ends with 4, whatever else there is."""
    assert session.ended(the_look(), findings=0, check=False) is Exit.PARTLY


def test_problems_are_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Each is a line of its own on stderr, quoted as it is."""
    whole = the_look()
    troubled = replace(whole.places[0], problems=("Reading [x] failed.", "So did\nthis."))
    session.ended(replace(whole, places=(troubled,)), findings=0, check=True)
    told = capsys.readouterr().err.splitlines()
    assert told == ["note: Reading [x] failed.", "note: So did this."]
