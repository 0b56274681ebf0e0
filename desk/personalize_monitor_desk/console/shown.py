"""What a form showed when it was opened, sent back with it: nothing is done to a world that moved.

One way for all of them. A dialog asks for its facts when it opens, shows them and sends them back
as ``shown``; before anything is done they are read again, and whatever differs refuses it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import is_not_found
from personalize_monitor.contract import TAG_PREFIX
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.arn import Arn
from personalize_monitor_desk.prewarm.prewarm import Prewarm
from personalize_monitor_desk.restore.restorer import Restoration

State = Mapping[str, str]
"""Facts by what they are called in a sentence, in the order in which they are shown."""
FIELD = "shown"
_ABSENT = "none"
_LONG = 160


def of_resource(access: Access, arn: Arn) -> State:
    """A resource as it is now, with the wishes that are written on it. Raises what AWS answers."""
    personalize = Personalize(access, arn.region)
    try:
        what = personalize.resource(arn)
        tags = personalize.tags(arn)
    except Exception as error:
        if is_not_found(error):
            raise InvalidRequest(f"{arn} does not exist any more; look again.") from error
        raise
    facts = {
        "the floor": str(what.floor),
        "the status": what.status,
        "the time of the last change": f"{what.updated:%Y-%m-%d %H:%M:%S} UTC",
        "the time of creation": f"{what.created:%Y-%m-%d %H:%M:%S} UTC",
    }
    if what.update_pending:
        facts["the update under way"] = f"to {what.pending_floor}" if what.pending_floor else "yes"
    overrides = {key: value for key, value in sorted(tags.items()) if key.startswith(TAG_PREFIX)}
    return facts | {f"tag {key}": value for key, value in overrides.items()}


def of_restoration(wanted: Restoration) -> State:
    """What undoing would do, whole: what is created again is named to the last setting."""
    facts = {"what undoing does": wanted.summary, "the reason for it": wanted.reason}
    if wanted.recipe:
        facts["the recipe"] = json.dumps(wanted.recipe, sort_keys=True, default=str)
    return facts


def of_prewarm(one: Prewarm, now: datetime) -> State:
    """A pre-warm, and whether it has begun."""
    when = f"{one.cron} {one.zone}" if one.cron else f"{one.begin} to {one.until}"
    return {"the pre-warm": f"{one.floor} TPS, {when}", "its state": one.state(now)}


def sent(state: State) -> str:
    """The facts as a form carries them."""
    return json.dumps(state, separators=(",", ":"))


def hold(form: Mapping[str, str], now: State) -> None:
    """Raise InvalidRequest with a sentence unless the form showed the facts of ``now``."""
    then = _read(form.get(FIELD, ""))
    told = [
        _difference(fact, then.get(fact, _ABSENT), now.get(fact, _ABSENT))
        for fact in dict.fromkeys((*now, *then))
        if then.get(fact, _ABSENT) != now.get(fact, _ABSENT)
    ]
    if told:
        text = "; ".join(told)
        raise InvalidRequest(f"{text[0].upper()}{text[1:]} as when you opened this. Look again.")


def _difference(fact: str, then: str, now: str) -> str:
    if max(len(then), len(now)) > _LONG:
        return f"{fact} is another one now, not the same"
    return f"{fact} is {now} now, not {then}"


def _read(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise InvalidRequest("This form does not say what it showed; open it again.")
    return found
