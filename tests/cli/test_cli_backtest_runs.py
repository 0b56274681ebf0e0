"""The backtest: which demands are tried, from which floor, and what is told of it."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.cast import demand, resource, seen
from tests.cli.conftest import Ask, Inside, validated
from tests.cli.test_cli_output import on_screen

from personalize_monitor.model.demand import Demand
from personalize_monitor.model.resource import Kind
from personalize_monitor_desk.backtest.evaluate import Timeline
from personalize_monitor_desk.backtest.run import Row
from personalize_monitor_desk.cli import backtest_runs, subjects
from personalize_monitor_desk.cli.backtest_runs import Outcome, Rules, Subject
from personalize_monitor_desk.cli.exits import Exit, Usage
from personalize_monitor_desk.cli.output import as_csv, as_markdown
from personalize_monitor_desk.cli.verbs import backtest

START = datetime(2026, 1, 5, tzinfo=UTC)


def a_trace(path: Path, days: float = 3, *, rate: float = 2.0) -> Path:
    """A trace of steady traffic with a quiet night."""
    lines = ["timestamp,requests"]
    for number in range(int(days * 288)):
        when = START + timedelta(minutes=5 * number)
        night = when.hour < 6
        lines.append(f"{when.isoformat()},{300 * rate / (4 if night else 1):g}")
    text = "\n".join(lines) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, "utf-8")
    return path


def row(policy: str = "lower", trace: str = "shoes", *, j10: float = 1.5) -> Row:
    """Figures of one mode that nobody computed."""
    return Row(trace, policy, False, 12.345678, 1.25, 0.5, 3.75, 2.5, j10, 2.0)


def outcome(policy: str = "lower", trace: str = "shoes", *, j10: float = 1.5) -> Outcome:
    """The same with a floor."""
    subject = Subject(trace, demand(1, 1.0))
    return Outcome(subject, row(policy, trace, j10=j10), Timeline((1,) * 288, ()))


@pytest.mark.parametrize(
    ("initial", "floor"),
    [
        pytest.param("peak", 5, id="the highest rate"),
        pytest.param("over10", 50, id="ten times that"),
        pytest.param("p50", 2, id="the median rate"),
        pytest.param("7", 7, id="a number"),
        pytest.param("now", 9, id="the floor in force"),
    ],
)
def test_the_floor_at_the_start(initial: str, floor: int) -> None:
    """A word or a number says with which floor the trial begins."""
    past = demand(2, 2.0, 2.0, 5.0)
    assert backtest_runs.floor_at_start(Subject("shoes", past, 9), initial) == floor


def test_now_of_a_trace_is_its_peak() -> None:
    """A trace has no floor in force; the peak is what a careful person would set."""
    assert backtest_runs.floor_at_start(Subject("shoes", demand(2, 2.0, 5.0)), "now") == 5


@pytest.mark.parametrize("initial", ["high", "0", "-3", "2.5", "²", "", "NOW"])
def test_a_start_that_is_none(initial: str) -> None:
    """It is named with what is allowed."""
    with pytest.raises(Usage, match="peak, p50, over10, now or a floor") as refused:
        backtest_runs.floor_at_start(Subject("shoes", demand(2, 1.0)), initial)
    assert f"--initial {initial} " in str(refused.value)


def test_too_short_to_say_anything() -> None:
    """A demand under two days is refused with its length and what is needed."""
    short = Subject("shoes", Demand(0, (300.0,) * 432))
    with pytest.raises(Usage, match=r"shoes has 1\.5 days of history; 2 are needed"):
        backtest_runs.try_all(short, Rules(), lambda _: None)


def test_the_rules_have_the_backtests_words() -> None:
    """Settled time is what counts, unless somebody asks for all of it."""
    assert Rules().window == "steady"
    assert Rules(steady=False).window == "all"


def test_every_mode_is_tried() -> None:
    """Our modes, what they are compared with, and the bounds; floor 1 costs exactly 1."""
    heard: list[str] = []
    tried = backtest_runs.try_all(Subject("shoes", demand(3, 2.0, 1.0)), Rules(), heard.append)
    modes = {one.row.policy: one for one in tried}
    assert {"constant 1", "floor as it is", "lower", "follow balanced"} <= set(modes)
    assert modes["constant 1"].row.bill == 1.0
    assert len([mode for mode in modes if mode.startswith("clairvoyant")]) == 4
    assert all(len(one.timeline.floors) == 3 * 288 for one in tried)
    assert heard[0] == "shoes"
    assert "shoes: day 2 of 3" in heard


def test_the_means_are_plain() -> None:
    """One row for each mode, the mean of its subjects."""
    outcomes = [outcome("lower", "a", j10=1.0), outcome("lower", "b", j10=2.0), outcome("x", "a")]
    means = {one.policy: one for one in backtest_runs.means(outcomes, Rules())}
    assert means["lower"].j10 == 1.5
    assert set(means) == {"lower", "x"}


def test_traces_of_a_folder(tmp_path: Path) -> None:
    """All traces below it by name, plain or compressed; nothing else, and no folder."""
    wanted = [tmp_path / name for name in ("a.csv", "sub/b.csv.gz")]
    for path in (*wanted, tmp_path / "readme.txt"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("", "utf-8")
    (tmp_path / "folder.csv").mkdir()
    assert backtest_runs.traces_in(tmp_path) == wanted
    assert backtest_runs.traces_in(wanted[0]) == [wanted[0]]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("empty", "holds no trace"),
        ("nowhere.csv", "neither a trace file"),
        ("x" * 5000, "cannot be read|neither a trace file"),  # as Python has it
    ],
)
def test_no_trace_there(tmp_path: Path, name: str, said: str) -> None:
    """A folder without traces and a path that is none are told apart."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(Usage, match=said):
        backtest_runs.traces_in(tmp_path / name)


BROKEN = {
    "no gzip": ("x.csv.gz", b"timestamp,requests\n", "cannot be read as a trace"),
    "half a gzip": ("x.csv.gz", gzip.compress(b"timestamp,requests\n")[:-9], "cannot be read"),
    "no text": ("x.csv", b"timestamp,requests\n\xff\xfe", "cannot be read as a trace"),
    "another head": ("x.csv", b"when,what\n", "must name the columns"),
    "no time": ("x.csv", b"timestamp,requests\nsoon,3\n", "line 2"),
    "a negative": ("x.csv", b"timestamp,requests\n2026-01-05,-3\n", "is not a number of requests"),
    "nothing": ("x.csv", b"timestamp,requests\n", "0.0 days of history"),
}


@pytest.mark.parametrize(("name", "content", "said"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_trace(
    ask: Ask, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """Each is told with the file's name and what is wrong; never as a mistake of ours."""
    (tmp_path / name).write_bytes(content)
    answer = ask("backtest", str(tmp_path / name))
    assert answer.code == Exit.USAGE
    assert said in answer.err
    assert "x" in answer.err
    assert answer.out == ""


def test_a_trial_of_a_trace(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON, CSV and the page of one trial tell the same figures; no account is asked."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    path, page = a_trace(tmp_path / "shop.csv"), tmp_path / "trial [1].html"
    answer = ask("backtest", str(path), "-o", "json", "--picture", str(page), "--from-launch")
    assert answer.code == Exit.FINE, answer.err
    validated("backtest", answer.document)
    assert answer.document["rules"] == {
        "initial": "peak",
        "lagMinutes": 10,
        "headroom": 0.0,
        "steady": False,
        "maxUpdatesPerDay": 5,
        "sampledWeeks": None,
    }
    assert {one["subject"] for one in answer.document["outcomes"]} == {"shop"}
    assert f"Written: {page}" in answer.err
    written = page.read_text("utf-8")
    assert "Backtest: shop" in written
    for one in answer.document["modes"]:
        assert one["mode"] in written


def test_a_page_that_cannot_be_written(ask: Ask, tmp_path: Path) -> None:
    """The figures are shown all the same, and the place is named."""
    path = a_trace(tmp_path / "shop.csv", 2.5)
    answer = ask("backtest", str(path), "--picture", str(tmp_path / "no" / "x.html"), "-o", "csv")
    assert answer.code == Exit.USAGE
    assert "give another --picture" in answer.err
    assert "lower" in answer.out


def test_a_trace_without_any_request(ask: Ask, tmp_path: Path) -> None:
    """Nothing to expose is nothing exposed: every figure is a number, also in JSON."""
    path = a_trace(tmp_path / "silent.csv.gz", 2.5, rate=0.0)
    document = ask("backtest", str(path), "-o", "json").document
    validated("backtest", document)
    assert {one["exposedShare"] for one in document["modes"]} == {0.0}


def test_two_files_of_one_name_are_two_subjects(tmp_path: Path) -> None:
    """Traces of different folders may have one name; then their paths tell them apart."""
    a, b = a_trace(tmp_path / "a" / "x.csv", 2), a_trace(tmp_path / "b" / "x.csv", 2)
    other = a_trace(tmp_path / "c" / "y.csv.gz", 2)
    names = subjects.names([a, b, other])
    assert names == {a: str(a), b: str(b), other: "y"}


def test_two_resources_of_one_name_are_two_subjects() -> None:
    """The same name in two regions, or of a campaign and a recommender, is told with both."""
    found = subjects.live(
        [
            seen(resource("x"), demand(3, 1.0)),
            seen(resource("x", region="eu-west-1"), demand(3, 1.0)),
            seen(resource("x", Kind.RECOMMENDER), demand(3, 1.0)),
            seen(resource("y", floor=4), demand(3, 1.0)),
        ],
        [],
    )
    assert [one.name for one in found] == [
        "campaign x in us-east-1",
        "campaign x in eu-west-1",
        "recommender x in us-east-1",
        "y",
    ]
    assert found[-1].floor == 4


def test_what_is_too_young_is_left_out() -> None:
    """Among several only those with two days count; with none it is refused."""
    old, young = seen(resource("old"), demand(2, 1.0)), seen(resource("young"), demand(1, 1.0))
    assert [one.name for one in subjects.live([old, young], [])] == ["old"]
    with pytest.raises(Usage, match="two days of history yet"):
        subjects.live([young], [])
    with pytest.raises(Usage, match="does not serve"):
        subjects.live([old], [resource("gone").arn])


def test_live_resources_begin_at_their_floor(inside: Inside) -> None:
    """Without a source every live resource is tried, from its floor of now."""
    inside.campaign("shoes", floor=10, age=timedelta(days=3))
    inside.campaign("new", floor=2, age=timedelta(hours=5))
    answer = inside("backtest", "-o", "json")
    assert answer.code == Exit.FINE, answer.err
    assert answer.document["rules"]["initial"] == "now"
    assert {one["subject"] for one in answer.document["outcomes"]} == {"shoes"}


def test_an_arn_says_its_region(inside: Inside) -> None:
    """A resource elsewhere is found without --region; one that is not there is named."""
    arn = inside.campaign("bags", floor=3, region="eu-west-1", age=timedelta(days=3))
    answer = inside("backtest", arn, "--initial", "5", "-o", "json")
    assert answer.code == Exit.FINE, answer.err
    assert answer.document["rules"]["initial"] == "5"
    other = inside("backtest", arn.replace("bags", "nobody"))
    assert other.code == Exit.USAGE
    assert "nobody does not serve" in other.err


def test_one_region_of_live_resources_fails(inside: Inside) -> None:
    """The others are tried, and the code says that it was not all; what was named is refused."""
    age = timedelta(days=3)
    shoes = inside.campaign("shoes", floor=3, age=age)
    bags = inside.campaign("bags", floor=3, region="eu-west-1", age=age)
    inside.local.fail(service="personalize", region="eu-west-1", code="AccessDeniedException")
    answer = inside("backtest", "--region", "us-east-1,eu-west-1", "-o", "json")
    assert answer.code == Exit.PARTLY
    assert {one["subject"] for one in answer.document["outcomes"]} == {"shoes"}
    assert "eu-west-1" in answer.err
    named = inside("backtest", shoes, bags)
    assert named.code == Exit.REFUSED
    assert f"{bags} could not be looked at: eu-west-1 gave no answer." in named.err


def test_a_resource_that_is_named_twice_is_tried_once(inside: Inside) -> None:
    """Nothing is counted double in the means."""
    arn = inside.campaign("shoes", floor=3, age=timedelta(days=3))
    document = inside("backtest", arn, arn, "-o", "json").document
    assert len(document["outcomes"]) == len(document["modes"])


@pytest.mark.parametrize("option", [("--lag", "61"), ("--lag", "-1"), ("--headroom", "1.5")])
def test_rules_out_of_range(ask: Ask, option: Sequence[str]) -> None:
    """What the service cannot do is no rule to try."""
    answer = ask("backtest", "x.csv", *option)
    assert answer.code == Exit.USAGE
    assert option[0] in answer.err


def test_one_subject_has_one_table() -> None:
    """Its rows are its figures; the heading says what was tried and by which rules."""
    result = backtest.result([outcome("lower"), outcome("clairvoyant saver")], Rules(initial="9"))
    assert result.heading == (
        "Backtest of shoes: the settled time, start at 9, lag 10 min, headroom 0"
    )
    assert len(result.tables) == 1
    validated("backtest", result.document)


def test_several_subjects_have_means_and_each() -> None:
    """The means come first for people; the file has one row for each subject and mode."""
    outcomes = [outcome(mode, name) for name in ("a", "b") for mode in ("lower", "constant 1")]
    result = backtest.result(outcomes, Rules(steady=False))
    assert "2 subjects (means): all time from launch" in result.heading
    assert result.tables[1].title == "Each by itself"
    rows = list(csv.DictReader(io.StringIO(as_csv(result.tables[result.main]))))
    assert [(one["subject"], one["mode"]) for one in rows] == [
        (one.row.trace, one.row.policy) for one in outcomes
    ]
    assert "| Mode |" in as_markdown(result)


@pytest.mark.parametrize("width", [80, 120])
def test_the_figures_agree_and_fit(width: int) -> None:
    """Screen, file and document have the same bill and exposure, rounded as they show them."""
    result = backtest.result([outcome()], Rules())
    (mode,) = result.document["modes"]
    (line,) = csv.DictReader(io.StringIO(as_csv(result.tables[0])))
    assert (float(line["bill"]), float(line["bill_usd"])) == (mode["billRatio"], mode["billUsd"])
    assert mode["billUsd"] == 12.345678
    shown = on_screen(result, width)
    cells = next(text for text in shown if text.startswith("lower")).split()
    assert {"1.250", "0.500", "2.5", "1.500", "2.000"} <= set(cells)
    table = shown[2 : shown.index("", 3)]
    assert max(len(text) for text in table) <= width


def test_the_best_mode_is_one_that_can_be_chosen() -> None:
    """A bound that knows the future is cheaper, but it is not marked as the best."""
    rows = [row("lower", j10=1.5), row("follow saver", j10=1.2), row("clairvoyant saver", j10=1.0)]
    column = next(one for one in backtest.table(rows, subject=False).columns if one.key == "j10")
    assert column.style is not None
    styles = {one.policy: column.style(one) for one in rows[:2]}
    assert styles == {"lower": "", "follow saver": "bold green"}
