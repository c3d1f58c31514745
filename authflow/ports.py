"""The ports: what a driver needs from the outside, as protocols, and what travels through them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from authflow.quick import Value, frozen_value
from authflow.secrets import Secret

if TYPE_CHECKING:
    from authflow.effects import Effect
    from authflow.outcomes import Outcome
    from authflow.secrets import Vault

Clock = Callable[[], float]


@frozen_value(kw_only=True)
class Tokens(Value):
    """A user pool's tokens.

    Args:
        id_token: the ID token, a JWT; None when Cognito issued none.
        access_token: the access token, a JWT.
        refresh_token: the refresh token; None when there is none.
        expires_at: when the first of the access and the ID token ends, in seconds since the epoch.
    """

    id_token: Secret[str] | None = None
    access_token: Secret[str]
    refresh_token: Secret[str] | None = None
    expires_at: float


def mark_of(*tokens: Secret[str] | None) -> str:
    """Returns what tells tokens from others and gives nothing of them away: the beginning of their SHA-256."""
    from hashlib import sha256

    texts = (token.reveal() for token in tokens if token is not None)
    return sha256("\n".join(texts).encode()).hexdigest()[:16]


def mark_of_tokens(tokens: Tokens) -> str:
    """Returns what tells a user pool's tokens from others, and from what a refresh makes of them."""
    return mark_of(tokens.access_token, tokens.refresh_token)


@frozen_value(kw_only=True)
class AwsCredentials(Value):
    """Temporary AWS credentials of an identity pool's identity.

    Args:
        access_key_id: names the key; no secret.
        secret_key: signs requests.
        session_token: goes along with them.
        expires_at: when they end, in seconds since the epoch.
        identity_id: whose they are.
    """

    access_key_id: str
    secret_key: Secret[str]
    session_token: Secret[str]
    expires_at: float
    identity_id: str


@frozen_value(kw_only=True)
class StoredFederation(Value):
    """What a token store keeps of somebody who is signed in to the identity pool without the user pool.

    Args:
        provider: the provider's name among an identity pool's logins.
        token: the provider's token.
        role_arn: the role that credentials are asked for.
    """

    provider: str
    token: Secret[str]
    role_arn: str | None = None


@frozen_value(kw_only=True)
class StoredSession(Value):
    """What a token store keeps: a user of the user pool (`tokens`), of another provider (`federation`), or a guest.

    Args:
        username: Cognito's username; None for a guest or another provider's user.
        user_sub: the `sub` claim.
        identifier: what the user signed in with, an alias perhaps.
        tokens: the tokens of the user pool.
        hosted: whether they came by way of the hosted UI.
        federation: who vouches for the user instead of the user pool.
        identity_id: the identity pool's identity, where it has to be kept: of guests and other providers' users.
        configuration: the pools and the app client that all this belongs to; None where nobody said.
    """

    username: str | None = None
    user_sub: str | None = None
    identifier: str | None = None
    tokens: Tokens | None = None
    hosted: bool = False
    federation: StoredFederation | None = None
    identity_id: str | None = None
    configuration: str | None = None


class TokenStore(Protocol):
    """Keeps one user's session. Any exception means that the store is unavailable, never that it is empty.

    A store that others write to as well may have a method `revision() -> object` besides: whatever it returns differs
    once somebody has saved or cleared. A flow can follow such a store.
    """

    def load(self) -> StoredSession | None:
        """Returns what is stored; None when nothing is."""
        ...

    def save(self, session: StoredSession) -> None:
        """Replaces what is stored."""

    def clear(self) -> None:
        """Removes what is stored; removing nothing is no error."""


@frozen_value(kw_only=True)
class StoredDevice(Value):
    """What a device store keeps of one user's use of this device.

    Args:
        username: Cognito's own name of the user: the one identity that the device is kept under.
        aliases: identifiers that were typed for that user, by which the device is found again; lower case.
        key: Cognito's DeviceKey.
        group_key: Cognito's DeviceGroupKey.
        secret: the device's password, which proves it.
    """

    username: str
    aliases: tuple[str, ...] = ()
    key: str
    group_key: str
    secret: Secret[str]


class DeviceStore(Protocol):
    """Keeps which users this device is known to Cognito for. Any exception means that nothing is known just now.

    May be called by several threads.
    """

    def load(self, name: str) -> StoredDevice | None:
        """Returns what is kept for Cognito's username, or for an identifier that was typed; None when nothing is."""
        ...

    def save(self, device: StoredDevice) -> None:
        """Keeps a device, in place of what was kept for its user, and takes its aliases from other users' devices."""

    def forget(self, username: str) -> None:
        """Removes what is kept for Cognito's username; removing nothing is no error."""


class Provider(Protocol):
    """Performs the effects that are calls to Cognito."""

    def perform(self, effect: "Effect", vault: "Vault") -> "Outcome":
        """Makes the call and returns what came of it.

        Args:
            effect: the call.
            vault: resolves the effect's handles; keeps what the outcome's handles name.

        Raises:
            SecretGone: the vault has not got what the effect needs.
            AuthFlowError: the call did not succeed.
        """
        ...


class Browser(Protocol):
    """Shows a page to the user and catches the way back: the system's browser, a web view, a page of one's own.

    It may have `loopback`, true where the way back is caught on this machine, and `cancel()`, which ends a visit from
    another thread.
    """

    def visit(self, url: str, redirect_uri: str) -> str:
        """Opens `url`, waits until the browser is sent to `redirect_uri`, and returns the whole URL that it came to.

        Raises:
            AuthFlowError: it did not come back, for the reason it gives. Any other exception says the same without one.
        """
        ...


class PasskeyAuthenticator(Protocol):
    """Makes passkeys and uses them: a browser, the platform's API, or a security key.

    JSON in, JSON out, in the forms that W3C Web Authentication Level 3 gives them; binary values are base64url without
    padding in all of them. Cognito hands out the options and takes the answers in these forms, so neither is changed on
    the way. Both methods may wait for the user as long as the options' `timeout` says, in milliseconds. Any exception
    means that there is no passkey to be had: the user declined, time ran out, no authenticator fits.

    Sources: https://www.w3.org/TR/webauthn-3/, sections 5.1.3 (create), 5.1.4 (get), 5.1.8 and 5.1.9 (options from
    JSON), 5.1 (`toJSON()` and the forms of the answers).
    """

    def create(self, options: str) -> str:
        """Makes a passkey and returns a RegistrationResponseJSON, for CompleteWebAuthnRegistration's Credential.

        Args:
            options: PublicKeyCredentialCreationOptionsJSON: StartWebAuthnRegistration's CredentialCreationOptions.

        Raises:
            AuthFlowError: no passkey was made, for the reason it gives. Any other exception says the same without one.
        """
        ...

    def get(self, options: str) -> str:
        """Signs a challenge with a passkey and returns an AuthenticationResponseJSON, for WEB_AUTHN's CREDENTIAL.

        Args:
            options: PublicKeyCredentialRequestOptionsJSON: the WEB_AUTHN challenge's CREDENTIAL_REQUEST_OPTIONS.

        Raises:
            AuthFlowError: nothing was signed, for the reason it gives. Any other exception says the same without one.
        """
        ...


class Dispatcher(Protocol):
    """Moves a callback to where it must run, a UI thread for example."""

    def post(self, fn: Callable[[], None]) -> None:
        """Has `fn` run soon, after those posted before it."""
