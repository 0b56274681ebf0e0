"""How the command ends: codes for scripts, and the one sentence for people."""

from __future__ import annotations

import enum

from personalize_monitor.errors import InvalidRequest, PersonalizeMonitorError


class Exit(enum.IntEnum):
    """Exit codes, the same for every verb."""

    FINE = 0
    FINDINGS = 1
    """There are findings, and ``--check`` asked to say so."""
    USAGE = 2
    """The command was not meant like this; nothing was asked of AWS."""
    REFUSED = 3
    """AWS said no, or gave no answer."""
    PARTLY = 4
    """A part of the account did not answer; what is shown is true, but not all."""
    BUG = 70
    """A mistake of ours."""
    INTERRUPTED = 130


class Usage(InvalidRequest):
    """An option that cannot be meant; the message says which are allowed."""


class Refused(PersonalizeMonitorError):
    """AWS refused something that the verb cannot do without."""


def credentials_sentence(error: Exception) -> str | None:
    """What to do about missing or broken credentials, or None when it is about something else."""
    name = type(error).__name__
    if name in {"NoCredentialsError", "PartialCredentialsError"}:
        return (
            "No AWS credentials were found; give --profile, or set AWS_PROFILE or "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if name == "ProfileNotFound":
        return f"{error}; `aws configure list-profiles` shows the ones there are."
    if name in {"TokenRetrievalError", "UnauthorizedSSOTokenError", "SSOTokenLoadError"}:
        return f"The single sign-on session has ended ({error}); run `aws sso login`."
    if name == "ConfigParseError":
        return f"{error}; correct that file, or name another with AWS_CONFIG_FILE."
    if name == "CredentialRetrievalError":
        return f"The credentials could not be had ({error}); look at the profile's own settings."
    return _of_aws(error)


_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_NOT_KNOWN = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure"}
)


def _of_aws(error: Exception) -> str | None:
    """The same for what AWS itself says of them."""
    # Some errors of botocore have a response that is None: nothing was answered.
    code = (getattr(error, "response", None) or {}).get("Error", {}).get("Code", "")
    if code in _EXPIRED:
        return f"Your credentials have expired ({code}); renew them, as with `aws sso login`."
    if code in _NOT_KNOWN:
        return (
            f"AWS does not know these credentials ({code}); look at --profile and the keys, and "
            "whether the region is enabled in this account."
        )
    if code == "SignatureDoesNotMatch":
        return "The secret key does not belong to the access key; set both anew."
    return None
