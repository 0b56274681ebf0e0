"""Evaluation of all alarms on the sandbox's clock; called by the tick loop and by tests.

An alarm whose evaluation periods span more than a day is evaluated once an hour, every other one
at each call. Windows slide: they end at the minute of the evaluation unless a wall clock window was
asked for.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from aws_sandbox.cloudwatch import composite
from aws_sandbox.cloudwatch.alarm import Alarm, Rule, State
from aws_sandbox.cloudwatch.errors import ValidationError
from aws_sandbox.cloudwatch.feeds import Feeds
from aws_sandbox.cloudwatch.lines import Line
from aws_sandbox.cloudwatch.models import CloudWatchBackend, backends
from aws_sandbox.cloudwatch.moment import DAY, HOUR, MINUTE, epoch_now, floor_to
from aws_sandbox.cloudwatch.notices import StateChange
from aws_sandbox.cloudwatch.queries import Evaluation, Query
from aws_sandbox.cloudwatch.reasons import state_of
from aws_sandbox.cloudwatch.store import Ask, buckets_of, read_series
from aws_sandbox.cloudwatch.transitions import enter
from aws_sandbox.cloudwatch.verdict import Verdict, judge, range_of

_rounds = count()
_TIDY = 100
"""Rounds after which the copies of metrics that no alarm watches any more are dropped."""


def evaluate(now: datetime | None = None) -> list[StateChange]:
    """Evaluate every alarm that is due, in all accounts and regions; answers the state changes."""
    moment = epoch_now() if now is None else now.timestamp()
    this_round = next(_rounds)
    changes: list[StateChange] = []
    for one in backends():
        changes += _evaluate_backend(one, moment, this_round)
    return changes


def _evaluate_backend(backend: CloudWatchBackend, now: float, this_round: int) -> list[StateChange]:
    book, changes = backend.alarms, []
    for alarm in list(book.alarms.values()):
        if alarm.rule is None or now < alarm.next_evaluation:
            continue
        if alarm.rule.window > DAY:
            alarm.next_evaluation = floor_to(now, HOUR) + HOUR
        state = next_state(backend.feeds, alarm, now, this_round)
        change = enter(book, alarm, state) if state is not None else None
        if change is not None:
            changes.append(change)
    changes += composite.evaluate(book, now)
    if this_round % _TIDY == 0:
        backend.feeds.forget(this_round - _TIDY)
    return changes


def next_state(feeds: Feeds, alarm: Alarm, now: float, this_round: int) -> State | None:
    """The state that an alarm changes to, or None when it stays as it is."""
    rule = alarm.rule
    assert rule is not None
    end = _end_of(rule, now)
    values = _values(feeds, rule, end, this_round)
    if values is None:
        return None
    verdict = judge(rule, values)
    if verdict.state is None or verdict.state == alarm.state.value:
        return None
    if rule.keep_on_low_samples and _too_few(feeds, rule, verdict, end, this_round):
        return None
    return state_of(rule, verdict, verdict.state, end, now)


def _end_of(rule: Rule, now: float) -> int:
    if not rule.wall_clock:
        return floor_to(now, min(rule.period, MINUTE) if rule.period < MINUTE else MINUTE)
    offset = timedelta(0)
    if rule.timezone:
        local = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(rule.timezone))
        offset = local.utcoffset() or offset
    shift = int(offset.total_seconds())
    return floor_to(now + shift, rule.period) - shift


def _values(feeds: Feeds, rule: Rule, end: int, this_round: int) -> list[float | None] | None:
    """The evaluation range, newest first; None when the expression cannot be computed."""
    periods = range_of(rule)
    start = end - periods * rule.period
    begins = range(end - rule.period, start - 1, -rule.period)

    def read(query: Query) -> Line:
        assert query.key is not None
        series = feeds.series(query.key, query.unit, start=start, end=end, this_round=this_round)
        ask = Ask(start, end, query.period, query.stat, query.unit)
        return Line(dict(read_series(series, ask)), query.period)

    if len(rule.queries) == 1:
        points = read(rule.queries[0]).points
        return [points.get(begin) for begin in begins]
    evaluation = Evaluation(list(rule.queries), start, end, read)
    returned = next(query for query in rule.queries if query.id == rule.returned)
    try:
        lines = evaluation.lines(returned)
    except ValidationError:
        return None
    points = lines[0].points if lines else {}
    return [points.get(begin) for begin in begins]


def _too_few(feeds: Feeds, rule: Rule, verdict: Verdict, end: int, this_round: int) -> bool:
    """EvaluateLowSampleCountPercentile=ignore: fewer samples than the percentile needs."""
    query = rule.queries[0]
    assert query.key is not None
    share = float(query.stat[1:]) / 100
    needed = 10 / min(max(1 - share, 1e-9) if share >= 0.5 else share or 1e-9, 1.0)
    ages = [age for age, _ in verdict.used] or [0]
    start = end - (max(ages) + 1) * rule.period
    series = feeds.series(query.key, query.unit, start=start, end=end, this_round=this_round)
    return sum(b.count for b in buckets_of(series, start, end, rule.period).values()) < needed
