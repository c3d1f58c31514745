"""What Cognito and the way to it answer when they do not do what was asked, as authflow's own errors.

- Every exception that Cognito's client operations know has its code, and what can be done about it (`_KNOWN`).
- `NotAuthorizedException` stands for many things, which only its message tells apart (`_BY_MESSAGE`). So does
  `InvalidParameterException` for a flow that the app client does not allow (`_FLOW_OFF`).
- An exception that nobody has met keeps its name and its message; its code is `unknown`.
- A failure on the way is one of two things: the request never left, or nobody knows whether it was acted upon. Where
  botocore's exception does not tell, it is the latter, for what is repeated needlessly may happen twice.
- No message passes as it came (`authflow.adapters.cognito.scrubbing`).
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from authflow.adapters.cognito.scrubbing import scrub
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_NAME_CAP = 100


@attrs.frozen
class _Meaning:
    """What an exception means: its code, what to do about it, the refused field, and whether time may heal it."""

    code: ErrorCode
    recovery: Recovery = Recovery.NONE
    field: str | None = None
    retryable: bool = False


_OPERATOR = Recovery.FIX_CONFIGURATION
_ADMINISTRATOR = Recovery.CONTACT_ADMINISTRATOR
_INPUT = Recovery.CORRECT_INPUT
_THROTTLED = _Meaning(ErrorCode.TOO_MANY_REQUESTS, Recovery.WAIT, retryable=True)
_BROKEN = _Meaning(ErrorCode.INTERNAL_ERROR, Recovery.RETRY, retryable=True)
_UNKNOWN = _Meaning(ErrorCode.UNKNOWN)

# Cognito's API reference, "Errors" of the operations that a client calls and "Common Errors"; codes by
# AWSMobileClient's rule (drop `Exception`, lower the first letter). The suffix `Exception` is left out here.
_KNOWN: Mapping[str, _Meaning] = {
    "AliasExists": _Meaning(ErrorCode.ALIAS_EXISTS, _INPUT),
    "CodeDeliveryFailure": _Meaning(ErrorCode.CODE_DELIVERY_FAILURE, Recovery.RETRY, retryable=True),
    "CodeMismatch": _Meaning(ErrorCode.CODE_MISMATCH, _INPUT, "code"),
    "ExpiredCode": _Meaning(ErrorCode.EXPIRED_CODE, Recovery.REQUEST_NEW_CODE, "code"),
    "GroupExists": _Meaning(ErrorCode.GROUP_EXISTS),
    "InternalError": _BROKEN,
    "InvalidLambdaResponse": _Meaning(ErrorCode.INVALID_LAMBDA_RESPONSE, _OPERATOR),
    "InvalidOAuthFlow": _Meaning(ErrorCode.INVALID_OAUTH_FLOW, _OPERATOR),
    "InvalidParameter": _Meaning(ErrorCode.INVALID_PARAMETER, _INPUT),
    "InvalidPassword": _Meaning(ErrorCode.INVALID_PASSWORD, _INPUT, "password"),
    "InvalidUserPoolConfiguration": _Meaning(ErrorCode.INVALID_USER_POOL_CONFIGURATION, _OPERATOR),
    "LimitExceeded": _Meaning(ErrorCode.LIMIT_EXCEEDED, Recovery.WAIT, retryable=True),
    "MFAMethodNotFound": _Meaning(ErrorCode.MFA_METHOD_NOT_FOUND, _ADMINISTRATOR),
    "NotAuthorized": _Meaning(ErrorCode.NOT_AUTHORIZED, Recovery.SIGN_IN),
    "PasswordResetRequired": _Meaning(ErrorCode.PASSWORD_RESET_REQUIRED, Recovery.RESET_PASSWORD),
    "ResourceNotFound": _Meaning(ErrorCode.RESOURCE_NOT_FOUND, _OPERATOR),
    "ScopeDoesNotExist": _Meaning(ErrorCode.SCOPE_DOES_NOT_EXIST, _OPERATOR),
    "SoftwareTokenMFANotFound": _Meaning(ErrorCode.SOFTWARE_TOKEN_MFA_NOT_FOUND, _ADMINISTRATOR),
    "TooManyFailedAttempts": _Meaning(ErrorCode.TOO_MANY_FAILED_ATTEMPTS, Recovery.WAIT, retryable=True),
    "TooManyRequests": _THROTTLED,
    # A trigger that was cold runs into Cognito's five seconds and answers the next time.
    "UnexpectedLambda": _Meaning(ErrorCode.UNEXPECTED_LAMBDA, Recovery.RETRY, retryable=True),
    "UserLambdaValidation": _Meaning(ErrorCode.USER_LAMBDA_VALIDATION, _INPUT),
    "UserNotConfirmed": _Meaning(ErrorCode.USER_NOT_CONFIRMED, Recovery.CONFIRM_SIGN_UP),
    "UserNotFound": _Meaning(ErrorCode.USER_NOT_FOUND, _INPUT, "username"),
    "UsernameExists": _Meaning(ErrorCode.USERNAME_EXISTS, _INPUT, "username"),
    # Those that AWSMobileClient left as `unknown`.
    "ConcurrentModification": _Meaning(ErrorCode.CONCURRENT_MODIFICATION, Recovery.RETRY, retryable=True),
    "DuplicateProvider": _Meaning(ErrorCode.DUPLICATE_PROVIDER, _OPERATOR),
    "EnableSoftwareTokenMFA": _Meaning(ErrorCode.ENABLE_SOFTWARE_TOKEN_MFA, _INPUT, "code"),
    "InvalidEmailRoleAccessPolicy": _Meaning(ErrorCode.INVALID_EMAIL_ROLE_ACCESS_POLICY, _OPERATOR),
    "InvalidSmsRoleAccessPolicy": _Meaning(ErrorCode.INVALID_SMS_ROLE_ACCESS_POLICY, _OPERATOR),
    "InvalidSmsRoleTrustRelationship": _Meaning(ErrorCode.INVALID_SMS_ROLE_TRUST_RELATIONSHIP, _OPERATOR),
    "PreconditionNotMet": _Meaning(ErrorCode.PRECONDITION_NOT_MET),
    "UnsupportedIdentityProvider": _Meaning(ErrorCode.UNSUPPORTED_IDENTITY_PROVIDER, _OPERATOR),
    "UnsupportedUserState": _Meaning(ErrorCode.UNSUPPORTED_USER_STATE, _ADMINISTRATOR),
    "UserImportInProgress": _Meaning(ErrorCode.USER_IMPORT_IN_PROGRESS, Recovery.WAIT, retryable=True),
    "UserPoolAddOnNotEnabled": _Meaning(ErrorCode.USER_POOL_ADD_ON_NOT_ENABLED, _OPERATOR),
    "UserPoolTagging": _Meaning(ErrorCode.USER_POOL_TAGGING, _OPERATOR),
    # Those that came later.
    "Forbidden": _Meaning(ErrorCode.FORBIDDEN, _ADMINISTRATOR),
    "PasswordHistoryPolicyViolation": _Meaning(ErrorCode.PASSWORD_HISTORY_POLICY_VIOLATION, _INPUT, "password"),
    "RefreshTokenReuse": _Meaning(ErrorCode.REFRESH_TOKEN_REUSE, Recovery.SIGN_IN),
    "Unauthorized": _Meaning(ErrorCode.UNAUTHORIZED, Recovery.SIGN_IN),
    "UnsupportedOperation": _Meaning(ErrorCode.UNSUPPORTED_OPERATION, _OPERATOR),
    "UnsupportedTokenType": _Meaning(ErrorCode.UNSUPPORTED_TOKEN_TYPE, Recovery.SIGN_IN),
    # Enrolling once more begins with a new challenge.
    "WebAuthnChallengeNotFound": _Meaning(ErrorCode.WEB_AUTHN_CHALLENGE_NOT_FOUND, Recovery.RETRY, retryable=True),
    "WebAuthnClientMismatch": _Meaning(ErrorCode.WEB_AUTHN_CLIENT_MISMATCH, _OPERATOR),
    "WebAuthnConfigurationMissing": _Meaning(ErrorCode.WEB_AUTHN_CONFIGURATION_MISSING, _OPERATOR),
    # Another device or another provider of passkeys may do.
    "WebAuthnCredentialNotSupported": _Meaning(ErrorCode.WEB_AUTHN_CREDENTIAL_NOT_SUPPORTED, _INPUT),
    "WebAuthnNotEnabled": _Meaning(ErrorCode.WEB_AUTHN_NOT_ENABLED, _OPERATOR),
    "WebAuthnOriginNotAllowed": _Meaning(ErrorCode.WEB_AUTHN_ORIGIN_NOT_ALLOWED, _OPERATOR),
    "WebAuthnRelyingPartyMismatch": _Meaning(ErrorCode.WEB_AUTHN_RELYING_PARTY_MISMATCH, _OPERATOR),
    # Errors of every AWS service, and of the gateways before them.
    "Throttling": _THROTTLED,
    "Throttled": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
    "RequestThrottled": _THROTTLED,
    "InternalFailure": _BROKEN,
    "InternalServer": _BROKEN,
    "InternalServerError": _BROKEN,
    "Service": _BROKEN,
    "ServiceUnavailable": _BROKEN,
}

_SESSION_EXPIRED = _Meaning(ErrorCode.SESSION_EXPIRED, Recovery.SIGN_IN)
_REFRESH_EXPIRED = _Meaning(ErrorCode.EXPIRED_REFRESH_TOKEN, Recovery.SIGN_IN)


def _refused(recovery: Recovery) -> _Meaning:
    return _Meaning(ErrorCode.NOT_AUTHORIZED, recovery)


# "Invalid session for the user, session is expired.", "..., session can only be used once.", or nothing behind "user".
_SPENT_SESSION = re.compile(
    r"invalid session for the user|\bsession (is|has) expired|session can only be used once", re.IGNORECASE
)

# "USER_PASSWORD_AUTH flow not enabled for this client", "USER_SRP_AUTH is not enabled for the client.", "Auth flow not
# enabled for this client", "Initiate Auth method not supported.": one cause, four messages, no exception of its own.
_FLOW_OFF = re.compile(
    r"(\bflow|_AUTH) (is )?not enabled for th(e|is) client|initiate auth method not supported", re.IGNORECASE
)
_FLOW_NOT_ENABLED = _Meaning(ErrorCode.AUTH_FLOW_NOT_ENABLED, _OPERATOR)

# Cognito documents none of these messages; they are the ones its clients have met. The first that fits counts.
_BY_MESSAGE: tuple[tuple[re.Pattern[str], _Meaning], ...] = (
    (_SPENT_SESSION, _SESSION_EXPIRED),
    (_FLOW_OFF, _FLOW_NOT_ENABLED),
    *(
        (re.compile(pattern, re.IGNORECASE), meaning)
        for pattern, meaning in (
            (r"temporary password has expired", _Meaning(ErrorCode.TEMPORARY_PASSWORD_EXPIRED, _ADMINISTRATOR)),
            (
                r"attempts exceeded|attempt limit exceeded",
                _Meaning(ErrorCode.TOO_MANY_FAILED_ATTEMPTS, Recovery.WAIT, retryable=True),
            ),
            (r"refresh ?token has (expired|been revoked)|invalid refresh ?token", _REFRESH_EXPIRED),
            (r"user is disabled", _refused(_ADMINISTRATOR)),
            (r"incorrect username or password", _refused(_INPUT)),
            (r"secret ?_?hash|configured (with|for) secret", _refused(_OPERATOR)),
            (r"is not permitted for this user pool|cannot be reset in the current state", _refused(_ADMINISTRATOR)),
            (r"contact administrator", _refused(_ADMINISTRATOR)),
        )
    ),
)

# Cognito: "Value at 'password' failed to satisfy constraint"; botocore: "Invalid length for parameter Password, ...".
# The names are the operations' members; to them belong authflow's fields.
_MEMBERS = {
    "username": "username",
    "password": "password",
    "proposedpassword": "password",
    "confirmationcode": "code",
    "usercode": "code",
}
_MEMBER = re.compile(r"\bat '(?:\w+\.)*(\w+)' failed|\bfor parameter (?:\w+\.)*(\w+),", re.IGNORECASE)


def error_from_client_error(exc: "ClientError", *, secrets: Collection[str] = ()) -> ErrorInfo:
    """Returns what Cognito's refusal means.

    Args:
        exc: the refusal, as botocore raised it.
        secrets: what the request held; none of it is left in the message.
    """
    response = _mapping(exc.response)
    error = _mapping(response.get("Error"))
    name, message = _text(error.get("Code")), _text(error.get("Message"))
    status = _mapping(response.get("ResponseMetadata")).get("HTTPStatusCode")
    meaning = _meaning(name, message, status if isinstance(status, int) else 0)
    shown_name = scrub(name, secrets, cap=_NAME_CAP)
    return ErrorInfo(
        code=meaning.code,
        message=scrub(message, secrets) or f"Cognito refused the request ({shown_name or 'no reason given'}).",
        name=shown_name or None,
        field=meaning.field,
        retryable=meaning.retryable,
        recovery=meaning.recovery,
    )


def _meaning(name: str, message: str, status: int) -> _Meaning:
    known = _KNOWN.get(name.removesuffix("Exception"))
    if known is None:
        return _by_status(name, status)
    if known.code is ErrorCode.NOT_AUTHORIZED:
        return next((meaning for pattern, meaning in _BY_MESSAGE if pattern.search(message)), known)
    if known.code is ErrorCode.CODE_MISMATCH and _SPENT_SESSION.search(message):
        return _SESSION_EXPIRED  # a challenge's code that comes too late has been met with either name
    if known.code is ErrorCode.INVALID_PARAMETER and _FLOW_OFF.search(message):
        return _FLOW_NOT_ENABLED
    if known.code is ErrorCode.INVALID_PARAMETER:
        return attrs.evolve(known, field=_field_in(message))
    return known


def _by_status(name: str, status: int) -> _Meaning:
    if re.fullmatch(r"[1-5][0-9][0-9]", name):  # a gateway's answer without a body: botocore names it so
        return _THROTTLED if name == "429" else _BROKEN if name.startswith("5") else _UNKNOWN
    if status == 429:
        return attrs.evolve(_UNKNOWN, recovery=Recovery.WAIT, retryable=True)
    if status >= 500:
        return attrs.evolve(_UNKNOWN, recovery=Recovery.RETRY, retryable=True)
    return _UNKNOWN


def _field_in(message: str) -> str | None:
    found = {_MEMBERS.get((one or other).lower()) for one, other in _MEMBER.findall(message)}
    return found.pop() if len(found) == 1 else None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def error_from_exception(exc: Exception, *, secrets: Collection[str] = ()) -> ErrorInfo:
    """Returns what an exception of the SDK means: a refusal, a request that never left, or an outcome unknown.

    The message is authflow's own: botocore's quotes addresses, and the values of parameters.

    Args:
        exc: what the call raised.
        secrets: see `error_from_client_error`.
    """
    from botocore import exceptions

    if isinstance(exc, exceptions.ClientError):
        return error_from_client_error(exc, secrets=secrets)
    if isinstance(exc, AuthFlowError):
        return exc.info
    name = type(exc).__name__
    if isinstance(exc, exceptions.ParamValidationError | exceptions.ValidationError):
        return ErrorInfo(
            code=ErrorCode.NOT_SENT,
            message="A value has not the form that Cognito takes; nothing was sent.",
            name=name,
            field=_field_in(str(exc)),
            recovery=Recovery.CORRECT_INPUT,
        )
    if isinstance(exc, _before_sending()):
        return ErrorInfo(
            code=ErrorCode.NOT_SENT,
            message=f"The AWS SDK is not configured for the call ({name}); nothing was sent.",
            name=name,
            recovery=Recovery.FIX_CONFIGURATION,
        )
    return _not_sent(name) if _failed_to_connect(exc) else _outcome_unknown(name)


def _not_sent(name: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.NOT_SENT,
        message="Cognito could not be reached; nothing was sent.",
        name=name,
        retryable=True,
        recovery=Recovery.RETRY,
    )


def _outcome_unknown(name: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.OUTCOME_UNKNOWN,
        message="Cognito did not answer; it may or may not have done what was asked.",
        name=name,
    )


def _before_sending() -> tuple[type[Exception], ...]:
    """Returns botocore's exceptions about its own configuration, raised before there is a request."""
    from botocore import exceptions

    return (
        exceptions.BaseEndpointResolverError,
        exceptions.ConfigNotFound,
        exceptions.ConfigParseError,
        exceptions.CredentialRetrievalError,
        exceptions.DataNotFoundError,
        exceptions.EndpointProviderError,
        exceptions.InvalidConfigError,
        exceptions.InvalidProxiesConfigError,
        exceptions.NoAuthTokenError,
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.ProfileNotFound,
        exceptions.TokenRetrievalError,
        exceptions.UnknownRegionError,
        exceptions.UnknownSignatureVersionError,
        exceptions.UnsupportedSignatureVersionError,
    )


def _failed_to_connect(exc: Exception) -> bool:
    import socket

    from botocore import exceptions

    if isinstance(exc, exceptions.SSLError):
        return any(_is_handshake(cause) for cause in _causes(exc))
    # `ConnectionError` is botocore's: endpoint, connect timeout and proxy. A read timeout is none.
    return isinstance(exc, exceptions.ConnectionError | socket.gaierror | ConnectionRefusedError)


# OpenSSL's reasons that end a handshake. Others (an end of file, say) come while an answer is read, too.
_HANDSHAKE = re.compile(
    r"CERTIFICATE_VERIFY_FAILED|HANDSHAKE|WRONG_VERSION_NUMBER|(UN)?KNOWN_PROTOCOL|UNSUPPORTED_PROTOCOL|"
    r"PROTOCOL_VERSION|NO_PROTOCOLS_AVAILABLE|UNRECOGNIZED_NAME|HTTP_REQUEST|HTTPS_PROXY_REQUEST|NO_SHARED_CIPHER|"
    r"KEY_TOO_SMALL"
)


def _is_handshake(cause: BaseException) -> bool:
    import ssl

    if isinstance(cause, ssl.SSLCertVerificationError):
        return True
    # Errors that Python makes itself have no reason, whatever the type says.
    return isinstance(cause, ssl.SSLError) and bool(_HANDSHAKE.search(getattr(cause, "reason", None) or ""))


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """Yields the exceptions that led to `exc`: chained ones, and those that libraries pass as an argument."""
    waiting, seen = [exc], set[int]()
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        packed = getattr(cause, "kwargs", None)
        passed = [*cause.args, *(packed.values() if isinstance(packed, dict) else ())]
        candidates = [cause.__cause__, cause.__context__, *passed]
        waiting += [one for one in candidates if isinstance(one, BaseException)]
