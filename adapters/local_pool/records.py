"""What a user pool remembers, as frozen values. Every field is plain JSON, so that a file can hold it."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Protocol

import attrs

# A JSON document whose shape the service model has checked: the protocol's own type, hence untyped inside.
Json = dict[str, Any]

UNCONFIRMED: Final = "UNCONFIRMED"
CONFIRMED: Final = "CONFIRMED"
FORCE_CHANGE_PASSWORD: Final = "FORCE_CHANGE_PASSWORD"  # noqa: S105 - the name of a status
RESET_REQUIRED: Final = "RESET_REQUIRED"
EXTERNAL_PROVIDER: Final = "EXTERNAL_PROVIDER"  # a user who signs in elsewhere, and has no password here


class Record(Protocol):
    """Anything that the store can keep."""

    kind: ClassVar[str]

    @property
    def key(self) -> str:
        """The record's unique key among those of its kind."""
        ...


@attrs.frozen(kw_only=True)
class Pool:
    """A user pool. `settings` holds what CreateUserPool was given; the rest follows from it."""

    kind: ClassVar[str] = "pool"
    id: str
    name: str
    settings: Json
    created: float
    modified: float
    secret: str = attrs.field(repr=False)  # for plausible answers about users that do not exist

    @property
    def key(self) -> str:
        """The pool id."""
        return self.id

    @property
    def short_name(self) -> str:
        """The part of the pool id that SRP hashes."""
        return self.id.split("_", 1)[1]

    @property
    def case_sensitive(self) -> bool:
        """Whether usernames are case-sensitive, as they are unless UsernameConfiguration says otherwise."""
        return bool(self.settings.get("UsernameConfiguration", {}).get("CaseSensitive", True))

    @property
    def username_attributes(self) -> tuple[str, ...]:
        """The attributes that stand in for a username at sign-up."""
        return tuple(self.settings.get("UsernameAttributes") or ())

    @property
    def alias_attributes(self) -> tuple[str, ...]:
        """The attributes that can be used to sign in beside the username."""
        return tuple(self.settings.get("AliasAttributes") or ())

    @property
    def auto_verified(self) -> tuple[str, ...]:
        """The attributes that a sign-up code verifies."""
        return tuple(self.settings.get("AutoVerifiedAttributes") or ())

    @property
    def tracks_devices(self) -> bool:
        """Whether sign-ins get device keys: any value of DeviceConfiguration turns that on."""
        return bool(self.settings.get("DeviceConfiguration"))

    @property
    def device_spares_mfa(self) -> bool:
        """Whether a remembered device stands in for the second factor."""
        return bool((self.settings.get("DeviceConfiguration") or {}).get("ChallengeRequiredOnNewDevice"))

    @property
    def device_prompt(self) -> bool:
        """Whether a confirmed device is remembered only once the user says so."""
        return bool((self.settings.get("DeviceConfiguration") or {}).get("DeviceOnlyRememberedOnUserPrompt"))

    @property
    def confirms_by_link(self) -> bool:
        """Whether e-mail that confirms a sign-up carries a link instead of a code."""
        template = self.settings.get("VerificationMessageTemplate") or {}
        return bool(template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK")

    @property
    def password_policy(self) -> Json:
        """The password policy, defaults filled in when the pool was made."""
        policy: Json = self.settings["Policies"]["PasswordPolicy"]
        return policy

    @property
    def mfa(self) -> str:
        """``OFF``, ``OPTIONAL`` or ``ON``."""
        return str(self.settings.get("MfaConfiguration", "OFF"))

    @property
    def factors(self) -> tuple[str, ...]:
        """The second factors that the pool enables, by their challenge names."""
        enabled = []
        if self.settings.get("SmsMfa"):
            enabled.append("SMS_MFA")
        if self.settings.get("TotpMfa"):
            enabled.append("SOFTWARE_TOKEN_MFA")
        if self.settings.get("EmailMfa") is not None:  # {} turns it on with the default message
            enabled.append("EMAIL_OTP")
        return tuple(enabled)

    @property
    def first_factors(self) -> tuple[str, ...]:
        """The first factors that choice-based sign-in may offer, as in AllowedFirstAuthFactors."""
        policy = self.settings["Policies"].get("SignInPolicy") or {}
        return tuple(policy.get("AllowedFirstAuthFactors") or ("PASSWORD",))

    @property
    def passkeys(self) -> Json:
        """The WebAuthnConfiguration; empty if there is none."""
        return dict(self.settings.get("WebAuthn") or {})

    @property
    def recovery(self) -> tuple[str, ...]:
        """The means of recovery in order of priority; without a setting, the phone comes first."""
        mechanisms = (self.settings.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms")
        if not mechanisms:
            return ("verified_phone_number", "verified_email")
        return tuple(m["Name"] for m in sorted(mechanisms, key=lambda m: m["Priority"]))

    @property
    def primary_recovery(self) -> str:
        """The first means of recovery that AccountRecoverySetting names; empty without that setting."""
        return self.recovery[0] if self.settings.get("AccountRecoverySetting") else ""


_UNIT_SECONDS: Final = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_LIFETIMES: Final = {  # which token: (default count, default unit), as CreateUserPoolClient documents
    "AccessToken": (1, "hours"),
    "IdToken": (1, "hours"),
    "RefreshToken": (30, "days"),
}


@attrs.frozen(kw_only=True)
class Client:
    """An app client. `settings` holds what CreateUserPoolClient was given, defaults filled in."""

    kind: ClassVar[str] = "client"
    id: str
    pool_id: str
    settings: Json
    secret: str = attrs.field(default="", repr=False)
    created: float
    modified: float

    @property
    def key(self) -> str:
        """The client id, unique among all pools."""
        return self.id

    @property
    def flows(self) -> tuple[str, ...]:
        """The allowed flows, as in ExplicitAuthFlows."""
        return tuple(self.settings["ExplicitAuthFlows"])

    @property
    def hides_existence(self) -> bool:
        """Whether answers must not tell which users exist."""
        return bool(self.settings["PreventUserExistenceErrors"] == "ENABLED")

    @property
    def revocation(self) -> bool:
        """Whether RevokeToken is allowed."""
        return bool(self.settings["EnableTokenRevocation"])

    @property
    def rotates(self) -> bool:
        """Whether each refresh replaces the refresh token."""
        return bool((self.settings.get("RefreshTokenRotation") or {}).get("Feature") == "ENABLED")

    @property
    def grace_seconds(self) -> int:
        """How long a refresh token that was replaced is still taken, for clients that did not get the answer."""
        return int((self.settings.get("RefreshTokenRotation") or {}).get("RetryGracePeriodSeconds") or 0)

    @property
    def marks_tokens(self) -> bool:
        """Whether tokens have the claims ``origin_jti`` and ``jti``, which revocation and rotation add."""
        return self.revocation or self.rotates

    @property
    def session_seconds(self) -> float:
        """How long a challenge may be answered."""
        return float(self.settings["AuthSessionValidity"]) * 60

    def lifetime(self, token: str) -> int:
        """Answer the seconds that a token lives.

        Args:
            token: ``AccessToken``, ``IdToken`` or ``RefreshToken``.
        """
        count, unit = _LIFETIMES[token]
        unit = (self.settings.get("TokenValidityUnits") or {}).get(token) or unit
        chosen = self.settings.get(f"{token}Validity")
        if not chosen:  # 0 stands for the default, whatever the unit
            return count * _UNIT_SECONDS[_LIFETIMES[token][1]]
        return int(chosen) * _UNIT_SECONDS[unit]


@attrs.frozen(kw_only=True)
class User:
    """An account. The password is kept as an SRP salt and verifier only."""

    kind: ClassVar[str] = "user"
    pool_id: str
    username: str
    sub: str
    attributes: Mapping[str, str]
    status: str
    enabled: bool = True
    salt: str = attrs.field(default="", repr=False)
    verifier: str = attrs.field(default="", repr=False)
    temporary_until: float = 0.0
    created: float
    modified: float
    failures: int = 0
    failed_at: float = 0.0
    attempts: Mapping[str, list[float]] = attrs.field(factory=dict)
    totp_secret: str = attrs.field(default="", repr=False)
    totp_pending: str = attrs.field(default="", repr=False)
    totp_name: str = ""
    totp_step: int = 0
    mfa_enabled: Mapping[str, bool] = attrs.field(factory=dict)
    mfa_preferred: str = ""

    @property
    def key(self) -> str:
        """Pool id and username."""
        return f"{self.pool_id}/{self.username}"


@attrs.frozen(kw_only=True)
class Code:
    """A code that was sent and may be used once."""

    kind: ClassVar[str] = "code"
    pool_id: str
    username: str
    purpose: str
    code: str = attrs.field(repr=False)
    attribute: str
    expires_at: float

    @property
    def key(self) -> str:
        """One code lives for each user and purpose: a new one replaces the old."""
        return f"{self.pool_id}/{self.username}/{self.purpose}"


@attrs.frozen(kw_only=True)
class Passkey:
    """A registered passkey: its public half, and how often it has signed. Bytes are text in base64url."""

    kind: ClassVar[str] = "passkey"
    pool_id: str
    username: str
    credential_id: str
    public_key: str
    sign_count: int
    relying_party: str
    attachment: str
    transports: list[str]
    created: float

    @property
    def key(self) -> str:
        """A user's passkeys differ by their credential ids."""
        return f"{self.pool_id}/{self.username}/{self.credential_id}"


@attrs.frozen(kw_only=True)
class Grant:
    """One sign-in: the family of its refresh tokens, and what revokes the tokens that came from it.

    Attributes:
        token_hash: The newest refresh token of the family.
        original_hash: The first one, if it was replaced since.
        rotated: Which refresh tokens were replaced, and until when each is still taken.
        device_key: The device it is bound to; empty where the pool tracks none.
        device_group: The group key that was handed out with it.
        device_forgotten: Whether that device was forgotten since.
        scopes: What an app was granted with OAuth 2.0, with spaces between; empty for sign-ins through the API.
    """

    kind: ClassVar[str] = "grant"
    id: str
    pool_id: str
    client_id: str
    username: str
    token_hash: str
    origin_jti: str
    auth_time: int
    expires_at: float
    revoked: bool = False
    device_key: str = ""
    device_group: str = ""
    device_forgotten: bool = False
    scopes: str = ""
    original_hash: str = ""
    rotated: Mapping[str, float] = attrs.field(factory=dict, repr=False)

    @property
    def key(self) -> str:
        """The grant's id."""
        return self.id


@attrs.frozen(kw_only=True)
class Device:
    """A confirmed device. Its secret is kept as an SRP salt and verifier only, both hexadecimal."""

    kind: ClassVar[str] = "device"
    device_key: str
    group_key: str
    pool_id: str
    username: str
    name: str
    salt: str = attrs.field(repr=False)
    verifier: str = attrs.field(repr=False)
    remembered: bool
    created: float
    modified: float
    authenticated: float

    @property
    def key(self) -> str:
        """The device key, unique among all pools."""
        return self.device_key


@attrs.frozen(kw_only=True)
class SigningKey:
    """A pool's RSA key as a private JWK."""

    kind: ClassVar[str] = "key"
    pool_id: str
    jwk: Json = attrs.field(repr=False)

    @property
    def key(self) -> str:
        """The pool id."""
        return self.pool_id


@attrs.frozen(kw_only=True)
class AuthSession:
    """A challenge that was issued, bound to client, user and challenge. Kept in memory only.

    Attributes:
        known: False for a user that does not exist and must not be seen not to.
        data: What the challenge needs to be checked: SRP values, a code, a history.
        admin: Whether only AdminRespondToAuthChallenge may answer; only RespondToAuthChallenge if not; either if None.
        device_key: The device that the sign-in has named so far; empty without one.
        hosted: Whether only the domain's pages may answer; only the API if not.
    """

    kind: ClassVar[str] = "session"
    token: str = attrs.field(repr=False)
    pool_id: str
    client_id: str
    username: str
    known: bool
    challenge: str
    expires_at: float
    data: Json = attrs.field(factory=dict, repr=False)
    wrong: int = 0
    used: bool = False
    admin: bool | None = None
    device_key: str = ""
    hosted: bool = False

    @property
    def key(self) -> str:
        """The session string."""
        return self.token


PERSISTENT: Final = (Pool, Client, User, Code, Passkey, Grant, SigningKey, Device)
