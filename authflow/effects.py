"""What somebody with I/O must do. Each carries the id that its outcome must bring back.

Names are Cognito's for Cognito's calls. `slot` is the place the call occupies until its outcome is in;
`repeatable` says whether doing it twice does no more than doing it once, so that it may be repeated when the
answer was lost. A call that was never sent may be repeated in any case.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from authflow.quick import Value, quick_frozen
from authflow.secrets import Handle
from authflow.states import AuthFlowType, FirstFactor, MfaUse, Slot
from authflow.values import NOTHING, Account, Challenge, Federation


@quick_frozen(kw_only=True)
class Effect(Value):
    """The base of all effects.

    Args:
        id: the number of this effect within its flow.
    """

    slot: ClassVar[Slot] = Slot.interactive
    repeatable: ClassVar[bool] = False
    id: int

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for its outcome."""
        return self.id != UNAWAITED

    @property
    def of_account(self) -> bool:
        """Whether it is about the account of the user who is signed in, and made with the access token."""
        return False

    @property
    def with_tokens(self) -> bool:
        """Whether it is made with tokens that must not have ended."""
        return self.of_account


# The id of an effect that occupies no slot: it is performed, and nobody waits for its outcome.
UNAWAITED: Final = 0


# Sign-in


@quick_frozen(kw_only=True)
class InitiateAuth(Effect):
    """Starts a sign-in. Not repeatable: it may send a code.

    Args:
        username: whose.
        password: the handle of the password.
        auth_flow: how; None for the configured way.
        preferred: the first factor to ask for (PREFERRED_CHALLENGE).
        session: the handle of the Session of a registration that was just confirmed, which stands for the password.
        client_metadata: for the pool's triggers.
    """

    username: str
    password: Handle | None
    auth_flow: AuthFlowType | None
    preferred: FirstFactor | None = None
    session: Handle | None = None
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True)
class RespondToPasswordVerifier(Effect):
    """Proves the password by SRP. Not repeatable: it spends the Session."""

    challenge: Challenge
    srp: Handle
    password: Handle | None
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True)
class RespondToAuthChallenge(Effect):
    """Answers a challenge. Not repeatable: it spends the Session.

    Args:
        username: the identifier that was typed; the challenge may know a better one.
        challenge: the challenge.
        answer: the handle of the code, password or other answer; None where the Session alone answers.
        choice: what was chosen among the challenge's options.
        attributes: the handle of attributes that come along.
        client_metadata: for the pool's triggers.
    """

    username: str
    challenge: Challenge
    answer: Handle | None = None
    choice: str | None = None
    attributes: Handle | None = None
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True)
class RespondToDeviceSrpAuth(Effect):
    """Begins the proof of a remembered device. Not repeatable: it spends the Session."""

    username: str
    challenge: Challenge
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True)
class RespondToDevicePasswordVerifier(Effect):
    """Proves the device's secret by SRP. Not repeatable: it spends the Session."""

    challenge: Challenge
    srp: Handle
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True)
class StartRedirect(Effect):
    """Makes the URL of the hosted UI, with a state, a nonce and a proof key (PKCE) of this attempt's own.

    Calls nobody. The arguments are those of `SignInWithRedirect`.
    """

    repeatable: ClassVar[bool] = True
    provider: str | None = None
    idp_identifier: str | None = None
    login_hint: str | None = None
    lang: str | None = None
    prompt: str | None = None
    loopback: bool = False


@quick_frozen(kw_only=True)
class ExchangeCode(Effect):
    """Exchanges the code that the browser brought back for tokens. Not repeatable: it spends the code.

    Args:
        challenge: what `StartRedirect` made; its `session` is the handle of the state, the nonce and the proof key.
        answer: the handle of the whole URL that the browser was sent to.
    """

    challenge: Challenge
    answer: Handle | None


@quick_frozen(kw_only=True)
class ConfirmDevice(Effect):
    """Has Cognito track this device, and keeps its secret in the device store. Repeatable: the same proof is sent.

    Args:
        account: whose.
        username: the identifier that was typed, by which the device is found again.
        device: the handle of what Cognito said of the new device.
    """

    repeatable: ClassVar[bool] = True
    account: Account
    username: str
    device: Handle


@quick_frozen(kw_only=True)
class AssociateSoftwareToken(Effect):
    """Has a TOTP secret made: for the challenge of a sign-in, or for the account that is signed in.

    Not repeatable: it spends the Session.
    """

    challenge: Challenge | None = None
    account: Account | None = None

    @property
    def of_account(self) -> bool:
        """Whether it is for the account, and for no challenge."""
        return self.account is not None


@quick_frozen(kw_only=True)
class VerifySoftwareToken(Effect):
    """Shows that the authenticator app has the secret. Not repeatable: it spends the Session and the code."""

    challenge: Challenge | None = None
    account: Account | None = None
    code: Handle
    device_name: str | None = None

    @property
    def of_account(self) -> bool:
        """Whether it is for the account, and for no challenge."""
        return self.account is not None


@quick_frozen(kw_only=True)
class StoreTokens(Effect):
    """Keeps the tokens of a sign-in in the token store."""

    repeatable: ClassVar[bool] = True
    account: Account


# Sign-up


@quick_frozen(kw_only=True)
class SignUp(Effect):
    """Registers a user. Not repeatable: the second one finds that the user exists."""

    username: str
    password: Handle | None
    attributes: Handle | None
    validation_data: Mapping[str, str] = NOTHING
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True)
class ConfirmSignUp(Effect):
    """Confirms a registration. Not repeatable: it spends the code."""

    username: str
    code: Handle
    force_alias_creation: bool = False
    session: Handle | None = None
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True)
class ResendConfirmationCode(Effect):
    """Sends a confirmation code. Not repeatable: it sends a message."""

    username: str
    client_metadata: Mapping[str, str] = NOTHING


# Forgotten password


@quick_frozen(kw_only=True)
class ForgotPassword(Effect):
    """Sends a reset code. Not repeatable: it sends a message."""

    username: str
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True)
class ConfirmForgotPassword(Effect):
    """Sets a new password. Not repeatable: it spends the code."""

    username: str
    code: Handle
    new_password: Handle
    client_metadata: Mapping[str, str] = NOTHING


# The account of the user who is signed in


@quick_frozen(kw_only=True)
class AccountEffect(Effect):
    """The base of the calls that are made with the user's access token."""

    account: Account

    @property
    def of_account(self) -> bool:
        """Whether it is about the account: always."""
        return True


class ReadUser(AccountEffect):
    """Reads the user's contacts (GetUser)."""

    __slots__ = ()
    repeatable: ClassVar[bool] = True


@quick_frozen(kw_only=True)
class SendContactCode(AccountEffect):
    """Sends a code to a contact (GetUserAttributeVerificationCode). Not repeatable: it sends a message."""

    attribute: str
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True)
class VerifyContact(AccountEffect):
    """Verifies a contact with the code (VerifyUserAttribute). Not repeatable: it spends the code."""

    attribute: str
    code: Handle


class CheckPasskeys(AccountEffect):
    """Finds out whether the user has a passkey (ListWebAuthnCredentials)."""

    __slots__ = ()
    repeatable: ClassVar[bool] = True


class StartPasskey(AccountEffect):
    """Asks what a passkey is to be made with (StartWebAuthnRegistration)."""

    __slots__ = ()
    repeatable: ClassVar[bool] = True


@quick_frozen(kw_only=True)
class CompletePasskey(AccountEffect):
    """Registers a passkey (CompleteWebAuthnRegistration). Not repeatable: it spends the challenge."""

    credential: Handle


@quick_frozen(kw_only=True)
class ListPasskeys(AccountEffect):
    """Lists the user's passkeys (ListWebAuthnCredentials)."""

    repeatable: ClassVar[bool] = True
    limit: int | None = None
    next_token: str | None = None


@quick_frozen(kw_only=True)
class DeletePasskey(AccountEffect):
    """Deletes a passkey (DeleteWebAuthnCredential)."""

    repeatable: ClassVar[bool] = True
    passkey_id: str


class FetchMfaPreference(AccountEffect):
    """Reads which second factors the user has (GetUser)."""

    __slots__ = ()
    repeatable: ClassVar[bool] = True


@quick_frozen(kw_only=True)
class UpdateMfaPreference(AccountEffect):
    """Sets which second factors are used (SetUserMFAPreference)."""

    repeatable: ClassVar[bool] = True
    sms: MfaUse | None = None
    totp: MfaUse | None = None
    email: MfaUse | None = None


@quick_frozen(kw_only=True)
class ListDevices(AccountEffect):
    """Lists the user's devices."""

    repeatable: ClassVar[bool] = True
    limit: int | None = None
    next_token: str | None = None


@quick_frozen(kw_only=True)
class GetDevice(AccountEffect):
    """Reads a device; None is this one."""

    repeatable: ClassVar[bool] = True
    device_key: str | None = None


@quick_frozen(kw_only=True)
class UpdateDeviceStatus(AccountEffect):
    """Remembers a device, or stops remembering it; None is this one."""

    repeatable: ClassVar[bool] = True
    device_key: str | None = None
    remembered: bool = True


@quick_frozen(kw_only=True)
class ForgetDevice(AccountEffect):
    """Forgets a device, here too if it is this one; None is this one."""

    repeatable: ClassVar[bool] = True
    device_key: str | None = None


@quick_frozen(kw_only=True)
class ChangePassword(AccountEffect):
    """Changes the password. Not repeatable: the second time the old one is wrong."""

    current: Handle
    proposed: Handle


class FetchUserAttributes(AccountEffect):
    """Reads the user's attributes (GetUser)."""

    __slots__ = ()
    repeatable: ClassVar[bool] = True


@quick_frozen(kw_only=True)
class UpdateUserAttributes(AccountEffect):
    """Changes the user's attributes. Not repeatable: it may send codes.

    Args:
        attributes: the handle of the attributes, a mapping of strings.
        client_metadata: for the pool's triggers.
    """

    attributes: Handle
    client_metadata: Mapping[str, str] = NOTHING


class DeleteUser(AccountEffect):
    """Deletes the account. Not repeatable: the second time nobody is there."""

    __slots__ = ()


# Session


@quick_frozen(kw_only=True)
class LoadSession(Effect):
    """Reads the token store.

    Args:
        sweep: whether a session of other pools, or of another app client, is removed.
    """

    slot: ClassVar[Slot] = Slot.session
    repeatable: ClassVar[bool] = True
    sweep: bool = False


@quick_frozen(kw_only=True)
class RefreshTokens(Effect):
    """Exchanges the refresh token for new tokens, or takes those that somebody else has got with the same store.

    Not repeatable: with rotation it spends the refresh token.

    Args:
        account: whose.
        unsaved: whether the store never had these tokens, so that it has nothing newer.
    """

    slot: ClassVar[Slot] = Slot.session
    account: Account
    unsaved: bool = False


@quick_frozen(kw_only=True)
class StoreRefreshedTokens(Effect):
    """Keeps refreshed tokens in the token store, in place of those of the same user.

    A session that somebody else has ended there meanwhile, or another user's, is not overwritten.

    Args:
        account: whose.
        unsaved: whether the store never had this session, so that it is kept whatever is there.
    """

    slot: ClassVar[Slot] = Slot.session
    repeatable: ClassVar[bool] = True
    account: Account
    unsaved: bool = False


@quick_frozen(kw_only=True)
class GlobalSignOut(Effect):
    """Ends the user's sessions on every device."""

    slot: ClassVar[Slot] = Slot.session
    repeatable: ClassVar[bool] = True
    account: Account

    @property
    def with_tokens(self) -> bool:
        """Whether it is made with tokens that must not have ended."""
        return True


@quick_frozen(kw_only=True)
class RevokeToken(Effect):
    """Revokes a refresh token, and with it the access tokens that came of it."""

    slot: ClassVar[Slot] = Slot.session
    repeatable: ClassVar[bool] = True
    account: Account


@quick_frozen(kw_only=True)
class ClearTokens(Effect):
    """Removes the session from the token store.

    Args:
        username: whose, where that is known: another user's, who has signed in elsewhere meanwhile, is left.
    """

    slot: ClassVar[Slot] = Slot.session
    repeatable: ClassVar[bool] = True
    username: str | None = None


@quick_frozen(kw_only=True)
class Discard(Effect):
    """Revokes tokens that came too late for anybody to want them. Occupies no slot; nobody waits for it."""

    slot: ClassVar[Slot] = Slot.session
    repeatable: ClassVar[bool] = True
    account: Account


# The identity pool


@quick_frozen(kw_only=True)
class IdentityEffect(Effect):
    """The base of the calls to the identity pool: as a guest, or as somebody for whom a token vouches.

    Args:
        account: the user pool's user; the call is made with the ID token.
        federation: another provider's user.
    """

    slot: ClassVar[Slot] = Slot.identity
    repeatable: ClassVar[bool] = True
    account: Account | None = None
    federation: Federation | None = None

    @property
    def with_tokens(self) -> bool:
        """Whether it is made with tokens that must not have ended."""
        return self.account is not None


class GetId(IdentityEffect):
    """Finds the identity, or has one made (GetId)."""

    __slots__ = ()


@quick_frozen(kw_only=True)
class GetCredentialsForIdentity(IdentityEffect):
    """Has the identity given AWS credentials (GetCredentialsForIdentity)."""

    identity_id: str


@quick_frozen(kw_only=True)
class StoreIdentity(Effect):
    """Keeps a guest, or another provider's user, in the token store."""

    slot: ClassVar[Slot] = Slot.identity
    repeatable: ClassVar[bool] = True
    identity_id: str
    federation: Federation | None = None
