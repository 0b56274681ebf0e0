"""Whatever a name, a tag, a reason or an answer of AWS holds, it is text and nothing else."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from tests.console.byhand.front import Front, Outline, put
from tests.console.byhand.values import NOW, PAGES, SHOES, entry, seen, usd

from personalize_monitor.alarms.names import Sort
from personalize_monitor.contract import FLOOR_UPDATED_EVENT, NOTICE_EVENT
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.plan import PlanItem
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.plans import Applied, Fate
from personalize_monitor.plan.snapshot import AlarmSeen, Seen
from personalize_monitor_desk.console.rows import address
from personalize_monitor_desk.prewarm.prewarm import Prewarm

PLAIN = "plain"
EVIL = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "</title></textarea></option><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "&lt;b&gt;&amp;&#x27;",
    "a\tb c",
    "\u202eevil\u202c \u2028 \ufdfd",
    "--> <!-- ]]> <![CDATA[",
]
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1)
SOON = NOW + timedelta(hours=1)


def world(front: Front, evil: str) -> Seen:
    """Everything that a page shows and somebody else may have written, as one resource."""

    def decide(what: Any) -> Decision:
        return Decision(what, Action.SET_FLOOR, evil, 3, {evil: evil, "floor": 9}, held_by="")

    one = seen(
        decide=decide,
        saving=usd(5),
        alarms=[AlarmSeen(evil, Sort.IDLE, evil, speaks=False, muted=False, since=NOW)],
        guards=[evil],
        group=f"arn:aws:personalize:us-east-1:123456789012:dataset-group/{evil}",
        recipe_arn=f"arn:aws:personalize:::recipe/{evil}",
    )
    held = seen(
        "held",
        decide=lambda what: Decision(
            what, Action.LEAVE, evil, evidence={"would": "set-floor", "to": 2}, held_by=evil
        ),
    )
    front.show(one, held, problems={"us-east-1": [evil]}, trouble=evil)
    front.told(
        entry(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN], 5, NewMinTPS=4, Reason=evil, By=evil),
        entry(NOTICE_EVENT, 6, Kind=evil, Summary=evil, Reason=evil),
        trouble=evil,
    )
    arn = one.resource.arn
    put(
        front.watch.prewarms,
        (
            Prewarm(evil, str(arn), 30, 15, cron=evil, zone=evil, minutes=9, by=evil),
            Prewarm(evil, str(arn), 30, 15, SOON, SOON + timedelta(hours=1), by=evil),
        ),
    )
    item = PlanItem.of(decide(one.resource))
    front.watch.applied = (Applied.of(item, Fate.REFUSED, evil),)
    for what in (arn, held.resource.arn):
        front.watch.tags._known[what] = (time.monotonic(), {evil: evil})
    front.watch.jobs._running[evil] = evil
    return one


def skeletons(front: Front) -> dict[str, Any]:
    """The elements and attributes of each page."""
    parts = ("/plan/live", "/events/rows?kind=notice", "/pulse", f"{SHOES}/live")
    return {path: Outline(front.get(path).text).skeleton for path in (*PAGES, *parts)}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The pages of a harmless world."""
    front = Front(tmp_path_factory.mktemp("plain"))
    world(front, PLAIN)
    return skeletons(front)


@pytest.mark.parametrize("evil", EVIL)
def test_no_word_of_others_becomes_markup(front: Front, plain: dict[str, Any], evil: str) -> None:
    """Each page has the very elements and attributes that it has for harmless words."""
    world(front, evil)
    assert skeletons(front) == plain


@given(texts.filter(str.strip))
@settings(max_examples=12)
def test_no_text_at_all_becomes_markup(plain: dict[str, Any], evil: str) -> None:
    """As above, for any text."""
    front = Front(Path("/nowhere"))
    world(front, evil)
    assert skeletons(front) == plain


@pytest.mark.parametrize("evil", EVIL)
def test_the_words_are_shown_as_they_are(front: Front, evil: str) -> None:
    """Escaping loses nothing: a person reads exactly what was written."""
    world(front, evil)
    for path in (SHOES, "/plan", "/events"):
        text = " ".join(Outline(front.get(path).text).text)
        assert evil in text, path


@pytest.mark.parametrize("evil", EVIL)
def test_what_was_searched_is_not_run(front: Front, evil: str) -> None:
    """What stands in the address comes back as text, in the field and in the sentence."""
    front.show(seen())
    for path in ("/", "/events"):
        page = Outline(
            front.ask("GET", f"{path}?{_query(q=evil, view=evil, kind=evil, region=evil)}").text
        )
        assert page.all("input", name="q")[0]["value"] == evil.strip()
        assert all(one["src"].startswith("/static/") for one in page.all("script"))
        assert not page.all("img")


def _query(**asked: str) -> str:
    return urlencode(asked)


def named(name: str) -> Seen:
    """A resource with a name that AWS would not allow."""
    return seen(name, arn=Arn("arn:aws:personalize:us-east-1:123456789012:campaign/x"))


@given(texts)
def test_the_way_to_a_resource_is_one_part_of_an_address(name: str) -> None:
    """No slash, question mark or hash of a name leads elsewhere, and the name can be read back."""
    at = address(named(name))
    head, _, last = at.rpartition("/")
    assert head == "/r/us-east-1/campaign"
    assert unquote(last) == name
    assert not set(last) & set("?#&<>\"' ")


@pytest.mark.parametrize("evil", EVIL)
def test_a_resource_with_any_name_has_its_page(front: Front, evil: str) -> None:
    """What the fleet links to is found again, and its page has the usual elements."""
    usual = seen("usual")
    front.show(usual, named(evil.replace("/", "|")))
    harmless = Outline(front.get(address(usual)).text).skeleton
    answer = front.get(address(named(evil.replace("/", "|"))))
    assert answer.status_code == 200
    assert Outline(answer.text).skeleton == harmless


@given(texts, texts)
@settings(max_examples=25)
def test_metrics_can_be_read_back_whatever_the_name(name: str, recipe: str) -> None:
    """Quotes, backslashes and line breaks in labels are escaped as Prometheus reads them."""
    front = Front(Path("/nowhere"))
    one = seen(
        f"{name}\n\\",
        arn=Arn("arn:aws:personalize:us-east-1:123456789012:campaign/x"),
        recipe_arn=f"arn:aws:personalize:::recipe/{recipe}",
    )
    front.show(one)
    text = front.get("/metrics").content.decode()
    labels = [
        sample.labels["name"]
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "name" in sample.labels
    ]
    assert set(labels) == {f"{name}\n\\"}


@pytest.mark.parametrize("evil", EVIL)
def test_the_plan_as_a_file_is_json_with_those_words(front: Front, evil: str) -> None:
    """The saved plan holds reasons as they are, and its name in the header is the console's own."""
    world(front, evil)
    answer = front.get("/plan/plan.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="plan-20260302-1002.json"'
    assert answer.headers["Content-Type"] == "application/json"
    assert json.loads(answer.text)["items"][0]["reason"] == evil


@pytest.mark.parametrize("evil", EVIL)
def test_a_refusal_repeats_what_was_typed_as_text(front: Front, evil: str) -> None:
    """The answer of a form shows what it refused without running it."""
    front.show(seen())
    harmless = front.post(f"{SHOES}/prewarm", begin="x")
    answer = front.post(f"{SHOES}/delete", name=evil)
    assert answer.status_code == 422
    assert Outline(answer.text).skeleton == Outline(harmless.text).skeleton


@pytest.mark.parametrize(
    "path",
    [
        "/r/us-east-1/campaign/%3Cscript%3E",
        "/r/us-east-1/campaign/a%0d%0aSet-Cookie:x=1",
        "/r/%22%3E/campaign/x",
        "/r/us-east-1/%3Cb%3E/x",
        "/<script>alert(1)</script>",
    ],
)
def test_an_address_of_nothing_is_told_without_being_repeated(front: Front, path: str) -> None:
    """What is not there is 404 in words, and no header or element comes from the address."""
    front.show(seen())
    answer = front.get(path)
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers
    assert all(one["src"].startswith("/static/") for one in Outline(answer.text).all("script"))
    assert not Outline(answer.text).all("b")
