"""Conditions and updates that more than one machine uses."""

from typing import Final

from authflow.errors import ErrorCode
from authflow.flow import Context, Flow
from authflow.intents import Intent
from authflow.machine import of_message
from authflow.outcomes import Elapsed, Failure, OutcomeUnknown
from authflow.states import SignInState
from authflow.values import NOTHING

# The states in which a challenge waits for the user's answer. The answer is sent from the same state: while the
# call is under way nothing else is true of the attempt, and a refused answer finds its challenge still there.
WAITING: Final = tuple(
    state
    for state in SignInState
    if state
    not in (
        SignInState.idle,
        SignInState.initiatingAuth,
        SignInState.passwordVerifier,
        SignInState.storingTokens,
        SignInState.signedIn,
    )
)

# After these Cognito takes another answer on the same Session (AWSMobileClient re-arms it). After any other refusal
# the Session is spent or dead, and the attempt is over.
_SESSION_SURVIVES: Final = frozenset(
    {
        ErrorCode.CODE_MISMATCH,
        ErrorCode.INVALID_PASSWORD,
        ErrorCode.PASSWORD_HISTORY_POLICY_VIOLATION,
        ErrorCode.INVALID_PARAMETER,
        ErrorCode.ENABLE_SOFTWARE_TOKEN_MFA,
        ErrorCode.TOO_MANY_REQUESTS,
        ErrorCode.LIMIT_EXCEEDED,
        ErrorCode.INTERNAL_ERROR,
        ErrorCode.CODE_DELIVERY_FAILURE,
        ErrorCode.USER_LAMBDA_VALIDATION,
        ErrorCode.UNEXPECTED_LAMBDA,
        ErrorCode.INVALID_LAMBDA_RESPONSE,
    }
)


# Conditions


def signing_in(flow: Flow, _: object) -> bool:
    """A sign-in attempt is under way."""
    return flow.sign_in is not SignInState.idle and flow.sign_in is not SignInState.signedIn


def call_under_way(flow: Flow, _: object) -> bool:
    """An interactive call is under way."""
    return flow.interactive is not None


@of_message
def session_survives(_: Flow, failure: Failure) -> bool:
    """Cognito takes another answer to the same challenge."""
    return failure.error.code in _SESSION_SURVIVES


@of_message
def challenge_expired(flow: Flow, elapsed: Elapsed) -> bool:
    """The waiting challenge's Session has ended."""
    wake_at = flow.wake_at
    return wake_at is not None and elapsed.at >= wake_at


# Updates


def keep_error(context: Context, failure: Failure, now: float) -> Context:
    """What went wrong stays visible until the next accepted intent."""
    return context.replace(error=failure.error, unknown_outcome=isinstance(failure, OutcomeUnknown))


def keep_username(context: Context, intent: Intent, now: float) -> Context:
    """The identifier is remembered, so that no screen asks for it twice."""
    return context.replace(username=getattr(intent, "username", context.username))


def forget_attempt(context: Context, message: object, now: float) -> Context:
    """The attempt's secrets and challenge go; the identifier stays."""
    if context.challenge is None and context.password is None and context.client_metadata is NOTHING:
        return context
    return context.replace(challenge=None, password=None, client_metadata=NOTHING)
