"""What guards hold back is told once a day for each, and one notice for a region."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.datapoints import Diary, Numbers
from tests.support import BEGIN, a_resource

from personalize_monitor.aws.events import Event
from personalize_monitor.context.memory import Memory
from personalize_monitor.contract import NOTICE_EVENT
from personalize_monitor.decide.considered import Considered
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.sample import Sample
from personalize_monitor.notify.blocked_notice import HELD_KIND, held_notice

SITE = Numbers().target
NO_PAST = JournalReader(None)
HOUR = timedelta(hours=1)


def held(
    name: str, by: str = "exempt", reason: str = "Tag says yes.", would: str = "set-floor"
) -> Considered:
    """A decision that a guard turned into leaving alone."""
    evidence = {"would": would}
    return Considered(leave(a_resource(name), reason, held_by=by, evidence=evidence), Sample(0.0))


def told(event: Event | None) -> list[str]:
    """Names of the resources in a notice."""
    if event is None:
        return []
    return [key.split(" ")[0].rpartition("/")[2] for key in event.detail["Held"]]


def test_a_notice_says_what_is_held_by_what_and_why() -> None:
    """One sentence for the subject, and the reasons with names below."""
    event = held_notice(
        [held("a"), held("b", "held", "Until noon.")], SITE, NO_PAST, Memory(), BEGIN
    )
    assert event is not None
    assert (event.detail_type, event.detail["Kind"]) == (NOTICE_EVENT, HELD_KIND)
    assert event.detail["Summary"] == "2 resources are left alone in us-east-1 for now."
    assert event.detail["Reason"] == "a (exempt): Tag says yes. b (held): Until noon."
    assert event.resource == str(a_resource("a").arn)


def test_one_resource_is_one_in_the_sentence() -> None:
    """Sentences are for people."""
    event = held_notice([held("a")], SITE, NO_PAST, Memory(), BEGIN)
    assert event is not None
    assert event.detail["Summary"] == "1 resource is left alone in us-east-1 for now."


def test_what_acts_or_is_simply_left_alone_is_no_news() -> None:
    """Only what a guard holds is told; grace and silence have notices of their own."""
    acting = Considered(Decision(a_resource(), Action.SET_FLOOR, "Less.", to_floor=2), Sample(0.0))
    quiet = Considered(leave(a_resource(), "In use."), Sample(1.0))
    own = [held("a", "grace"), held("b", "doubtful silence", would="delete")]
    assert held_notice([acting, quiet, *own], SITE, NO_PAST, Memory(), BEGIN) is None


def test_nothing_held_asks_nobody(tmp_path: Path) -> None:
    """A broken journal is no trouble where there is nothing to tell."""
    diary = Diary(tmp_path)
    diary.breaks()
    assert held_notice([], SITE, diary.reader, Memory(), BEGIN) is None


def test_once_a_day_for_each_resource_and_guard() -> None:
    """The same hold is told again after a day; another guard's hold of it at once."""
    memory = Memory()

    def at(hours: float, *considered: Considered) -> list[str]:
        return told(held_notice(considered, SITE, NO_PAST, memory, BEGIN + hours * HOUR))

    assert at(0, held("a")) == ["a"]
    assert at(1, held("a"), held("b")) == ["b"]
    assert at(2, held("a", "held")) == ["a"]
    assert at(23.9, held("a"), held("b")) == []
    assert at(24, held("a"), held("b")) == ["a"]
    assert at(25, held("a"), held("b")) == ["b"]


@given(st.lists(st.sets(st.sampled_from("abcdef")), max_size=30))
def test_nobody_hears_of_one_hold_twice_in_a_day(hours: list[set[str]]) -> None:
    """Whatever is held in which hour: each is told when it is first seen, and then a day later."""
    memory, last = Memory(), dict[str, int]()
    for hour, names in enumerate(hours):
        considered = [held(name) for name in sorted(names)]
        now = set(told(held_notice(considered, SITE, NO_PAST, memory, BEGIN + hour * HOUR)))
        assert now == {name for name in names if hour - last.get(name, -24) >= 24}
        last |= dict.fromkeys(now, hour)


def test_after_a_cold_start_the_journal_tells_what_people_know(tmp_path: Path) -> None:
    """A new function does not repeat what its predecessor said; other places' news is not this."""
    diary = Diary(tmp_path)
    arn = a_resource("a").arn
    notice = held_notice([held("a")], SITE, NO_PAST, Memory(), BEGIN)
    assert notice is not None
    diary.told(NOTICE_EVENT, arn, BEGIN, **{**notice.detail, "ARN": str(arn)})
    later = BEGIN + 2 * HOUR
    assert told(held_notice([held("a")], SITE, diary.reader, Memory(), later)) == []
    assert told(held_notice([held("b")], SITE, diary.reader, Memory(), later)) == ["b"]
    abroad = a_resource("a", region="eu-west-1")
    elsewhere = Considered(leave(abroad, "Why.", held_by="exempt"), Sample(0.0))
    assert told(held_notice([elsewhere], SITE, diary.reader, Memory(), later)) == ["a"]


def test_other_words_in_the_journal_are_not_a_notice(tmp_path: Path) -> None:
    """A record that only mentions the word, or has no list, says nothing of what was told."""
    diary = Diary(tmp_path)
    arn = a_resource("a").arn
    diary.told("PersonalizeMonitorIntent", arn, BEGIN, Held=[f"{arn} exempt"], Kind=HELD_KIND)
    diary.told(NOTICE_EVENT, arn, BEGIN, Held=f"{arn} exempt", Kind=HELD_KIND)
    later = BEGIN + HOUR
    assert told(held_notice([held("a")], SITE, diary.reader, Memory(), later)) == ["a"]


def test_a_past_that_cannot_be_read_is_said_and_not_guessed(tmp_path: Path) -> None:
    """Nothing is sent; the next cycle asks again, and then tells."""
    diary, memory = Diary(tmp_path), Memory()
    diary.breaks()
    with pytest.raises(JournalUnavailable):
        held_notice([held("a")], SITE, diary.reader, memory, BEGIN)
    diary.file.path.rmdir()
    assert told(held_notice([held("a")], SITE, diary.reader, memory, BEGIN)) == ["a"]


@given(st.integers(1, 60))
def test_a_long_list_is_cut_and_says_so(count: int) -> None:
    """Twenty are written out and the rest counted, but all of them count as told."""
    memory = Memory()
    considered = [held(f"r-{n:02}") for n in range(count)]
    event = held_notice(considered, SITE, NO_PAST, memory, BEGIN)
    assert event is not None
    shown = event.detail["Reason"].count("(exempt)")
    assert shown == min(count, 20)
    rest = event.detail["Reason"].rpartition("yes.")[2]
    assert rest == (f" And {count - 20} more." if count > 20 else "")
    assert len(event.detail["Held"]) == count
    assert held_notice(considered, SITE, NO_PAST, memory, BEGIN) is None
