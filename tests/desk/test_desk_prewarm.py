"""Pre-warms as people set, list and cancel them: nothing half made, nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.aws.script import Script, refused
from tests.datapoints import MARIA, Desk
from tests.desk.test_prewarm_schedules import once, orders
from tests.support import ACCOUNT, BEGIN, HOME, a_resource

from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.clock import RealTime
from personalize_monitor.contract import UPDATE_FLOOR_EVENT
from personalize_monitor.errors import InvalidRequest, JournalUnavailable, Unavailable
from personalize_monitor.execute.prewarm_step import step
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor_desk.prewarm.prewarm import Prewarm
from personalize_monitor_desk.prewarm.prewarms import LEAD, Prewarms

NOW = BEGIN
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SHOES = a_resource()
OUTPUTS = {
    "PrewarmScheduleGroup": "monitor-prewarms",
    "PrewarmRoleArn": "arn:role",
    "DeadLettersArn": "arn:dead",
}


class Sale(Desk):
    """A deployment whose group of schedules is kept in a dictionary."""

    def __init__(self, folder: Path, *resources: Resource, roles: str = "") -> None:
        super().__init__(folder, *resources, now=NOW)
        self.schedules: dict[str, dict[str, Any]] = {}
        self.scheduler = Script(
            create_schedule=self._create,
            delete_schedule=self._delete,
            list_schedules=lambda **_: {"Schedules": [{"Name": n} for n in self.schedules]},
            get_schedule=lambda **asked: self.schedules[asked["Name"]],
        )
        self.bus = Script(put_events=lambda **asked: {"Entries": [{} for _ in asked["Entries"]]})
        services: Mapping[str, Script] = {"scheduler": self.scheduler, "events": self.bus}
        self.access.services = {**self.access.services, **services}
        stack = StackInfo("monitor", HOME, {"MonitoredRoleARNs": roles}, OUTPUTS)
        self.prewarms = Prewarms(self.access, stack)

    def _create(self, **request: Any) -> dict[str, Any]:
        if request["Name"] in self.schedules:
            raise refused("ConflictException")
        self.schedules[request["Name"]] = request
        return {}

    def _delete(self, **request: Any) -> dict[str, Any]:
        del self.schedules[request["Name"]]
        return {}

    def once(self, hours: float = 24, arn: Arn = SHOES.arn, floor: int = 60) -> Prewarm:
        """One event in so many hours, of four hours."""
        begin = NOW + hours * HOUR
        return self.prewarms.once(arn, floor, begin=begin, until=begin + 4 * HOUR, now=NOW)


@pytest.fixture
def sale(tmp_path: Path) -> Sale:
    """A campaign with a floor of 10."""
    return Sale(tmp_path, SHOES)


def test_what_is_set_is_listed_and_cancelled(sale: Sale) -> None:
    """The next one first; a cancelled one leaves no schedule."""
    later, sooner = sale.once(48), sale.once(24)
    assert sale.prewarms.all() == [sooner, later]
    assert sooner.by == MARIA
    assert sale.prewarms.cancel(sooner.id, now=NOW) == sooner
    assert sale.prewarms.all() == [later]
    assert sale.bus.calls == []  # it had not begun, so there is nothing to end


def test_recurring_ones_come_last(sale: Sale) -> None:
    """They have no next time that is told; the zone and days are as they were given."""
    weekly_one = sale.prewarms.recurring(
        SHOES.arn, 30, cron="0 8 ? * MON-FRI *", zone="Europe/Berlin", lasting=2 * HOUR
    )
    first = sale.once()
    assert sale.prewarms.all() == [first, weekly_one]
    assert (weekly_one.cron, weekly_one.minutes) == ("cron(0 8 ? * MON,TUE,WED,THU,FRI *)", 120)
    assert weekly_one.lead_minutes == LEAD.total_seconds() // 60


def test_the_same_pre_warm_twice_is_one(sale: Sale) -> None:
    """Whoever sets it again is told, and the first one is whole."""
    one = sale.once()
    before = dict(sale.schedules)
    sale.sts.answers["get_caller_identity"] = {"Arn": "arn:someone-else"}
    with pytest.raises(InvalidRequest, match="The same pre-warm was set before"):
        sale.once()
    assert sale.schedules == before
    assert sale.prewarms.all() == [one]
    assert sale.once(floor=61).id != one.id


@pytest.mark.parametrize("at", range(9))
@pytest.mark.parametrize("code", ["ThrottlingException", "ValidationException"])
def test_half_a_pre_warm_is_none(sale: Sale, at: int, code: str) -> None:
    """Whichever schedule cannot be made: those before it are taken away again."""
    answers: list[Any] = [sale._create] * at + [refused(code)]
    sale.scheduler.answers["create_schedule"] = answers
    with pytest.raises((InvalidRequest, Unavailable)):
        sale.once()
    assert sale.schedules == {}


def test_what_cannot_be_taken_away_again_is_named(sale: Sale) -> None:
    """One that stays costs the others nothing, and the person learns which it is."""
    sale.scheduler.answers["create_schedule"] = [*[sale._create] * 3, refused("Throttling")]
    sale.scheduler.answers["delete_schedule"] = [refused("Throttling"), sale._delete]
    with pytest.raises(Unavailable, match=r"delete the schedules pw-\w+-down-1 by hand\.") as told:
        sale.once()
    assert "Making schedule" in str(told.value)
    assert [name[-4:] for name in sale.schedules] == ["wn-1"]


@pytest.mark.parametrize(("hours", "ended"), [(0.6, False), (0.4, True), (-1, True)])
def test_a_running_one_that_is_cancelled_ends_at_once(
    sale: Sale, hours: float, ended: bool
) -> None:
    """From the lead on the floor may be raised already; the request for its end goes out."""
    one = sale.once()
    assert one.begin is not None
    sale.prewarms.cancel(one.id, now=one.begin - hours * HOUR)
    assert sale.schedules == {}
    assert len(sale.bus.calls) == ended
    if ended:
        (entry,) = sale.bus.asked("put_events")[0]["Entries"]
        assert entry["DetailType"] == UPDATE_FLOOR_EVENT[Kind.CAMPAIGN]
        detail = json.loads(entry["Detail"])
        assert (detail["EndPrewarm"], detail["PrewarmId"]) == (True, one.id)
        assert detail["Reason"] == f"Pre-warm {one.id} was cancelled by {MARIA}."


def test_an_end_that_could_not_be_sent_is_said(sale: Sale) -> None:
    """The schedules are gone, so nothing would lower the floor: the person must."""
    one = sale.once()
    assert one.begin is not None
    sale.bus.answers["put_events"] = refused("InternalException")
    with pytest.raises(Unavailable, match="its end could not be sent") as told:
        sale.prewarms.cancel(one.id, now=one.begin)
    assert f"set the floor of {SHOES.arn} yourself." in str(told.value)


def test_a_cancellation_that_breaks_off_can_be_repeated(sale: Sale) -> None:
    """What fires last goes last, because it alone is asked what the pre-warm was."""
    one = sale.once()
    sale.scheduler.answers["delete_schedule"] = [sale._delete, refused("Throttling"), sale._delete]
    with pytest.raises(Unavailable):
        sale.prewarms.cancel(one.id, now=NOW)
    assert sale.prewarms.all() == [one]
    assert sale.prewarms.cancel(one.id, now=NOW) == one
    assert sale.schedules == {}


@pytest.mark.parametrize("name", ["pw-0", "", "pw", "other"])
def test_no_such_pre_warm(sale: Sale, name: str) -> None:
    """The sentence says where all are listed, and nothing is removed."""
    sale.once()
    before = dict(sale.schedules)
    with pytest.raises(InvalidRequest, match=f"There is no pre-warm {name}; `prewarm list`"):
        sale.prewarms.cancel(name, now=NOW)
    assert sale.schedules == before


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"Prewarm": 7},
        {"Prewarm": {"id": "x"}},
        {"Prewarm": {"begin": "soon"}},
        {"Prewarm": {"begin": 7}},
        [],
    ],
)
def test_schedules_of_others_in_the_group_are_left_alone(sale: Sale, detail: Any) -> None:
    """They are not listed, not cancelled, and cost the list nothing."""
    one = sale.once()
    sale.schedules["my-own-1"] = {"Target": {"Input": json.dumps(detail)}}
    assert sale.prewarms.all() == [one]
    with pytest.raises(InvalidRequest, match="There is no pre-warm my-own"):
        sale.prewarms.cancel("my-own", now=NOW)
    assert "my-own-1" in sale.schedules


FOREIGN = Arn(str(SHOES.arn).replace(ACCOUNT, "9" * 12))


def test_a_member_account_is_taken_on_trust(tmp_path: Path) -> None:
    """Only the deployment's role may look there, so nothing is asked; a stranger's is refused."""
    with pytest.raises(InvalidRequest, match="which this deployment does not watch"):
        Sale(tmp_path).once(arn=FOREIGN)
    sale = Sale(tmp_path, roles="arn:aws:iam::999999999999:role/member")
    assert sale.once(arn=FOREIGN).arn == str(FOREIGN)
    assert sale.personalize.calls == []


@pytest.mark.parametrize(
    ("status", "fine"),
    [
        ("ACTIVE", True),
        ("CREATE IN_PROGRESS", True),
        ("CREATE FAILED", False),
        ("INACTIVE", False),
        ("DELETE PENDING", False),
    ],
)
def test_a_pre_warm_needs_something_that_serves(sale: Sale, status: str, fine: bool) -> None:
    """One that is being made serves by then; a failed or going one never will."""
    sale.show(replace(SHOES, status=status))
    if fine:
        assert sale.once()
        return
    with pytest.raises(InvalidRequest, match=f"is {status}; a pre-warm needs one that serves"):
        sale.once()
    assert sale.schedules == {}


def test_a_resource_that_cannot_be_read_is_not_taken_on_trust(sale: Sale) -> None:
    """Gone is refused, no answer may be tried again; neither leaves a schedule."""
    sale.show()
    with pytest.raises(InvalidRequest, match="does not exist; nothing was set"):
        sale.once()
    sale.personalize.answers["describe_campaign"] = refused("ThrottlingException")
    with pytest.raises(Unavailable, match="Reading"):
        sale.once()
    assert sale.schedules == {}


@pytest.mark.parametrize("lasting", [4 * MINUTE, 21.6 * HOUR, 0 * HOUR])
def test_a_recurring_one_fits_into_its_day(sale: Sale, lasting: timedelta) -> None:
    """Today's end must not meet tomorrow's begin."""
    with pytest.raises(InvalidRequest, match="lasts from 5 minutes to 22 hours less its lead"):
        sale.prewarms.recurring(SHOES.arn, 30, cron="0 8 ? * * *", zone="UTC", lasting=lasting)


@pytest.mark.parametrize(
    ("floor", "hours", "lead", "said"),
    [
        (0, (24, 28), 30, "0 TPS is out of range; allowed are 1 to 500"),
        (501, (24, 28), 30, "501 TPS is out of range"),
        (60, (24, 24), 30, "is not after the begin (2026-03-03 10:02 UTC)"),
        (60, (24, 23), 30, "The end (2026-03-03 09:02 UTC) is not after"),
        (60, (0, 4), 30, "is in the past; it is 2026-03-02 10:02 UTC now"),
        (60, (-1, 4), 30, "To raise the floor at once, update the campaign."),
        (60, (1, 4), 61, "too late for a lead of 61 minutes: the begin is in 60 minutes"),
        (60, (24, 24 + 31 * 24 + 1), 30, "lasts at most 31 days"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(
    sale: Sale, floor: int, hours: tuple[int, int], lead: int, said: str
) -> None:
    """One sentence with the times in UTC and what to do instead; nothing is read or set."""
    with pytest.raises(InvalidRequest) as told:
        sale.prewarms.once(
            SHOES.arn,
            floor,
            begin=NOW + hours[0] * HOUR,
            until=NOW + hours[1] * HOUR,
            now=NOW,
            lead=lead * MINUTE,
        )
    assert said in str(told.value)
    assert (sale.schedules, sale.personalize.calls) == ({}, [])


@pytest.mark.parametrize(("begin", "until", "lead"), [(1, 4, 60), (24, 24 + 31 * 24, 0)])
def test_what_is_just_possible_is_set(sale: Sale, begin: float, until: float, lead: int) -> None:
    """The lead begins now, or the whole month is wanted."""
    made = sale.prewarms.once(
        SHOES.arn,
        500,
        begin=NOW + begin * HOUR,
        until=NOW + until * HOUR,
        now=NOW,
        lead=lead * MINUTE,
    )
    assert sale.prewarms.all() == [made]


@pytest.mark.parametrize("lasting", [5 * MINUTE, 21.5 * HOUR])
def test_the_shortest_and_the_longest_recurring_one(sale: Sale, lasting: timedelta) -> None:
    """Five minutes, and 22 hours less the half hour of its lead."""
    made = sale.prewarms.recurring(SHOES.arn, 30, cron="0 8 ? * * *", zone="UTC", lasting=lasting)
    assert made.minutes == lasting // MINUTE
    assert sale.prewarms.all() == [made]


def test_the_end_that_knows_nothing_of_the_past_waits(tmp_path: Path) -> None:
    """What to return to is in the journal; a begin does without, for it must not be missed."""
    operator = Desk(tmp_path, SHOES, now=NOW)
    operator.diary.breaks()
    (_, up), *_, (_, down) = orders(once())
    assert step(operator.diary.reader, up, SHOES, RealTime(NOW)).floor == 60
    with pytest.raises(JournalUnavailable):
        step(operator.diary.reader, down, replace(SHOES, floor=60), RealTime(NOW))


def test_an_end_without_a_begin_changes_nothing(tmp_path: Path) -> None:
    """Nothing is known of it, so nothing is undone."""
    operator = Desk(tmp_path, SHOES, now=NOW)
    *_, (_, down) = orders(once())
    found = step(operator.diary.reader, down, SHOES, RealTime(NOW))
    assert found.floor is None
    assert found.why == "Pre-warm pw-12345678 raised nothing, or has been ended already."


@pytest.mark.parametrize("made", range(1, 9))
def test_k8_what_was_cut_short_never_raises_without_an_end_and_is_made_whole(
    sale: Sale, made: int
) -> None:
    """Killed between two schedules: the ends are there first, and asking again goes on."""
    real = sale._create

    def create(**request: Any) -> dict[str, Any]:
        if len(sale.schedules) == made:
            raise KeyboardInterrupt  # the process is gone, nothing is tidied
        return real(**request)

    sale.scheduler.answers["create_schedule"] = create
    with pytest.raises(KeyboardInterrupt):
        sale.once()
    ups = [name for name in sale.schedules if "-up-" in name]
    downs = [name for name in sale.schedules if "-down-" in name]
    assert not ups or len(downs) == 4
    sale.scheduler.answers["create_schedule"] = real
    whole = sale.once()
    assert sale.prewarms.all() == [whole]
    assert len([name for name in sale.schedules if "-up-" in name]) > len(ups)


def test_k1_a_beginning_that_comes_after_its_end_raises_nothing(tmp_path: Path) -> None:
    """Delivered hours late: the event is over."""
    operator = Desk(tmp_path, SHOES, now=NOW)
    (_, up), *_ = orders(once())
    late = RealTime(NOW + timedelta(days=40))
    assert "came too late" in step(operator.diary.reader, up, SHOES, late).why
