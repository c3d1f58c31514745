"""What came of an effect. Each carries the effect's id; one whose effect is no longer current is stale.

Every challenge has a class of its own, so that a table can say by class what may follow; `CHALLENGES` maps
Cognito's ChallengeName to it. What an interactive call can end in besides its success: `Refused`, `NotSent`,
`OutcomeUnknown`, `SecretGone`. What a call about the session can end in has names of its own, so that no
region mistakes one for the other. Which outcomes belong to which effect stands in `authflow.belonging`.

A class that adds no field is a plain subclass: attrs has nothing to generate for it, and generating costs start-up.
"""

from typing import ClassVar

from authflow.errors import ErrorInfo
from authflow.quick import Value, frozen_value
from authflow.secrets import Handle
from authflow.states import SignInState
from authflow.values import Account, Challenge, CodeDelivery, Contact, Federation, Found


@frozen_value(kw_only=True)
class Outcome(Value):
    """The base of all outcomes.

    Args:
        effect_id: the id of the effect that this came of.
    """

    effect_id: int


# Sign-in


@frozen_value(kw_only=True)
class ChallengeIssued(Outcome):
    """Cognito wants an answer. The base of the challenges; never sent itself."""

    state: ClassVar[SignInState] = SignInState.unknown
    challenge: Challenge


@frozen_value(kw_only=True)
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


@frozen_value(kw_only=True)
class DevicePasswordVerifierIssued(ChallengeIssued):
    """Cognito wants the second half of the device's proof.

    Args:
        srp: the handle of the device's half of the exchange.
    """

    state: ClassVar[SignInState] = SignInState.devicePasswordVerifier
    srp: Handle


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


class HostedUiIssued(ChallengeIssued):
    """The browser is to go to the hosted UI: the parameter `URL` says where, `REDIRECT_URI` where it comes back to.

    Never Cognito's answer to a call; it is made here, and waits as a challenge does.
    """

    __slots__ = ()
    state: ClassVar[SignInState] = SignInState.hostedUI


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


@frozen_value(kw_only=True)
class Authenticated(Outcome):
    """Cognito issued tokens.

    Args:
        account: whose they are.
        device: the handle of what Cognito said of a device that it wants confirmed; None where there is none.
    """

    account: Account
    device: Handle | None = None


class ConfirmSignUpRequired(Outcome):
    """The password may be right, but the registration was never confirmed."""

    __slots__ = ()


class PasswordResetRequired(Outcome):
    """The password has to be reset before anybody can sign in with it."""

    __slots__ = ()


@frozen_value(kw_only=True)
class DeviceForgotten(Outcome):
    """Cognito does not know this device any more, and neither does the device store now."""

    error: ErrorInfo


@frozen_value(kw_only=True)
class DeviceConfirmed(Outcome):
    """Cognito tracks this device.

    Args:
        ask: whether the user has to be asked before it is remembered (UserConfirmationNecessary).
    """

    ask: bool = False


@frozen_value(kw_only=True)
class DeviceNotConfirmed(Outcome):
    """The device could not be confirmed; the sign-in goes on without it."""

    error: ErrorInfo


@frozen_value(kw_only=True)
class TotpSecretIssued(Outcome):
    """There is a TOTP secret for an authenticator app.

    Args:
        secret: its handle.
        session: the handle of the Session that the next call takes; None for an account that is signed in.
    """

    secret: Handle
    session: Handle | None = None


@frozen_value(kw_only=True)
class SoftwareTokenVerified(Outcome):
    """The authenticator app has the secret.

    Args:
        session: the handle of the Session that MFA_SETUP is answered with; None for an account that is signed in.
    """

    session: Handle | None = None


class TokensStored(Outcome):
    """The tokens of a sign-in are in the store."""

    __slots__ = ()


@frozen_value(kw_only=True)
class TokensNotStored(Outcome):
    """The tokens of a sign-in could not be stored: signed in, until this process ends."""

    error: ErrorInfo


# Sign-up and forgotten password


@frozen_value(kw_only=True)
class SignedUp(Outcome):
    """The user is registered.

    Args:
        confirmed: whether the pool confirmed the user by itself.
        user_sub: the new user's `sub`.
        delivery: where the confirmation code went.
        session: the handle of the Session that confirming the registration takes.
    """

    confirmed: bool
    user_sub: str | None = None
    delivery: CodeDelivery | None = None
    session: Handle | None = None


@frozen_value(kw_only=True)
class SignUpCodeSent(Outcome):
    """A confirmation code was sent anew."""

    delivery: CodeDelivery | None = None


@frozen_value(kw_only=True)
class SignUpConfirmed(Outcome):
    """The registration is confirmed.

    Args:
        session: the handle of the Session that signs the user in without a password.
    """

    session: Handle | None = None


@frozen_value(kw_only=True)
class ResetCodeSent(Outcome):
    """A reset code was sent."""

    delivery: CodeDelivery | None = None


class PasswordReset(Outcome):
    """The new password is set."""

    __slots__ = ()


# The account of the user who is signed in


@frozen_value(kw_only=True)
class UserRead(Outcome):
    """These are the user's contacts."""

    contacts: tuple[Contact, ...]


@frozen_value(kw_only=True)
class ContactCodeSent(Outcome):
    """A code was sent to a contact."""

    attribute: str
    delivery: CodeDelivery | None = None


@frozen_value(kw_only=True)
class ContactVerified(Outcome):
    """The contact is the user's."""

    attribute: str


@frozen_value(kw_only=True)
class PasskeysChecked(Outcome):
    """It is known whether the user has a passkey."""

    any: bool


@frozen_value(kw_only=True)
class PasskeyOptionsIssued(Outcome):
    """This is what a passkey is to be made with.

    Args:
        options: PublicKeyCredentialCreationOptionsJSON; public.
    """

    options: str


class PasskeyRegistered(Outcome):
    """The passkey is the user's."""

    __slots__ = ()


@frozen_value(kw_only=True)
class AccountRead(Outcome):
    """Something about the account was read."""

    found: Found


class PasskeyDeleted(Outcome):
    """A passkey was deleted."""

    __slots__ = ()


class MfaPreferenceUpdated(Outcome):
    """The second factors are set."""

    __slots__ = ()


@frozen_value(kw_only=True)
class DeviceStatusUpdated(Outcome):
    """A device is remembered, or no longer."""

    remembered: bool


class DeviceRemoved(Outcome):
    """A device was forgotten on demand."""

    __slots__ = ()


class PasswordChanged(Outcome):
    """The new password is set."""

    __slots__ = ()


class UserDeleted(Outcome):
    """The account is no more."""

    __slots__ = ()


# How an interactive call fails


@frozen_value(kw_only=True)
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


class RedirectRefused(Failure):
    """The browser came back with something that no tokens are given for: the code of the error says what."""

    __slots__ = ()


# Session


@frozen_value(kw_only=True)
class SessionRestored(Outcome):
    """The store had tokens."""

    account: Account


@frozen_value(kw_only=True)
class IdentityRestored(Outcome):
    """The store had a guest, or another provider's user.

    Args:
        identity_id: the identity pool's identity.
        federation: who vouches for the user; None for a guest.
    """

    identity_id: str | None
    federation: Federation | None = None


class ConfigurationChanged(Outcome):
    """The store had a session of other pools, or of another app client: nothing that could be used here."""

    __slots__ = ()


class NothingStored(Outcome):
    """The store was read and has no tokens."""

    __slots__ = ()


@frozen_value(kw_only=True)
class StoreUnreadable(Outcome):
    """The store could not be read; this says nothing about who is signed in."""

    error: ErrorInfo


@frozen_value(kw_only=True)
class TokensRefreshed(Outcome):
    """Cognito issued new tokens."""

    account: Account


@frozen_value(kw_only=True)
class RefreshRejected(Outcome):
    """Cognito will never take this refresh token again."""

    error: ErrorInfo


@frozen_value(kw_only=True)
class RefreshFailed(Outcome):
    """The refresh failed for a reason that says nothing about the session."""

    error: ErrorInfo


class RefreshedTokensStored(Outcome):
    """Refreshed tokens are in the store."""

    __slots__ = ()


@frozen_value(kw_only=True)
class RefreshedTokensNotStored(Outcome):
    """Refreshed tokens could not be stored."""

    error: ErrorInfo


class RemoteSignOutDone(Outcome):
    """Cognito took the GlobalSignOut or RevokeToken."""

    __slots__ = ()


@frozen_value(kw_only=True)
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


@frozen_value(kw_only=True)
class TokensNotCleared(Outcome):
    """The tokens could not be removed from the store; this flow forgets them all the same."""

    error: ErrorInfo


# The identity pool


@frozen_value(kw_only=True)
class IdentityFound(Outcome):
    """This is the identity."""

    identity_id: str


@frozen_value(kw_only=True)
class CredentialsIssued(Outcome):
    """These are the identity's AWS credentials.

    Args:
        identity_id: whose they are: another than was asked for, where two identities were merged.
        credentials: their handle.
        expires_at: when they end, in seconds since the epoch.
    """

    identity_id: str
    credentials: Handle
    expires_at: float


@frozen_value(kw_only=True)
class LoginRejected(Outcome):
    """The identity pool does not take the token that vouches for the user, or takes no guests."""

    error: ErrorInfo


@frozen_value(kw_only=True)
class IdentityFailed(Outcome):
    """A call to the identity pool failed for a reason that says nothing about the user."""

    error: ErrorInfo


class IdentityStored(Outcome):
    """The guest, or the other provider's user, is in the store."""

    __slots__ = ()


@frozen_value(kw_only=True)
class IdentityNotStored(Outcome):
    """The guest, or the other provider's user, could not be stored: known until this process ends."""

    error: ErrorInfo


# Time


@frozen_value(kw_only=True)
class Elapsed(Value):
    """A deadline may have passed. Neither intent nor outcome: drivers post it, and it is never rejected.

    Args:
        at: now, in seconds since the epoch.
    """

    at: float


class Always(Value):
    """A message has changed the flow, and no interactive call is under way. Never sent: the engine offers it itself.

    Only the regions of an application's own have rows for it. (SCXML's eventless transitions; XState's `always`.)
    """

    __slots__ = ()


OUTCOMES: tuple[type[Outcome], ...] = (
    *CHALLENGES.values(),
    UnknownChallengeIssued,
    HostedUiIssued,
    Authenticated,
    ConfirmSignUpRequired,
    PasswordResetRequired,
    DeviceForgotten,
    DeviceConfirmed,
    DeviceNotConfirmed,
    TotpSecretIssued,
    SoftwareTokenVerified,
    TokensStored,
    TokensNotStored,
    SignedUp,
    SignUpCodeSent,
    SignUpConfirmed,
    ResetCodeSent,
    PasswordReset,
    UserRead,
    ContactCodeSent,
    ContactVerified,
    PasskeysChecked,
    PasskeyOptionsIssued,
    PasskeyRegistered,
    AccountRead,
    PasskeyDeleted,
    MfaPreferenceUpdated,
    DeviceStatusUpdated,
    DeviceRemoved,
    PasswordChanged,
    UserDeleted,
    Refused,
    NotSent,
    OutcomeUnknown,
    SecretGone,
    RedirectRefused,
    SessionRestored,
    IdentityRestored,
    ConfigurationChanged,
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
    IdentityFound,
    CredentialsIssued,
    LoginRejected,
    IdentityFailed,
    IdentityStored,
    IdentityNotStored,
)
