"""Which permissions are missing: each is tried by its own call, and told with its cure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from tests.cli.cast import the_look
from tests.cli.conftest import Inside
from tests.support import ACCOUNT, HOME

from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor_desk.cli import session
from personalize_monitor_desk.cli.doctor import permissions
from personalize_monitor_desk.cli.doctor.finding import Mark
from personalize_monitor_desk.cli.doctor.permissions import Need, tried
from personalize_monitor_desk.cli.session import Where

AGE = timedelta(days=4)


def refusal(code: str) -> ClientError:
    """What AWS answers."""
    return ClientError({"Error": {"Code": code, "Message": "No."}}, "Any")


def failing(error: Exception) -> Callable[[], object]:
    """A try that ends so."""

    def attempt() -> object:
        raise error

    return attempt


@pytest.mark.parametrize(
    ("code", "vital", "mark"),
    [
        ("AccessDeniedException", True, Mark.WRONG),
        ("AccessDeniedException", False, Mark.NOTE),
        ("AccessDenied", True, Mark.WRONG),
        ("ThrottlingException", False, Mark.WRONG),
        ("InternalFailure", True, Mark.WRONG),
    ],
)
def test_a_permission_that_is_missing(code: str, vital: bool, mark: Mark) -> None:
    """Without a vital one the verbs stop; another costs a part only. What else fails is told so."""
    (found,) = tried([Need("x:Do", "status", failing(refusal(code)), vital=vital)], HOME)
    assert found.mark is mark
    assert found.subject == f"x:Do in {HOME}"
    denied = code.startswith("AccessDenied")
    assert ("Allow x:Do" in found.cure) == denied
    assert ("is not about permissions" in found.cure) == (not denied)


def test_what_does_not_exist_may_be_asked() -> None:
    """An answer that something is not there shows that asking is allowed."""
    needs = [
        Need("x:A", "", lambda: None),
        Need("x:B", "", failing(refusal("ResourceNotFoundException"))),
    ]
    (found,) = tried(needs, HOME)
    assert (found.mark, found.said) == (Mark.OK, "2 calls are allowed.")


def test_nothing_allowed_is_not_praised() -> None:
    """Where every call is denied there is no line that says how many are allowed."""
    found = tried([Need("x:A", "", failing(refusal("AccessDenied")))], HOME)
    assert [one.mark for one in found] == [Mark.WRONG]
    assert tried([], HOME) == []


def test_only_what_is_there_is_tried(inside: Inside) -> None:
    """Describing is tried on a campaign that there is; a journal and a topic only at home."""
    place = Where(inside.local.access, (HOME,), inside.local.now, past=False)

    def actions(home: StackInfo | None) -> set[str]:
        seen = session.see(place, depth="day", prices=None)
        return {need.action for need in permissions.needs(place, HOME, seen, home)}

    bare = actions(None)
    assert "personalize:DescribeCampaign" not in bare
    assert "logs:FilterLogEvents" not in bare
    inside.recommender("bags", age=AGE)
    assert actions(None) - bare == {"personalize:ListTagsForResource"}
    inside.campaign("shoes", age=AGE)
    assert "personalize:DescribeSolution" in actions(None)
    outputs = {
        "JournalLogGroup": "/j",
        "NotificationTopicArn": f"arn:aws:sns:{HOME}:{ACCOUNT}:topic",
    }
    home = StackInfo("monitor", HOME, {}, outputs)
    assert {"logs:FilterLogEvents", "sns:ListSubscriptionsByTopic"} <= actions(home)


def test_a_campaign_whose_solution_is_not_known(inside: Inside) -> None:
    """Nothing is tried on what nobody knows: describing its solution is left out."""
    place = Where(inside.local.access, (HOME,), inside.local.now, past=False)
    seen = the_look()
    assert all(one.resource.solution_version_arn is None for one in seen.seen)
    actions = {need.action for need in permissions.needs(place, HOME, seen, None)}
    assert "personalize:DescribeCampaign" in actions
    assert "personalize:DescribeSolution" not in actions
