"""What `quickstart` adds for OAuth 2.0: a domain, identity providers, and what the app client is allowed."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from . import domains
from .core import Core
from .errors import invalid
from .identity_providers import LOCAL
from .records import Json

CALLBACKS: Final = ("http://localhost:3000/callback", "myapp://callback")
LOGOUTS: Final = ("http://localhost:3000/", "myapp://signout")
SCOPES: Final = ("openid", "email", "profile", "phone", "aws.cognito.signin.user.admin")  # Amplify's
_SOCIAL: Final[Json] = {"client_id": "local", "client_secret": "local", "authorize_scopes": "openid email profile"}
_DETAILS: Final[Mapping[str, Json]] = {
    "Google": _SOCIAL,
    "Facebook": _SOCIAL | {"authorize_scopes": "public_profile,email"},
    "LoginWithAmazon": _SOCIAL | {"authorize_scopes": "profile"},
    "SignInWithApple": {
        "client_id": "local",
        "team_id": "local",
        "key_id": "local",
        "private_key": "local",
        "authorize_scopes": "email name",
    },
}
_OIDC: Final[Json] = {
    "client_id": "local",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://idp.example.com",
    "authorize_scopes": "openid email profile",
}
_MAPPING: Final = {"email": "email", "name": "name"}


@attrs.frozen(kw_only=True)
class Wishes:
    """What `LocalPool.quickstart` was told of OAuth 2.0."""

    oauth: bool
    providers: Iterable[str]
    callback_urls: Iterable[str]
    logout_urls: Iterable[str]
    scopes: Iterable[str]
    domain: str | None


def before_client(core: Core, pool_id: str, name: str, wishes: Wishes) -> tuple[str | None, Json]:
    """Make the domain and the providers.

    Args:
        core: The service.
        pool_id: The user pool.
        name: Its name, after which the domain is named if nothing is said and it can be.
        wishes: What is wanted.

    Returns:
        The domain's prefix, None without one; and what CreateUserPoolClient is told.

    Raises:
        PoolError: It cannot be.
    """
    providers = list(wishes.providers)
    if not wishes.oauth:
        if providers:
            invalid("providers need oauth=True.")
        return None, {}
    prefix = wishes.domain or _prefix(core, name)
    domain = {"UserPoolId": pool_id, "Domain": prefix, "ManagedLoginVersion": domains.MANAGED_LOGIN}
    core.run("CreateUserPoolDomain", domain)
    for provider in providers:
        request = {
            "UserPoolId": pool_id,
            "ProviderName": provider,
            "ProviderType": provider if provider in _DETAILS else "OIDC",
            "ProviderDetails": _DETAILS.get(provider, _OIDC),
            "AttributeMapping": _MAPPING,
        }
        core.run("CreateIdentityProvider", request)
    return prefix, {
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": list(wishes.scopes),
        "CallbackURLs": list(wishes.callback_urls),
        "LogoutURLs": list(wishes.logout_urls),
        "SupportedIdentityProviders": [LOCAL, *providers],
    }


def _prefix(core: Core, name: str) -> str:
    wanted = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    if wanted and domains.allowed(wanted) and domains.find(core.ctx, wanted) is None:
        return wanted
    return f"local-{core.ctx.random.name(8)}"
