"""After how many hours without a request single resources count as idle, by their tags.

A tag costs a call to read, and matters only where requests stay away. So it is read once an hour
for what had no request in the window just measured and for what is known to have the tag, and
once a day for the others; after a cold start each of these waits for its slot of the hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Target
from personalize_monitor.contract import IDLE_HOURS_TAG
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.counted import counted
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import Window
from personalize_monitor.policy.slots import SLOTS, slot_of, turn
from personalize_monitor.policy.tag_overrides import tag_overrides_in

_THREADS = 4
_AT_ONCE = 40
_SECONDS_FOR_A_BATCH = 20.0
_TURNS_OF_A_DAY = 24


def learn_hours(
    target: Target,
    samples: Mapping[Resource, Sample],
    memory: Memory,
    window: Window,
    budget: Budget,
) -> list[str]:
    """Read the tags that are due into ``memory``; answers with what could not be read."""
    due = [r.arn for r, sample in samples.items() if _due(str(r.arn), sample, memory, window)]
    personalize = Personalize(target.access, target.region)
    failures: list[str] = []

    def ask(arn: Arn) -> None:
        try:
            tags = personalize.tags(arn)
            text = {key: value for key, value in tags.items() if key == IDLE_HOURS_TAG}
            memory.idle_hours[str(arn)] = tag_overrides_in(text, window.end).idle_hours
            memory.hours_read[str(arn)] = turn(str(arn), window)
        except AWS_ERRORS as error:
            failures.append(sentence(f"Reading the tags of {arn}", error))

    with ThreadPoolExecutor(_THREADS) as pool:
        for at in range(0, len(due), _AT_ONCE):
            if failures or not budget.allows(_SECONDS_FOR_A_BATCH):
                break  # what is refused once is refused for all; the next cycle tries again
            list(pool.map(ask, due[at : at + _AT_ONCE]))
    if not failures:
        return []
    others = f" (And of {counted(len(failures) - 1, 'other')}.)" if failures[1:] else ""
    return [f"Their idle alarms go by what is known. {failures[0]}{others}"]


def _due(arn: str, sample: Sample, memory: Memory, window: Window) -> bool:
    now, last = turn(arn, window), memory.hours_read.get(arn)
    if last == now:
        return False
    if sample.requests == 0 or memory.idle_hours.get(arn) is not None:
        return True
    if last is None:
        return slot_of(arn) == window.number % SLOTS
    return now - last >= _TURNS_OF_A_DAY
