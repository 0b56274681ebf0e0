"""The difference between the alarms that should exist and those that do, as steps to take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from personalize_monitor.alarms.desired import Spec
from personalize_monitor.alarms.existing import Existing, covers
from personalize_monitor.alarms.mark import Actions, Mark, tags_of
from personalize_monitor.alarms.names import Sort
from personalize_monitor.alarms.rules import BY_TAG
from personalize_monitor.context.target import Deployment


@dataclass(frozen=True, slots=True)
class Step:
    """One alarm to write. Without a ``request`` only its state is reset."""

    name: str
    request: Mapping[str, Any] | None
    creates: bool
    resets: bool


def create(spec: Spec, deployment: Deployment) -> Step:
    """A new alarm; it starts in INSUFFICIENT_DATA, so that its first state is a change.

    Its OKActions come when it was judged: what is well from the start is told to nobody.
    """
    mark = Mark(deployment.owner, Actions.ON if spec.armed else Actions.OFF)
    request = {
        **_request(spec, mark, enabled=spec.armed),
        "AlarmActions": [spec.topic],
        "Tags": [{"Key": key, "Value": value} for key, value in tags_of(deployment).items()],
    }
    return Step(spec.name, request, creates=True, resets=False)


def change(spec: Spec, found: Existing, deployment: Deployment) -> Step | None:
    """What makes ``found`` be as it should; None when it is. A person's muting stays."""
    if spec.tentative and found.mark is not None and BY_TAG in found.text:
        return None
    left_off = found.mark is not None and found.mark.actions is Actions.OFF
    kept_off = left_off and spec.tentative and spec.sort is Sort.LOW
    enabled = spec.armed and not found.muted and not kept_off
    arming = enabled and found.in_alarm and (not found.enabled or found.reset_pending)
    mark = Mark(deployment.owner, _left(found, enabled=enabled, arming=arming))
    wanted = {
        **_request(spec, mark, enabled=enabled),
        "AlarmActions": found.actions("AlarmActions", spec.topic),
    }
    if clear := found.all_clear(spec.topic):
        wanted["OKActions"] = clear
    if _same(found, wanted, spec, mark):
        if found.reset_pending and enabled:
            return Step(spec.name, None, creates=False, resets=True)
        return None
    if kept := found.fields.get("InsufficientDataActions"):
        wanted["InsufficientDataActions"] = list(kept)  # PutMetricAlarm replaces the whole alarm
    return Step(spec.name, wanted, creates=False, resets=arming)


def _left(found: Existing, *, enabled: bool, arming: bool) -> Actions:
    """What the mark is to say about the actions."""
    if found.muted:
        return Actions.MUTED
    if arming:
        return Actions.ARMING
    return Actions.ON if enabled else Actions.OFF


def _request(spec: Spec, mark: Mark, *, enabled: bool) -> dict[str, Any]:
    return {
        "AlarmName": spec.name,
        "AlarmDescription": mark.below(spec.text),
        "ActionsEnabled": enabled,
        **spec.rule,
    }


_AS_ON = frozenset({Actions.ON, Actions.ARMING})


def _same(found: Existing, wanted: Mapping[str, Any], spec: Spec, mark: Mark) -> bool:
    """Whether nothing need be written; how a mark spells the same meaning does not matter."""
    if found.mark is None or found.mark.owner != mark.owner or found.text != spec.text:
        return False
    alike = (
        found.muted
        or found.mark.actions is mark.actions
        or {found.mark.actions, mark.actions} <= _AS_ON
    )
    rest = {key: value for key, value in wanted.items() if key != "AlarmDescription"}
    return alike and covers(found.fields, rest)
