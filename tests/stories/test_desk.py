"""All faces of the desk show one plan: the command, the console, the report and the savings."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.console.stage import served

from aws_sandbox.traffic.capacity import Capacity
from aws_sandbox.traffic.shapes import FlashSale, Idle, Steady
from personalize_monitor.model.plan import Plan
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.plan.plans import finding_settings
from personalize_monitor.plan.snapshot import words
from personalize_monitor_desk.cli import operators, session
from personalize_monitor_desk.cli.main import main
from personalize_monitor_desk.cli.session import Where
from personalize_monitor_desk.console.account_poller import AccountPoller
from personalize_monitor_desk.console.app import create_app
from personalize_monitor_desk.console.context import ConsoleContext
from personalize_monitor_desk.console.render import usd

if TYPE_CHECKING:
    from tests.stories.conftest import Story

REGIONS = ("us-east-1",)
Told = dict[str, tuple[Any, ...]]
"""By ARN: action, floor asked for, guard, reason, dollars a month."""


@dataclass
class Faces:
    """Every face of the desk over one account, as people use them."""

    story: Story
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def ask(self, *arguments: str) -> Any:
        """A verb's document."""
        self.capsys.readouterr()
        main([*arguments, "-o", "json"])
        return json.loads(self.capsys.readouterr().out)

    def document(self, verb: str) -> Told:
        """The plan in the document of `plan` or `report`."""
        found = self.ask(verb)
        return {
            one["arn"]: (
                one["action"] if not one["heldBy"] else "leave",
                one["toFloor"] if not one["heldBy"] else None,
                one["heldBy"] or "",
                one["reason"],
                one["monthlySaving"] and one["monthlySaving"]["usd"],
                one["fingerprint"],
            )
            for one in (*found["actions"], *found["heldBack"])
        }

    def saved(self) -> Told:
        """The plan that `plan --out` writes, and `apply` reads."""
        file = self.folder / "plan.json"
        self.ask("plan", "--out", str(file))
        return told(Plan.from_json(file.read_text("utf-8")))

    def console(self) -> Told:
        """The plan of the console's page."""
        with self.seat() as (client, _):
            plan = Plan.from_json(client.get("/plan/plan.json").text)
            page = client.get("/plan").text
        for item in plan.acting:
            assert f"{item.arn}|{item.fingerprint}" in page
        return told(plan)

    @contextmanager
    def seat(self) -> Iterator[tuple[httpx.Client, AccountPoller]]:
        """In front of a console that has read its two weeks."""
        place = Where(self.story.access, REGIONS, self.story.now, past=False)
        here = ConsoleContext(
            access=self.story.access,
            regions=REGIONS,
            settings=finding_settings(),
            prices=load_prices(),
            now=lambda: self.story.now,
            operator=lambda: operators.operator_of(place, ""),
        )
        app = create_app(here)
        with served(app) as url, httpx.Client(base_url=url, timeout=60) as client:
            watch: AccountPoller = app.state.watch
            watch.deep.first(60)
            yield client, watch
            watch.stop(30)

    def page(self, path: str) -> str:
        """A resource's page of the console, once changes and plan are read."""
        with self.seat() as (client, watch):
            watch.changes.first(60)
            return html.unescape(client.get(path).text)

    def written(self) -> str:
        """The report's page."""
        file = self.folder / "report.html"
        main(["report", "--file", str(file)])
        return html.unescape(file.read_text("utf-8"))

    def savings(self) -> dict[str, str]:
        """What each resource could save, by the savings."""
        found = self.ask("savings")["resources"]
        sums = {one["arn"]: (one["monthlySaving"] or {}).get("usd") for one in found}
        return {arn: usd for arn, usd in sums.items() if usd is not None}


def told(plan: Plan) -> Told:
    """What acts and what is held back, as the documents tell it."""
    return {
        item.arn: (
            str(item.action),
            item.to_floor,
            item.held_by,
            item.reason,
            None if item.held_by or item.saving is None else item.saving["usd"],
            item.fingerprint,
        )
        for item in (*plan.acting, *plan.held)
    }


@pytest.fixture
def empty(
    story: Story,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Faces:
    """The faces over an account with nothing in it."""
    monkeypatch.setattr(session, "present", lambda: story.now)
    monkeypatch.setattr(session, "new_session", lambda profile: profile)
    monkeypatch.setattr(session, "Access", lambda profile: story.access)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Faces(story, tmp_path, capsys)


@pytest.fixture
def faces(empty: Faces) -> Faces:
    """An account in which every guard that needs the past has something to say."""
    story = empty.story
    story.campaign("shoes", Steady(3.0, noise=0.0), floor=20)
    story.campaign("socks", Steady(3.0, noise=0.0), floor=20)
    story.campaign("boots", Steady(3.0, noise=0.0), floor=9)
    story.campaign("pilot", Idle(), floor=5)
    story.recommender("films", Steady(2.0, noise=0.0), floor=6)
    return empty


def _walk(faces: Faces) -> Told:
    first = faces.document("plan")
    assert first
    assert faces.document("report") == first
    assert faces.saved() == first
    assert faces.console() == first
    dollars = {arn: one[4] for arn, one in first.items() if one[4] is not None}
    assert faces.savings() == dollars
    return first


def test_one_plan_in_all_faces_where_nothing_is_deployed(faces: Faces) -> None:
    """Guard by guard and dollar by dollar; what was changed from here is known in all of them."""
    plan = _walk(faces)
    assert {one[0] for one in plan.values()} >= {"set-floor", "delete"}
    (shoes,) = (arn for arn in plan if arn.endswith("/shoes"))
    faces.ask("apply", "--now", "--only", shoes, "--yes")
    faces.story.run(0.5)
    assert _walk(faces) != plan


def test_one_plan_in_all_faces_of_a_deployment(faces: Faces) -> None:
    """Its parameters, its journal and its datapoints count in every one of them."""
    story = faces.story
    story.deploy(DryRun="Yes", AutoDeleteIdleCampaigns="Yes", IdleCampaignThresholdHours="30")
    story.run(1.2)
    (socks,) = (arn for arn in faces.document("plan") if arn.endswith("/socks"))
    story.box.client("personalize").update_campaign(campaignArn=socks, minProvisionedTPS=15)
    story.run(0.7)
    plan = _walk(faces)
    assert plan[socks][2] == "changed by a person"
    (pilot,) = (one for arn, one in plan.items() if arn.endswith("/pilot"))
    assert "30 hours" in pilot[3]


def test_every_face_tells_the_same_verdict_in_the_same_words(empty: Faces) -> None:
    """A lowering hurts: mail, status, plan, changes, report and console say the same sentence."""
    story = empty.story
    story.box.world.metrics.capacity = Capacity(headroom=0.0, lag_minutes=20)
    sale = story.now + timedelta(hours=0.6)
    surge = FlashSale(Steady(3.0, noise=0.0), sale, peak_tps=18.0, minutes=60)
    arn = str(story.campaign("shoes", surge, floor=20))
    story.deploy()
    story.run(1.75)
    (mail,) = story.mails("A step back: the floor was ")
    sentence = mail.partition(" the floor was ")[2].partition(" A floor of 20 is put back")[0]
    assert sentence.startswith("lowered from 20 to 3 at 2026-11-26 06:")
    assert " by the monitor: hurt. " in sentence
    plan = empty.ask("plan")
    told = {
        "status": [one["lastLowering"]["told"] for one in empty.ask("status")["resources"]],
        "changes": [
            one["told"] for one in empty.ask("changes")["changes"] if one["verdict"] == "hurt"
        ],
        "report": [
            one["told"]
            for one in empty.ask("report")["harm"]["changes"]
            if one["verdict"] == "hurt"
        ],
        "plan": [
            one["lastLowering"]["told"]
            for one in (*plan["actions"], *plan["heldBack"])
            if one["arn"] == arn
        ],
    }
    assert told == {face: [sentence] for face in told}
    page = empty.page("/r/us-east-1/campaign/shoes")
    assert f"{sentence[:1].upper()}{sentence[1:]}" in page
    assert sentence in empty.written()


Figures = dict[str, dict[str, str | None]]
"""Dollars by the name of the figure and the resource's name; the sum of all is under ``sum``."""


def _figures(document: Any) -> Figures:
    """The money of a document of `status`, `report` or `savings`."""
    found: Figures = {}
    for key in ("monthlyCost", "monthlyWaste", "monthlySaving"):
        lines = {
            one["arn"].rpartition("/")[2]: one[key] and one[key]["usd"]
            for one in document["resources"]
            if key in one
        }
        if lines:
            found[key] = lines
        if key in document["totals"]:
            found.setdefault(key, {})["sum"] = document["totals"][key]["usd"]
    return found


def _scraped(text: str, name: str) -> dict[str, float]:
    """The samples of one family on the console's page for Prometheus."""
    pattern = re.compile(rf'personalize_monitor_resource_{name}{{.*name="([^"]+)".*}} (\S+)')
    return {found[1]: float(found[2]) for found in pattern.finditer(text)}


def _repriced(watch: AccountPoller) -> None:
    """Wait until the fleet's page has its money from the two weeks."""
    shot = watch.day.first(60)
    while shot.value is None or shot.value.look.priced is None:
        shot = watch.day.after(shot.version, 60)


def test_d8_every_figure_is_the_same_on_every_face(faces: Faces) -> None:
    """Cost, waste, possible saving, traffic: each has one value and one basis, wherever it is.

    `saved` alone is another question, with its own days in its label.
    """
    story = faces.story
    story.deploy(DryRun="Yes")
    story.run(0.7)
    status, plan = faces.ask("status"), faces.ask("plan")
    savings, report = faces.ask("savings"), faces.ask("report")
    assert status["moneyBasis"] == plan["moneyBasis"] == savings["moneyBasis"]
    assert status["moneyBasis"] == report["moneyBasis"]
    one = _figures(savings)
    for other in (_figures(status), _figures(report)):
        assert {"monthlyCost", "monthlyWaste"} <= set(other)
        for key, lines in other.items():
            assert lines.items() <= one[key].items()
    assert plan["monthlySaving"]["usd"] == one["monthlySaving"]["sum"]
    advised = {a["arn"].rpartition("/")[2]: a["monthlySaving"]["usd"] for a in plan["actions"]}
    assert advised.items() <= one["monthlySaving"].items()
    assert advised["shoes"] is not None
    assert advised["films"] is None  # no price is known
    for name, saving in one["monthlySaving"].items():
        assert Decimal(saving or 0) <= Decimal(one["monthlyCost"][name] or 0)
    with faces.seat() as (client, watch):
        _repriced(watch)
        metrics = client.get("/metrics").text
        fleet, page = client.get("/").text, client.get("/savings").text
        look = watch.day.last.look if watch.day.last else None
    assert look is not None
    for family, key in (
        ("cost_dollars_month", "monthlyCost"),
        ("waste_dollars_month", "monthlyWaste"),
    ):
        known = {name: float(usd) for name, usd in one[key].items() if usd and name != "sum"}
        assert _scraped(metrics, family) == pytest.approx(known, abs=1e-6)
    traffic = {r["name"]: r["averageTps"] for r in status["resources"]}
    assert _scraped(metrics, "average_tps") == pytest.approx(traffic, abs=1e-6)
    published = story.box.client("cloudwatch").get_metric_data(
        MetricDataQueries=[_average(number, arn) for number, arn in enumerate(_campaigns(status))],
        StartTime=datetime.fromisoformat(status["windowStart"]),
        EndTime=datetime.fromisoformat(status["windowStart"]) + timedelta(minutes=5),
    )["MetricDataResults"]
    assert [round(p["Values"][0], 6) for p in published] == [
        traffic[arn.rpartition("/")[2]] for arn in _campaigns(status)
    ]
    basis = words.money_basis(look)
    for text in (fleet, page):
        assert basis in html.unescape(text)
        for cost in (usd(seen.figures.cost) for seen in look.seen):
            assert cost in html.unescape(text)


def _campaigns(status: Any) -> list[str]:
    return [one["arn"] for one in status["resources"] if one["kind"] == "campaign"]


def _average(number: int, arn: str) -> dict[str, Any]:
    dimensions = [{"Name": "CampaignArn", "Value": arn}]
    metric = {"Namespace": "PersonalizeMonitor", "MetricName": "averageTPS"}
    return {
        "Id": f"m{number}",
        "MetricStat": {
            "Metric": {**metric, "Dimensions": dimensions},
            "Period": 300,
            "Stat": "Average",
        },
    }
