"""Reading AWS's refusals: which may pass by themselves, and what to tell people."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

AWS_ERRORS = (ClientError, BotoCoreError)
"""What a boto3 call may raise: a refusal by the service, or no answer at all."""

_THROTTLED = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
)
_INVALID = frozenset(
    {
        "InvalidParameterCombination",
        "InvalidParameterValue",
        "InvalidParameterException",
        "MissingParameter",
        "MissingRequiredParameterException",
        "ValidationError",
        "ValidationException",
    }
)
# What a region answers to valid credentials when it is not enabled for the account.
_NOT_ENABLED = frozenset(
    {"AuthFailure", "InvalidClientTokenId", "OptInRequired", "UnrecognizedClientException"}
)
_BAD_TOKEN = frozenset({"InvalidNextToken", "InvalidNextTokenException"})
_NOT_FOUND = frozenset({"NotFound", "NotFoundException", "ResourceNotFound"})


def code_of(error: Exception) -> str:
    """AWS's error code, or the class name when there was no answer."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def is_throttled(error: Exception) -> bool:
    """Whether the service asked us to slow down."""
    return code_of(error) in _THROTTLED


def is_denied(error: Exception) -> bool:
    """Whether permissions are missing."""
    return code_of(error) in _DENIED


def is_invalid(error: Exception) -> bool:
    """Whether the service refused a value, so that a part of a batch may still be good."""
    return code_of(error) in _INVALID


def is_bad_token(error: Exception) -> bool:
    """Whether a page's token expired, so that the list has to be read from its beginning."""
    return code_of(error) in _BAD_TOKEN


def is_busy(error: Exception) -> bool:
    """Whether the resource is changing at the moment."""
    return code_of(error) == "ResourceInUseException"


def tried_again(error: Exception) -> bool:
    """Whether boto3 asked more than once, so that an earlier try may have been carried out.

    True where nobody can tell.
    """
    if not isinstance(error, ClientError):
        return True
    return bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 1))


def is_final(error: Exception) -> bool:
    """Whether the service itself refused, and nothing was or will be done about the call."""
    if not isinstance(error, ClientError):
        return False
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    return bool(400 <= status < 500) and not is_busy(error)


def is_answer(error: Exception) -> bool:
    """Whether the service looked at the call, so that its answer says something about it."""
    if not isinstance(error, ClientError) or is_throttled(error) or code_of(error) in _NOT_ENABLED:
        return False
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    return bool(400 <= status < 500)


def is_not_found(error: Exception) -> bool:
    """Whether the thing does not exist."""
    code = code_of(error)
    return code in _NOT_FOUND or code == "ResourceNotFoundException"


_THROTTLED_CURE = "AWS throttles the call; the next cycle tries again"
_DENIED_CURE = "a permission is missing: redeploy the stack, or look for a policy that denies it"
_SILENT_CURE = "no answer from AWS; the next cycle tries again"
_AT_THE_DESK = {
    _THROTTLED_CURE: "AWS throttles the call; try again in a minute",
    _DENIED_CURE: (
        "your credentials lack the permission; `personalize-monitor doctor` names what is missing"
    ),
    _SILENT_CURE: "no answer from AWS; look at the network and the endpoint, and try again",
    ", or take it out of Regions": ", or leave it out of --region",
    "take it out of Regions": "leave it out of --region",
}


def at_the_desk(told: str) -> str:
    """The same sentence for somebody whose own credentials and network it is about."""
    for cycle, operator in _AT_THE_DESK.items():
        told = told.replace(cycle, operator)
    return told


def sentence(doing: str, error: Exception, *, region: str = "") -> str:
    """What failed and what to do about it, for the summary and for people.

    With ``region`` it was the first call there, so that the region itself may be the reason.
    """
    if region and code_of(error) in _NOT_ENABLED:
        cure = (
            f"{region} may be an opt-in region that is not enabled in this account: enable it "
            "under Account > AWS Regions, or take it out of Regions"
        )
    elif is_throttled(error):
        cure = _THROTTLED_CURE
    elif is_denied(error):
        cure = _DENIED_CURE
        cure += f"; where an organization closes {region}, take it out of Regions" if region else ""
    elif isinstance(error, ClientError):
        cure = "AWS refused"
    else:
        cure = _SILENT_CURE
        cure += f"; if {region} never answers, take it out of Regions" if region else ""
    return f"{doing} failed ({code_of(error)}): {cure}. AWS says: {text_of(error)}"


def text_of(error: Exception) -> str:
    """What AWS itself said, or what stood in the way of an answer."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Message") or error)
    return str(error)
