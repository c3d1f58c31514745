"""What came of an effect. Each carries the effect's id; one whose effect is no longer current is stale.

Every challenge has a class of its own, so that a table can say by class what may follow; `CHALLENGES` maps
Cognito's ChallengeName to it. What an interactive call can end in besides its success: `Refused`, `NotSent`,
`OutcomeUnknown`, `SecretGone`. What a call about the session can end in has names of its own, so that no
region mistakes one for the other.

A class that adds no field is a plain subclass: attrs has nothing to generate for it, and generating costs start-up.
"""

from typing import ClassVar

import attrs

from authflow import effects
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.quick import shared_repr
from authflow.secrets import Handle
from authflow.states import SignInState
from authflow.values import Account, Challenge, CodeDelivery


@attrs.frozen(kw_only=True, repr=False)
class Outcome:
    """The base of all outcomes.

    Args:
        effect_id: the id of the effect that this came of.
    """

    __repr__ = shared_repr

    effect_id: int


# Sign-in


@attrs.frozen(kw_only=True, repr=False)
class ChallengeIssued(Outcome):
    """Cognito wants an answer. The base of the challenges; never sent itself."""

    state: ClassVar[SignInState] = SignInState.unknown
    challenge: Challenge


@attrs.frozen(kw_only=True, repr=False)
class PasswordVerifierIssued(ChallengeIssued):
    """Cognito wants proof of the password by SRP.

    Args:
        srp: the handle of the client's half of the exchange.
    """

    state: ClassVar[SignInState] = SignInState.passwordVerifier
    srp: Handle


class SmsMfaIssued(ChallengeIssued):
    """Cognito sent a code by SMS."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.smsMFA


class SoftwareTokenMfaIssued(ChallengeIssued):
    """Cognito wants a code from an authenticator app."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.softwareTokenMFA


class NewPasswordRequired(ChallengeIssued):
    """The password was a temporary one."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.newPasswordRequired


class CustomChallengeIssued(ChallengeIssued):
    """The pool's own trigger asks something."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.customChallenge


class DeviceSrpAuthIssued(ChallengeIssued):
    """Cognito wants proof of a remembered device."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.deviceSRPAuth


class DevicePasswordVerifierIssued(ChallengeIssued):
    """Cognito wants the second half of the device's proof."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.devicePasswordVerifier


class AdminNoSrpAuthIssued(ChallengeIssued):
    """Cognito wants the password itself, with AWS credentials."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.adminNoSRPAuth


class EmailOtpIssued(ChallengeIssued):
    """Cognito sent a code by e-mail."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.emailOTP


class SmsOtpIssued(ChallengeIssued):
    """Cognito sent a code by SMS, as a first factor."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.smsOTP


class SelectMfaTypeIssued(ChallengeIssued):
    """Cognito wants to know which second factor to use."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.selectMFAType


class MfaSetupIssued(ChallengeIssued):
    """Cognito wants a second factor to be set up."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.mfaSetup


class SelectChallengeIssued(ChallengeIssued):
    """Cognito wants to know which first factor to use."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.selectChallenge


class PasswordIssued(ChallengeIssued):
    """Cognito wants the password as a chosen first factor."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.password


class PasswordSrpIssued(ChallengeIssued):
    """Cognito wants proof of the password as a chosen first factor."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.passwordSRP


class WebAuthnIssued(ChallengeIssued):
    """Cognito wants a passkey."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.webAuthn


class UnknownChallengeIssued(ChallengeIssued):
    """Cognito wants something that nobody here has met yet."""

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.unknown


CHALLENGES: dict[str, type[ChallengeIssued]] = {
    "PASSWORD_VERIFIER": PasswordVerifierIssued,
    "SMS_MFA": SmsMfaIssued,
    "SOFTWARE_TOKEN_MFA": SoftwareTokenMfaIssued,
    "NEW_PASSWORD_REQUIRED": NewPasswordRequired,
    "CUSTOM_CHALLENGE": CustomChallengeIssued,
    "DEVICE_SRP_AUTH": DeviceSrpAuthIssued,
    "DEVICE_PASSWORD_VERIFIER": DevicePasswordVerifierIssued,
    "ADMIN_NO_SRP_AUTH": AdminNoSrpAuthIssued,
    "EMAIL_OTP": EmailOtpIssued,
    "SMS_OTP": SmsOtpIssued,
    "SELECT_MFA_TYPE": SelectMfaTypeIssued,
    "MFA_SETUP": MfaSetupIssued,
    "SELECT_CHALLENGE": SelectChallengeIssued,
    "PASSWORD": PasswordIssued,
    "PASSWORD_SRP": PasswordSrpIssued,
    "WEB_AUTHN": WebAuthnIssued,
}


@attrs.frozen(kw_only=True, repr=False)
class Authenticated(Outcome):
    """Cognito issued tokens."""

    account: Account


class TokensStored(Outcome):
    """The tokens of a sign-in are in the store."""

    __slots__ = ()


@attrs.frozen(kw_only=True, repr=False)
class TokensNotStored(Outcome):
    """The tokens of a sign-in could not be stored: signed in, until this process ends."""

    error: ErrorInfo


# Sign-up and forgotten password


@attrs.frozen(kw_only=True, repr=False)
class SignedUp(Outcome):
    """The user is registered."""

    confirmed: bool
    user_sub: str | None = None
    delivery: CodeDelivery | None = None


@attrs.frozen(kw_only=True, repr=False)
class SignUpCodeSent(Outcome):
    """A confirmation code was sent anew."""

    delivery: CodeDelivery | None = None


class SignUpConfirmed(Outcome):
    """The registration is confirmed."""

    __slots__ = ()


@attrs.frozen(kw_only=True, repr=False)
class ResetCodeSent(Outcome):
    """A reset code was sent."""

    delivery: CodeDelivery | None = None


class PasswordReset(Outcome):
    """The new password is set."""

    __slots__ = ()


# How an interactive call fails


@attrs.frozen(kw_only=True, repr=False)
class Failure(Outcome):
    """The base of what an interactive call can end in besides success."""

    error: ErrorInfo


class Refused(Failure):
    """Cognito answered, and the answer is no."""

    __slots__ = ()


class NotSent(Failure):
    """The request never left."""

    __slots__ = ()


class OutcomeUnknown(Failure):
    """The request left and no answer came."""

    __slots__ = ()


class SecretGone(Failure):
    """The vault no longer has a secret that the call needs."""

    __slots__ = ()


# Session


@attrs.frozen(kw_only=True, repr=False)
class SessionRestored(Outcome):
    """The store had tokens."""

    account: Account


class NothingStored(Outcome):
    """The store was read and has no tokens."""

    __slots__ = ()


@attrs.frozen(kw_only=True, repr=False)
class StoreUnreadable(Outcome):
    """The store could not be read; this says nothing about who is signed in."""

    error: ErrorInfo


@attrs.frozen(kw_only=True, repr=False)
class TokensRefreshed(Outcome):
    """Cognito issued new tokens."""

    account: Account


@attrs.frozen(kw_only=True, repr=False)
class RefreshRejected(Outcome):
    """Cognito will never take this refresh token again."""

    error: ErrorInfo


@attrs.frozen(kw_only=True, repr=False)
class RefreshFailed(Outcome):
    """The refresh failed for a reason that says nothing about the session."""

    error: ErrorInfo


class RefreshedTokensStored(Outcome):
    """Refreshed tokens are in the store."""

    __slots__ = ()


@attrs.frozen(kw_only=True, repr=False)
class RefreshedTokensNotStored(Outcome):
    """Refreshed tokens could not be stored."""

    error: ErrorInfo


class RemoteSignOutDone(Outcome):
    """Cognito took the GlobalSignOut or RevokeToken."""

    __slots__ = ()


@attrs.frozen(kw_only=True, repr=False)
class RemoteSignOutFailed(Outcome):
    """GlobalSignOut or RevokeToken failed; the local sign-out goes on.

    Args:
        call: which of the two.
        error: why.
    """

    call: str
    error: ErrorInfo


class TokensCleared(Outcome):
    """The store has no tokens any more."""

    __slots__ = ()


@attrs.frozen(kw_only=True, repr=False)
class TokensNotCleared(Outcome):
    """The tokens could not be removed from the store; this flow forgets them all the same."""

    error: ErrorInfo


# Time


@attrs.frozen(kw_only=True, repr=False)
class Elapsed:
    """A deadline may have passed. Neither intent nor outcome: drivers post it, and it is never rejected.

    Args:
        at: now, in seconds since the epoch.
    """

    at: float


def failure_of(effect: effects.Effect, error: ErrorInfo) -> Outcome:
    """Returns the outcome that tells of `error` in the words of `effect`'s slot."""
    by_effect = _SESSION_FAILURES.get(type(effect))
    if by_effect is not None:
        # A wrong client secret is refused with the same code, and says nothing about the session.
        misconfigured = error.recovery is Recovery.FIX_CONFIGURATION
        if by_effect is RefreshFailed and error.code in _DEFINITIVE and not misconfigured:
            return RefreshRejected(effect_id=effect.id, error=error)
        return by_effect(effect_id=effect.id, error=error)
    if isinstance(effect, effects.GlobalSignOut | effects.RevokeToken | effects.Discard):
        return RemoteSignOutFailed(effect_id=effect.id, call=type(effect).__name__, error=error)
    return _INTERACTIVE_FAILURES.get(error.code, Refused)(effect_id=effect.id, error=error)


_SIGN_IN_STEPS: frozenset[type[Outcome]] = frozenset(
    {*CHALLENGES.values(), UnknownChallengeIssued, Authenticated, Refused, NotSent, OutcomeUnknown, SecretGone}
)
_FAILURES: frozenset[type[Outcome]] = frozenset({Refused, NotSent, OutcomeUnknown, SecretGone})
_REMOTE_SIGN_OUT: frozenset[type[Outcome]] = frozenset({RemoteSignOutDone, RemoteSignOutFailed})

# Those that fail what was asked for.
FAILING = (Failure, StoreUnreadable, RefreshRejected, RefreshFailed)

# Which outcomes belong to which effect; any other is a malformed answer.
OUTCOMES_OF: dict[type[effects.Effect], frozenset[type[Outcome]]] = {
    effects.InitiateAuth: _SIGN_IN_STEPS,
    effects.RespondToPasswordVerifier: _SIGN_IN_STEPS,
    effects.RespondToAuthChallenge: _SIGN_IN_STEPS,
    effects.StoreTokens: frozenset({TokensStored, TokensNotStored}),
    effects.SignUp: _FAILURES | {SignedUp},
    effects.ConfirmSignUp: _FAILURES | {SignUpConfirmed},
    effects.ResendConfirmationCode: _FAILURES | {SignUpCodeSent},
    effects.ForgotPassword: _FAILURES | {ResetCodeSent},
    effects.ConfirmForgotPassword: _FAILURES | {PasswordReset},
    effects.LoadSession: frozenset({SessionRestored, NothingStored, StoreUnreadable}),
    effects.RefreshTokens: frozenset({TokensRefreshed, RefreshRejected, RefreshFailed}),
    effects.StoreRefreshedTokens: frozenset({RefreshedTokensStored, RefreshedTokensNotStored}),
    effects.GlobalSignOut: _REMOTE_SIGN_OUT,
    effects.RevokeToken: _REMOTE_SIGN_OUT,
    effects.Discard: _REMOTE_SIGN_OUT,
    effects.ClearTokens: frozenset({TokensCleared, TokensNotCleared}),
}

# Only these say that a refresh token is dead; anything else leaves the user signed in.
_DEFINITIVE = frozenset(
    {
        ErrorCode.NOT_AUTHORIZED,
        ErrorCode.EXPIRED_REFRESH_TOKEN,
        ErrorCode.REFRESH_TOKEN_REUSE,
        ErrorCode.USER_NOT_FOUND,
        ErrorCode.SECRET_GONE,
    }
)

_INTERACTIVE_FAILURES: dict[ErrorCode, type[Failure]] = {
    ErrorCode.NOT_SENT: NotSent,
    ErrorCode.OUTCOME_UNKNOWN: OutcomeUnknown,
    ErrorCode.SECRET_GONE: SecretGone,
}

_SESSION_FAILURES: dict[
    type[effects.Effect],
    type[StoreUnreadable | RefreshFailed | RefreshedTokensNotStored | TokensNotStored | TokensNotCleared],
] = {
    effects.LoadSession: StoreUnreadable,
    effects.RefreshTokens: RefreshFailed,
    effects.StoreRefreshedTokens: RefreshedTokensNotStored,
    effects.StoreTokens: TokensNotStored,
    effects.ClearTokens: TokensNotCleared,
}


def secret_gone(kind: str) -> ErrorInfo:
    """Returns the error of a secret that the vault no longer has."""
    return ErrorInfo(
        code=ErrorCode.SECRET_GONE,
        message=f"The {kind} is no longer in memory; enter it again.",
        recovery=Recovery.SIGN_IN,
    )


OUTCOMES: tuple[type[Outcome], ...] = (
    *CHALLENGES.values(),
    UnknownChallengeIssued,
    Authenticated,
    TokensStored,
    TokensNotStored,
    SignedUp,
    SignUpCodeSent,
    SignUpConfirmed,
    ResetCodeSent,
    PasswordReset,
    Refused,
    NotSent,
    OutcomeUnknown,
    SecretGone,
    SessionRestored,
    NothingStored,
    StoreUnreadable,
    TokensRefreshed,
    RefreshRejected,
    RefreshFailed,
    RefreshedTokensStored,
    RefreshedTokensNotStored,
    RemoteSignOutDone,
    RemoteSignOutFailed,
    TokensCleared,
    TokensNotCleared,
)
