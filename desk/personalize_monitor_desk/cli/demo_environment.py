"""The demo's stage: a local AWS with a fleet in it, and the real template deployed over it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import boto3

from aws_sandbox import fleet
from aws_sandbox.fleet import Member
from aws_sandbox.sandbox import START, Sandbox
from aws_sandbox.traffic.shapes import Abandoned, Weekly
from personalize_monitor.aws.access import Access, new_session
from personalize_monitor_desk.application import template

EMAIL = "team@example.com"
PARAMETERS = {
    "Regions": "us-east-1,eu-west-1",
    "AutoDeleteIdleCampaigns": "Yes",
    "NotificationEndpoint": EMAIL,
}
"""What the demo switches on beside the defaults."""
_NOT_OURS = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_ABANDONED = "spring-launch"
_LAST_TRAFFIC = timedelta(hours=10)


@dataclass(frozen=True, slots=True)
class DemoEnvironment:
    """A running sandbox with its fleet; ``access`` sees it as an administrator."""

    sandbox: Sandbox
    members: Sequence[Member]
    access: Access

    def live(self, until: datetime) -> None:
        """Let the sandbox live until a moment; the person confirms what AWS mails for it."""
        self.sandbox.run(until=until, on_tick=lambda box: box.confirm(EMAIL))


@contextmanager
def opened(
    *, seed: int, start: datetime = START, quick: bool = True, watched: bool = True
) -> Iterator[DemoEnvironment]:
    """The demo's fleet, watched by the application; everything is gone afterwards.

    ``quick`` leaves out the check of every answer against AWS's own model; without ``watched``
    the application is not deployed.
    """
    with ExitStack() as cleanup:
        cleanup.enter_context(_own_endpoints())
        sandbox = cleanup.enter_context(Sandbox(start, seed=seed))
        sandbox.gate.validate = not quick
        members = fleet.demo(sandbox.world)
        _abandon(sandbox, members, start + _LAST_TRAFFIC)
        if watched:
            sandbox.deploy(template(), PARAMETERS)
            sandbox.confirm(EMAIL)
        yield DemoEnvironment(sandbox, members, _administrator(sandbox))


def _abandon(sandbox: Sandbox, members: Sequence[Member], last: datetime) -> None:
    """One campaign is used at first, and then by nobody: its end is part of the story."""
    for member in members:
        if member.arn.endswith(f"/{_ABANDONED}"):
            sandbox.world.assign(member.arn, Abandoned(Weekly(6.0), last))


def _administrator(sandbox: Sandbox) -> Access:
    core = new_session()._session  # noqa: SLF001  boto3 offers no other way to its core
    core.set_credentials(sandbox.account, "sandbox")
    return Access(boto3.Session(botocore_session=core, region_name=sandbox.home))


@contextmanager
def _own_endpoints() -> Iterator[None]:
    """Endpoints and profiles that the environment sets are not the sandbox's."""
    names = [name for name in os.environ if name.startswith(_NOT_OURS)]
    saved = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(saved)
