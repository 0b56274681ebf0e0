"""Every five minutes: one cycle over everything that is monitored."""

from __future__ import annotations

import logging
import os
from datetime import datetime
from typing import Any

from personalize_monitor.aws.functions import Functions
from personalize_monitor.clock import utc_now
from personalize_monitor.collect.shards import FanOut, Shard
from personalize_monitor.context.moment import AHEAD, LATE, moment_of
from personalize_monitor.context.terms import Terms
from personalize_monitor.contract import TEST_EVENT
from personalize_monitor.cycle.run import Cycle
from personalize_monitor.cycle.summary import Summary
from personalize_monitor.errors import Blind
from personalize_monitor.functions.runtime import budget, object_of, runtime
from personalize_monitor.functions.selftest import (
    asked_of,
    end_hold,
    on_request,
    tester,
    tests_itself,
)
from personalize_monitor.selftest import ALL, DIGEST, END_HOLD, LEARN
from personalize_monitor.settings import Settings, overrides_in

_FUNCTION = "AWS_LAMBDA_FUNCTION_NAME"
_MEMORY_MB = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
_log = logging.getLogger(__name__)


@tests_itself("Monitor")
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run the cycle of the event's ``time``; parameters in the event override the deployment's.

    A time that is over, because it is long ago or because a later cycle has been seen already, is
    measured and published; nothing is decided or kept by it.

    With ``Shard`` in the event it is the cycle of one place, which another invocation handed over.
    ``{"SelfTest": "all"}`` and the event TestPersonalizeMonitor let every function try what it is
    allowed to instead; ``{"SelfTest": "end-hold"}`` lets floors be changed again after an update
    that changed more than its floor; ``{"Digest": true}`` writes the digest, and
    ``{"LearnPrices": "now"}`` learns prices from the bill, where that is switched on.
    """
    event = object_of(event)
    here = runtime()
    if asked_of(event) == ALL or event.get("detail-type") == TEST_EVENT:
        return on_request(here, event, context)
    if asked_of(event) == END_HOLD:
        return end_hold(here)
    if event.get(DIGEST) is True:
        from personalize_monitor.functions import digest  # noqa: PLC0415  once a week

        return digest.send(here)
    if event.get(LEARN) == "now":
        from personalize_monitor.functions import pricing  # noqa: PLC0415  once a week

        return pricing.learn_once(here)
    now = moment_of(event)
    overrides = overrides_in(event)
    present: datetime = utc_now()
    replay = present - now > LATE or here.memory.outran(now, present + AHEAD)
    terms = Terms(here.settings(overrides), here.settings(), replay)
    shard = Shard.of(event)
    fan_out = None
    if shard is None and (function := os.environ.get(_FUNCTION)):
        functions = Functions(here.access, here.deployment.home_region)
        fan_out = FanOut(functions, function, now, overrides)
    cycle = Cycle(
        here.deployment,
        terms,
        here.access,
        here.memory if terms.own else here.memory.aside(),
        now=now,
        budget=budget(context),
        shard=shard,
        fan_out=fan_out,
        tester=tester(here, context),
        problems=here.lists.problems,
    )
    summary = cycle.run()
    summary.estimate(_cost(cycle, summary, terms.deployed))
    answer = summary.as_dict()
    _log.info("cycle", extra={"summary": answer})
    for problem in answer["problems"]:
        _log.error("problem", extra={"problem": problem})
    if summary.blind and terms.own and shard is None:
        # Without a datapoint no alarm on our metrics can tell: Lambda's own count of errors does.
        raise Blind(f"Nothing at all could be published. {answer['problems'][0]}")
    return answer


def _cost(cycle: Cycle, summary: Summary, settings: Settings) -> dict[str, Any]:
    """What a month of cycles like this one would cost."""
    # Only here, because a cold start need not wait for prices.
    from personalize_monitor.model.price_file import shipped_prices  # noqa: PLC0415
    from personalize_monitor.plan.costs import counts_of_cycle, estimate  # noqa: PLC0415

    gb = float(os.environ.get(_MEMORY_MB, "0")) / 1024
    counts = counts_of_cycle(
        summary.calls,
        summary.metrics_requested,
        cycle.fleet,
        settings,
        dashboards=max(1, summary.dashboards),
        gb_seconds=gb * summary.seconds,
    )
    return estimate(counts, shipped_prices().watching)
