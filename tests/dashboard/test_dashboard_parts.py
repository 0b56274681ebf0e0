"""Parts of the dashboards: whose they are, how much fits, and names shown as they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.aws.script import Script, Scripted, refused
from tests.support import ACCOUNT, BEGIN, HOME, a_resource

from personalize_monitor.context.target import Deployment
from personalize_monitor.contract import DASHBOARD_NAME
from personalize_monitor.dashboard.body import Look, bodies, owner_in
from personalize_monitor.dashboard.build import build, remove
from personalize_monitor.dashboard.groups import by_kind, grouped
from personalize_monitor.dashboard.links import dataset_group_address, escaped, link
from personalize_monitor.dashboard.palette import SIZE, colour, tint
from personalize_monitor.dashboard.standing import Standing, standing
from personalize_monitor.dashboard.tiles import COLUMNS, Load, Tile, load_of, place
from personalize_monitor.model.resource import Kind
from personalize_monitor.settings import load

HERE = Deployment(HOME, ACCOUNT, "aws", "monitor", "", "")
SETTINGS = load({})


class Boards:
    """Dashboards in CloudWatch by name: their bodies, all changed at the same time."""

    def __init__(self, **bodies_: str) -> None:
        self.bodies = {f"{DASHBOARD_NAME}{name}": body for name, body in bodies_.items()}
        self.cloudwatch = Script(
            list_dashboards=self._list,
            get_dashboard=lambda **asked: {"DashboardBody": self.bodies[asked["DashboardName"]]},
            put_dashboard=self._put,
            delete_dashboards=self._delete,
        )
        self.access = Scripted({"cloudwatch": self.cloudwatch})

    def _list(self, **_: Any) -> dict[str, Any]:
        entries = [{"DashboardName": name, "LastModified": BEGIN} for name in self.bodies]
        return {"DashboardEntries": entries}

    def _put(self, **asked: Any) -> dict[str, Any]:
        self.bodies[asked["DashboardName"]] = asked["DashboardBody"]
        return {}

    def _delete(self, **asked: Any) -> dict[str, Any]:
        for name in asked["DashboardNames"]:
            del self.bodies[name]
        return {}


def owned(by: str) -> str:
    """The body of a dashboard that an owner made."""
    look = Look(home_region=HOME, account=ACCOUNT, partition="aws", owner=by)
    return bodies([], look)[DASHBOARD_NAME]


@pytest.mark.parametrize("body", ["", "no JSON", "{}", '{"widgets": []}', "[]", "null", "7"])
def test_a_body_that_names_no_owner_has_none(body: str) -> None:
    """Whatever a person put there is read without an error."""
    assert owner_in(body) is None


@pytest.mark.parametrize(
    "widgets",
    [
        '[{"type": "text"}]',
        '[{"type": "text", "properties": {"markdown": 7}}]',
        '[{"type": "metric", "properties": {"markdown": "owner `x`"}}]',
        '["text"]',
        '[{"type": "text", "properties": {"markdown": "owner ``"}}]',
    ],
)
def test_a_widget_that_is_no_mark_is_none(widgets: str) -> None:
    """Only the last text counts, and only in our words."""
    assert owner_in(f'{{"widgets": {widgets}}}') is None


@given(st.from_regex(r"\A[a-zA-Z][a-zA-Z0-9-]{0,30}/[0-9]{12}/[a-z0-9-]{5,12}\Z"))
def test_an_owner_is_read_back(owner: str) -> None:
    """Whatever the stack is called."""
    assert owner_in(owned(owner)) == owner


@pytest.mark.parametrize(
    ("number", "owner", "hours", "replace", "remove_"),
    [
        ("", None, 0, True, False),
        ("-2", None, 0, False, False),
        ("", HERE.owner, 0, True, True),
        ("-2", HERE.owner, 0, True, True),
        ("", "other/1/x", 0, False, False),
        ("", "other/1/x", 24, False, False),
        ("", "other/1/x", 25, True, False),
        ("-2", "other/1/x", 25, True, False),
    ],
)
def test_whose_a_dashboard_is(
    number: str, owner: str | None, hours: int, replace: bool, remove_: bool
) -> None:
    """Ours; the existing application's and what another abandoned, but never to delete (A9)."""
    one = Standing(f"{DASHBOARD_NAME}{number}", owner, BEGIN)
    now = BEGIN + timedelta(hours=hours)
    assert one.may_replace(HERE.owner, now) is replace
    assert one.may_remove(HERE.owner) is remove_
    assert one.may_replace(HERE.owner, None) is (replace and hours == 0)


def test_dashboards_stand_in_the_order_of_their_numbers() -> None:
    """Ten comes after nine, and what was deleted since it was listed is not there."""
    boards = Boards(**{"": owned("a"), "-10": owned("a"), "-9": owned("a"), "-mine": "{}"})
    found = [one.name.removeprefix(DASHBOARD_NAME) for one in standing(boards.access, HOME)]
    assert found == ["", "-9", "-10"]
    boards.cloudwatch.answers["get_dashboard"] = refused("ResourceNotFound")
    assert standing(boards.access, HOME) == []
    boards.cloudwatch.answers["get_dashboard"] = refused("InternalServiceFault")
    with pytest.raises(Exception, match="InternalServiceFault"):
        standing(boards.access, HOME)


def test_building_and_removing_leaves_what_was_there_before() -> None:
    """A person's copies and another deployment's continuations stay."""
    boards = Boards(**{"-2": "{}", "-3": owned("other/1/x"), "-4": owned(HERE.owner)})
    made = build(boards.access, HERE, [a_resource()], SETTINGS, now=BEGIN)
    assert (made.written, made.removed, made.problems) == (
        (DASHBOARD_NAME,),
        (f"{DASHBOARD_NAME}-4",),
        (),
    )
    gone = remove(boards.access, HERE)
    assert (gone.removed, gone.names) == ((DASHBOARD_NAME,), ())
    assert sorted(boards.bodies) == [f"{DASHBOARD_NAME}-2", f"{DASHBOARD_NAME}-3"]


def test_a_dashboard_that_cannot_be_written_or_deleted_is_said() -> None:
    """Each failure is a sentence; what is there is told as it is."""
    boards = Boards(**{"": owned(HERE.owner), "-2": owned(HERE.owner)})
    boards.cloudwatch.answers["put_dashboard"] = refused("InternalServiceFault")
    boards.cloudwatch.answers["delete_dashboards"] = refused("AccessDenied")
    made = build(boards.access, HERE, [], SETTINGS, now=BEGIN)
    assert made.written == made.removed == ()
    assert made.names == (DASHBOARD_NAME, f"{DASHBOARD_NAME}-2")
    assert [problem.split(" failed")[0] for problem in made.problems] == [
        f"Writing the dashboard {DASHBOARD_NAME}",
        f"Deleting the dashboard {DASHBOARD_NAME}-2",
    ]


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 200), st.integers(0, 9_000)), max_size=12)
)
def test_loads_add_up_and_fit_only_as_a_whole(parts: list[tuple[int, int, int]]) -> None:
    """Widgets, metrics and bytes: one too many of any does not fit."""
    total = Load()
    for part in parts:
        total += Load(*part)
    sums = [sum(part[at] for part in parts) for at in range(3)]
    assert [total.widgets, total.metrics, total.size] == sums
    assert total.within(total)
    for one in (Load(widgets=1), Load(metrics=1), Load(size=1)):
        assert not (total + one).within(total)


@given(st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=4), min_size=1, max_size=6))
def test_tiles_are_laid_out_without_a_gap_or_an_overlap(rows: list[list[int]]) -> None:
    """From left to right and top to bottom on 24 columns."""
    tiles = [tuple(Tile("text", COLUMNS // len(row), height, {}) for height in row) for row in rows]
    widgets: list[Any] = list(place(tiles))
    taken: set[tuple[int, int]] = set()
    for one in widgets:
        cells = {
            (x, y)
            for x in range(one["x"], one["x"] + one["width"])
            for y in range(one["y"], one["y"] + one["height"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < COLUMNS
        taken |= cells
    assert load_of(tiles).widgets == len(widgets)
    assert max(y for _, y in taken) + 1 == sum(max(row) for row in rows)


@given(st.text(max_size=60))
def test_any_text_stays_on_its_line_and_breaks_no_link(text: str) -> None:
    """Names of people's resources and words of AWS's errors are shown, not rendered."""
    shown = escaped(text)
    assert "\n" not in shown
    assert link(text, "https://x").count("](https://x)") == 1
    bare = shown.replace("\\\\", "")
    for special in "`*_{}[]<>#|~":
        assert bare.count(special) == bare.count(f"\\{special}")


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws", "eu-west-1.console.aws.amazon.com"),
        ("aws-cn", "eu-west-1.console.amazonaws.cn"),
        ("aws-us-gov", "eu-west-1.console.amazonaws-us-gov.com"),
        ("aws-iso", "eu-west-1.console.aws.amazon.com"),
    ],
)
def test_a_dataset_groups_page_is_in_its_own_console(partition: str, host: str) -> None:
    """The ARN in the address has no slash that could end it."""
    arn = f"arn:{partition}:personalize:eu-west-1:{ACCOUNT}:dataset-group/shop"
    address = dataset_group_address(arn)
    assert address.startswith(f"https://{host}/personalize/home?region=eu-west-1#arn:")
    assert address.endswith("dataset-group$shop/setup")


def test_colours_are_told_apart_and_tints_are_lighter() -> None:
    """One for each line of a graph; beyond them they begin again."""
    colours = [colour(n) for n in range(SIZE)]
    assert len(set(colours)) == SIZE
    assert colour(SIZE) == colours[0]
    for one in colours:
        pale = tint(one)
        assert len(pale) == 7
        assert all(int(pale[at : at + 2], 16) >= int(one[at : at + 2], 16) for at in (1, 3, 5))
        assert pale not in colours


@settings(max_examples=15)
@given(st.integers(1, 90))
def test_a_large_group_is_shared_out_evenly(count: int) -> None:
    """Each line once, in parts that differ by one at most, with ranges that say so."""
    fleet = [a_resource(f"c-{n:02}", dataset_group_arn="arn:x/g") for n in range(count)]
    (group,) = grouped(fleet, home_account=ACCOUNT)
    parts = group.parts()
    assert [line.resource.name for _, lines in parts for line in lines] == [r.name for r in fleet]
    sizes = [len(lines) for _, lines in parts]
    assert len(sizes) == -(-count // SIZE)
    assert max(sizes) - min(sizes) <= 1
    ranges = [text for text, _ in parts]
    assert ranges[0] == ("" if count <= SIZE else f"(1-{sizes[0]} of {count})")
    assert ranges[-1].endswith("" if count <= SIZE else f"-{count} of {count})")


def test_a_resource_is_counted_and_drawn_once() -> None:
    """Two lists that overlap give one line; words for the numbers."""
    twice = [a_resource("a"), a_resource("a"), a_resource("r", kind=Kind.RECOMMENDER)]
    (group,) = grouped(twice, home_account=ACCOUNT)
    assert by_kind(group.resources) == "1 campaign, 1 recommender"
    assert by_kind([a_resource("a"), a_resource("b")]) == "2 campaigns"
    assert by_kind([]) == "no resources"
    assert "dataset group not known yet" in group.heading(ACCOUNT, continued=False)
