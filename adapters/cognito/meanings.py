"""What Cognito's exceptions mean: tables of their names, and of the messages that tell apart what one name stands for.

- Every exception that Cognito's client operations know has its code, and what can be done about it (`_KNOWN`).
- `NotAuthorizedException` stands for many things, which only its message tells apart; some others stand for two or
  three (`_BY_MESSAGE`).
- `InvalidParameterException` says in its message which value it means (`field_in`).
- An exception that nobody has met is `unknown`.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

import attrs

from authflow.adapters.cognito.scrubbing import scrub
from authflow.errors import ErrorCode, Recovery

_NOT_IMPLEMENTED: Final = 501  # RFC 9110, section 15.6.2; LocalStack's status for what it does not emulate
_FIELDS_CAP: Final = 2_000  # a line for each attribute of a user's


@attrs.frozen
class Meaning:
    """What an exception means.

    Args:
        code: its code.
        recovery: what to do about it.
        field: the field whose value was refused.
        retryable: whether time may heal it.
        message: authflow's own sentence, which takes the place of the service's.
    """

    code: ErrorCode
    recovery: Recovery = Recovery.NONE
    field: str | None = None
    retryable: bool = False
    message: str | None = None


_OPERATOR = Recovery.FIX_CONFIGURATION
_ADMINISTRATOR = Recovery.CONTACT_ADMINISTRATOR
_INPUT = Recovery.CORRECT_INPUT
_THROTTLED = Meaning(ErrorCode.TOO_MANY_REQUESTS, Recovery.WAIT, retryable=True)
_BROKEN = Meaning(ErrorCode.INTERNAL_ERROR, Recovery.RETRY, retryable=True)
_UNKNOWN = Meaning(ErrorCode.UNKNOWN)
_UNKNOWN_OPERATION = Meaning(ErrorCode.UNSUPPORTED_OPERATION, _OPERATOR)
_WRONG_VALUE = Meaning(ErrorCode.INVALID_PARAMETER, _INPUT)
_WRONG_CODE = Meaning(ErrorCode.CODE_MISMATCH, _INPUT, "code")
# AWS tells here who called and what for, the account's number included; a frontend is not to see it.
_CREDENTIALS = Meaning(
    ErrorCode.INVALID_CONFIGURATION,
    _OPERATOR,
    message="AWS did not accept the credentials of this program for the call; check them, their policy and the clock.",
)

# Cognito's API reference, "Errors" of the operations that a client calls and "Common Errors"; codes by
# AWSMobileClient's rule (drop `Exception`, lower the first letter). The suffix `Exception` is left out here.
_KNOWN: Mapping[str, Meaning] = {
    "AliasExists": Meaning(ErrorCode.ALIAS_EXISTS, _INPUT),
    "CodeDeliveryFailure": Meaning(ErrorCode.CODE_DELIVERY_FAILURE, Recovery.RETRY, retryable=True),
    "CodeMismatch": _WRONG_CODE,
    "ExpiredCode": Meaning(ErrorCode.EXPIRED_CODE, Recovery.REQUEST_NEW_CODE, "code"),
    "GroupExists": Meaning(ErrorCode.GROUP_EXISTS),
    "InternalError": _BROKEN,
    "InvalidLambdaResponse": Meaning(ErrorCode.INVALID_LAMBDA_RESPONSE, _OPERATOR),
    "InvalidOAuthFlow": Meaning(ErrorCode.INVALID_OAUTH_FLOW, _OPERATOR),
    "InvalidParameter": _WRONG_VALUE,
    "InvalidPassword": Meaning(ErrorCode.INVALID_PASSWORD, _INPUT, "password"),
    "InvalidUserPoolConfiguration": Meaning(ErrorCode.INVALID_USER_POOL_CONFIGURATION, _OPERATOR),
    "LimitExceeded": Meaning(ErrorCode.LIMIT_EXCEEDED, Recovery.WAIT, retryable=True),
    "MFAMethodNotFound": Meaning(ErrorCode.MFA_METHOD_NOT_FOUND, _ADMINISTRATOR),
    "NotAuthorized": Meaning(ErrorCode.NOT_AUTHORIZED, Recovery.SIGN_IN),
    "PasswordResetRequired": Meaning(ErrorCode.PASSWORD_RESET_REQUIRED, Recovery.RESET_PASSWORD),
    "ResourceNotFound": Meaning(ErrorCode.RESOURCE_NOT_FOUND, _OPERATOR),
    "ScopeDoesNotExist": Meaning(ErrorCode.SCOPE_DOES_NOT_EXIST, _OPERATOR),
    "SoftwareTokenMFANotFound": Meaning(ErrorCode.SOFTWARE_TOKEN_MFA_NOT_FOUND, _ADMINISTRATOR),
    "TooManyFailedAttempts": Meaning(ErrorCode.TOO_MANY_FAILED_ATTEMPTS, Recovery.WAIT, retryable=True),
    "TooManyRequests": _THROTTLED,
    # A trigger that was cold runs into Cognito's five seconds and answers the next time.
    "UnexpectedLambda": Meaning(ErrorCode.UNEXPECTED_LAMBDA, Recovery.RETRY, retryable=True),
    "UserLambdaValidation": Meaning(ErrorCode.USER_LAMBDA_VALIDATION, _INPUT),
    "UserNotConfirmed": Meaning(ErrorCode.USER_NOT_CONFIRMED, Recovery.CONFIRM_SIGN_UP),
    "UserNotFound": Meaning(ErrorCode.USER_NOT_FOUND, _INPUT, "username"),
    "UsernameExists": Meaning(ErrorCode.USERNAME_EXISTS, _INPUT, "username"),
    # Those that AWSMobileClient left as `unknown`.
    "ConcurrentModification": Meaning(ErrorCode.CONCURRENT_MODIFICATION, Recovery.RETRY, retryable=True),
    "DuplicateProvider": Meaning(ErrorCode.DUPLICATE_PROVIDER, _OPERATOR),
    "EnableSoftwareTokenMFA": Meaning(ErrorCode.ENABLE_SOFTWARE_TOKEN_MFA, _INPUT, "code"),
    "InvalidEmailRoleAccessPolicy": Meaning(ErrorCode.INVALID_EMAIL_ROLE_ACCESS_POLICY, _OPERATOR),
    "InvalidSmsRoleAccessPolicy": Meaning(ErrorCode.INVALID_SMS_ROLE_ACCESS_POLICY, _OPERATOR),
    "InvalidSmsRoleTrustRelationship": Meaning(ErrorCode.INVALID_SMS_ROLE_TRUST_RELATIONSHIP, _OPERATOR),
    "PreconditionNotMet": Meaning(ErrorCode.PRECONDITION_NOT_MET),
    "UnsupportedIdentityProvider": Meaning(ErrorCode.UNSUPPORTED_IDENTITY_PROVIDER, _OPERATOR),
    "UnsupportedUserState": Meaning(ErrorCode.UNSUPPORTED_USER_STATE, _ADMINISTRATOR),
    "UserImportInProgress": Meaning(ErrorCode.USER_IMPORT_IN_PROGRESS, Recovery.WAIT, retryable=True),
    "UserPoolAddOnNotEnabled": Meaning(ErrorCode.USER_POOL_ADD_ON_NOT_ENABLED, _OPERATOR),
    "UserPoolTagging": Meaning(ErrorCode.USER_POOL_TAGGING, _OPERATOR),
    # Those that came later.
    "FeatureUnavailableInTier": Meaning(ErrorCode.USER_POOL_ADD_ON_NOT_ENABLED, _OPERATOR),
    "Forbidden": Meaning(ErrorCode.FORBIDDEN, _ADMINISTRATOR),
    "OperationNotEnabled": Meaning(ErrorCode.UNSUPPORTED_OPERATION, _OPERATOR),
    "PasswordHistoryPolicyViolation": Meaning(ErrorCode.PASSWORD_HISTORY_POLICY_VIOLATION, _INPUT, "password"),
    "RefreshTokenReuse": Meaning(ErrorCode.REFRESH_TOKEN_REUSE, Recovery.SIGN_IN),
    "Unauthorized": Meaning(ErrorCode.UNAUTHORIZED, Recovery.SIGN_IN),
    "UnsupportedOperation": Meaning(ErrorCode.UNSUPPORTED_OPERATION, _OPERATOR),
    "UnsupportedTokenType": Meaning(ErrorCode.UNSUPPORTED_TOKEN_TYPE, Recovery.SIGN_IN),
    # Enrolling once more begins with a new challenge.
    "WebAuthnChallengeNotFound": Meaning(ErrorCode.WEB_AUTHN_CHALLENGE_NOT_FOUND, Recovery.RETRY, retryable=True),
    "WebAuthnClientMismatch": Meaning(ErrorCode.WEB_AUTHN_CLIENT_MISMATCH, _OPERATOR),
    "WebAuthnConfigurationMissing": Meaning(ErrorCode.WEB_AUTHN_CONFIGURATION_MISSING, _OPERATOR),
    # Another device or another provider of passkeys may do.
    "WebAuthnCredentialNotSupported": Meaning(ErrorCode.WEB_AUTHN_CREDENTIAL_NOT_SUPPORTED, _INPUT),
    "WebAuthnNotEnabled": Meaning(ErrorCode.WEB_AUTHN_NOT_ENABLED, _OPERATOR),
    "WebAuthnOriginNotAllowed": Meaning(ErrorCode.WEB_AUTHN_ORIGIN_NOT_ALLOWED, _OPERATOR),
    "WebAuthnRelyingPartyMismatch": Meaning(ErrorCode.WEB_AUTHN_RELYING_PARTY_MISMATCH, _OPERATOR),
    # Those of the identity pool alone; `identity_errors` has what they mean there.
    "ExternalService": _BROKEN,
    "InvalidIdentityPoolConfiguration": Meaning(ErrorCode.INVALID_CONFIGURATION, _OPERATOR),
    "ResourceConflict": Meaning(ErrorCode.IDENTITY_ID_UNAVAILABLE, _ADMINISTRATOR),
    # What services say to an operation that they do not know: AWS's frameworks and emulators.
    "InvalidAction": _UNKNOWN_OPERATION,
    "NotImplemented": _UNKNOWN_OPERATION,
    "UnknownOperation": _UNKNOWN_OPERATION,
    "Unsupported": _UNKNOWN_OPERATION,  # cognito-local: "CognitoLocal#Unsupported"
    # Errors of every AWS service, and of the gateways before them.
    "AccessDenied": _CREDENTIALS,
    "ExpiredToken": _CREDENTIALS,
    "IncompleteSignature": _CREDENTIALS,
    "InvalidSignature": _CREDENTIALS,
    "MissingAuthenticationToken": _CREDENTIALS,
    "UnrecognizedClient": _CREDENTIALS,
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

_SESSION_EXPIRED = Meaning(ErrorCode.SESSION_EXPIRED, Recovery.SIGN_IN)
_REFRESH_EXPIRED = Meaning(ErrorCode.EXPIRED_REFRESH_TOKEN, Recovery.SIGN_IN)
_FLOW_NOT_ENABLED = Meaning(ErrorCode.AUTH_FLOW_NOT_ENABLED, _OPERATOR)


def _refused(recovery: Recovery, message: str | None = None) -> Meaning:
    return Meaning(ErrorCode.NOT_AUTHORIZED, recovery, message=message)


# "Invalid session for the user, session is expired.", "..., session can only be used once.", or nothing behind "user".
_SPENT_SESSION = r"invalid session for the user|\bsession (is|has) expired|session can only be used once"

# "USER_PASSWORD_AUTH flow not enabled for this client", "USER_SRP_AUTH is not enabled for the client.", "Auth flow not
# enabled for this client", "Initiate Auth method not supported.", "Only custom auth (lambda driven) is enabled for this
# client.": one cause, five messages, no exception of its own.
_FLOW_OFF = (
    r"(\bflow|_AUTH) (is )?not enabled for th(e|is) client|initiate auth method not supported|"
    r"only custom auth .*is enabled for th(e|is) client"
)

# aws-sdk-ios compares the whole sentence: other resources that do not exist are told with the same exception.
UNKNOWN_DEVICE: Final = "Device does not exist."

# Whoever sends an access token is signed in: new tokens are the way out, and where there are none, the refresh says so.
_ACCESS_TOKEN: Final = "The access token {}; refresh the tokens, or sign out and in again."  # noqa: S105 - a sentence
REVOKED_TOKEN: Final = _ACCESS_TOKEN.format("has been revoked")
_EXPIRED_TOKEN: Final = _ACCESS_TOKEN.format("has expired")
_INVALID_TOKEN: Final = _ACCESS_TOKEN.format("is not valid")

# By the code of the exception. Cognito documents none of these messages; they are the ones its clients have met. The
# first that fits counts.
_BY_MESSAGE: Mapping[ErrorCode, tuple[tuple[str, Meaning], ...]] = {
    ErrorCode.NOT_AUTHORIZED: (
        (_SPENT_SESSION, _SESSION_EXPIRED),
        (_FLOW_OFF, _FLOW_NOT_ENABLED),
        (r"temporary password has expired", Meaning(ErrorCode.TEMPORARY_PASSWORD_EXPIRED, _ADMINISTRATOR)),
        (
            r"attempts exceeded|attempt limit exceeded",
            Meaning(ErrorCode.TOO_MANY_FAILED_ATTEMPTS, Recovery.WAIT, retryable=True),
        ),
        (r"refresh ?token has (expired|been revoked)|invalid refresh ?token", _REFRESH_EXPIRED),
        (r"access token has been revoked", _refused(Recovery.REFRESH, REVOKED_TOKEN)),
        (r"access token (has|is) expired", _refused(Recovery.REFRESH, _EXPIRED_TOKEN)),
        (r"invalid access token|signature for access token", _refused(Recovery.REFRESH, _INVALID_TOKEN)),
        (r"user is disabled", _refused(_ADMINISTRATOR)),
        (r"incorrect username or password", _refused(_INPUT)),
        # The hash, the secret itself, or the id of another app client: the program's, and nothing against the user.
        (r"secret ?_?hash|configured (with|for) secret|client ?secret|has different client", _refused(_OPERATOR)),
        (r"write unauthorized attribute|does not have required scopes", _refused(_OPERATOR)),
        (r"is not permitted for this user pool|cannot be reset in the current state", _refused(_ADMINISTRATOR)),
        (r"contact administrator", _refused(_ADMINISTRATOR)),
    ),
    # A challenge's code that comes too late has been met with either name.
    ErrorCode.CODE_MISMATCH: ((_SPENT_SESSION, _SESSION_EXPIRED),),
    # "Code mismatch and fail enable Software Token MFA"
    ErrorCode.ENABLE_SOFTWARE_TOKEN_MFA: ((r"code mismatch", _WRONG_CODE),),
    # "Your software token has already been used once.": no new code can be sent, but the app shows another one soon.
    ErrorCode.EXPIRED_CODE: (
        (
            r"already been used once",
            Meaning(
                ErrorCode.EXPIRED_CODE,
                Recovery.WAIT,
                "code",
                message="This code has been used already; wait for the next code.",
            ),
        ),
    ),
    ErrorCode.INVALID_PARAMETER: (
        (_FLOW_OFF, _FLOW_NOT_ENABLED),
        (
            r"custom auth lambda trigger is not configured",
            Meaning(ErrorCode.INVALID_USER_POOL_CONFIGURATION, _OPERATOR),
        ),
        (r"no (registered/)?verified (email|phone)", Meaning(ErrorCode.INVALID_PARAMETER, _ADMINISTRATOR)),
    ),
    ErrorCode.RESOURCE_NOT_FOUND: (
        (
            rf"^\s*{re.escape(UNKNOWN_DEVICE)}\s*$",
            Meaning(ErrorCode.RESOURCE_NOT_FOUND, _OPERATOR, message=UNKNOWN_DEVICE),
        ),
    ),
}

# Cognito: "Value at 'password' failed to satisfy constraint"; botocore: "Invalid length for parameter Password, ...".
# The names are the operations' members; to them belong authflow's fields.
_MEMBERS = {
    "username": "username",
    "password": "password",
    "previouspassword": "password",
    "proposedpassword": "new_password",
    "confirmationcode": "code",
    "usercode": "code",
}
_MEMBER = re.compile(r"\bat '(?:\w+\.)*(\w+)' failed|\bfor parameter (?:\w+\.)*(\w+),", re.IGNORECASE)

# What messages say of a user's attributes and username, and the field: a name, or what the pattern's group holds.
_ATTRIBUTE = r"((?:custom:|dev:)*[\w.-]{1,40})"
_ABOUT: tuple[tuple[re.Pattern[str], str | None], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), field)
    for pattern, field in (
        (r"invalid email address format", "email"),
        (r"invalid phone number format", "phone_number"),
        (r"\busername (?:should be|cannot be of) ", "username"),
        (rf"invalid attributes given, {_ATTRIBUTE} is missing", None),
        (rf"\buser\.{_ATTRIBUTE}: attribute cannot be updated", None),
        (rf"cannot modify an already provided {_ATTRIBUTE}", None),
    )
)
# "Attributes did not conform to the schema: name: The attribute is required\nnickname: ...", a line for each attribute.
_SCHEMA = re.compile(r"did not conform to the schema: (.*)", re.IGNORECASE)
_OF_SCHEMA = re.compile(rf"{_ATTRIBUTE}: ")
# There Cognito has for some attributes the names of SCIM (RFC 7643, section 4.1).
_SCIM = {
    "addresses": "address",
    "name.familyName": "family_name",
    "name.formatted": "name",
    "name.givenName": "given_name",
}


def meaning_of(name: str, message: str, status: int, secrets: Collection[str]) -> Meaning:
    """Returns what an exception of Cognito's, or of the gateways before it, means.

    Args:
        name: the exception's name.
        message: its message, as it came.
        status: the HTTP status that it came with; 0 where there was none.
        secrets: what the request held.
    """
    if status == _NOT_IMPLEMENTED:
        return _UNKNOWN_OPERATION
    known = _KNOWN.get(name.removesuffix("Exception"))
    if known is None:
        return _by_status(name, status)
    told = _BY_MESSAGE.get(known.code, ())
    meaning = next((meaning for pattern, meaning in told if re.search(pattern, message, re.IGNORECASE)), known)
    return attrs.evolve(meaning, field=field_in(message, secrets)) if meaning is _WRONG_VALUE else meaning


def _by_status(name: str, status: int) -> Meaning:
    if re.fullmatch(r"[1-5][0-9][0-9]", name):  # a gateway's answer without a body: botocore names it so
        return _THROTTLED if name == "429" else _BROKEN if name.startswith("5") else _UNKNOWN
    if status == 429:
        return attrs.evolve(_UNKNOWN, recovery=Recovery.WAIT, retryable=True)
    if status >= 500:
        return attrs.evolve(_UNKNOWN, recovery=Recovery.RETRY, retryable=True)
    return _UNKNOWN


def field_in(message: str, secrets: Collection[str]) -> str | None:
    """Returns the one field that a message is about, in Cognito's word; None where it is about none, or several.

    Args:
        message: what Cognito, or botocore, said of a value.
        secrets: what the request held.
    """
    # Scrubbed first: whoever echoes a secret where a name should stand is not to have a part of it shown.
    told = scrub(message, secrets, cap=_FIELDS_CAP)
    found = {_MEMBERS.get((one or other).lower()) for one, other in _MEMBER.findall(told)}
    for pattern, field in _ABOUT:
        found.update(field or match[1] for match in pattern.finditer(told))
    schema = _SCHEMA.search(told)
    if schema is not None:
        found.update(_SCIM.get(name, name) for name in _OF_SCHEMA.findall(schema[1]))
    return found.pop() if len(found) == 1 else None
