"""What can go wrong on the way back from the hosted UI, as authflow's own errors."""

from collections.abc import Collection
from typing import Final

from authflow.adapters.cognito.scrubbing import scrub
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from

_NAME_CAP: Final = 64
# RFC 6749, section 4.1.2.1, and Apple's own name for it ("Sign in with Apple REST API"), which Cognito passes on.
_CANCELLED: Final = frozenset({"access_denied", "user_cancelled_authorize"})
_DESCRIPTION_CAP: Final = 200


def elsewhere() -> AuthFlowError:
    """Returns the error of an address that is not the redirect URI."""
    return _sign_in_again(
        ErrorCode.REDIRECT_ELSEWHERE,
        "The browser came back to another address than the one that it was sent off with; sign in again.",
    )


def malformed_redirect(what: str) -> AuthFlowError:
    """Returns the error of an address that is not what a sign-in ends with."""
    return _sign_in_again(
        ErrorCode.REDIRECT_MALFORMED, f"The address that the browser came back with {what}; sign in again."
    )


def state_mismatch() -> AuthFlowError:
    """Returns the error of a way back that belongs to no sign-in that was begun here (RFC 6749, section 10.12)."""
    return _sign_in_again(
        ErrorCode.REDIRECT_STATE_MISMATCH,
        "The browser came back from a sign-in that was not begun here, or that is over; sign in again.",
    )


def cancelled(message: str) -> AuthFlowError:
    """Returns the error of a user who gave up."""
    return _sign_in_again(ErrorCode.USER_CANCELLED_SIGN_IN, message)


def refused_at_provider(name: str, description: str, secrets: Collection[str]) -> AuthFlowError:
    """Returns what an `error` on the way back means.

    Args:
        name: the error's name (RFC 6749, section 4.1.2.1). Of the descriptions Cognito says that they are not fixed
            and that no logic should rely on them.
        description: what the provider says besides.
        secrets: what must not be left in it.
    """
    if name in _CANCELLED:
        return cancelled("The sign-in was cancelled in the browser, or access was denied there; sign in again.")
    shown = scrub(name, secrets, cap=_NAME_CAP)
    said = scrub(description, secrets, cap=_DESCRIPTION_CAP)
    why = f"{shown}: {said}" if said else shown
    return exception_from(
        ErrorInfo(
            code=ErrorCode.REDIRECT_REFUSED,
            message=f"The sign-in was refused in the browser ({why}); sign in again.",
            name=shown or None,
            recovery=Recovery.SIGN_IN,
        )
    )


def code_refused() -> AuthFlowError:
    """Returns the error of a code that the token endpoint does not take (invalid_grant)."""
    return exception_from(
        ErrorInfo(
            code=ErrorCode.CODE_EXCHANGE_REFUSED,
            message="The code that the browser brought back was not taken: it is spent, too old, or not of this "
            "sign-in; sign in again.",
            name="invalid_grant",
            recovery=Recovery.SIGN_IN,
        )
    )


def session_over() -> AuthFlowError:
    """Returns the error of a refresh token that the token endpoint does not take (invalid_grant)."""
    return exception_from(
        ErrorInfo(
            code=ErrorCode.EXPIRED_REFRESH_TOKEN,
            message="The session has ended at the server that it came from; sign in again.",
            name="invalid_grant",
            recovery=Recovery.SIGN_IN,
        )
    )


def app_client_refused(name: str, secrets: Collection[str]) -> AuthFlowError:
    """Returns the error of a request that the token endpoint does not take from this app client."""
    shown = scrub(name, secrets, cap=_NAME_CAP)
    return exception_from(
        ErrorInfo(
            code=ErrorCode.INVALID_CONFIGURATION,
            message=f"The token endpoint does not take this app client's request ({shown}); check its id, its secret, "
            "its redirect URIs, its scopes and its grant types.",
            name=shown or None,
            recovery=Recovery.FIX_CONFIGURATION,
        )
    )


def unavailable(status: int) -> AuthFlowError:
    """Returns the error of a server that fails (5xx) or has too much to do (429)."""
    busy = status == 429
    return exception_from(
        ErrorInfo(
            code=ErrorCode.TOO_MANY_REQUESTS if busy else ErrorCode.INTERNAL_ERROR,
            message="The token endpoint takes no more requests just now; try again later."
            if busy
            else "The token endpoint failed; try again.",
            name=str(status),
            retryable=True,
            recovery=Recovery.WAIT if busy else Recovery.RETRY,
        )
    )


def no_id_token() -> AuthFlowError:
    """Returns the error of an answer without the ID token that was asked for."""
    return exception_from(
        ErrorInfo(
            code=ErrorCode.ID_TOKEN_NOT_ISSUED,
            message="The scope openid was asked for, and no ID token came; allow the app client that scope.",
            recovery=Recovery.FIX_CONFIGURATION,
        )
    )


def not_trusted(why: str) -> AuthFlowError:
    """Returns the error of tokens that are not what they should be."""
    return exception_from(
        ErrorInfo(
            code=ErrorCode.SECURITY_FAILED,
            message=f"The tokens are not to be trusted, and were thrown away. {why}",
            recovery=Recovery.SIGN_IN,
        )
    )


def _sign_in_again(code: ErrorCode, message: str) -> AuthFlowError:
    return exception_from(ErrorInfo(code=code, message=message, recovery=Recovery.SIGN_IN))
