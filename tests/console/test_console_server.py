"""The console's answers: what they say of a fleet, and of what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.console.stage import CAMPAIGN, PAGES, Seat, changes, seated

from aws_sandbox.faults import Rule


@pytest.fixture
def seat(still: Seat) -> Iterator[Seat]:
    """One console for all of these: whatever breaks in a test is mended after it."""
    yield still
    if still.world.gate.faults:
        still.world.gate.faults.clear()
        still.look()


@pytest.fixture(scope="module")
def reader(still: Seat, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    """A console over the same world that may only read."""
    folder = tmp_path_factory.mktemp("reader")
    with seated(still.world, folder, allow_actions=False) as found:
        yield found


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (f"{CAMPAIGN}/floor", {"floor": "3"}),
        (f"{CAMPAIGN}/hold", {"hours": "24"}),
        (f"{CAMPAIGN}/exempt", {"how": "yes"}),
        (f"{CAMPAIGN}/delete", {"name": "search-ranking"}),
        (f"{CAMPAIGN}/restore", {}),
        (f"{CAMPAIGN}/prewarm", {"floor": "9"}),
        ("/plan", {"arn": "x"}),
    ],
)
def test_it_only_reads(reader: Seat, path: str, form: dict[str, str]) -> None:
    """Without --allow-actions nothing is changed, whatever is sent, and no page offers it."""
    status, said = reader.post(path, **form)
    page = reader.client.get(CAMPAIGN).text
    assert status == 403
    assert "--allow-actions" in said
    assert "<dialog" not in page
    assert not changes(reader)


def test_every_page_names_every_part(seat: Seat) -> None:
    """Each page answers with its content, and the fleet lists every resource."""
    for path in PAGES:
        assert seat.client.get(path).status_code == 200, path
    page = seat.client.get("/").text
    assert page.count("<tr><th scope=row>") == 15
    assert "pilot-test-2024" in page


def test_search_sort_and_views(seat: Seat) -> None:
    """What is searched, sorted and narrowed is what comes back, in that order."""
    seat.client.get("/")

    def names(query: str) -> list[str]:
        page = seat.client.get(f"/fleet/rows?{query}").text
        return re.findall(r'<th scope=row><a href="[^"]*">([^<]+)', page)

    found = names("q=ranking&sort=name")
    assert found == ["kids-row-ranking", "newsletter-digest", "search-ranking"]
    assert names("q=ranking+v2&sort=name") == ["kids-row-ranking", "search-ranking"]
    assert names("sort=-floor")[0] == "spring-launch"
    assert names("sort=name") == sorted(names("sort=name"))
    assert names("sort=-name") == names("sort=name")[::-1]
    assert names("region=eu-west-1&sort=name") == [
        "because-you-liked",
        "kids-row-ranking",
        "pilot-test-2024",
        "watch-next",
    ]
    assert len(names("view=recommender")) == 3
    assert names("view=idle&sort=name") == ["pilot-test-2024", "spring-launch"]
    assert "Nothing matches" in seat.client.get("/fleet/rows?q=no-such-thing").text


def test_nonsense_is_the_default(seat: Seat) -> None:
    """A view or an order that there is not is no error: an old bookmark still shows the fleet."""
    seat.client.get("/")
    page = seat.client.get("/fleet/rows?sort=;drop&view=none")
    assert page.status_code == 200
    assert page.text.count("<tr><th scope=row>") == 15


def test_nothing_new_is_nothing_sent(seat: Seat) -> None:
    """A page that has the last look gets no content, and gets it once there is a newer one."""
    page = seat.client.get("/").text
    have = re.search(r'name="have" value="(\w+)"', page)
    assert have
    assert seat.client.get(f"/fleet/rows?have={have[1]}").status_code == 204
    assert seat.client.get(f"/fleet/rows?have={have[1]}&q=search").status_code == 200
    seat.look()
    assert seat.client.get(f"/fleet/rows?have={have[1]}").status_code == 200


def test_a_region_that_is_down(seat: Seat) -> None:
    """A region without an answer is told on the page; the others stay as they are."""
    seat.client.get("/")
    seat.world.gate.faults.add(Rule(service="personalize", region="eu-west-1", down=True))
    seat.look()
    page = seat.client.get("/").text
    assert "could not be read" in page
    assert "search-ranking" in page


def test_an_account_that_refuses(seat: Seat) -> None:
    """When nothing can be read the page says so in words and keeps the last look."""
    seat.client.get("/")
    seat.world.gate.faults.add(
        Rule(service="*", code="AccessDeniedException", message="No.", status=400)
    )
    seat.look()
    assert "could not be read" in seat.client.get("/").text


def test_series_tell_unknown_from_zero(seat: Seat) -> None:
    """A chart's silence is zero; what CloudWatch does not answer is unknown, and said to be."""
    seat.client.get("/")
    path = "/r/eu-west-1/campaign/pilot-test-2024/series?range=3h"
    found = seat.client.get(path).json()
    assert found["tps"] == [0.0] * 36
    assert found["floor"] == [2.0] * 36
    seat.world.gate.faults.add(Rule(service="cloudwatch", code="Throttling", status=400))
    found = seat.client.get(path).json()
    assert found["tps"] == [None] * 36
    assert "Reading metrics" in found["why"]


def test_series_agree_with_the_world(seat: Seat) -> None:
    """The charted rate is what was asked for in those five minutes, to the request."""
    seat.client.get("/")
    found = seat.client.get(f"{CAMPAIGN}/series?range=1d").json()
    assert len(found["tps"]) == 288
    arn = "arn:aws:personalize:us-east-1:123456789012:campaign/search-ranking"
    at = datetime.fromtimestamp(found["start"] + 100 * 300, UTC)
    served = seat.world.served_between(arn, at, at + timedelta(minutes=5))
    assert found["tps"][100] == pytest.approx(served / 300, abs=1e-3)


@pytest.mark.parametrize(
    "path",
    [
        "/r/us-east-1/campaign/no-such",
        "/r/nowhere/campaign/x",
        "/r/us-east-1/dataset/x",
        "/r/us-east-1/campaign/no-such/series",
        "/sandbox",
    ],
)
def test_what_is_not_there(seat: Seat, path: str) -> None:
    """What does not exist is 404, in words."""
    seat.client.get("/")
    assert seat.client.get(path).status_code == 404
