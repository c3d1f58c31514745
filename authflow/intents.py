"""What the user or the app wants. Imperative, frozen, keyword-only; secrets are handles.

An intent that no region takes is rejected, aloud. `slot` is the place in which the call it leads to would be
made: while that slot is busy the intent is rejected as busy, unless its row preempts or joins. A `quiet` one is a
program's, not the user's: what went wrong before stays on the screen.
"""

from collections.abc import Mapping
from typing import ClassVar

from authflow.errors import ErrorInfo
from authflow.quick import Value, frozen_value
from authflow.secrets import Handle
from authflow.states import AuthFlowType, FirstFactor, MfaUse, Slot
from authflow.values import LOCALLY, NOTHING, Federation, SignOutOptions


@frozen_value(kw_only=True)
class Intent(Value):
    """The base of all intents."""

    slot: ClassVar[Slot] = Slot.interactive
    quiet: ClassVar[bool] = False


# Session


class Initialize(Intent):
    """Find out who is signed in."""

    __slots__ = ()
    slot: ClassVar[Slot] = Slot.session


@frozen_value(kw_only=True)
class GetTokens(Intent):
    """Have valid tokens.

    Args:
        at: now, in seconds since the epoch; tokens that have ended by then are refreshed first.
        force: refresh even if the tokens are still good.
    """

    slot: ClassVar[Slot] = Slot.session
    quiet: ClassVar[bool] = True
    at: float
    force: bool = False


class SyncSession(Intent):
    """Find out whether somebody else has signed in or out with the same token store."""

    __slots__ = ()
    slot: ClassVar[Slot] = Slot.session
    quiet: ClassVar[bool] = True


class ReleaseSignInWait(Intent):
    """Let go whoever waits for the user to sign in again."""

    __slots__ = ()
    slot: ClassVar[Slot] = Slot.session
    quiet: ClassVar[bool] = True


@frozen_value(kw_only=True)
class GetAwsCredentials(Intent):
    """Have AWS credentials: of the user who is signed in, or a guest's.

    Args:
        at: now, in seconds since the epoch; credentials that end soon are replaced first.
        force: have new ones even if those that are held are still good.
    """

    slot: ClassVar[Slot] = Slot.identity
    quiet: ClassVar[bool] = True
    at: float
    force: bool = False


class GetIdentityId(Intent):
    """Have the identity pool's identity id."""

    __slots__ = ()
    slot: ClassVar[Slot] = Slot.identity
    quiet: ClassVar[bool] = True


@frozen_value(kw_only=True)
class FederatedSignIn(Intent):
    """Sign in to the identity pool with somebody else's token, without the user pool."""

    slot: ClassVar[Slot] = Slot.identity
    federation: Federation


@frozen_value(kw_only=True)
class SignOut(Intent):
    """End the session, and any attempt under way."""

    slot: ClassVar[Slot] = Slot.session
    options: SignOutOptions = LOCALLY


# Sign-in


@frozen_value(kw_only=True)
class SignIn(Intent):
    """Start a sign-in attempt.

    Args:
        username: username or alias, as typed and trimmed.
        password: the handle of the password; None where the flow needs none.
        auth_flow: how to start; None for the configured way.
        preferred: the first factor to ask for, where the flow is a choice (USER_AUTH).
        retain_password: keep the password until the attempt ends, so that it can be started anew.
        validation_data: for the pre-authentication trigger; wins over client_metadata where both name a key.
        client_metadata: for the pool's triggers.
    """

    username: str
    password: Handle | None = None
    auth_flow: AuthFlowType | None = None
    preferred: FirstFactor | None = None
    retain_password: bool = False
    validation_data: Mapping[str, str] = NOTHING
    client_metadata: Mapping[str, str] = NOTHING


@frozen_value(kw_only=True)
class SignInWithRedirect(Intent):
    """Start a sign-in in the browser, at the hosted UI.

    Args:
        provider: the identity provider to go to at once, by Cognito's name; None for the hosted UI's own page.
        idp_identifier: an identifier of the provider instead, such as a mail domain.
        login_hint: who is likely to sign in.
        lang: the language of the hosted UI's pages.
        prompt: what the user is to be asked: "none", "login", "consent" or "select_account".
        loopback: whether the way back is caught on this machine, so that a redirect URI of this machine is wanted.
    """

    provider: str | None = None
    idp_identifier: str | None = None
    login_hint: str | None = None
    lang: str | None = None
    prompt: str | None = None
    loopback: bool = False


@frozen_value(kw_only=True)
class AbandonRedirect(Intent):
    """Give up waiting for the browser: it was closed, or could not be opened.

    Args:
        error: why.
    """

    error: ErrorInfo


@frozen_value(kw_only=True)
class ConfirmSignIn(Intent):
    """Answer the current challenge.

    Args:
        answer: the handle of the code, new password or other answer; None where something is chosen.
        choice: what was chosen among the challenge's options; no secret.
        attributes: the handle of attributes that a new password must bring, a mapping of strings.
        device_name: a name for the authenticator app that is being set up.
        client_metadata: for the pool's triggers.
    """

    answer: Handle | None = None
    choice: str | None = None
    attributes: Handle | None = None
    device_name: str | None = None
    client_metadata: Mapping[str, str] = NOTHING


@frozen_value(kw_only=True)
class ResendCode(Intent):
    """Have the code of the sign-in sent anew, by starting the attempt anew: Cognito has no other way."""

    client_metadata: Mapping[str, str] = NOTHING


class ChooseAnotherFactor(Intent):
    """Have Cognito list the first factors that there are, instead of the one that it asks for."""

    __slots__ = ()


class Cancel(Intent):
    """Give up the attempt under way, whatever it is."""

    __slots__ = ()


# Sign-up


@frozen_value(kw_only=True)
class SignUp(Intent):
    """Register.

    Args:
        username: the username, or the alias that serves as one.
        password: the handle of the password.
        attributes: the handle of the attributes, a mapping of strings.
        auto_sign_in: sign in by itself once the registration is confirmed.
        auth_flow: how that sign-in starts.
        validation_data: for the pre-sign-up trigger.
        client_metadata: for the pool's triggers.
    """

    username: str
    password: Handle | None = None
    attributes: Handle | None = None
    auto_sign_in: bool = False
    auth_flow: AuthFlowType | None = None
    validation_data: Mapping[str, str] = NOTHING
    client_metadata: Mapping[str, str] = NOTHING


@frozen_value(kw_only=True)
class ConfirmSignUp(Intent):
    """Confirm a registration with the code that was sent.

    Args:
        username: whose.
        code: the handle of the code.
        force_alias_creation: take the address or number away from another user who has it as an alias.
        client_metadata: for the pool's triggers.
    """

    username: str
    code: Handle
    force_alias_creation: bool = False
    client_metadata: Mapping[str, str] = NOTHING


@frozen_value(kw_only=True)
class ResendSignUpCode(Intent):
    """Have the confirmation code sent anew."""

    username: str
    client_metadata: Mapping[str, str] = NOTHING


@frozen_value(kw_only=True)
class CheckConfirmation(Intent):
    """Find out whether the registration was confirmed meanwhile, by the link that was sent: by signing in.

    Args:
        at: now, in seconds since the epoch; what the sign-in takes is kept only for a while.
    """

    at: float


# Forgotten password


@frozen_value(kw_only=True)
class ForgotPassword(Intent):
    """Have a reset code sent."""

    username: str
    client_metadata: Mapping[str, str] = NOTHING


@frozen_value(kw_only=True)
class ConfirmForgotPassword(Intent):
    """Set a new password with the code that was sent."""

    username: str
    code: Handle
    new_password: Handle
    client_metadata: Mapping[str, str] = NOTHING


# Navigation


class ShowSignIn(Intent):
    """Go to the sign-in screen."""

    __slots__ = ()


class ShowSignUp(Intent):
    """Go to the sign-up screen."""

    __slots__ = ()


class ShowConfirmSignUp(Intent):
    """Go to the screen that takes a confirmation code; for somebody who already has one."""

    __slots__ = ()


class ShowForgotPassword(Intent):
    """Go to the screen that asks for a reset code."""

    __slots__ = ()


class ShowConfirmForgotPassword(Intent):
    """Go to the screen that takes a reset code; for somebody who already has one."""

    __slots__ = ()


class Back(Intent):
    """Go to the screen before this one; a challenge is abandoned."""

    __slots__ = ()


class Skip(Intent):
    """Leave out a step that may be done later."""

    __slots__ = ()


# The account of the user who is signed in


class CheckContacts(Intent):
    """Read the user's contacts again, after that had failed."""

    __slots__ = ()


@frozen_value(kw_only=True)
class VerifyUserAttribute(Intent):
    """Have a code sent to the user's e-mail address or phone number.

    Args:
        attribute: "email" or "phone_number".
        client_metadata: for the pool's triggers.
    """

    attribute: str
    client_metadata: Mapping[str, str] = NOTHING


@frozen_value(kw_only=True)
class ConfirmVerifyUserAttribute(Intent):
    """Verify an e-mail address or phone number with the code that was sent."""

    attribute: str
    code: Handle


class SetUpTotp(Intent):
    """Have a TOTP secret made for an authenticator app."""

    __slots__ = ()


@frozen_value(kw_only=True)
class VerifyTotpSetup(Intent):
    """Show with a code that the authenticator app has the secret.

    Args:
        code: the handle of the code.
        device_name: a name for the authenticator app.
    """

    code: Handle
    device_name: str | None = None


class FetchMfaPreference(Intent):
    """Find out which second factors the user has."""

    __slots__ = ()


@frozen_value(kw_only=True)
class UpdateMfaPreference(Intent):
    """Set which second factors are used; None leaves one as it is.

    Args:
        sms: codes by SMS.
        totp: codes of an authenticator app.
        email: codes by e-mail.
    """

    sms: MfaUse | None = None
    totp: MfaUse | None = None
    email: MfaUse | None = None


class RegisterPasskey(Intent):
    """Start to register a passkey."""

    __slots__ = ()


@frozen_value(kw_only=True)
class CompletePasskey(Intent):
    """Register the passkey that the browser or platform made (RegistrationResponseJSON)."""

    credential: Handle


@frozen_value(kw_only=True)
class ListPasskeys(Intent):
    """List the user's passkeys.

    Args:
        limit: at most how many (1 to 20).
        next_token: where the page before ended.
    """

    limit: int | None = None
    next_token: str | None = None


@frozen_value(kw_only=True)
class DeletePasskey(Intent):
    """Delete one of the user's passkeys."""

    passkey_id: str


@frozen_value(kw_only=True)
class ListDevices(Intent):
    """List the user's devices.

    Args:
        limit: at most how many (0 to 60).
        next_token: where the page before ended.
    """

    limit: int | None = None
    next_token: str | None = None


@frozen_value(kw_only=True)
class GetDevice(Intent):
    """Read one of the user's devices; None is this one."""

    device_key: str | None = None


@frozen_value(kw_only=True)
class UpdateDeviceStatus(Intent):
    """Remember one of the user's devices, or stop remembering it; None is this one."""

    device_key: str | None = None
    remembered: bool = True


@frozen_value(kw_only=True)
class ForgetDevice(Intent):
    """Forget one of the user's devices; None is this one."""

    device_key: str | None = None


@frozen_value(kw_only=True)
class ChangePassword(Intent):
    """Change the password of the user who is signed in.

    Args:
        current: the handle of the password that there is.
        proposed: the handle of the new one.
    """

    current: Handle
    proposed: Handle


class FetchUserAttributes(Intent):
    """Read the user's attributes."""

    __slots__ = ()


@frozen_value(kw_only=True)
class UpdateUserAttributes(Intent):
    """Change the user's attributes; a new address or number has to be verified.

    Args:
        attributes: the handle of the attributes, a mapping of strings.
        client_metadata: for the pool's triggers.
    """

    attributes: Handle
    client_metadata: Mapping[str, str] = NOTHING


class DeleteUser(Intent):
    """Delete the account of the user who is signed in, for good."""

    __slots__ = ()


# The flow itself


class Close(Intent):
    """End the flow for good; tokens stay where they are stored. Taken by the engine in every state."""

    __slots__ = ()


INTENTS: tuple[type[Intent], ...] = (
    Initialize,
    SignIn,
    SignInWithRedirect,
    ConfirmSignIn,
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
    Back,
    Skip,
    Cancel,
    GetTokens,
    SignOut,
    ResendCode,
    ChooseAnotherFactor,
    CheckConfirmation,
    CheckContacts,
    VerifyUserAttribute,
    ConfirmVerifyUserAttribute,
    SetUpTotp,
    VerifyTotpSetup,
    FetchMfaPreference,
    UpdateMfaPreference,
    RegisterPasskey,
    CompletePasskey,
    ListPasskeys,
    DeletePasskey,
    ListDevices,
    GetDevice,
    UpdateDeviceStatus,
    ForgetDevice,
    ChangePassword,
    FetchUserAttributes,
    UpdateUserAttributes,
    DeleteUser,
    AbandonRedirect,
    FederatedSignIn,
    GetAwsCredentials,
    GetIdentityId,
    SyncSession,
    ReleaseSignInWait,
    Close,
)
