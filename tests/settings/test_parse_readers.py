"""Each reader of a parameter by itself: what it takes, and how it says what it does not take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor import parse
from personalize_monitor.contract import PERSONALIZE_REGIONS
from personalize_monitor.model.arn import Arn
from personalize_monitor.parse import BadValue, Selection

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)
READERS: dict[str, Callable[[object], Any]] = {
    "switch": parse.switch,
    "on_or_off": parse.on_or_off,
    "whole": parse.whole(2, 48, "hours"),
    "number": parse.number(0, 1000, presets={"saver": 7.5}),
    "one_of": parse.one_of("lower", "follow"),
    "selection": parse.selection("campaign"),
    "regions": parse.regions(PERSONALIZE_REGIONS),
    "email": parse.email,
    "role_arns": parse.role_arns,
}


def refusal(read: Callable[[object], Any], value: object) -> str:
    """The sentence with which a value is refused."""
    with pytest.raises(BadValue) as refused:
        read(value)
    return str(refused.value)


def read_or_refused(read: Callable[[object], Any], value: object) -> tuple[Any, str]:
    """The value that was read, or the sentence of the refusal."""
    try:
        return read(value), ""
    except BadValue as problem:
        return None, str(problem)


@given(st.sampled_from(sorted(READERS)), json_values)
def test_any_value_is_read_or_refused_in_one_sentence(name: str, value: Any) -> None:
    """Nothing that JSON can carry brings a reader to anything but a value or a sentence."""
    _, said = read_or_refused(READERS[name], value)
    assert not said or said.endswith(".")
    assert not said or "allowed" in said or "give" in said or "ARN" in said


@given(
    st.sampled_from([("yes", True), ("no", False), ("true", True), ("false", False)])
    | st.sampled_from([("on", True), ("off", False), ("1", True), ("0", False)]),
    st.sampled_from(["", " ", "\t", "\n"]),
    st.randoms(use_true_random=False),
)
def test_a_switch_in_any_spelling(word: tuple[str, bool], space: str, random: Any) -> None:
    """Capitals and spaces around do not matter; a boolean or a number means the same."""
    text = "".join(random.choice([letter, letter.upper()]) for letter in word[0])
    assert parse.switch(f"{space}{text}{space}") is word[1]
    assert parse.switch(word[1]) is word[1]
    assert parse.switch(int(word[1])) is word[1]


@given(
    st.integers(-60, 60), st.sampled_from([int, float, str, lambda n: f" {n} ", lambda n: f"{n}.0"])
)
def test_a_whole_number_in_any_spelling(value: int, spell: Callable[[int], Any]) -> None:
    """It is the number that counts, not how JSON or CloudFormation writes it."""
    read = parse.whole(-20, 48, "hours")
    if -20 <= value <= 48:
        found = read(spell(value))
        assert found == value
        assert isinstance(found, int)
    else:
        assert refusal(read, spell(value)) == "allowed are -20 to 48 hours."


@given(st.floats(3, 40).filter(lambda value: value != int(value)))
def test_a_fraction_is_no_whole_number(value: float) -> None:
    """Nothing is rounded for anybody."""
    for spelled in (value, str(value)):
        assert refusal(parse.whole(2, 48, "hours"), spelled) == (
            "allowed are whole numbers from 2 to 48 (hours)."
        )


@pytest.mark.parametrize(
    "value", [True, False, None, "", " ", "12h", [12], {}, "nan", "inf", "-inf", 10**400]
)
def test_what_is_no_number(value: Any) -> None:
    """A boolean is not 1, nothing is not 0, and what is too large for a number is none."""
    assert "allowed are whole numbers from 0 to 48" in refusal(parse.whole(0, 48, "hours"), value)
    assert "allowed are numbers from 0 to 1" in refusal(parse.number(0, 1), value)


@given(st.floats(0, 1000))
def test_a_price_is_taken_as_it_is(value: float) -> None:
    """As a number or as text, to the last digit."""
    read = parse.number(0, 1000, presets={"saver": 7.5})
    assert read(value) == read(str(value)) == value


def test_presets_are_named_when_nothing_else_is_right() -> None:
    """A word is read without regard to capitals; a wrong one is told all that there are."""
    read = parse.number(0, 1000, presets={"saver": 7.5, "careful": 27.0})
    assert read(" Saver ") == 7.5
    assert refusal(read, "cheap") == "allowed are numbers from 0 to 1000, or saver, careful."
    assert refusal(read, 1000.5) == "allowed are numbers from 0 to 1000, or saver, careful."


# --- ARNs ---

names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,10}", fullmatch=True)
arns = st.builds(
    "arn:aws:personalize:{}:123456789012:campaign/{}".format,
    st.sampled_from(PERSONALIZE_REGIONS),
    names,
)


@given(st.lists(arns, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_arns_as_text_or_list_in_any_order(given_arns: list[str], random: Any) -> None:
    """Order, doubles, spaces and empty places between commas make no difference."""
    read = parse.selection("campaign")
    mixed = [*given_arns, *given_arns]
    random.shuffle(mixed)
    found = read(given_arns)
    assert found == read(", ".join(mixed)) == read(",,".join(f" {arn} " for arn in mixed) + ",")
    assert found == Selection(False, frozenset(Arn(arn) for arn in given_arns))


@given(st.lists(arns, max_size=2), st.sampled_from(["all", "None", "ALL"]))
def test_all_and_arns_do_not_mix(some: list[str], word: str) -> None:
    """All of them, or these: both together cannot be meant."""
    read = parse.selection("campaign")
    if some:
        assert refusal(read, [*some, word]) == (
            "give either all, or none, or campaign ARNs, not a mixture."
        )
    else:
        assert read(word) == Selection(word.casefold() == "all")


def test_every_wrong_arn_is_named() -> None:
    """Not only the first: who pasted three wrong ones reads about three."""
    wrong = [
        "shoes",
        "arn:aws:s3:::bucket",
        "arn:aws:personalize:us-east-1:123456789012:solution/x",
    ]
    said = refusal(parse.selection("campaign"), ",".join(wrong))
    for arn in wrong:
        assert arn in said


@given(st.lists(st.sampled_from(PERSONALIZE_REGIONS), max_size=5))
def test_regions_keep_their_order_and_come_once(some: list[str]) -> None:
    """As text or list, whatever the capitals; nothing is the region of the stack."""
    read = parse.regions(PERSONALIZE_REGIONS)
    expected = tuple(dict.fromkeys(some))
    assert read(some) == read(", ".join(some).upper()) == expected


def test_all_regions_are_those_of_this_partition() -> None:
    """China is another partition, with other credentials; it can be named, not meant by all."""
    read = parse.regions(PERSONALIZE_REGIONS)
    assert set(read("ALL")) == set(PERSONALIZE_REGIONS) - {"cn-north-1"}
    assert read("cn-north-1") == ("cn-north-1",)


def test_regions_that_there_are_not() -> None:
    """The strange ones are named, and all that are allowed; `all` does not mix."""
    said = refusal(parse.regions(PERSONALIZE_REGIONS), "us-east-1,moon,mars")
    assert said.startswith("moon, mars is not a region with Amazon Personalize; allowed are all,")
    assert all(region in said for region in PERSONALIZE_REGIONS)
    assert "all is not a region" in refusal(parse.regions(PERSONALIZE_REGIONS), "all,us-east-1")


# --- people and roles ---


@given(st.text(max_size=30))
def test_an_accepted_address_is_one_address(text: str) -> None:
    """What is accepted has one @, no space and no separator: SNS is never given a list."""
    found, said = read_or_refused(parse.email, text)
    if said:
        assert "such as team@example.com, or leave it blank" in said
        return
    assert found == text.strip()
    assert not found or found.count("@") == 1
    assert not set(found) & set(' ,;<>"\n\t')


@pytest.mark.parametrize("value", ["", " ", None, False])
def test_no_address_is_fine(value: Any) -> None:
    """Mail is a choice."""
    assert parse.email(value) == ""


ROLE = "arn:aws:iam::210987654321:role/monitor"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("monitor", "monitor is not the ARN of a role; it should look like arn:aws:iam::1234"),
        (ROLE.replace("role/", "user/"), "is not the ARN of a role"),
        (ROLE.replace("210987654321", "21098765432"), "is not the ARN of a role"),
        (f"{ROLE};{ROLE}", "is not the ARN of a role"),
        (f"{ROLE},{ROLE}", "account 210987654321 is named twice; give one role for each account."),
    ],
)
def test_roles_that_cannot_be_meant(value: str, sentence: str) -> None:
    """The strange one is named with an example; one account has one role."""
    assert sentence in refusal(parse.role_arns, value)


def test_roles_of_any_partition_and_path() -> None:
    """With a path, in China, in a list: each of its own account, in the order given."""
    china = "arn:aws-cn:iam::111111111111:role/team/monitor"
    assert parse.role_arns([ROLE, china]) == parse.role_arns(f"{ROLE} , {china}") == (ROLE, china)
    assert parse.role_arns("") == parse.role_arns(None) == ()


def test_who_misspells_the_switch_of_all_actions_hears_its_own_words() -> None:
    """On and Off, not Yes and No."""
    assert parse.on_or_off(" on ") is True
    with pytest.raises(parse.BadValue, match=r"^allowed are On and Off\.$"):
        parse.on_or_off("maybe")
