"""What a user pool remembers of its domain, its identity providers and the browsers that are signed in there."""

from collections.abc import Mapping
from typing import ClassVar, Final

import attrs

from .records import Json


@attrs.frozen(kw_only=True)
class Domain:
    """The prefix domain of a user pool. `managed_login` is 1 for the classic hosted UI, 2 for managed login."""

    kind: ClassVar[str] = "domain"
    prefix: str
    pool_id: str
    managed_login: int

    @property
    def key(self) -> str:
        """The prefix, unique among all pools."""
        return self.prefix


@attrs.frozen(kw_only=True)
class IdentityProvider:
    """An external identity provider, which a page of the pool's own plays."""

    kind: ClassVar[str] = "identity_provider"
    pool_id: str
    name: str
    type: str
    details: Json = attrs.field(repr=False)  # a client secret or a private key among them
    mapping: Mapping[str, str]
    identifiers: list[str]
    created: float
    modified: float

    @property
    def key(self) -> str:
        """Pool id and name."""
        return f"{self.pool_id}/{self.name}"


@attrs.frozen(kw_only=True)
class AuthorizationCode:
    """A code that an app exchanges for tokens, once. Kept in memory only.

    Attributes:
        challenge: The PKCE challenge; empty where the app sent none.
    """

    kind: ClassVar[str] = "authorization_code"
    code: str = attrs.field(repr=False)
    pool_id: str
    client_id: str
    username: str
    redirect_uri: str
    scopes: tuple[str, ...]
    nonce: str = attrs.field(repr=False)
    challenge: str
    auth_time: int
    expires_at: float
    used: bool = False

    @property
    def key(self) -> str:
        """The code."""
        return self.code


@attrs.frozen(kw_only=True)
class BrowserSession:
    """What a browser's cookie stands for. Kept in memory only.

    Attributes:
        csrf: What the forms of this browser carry.
        username: Who is signed in; empty for nobody yet.
        provider: Where that user has signed in, such as ``COGNITO``.
    """

    kind: ClassVar[str] = "browser_session"
    token: str = attrs.field(repr=False)
    csrf: str = attrs.field(repr=False)
    pool_id: str
    username: str = ""
    provider: str = ""
    auth_time: int = 0
    expires_at: float

    @property
    def key(self) -> str:
        """The cookie's value."""
        return self.token


PERSISTENT: Final = (Domain, IdentityProvider)
