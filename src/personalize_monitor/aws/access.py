"""Clients for one account: made once per service and region, counted, and safe for threads.

Credentials, region and endpoints come from boto3's standard environment, ``AWS_ENDPOINT_URL``
included, or from a role that was assumed in another account.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import CredentialRetrievalError
from botocore.utils import parse_timestamp

from personalize_monitor import __version__
from personalize_monitor.aws.pace import Pace
from personalize_monitor.aws.series import read_numbers
from personalize_monitor.clock import utc_now
from personalize_monitor.errors import Unavailable

WORKERS = 16
"""Threads that call AWS at the same time; the connection pools are as wide."""

SESSION_SECONDS = 3600
"""How long the credentials of an assumed role last; the most that a role gives to a role."""
_REFRESH_MARGIN = timedelta(minutes=2)

RetryMode = Literal["standard", "adaptive"]


def _config(mode: RetryMode, attempts: int, read_timeout: int = 25) -> Config:
    return Config(
        connect_timeout=5,
        read_timeout=read_timeout,  # a slow region is waited for; regions run side by side
        max_pool_connections=WORKERS,
        retries={"mode": mode, "total_max_attempts": attempts},
        user_agent_extra=f"personalize-monitor/{__version__}",
    )


_STANDARD = _config("standard", 5)
# Describe calls of Personalize throttle early and their rate is not published: botocore's
# adaptive mode slows the whole client down after the first refusal, per service and region.
_ADAPTIVE = _config("adaptive", 8)
_ONCE = _config("standard", 1)
_PATIENT = _config("standard", 1, read_timeout=300)


_NUMBER = (int, float)  # a union would be made anew for each of them


def _timestamp(value: Any) -> datetime:
    # GetMetricData answers with thousands of epoch numbers; botocore's parser spends nearly all
    # of the call's time on them.
    if isinstance(value, _NUMBER):
        return datetime.fromtimestamp(value, UTC)
    parsed: datetime = parse_timestamp(value)
    return parsed


def new_session(profile: str | None = None) -> boto3.Session:
    """A boto3 session, of a profile where one is named, that parses numeric timestamps quickly."""
    # The AWS CLI reads AWS_REGION, which boto3 does not.
    region = os.environ.get("AWS_REGION") or None
    return boto3.Session(botocore_session=_core_session(profile), region_name=region)


def _core_session(profile: str | None = None) -> botocore.session.Session:
    core = botocore.session.Session(profile=profile)
    factory = core.get_component("response_parser_factory")
    factory.set_parser_defaults(timestamp_parser=_timestamp)
    return core


class Access:
    """One account seen through one session. ``calls`` counts requests by (service, operation)."""

    def __init__(self, session: boto3.Session | None = None) -> None:
        self._session = session or new_session()
        self._members: dict[str, Access] = {}
        self._clients: dict[tuple[str, str, int], Any] = {}
        self._lock = threading.RLock()
        self._paces: dict[tuple[str, str], Pace] = {}
        self._account = ""
        self.calls: Counter[tuple[str, str]] = Counter()
        self._session.events.register("before-call.*.*", self._count)
        self._session.events.register("before-parse.cloudwatch.GetMetricData", read_numbers)

    def _count(self, model: Any, **_: Any) -> None:
        with self._lock:
            self.calls[(model.service_model.service_name, model.name)] += 1

    @property
    def home_region(self) -> str:
        """The region of the environment (in Lambda: the stack's); us-east-1 when none is set."""
        return self._session.region_name or "us-east-1"

    @property
    def region_is_set(self) -> bool:
        """Whether anybody has said which region is home."""
        return bool(self._session.region_name)

    def check_credentials(self) -> None:
        """Load the credentials. Raises Unavailable where botocore would fail in its own words."""
        try:
            self._session.get_credentials()
        except ValueError as problem:  # what a credential_process printed is no JSON
            raise Unavailable(
                f"The profile's credential_process printed no credentials ({problem}); run it by "
                "hand, and correct it."
            ) from problem

    def client(self, service: str, region: str) -> Any:
        """The client for a service in a region; the first call makes it."""
        return self._client(service, region, _ADAPTIVE if service == "personalize" else _STANDARD)

    def client_once(self, service: str, region: str) -> Any:
        """The same, but a call whose answer is lost is not made again behind our back."""
        return self._client(service, region, _ONCE)

    def client_patient(self, service: str, region: str) -> Any:
        """The same as ``client_once``, for calls whose answer takes minutes."""
        return self._client(service, region, _PATIENT)

    def _client(self, service: str, region: str, config: Config) -> Any:
        key = (service, region, id(config))
        found = self._clients.get(key)
        if found is None:
            with self._lock:  # making clients is not thread-safe, using them is
                found = self._clients.get(key)
                if found is None:
                    found = self._session.client(
                        service,  # type: ignore[call-overload]
                        region_name=region,
                        config=config,
                    )
                    self._clients[key] = found
        return found

    def pace(self, action: str, region: str, per_second: float) -> Pace:
        """The one pace-maker that all callers of ``action`` in ``region`` share."""
        with self._lock:
            return self._paces.setdefault((action, region), Pace(per_second))

    @property
    def account(self) -> str:
        """The 12-digit id of this session's account."""
        if not self._account:
            answer = self.client("sts", self.home_region).get_caller_identity()
            self._account = str(answer["Account"])
        return self._account

    def partition(self) -> str:
        """``aws``, or ``aws-cn`` where the home region is in China."""
        return self._session.get_partition_for_region(self.home_region)

    def assume(self, role_arn: str, *, session_name: str, external_id: str) -> Access:
        """The way into another account through a role of it; the same for every call.

        Nothing is asked of AWS yet: each call through it may fail like any other, with the refusal
        of ``sts:AssumeRole``. Credentials are renewed before they expire, by the machine's own
        clock, so that a clock that differs from AWS's does no harm.
        """
        with self._lock:
            if role_arn not in self._members:

                def refresh() -> dict[str, str]:
                    return self._credentials(role_arn, session_name, external_id)

                core = _core_session()
                core.set_config_variable("region", self.home_region)
                core._credentials = DeferredRefreshableCredentials(  # type: ignore[attr-defined]  # noqa: SLF001
                    refresh_using=refresh, method="assume-role", time_fetcher=utc_now
                )
                member = Access(boto3.Session(botocore_session=core))
                member._account = role_arn.split(":")[4]
                self._members[role_arn] = member
            return self._members[role_arn]

    def _credentials(self, role_arn: str, session_name: str, external_id: str) -> dict[str, str]:
        answer = (
            self.client("sts", self.home_region)
            .assume_role(
                RoleArn=role_arn,
                RoleSessionName=session_name,
                ExternalId=external_id,
                DurationSeconds=SESSION_SECONDS,
            )
            .get("Credentials")
        )
        if not answer:
            raise CredentialRetrievalError(provider="assume-role", error_msg="AWS sent none")
        until = utc_now() + timedelta(seconds=SESSION_SECONDS) - _REFRESH_MARGIN
        return {
            "access_key": answer["AccessKeyId"],
            "secret_key": answer["SecretAccessKey"],
            "token": answer["SessionToken"],
            "expiry_time": until.isoformat(),
        }
