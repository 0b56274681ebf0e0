"""Hold or exempt many resources at once: those that the fleet page shows, each to be left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.errors import InvalidArn, InvalidRequest, PersonalizeMonitorError
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.counted import counted
from personalize_monitor.model.resource import Kind
from personalize_monitor_desk.console import render
from personalize_monitor_desk.console.account_poller import AccountPoller
from personalize_monitor_desk.console.actions import DEEDS, ActionContext
from personalize_monitor_desk.console.guard import genuine
from personalize_monitor_desk.console.pages.deeds import answered
from personalize_monitor_desk.console.rows import Wish, chosen

MOST = 200
"""Resources in one go; beyond that a narrower search is surer."""
_DEEDS = ("hold", "exempt")


def choose(request: Request) -> Response:
    """The dialog over what the fleet page shows; its forms send only what is ticked."""
    watch: AccountPoller = request.app.state.watch
    view = watch.day.shot().value
    found = chosen(view.rows, Wish.of(dict(request.query_params))) if view else []
    resources = [row.seen.resource for row in found]
    return render.page(request, "bulk.html", resources=resources[:MOST], found=len(found))


async def act(request: Request) -> Response:
    """``deed`` (hold or exempt) with its own fields, for each ``item`` (an ARN)."""
    await genuine(request)
    items = [str(item) for item in (await request.form()).getlist("item")]
    watch: AccountPoller = request.app.state.watch
    return await answered(request, lambda form: _begin(watch, items, form), back="/")


def _begin(watch: AccountPoller, items: Sequence[str], form: Mapping[str, str]) -> str:
    name = form.get("deed", "")
    if name not in _DEEDS:
        raise InvalidRequest("Choose whether to hold or to exempt.")
    if not 0 < len(items) <= MOST:
        raise InvalidRequest(f"Tick at least one resource, and at most {MOST}.")
    hands = [ActionContext(watch, _arn(watch, item)) for item in dict.fromkeys(items)]
    for one in hands:
        DEEDS[name](one, form)  # reads the form: what cannot be meant is refused before all
    what = f"{name.capitalize()} of {counted(len(hands), 'resource')}"
    if not watch.jobs.start(what, _work(what, name, hands, form)):
        raise InvalidRequest("The same is being done already; its end is told here.")
    return f"{what}: under way…"


def _arn(watch: AccountPoller, item: str) -> Arn:
    try:
        arn = Arn.of_resource(item, kinds=tuple(Kind))
    except (InvalidArn, ValueError):
        raise InvalidRequest(
            f"{item!r} is not the ARN of a resource; load the page again."
        ) from None
    if arn.account != watch.here.access.account:
        raise InvalidRequest(f"{arn} is of another account than this console's.")
    return arn


def _work(
    what: str, name: str, all_hands: Sequence[ActionContext], form: Mapping[str, Any]
) -> Callable[[Callable[[str], None]], str]:
    def work(progress: Callable[[str], None]) -> str:
        failed = []
        for hands in all_hands:
            progress(hands.arn.name)
            try:
                DEEDS[name](hands, form).act()
            except AWS_ERRORS as error:
                failed.append(sentence(f"Changing {hands.arn}", error))
            except PersonalizeMonitorError as problem:
                failed.append(str(problem))
            hands.watch.tags.forget(hands.arn)
        all_hands[0].watch.poke()
        if failed:
            done = len(all_hands) - len(failed)
            raise InvalidRequest(f"{what}: done for {done}, not for {len(failed)}. {failed[0]}")
        return f"{what}: done."

    return work


ROUTES = [Route("/fleet/bulk", choose), Route("/fleet/bulk", act, methods=["POST"])]
