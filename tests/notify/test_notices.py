"""Notices: whatever an event says, people get one clean mail whose subject tells the story."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripts.generate_docs import PUBLISHED, example_of, verdict_example

from personalize_monitor.notify import SUBJECT_LENGTH, Home, compose, gather
from personalize_monitor.notify.compose import TOLD

HOME = Home("aws", "us-east-1")
UPDATED = "PersonalizeCampaignMinProvisionedTPSUpdated"
DELETED = "PersonalizeCampaignDeleted"


def event(name: str = UPDATED, **detail: Any) -> dict[str, Any]:
    """The documented example with another detail."""
    example = example_of(name)
    return {**example, "detail": {**example["detail"], **detail}}


def subject(told: dict[str, Any]) -> str:
    """The subject of the mail about it."""
    letter = compose(told, HOME)
    assert letter is not None
    return letter.subject


def text(told: dict[str, Any]) -> str:
    """The text of the mail about it."""
    letter = compose(told, HOME)
    assert letter is not None
    return letter.text


def test_a4_the_subject_tells_the_story() -> None:
    """What, from where to where, and what it is worth; without a figure nothing is claimed."""
    told = event(Name="home-page-for-you", PreviousMinTPS=20, NewMinTPS=3)
    told["detail"]["EstimatedSavingPerMonthUSD"] = 5285.4
    assert subject(told) == "home-page-for-you: floor 20 -> 3, saves $5,285 a month"
    del told["detail"]["EstimatedSavingPerMonthUSD"]
    assert subject(told) == "home-page-for-you: floor 20 -> 3"


@pytest.mark.parametrize("saving", [-5.0, 0.4, "9", True, None, float("nan"), 1e12])
def test_a4_no_figure_is_shown_that_is_none(saving: Any) -> None:
    """Less than a dollar, a loss, or what is no amount at all."""
    told = event(EstimatedSavingPerMonthUSD=saving)
    assert "$" not in subject(told)
    assert "$" not in text(told)


@pytest.mark.parametrize(
    ("by", "wanted"), [("monitor", "shoes: idle campaign deleted"), ("request", "on request")]
)
def test_a4_a_deletion_says_who_wanted_it(by: str, wanted: str) -> None:
    """The monitor's own and a person's are told apart at a glance."""
    assert wanted in subject(event(DELETED, RequestedBy=by))


def test_a4_a_long_name_is_cut_and_the_story_is_not() -> None:
    """Personalize allows names of 63 characters."""
    told = event(Name="n" * 63, PreviousMinTPS=500, EstimatedSavingPerMonthUSD=123456.0)
    assert subject(told).endswith("...: floor 500 -> 3, saves $123,456 a month")


def test_a4_the_account_is_the_resources() -> None:
    """A member account's resource is not said to be at home."""
    arn = "arn:aws:personalize:eu-west-1:210987654321:campaign/shoes"
    told = {**event(ARN=arn, CampaignARN=arn), "resources": [arn], "account": "123456789012"}
    assert "Account and region: 210987654321, eu-west-1\n" in text(told)
    assert "123456789012" not in text(told)


def test_a4_quotes_and_line_breaks_do_no_harm() -> None:
    """Text of people stands as they wrote it, on one line."""
    told = text(event(Reason='Too much, says "Maria".\n\nPlease\tlook.\x00'))
    assert 'Why: Too much, says "Maria". Please look.\n' in told
    assert not re.search(r'^""?$', told, re.MULTILINE)


def test_a4_china_has_a_console_of_its_own() -> None:
    """The link leads into the partition that the deployment is in."""
    letter = compose(example_of(UPDATED), Home("aws-cn", "cn-north-1"))
    assert letter is not None
    assert "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?" in letter.text


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("key", [None, "Name", "Reason", "Region", "PreviousMinTPS", "Summary"])
def test_a4_what_is_missing_is_left_out(name: str, key: str | None) -> None:
    """An event that says little makes a short mail, never a broken one."""
    told = event(name)
    told["detail"] = {k: v for k, v in told["detail"].items() if key is not None and k != key}
    assert "None" not in text(told)
    assert "\n\n\n" not in text(told)
    assert text(told).rstrip().splitlines()[-1].startswith("Dashboard: https://")


@pytest.mark.parametrize("told", [{}, {"detail-type": UPDATED}, {"detail-type": "x", "detail": {}}])
def test_a4_other_events_are_told_to_nobody(told: dict[str, Any]) -> None:
    """They are not mailed, and the function says so."""
    assert compose({"time": "2026-03-02T10:05:00Z", **told}, HOME) is None


JUNK: Any = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(
    ["Name", "Reason", "Summary", "Region", "PreviousMinTPS", "NewMinTPS", "ARN", "Deed", "state",
     "configuration", "alarmName", "EstimatedSavingPerMonthUSD", "RequestedBy"]
)  # fmt: skip


@given(name=st.sampled_from(TOLD), detail=st.dictionaries(KEYS, JUNK), arn=st.text())
def test_a4_sns_takes_every_subject(name: str, detail: dict[str, Any], arn: str) -> None:
    """Whoever writes whatever: 1 to 99 printable ASCII characters, and text that can be sent."""
    told = {"detail-type": name, "time": "2026-03-02T10:05:00Z", "detail": detail}
    letter = compose({**told, "resources": [arn]}, HOME)
    assert letter is not None
    assert 1 <= len(letter.subject) <= SUBJECT_LENGTH
    assert letter.subject.isascii()
    assert letter.subject.isprintable()
    assert letter.subject.strip() == letter.subject
    assert len(letter.text.encode("utf-8", "replace")) < 200_000


def change(name: str, before: int, after: int, **more: Any) -> dict[str, Any]:
    """A change of a floor that the monitor asked for."""
    arn = f"arn:aws:personalize:eu-west-1:210987654321:campaign/{name}"
    detail = {"Name": name, "PreviousMinTPS": before, "NewMinTPS": after, "ARN": arn}
    return {**event(UPDATED, **{**detail, **more}), "resources": [arn], "id": name}


def test_a4_the_changes_of_a_region_are_one_mail() -> None:
    """Each is in it with its reason and the way back; one that came twice counts once."""
    changes = [
        change("home", 20, 3, EstimatedSavingPerMonthUSD=100.0),
        change("shoes", 4, 2, EstimatedSavingPerMonthUSD=50.0),
        change("hats", 1, 5, EstimatedSavingPerMonthUSD=None),
    ]
    (mail,) = gather([*changes, {**changes[0], "id": "announced again"}], HOME)
    assert len(mail.changes) == 3
    told = mail.letter
    assert told is not None
    assert told.subject == "2 floors lowered, 1 floor raised, saves $150 a month: home, shoes, hats"
    assert "(2 changes of 3 counted)" in told.text
    for name in ("home", "shoes", "hats"):
        assert f"{name} (210987654321, eu-west-1): floor " in told.text
        assert f"restore arn:aws:personalize:eu-west-1:210987654321:campaign/{name}\n" in told.text


def test_a4_one_change_alone_is_told_like_any_other() -> None:
    """What cannot be understood has no letter, and is not asked about again."""
    (alone,) = gather([change("home", 20, 3)], HOME)
    assert alone.letter == compose(change("home", 20, 3), HOME)
    assert gather([], HOME) == []
    (junk,) = gather([{"id": "junk"}], HOME)
    assert (junk.letter, len(junk.changes)) == (None, 1)


@given(st.lists(st.dictionaries(KEYS, JUNK), max_size=4))
def test_a4_whatever_is_gathered_can_be_told(details: list[dict[str, Any]]) -> None:
    """One odd event must not keep the others from people: it would come again in each turn."""
    odd = [{**event(), "detail": detail, "id": f"{n}"} for n, detail in enumerate(details)]
    mails = gather([change("home", 20, 3), *odd], HOME)
    assert any(mail.letter and "home" in mail.letter.subject for mail in mails)


def test_a4_a_thousand_changes_fit_into_mails() -> None:
    """SNS takes 256 KB and 99 characters."""
    mails = gather([change(f"campaign-{n}", 4, 2) for n in range(950)], HOME)
    told = [mail.letter for mail in mails if mail.letter]
    assert len(told) == 10
    assert all(len(one.text.encode()) < 256_000 and len(one.subject) <= 99 for one in told)
    assert sum(one.text.count("To undo: ") for one in told) == 950


@pytest.mark.parametrize(
    ("verdict", "by", "story", "undo"),
    [
        ("hurt", "monitor", "shoes: floor 10 -> 3 hurt callers", False),
        ("hurt", "person", "shoes: floor 10 -> 3 hurt callers", True),
        ("harmless", "monitor", "shoes: floor 10 -> 3 is harmless", True),
    ],
)
def test_a_verdict_is_told_with_the_way_to_both_sides(
    verdict: str, by: str, story: str, undo: bool
) -> None:
    """What is taken back anyway needs no undoing."""
    example = verdict_example()
    detail = {**example["detail"], "Verdict": verdict, "RequestedBy": by}
    told = {**example, "detail": detail}
    assert subject(told) == story
    assert "Before and after: personalize-monitor changes --arn arn:aws:" in text(told)
    assert ("To undo: personalize-monitor restore" in text(told)) is undo
