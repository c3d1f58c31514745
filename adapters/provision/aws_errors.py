"""What AWS refuses, in one sentence that says what to do."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_Said = tuple[ErrorCode, str, Recovery]

# AWS, "Common error types": these mean the same for every service. `{what}` is what was wanted.
_DENIED: Final[_Said] = (
    ErrorCode.FORBIDDEN,
    "Your AWS credentials do not allow {operation}: have an administrator allow it, or use another --profile.",
    Recovery.CONTACT_ADMINISTRATOR,
)
_EXPIRED: Final[_Said] = (
    ErrorCode.UNAUTHORIZED,
    "Your AWS credentials have ended: sign in to AWS again (aws sso login, aws login), and repeat the command.",
    Recovery.FIX_CONFIGURATION,
)
_UNKNOWN_KEY: Final[_Said] = (
    ErrorCode.UNAUTHORIZED,
    "AWS does not know your credentials: check the keys of the --profile.",
    Recovery.FIX_CONFIGURATION,
)
_QUOTA: Final[_Said] = (
    ErrorCode.LIMIT_EXCEEDED,
    "{what} would exceed a quota of the AWS account: delete what is not needed, or ask for more in Service Quotas.",
    Recovery.CONTACT_ADMINISTRATOR,
)
_THROTTLED: Final[_Said] = (
    ErrorCode.TOO_MANY_REQUESTS,
    "AWS is asked too often just now: wait a minute, and repeat the command.",
    Recovery.WAIT,
)
_REFUSED: Final[Mapping[str, _Said]] = {
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "UnauthorizedOperation": _DENIED,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "InvalidSignatureException": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": _UNKNOWN_KEY,
    "LimitExceeded": _QUOTA,
    "LimitExceededException": _QUOTA,
    "Throttling": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "TooManyRequestsException": _THROTTLED,
    "ResourceNotFoundException": (
        ErrorCode.RESOURCE_NOT_FOUND,
        "{what} is not there: check its id and the --region.",
        Recovery.FIX_CONFIGURATION,
    ),
}
# boto3's own errors, by class: nothing was sent.
_SSO: Final = "Your sign-in to AWS has ended: sign in again (aws sso login), and repeat the command."
_NOT_SENT: Final[Mapping[str, str]] = {
    "NoCredentialsError": "No AWS credentials are found: give --profile, or sign in to AWS (aws configure, aws login).",
    "PartialCredentialsError": "Your AWS credentials are incomplete: give both the key's id and the secret key.",
    "ProfileNotFound": "There is no such profile: give another --profile, or make it (aws configure --profile).",
    "NoRegionError": "No AWS region is known: give --region, or set AWS_REGION or the profile's region.",
    "InvalidRegionError": "That is no AWS region: write one like eu-west-1.",
    "TokenRetrievalError": _SSO,
    "UnauthorizedSSOTokenError": _SSO,
    "SSOTokenLoadError": "You are not signed in to AWS: sign in (aws sso login), and repeat the command.",
    "EndpointConnectionError": "AWS cannot be reached: check the network and the --region, and repeat the command.",
    "ParamValidationError": "A setting has a form that AWS does not take: check what was given.",
}


def error_of(error: Exception, what: str) -> AuthFlowError:
    """Returns what went wrong, in a sentence.

    Args:
        error: what boto3 raised.
        what: what was wanted, as the beginning of a sentence ("The user pool shop").
    """
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        return exception_from(_refused(response, getattr(error, "operation_name", "that"), what))
    kind = type(error).__name__
    known = _silent_emulator(error) or _NOT_SENT.get(kind)
    if known is not None:
        return exception_from(
            ErrorInfo(
                code=ErrorCode.INVALID_CONFIGURATION, message=known, name=kind, recovery=Recovery.FIX_CONFIGURATION
            )
        )
    message = f"{what}: AWS did not answer ({kind}). Look whether it is there before you repeat the command."
    return exception_from(
        ErrorInfo(code=ErrorCode.OUTCOME_UNKNOWN, message=message, name=kind, recovery=Recovery.RETRY)
    )


def _silent_emulator(error: Exception) -> str | None:
    """Returns what to say of a server of one's own that does not answer; None for anything else."""
    url = str(getattr(error, "kwargs", {}).get("endpoint_url", ""))
    if not url.startswith("http:"):  # AWS is spoken to over TLS
        return None
    return f"{url.rstrip('/')} does not answer: start what is to be there (authflow pool serve), or correct the URL."


def code_of(error: "ClientError") -> str:
    """Returns the name of what the service refused with; "" when it gave none."""
    return error.response.get("Error", {}).get("Code", "")


def _refused(response: Mapping[str, Any], operation: str, what: str) -> ErrorInfo:
    error = response.get("Error") or {}
    name = str(error.get("Code") or "an error")
    said = str(error.get("Message") or "").rstrip(". ")
    if operation == "CreateUserPoolDomain" and name == "InvalidParameterException" and "associated" in said:
        message = f"{what} is taken by somebody else: choose another --domain."
        return ErrorInfo(code=ErrorCode.ALIAS_EXISTS, message=message, name=name, recovery=Recovery.FIX_CONFIGURATION)
    if name in _REFUSED:
        code, sentence, recovery = _REFUSED[name]
        message = sentence.format(what=what, operation=operation)
        return ErrorInfo(code=code, message=message, name=name, recovery=recovery)
    message = f"{what} is refused by {operation}: {said or name}."
    return ErrorInfo(code=ErrorCode.INVALID_PARAMETER, message=message, name=name, recovery=Recovery.FIX_CONFIGURATION)
