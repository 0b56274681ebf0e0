"""Every change of a floor has a case: what hurts is taken back at any age, and not done again."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support import unscheduled

from aws_sandbox.traffic.capacity import Capacity
from aws_sandbox.traffic.shapes import BusinessHours, FlashSale, Steady
from personalize_monitor.plan.operator import Operator
from personalize_monitor_desk.restore.restorer import Restorer

if TYPE_CHECKING:
    from tests.stories.conftest import Story

    from personalize_monitor.model.arn import Arn

CALM = Steady(3.0, noise=0.0)


def after_a_lowering(
    story: Story, *, peak: float, hours: float = 0.6, headroom: float = 0.0, kind: str = "campaign"
) -> Arn:
    """A floor is lowered in the first cycle; ``hours`` later more comes than it carries."""
    story.box.world.metrics.capacity = Capacity(headroom=headroom, lag_minutes=20)
    surge = FlashSale(CALM, story.now + timedelta(hours=hours), peak_tps=peak, minutes=60)
    make = story.campaign if kind == "campaign" else story.recommender
    arn = make("shoes", surge, floor=20)
    story.deploy()
    story.run(0.5)
    assert story.floor(arn) == 3
    return arn


def wait(story: Story, hours: float) -> None:
    """Hours in which nothing happens."""
    with unscheduled(story.box):
        story.run(hours)


def verdicts(story: Story) -> list[dict[str, Any]]:
    """What people were told of changes."""
    return [e for e in story.events("PersonalizeMonitorNotice") if e["Kind"] == "verdict"]


def asked_back(story: Story) -> list[dict[str, Any]]:
    """The steps back that the monitor asked for."""
    names = (
        "UpdatePersonalizeCampaignMinProvisionedTPS",
        "UpdatePersonalizeRecommenderMinRecommendationRPS",
    )
    return [e for name in names for e in story.events(name) if e.get("StepBack")]


@pytest.mark.parametrize(
    ("kind", "hours"),
    [
        ("campaign", 0.6),
        ("campaign", 4.0),
        ("campaign", 48.0),
        ("recommender", 0.6),
        ("recommender", 48.0),
    ],
)
def test_a_step_back(story: Story, hours: float, kind: str) -> None:
    """Requests are refused, minutes to days after a lowering: the floor before returns."""
    arn = after_a_lowering(story, peak=18.0, hours=hours, kind=kind)
    wait(story, max(0.0, hours - 1))
    story.run(1.25 if hours < 1 else 1.5)
    assert story.floor(arn) == 20
    (mail,) = story.mails("changes from 3 to 20")
    assert "A step back: the floor was lowered from 20 to 3" in mail
    assert "requests were refused or failed" in mail
    held = {tag["tagKey"]: tag["tagValue"] for tag in story.describe(arn)["tags"]}
    left = datetime.fromisoformat(held["PersonalizeMonitor:HoldUntil"]) - story.now
    assert timedelta(days=6, hours=22) < left < timedelta(days=7)
    (told,) = verdicts(story)
    assert told["Verdict"] == "hurt"
    assert story.mails("from 20 to 3 at 2026-11-26")


def test_it_never_goes_there_again(story: Story) -> None:
    """Nine days later the hold is over, and the floor that hurt is still closed."""
    arn = after_a_lowering(story, peak=18.0)
    story.run(1.25)
    assert story.floor(arn) == 20
    wait(story, 9 * 24)
    story.box.cold_start("MonitorFunction")
    story.run(2)
    assert story.floor(arn) > 3
    why = " ".join(one["reason"] for one in story.decisions(arn)[-30:])
    assert "A floor of 3 hurt at" in why
    assert len(asked_back(story)) == 1


def test_no_step_back_while_all_is_well(story: Story) -> None:
    """A surge that the service's own scaling carries changes nothing."""
    arn = after_a_lowering(story, peak=0.5, headroom=0.4)
    story.run(2)
    assert story.floor(arn) in (3, 4)
    assert asked_back(story) == []


def test_callers_with_errors_of_their_own(story: Story) -> None:
    """5 % fail before as after, and the service carries all: nobody is told that it hurt."""
    story.box.world.metrics.server_errors = 0.05
    arn = after_a_lowering(story, peak=8.0, headroom=9.0)
    story.run(3)
    assert story.floor(arn) in (3, 4)
    assert (asked_back(story), verdicts(story)) == ([], [])


def test_a_cold_start_in_between(story: Story) -> None:
    """What was lowered before a cold start is known from the journal, and so is the burst since."""
    arn = after_a_lowering(story, peak=18.0, hours=4)
    wait(story, 4.5)
    story.box.cold_start("MonitorFunction")
    story.run(0.5)
    assert story.floor(arn) == 20


def test_a_redeployment_in_between(story: Story) -> None:
    """A stack update makes new functions; the journal, and so the case, is the same."""
    arn = after_a_lowering(story, peak=18.0, hours=4)
    wait(story, 2)
    story.box.update({"RespectManualHours": "12", "MetricDelayMinutes": "10"})
    wait(story, 1.75)
    story.run(1)
    assert story.floor(arn) == 20
    assert [told["PreviousMinTPS"] for told in verdicts(story)] == [20]


def test_a_restore_in_between(story: Story) -> None:
    """A person has the floor before put back: the case is undone, and the burst hurts nobody."""
    arn = after_a_lowering(story, peak=18.0, hours=4)
    operator = Operator.open(story.access, story.stack, now=story.now, path=Path("/nowhere"))
    restorer = Restorer(operator.access, operator.reader, operator.announcer)
    restorer.carry_out(restorer.look(arn, now=story.now), now=story.now, sleep=story.sleep)
    story.run(0.5)
    assert story.floor(arn) == 20
    wait(story, 2)
    story.run(1.5)
    assert (story.floor(arn), verdicts(story), asked_back(story)) == (20, [], [])


def test_an_outage_of_everything(story: Story) -> None:
    """Requests fail everywhere during the burst: it is not the floor's fault, and it stays."""
    story.recommender("films", Steady(2.0, noise=0.0), floor=2)
    story.campaign("hats", Steady(4.0, noise=0.0), floor=4)
    arn = after_a_lowering(story, peak=8.0, headroom=9.0)
    story.box.world.metrics.server_errors = 0.5
    story.run(1.5)
    assert (story.floor(arn), verdicts(story), asked_back(story)) == (3, [], [])


@pytest.mark.parametrize(("headroom", "floor"), [(0.0, 20), (9.0, 1)])
def test_a_morning_ramp(story: Story, headroom: float, floor: int) -> None:
    """A service that follows late refuses on the ramp: it goes back; one that carries it stays."""
    story.box.world.metrics.capacity = Capacity(headroom=headroom, lag_minutes=20)
    hours = BusinessHours(15.0, night_tps=0.5, opens=8, closes=18, noise=0.0)
    arn = story.campaign("shoes", hours, floor=20)
    story.deploy()
    story.run(0.5)
    assert story.floor(arn) == 1
    wait(story, 1)
    story.run(1.5)
    assert story.floor(arn) == floor
    assert [told["Verdict"] for told in verdicts(story)] == (["hurt"] if floor == 20 else [])


@pytest.mark.parametrize(
    "off", [{"DryRun": "Yes"}, {"AutoAdjustCampaignMinProvisionedTPS": "No"}], ids=str
)
def test_not_while_it_is_switched_off(story: Story, off: dict[str, str]) -> None:
    """Neither a dry run nor a deployment that adjusts no floors takes anything back."""
    arn = after_a_lowering(story, peak=18.0)
    story.box.update(off)
    story.run(1.25)
    assert story.floor(arn) == 3


def test_a_lowering_by_a_person_is_told_and_not_undone(story: Story) -> None:
    """It is theirs: they hear that it hurt, with figures."""
    story.box.world.metrics.capacity = Capacity(headroom=0.0, lag_minutes=20)
    surge = FlashSale(CALM, story.now + timedelta(hours=2), peak_tps=18.0, minutes=60)
    arn = story.campaign("shoes", surge, floor=20)
    story.deploy(AutoAdjustCampaignMinProvisionedTPS="No")
    story.run(0.25)
    story.box.client("personalize").update_campaign(campaignArn=str(arn), minProvisionedTPS=3)
    story.run(3.25)
    assert story.floor(arn) == 3
    assert asked_back(story) == []
    (told,) = verdicts(story)
    assert (told["Verdict"], told["RequestedBy"]) == ("hurt", "person")
    assert "left to its owner" in told["Reason"]


def test_two_cases_of_one_resource(story: Story) -> None:
    """Two small steps are judged like one large step, and it goes back to where both began."""
    story.box.world.metrics.capacity = Capacity(headroom=0.0, lag_minutes=20)
    surge = FlashSale(CALM, story.now + timedelta(hours=4), peak_tps=18.0, minutes=60)
    arn = story.campaign("shoes", surge, floor=20)
    story.tag(arn, MinTPS="9")
    story.deploy()
    story.run(0.75)
    assert story.floor(arn) == 9
    story.untag(arn, "MinTPS")
    story.run(1.5)
    assert story.floor(arn) == 3
    story.run(2.75)
    assert story.floor(arn) == 20
    assert verdicts(story)[0]["PreviousMinTPS"] == 20


def test_a_forged_verdict_is_not_believed(story: Story) -> None:
    """Whoever may put events on the bus cannot have a floor raised by a verdict of their own."""
    arn = after_a_lowering(story, peak=0.5, headroom=9.0)
    case = {
        "arn": str(arn), "from_floor": 400, "floor": 3, "by": "monitor", "opened": 2_000_000_000,
        "landed": 0, "compare_to": 0, "compare_floor": 400, "state": "hurt",
    }  # fmt: skip
    hurt = {"floor": 3, "low": 4.0, "high": 9.0, "at": 2_000_000_000, "back_to": 400}
    forged = {
        "PersonalizeMonitorCase": {"Case": case, "Memory": {"carried": [], "hurts": [hurt]}},
        "UpdatePersonalizeCampaignMinProvisionedTPS": {
            "CurrentMinTPS": 3, "NewMinTPS": 400, "StepBack": True, "Reason": "Forged.",
        },
    }  # fmt: skip
    for name, detail in forged.items():
        entry = {
            "Source": "personalize.monitor",
            "DetailType": name,
            "Resources": [str(arn)],
            "Detail": json.dumps({"ARN": str(arn), **detail}),
        }
        story.box.client("events").put_events(Entries=[entry])
        story.run(0.1)
    story.box.cold_start("MonitorFunction")
    story.run(0.5)
    assert story.floor(arn) in (3, 4)


def test_the_monitor_writes_verdicts_and_nothing_else(story: Story) -> None:
    """Its role may add records to the streams of cases; intents are for those that act."""
    story.deploy()
    stack = story.box.stack
    arn = stack.resources["MonitorFunctionRole"].made.attributes["Arn"]
    logs = story.box.client_as(arn, "logs")
    event = {"timestamp": int(story.now.timestamp() * 1000), "message": "{}"}
    group = stack.physical_id("Journal")
    writable = set()
    for name in ("cases/x", "intents/x", "claims/x"):
        logs.create_log_stream(logGroupName=group, logStreamName=name)
        with suppress(logs.exceptions.ClientError):
            logs.put_log_events(logGroupName=group, logStreamName=name, logEvents=[event])
            writable.add(name)
    assert writable == {"cases/x"}
