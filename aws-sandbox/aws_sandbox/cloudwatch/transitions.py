"""A change of state and what follows: history, actions, callbacks. Actions run on changes only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.sns.models import sns_backends

from aws_sandbox.cloudwatch.alarm import STATES, Alarm, State
from aws_sandbox.cloudwatch.alarm_book import AlarmBook
from aws_sandbox.cloudwatch.errors import (
    InvalidFormat,
    ResourceNotFound,
    ValidationError,
    constraint,
)
from aws_sandbox.cloudwatch.keys import Params
from aws_sandbox.cloudwatch.notices import (
    StateChange,
    change_of,
    message,
    subject,
)

Publisher = Callable[[str, str, str], None]
"""publish(topic_arn, subject, message); raises what stands in the way."""

_callbacks: list[Callable[[StateChange], None]] = []
_publisher: list[Publisher] = []


def on_state_change(callback: Callable[[StateChange], None]) -> Callable[[], None]:
    """Hear of every state change; call the answer to stop hearing."""
    _callbacks.append(callback)

    def remove() -> None:
        if callback in _callbacks:
            _callbacks.remove(callback)

    return remove


def set_publisher(publish: Publisher | None) -> None:
    """Send alarm actions to topics in another way; None goes back to moto's own SNS."""
    _publisher[:] = [] if publish is None else [publish]


def publish_by_moto(topic_arn: str, title: str, text: str) -> None:
    """Publish to moto's topic of the ARN's account and region."""
    _, _, _, region, account, _ = topic_arn.split(":", 5)
    sns: Any = sns_backends[account][region]
    sns.publish(message=text, arn=topic_arn, subject=title)


def enter(book: AlarmBook, alarm: Alarm, state: State) -> StateChange | None:
    """Put an alarm into a state; answers the change, or None when it was in that state already."""
    old = alarm.state
    alarm.state = state
    if old.value == state.value:
        return None
    alarm.transitioned = state.since
    book.history.add(
        alarm,
        state.since,
        "StateUpdate",
        f"Alarm updated from {old.value} to {state.value}",
        {
            "oldState": {"stateValue": old.value, "stateReason": old.reason},
            "newState": {"stateValue": state.value, "stateReason": state.reason},
        },
    )
    change = change_of(book.account, book.region, alarm, old)
    for callback in _callbacks:
        callback(change)
    if alarm.actions_enabled:
        _act(book, alarm, old)
    return change


def set_state(book: AlarmBook, params: Params, now: float) -> None:
    """SetAlarmState: a temporary state, with its actions.

    Raises:
        ResourceNotFound: no such alarm.
        InvalidFormat: StateReasonData is not JSON.
    """
    alarm = book.alarms.get(str(params.get("AlarmName") or ""))
    if alarm is None:
        raise ResourceNotFound(f"Alarm {params.get('AlarmName')} does not exist.")
    value, data = params.get("StateValue"), str(params.get("StateReasonData") or "")
    if value not in STATES:
        raise constraint(value, "stateValue", f"satisfy enum value set: {list(STATES)}")
    if not params.get("StateReason") or len(params["StateReason"]) > 1023:
        raise ValidationError("The parameter StateReason must have 1 to 1023 characters.")
    try:
        json.loads(data or "{}")
    except ValueError as error:
        raise InvalidFormat("StateReasonData must be valid JSON.") from error
    enter(book, alarm, State(str(value), str(params["StateReason"]), data, now))


def _act(book: AlarmBook, alarm: Alarm, old: State) -> None:
    publish = _publisher[0] if _publisher else publish_by_moto
    for action in alarm.actions(alarm.state.value):
        error = _run(publish, action, subject(alarm, book.region),
                     message(book.account, book.region, alarm, old))  # fmt: skip
        verb = "Failed to execute" if error else "Successfully executed"
        data = {"actionState": "Failed" if error else "Succeeded", "notificationResource": action}
        if error:
            data["error"] = error
        book.history.add(alarm, alarm.state.since, "Action", f"{verb} action {action}", data)


def _run(publish: Publisher, action: str, title: str, text: str) -> str | None:
    if action.split(":")[2] != "sns":
        return "The sandbox runs actions on SNS topics only."
    try:
        publish(action, title, text)
    except Exception as error:  # noqa: BLE001 - whatever SNS answers, the alarm goes on
        return str(error) or type(error).__name__
    return None
