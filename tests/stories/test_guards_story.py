"""Each guard holds back what would be done, says so, and lets it pass once it is gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support import unscheduled

from aws_sandbox.cloudwatch import faults
from aws_sandbox.traffic.shapes import DailyBatch, Idle, Steady
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.plans import draw
from personalize_monitor_desk.cli import main as cli
from personalize_monitor_desk.cli import session
from personalize_monitor_desk.cli.exits import Exit

if TYPE_CHECKING:
    from tests.stories.conftest import Story

    from personalize_monitor.model.arn import Arn

STEADY = Steady(3.0, noise=0.0)
ODD = "Tag PersonalizeMonitor:Exempt is 'perhaps'; give yes, no, or until:2027-01-31."


def planned(story: Story) -> dict[str, tuple[str, str]]:
    """(Guard, sentence) of everything that a plan drawn now holds back, by name."""
    at = Operator.open(story.access, story.stack, now=story.now, path=Path("/nowhere"))
    plan = draw(at, regions=["us-east-1"], now=story.now, prices=load_prices()).plan
    return {item.arn.rpartition("/")[2]: (item.held_by, item.reason) for item in plan.held}


def logged(story: Story, arn: Arn) -> tuple[str, str]:
    """(Guard, sentence) of the last decision in the cycles' log."""
    last = story.decisions(arn)[-1]
    return last["held_by"], last["reason"]


def commanded(
    story: Story,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    code: Exit = Exit.FINE,
) -> str:
    """What the command shows for what is held back."""
    monkeypatch.setattr(session, "present", lambda: story.now)
    assert cli.main(["plan", "--output", "markdown"]) == code
    return capsys.readouterr().out


def test_guards_of_floors(
    story: Story, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Young, held, exempt, bounded, unknown, changed by a person: held, and lowered afterwards."""
    young = story.campaign("young", STEADY, floor=20, age=timedelta(hours=20))
    held = story.campaign("held", STEADY, floor=20)
    exempt = story.campaign("exempt", STEADY, floor=20)
    odd = story.campaign("odd", STEADY, floor=20)
    bounded = story.campaign("bounded", STEADY, floor=20)
    unknown = story.campaign("unknown", STEADY, floor=20)
    person = story.campaign("person", STEADY, floor=3)
    until = story.now + timedelta(hours=3)
    story.tag(held, HoldUntil=until.isoformat())
    story.tag(exempt, Exempt="until:2026-11-26")
    story.tag(odd, Exempt="perhaps")
    story.tag(bounded, MinTPS="20")
    lost = faults.add(faults.MetricFault("InternalError", dimension=str(unknown)))
    story.deploy(RespectManualHours="2", NotifyHeldBack="Yes")
    story.run(0.4)
    story.box.client("personalize").update_campaign(campaignArn=str(person), minProvisionedTPS=30)
    story.run(1.2)
    wanted = {
        young: ("young", "floors are left alone for the first 24"),
        held: ("held", "its floor is held until 2026-11-26 09:00 UTC by a tag."),
        exempt: ("exempt", "Tag PersonalizeMonitor:Exempt says until 2026-11-26."),
        odd: ("exempt", f"A tag cannot be understood, so it is left alone: {ODD}"),
        bounded: ("bounds", "the bounds set by tags leave nothing to change."),
        unknown: ("unknown data", "are not known; nothing follows from"),
        person: ("changed by a person", "that is respected until"),
    }  # fmt: skip
    plan, shown = planned(story), commanded(story, capsys, monkeypatch, Exit.PARTLY)
    for arn, (guard, sentence) in wanted.items():
        assert plan[arn.name][0] == guard, arn
        assert sentence in plan[arn.name][1], arn
        assert logged(story, arn)[0] == guard, arn
        assert sentence in logged(story, arn)[1], arn
        assert sentence.casefold() in shown.casefold(), arn
        assert any(f"{arn.name} ({guard})" in mail for mail in story.mails(sentence)), arn
    assert {story.floor(arn) for arn in wanted if arn != person} == {20}
    lost()
    story.untag(odd, "Exempt")
    story.untag(exempt, "Exempt")
    story.untag(bounded, "MinTPS")
    story.run(4.5)
    assert {arn.name: story.floor(arn) for arn in wanted} == {arn.name: 3 for arn in wanted}


def test_guards_of_removals(
    story: Story, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recently updated, exempt and too many at once: held, and deleted when their time comes."""
    story.campaign("busy", STEADY, floor=3)
    recent = story.campaign("recent", Idle(), floor=2)
    exempt = story.campaign("exempt", Idle(), floor=1)
    own = story.campaign("own-hours", Idle(), floor=2, age=timedelta(hours=4))
    story.tag(exempt, Exempt="yes")
    story.tag(own, IdleHours="8")
    story.box.client("personalize").update_campaign(
        campaignArn=str(recent), campaignConfig={"enableMetadataWithRecommendations": True}
    )
    story.deploy(
        AutoDeleteIdleCampaigns="Yes",
        IdleCampaignThresholdHours="2",
        AutoAdjustCampaignMinProvisionedTPS="No",
        NotifyHeldBack="Yes",
    )
    assert planned(story)["recent"][0] == "busy"  # its update is still running
    story.run(1.1)
    assert story.decisions(recent)[0]["held_by"] == "busy"
    assert story.mails("recent (busy): It is being updated")
    wanted = {
        recent: ("recently updated", "idle resources are left alone until 2 hours have passed."),
        exempt: ("exempt", "Tag PersonalizeMonitor:Exempt is yes."),
        own: ("recently updated", "idle resources are left alone until 8 hours have passed."),
    }
    plan, shown = planned(story), commanded(story, capsys, monkeypatch)
    for arn, (guard, sentence) in wanted.items():
        assert (plan[arn.name][0], logged(story, arn)[0]) == (guard, guard)
        assert sentence in plan[arn.name][1]
        assert sentence in logged(story, arn)[1]
        assert sentence.casefold() in shown.casefold()
        assert any(f"{arn.name} ({guard})" in mail for mail in story.mails(sentence))
    story.run(2.5)
    assert story.status(recent) == "GONE"
    assert (story.status(exempt), story.status(own)) == ("ACTIVE", "ACTIVE")
    story.untag(exempt, "Exempt")
    story.run(1.5)
    assert story.status(exempt) == "GONE"
    story.run(3.5)
    assert story.status(own) == "GONE"


def test_the_blast_radius(
    story: Story, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several idle campaigns of a region one goes an hour; the others say that they wait."""
    story.campaign("busy", STEADY, floor=3)
    idle = [story.campaign(f"idle-{n}", Idle(), floor=1) for n in range(3)]
    story.deploy()
    story.run(0.2)
    story.box.update({"AutoDeleteIdleCampaigns": "Yes", "NotifyHeldBack": "Yes"})
    plan, shown = planned(story), commanded(story, capsys, monkeypatch)
    sentence = "at most 1 of 4 resources may go in a region and hour; it waits for its turn."
    assert [guard for guard, _ in plan.values()] == ["blast radius"] * 2
    assert all(sentence in why for _, why in plan.values())
    assert sentence.casefold() in shown.casefold()
    for gone in (1, 2, 3):
        story.run(1.1)
        assert [story.status(arn) for arn in idle].count("GONE") == gone
    (mail,) = story.mails("(blast radius)")  # one notice for both, and once a day for each
    assert sentence in mail
    held = [d for arn in idle for d in story.decisions(arn) if d["evidence"].get("would")]
    assert {d["held_by"] for d in held} == {"blast radius"}


def test_a_fleet_wide_loss_of_metrics(story: Story) -> None:
    """CloudWatch answers complete and empty for everything: nothing is touched, people are told."""
    arns = [story.campaign(f"shop-{n}", Steady(2.5 + n), floor=3 + n) for n in range(4)]
    arns.append(story.recommender("video", STEADY, floor=3))
    story.deploy(
        AutoDeleteIdleCampaigns="Yes",
        AutoStopIdleRecommenders="Yes",
        IdleCampaignThresholdHours="2",
    )
    story.run(1)
    floors = [story.floor(arn) for arn in arns]
    healed = faults.add(faults.MetricFault("Empty", "AWS/Personalize"))
    story.run(4)
    assert [story.status(arn) for arn in arns] == ["ACTIVE"] * 5
    assert [story.floor(arn) for arn in arns] == floors
    told = story.mails("What looks idle in us-east-1 was not deleted or stopped: it may be in use.")
    assert len(told) == 1
    assert (
        "our own datapoints tell of requests that CloudWatch has lost; until 2026-11-29" in told[0]
    )
    assert {guard for guard, _ in planned(story).values()} == {"doubtful silence"}
    healed()
    story.run(1)
    assert [story.status(arn) for arn in arns] == ["ACTIVE"] * 5


def test_p1_a_loss_that_begins_at_any_minute(story: Story) -> None:
    """Two regions lose their metrics 67 minutes after the hour: nothing goes a day later."""
    arns = [
        story.campaign(f"shop-{n}", Steady(2.5 + n), floor=3 + n, region=region)
        for n, region in enumerate(["us-east-1", "us-east-1", "eu-west-1"])
    ]
    lost = story.now + timedelta(minutes=67)
    story.deploy(AutoDeleteIdleCampaigns="Yes", Regions="us-east-1,eu-west-1")
    faults.add(faults.MetricFault("Lost", "AWS/Personalize", since=lost.timestamp(), share=0.0))
    story.run(1)
    floors = [story.floor(arn) for arn in arns]
    with unscheduled(story.box):
        story.run(23.6)
    story.run(1.6)
    assert [story.status(arn) for arn in arns] == ["ACTIVE"] * 3
    assert [story.floor(arn) for arn in arns] == floors
    assert {guard for guard, _ in planned(story).values()} == {"doubtful silence"}
    (mail,) = story.mails("What looks idle in eu-west-1 was not deleted or stopped")
    assert "until 2026-11-29 08:00 UTC that is no sign of disuse." in mail


@pytest.mark.parametrize(("minutes", "late"), [(60, 0), (45, 0), (0, 60)])
def test_p1_a_nightly_batch_outlives_a_loss_of_its_minutes(
    story: Story, minutes: int, late: int
) -> None:
    """Lost, or an hour late, in the only minutes of a day in which it is used: it stays."""
    batch = story.campaign("batch", DailyBatch(5.0, hour=8.0, minutes=45))
    story.campaign("shop", Steady(8.0), floor=1)
    eight, metrics = story.now.replace(hour=8, minute=0), story.box.world.metrics
    story.deploy(AutoDeleteIdleCampaigns="Yes")
    metrics.lose(eight, eight + timedelta(minutes=minutes))
    metrics.delay += timedelta(minutes=late)
    story.run(4)
    assert story.status(batch) == "ACTIVE"


@pytest.mark.parametrize("idle", [0, 3])
def test_p3_a_hole_of_two_hours_lowers_no_busy_floor(story: Story, idle: int) -> None:
    """One busy campaign alone, or beside three that are idle: 13 it used, and 13 it keeps."""
    busy = story.campaign("busy", Steady(13.0, noise=0.0), floor=15)
    for n in range(idle):
        story.campaign(f"idle-{n}", Idle(), floor=1)
    lost = story.now + timedelta(hours=1, minutes=10)
    faults.add(
        faults.MetricFault(
            "Lost",
            "AWS/Personalize",
            since=lost.timestamp(),
            until=(lost + timedelta(hours=2)).timestamp(),
            share=0.0,
        )
    )
    story.deploy()
    for _ in range(6):
        story.run(1)
        assert story.floor(busy) in (13, 15)


def test_k7_metrics_that_come_late_lower_no_busy_floor(story: Story) -> None:
    """A quarter of an hour late, for hours: 15 TPS keep a floor of 15."""
    busy = story.campaign("busy", Steady(15.0, noise=0.0), floor=20)
    story.box.world.metrics.delay = timedelta(minutes=15)
    story.deploy()
    story.run(4)
    assert story.floor(busy) == 15


def test_p2_a_fleet_that_is_wholly_idle_is_cleaned_up(story: Story) -> None:
    """Two campaigns without a request for a month: one goes an hour, and the last one too."""
    idle = [story.campaign(f"idle-{n}", Idle()) for n in range(2)]
    story.deploy(AutoDeleteIdleCampaigns="Yes")
    story.run(2.4)
    assert [story.status(arn) for arn in idle] == ["GONE", "GONE"]


def test_p4_a_hold_keeps_an_idle_campaign(story: Story) -> None:
    """What is held for tomorrow's launch is idle today, and stays."""
    story.campaign("busy", STEADY, floor=3)
    arn = story.campaign("launch", Idle(), floor=40)
    story.tag(arn, HoldUntil=(story.now + timedelta(hours=3)).isoformat())
    story.deploy(AutoDeleteIdleCampaigns="Yes")
    story.run(2.5)
    assert (story.status(arn), story.floor(arn)) == ("ACTIVE", 40)
    assert planned(story)["launch"][0] == "held"
    story.run(2)
    assert story.status(arn) == "GONE"


def test_grace(story: Story) -> None:
    """With grace: a notice with the date, a last call a day before, and then the deletion."""
    story.campaign("busy", STEADY, floor=3)
    arn = story.campaign("pilot", Idle(), floor=1)
    story.deploy(AutoDeleteIdleCampaigns="Yes", IdleCampaignThresholdHours="2", IdleGraceHours="26")
    story.run(1.1)
    (notice,) = story.mails("pilot in us-east-1 is idle and will be deleted after 2026-11-27")
    assert "To keep it, send it a request" in notice
    assert planned(story)["pilot"][0] == "grace"
    story.run(4)
    assert len(story.mails("Last call: campaign pilot")) == 1
    assert story.status(arn) == "ACTIVE"
    with unscheduled(story.box):
        story.run(20)
    story.run(3)
    assert story.status(arn) == "GONE"
    told = [mail for mail in story.mails("pilot") if not mail.startswith("{")]
    assert len(told) == 3  # notice, last call, deletion: each once


def test_grace_is_withdrawn_by_traffic(story: Story) -> None:
    """A request during the grace keeps the campaign; later idleness begins with a new notice."""
    story.campaign("busy", STEADY, floor=3)
    arn = story.campaign("pilot", Idle(), floor=1)
    story.deploy(AutoDeleteIdleCampaigns="Yes", IdleCampaignThresholdHours="2", IdleGraceHours="4")
    story.run(1.1)
    assert len(story.mails("is idle and will be deleted")) == 1
    story.box.client("personalize-runtime").get_recommendations(campaignArn=str(arn), userId="1")
    story.run(5)
    assert story.status(arn) == "ACTIVE"
    assert len(story.mails("is idle and will be deleted")) == 2
    story.run(4)
    assert story.status(arn) == "GONE"


def test_the_kill_switch(story: Story) -> None:
    """With Actions off nothing is changed, whoever asks; with it on again all goes on."""
    story.campaign("busy", STEADY, floor=3)
    shoes = story.campaign("shoes", STEADY, floor=20)
    pilot = story.campaign("pilot", Idle(), floor=1)
    story.deploy(AutoDeleteIdleCampaigns="Yes", Actions="Off")
    client = story.box.client("events")
    for name, more in (
        ("DeletePersonalizeCampaign", "}"),
        ("UpdatePersonalizeCampaignMinProvisionedTPS", ',"NewMinTPS":50}'),
    ):
        client.put_events(
            Entries=[{"Source": "personalize.monitor", "DetailType": name,
                      "Detail": f'{{"ARN":"{shoes}"{more}'}]
        )  # fmt: skip
    story.run(1.2)
    assert (story.floor(shoes), story.status(shoes), story.status(pilot)) == (
        20,
        "ACTIVE",
        "ACTIVE",
    )
    for function in ("DeleteFunction", "UpdateFunction"):
        (ran,) = story.box.invocations(function)
        assert "Actions is Off" in (ran.result or {})["message"]
    story.box.update({"Actions": "On"})
    story.run(1.5)
    assert (story.floor(shoes), story.status(pilot)) == (3, "GONE")
