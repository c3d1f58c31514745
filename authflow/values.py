"""Small values that messages, the flow and results carry. None of them holds a secret."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import attrs

from authflow.quick import Value, frozen_value, quick_frozen
from authflow.secrets import Handle
from authflow.states import AuthFlowType, DeliveryMedium, FirstFactor, ScreenState

if TYPE_CHECKING:
    from authflow.region import Region

# A plain dictionary, since a flow is data that can be pickled; typed so that nobody writes to it.
NOTHING: Mapping[str, str] = {}


@frozen_value(kw_only=True)
class CodeDelivery(Value):
    """Where a code went (Cognito's CodeDeliveryDetails).

    Args:
        medium: how it was sent.
        destination: the masked address or number, as Cognito masks it; None when Cognito does not say.
        attribute: the attribute whose value the destination is ("email"); None when Cognito does not say.
    """

    medium: DeliveryMedium = DeliveryMedium.unknown
    destination: str | None = None
    attribute: str | None = None


@frozen_value(kw_only=True)
class Challenge(Value):
    """A challenge that Cognito issued and the user has not yet answered for good.

    Args:
        name: Cognito's ChallengeName.
        parameters: its public parameters: all but the Session and what only the protocol needs.
        session: the handle of Cognito's Session, single-use; None when Cognito sent none.
        delivery: where the code went, when the challenge sent one.
        required_attributes: attributes that must come with a new password.
        options: what can be chosen, where the challenge is a choice: first factors or kinds of MFA, in Cognito's order.
        totp: the handle of the TOTP secret that is being set up.
        lifetime: how long Cognito keeps the Session, in seconds: the app client's AuthSessionValidity (3 to 15
            minutes, 3 by default).
        expires_at: when the Session ends, in seconds since the epoch; known once the challenge has arrived.
    """

    name: str
    parameters: Mapping[str, str] = NOTHING
    session: Handle | None = None
    delivery: CodeDelivery | None = None
    required_attributes: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    totp: Handle | None = None
    lifetime: float = 180.0
    expires_at: float | None = None

    def armed(self, now: float) -> "Challenge":
        """Returns this challenge as it stands once it has arrived."""
        return Challenge(
            name=self.name,
            parameters=self.parameters,
            session=self.session,
            delivery=self.delivery,
            required_attributes=self.required_attributes,
            options=self.options,
            totp=self.totp,
            lifetime=self.lifetime,
            expires_at=now + self.lifetime,
        )


@frozen_value(kw_only=True)
class SignOutOptions(Value):
    """How to sign out (AWSMobileClient's `SignOutOptions`).

    Args:
        sign_out_globally: end the user's sessions on every device (GlobalSignOut).
        invalidate_tokens: revoke this session's refresh token (RevokeToken).
    """

    sign_out_globally: bool = False
    invalidate_tokens: bool = True


LOCALLY: Final = SignOutOptions()


@frozen_value(kw_only=True)
class Account(Value):
    """Whose tokens these are, as far as may be told.

    Args:
        username: Cognito's username, the one that its other operations take.
        user_sub: the `sub` claim; None when there was no readable ID token.
        identifier: what the user signed in with; None where it was not kept.
        tokens: the handle of the tokens in the vault.
        expires_at: when the first of the access and the ID token ends, in seconds since the epoch.
        hosted: whether the tokens came by way of the hosted UI, whose own session a sign-out leaves.
        mark: tells these tokens from others (`authflow.ports.mark_of`); None where nobody has marked them.
    """

    username: str
    user_sub: str | None = None
    identifier: str | None = None
    tokens: Handle
    expires_at: float
    hosted: bool = False
    mark: str | None = None

    @property
    def known_as(self) -> str | None:
        """What the user calls the account; None where only Cognito's own name is known, which nobody types."""
        if self.identifier is not None:
            return self.identifier
        return self.username if self.username != self.user_sub else None


@frozen_value(kw_only=True)
class Federation(Value):
    """Who vouches for a user who is signed in to the identity pool without the user pool.

    Args:
        provider: the provider's name among an identity pool's logins: "graph.facebook.com", "accounts.google.com",
            "www.amazon.com", "appleid.apple.com", "api.twitter.com", an OpenID Connect issuer, or
            "cognito-identity.amazonaws.com" for developer identities.
        token: the handle of the provider's token.
        identity_id: the identity that the token is for; demanded of developer identities.
        role_arn: the role to ask credentials for, where the token allows several (CustomRoleArn).
        mark: tells this token from others (`authflow.ports.mark_of`); None where nobody has marked it.
    """

    provider: str
    token: Handle
    identity_id: str | None = None
    role_arn: str | None = None
    mark: str | None = None


@frozen_value(kw_only=True)
class Identity(Value):
    """The identity pool's identity, and the AWS credentials that it was given last.

    Args:
        id: its identity id, "<region>:<uuid>".
        credentials: the handle of the credentials; None where there are none.
        expires_at: when they end, in seconds since the epoch.
    """

    id: str
    credentials: Handle | None = None
    expires_at: float = 0.0


_INITIAL_SCREENS: Final = (ScreenState.signIn, ScreenState.signUp, ScreenState.forgotPassword)


def _initial_screen(name: str) -> ScreenState:
    for screen in _INITIAL_SCREENS:
        if name == screen:
            return screen
    raise ValueError(f"Settings: initial_screen is one of {', '.join(_INITIAL_SCREENS)}.")


@frozen_value(kw_only=True)
class Settings(Value):
    """What the host application wants of its flows, as far as it decides where they go.

    Args:
        auto_sign_in: sign in by itself once a registration is confirmed, without asking for the password again.
        verify_contacts: after a sign-in, ask somebody without a verified e-mail address or phone number to verify one.
        offer_passkey: after a sign-in, offer to register a passkey to somebody who has none.
        self_sign_up: whether users may register themselves.
        confirm_by_link: the pool confirms registrations by a link, not by a code (Cognito does not say which).
        retain_password: keep the password in memory until the attempt ends, so that a code that follows it can be sent
            again by starting anew.
        initial_screen: where somebody who is not signed in begins: signIn, signUp or forgotPassword.
        passkeys: whether the signed-in screen offers to add a passkey; None for as the configuration says, and offered
            where it does not say.
        second_factors: whether it offers to set up an authenticator app and to choose the second factors; None for the
            same.
        providers: the identity providers that the sign-in and sign-up screens offer, by Cognito's names ("Google");
            None for as the configuration says.
        regions: regions of the application's own, which follow the flow's (`authflow.declare`).

    Raises:
        ValueError: a value is none of these.
    """

    auto_sign_in: bool = False
    verify_contacts: bool = False
    offer_passkey: bool = False
    self_sign_up: bool = True
    confirm_by_link: bool = False
    retain_password: bool = False
    initial_screen: ScreenState = attrs.field(default=ScreenState.signIn, converter=_initial_screen)
    passkeys: bool | None = None
    second_factors: bool | None = None
    providers: tuple[str, ...] | None = None
    regions: "tuple[Region, ...]" = ()

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(Settings):
            value = getattr(self, field.name)
            left_open = value is None and field.default is None
            if field.name not in _OTHER_THAN_FLAGS and not isinstance(value, bool) and not left_open:
                raise ValueError(f"Settings: {field.name} is true or false.")
        names = self.providers or ()
        if not isinstance(names, tuple) or not all(isinstance(name, str) and name for name in names):
            raise ValueError('Settings: providers is a tuple of names, such as ("Google",).')
        if not isinstance(self.regions, tuple) or not all(hasattr(region, "screens") for region in self.regions):
            raise ValueError("Settings: regions is a tuple of regions, such as (TERMS,).")


_OTHER_THAN_FLAGS: Final = ("initial_screen", "providers", "regions")
DEFAULTS: Final = Settings()


@quick_frozen(kw_only=True)
class Start(Value):
    """How the attempt under way was started: what starting it anew takes, besides the username and the password.

    Args:
        auth_flow: how; None for the configured way.
        preferred: the first factor that was asked for.
        with_password: whether a password went along.
        retain_password: whether the password is kept until the attempt ends.
        without_device: whether Cognito has refused the device in it, so that it goes on without.
        metadata: for the calls of the attempt.
    """

    auth_flow: AuthFlowType | None = None
    preferred: FirstFactor | None = None
    with_password: bool = False
    retain_password: bool = False
    without_device: bool = False
    metadata: Mapping[str, str] = NOTHING


@frozen_value(kw_only=True)
class AutoSignIn(Value):
    """What a sign-in without a question needs once the registration is confirmed.

    Args:
        username: whose.
        password: the handle of the password that was given at sign-up.
        session: the handle of Cognito's Session of the registration.
        auth_flow: how to start.
        until: when it is too late, in seconds since the epoch.
        metadata: for the pool's triggers.
    """

    username: str
    password: Handle | None = None
    session: Handle | None = None
    auth_flow: AuthFlowType | None = None
    until: float
    metadata: Mapping[str, str] = NOTHING


@frozen_value(kw_only=True)
class Contact(Value):
    """An e-mail address or phone number of the user who is signed in.

    Args:
        attribute: "email" or "phone_number".
        destination: the value, masked.
        verified: whether the user has shown that it is theirs.
    """

    attribute: str
    destination: str
    verified: bool


@frozen_value(kw_only=True)
class Device(Value):
    """A device that Cognito tracks (DeviceType).

    Args:
        key: Cognito's DeviceKey; no secret.
        attributes: what Cognito keeps of it, such as device_name and device_status.
        created_at: in seconds since the epoch, as the two below; None where Cognito does not say.
        last_modified_at: when it was changed last.
        last_authenticated_at: when somebody signed in with it last.
    """

    key: str
    attributes: Mapping[str, str] = NOTHING
    created_at: float | None = None
    last_modified_at: float | None = None
    last_authenticated_at: float | None = None


@frozen_value(kw_only=True)
class Passkey(Value):
    """A passkey of the user (WebAuthnCredentialDescription).

    Args:
        id: Cognito's CredentialId.
        name: the friendly name; None where there is none.
        relying_party: the relying party's id.
        attachment: "platform" or "cross-platform"; None where it is not known.
        transports: how it can be reached.
        created_at: in seconds since the epoch; None where Cognito does not say.
    """

    id: str
    name: str | None = None
    relying_party: str | None = None
    attachment: str | None = None
    transports: tuple[str, ...] = ()
    created_at: float | None = None


@frozen_value(kw_only=True)
class Page(Value):
    """One page of a list.

    Args:
        items: devices or passkeys.
        next_token: what to ask for the next page with; None on the last.
    """

    items: tuple[Device | Passkey, ...] = ()
    next_token: str | None = None


@frozen_value(kw_only=True)
class MfaPreference(Value):
    """A user's second factors.

    Args:
        enabled: Cognito's names of those that are in use (UserMFASettingList).
        preferred: the one that is asked for first; None where none is.
    """

    enabled: tuple[str, ...] = ()
    preferred: str | None = None


# What a call about the account finds: a list, a device, the second factors; the handle of the user's attributes; or
# where codes went that a change of attributes had sent.
Found = Page | Device | MfaPreference | Handle | tuple[CodeDelivery, ...]


@frozen_value(kw_only=True)
class Room(Value):
    """What the account region is about at the moment.

    Args:
        following_up: whether it follows a sign-in, so that there may be more to come.
        contacts: the user's contacts, once they were read.
        contact: the attribute that a code was sent for.
        delivery: where that code went.
        passkey_options: what a passkey is to be made with (PublicKeyCredentialCreationOptionsJSON); public.
        totp: the handle of the TOTP secret that is being set up.
        found: what the last call found.
    """

    following_up: bool = False
    contacts: tuple[Contact, ...] = ()
    contact: str | None = None
    delivery: CodeDelivery | None = None
    passkey_options: str | None = None
    totp: Handle | None = None
    found: Found | None = None


EMPTY_ROOM: Final = Room()
