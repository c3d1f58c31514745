"""What identity pools remember, as frozen values like those of user pools."""

from collections.abc import Mapping
from typing import ClassVar, Final

import attrs

from .records import Json

USER_POOL: Final = "cognito-idp."  # how the names of user pools begin, as providers
COGNITO: Final = "cognito-identity.amazonaws.com"  # the provider of identity pools' own tokens
THIRD_PARTIES: Final = ("graph.facebook.com", "accounts.google.com", "www.amazon.com", "appleid.apple.com")


@attrs.frozen(kw_only=True)
class IdentityPool:
    """An identity pool. `settings` holds what CreateIdentityPool was given.

    Attributes:
        roles: Role ARNs by ``authenticated`` and ``unauthenticated``.
        role_mappings: How a login's claims choose another role, by provider.
    """

    kind: ClassVar[str] = "identity_pool"
    id: str
    settings: Json
    roles: Mapping[str, str] = attrs.field(factory=dict)
    role_mappings: Json = attrs.field(factory=dict)

    @property
    def key(self) -> str:
        """The identity pool id."""
        return self.id

    @property
    def name(self) -> str:
        """The name it was made with."""
        return str(self.settings["IdentityPoolName"])

    @property
    def admits_guests(self) -> bool:
        """Whether an identity can be had without a login."""
        return bool(self.settings["AllowUnauthenticatedIdentities"])

    @property
    def classic_flow(self) -> bool:
        """Whether GetOpenIdToken is allowed, whose token one takes to AWS STS oneself."""
        return bool(self.settings.get("AllowClassicFlow"))

    @property
    def developer_provider(self) -> str:
        """The name under which a backend vouches for its users; empty without one."""
        return str(self.settings.get("DeveloperProviderName") or "")

    @property
    def third_parties(self) -> dict[str, str]:
        """The app id by third-party provider."""
        return dict(self.settings.get("SupportedLoginProviders") or {})

    @property
    def user_pools(self) -> list[Json]:
        """The app clients whose ID tokens are taken, as in CognitoIdentityProviders."""
        return list(self.settings.get("CognitoIdentityProviders") or [])


@attrs.frozen(kw_only=True)
class Identity:
    """A user or a guest of an identity pool.

    Attributes:
        logins: What is linked to it: the users by provider. Only the developer provider may have more than one.
        closed: Whether nobody gets in any more: the last login was unlinked, or it was merged into another identity.
        merged_into: The identity that a guest turned out to be; empty if it was not.
    """

    kind: ClassVar[str] = "identity"
    id: str
    pool_id: str
    logins: Mapping[str, list[str]] = attrs.field(factory=dict)
    closed: bool = False
    merged_into: str = ""
    created: float
    modified: float

    @property
    def key(self) -> str:
        """The identity id."""
        return self.id

    @property
    def is_guest(self) -> bool:
        """Whether it is a guest who may still come in, or turn out to be somebody."""
        return not self.logins and not self.closed


@attrs.frozen(kw_only=True)
class ThirdPartyToken:
    """A token that a test says a third party would have issued. Kept in memory only."""

    kind: ClassVar[str] = "third_party_token"
    token: str = attrs.field(repr=False)
    provider: str
    subject: str
    claims: Json = attrs.field(factory=dict, repr=False)
    expires_at: float

    @property
    def key(self) -> str:
        """The token."""
        return self.token


@attrs.frozen(kw_only=True)
class Standing:
    """Whom a session token stands for. Kept in memory only.

    Attributes:
        identity_id: The identity that the credentials were given to.
        identity_pool_id: Its identity pool.
        role_arn: The role that was assumed.
        authenticated: Whether a login proved who it is; False for a guest.
        expires_at: When the credentials end, in seconds since the epoch.
    """

    kind: ClassVar[str] = "standing"
    session_token: str = attrs.field(repr=False)
    identity_id: str
    identity_pool_id: str
    role_arn: str
    authenticated: bool
    expires_at: float

    @property
    def key(self) -> str:
        """The session token."""
        return self.session_token


PERSISTENT: Final = (IdentityPool, Identity)
