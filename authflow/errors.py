"""What can go wrong, as data that travels and as exceptions that are raised.

AuthFlowError
├── CallerError               the program or the user did something that the flow does not take
│   ├── ActionRejected        no region takes the intent now; `allowed` names those it takes
│   │   └── Busy              ... because a call is under way
│   ├── InvalidInput          a value was refused at the door; `field` names it
│   ├── RevisionConflict      the caller answered an older snapshot than the current one
│   ├── FlowClosed            the flow was closed
│   └── ConfigurationError    a configuration is missing or contradicts itself
├── ServiceRefused            Cognito answered, and the answer is no
├── Unreachable               Cognito did not answer
│   ├── NotSent               ... the request never left: repeating it is safe
│   └── OutcomeUnknown        ... it may have been acted upon: repeating it may happen twice
└── StoreUnavailable          the token store cannot be read or written

An `ErrorInfo` never holds a secret: messages that a service composed are scrubbed where they enter.
"""

from enum import StrEnum

from authflow.quick import Value, frozen_value


class ErrorCode(StrEnum):
    """The stable code of an error: AWSMobileClientError's 43 names, those it left unmapped, and authflow's own.

    Source: AWSMobileClient's `ErrorMappingHelper` (drop `Exception`, lower the first letter).
    """

    # Cognito's exceptions, as AWSMobileClient maps them (25).
    ALIAS_EXISTS = "aliasExists"
    CODE_DELIVERY_FAILURE = "codeDeliveryFailure"
    CODE_MISMATCH = "codeMismatch"
    EXPIRED_CODE = "expiredCode"
    GROUP_EXISTS = "groupExists"
    INTERNAL_ERROR = "internalError"
    INVALID_LAMBDA_RESPONSE = "invalidLambdaResponse"
    INVALID_OAUTH_FLOW = "invalidOAuthFlow"
    INVALID_PARAMETER = "invalidParameter"
    INVALID_PASSWORD = "invalidPassword"  # noqa: S105 - the name of an error
    INVALID_USER_POOL_CONFIGURATION = "invalidUserPoolConfiguration"
    LIMIT_EXCEEDED = "limitExceeded"
    MFA_METHOD_NOT_FOUND = "mfaMethodNotFound"
    NOT_AUTHORIZED = "notAuthorized"
    PASSWORD_RESET_REQUIRED = "passwordResetRequired"  # noqa: S105 - the name of an error
    RESOURCE_NOT_FOUND = "resourceNotFound"
    SCOPE_DOES_NOT_EXIST = "scopeDoesNotExist"
    SOFTWARE_TOKEN_MFA_NOT_FOUND = "softwareTokenMFANotFound"  # noqa: S105 - the name of an error
    TOO_MANY_FAILED_ATTEMPTS = "tooManyFailedAttempts"
    TOO_MANY_REQUESTS = "tooManyRequests"
    UNEXPECTED_LAMBDA = "unexpectedLambda"
    USER_LAMBDA_VALIDATION = "userLambdaValidation"
    USER_NOT_CONFIRMED = "userNotConfirmed"
    USER_NOT_FOUND = "userNotFound"
    USERNAME_EXISTS = "usernameExists"
    # AWSMobileClient's own (18).
    UNKNOWN = "unknown"
    NOT_SIGNED_IN = "notSignedIn"
    IDENTITY_ID_UNAVAILABLE = "identityIdUnavailable"
    GUEST_ACCESS_NOT_ALLOWED = "guestAccessNotAllowed"
    FEDERATION_PROVIDER_EXISTS = "federationProviderExists"
    COGNITO_IDENTITY_POOL_NOT_CONFIGURED = "cognitoIdentityPoolNotConfigured"
    UNABLE_TO_SIGN_IN = "unableToSignIn"
    INVALID_STATE = "invalidState"
    USER_POOL_NOT_CONFIGURED = "userPoolNotConfigured"
    USER_CANCELLED_SIGN_IN = "userCancelledSignIn"
    BAD_REQUEST = "badRequest"
    EXPIRED_REFRESH_TOKEN = "expiredRefreshToken"  # noqa: S105 - the name of an error
    ERROR_LOADING_PAGE = "errorLoadingPage"
    SECURITY_FAILED = "securityFailed"
    ID_TOKEN_NOT_ISSUED = "idTokenNotIssued"  # noqa: S105 - the name of an error
    ID_TOKEN_AND_ACCESS_TOKEN_NOT_ISSUED = "idTokenAndAcceessTokenNotIssued"  # noqa: S105 - the seed's own spelling
    INVALID_CONFIGURATION = "invalidConfiguration"
    DEVICE_NOT_REMEMBERED = "deviceNotRemembered"
    # Exceptions of Cognito that AWSMobileClient knew and left as `unknown`, by the same rule (12).
    CONCURRENT_MODIFICATION = "concurrentModification"
    DUPLICATE_PROVIDER = "duplicateProvider"
    ENABLE_SOFTWARE_TOKEN_MFA = "enableSoftwareTokenMFA"  # noqa: S105 - the name of an error
    INVALID_EMAIL_ROLE_ACCESS_POLICY = "invalidEmailRoleAccessPolicy"
    INVALID_SMS_ROLE_ACCESS_POLICY = "invalidSmsRoleAccessPolicy"
    INVALID_SMS_ROLE_TRUST_RELATIONSHIP = "invalidSmsRoleTrustRelationship"
    PRECONDITION_NOT_MET = "preconditionNotMet"
    UNSUPPORTED_IDENTITY_PROVIDER = "unsupportedIdentityProvider"
    UNSUPPORTED_USER_STATE = "unsupportedUserState"
    USER_IMPORT_IN_PROGRESS = "userImportInProgress"
    USER_POOL_ADD_ON_NOT_ENABLED = "userPoolAddOnNotEnabled"
    USER_POOL_TAGGING = "userPoolTagging"
    # Exceptions that Cognito's client operations have learned since, by the same rule.
    FORBIDDEN = "forbidden"
    UNAUTHORIZED = "unauthorized"
    UNSUPPORTED_OPERATION = "unsupportedOperation"
    UNSUPPORTED_TOKEN_TYPE = "unsupportedTokenType"  # noqa: S105 - the name of an error
    PASSWORD_HISTORY_POLICY_VIOLATION = "passwordHistoryPolicyViolation"  # noqa: S105 - the name of an error
    REFRESH_TOKEN_REUSE = "refreshTokenReuse"  # noqa: S105 - the name of an error
    WEB_AUTHN_CHALLENGE_NOT_FOUND = "webAuthnChallengeNotFound"
    WEB_AUTHN_CLIENT_MISMATCH = "webAuthnClientMismatch"
    WEB_AUTHN_CONFIGURATION_MISSING = "webAuthnConfigurationMissing"
    WEB_AUTHN_CREDENTIAL_NOT_SUPPORTED = "webAuthnCredentialNotSupported"
    WEB_AUTHN_NOT_ENABLED = "webAuthnNotEnabled"
    WEB_AUTHN_ORIGIN_NOT_ALLOWED = "webAuthnOriginNotAllowed"
    WEB_AUTHN_RELYING_PARTY_MISMATCH = "webAuthnRelyingPartyMismatch"
    # authflow's own.
    ACTION_REJECTED = "actionRejected"
    BUSY = "busy"
    INVALID_INPUT = "invalidInput"
    REVISION_CONFLICT = "revisionConflict"
    FLOW_CLOSED = "flowClosed"
    NOT_SENT = "notSent"
    OUTCOME_UNKNOWN = "outcomeUnknown"
    SESSION_EXPIRED = "sessionExpired"
    SECRET_GONE = "secretGone"  # noqa: S105 - the name of an error
    MALFORMED_RESPONSE = "malformedResponse"
    STORE_UNAVAILABLE = "storeUnavailable"
    TEMPORARY_PASSWORD_EXPIRED = "temporaryPasswordExpired"  # noqa: S105 - the name of an error
    AUTH_FLOW_NOT_ENABLED = "authFlowNotEnabled"
    # The way back from the hosted UI.
    REDIRECT_STATE_MISMATCH = "redirectStateMismatch"
    REDIRECT_ELSEWHERE = "redirectElsewhere"
    REDIRECT_MALFORMED = "redirectMalformed"
    REDIRECT_REFUSED = "redirectRefused"  # the provider, or the hosted UI, sent an error
    CODE_EXCHANGE_REFUSED = "codeExchangeRefused"


class Recovery(StrEnum):
    """What a person, or the program, can do about an error."""

    NONE = "none"
    RETRY = "retry"  # the same thing again, now
    WAIT = "wait"  # the same thing again, later (see retry_at)
    CORRECT_INPUT = "correct_input"  # another value in `field`
    REQUEST_NEW_CODE = "request_new_code"
    CONFIRM_SIGN_UP = "confirm_sign_up"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a recovery
    SIGN_IN = "sign_in"  # start again at the sign-in screen
    SIGN_OUT = "sign_out"
    REFRESH = "refresh"  # refresh the tokens, then the same thing again
    FIX_CONFIGURATION = "fix_configuration"  # nothing the user can do: the operator can
    CONTACT_ADMINISTRATOR = "contact_administrator"


@frozen_value(kw_only=True)
class ErrorInfo(Value):
    """An error as plain data: what happened, what can be done, and a stable code.

    Args:
        code: the stable code; programs branch on this and on nothing else.
        message: one English sentence without secrets.
        name: the service's own name of the exception, as it came; kept for exceptions nobody has met.
        field: the field of the screen whose value was refused, if one was.
        retryable: whether the same action may succeed unchanged.
        recovery: what to do about it.
        retry_at: earliest useful moment to retry, in seconds since the epoch on the flow's clock.
    """

    code: ErrorCode
    message: str
    name: str | None = None
    field: str | None = None
    retryable: bool = False
    recovery: Recovery = Recovery.NONE
    retry_at: float | None = None


class AuthFlowError(Exception):
    """The root: `except AuthFlowError` catches everything that authflow raises on purpose."""

    def __init__(self, info: ErrorInfo) -> None:
        super().__init__(info.message)
        self.info = info

    def __reduce__(self) -> tuple[object, ...]:
        # The classes are made in ways of their own; what makes them what they are stands in their attributes.
        return _restored, (type(self), self.info.message), vars(self)

    @property
    def code(self) -> ErrorCode:
        """The stable code."""
        return self.info.code

    @property
    def message(self) -> str:
        """One English sentence without secrets."""
        return self.info.message


def _restored(kind: type[AuthFlowError], message: str) -> AuthFlowError:
    return kind.__new__(kind, message)


class CallerError(AuthFlowError):
    """The program or the user did something that the flow does not take; nothing has changed."""


class ActionRejected(CallerError):
    """No region of the flow takes the intent now.

    Args:
        info: what happened.
        allowed: names of the intents that the flow takes now.
    """

    def __init__(self, info: ErrorInfo, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(info)
        self.allowed = allowed


class Busy(ActionRejected):
    """A call is under way and the intent neither joins nor preempts it."""


class InvalidInput(CallerError):
    """A value was refused at the door; `info.field` names it."""

    @classmethod
    def of(cls, field: str, message: str) -> "InvalidInput":
        """Builds the error for `field` from one sentence."""
        return cls(
            ErrorInfo(code=ErrorCode.INVALID_INPUT, message=message, field=field, recovery=Recovery.CORRECT_INPUT)
        )


class RevisionConflict(CallerError):
    """The caller answered an older snapshot than the current one."""


class FlowClosed(CallerError):
    """The flow was closed; make a new one."""


class ConfigurationError(CallerError):
    """A configuration is missing something or contradicts itself.

    Args:
        source: the file or mapping that was read.
        key: the key within it.
        remedy: what to write there.
        problem: what is wrong, as the middle of a sentence ("is missing").
    """

    def __init__(self, *, source: str, key: str, problem: str, remedy: str) -> None:
        super().__init__(
            ErrorInfo(
                code=ErrorCode.INVALID_CONFIGURATION,
                message=f"{source}: {key} {problem}; {remedy}.",
                field=key,
                recovery=Recovery.FIX_CONFIGURATION,
            )
        )
        self.source = source
        self.key = key
        self.remedy = remedy


class ServiceRefused(AuthFlowError):
    """Cognito answered, and the answer is no."""


class Unreachable(AuthFlowError):
    """Cognito did not answer."""


class NotSent(Unreachable):
    """The request never left: repeating it is safe."""


class OutcomeUnknown(Unreachable):
    """The request was sent and no answer came: it may have been acted upon."""


class StoreUnavailable(AuthFlowError):
    """The token store cannot be read or written; this says nothing about who is signed in."""


_EXCEPTION_OF_CODE: dict[ErrorCode, type[AuthFlowError]] = {
    ErrorCode.ACTION_REJECTED: ActionRejected,
    ErrorCode.INVALID_STATE: ActionRejected,
    ErrorCode.NOT_SIGNED_IN: ActionRejected,
    ErrorCode.BUSY: Busy,
    ErrorCode.INVALID_INPUT: InvalidInput,
    ErrorCode.REVISION_CONFLICT: RevisionConflict,
    ErrorCode.FLOW_CLOSED: FlowClosed,
    ErrorCode.NOT_SENT: NotSent,
    ErrorCode.OUTCOME_UNKNOWN: OutcomeUnknown,
    ErrorCode.STORE_UNAVAILABLE: StoreUnavailable,
}


def exception_from(info: ErrorInfo) -> AuthFlowError:
    """Returns the exception that `info` stands for, ready to be raised."""
    return _EXCEPTION_OF_CODE.get(info.code, ServiceRefused)(info)


def secret_gone(kind: str) -> ErrorInfo:
    """Returns the error of a secret that the vault no longer has."""
    return ErrorInfo(
        code=ErrorCode.SECRET_GONE,
        message=f"The {kind} is no longer in memory; enter it again.",
        recovery=Recovery.SIGN_IN,
    )


def place_of(raised: BaseException) -> str:
    """Returns where an exception was raised, " in function (file.py, line 12)"; nothing of what was in that frame."""
    traceback = raised.__traceback__
    if traceback is None:
        return ""
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    file = code.co_filename.replace("\\", "/").rpartition("/")[2]
    return f" in {code.co_name} ({file}, line {traceback.tb_lineno})"
