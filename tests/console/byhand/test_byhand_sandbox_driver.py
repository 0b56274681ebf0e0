"""The sandbox behind the console: its clock, its weather, its autopilot and its mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import BEGIN, every_window

from aws_sandbox import fleet
from aws_sandbox.clock import Clock
from aws_sandbox.sandbox import TICK, Sandbox
from aws_sandbox.server import BadRequest
from aws_sandbox.traffic.shapes import Idle, Steady
from aws_sandbox.world import World
from personalize_monitor.errors import InvalidRequest
from personalize_monitor_desk.console.fault_scenarios import FaultScenarios
from personalize_monitor_desk.console.remote import Remote
from personalize_monitor_desk.console.sandbox_driver import MAX_SPEED, SandboxDriver, mail

STACK = """
Parameters:
  DryRun: {Type: String, Default: "No"}
Resources:
  Topic: {Type: AWS::SNS::Topic}
"""
SHOES = "arn:aws:personalize:us-east-1:123456789012:campaign/shoes"
HATS = "arn:aws:personalize:us-east-1:123456789012:campaign/hats"
HOUR = timedelta(hours=1)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox with one campaign."""
    with Sandbox(BEGIN, seed=1) as sandbox:
        fleet.add_campaign(sandbox.world, "shoes", shape=every_window(300))
        yield sandbox


@pytest.fixture
def theatre(box: Sandbox) -> SandboxDriver:
    """Its driver, at ten times the speed of real time."""
    return SandboxDriver(box, speed=10.0, after_tick=lambda _: None)


# --- time ---


class Driven:
    """The part of a sandbox that is driven, without anything happening in it."""

    def __init__(self) -> None:
        self.world = World(Clock(BEGIN), seed=1)
        self.told: list[datetime] = []

    @property
    def now(self) -> datetime:
        """Its time."""
        return self.world.clock.now()

    def tick(self, step: timedelta) -> None:
        """Only time passes."""
        assert timedelta() < step <= TICK
        self.world.clock.advance(step)


def driving(speed: float = 10.0) -> tuple[Driven, SandboxDriver]:
    """Something to drive, and its driver."""
    driven = Driven()

    def after_tick(_: object) -> None:
        driven.told.append(driven.now)

    return driven, SandboxDriver(driven, speed=speed, after_tick=after_tick)  # type: ignore[arg-type]


def test_time_goes_as_fast_as_it_was_told() -> None:
    """Three real seconds at speed ten are half a minute, in one step."""
    driven, theatre = driving()
    theatre._live(3.0)
    assert driven.now == BEGIN + timedelta(seconds=30)
    assert driven.told == [driven.now]


def test_a_long_way_is_gone_in_steps_of_five_minutes() -> None:
    """So that schedules and alarms come in their order however fast the clock runs."""
    driven, theatre = driving()
    theatre.turn({"speed": 0, "step": 1000})
    theatre._live(1.0)
    assert driven.now == BEGIN + timedelta(seconds=1000)
    steps = [BEGIN + TICK, BEGIN + 2 * TICK, BEGIN + 3 * TICK, driven.now]
    assert driven.told == steps


def test_a_pause_stops_time_and_a_step_still_goes() -> None:
    """While it stands, only what is asked for in steps passes, and each step once."""
    driven, theatre = driving()
    assert theatre.turn({"pause": True})["mode"] == "paused"
    theatre._live(60.0)
    assert driven.now == BEGIN
    theatre.turn({"step": "300"})
    theatre.turn({"step": 300})
    theatre._live(0.02)
    theatre._live(0.02)
    assert driven.now == BEGIN + 2 * TICK


def test_a_machine_that_slept_does_not_rush_through_the_night() -> None:
    """After a long silence of the machine at most five real seconds are made up for."""
    driven, theatre = driving()
    theatre._live(10_000.0)
    assert driven.now == BEGIN + timedelta(seconds=50)


@given(st.lists(st.floats(0, 5), max_size=6), st.sampled_from([0.0, 1.0, 30.0, MAX_SPEED]))
def test_no_time_is_lost_or_invented(naps: list[float], speed: float) -> None:
    """However the real seconds are cut, the virtual ones are their sum times the speed."""
    driven, theatre = driving(speed)
    for nap in naps:
        theatre._live(nap)
    gone = (driven.now - BEGIN).total_seconds()
    assert gone == pytest.approx(sum(naps) * speed, abs=1e-3)


def test_the_status_is_what_the_console_shows(theatre: SandboxDriver) -> None:
    """Time, speed, and what has happened so far."""
    said = theatre.status()
    assert (said["now"], said["mode"], said["speed"]) == (BEGIN.isoformat(), "accelerated", 10.0)
    assert (said["seed"], said["resources"], said["behind"]) == (1, 1, False)


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"speed": -1}, "speed must be from 0 to 3600, got -1."),
    ({"speed": 3601}, "speed must be from 0 to 3600, got 3601."),
    ({"speed": "fast"}, "speed must be a number, got 'fast'."),
    ({"speed": "nan"}, "speed must be from 0 to 3600, got 'nan'."),
    ({"speed": None}, "speed must be a number, got None."),
    ({"step": -300}, "step must be from 0 to 604800, got -300."),
    ({"step": "inf"}, "step must be from 0 to 604800, got 'inf'."),
    ({"step": [300]}, "step must be a number, got [300]."),
    ({"to": "2027-01-01"}, "Unknown parameter to; use speed, pause or step."),
    ({"speed": 30, "step": "x"}, "step must be a number, got 'x'."),
    ({"pause": True, "speed": "x"}, "speed must be a number, got 'x'."),
]


@pytest.mark.parametrize(("asked", "sentence"), NONSENSE)
def test_what_cannot_be_meant_turns_nothing(asked: dict[str, Any], sentence: str) -> None:
    """A wish with one bad part is refused as a whole: neither speed nor time has changed."""
    driven, theatre = driving()
    with pytest.raises(BadRequest) as refused:
        theatre.turn(asked)
    assert str(refused.value) == sentence
    assert theatre._speed == 10.0
    theatre._live(1.0)
    assert driven.now == BEGIN + timedelta(seconds=10)


def test_it_plays_until_it_is_told_to_end(theatre: SandboxDriver) -> None:
    """While it plays, another program asks for the clock and turns it; then its address is free."""
    said: list[Any] = []

    def ready(url: str) -> None:
        remote = Remote(url)
        said.append(remote.turn(speed=0).speed)
        said.append(remote.rain(kind="abandon", where=SHOES)["said"])
        said.append([cloud["kind"] for cloud in remote.weather()])
        said.append(remote.mailbox()["letters"])
        with pytest.raises(InvalidRequest, match="speed must be from 0 to 3600"):
            remote.turn(speed=1e9)

    looks = iter([False, False, True])
    theatre.play(0, ready, lambda: next(looks))
    assert said == [0.0, "Nobody asks shoes any more.", ["abandon"], []]


# --- the autopilot ---


def test_the_autopilot_is_a_parameter_of_the_stack(
    theatre: SandboxDriver, box: Sandbox, tmp_path: Path
) -> None:
    """Off means DryRun: the application only says what it would do; on lets it act again."""
    template = tmp_path / "template.yaml"
    template.write_text(STACK)
    box.deploy(template)
    assert theatre.autopilot({}) == {"on": True}
    for on, dry in ((False, "Yes"), (True, "No"), ("0", "Yes"), ("1", "No"), ("false", "Yes")):
        theatre.autopilot({"on": on})
        theatre._live(0.0)
        assert box.stack.parameters["DryRun"] == dry
        assert theatre.autopilot({}) == {"on": dry == "No"}


def test_the_autopilot_is_on_or_off() -> None:
    """Anything else is refused, and nothing is wished for."""
    _, theatre = driving()
    with pytest.raises(BadRequest, match=r"^on must be true or false, got 'perhaps'\.$"):
        theatre.autopilot({"on": "perhaps"})
    theatre._live(1.0)


# --- mail ---


def test_what_was_mailed_can_be_read(theatre: SandboxDriver, box: Sandbox) -> None:
    """Each message with its time, topic and text; before anybody confirmed, nobody has it."""
    sns = boto3.client("sns", region_name="eu-west-1")
    topic = sns.create_topic(Name="PersonalizeMonitorNotifications")["TopicArn"]
    sns.publish(TopicArn=topic, Subject="Idle", Message="pilot-test is idle.")
    (letter,) = mail(box, {})["letters"]
    assert letter["time"] == BEGIN.isoformat()
    assert (letter["subject"], letter["message"]) == ("Idle", "pilot-test is idle.")
    assert (letter["region"], letter["delivered"]) == ("eu-west-1", [])
    for odd in ({"kind": "spam"}, {"page": 0}, {"page": "x"}, {"page": "9" * 40}):
        with pytest.raises(BadRequest, match="must be"):
            mail(box, odd)


# --- weather ---


@pytest.fixture
def sky() -> tuple[FaultScenarios, World]:
    """A clear sky over two campaigns."""
    world = World(Clock(BEGIN), seed=1)
    world.assign(SHOES, Steady(1.0, noise=0))
    world.assign(HATS, Steady(2.0, noise=0))
    return FaultScenarios(world), world


def asked_in(world: World, arn: str, hours: float) -> float:
    """Requests a second in the hour that begins so many hours from now."""
    begin = world.clock.now() + hours * HOUR
    return world.requests_between(arn, begin, begin + HOUR) / 3600


def test_a_flash_sale_comes_on_top_and_fades(sky: tuple[FaultScenarios, World]) -> None:
    """A peak within ten minutes, nothing of it left after two hours; others notice nothing."""
    rain, world = sky
    said = rain.make({"kind": "sale", "where": SHOES})["said"]
    assert said == "A flash sale begins on shoes: 60 TPS in ten minutes."
    begin = world.clock.now() + timedelta(minutes=10)
    peak = world.requests_between(SHOES, begin, begin + timedelta(minutes=5)) / 300
    assert 50 < peak < 65
    assert asked_in(world, SHOES, 3) == pytest.approx(1.0)
    assert asked_in(world, HATS, 0) == pytest.approx(2.0)


def test_an_abandoned_campaign_is_asked_no_more(sky: tuple[FaultScenarios, World]) -> None:
    """From now on; what was asked before stays as it was."""
    rain, world = sky
    rain.make({"kind": "abandon", "where": SHOES})
    assert asked_in(world, SHOES, 0) == asked_in(world, SHOES, 30) == 0
    assert asked_in(world, SHOES, -1) == pytest.approx(1.0)


@pytest.mark.parametrize(("kind", "hours"), [("throttle", 3), ("outage", 1)])
def test_a_region_suffers_for_a_while(
    sky: tuple[FaultScenarios, World], kind: str, hours: int
) -> None:
    """The fault is of Personalize in that region alone, from now until it is over."""
    rain, world = sky
    rain.make({"kind": kind, "where": "eu-west-1"})
    (rule,) = world.gate.faults._rules
    assert (rule.service, rule.region) == ("personalize", "eu-west-1")
    assert (rule.since, rule.until) == (BEGIN, BEGIN + hours * HOUR)
    (cloud,) = rain.weather()
    assert cloud["until"] == (BEGIN + hours * HOUR).isoformat()
    world.clock.advance(hours * HOUR)
    assert rain.weather() == []


def test_weather_is_told_newest_first_with_its_end(sky: tuple[FaultScenarios, World]) -> None:
    """What has no end says so; what is over is no longer told."""
    rain, world = sky
    rain.make({"kind": "abandon", "where": SHOES})
    world.clock.advance(HOUR)
    rain.make({"kind": "sale", "where": HATS})
    assert [(c["kind"], c["where"]) for c in rain.weather()] == [("sale", HATS), ("abandon", SHOES)]
    assert rain.weather()[1]["until"] == ""
    assert rain.weather()[0]["since"] == world.clock.now().isoformat()
    world.clock.advance(3 * HOUR)
    assert [c["kind"] for c in rain.weather()] == ["abandon"]


WEATHERS = st.lists(
    st.sampled_from(
        [
            ("sale", SHOES),
            ("sale", HATS),
            ("abandon", SHOES),
            ("abandon", HATS),
            ("throttle", "eu-west-1"),
            ("outage", "us-east-1"),
        ]
    ),
    max_size=5,
)


@given(WEATHERS)
def test_a_clear_sky_is_as_it_was_before_all_of_it(weather: list[tuple[str, str]]) -> None:
    """Whatever was made, in whatever order and however often on one campaign, all of it ends."""
    world = World(Clock(BEGIN), seed=1)
    shape = Steady(1.0, noise=0)
    world.assign(SHOES, shape)
    rain = FaultScenarios(world)
    for kind, where in weather:
        rain.make({"kind": kind, "where": where})
    assert rain.make({"kind": "clear"}) == {"said": "The sky is clear."}
    assert rain.weather() == []
    assert world.traffic.shape_of(SHOES) is shape
    assert isinstance(world.traffic.shape_of(HATS), Idle)
    assert not world.gate.faults


@pytest.mark.parametrize(
    "asked",
    [{}, {"kind": "sale"}, {"kind": "frogs", "where": SHOES}, {"where": SHOES}, {"kind": None}],
)
def test_weather_that_cannot_be_meant(
    sky: tuple[FaultScenarios, World], asked: dict[str, Any]
) -> None:
    """One sentence names the kinds; nothing happens."""
    rain, world = sky
    with pytest.raises(BadRequest) as refused:
        rain.make(asked)
    assert str(refused.value) == (
        "kind must be one of clear, sale, abandon, throttle, outage, with a where."
    )
    assert rain.weather() == []
    assert not world.gate.faults
