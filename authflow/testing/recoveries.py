"""What can be done about each error, as the adapters say it: errors as flows really meet them."""

from collections.abc import Mapping
from typing import Final

from authflow.errors import ErrorCode, ErrorInfo, Recovery

_C = ErrorCode
_BY_RECOVERY: Final[Mapping[Recovery, tuple[ErrorCode, ...]]] = {
    Recovery.RETRY: (
        _C.CODE_DELIVERY_FAILURE,
        _C.CONCURRENT_MODIFICATION,
        _C.INTERNAL_ERROR,
        _C.NOT_SENT,
        _C.STORE_UNAVAILABLE,
        _C.UNEXPECTED_LAMBDA,
        _C.WEB_AUTHN_CHALLENGE_NOT_FOUND,
    ),
    Recovery.WAIT: (
        _C.BUSY,
        _C.LIMIT_EXCEEDED,
        _C.TOO_MANY_FAILED_ATTEMPTS,
        _C.TOO_MANY_REQUESTS,
        _C.USER_IMPORT_IN_PROGRESS,
    ),
    Recovery.CORRECT_INPUT: (
        _C.ALIAS_EXISTS,
        _C.CODE_MISMATCH,
        _C.ENABLE_SOFTWARE_TOKEN_MFA,
        _C.INVALID_INPUT,
        _C.INVALID_PARAMETER,
        _C.INVALID_PASSWORD,
        _C.PASSWORD_HISTORY_POLICY_VIOLATION,
        _C.USER_LAMBDA_VALIDATION,
        _C.USER_NOT_FOUND,
        _C.USERNAME_EXISTS,
        _C.WEB_AUTHN_CREDENTIAL_NOT_SUPPORTED,
    ),
    Recovery.REQUEST_NEW_CODE: (_C.EXPIRED_CODE,),
    Recovery.CONFIRM_SIGN_UP: (_C.USER_NOT_CONFIRMED,),
    Recovery.RESET_PASSWORD: (_C.PASSWORD_RESET_REQUIRED,),
    Recovery.SIGN_IN: (
        _C.MALFORMED_RESPONSE,
        _C.NOT_AUTHORIZED,
        _C.NOT_SIGNED_IN,
        _C.REFRESH_TOKEN_REUSE,
        _C.SECRET_GONE,
        _C.SESSION_EXPIRED,
        _C.UNAUTHORIZED,
        _C.UNSUPPORTED_TOKEN_TYPE,
    ),
    Recovery.SIGN_OUT: (_C.FEDERATION_PROVIDER_EXISTS,),
    Recovery.FIX_CONFIGURATION: (
        _C.DUPLICATE_PROVIDER,
        _C.INVALID_CONFIGURATION,
        _C.INVALID_EMAIL_ROLE_ACCESS_POLICY,
        _C.INVALID_LAMBDA_RESPONSE,
        _C.INVALID_OAUTH_FLOW,
        _C.INVALID_SMS_ROLE_ACCESS_POLICY,
        _C.INVALID_SMS_ROLE_TRUST_RELATIONSHIP,
        _C.INVALID_USER_POOL_CONFIGURATION,
        _C.RESOURCE_NOT_FOUND,
        _C.SCOPE_DOES_NOT_EXIST,
        _C.UNSUPPORTED_IDENTITY_PROVIDER,
        _C.UNSUPPORTED_OPERATION,
        _C.USER_POOL_ADD_ON_NOT_ENABLED,
        _C.USER_POOL_TAGGING,
        _C.WEB_AUTHN_CLIENT_MISMATCH,
        _C.WEB_AUTHN_CONFIGURATION_MISSING,
        _C.WEB_AUTHN_NOT_ENABLED,
        _C.WEB_AUTHN_ORIGIN_NOT_ALLOWED,
        _C.WEB_AUTHN_RELYING_PARTY_MISMATCH,
    ),
    Recovery.CONTACT_ADMINISTRATOR: (
        _C.FORBIDDEN,
        _C.MFA_METHOD_NOT_FOUND,
        _C.SOFTWARE_TOKEN_MFA_NOT_FOUND,
        _C.UNSUPPORTED_USER_STATE,
    ),
}
_RECOVERIES: Final = {code: recovery for recovery, codes in _BY_RECOVERY.items() for code in codes}
_HEALED_BY_TIME: Final = (Recovery.RETRY, Recovery.WAIT)


def usual_error(code: ErrorCode) -> ErrorInfo:
    """Returns an error of this code as flows meet it: with what can be done about it."""
    recovery = _RECOVERIES.get(code, Recovery.NONE)
    return ErrorInfo(
        code=code,
        message=f"It failed: {code}.",
        retryable=recovery in _HEALED_BY_TIME and code is not ErrorCode.BUSY,
        recovery=recovery,
    )
