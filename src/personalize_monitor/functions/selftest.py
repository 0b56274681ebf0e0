"""The self-test in each function's own process: what it tries, and how the monitor asks for all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from personalize_monitor.aws.access import Access
from personalize_monitor.clock import utc_now
from personalize_monitor.context.lists import names_in
from personalize_monitor.contract import TEST_EVENT
from personalize_monitor.errors import SettingsError
from personalize_monitor.functions.runtime import (
    CHAT_TOPIC,
    Runtime,
    budget,
    dead_letters,
    runtime,
)
from personalize_monitor.selftest import ALL, ASK, END_HOLD, OWN
from personalize_monitor.settings import LISTS, Settings, load

if TYPE_CHECKING:
    from personalize_monitor.cycle.run import Tester
    from personalize_monitor.model.resource import Resource
    from personalize_monitor.selftest.progress import Progress
    from personalize_monitor.selftest.roles import Function
    from personalize_monitor.selftest.turn import Turn

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
_FUNCTION = "AWS_LAMBDA_FUNCTION_NAME"
_OTHERS = "OTHERS"


def asked_of(event: object) -> str:
    """``own``, ``all`` or ``end-hold`` for a direct invocation that asks for it, else nothing."""
    found = event.get(ASK) if isinstance(event, Mapping) else None
    return found if isinstance(found, str) and found in {OWN, ALL, END_HOLD} else ""


def tests_itself(name: str) -> Callable[[Callable[..., Any]], Handler]:
    """Lets the handler of the function ``name`` answer ``{"SelfTest": "own"}`` with its report."""

    def around(handler: Callable[..., Any]) -> Handler:
        def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
            if asked_of(event) == OWN:
                return report_of(name, context)
            answer: dict[str, Any] = handler(event, context)
            return answer

        handle.__doc__ = handler.__doc__
        return handle

    return around


def report_of(name: str, context: Any) -> dict[str, Any]:
    """What the function ``name`` could not do."""
    here = runtime()
    return function_of(name, here, here.access, context).tested().as_dict()


def function_of(name: str, here: Runtime, access: Access, context: Any) -> Function:
    """The function as the self-test sees it, with the way on which it tries."""
    # Here, because a cold start must not wait for them.
    from personalize_monitor.selftest.collect import others_in  # noqa: PLC0415
    from personalize_monitor.selftest.roles import Function  # noqa: PLC0415

    own = os.environ.get(_FUNCTION, "")
    others = others_in(os.environ.get(_OTHERS, ""))
    return Function(
        name=name,
        access=access,
        deployment=here.deployment,
        settings=_settings(name, here),
        log_group=os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", ""),
        dead_letters=dead_letters(here),
        chat_topic=os.environ.get(CHAT_TOPIC, ""),
        others=(own, *others.values()),
        lists=names_in(os.environ),
        now=utc_now(),
        budget=budget(context),
    )


def _settings(name: str, here: Runtime) -> Settings:
    """The parameters as the function ``name`` needs them: one without places needs no lists.

    Lists that cannot be read must not keep it from naming the permission that it misses.
    """
    from personalize_monitor.selftest.roles import AT_PLACES  # noqa: PLC0415

    if AT_PLACES[name]:
        with suppress(SettingsError):
            return here.settings()
    return load({**os.environ, **dict.fromkeys(LISTS, "none")})


def tester(here: Runtime, context: Any) -> Tester | None:
    """What takes the self-test's turn in a cycle; None where no stack has deployed the monitor."""
    if not os.environ.get(_OTHERS):
        return None

    def take(state: Progress | None, fleet: list[Resource]) -> tuple[Progress, list[str]]:
        return turn_of(here, fleet, context).take(state)

    return take


def turn_of(here: Runtime, fleet: list[Resource], context: Any) -> Turn:
    """The monitor's turn to test; ``fleet`` is what it sees."""
    from personalize_monitor.aws.functions import Functions  # noqa: PLC0415
    from personalize_monitor.selftest.collect import collected, others_in  # noqa: PLC0415
    from personalize_monitor.selftest.greet import greeting  # noqa: PLC0415
    from personalize_monitor.selftest.turn import Turn  # noqa: PLC0415

    others = others_in(os.environ.get(_OTHERS, ""))
    functions = Functions(here.access, here.deployment.home_region)
    settings = here.settings()
    return Turn(
        access=here.access,
        deployment=here.deployment,
        settings=settings,
        test=lambda: collected(
            # On a way of its own: these calls are none of a cycle's, whose cost is estimated.
            lambda: function_of("Monitor", here, Access(), context).tested(),
            functions,
            others,
            budget(context),
        ),
        greet=lambda state: greeting(state, fleet, here.memory.in_place, settings, here.deployment),
        functions=os.environ.get(_OTHERS, ""),
        own=os.environ.get(_FUNCTION, ""),
        notify=others.get("Notify", ""),
        now=utc_now(),
    )


def end_hold(here: Runtime) -> dict[str, Any]:
    """End the hold of all floors; answers which differences are accepted by that."""
    from personalize_monitor.journal.comparisons import end  # noqa: PLC0415
    from personalize_monitor.journal.journal_reader import JournalReader  # noqa: PLC0415

    ended = end(JournalReader.of(here.access, here.deployment), utc_now())
    return {"ended": [f"{one}." for one in ended]}


def on_request(here: Runtime, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Let all functions try now, because a person asks: by an event, or by the command.

    Answers the result. Who asked by an event gets it as a notice; a second delivery gets nothing.
    """
    turn = turn_of(here, [], context)
    told = event.get("detail-type") == TEST_EVENT
    if told and not turn.claims(f"request-{event.get('id')}"):
        return {"again": True}
    here.memory.tests, answer = turn.now_and_here(here.memory.tests, tell=told)
    return answer
