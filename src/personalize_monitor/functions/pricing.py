"""The prices of the deployment's own account: what the monitor learns from the bill once a week."""

from __future__ import annotations

import logging
from typing import Any

from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.clock import utc_now
from personalize_monitor.errors import Unavailable
from personalize_monitor.functions.runtime import Runtime
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.price_file import shipped_prices
from personalize_monitor.plan.learned_prices import STREAMS, failure, record_of
from personalize_monitor.plan.plans import finding_settings
from personalize_monitor.plan.price_learning import learn
from personalize_monitor.plan.snapshot import Question, take_snapshot

_log = logging.getLogger(__name__)


def learn_once(here: Runtime) -> dict[str, Any]:
    """Learn, and keep what was learned; answers the record's detail.

    A bill that is refused is a record too: it is told, and nothing else depends on it. Raises
    JournalUnavailable where it cannot be kept.
    """
    settings, home, now = here.settings(), here.deployment, utc_now()
    if not settings.learn_prices:
        return {"Problems": ["LearnPrices is No: nothing was asked."]}
    reader = JournalReader.of(here.access, home)
    prices = shipped_prices()
    question = Question(
        regions=settings.regions_to_watch(home.home_region),
        now=now,
        settings=finding_settings(),  # the bill is that of all resources, watched or not
        prices=prices,
        depth="day",
        groups=False,
    )
    try:
        seen = take_snapshot(here.access, question)
        found = learn(here.access, reader, seen, prices, said={})
        record = record_of(found, account=home.account, now=now)
    except AWS_ERRORS as error:
        why = f"{sentence('Asking Cost Explorer for the bill', error)} {_CURE}"
        record = failure(why, account=home.account, now=now)
    except Unavailable as problem:
        why = f"Prices could not be learned from the bill: {problem}"
        record = failure(why, account=home.account, now=now)
    reader.keep(record, stream=f"{STREAMS}{now:%Y-%m-%d}", now=now)
    detail: dict[str, Any] = record["detail"]
    for said in detail["Problems"]:
        _log.error("problem", extra={"problem": said})
    return detail


_CURE = (
    "In an organization, the paying account decides whether others see their bills. "
    "Prices that were learned before, or the built-in ones, are used; it is tried again in a week. "
    "LearnPrices = No ends this."
)
