"""What a function keeps between invocations: clients, memory, and who it works for.

One runtime for each identity (credentials, endpoint, region, function): in Lambda there is just
one; a program that runs several functions in one process gets one for each.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from personalize_monitor.aws.access import Access
from personalize_monitor.clock import utc_now
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.lists import Lists
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Deployment
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.settings import Settings, load

if TYPE_CHECKING:
    from personalize_monitor.aws.journal import Journal
    from personalize_monitor.execute.announce import Announcer

logging.getLogger("personalize_monitor").setLevel(logging.INFO)
CHAT_TOPIC = "CHAT_TOPIC_ARN"
"""The variable of the environment with the topic of the chat, where there is one."""
_IDENTITY = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_FUNCTION_NAME",
    "STACK_NAME",
)


@dataclass(slots=True)
class Runtime:
    """One identity's clients and memory."""

    access: Access
    deployment: Deployment
    memory: Memory = field(default_factory=Memory)
    lists: Lists = field(init=False)

    def __post_init__(self) -> None:
        self.lists = Lists(self.access, self.deployment.home_region)

    def settings(self, overrides: dict[str, Any] | None = None) -> Settings:
        """The deployment's parameters, with an event's overrides on top."""
        return self.read(os.environ, overrides)

    def read(self, values: Mapping[str, str], overrides: dict[str, Any] | None = None) -> Settings:
        """Parameters as the deployment's, wherever their lists stand. Raises SettingsError."""
        return load(self.lists.filled(values, utc_now()), overrides)

    def announcer(self) -> Announcer:
        """Announces what was done, at home."""
        # Only for the functions that act; the monitor starts sooner without.
        from personalize_monitor.aws.events import Events  # noqa: PLC0415
        from personalize_monitor.execute.announce import Announcer  # noqa: PLC0415

        journal = self.journal() if self.deployment.journal_group else None
        return Announcer(Events(self.access, self.deployment.home_region, once=True), journal)

    def journal(self) -> Journal:
        """The deployment's journal; every stack has one."""
        from personalize_monitor.aws.journal import Journal  # noqa: PLC0415

        group = self.deployment.journal_group
        return Journal(self.access, self.deployment.home_region, group=group)


_runtimes: dict[tuple[str | None, ...], Runtime] = {}


def runtime() -> Runtime:
    """The runtime of the present environment; the first call of a cold start makes it."""
    identity = tuple(os.environ.get(name) for name in _IDENTITY)
    found = _runtimes.get(identity)
    if found is None:
        access = Access()
        found = Runtime(access, Deployment.from_environment(os.environ, access))
        _runtimes[identity] = found
    return found


def forget() -> None:
    """Drop everything kept, as a cold start does."""
    _runtimes.clear()


def object_of(event: Any) -> dict[str, Any]:
    """The event, if it is an object. Raises InvalidRequest for other JSON."""
    if not isinstance(event, dict):
        raise InvalidRequest("The event is not a JSON object; send {} or an event of EventBridge.")
    return event


def budget(context: Any) -> Budget:
    """The time that Lambda leaves; without a context (a plain call) there is always time."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return Budget(None if remaining is None else lambda: float(remaining()) / 1000)


def dead_letters(here: Runtime) -> str:
    """The ARN of the queue for what could not be delivered."""
    home = here.deployment
    name = os.environ.get("DEAD_LETTERS", "")
    return f"arn:{home.partition}:sqs:{home.home_region}:{home.account}:{name}"


def request_id(context: Any) -> str:
    """Lambda's id of this request; the same when Lambda tries an invocation again."""
    return str(getattr(context, "aws_request_id", "") or "")
