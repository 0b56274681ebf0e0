"""Deployment parameters and overrides, read once at the edge into one frozen value.

``PARAMETERS`` lists every parameter with its default, its allowed values and the names that the
later vocabulary gave it. Bad values are collected, and reported all at once in a SettingsError.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from personalize_monitor import parse
from personalize_monitor.contract import PERSONALIZE_REGIONS
from personalize_monitor.errors import SettingsError, quoted
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind
from personalize_monitor.parse import BadValue, Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the people who deployed us want. Units are in the names; see ``PARAMETERS``."""

    campaigns: Selection
    recommenders: Selection
    regions: tuple[str, ...]
    utilization_alarms: bool
    utilization_threshold_percent: int
    adjust_floor: bool
    idle_alarms: bool
    idle_hours: int
    delete_idle_campaigns: bool
    stop_idle_recommenders: bool
    allow_deletion_requests: bool
    notification_endpoint: str
    right_sizing_mode: str
    adjust_min_age_hours: int
    exposure_price: float
    assumed_headroom: float
    max_updates_per_day: int
    max_exposure_percent: float | None
    respect_manual_hours: int
    idle_grace_hours: int
    dry_run: bool
    actions: bool
    error_alarms: bool
    notify_held_back: bool
    digest: str
    learn_prices: bool
    chat_notifications: bool
    time_zone: str
    monitored_role_arns: tuple[str, ...]
    metric_delay_minutes: int

    def regions_to_watch(self, home_region: str) -> tuple[str, ...]:
        """Regions to look into: of the ARNs given, and ``regions`` (or home) for ``all``."""
        wanted = {arn.region for s in (self.campaigns, self.recommenders) for arn in s.arns}
        if self.campaigns.all or self.recommenders.all:
            wanted.update(self.regions or (home_region,))
        return tuple(sorted(wanted))

    def wants(self, arn: Arn) -> bool:
        """Whether the campaign or recommender is to be monitored."""
        selection = self.selection(Kind(arn.kind))
        return selection.all or arn in selection.arns

    def selection(self, kind: Kind) -> Selection:
        """Which resources of a kind are wanted."""
        return self.campaigns if kind is Kind.CAMPAIGN else self.recommenders


@dataclass(frozen=True, slots=True)
class Parameter:
    """One deployment parameter: CloudFormation name, default text, and how to read a value."""

    name: str
    default: str
    read: Callable[[Any], Any]
    field: str
    aliases: tuple[str, ...] = ()


_EXPOSURE_PRESETS = {"saver": 7.5, "balanced": 10.0, "careful": 27.0}

PARAMETERS: tuple[Parameter, ...] = (
    Parameter("CampaignARNs", "all", parse.selection("campaign"), "campaigns"),
    Parameter("RecommenderARNs", "all", parse.selection("recommender"), "recommenders"),
    Parameter("Regions", "", parse.regions(PERSONALIZE_REGIONS), "regions"),
    Parameter(
        "AutoCreateCampaignUtilizationAlarms",
        "Yes",
        parse.switch,
        "utilization_alarms",
        ("AutoCreateUtilizationAlarms",),
    ),
    Parameter(
        "CampaignThresholdAlarmLowerBound",
        "100",
        parse.whole(0, 1000, "percent"),
        "utilization_threshold_percent",
        ("UtilizationThresholdAlarmLowerBound",),
    ),
    Parameter(
        "AutoAdjustCampaignMinProvisionedTPS",
        "Yes",
        parse.switch,
        "adjust_floor",
        ("AutoAdjustMinTPS",),
    ),
    Parameter(
        "AutoCreateIdleCampaignAlarms",
        "Yes",
        parse.switch,
        "idle_alarms",
        ("AutoCreateIdleAlarms",),
    ),
    Parameter(
        "IdleCampaignThresholdHours",
        "24",
        parse.whole(2, 48, "hours"),
        "idle_hours",
        ("IdleThresholdHours",),
    ),
    Parameter(
        "AutoDeleteIdleCampaigns",
        "No",
        parse.switch,
        "delete_idle_campaigns",
        ("AutoDeleteOrStopIdleResources",),
    ),
    Parameter(
        "AutoStopIdleRecommenders",
        "No",
        parse.switch,
        "stop_idle_recommenders",
        ("AutoDeleteOrStopIdleResources",),
    ),
    Parameter("AllowDeletionRequests", "No", parse.switch, "allow_deletion_requests"),
    Parameter("NotificationEndpoint", "", parse.email, "notification_endpoint"),
    Parameter("RightSizingMode", "lower", parse.one_of("lower", "follow"), "right_sizing_mode"),
    Parameter("AdjustMinAgeHours", "24", parse.whole(1, 720, "hours"), "adjust_min_age_hours"),
    Parameter(
        "ExposurePrice",
        "balanced",
        parse.number(0, 1000, presets=_EXPOSURE_PRESETS),
        "exposure_price",
    ),
    Parameter("AssumedHeadroom", "0", parse.number(0, 1), "assumed_headroom"),
    Parameter("MaxUpdatesPerDay", "5", parse.whole(1, 24, "updates"), "max_updates_per_day"),
    Parameter("MaxExposurePercent", "", parse.bound(0, 100), "max_exposure_percent"),
    Parameter("RespectManualHours", "24", parse.whole(0, 720, "hours"), "respect_manual_hours"),
    Parameter("IdleGraceHours", "0", parse.whole(0, 720, "hours"), "idle_grace_hours"),
    Parameter("DryRun", "No", parse.switch, "dry_run"),
    Parameter("Actions", "On", parse.on_or_off, "actions"),
    Parameter("AutoCreateErrorAlarms", "No", parse.switch, "error_alarms"),
    Parameter("NotifyHeldBack", "No", parse.switch, "notify_held_back"),
    Parameter("Digest", "Weekly", parse.one_of("Weekly", "Daily", "Off"), "digest"),
    Parameter("LearnPrices", "No", parse.switch, "learn_prices"),
    Parameter("ChatNotifications", "No", parse.switch, "chat_notifications"),
    Parameter("TimeZone", "", parse.time_zone, "time_zone"),
    Parameter("MonitoredRoleARNs", "", parse.role_arns, "monitored_role_arns"),
    Parameter("MetricDelayMinutes", "5", parse.whole(0, 60, "minutes"), "metric_delay_minutes"),
)

ACCOUNT = "STACK_ACCOUNT"
"""Beside the parameters: the account of the deployment, whose resources have short forms."""
_SELECTED = {"CampaignARNs": Kind.CAMPAIGN, "RecommenderARNs": Kind.RECOMMENDER}
LISTS = tuple(_SELECTED)
"""The parameters that are lists of ARNs, and may stand elsewhere: see ``context/lists.py``."""

_BY_NAME: dict[str, tuple[Parameter, ...]] = {
    name.casefold(): tuple(p for p in PARAMETERS if name in (p.name, *p.aliases))
    for parameter in PARAMETERS
    for name in (parameter.name, *parameter.aliases)
}
ALIASES: tuple[str, ...] = tuple(dict.fromkeys(alias for p in PARAMETERS for alias in p.aliases))
"""Names of version 1.3.0, which are parameters too: blank is not given."""
_ENVELOPE = frozenset(
    {"version", "id", "detail-type", "detail_type", "source", "account", "time", "region"}
    | {"resources", "detail"}
)


def load(values: Mapping[str, str], overrides: Mapping[str, Any] | None = None) -> Settings:
    """Settings from the environment ``values``, with ``overrides`` by parameter name on top.

    Absent values take their default; an override of ``False``, ``0`` or ``"No"`` counts as said.
    Names of version 1.3.0 count where they are given. Raises SettingsError with one sentence for
    every value that cannot be meant, and for two names that say different things.
    """
    problems: list[str] = []
    given = {p.name: _deployed(p, values, problems) for p in PARAMETERS}
    problems += _apply(overrides or {}, given)
    read: dict[str, Any] = {}
    account = values.get(ACCOUNT, "")
    for parameter in PARAMETERS:
        value = given[parameter.name]
        kind = _SELECTED.get(parameter.name)
        full = value if kind is None else parse.in_full(value, kind, account)
        try:
            read[parameter.field] = parameter.read(full)
        except BadValue as problem:
            problems.append(f"{parameter.name} is {quoted(value)}: {problem}")
    if problems:
        raise SettingsError(problems)
    return Settings(**read)


def unmeant(name: str, text: str, account: str) -> str:
    """Why a text cannot be the value of one of the ``LISTS``; empty when it can."""
    parameter = next(one for one in PARAMETERS if one.name == name)
    try:
        parameter.read(parse.in_full(text, _SELECTED[name], account))
    except BadValue as problem:
        return f"it is {quoted(text)}: {problem}"
    return ""


def overrides_in(event: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that an event carries, at its top or in its ``detail``, by name."""
    detail = event.get("detail")
    carried = {key: value for key, value in event.items() if key not in _ENVELOPE}
    if isinstance(detail, Mapping):
        carried.update(detail)
    return carried


def _deployed(parameter: Parameter, values: Mapping[str, str], problems: list[str]) -> Any:
    """The deployment's value, by either of its names.

    CloudFormation does not tell a default from a value: the older name wins over a default.
    """
    value = values.get(parameter.name, parameter.default)
    for alias in parameter.aliases:
        older = values.get(alias, "")
        if not str(older).strip():
            continue
        if not _alike(parameter, value, parameter.default) and not _alike(parameter, value, older):
            problems.append(_contradiction(parameter.name, value, alias, older))
        value = older
    return value


def _alike(parameter: Parameter, left: Any, right: Any) -> bool:
    """Whether two texts mean the same value; what cannot be read means nothing but itself."""
    try:
        return bool(parameter.read(left) == parameter.read(right))
    except BadValue:
        return bool(left == right)


def _contradiction(name: str, value: Any, other: str, said: Any) -> str:
    return (
        f"{name} is {quoted(value)} and {other}, the name of version 1.3.0 for it, is "
        f"{quoted(said)}: give one of them, or both the same value."
    )


def _apply(overrides: Mapping[str, Any], given: dict[str, Any]) -> list[str]:
    problems: list[str] = []
    said: dict[str, tuple[str, Any]] = {}
    for name, value in overrides.items():
        parameters = _BY_NAME.get(name.casefold(), ())
        for parameter in parameters:
            before = said.setdefault(parameter.name, (name, value))
            if not _alike(parameter, before[1], value):
                problems.append(_contradiction(before[0], before[1], name, value))
            given[parameter.name] = value
        if parameters:
            continue
        if close := _close_to(name):
            problems.append(
                f"{name} is not a parameter: did you mean {close}? Nothing was taken from it."
            )
    return problems


def _close_to(name: str) -> str:
    found = difflib.get_close_matches(name.casefold(), _BY_NAME, n=1, cutoff=0.85)
    if not found:
        return ""
    parameters = _BY_NAME[found[0]]
    exact = {name.casefold(): name for p in parameters for name in (p.name, *p.aliases)}
    return parameters[0].name if len(parameters) == 1 else exact[found[0]]


def defaults() -> dict[str, str]:
    """Each parameter's default text, by CloudFormation name."""
    return {parameter.name: parameter.default for parameter in PARAMETERS}


def field_names() -> Iterable[str]:
    """The fields of Settings; each has exactly one parameter."""
    return (field.name for field in fields(Settings))
