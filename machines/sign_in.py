"""SignInState: one sign-in attempt, from the first call to the stored tokens.

    idle ─SignIn▶ initiatingAuth ─▶ passwordVerifier ─▶ (a challenge, any number of them) ─▶ storingTokens ─▶ signedIn

- Each challenge of Cognito has a state; its raw value is Cognito's ChallengeName, or the seed's where the seed had one.
- TOTP has a state of its own. (AWSMobileClient showed it as smsMFA.)
- A challenge nobody has met leads to `unknown`, which takes an answer like any other.
- A wrong code or a refused new password leaves the challenge armed; what ends Cognito's Session ends the attempt.
- The identifier is kept whenever an attempt ends; passwords, codes and Sessions are not.
"""

from authflow import effects
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.flow import Context
from authflow.intents import (
    Back,
    Cancel,
    ConfirmForgotPassword,
    ConfirmSignIn,
    ConfirmSignUp,
    ForgotPassword,
    ResendSignUpCode,
    ShowConfirmForgotPassword,
    ShowConfirmSignUp,
    ShowForgotPassword,
    ShowSignIn,
    ShowSignUp,
    SignIn,
    SignOut,
    SignUp,
    Skip,
)
from authflow.machine import Machine, Row, WhileBusy
from authflow.machines.common import (
    WAITING,
    call_under_way,
    challenge_expired,
    forget_attempt,
    keep_error,
    session_survives,
)
from authflow.outcomes import (
    CHALLENGES,
    Authenticated,
    ChallengeIssued,
    Elapsed,
    NotSent,
    OutcomeUnknown,
    PasswordVerifierIssued,
    RefreshRejected,
    Refused,
    SecretGone,
    TokensNotStored,
    TokensStored,
    UnknownChallengeIssued,
)
from authflow.states import SignInState
from authflow.values import NOTHING

# A call of the attempt may be under way in these.
_CALLING = (SignInState.initiatingAuth, SignInState.passwordVerifier, *WAITING)
_BEFORE_ANY_CHALLENGE = (SignInState.initiatingAuth, SignInState.passwordVerifier)
SHOWN_CHALLENGES: tuple[type[ChallengeIssued], ...] = (
    *(challenge for challenge in CHALLENGES.values() if challenge is not PasswordVerifierIssued),
    UnknownChallengeIssued,
)
_ELSEWHERE = (
    SignUp,
    ConfirmSignUp,
    ResendSignUpCode,
    ForgotPassword,
    ConfirmForgotPassword,
    ShowSignIn,
    ShowSignUp,
    ShowConfirmSignUp,
    ShowForgotPassword,
    ShowConfirmForgotPassword,
    Skip,
)


# Updates


def _start(context: Context, intent: SignIn, now: float) -> Context:
    return context.replace(
        username=intent.username,
        challenge=None,
        password=intent.password,
        client_metadata=intent.client_metadata,
    )


def _arm(context: Context, issued: ChallengeIssued, now: float) -> Context:
    # Nothing that follows a challenge takes the password again: a proof asked for later counts as malformed.
    return context.replace(challenge=issued.challenge.armed(now), password=None)


def _hold_tokens(context: Context, authenticated: Authenticated, now: float) -> Context:
    # The attempt is over: what it needed goes.
    return context.replace(account=authenticated.account, challenge=None, password=None, client_metadata=NOTHING)


def _say_expired(context: Context, elapsed: Elapsed, now: float) -> Context:
    error = ErrorInfo(
        code=ErrorCode.SESSION_EXPIRED,
        message="The sign-in took too long and has expired; sign in again.",
        recovery=Recovery.SIGN_IN,
    )
    return context.replace(error=error)


# Effects


def initiate_auth(context: Context, intent: SignIn, effect_id: int) -> effects.InitiateAuth:
    """Asks Cognito to start."""
    return effects.InitiateAuth(
        id=effect_id,
        username=intent.username,
        password=intent.password,
        auth_flow=intent.auth_flow,
        # validationData wins over clientMetadata where both name a key (AWSMobileClient).
        client_metadata={**intent.client_metadata, **intent.validation_data},
    )


def prove_password(
    context: Context, issued: PasswordVerifierIssued, effect_id: int
) -> effects.RespondToPasswordVerifier:
    """Answers PASSWORD_VERIFIER."""
    return effects.RespondToPasswordVerifier(
        id=effect_id,
        challenge=issued.challenge,
        srp=issued.srp,
        password=context.password,
        client_metadata=context.client_metadata,
    )


def answer_challenge(context: Context, intent: ConfirmSignIn, effect_id: int) -> effects.RespondToAuthChallenge:
    """Sends the user's answer."""
    assert context.challenge is not None  # noqa: S101 - every waiting state was entered with one
    return effects.RespondToAuthChallenge(
        id=effect_id,
        username=context.username or "",
        challenge=context.challenge,
        answer=intent.answer,
        attributes=intent.attributes,
        client_metadata=intent.client_metadata,
    )


def store_tokens(context: Context, authenticated: Authenticated, effect_id: int) -> effects.StoreTokens:
    """Keeps the tokens."""
    return effects.StoreTokens(id=effect_id, account=authenticated.account)


SIGN_IN = Machine(
    name="sign_in",
    states=tuple(SignInState),
    initial=SignInState.idle,
    rows=(
        # A sign-in may start anew while an earlier attempt waits for an answer.
        Row(
            trigger=SignIn,
            source=(SignInState.idle, *WAITING),
            dest=SignInState.initiatingAuth,
            before=(_start,),
            after=initiate_auth,
        ),
        # The client's proof of RFC 5054: Cognito's PASSWORD_VERIFIER. Internal, never shown.
        Row(
            trigger=PasswordVerifierIssued,
            source=SignInState.initiatingAuth,
            dest=SignInState.passwordVerifier,
            after=prove_password,
        ),
        *(
            Row(trigger=challenge, source=_CALLING, dest=challenge.state, before=(_arm,))
            for challenge in SHOWN_CHALLENGES
        ),
        Row(trigger=ConfirmSignIn, source=WAITING, after=answer_challenge),
        Row(
            trigger=ConfirmSignIn,
            source=(SignInState.idle, SignInState.signedIn),
            refuse=ErrorCode.INVALID_STATE,
            says="There is no challenge to answer; sign in first.",
        ),
        Row(
            trigger=Authenticated,
            source=_CALLING,
            dest=SignInState.storingTokens,
            before=(_hold_tokens,),
            after=store_tokens,
        ),
        Row(trigger=TokensStored, source=SignInState.storingTokens, dest=SignInState.signedIn),
        Row(trigger=TokensNotStored, source=SignInState.storingTokens, dest=SignInState.signedIn),
        # Failures before there is a challenge: back to the start.
        *(
            Row(
                trigger=failure,
                source=_BEFORE_ANY_CHALLENGE,
                dest=SignInState.idle,
                before=(forget_attempt, keep_error),
            )
            for failure in (Refused, NotSent, OutcomeUnknown, SecretGone)
        ),
        # Failures of an answer: the challenge stays, unless its Session is gone.
        Row(trigger=Refused, source=WAITING, conditions=(session_survives,), before=(keep_error,)),
        Row(trigger=Refused, source=WAITING, dest=SignInState.idle, before=(forget_attempt, keep_error)),
        Row(trigger=NotSent, source=WAITING, before=(keep_error,)),
        Row(trigger=OutcomeUnknown, source=WAITING, before=(keep_error,)),
        Row(trigger=SecretGone, source=WAITING, dest=SignInState.idle, before=(forget_attempt, keep_error)),
        Row(
            trigger=Elapsed,
            source=WAITING,
            dest=SignInState.idle,
            conditions=(challenge_expired,),
            unless=(call_under_way,),
            before=(forget_attempt, _say_expired),
        ),
        # Ends of the user's own choosing.
        Row(trigger=Back, source=WAITING, dest=SignInState.idle, before=(forget_attempt,)),
        Row(
            trigger=Cancel,
            source=_CALLING,
            dest=SignInState.idle,
            before=(forget_attempt,),
            while_busy=WhileBusy.PREEMPT,
        ),
        Row(
            trigger=Cancel,
            source=SignInState.storingTokens,
            refuse=ErrorCode.INVALID_STATE,
            says="The sign-in has succeeded already; sign out instead.",
            while_busy=WhileBusy.JOIN,
        ),
        Row(
            trigger=SignOut,
            source=(*_CALLING, SignInState.storingTokens, SignInState.signedIn),
            dest=SignInState.idle,
            before=(forget_attempt,),
            while_busy=WhileBusy.PREEMPT,
        ),
        # The session ended without anybody asking.
        Row(trigger=RefreshRejected, source=SignInState.signedIn, dest=SignInState.idle),
        # A challenge that waits is answered or given up before anything else is begun.
        *(
            Row(
                trigger=intent,
                source=WAITING,
                refuse=ErrorCode.INVALID_STATE,
                says="A sign-in is waiting for an answer; answer it or go back first.",
            )
            for intent in _ELSEWHERE
        ),
    ),
)
