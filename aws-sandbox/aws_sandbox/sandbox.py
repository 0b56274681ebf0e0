"""The sandbox as its users see it: a clock, a world, a stack, and what came of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Final, Self

import botocore.endpoint
import botocore.session
from botocore.loaders import create_loader
from moto.moto_api._internal import mock_random
from moto.sqs.models import sqs_backends

from aws_sandbox import clients, cloudwatch, events, gate, wire
from aws_sandbox.clock import Clock
from aws_sandbox.events import topics
from aws_sandbox.events.alarms import AlarmActions
from aws_sandbox.events.bus import EventBus
from aws_sandbox.events.chaos import Chaos
from aws_sandbox.events.cloud import Cloud, EventRecord
from aws_sandbox.events.install import install as install_events
from aws_sandbox.events.mailbox import Mailbox
from aws_sandbox.events.patching import Patches
from aws_sandbox.events.roles import RoleRecord, Roles
from aws_sandbox.events.schedules import Schedules
from aws_sandbox.partition import partition_of
from aws_sandbox.stack import describe_api, invoke_api
from aws_sandbox.stack.custom import Responses
from aws_sandbox.stack.deploy_api import DeployApi
from aws_sandbox.stack.errors import DeployError, StackError
from aws_sandbox.stack.function import Function, Invocation
from aws_sandbox.stack.functions import FunctionService
from aws_sandbox.stack.inventory import Thing, everything
from aws_sandbox.stack.stack import Grant, Stack
from aws_sandbox.stack.virtual_time import no_pause
from aws_sandbox.world import World

START: Final = datetime(2026, 3, 2, tzinfo=UTC)
TICK: Final = timedelta(minutes=5)
_LOADER: Final = create_loader()


class Sandbox:
    """A local AWS, running from construction until `close` (or the end of the `with` block)."""

    def __init__(
        self,
        start: datetime = START,
        *,
        seed: int = 0,
        home: str = "us-east-1",
        account: str = gate.DEFAULT_ACCOUNT,
        world: World | None = None,
    ) -> None:
        self.home, self.account = home, account
        self.world = world or World(Clock(start), seed=seed)
        self.clock: Clock = self.world.clock
        self.gate = self.world.gate
        self.stacks: list[Stack] = []
        self._evaluated = self.clock.now()
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._before: set[Thing] | None = None
        self._cleanup = ExitStack()
        wire.start(self.world)
        self._cleanup.callback(wire.stop)
        # moto draws its own ids: the same seed gives the same sandbox.
        mock_random.seed(seed)
        try:
            self._assemble(seed)
        except BaseException:
            self.close()
            raise

    def _assemble(self, seed: int) -> None:
        patches = Patches()
        self._cleanup.callback(patches.undo)
        # botocore waits between its tries; here nothing gets better by waiting in real time.
        quick = SimpleNamespace(**{**vars(time), "sleep": no_pause})
        patches.replace(botocore.endpoint, "time", quick)
        # A cold start makes sessions anew; AWS's large models need not be read again.
        patches.replace(botocore.session, "create_loader", lambda *_: _LOADER)
        self._responses = Responses()
        self._cleanup.callback(self._responses.close)
        self.cloud = Cloud(self.clock, seed=seed)
        self.cloud.roles = Roles(self.gate)
        self.functions = FunctionService(self.cloud)
        self.cloud.functions = self.functions
        self.bus = EventBus(self.cloud)
        self._schedules = Schedules(self.cloud, self.bus)
        install_events(self.cloud, self.bus, patches)
        invoke_api.install(self.functions, self.gate, patches)
        deploy_api = DeployApi(lambda: self.stacks, self._begin, self._soon)
        self._cleanup.callback(deploy_api.close)
        describe_api.install(lambda: self.stacks, deploy_api, self.clock, self.gate, patches)
        events.use(self.bus)
        self._cleanup.callback(events.use, None)
        self._cleanup.callback(cloudwatch.sources.register(self.cloud.metrics))
        AlarmActions(self.cloud, self.bus).connect(self._cleanup)

    # --- life ----------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop: boto3 talks to the real AWS again. Harmless when closed already."""
        self._cleanup.close()

    @property
    def now(self) -> datetime:
        """The sandbox's time."""
        return self.clock.now()

    # --- what there is ---------------------------------------------------------------------------

    @property
    def mailbox(self) -> Mailbox:
        """What was published to topics, and what reached confirmed e-mail addresses."""
        return self.cloud.mailbox

    @property
    def events_log(self) -> list[EventRecord]:
        """Every event that a bus accepted, with its deliveries."""
        return self.cloud.events_log

    @property
    def chaos(self) -> Chaos:
        """Mishaps to switch on: duplicates, delays, kills, failing entries."""
        return self.cloud.chaos

    @property
    def stack(self) -> Stack:
        """The stack that was deployed last.

        Raises:
            StackError: none was.
        """
        if not self.stacks:
            raise StackError("Nothing is deployed in this sandbox; call deploy first.")
        return self.stacks[-1]

    def client(self, service: str, *, region: str | None = None, account: str | None = None) -> Any:
        """A boto3 client as an administrator of an account (default: home)."""
        # The gate takes twelve digits for an administrator of that account.
        return self._client(service, region, account or self.account)

    def client_as(self, role_arn: str, service: str, *, region: str | None = None) -> Any:
        """A boto3 client with the rights of a role, as a session called `test`."""
        key = self.cloud.roles.access_key(role_arn, "test")
        return self._client(service, region, key)

    def _client(self, service: str, region: str | None, access_key: str) -> Any:
        wanted = service, region or self.home, access_key
        found = self._clients.get(wanted)
        if found is None:
            found = clients.fresh(*wanted)
            self._clients[wanted] = found
        return found

    def create_role(
        self,
        name: str,
        *,
        trust: Mapping[str, Any],
        statements: Iterable[Mapping[str, Any]],
        account: str | None = None,
    ) -> RoleRecord:
        """Make a role outside of any stack, in any account (for schedules, for other accounts)."""
        arn = f"arn:{partition_of(self.home)}:iam::{account or self.account}:role/{name}"
        return self.cloud.roles.put(arn, trust=trust, statements=statements)

    # --- the stack -------------------------------------------------------------------------------

    def deploy(
        self,
        template: Path | str,
        parameters: Mapping[str, Any] | None = None,
        *,
        name: str = "personalize-monitor",
        region: str | None = None,
        account: str | None = None,
        without: Sequence[Grant] = (),
    ) -> Stack:
        """Deploy a template; `without` takes single IAM grants away.

        Raises:
            StackError: ParameterError, TemplateError or DeployError, with the reason.
        """
        stack = self._new_stack(
            name, Path(template), account or self.account, region or self.home, without
        )
        try:
            stack.deploy(parameters or {})
        except DeployError:
            # Its history tells what happened.
            self.stacks.append(stack)
            raise
        self.stacks.append(stack)
        return stack

    def _new_stack(
        self, name: str, template: Path, account: str, region: str, without: Sequence[Grant] = ()
    ) -> Stack:
        if self._before is None:
            self._before = everything(self.functions, self.cloud.roles)
        return Stack(
            cloud=self.cloud,
            functions=self.functions,
            responses=self._responses,
            name=name,
            account=account,
            region=region,
            path=template,
            without=without,
        )

    def _begin(self, name: str, template: Path, account: str, region: str) -> Stack:
        """A stack that somebody asked for and that is yet to be deployed."""
        stack = self._new_stack(name, template, account, region)
        self.stacks.append(stack)
        return stack

    def _soon(self, work: Callable[[], None]) -> None:
        self.cloud.agenda.at(self.clock.now(), work)

    def update(self, parameters: Mapping[str, Any], *, template: Path | str | None = None) -> Stack:
        """Update the stack; parameters that are not given keep their values."""
        return self.stack.update(parameters, path=Path(template) if template else None)

    def delete(self) -> None:
        """Delete the stack; its name stays known for `leftovers` and its history."""
        self.stack.delete()

    def leftovers(self) -> list[Thing]:
        """What exists anywhere that was not there before the first deployment, sorted."""
        return sorted(everything(self.functions, self.cloud.roles) - (self._before or set()))

    def iam_usage(self) -> dict[Grant, int]:
        """How often each grant of the deployed stacks was needed; 0 is an unused permission."""
        usage: dict[Grant, int] = {}
        for stack in self.stacks:
            usage |= stack.grant_usage()
        return usage

    # --- time ------------------------------------------------------------------------------------

    def tick(self, step: timedelta = TICK) -> None:
        """Go forward: schedules, deliveries and retries as they come due, then the alarms."""
        self.catch_up(self.clock.now() + step)
        self.evaluate_alarms()

    def catch_up(self, until: datetime | None = None) -> int:
        """Carry out what is due up to `until` (default: now); answers how much there was."""
        return self.cloud.agenda.run_until(until or self.clock.now(), self._schedules.fill)

    def evaluate_alarms(self) -> None:
        """Measure the queues, evaluate every alarm, deliver what follows."""
        self._evaluated = self.clock.now()
        # Over HTTP requests come in at any moment; none may change what is being read here.
        with self.gate.lock:
            self._measure_queues()
            cloudwatch.evaluate(self.clock.now())
        self.catch_up()

    def keep_up(self) -> None:
        """For a clock that runs by itself: do what has come due; alarms every five minutes."""
        self.catch_up()
        if self.clock.now() - self._evaluated >= TICK:
            self.evaluate_alarms()

    def run(
        self,
        days: float | None = None,
        *,
        until: datetime | None = None,
        on_tick: Callable[[Sandbox], object] | None = None,
    ) -> None:
        """Tick for so many days, or until a time; `on_tick` is called after each tick.

        Raises:
            ValueError: neither or both of `days` and `until` are given.
        """
        if (days is None) == (until is None):
            raise ValueError("run() needs either days or until.")
        end = until or self.clock.now() + timedelta(days=days or 0)
        while self.clock.now() < end:
            self.tick(min(TICK, end - self.clock.now()))
            if on_tick is not None:
                on_tick(self)

    def _measure_queues(self) -> None:
        now = self.clock.now()
        for account, region, backend in sqs_backends.iter_backends():
            for name, queue in backend.queues.items():
                self.cloud.metrics.level(
                    (account, region),
                    "AWS/SQS",
                    "ApproximateNumberOfMessagesVisible",
                    dimension=("QueueName", name),
                    now=now,
                    value=float(queue.approximate_number_of_messages),
                )

    # --- functions -------------------------------------------------------------------------------

    def function(self, name: str) -> Function:
        """A function by logical id, name or ARN.

        Raises:
            LookupError: there is none.
        """
        return self.functions.find(name)

    def invoke(self, name: str, event: Mapping[str, Any] | None = None) -> Invocation:
        """Invoke a function directly and wait; a failure is in the answer, not raised."""
        return self.functions.invoke(self.function(name), json.dumps(event or {}))

    def invocations(self, name: str | None = None) -> list[Invocation]:
        """What ran so far, of one function (logical id) or of all."""
        return [i for i in self.functions.invocations if name in {None, i.function}]

    def cold_start(self, name: str) -> None:
        """Let the next invocation of a function find no warm environment."""
        self.functions.runner.forget(self.function(name))

    # --- people ----------------------------------------------------------------------------------

    def confirm(self, email: str) -> int:
        """The person at this address confirms all pending subscriptions; answers how many."""
        return topics.confirm(email)
