"""The OAuth 2.0 settings of an app client, and Cognito's checks of them."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from . import identity_providers
from .context import Context
from .errors import PoolError, invalid, unmodelled
from .oauth_scopes import SCOPES
from .records import Json, Pool

KEPT: Final = (
    "AllowedOAuthFlowsUserPoolClient",
    "AllowedOAuthFlows",
    "AllowedOAuthScopes",
    "CallbackURLs",
    "LogoutURLs",
    "DefaultRedirectURI",
    "SupportedIdentityProviders",
)
CODE: Final = "code"
# "Amazon Cognito requires HTTPS over HTTP except for callback URLs to" these (CreateUserPoolClient, CallbackURLs).
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII | re.IGNORECASE)
_HOST: Final = re.compile(r"[a-z0-9._-]+|\[::1\]", re.ASCII | re.IGNORECASE)
# What a browser would run or read instead of leaving for an app.
_NO_APP: Final = frozenset({"javascript", "data", "vbscript", "blob", "file", "about", "ws", "wss", "ftp"})


def check(ctx: Context, pool: Pool, settings: Json) -> None:
    """Check an app client's settings.

    Raises:
        PoolError: ``InvalidParameterException``, ``ScopeDoesNotExistException``.
    """
    for flow in settings.get("AllowedOAuthFlows") or ():
        if flow != CODE:
            unmodelled(f"{flow} of AllowedOAuthFlows")
    for scope in settings.get("AllowedOAuthScopes") or ():
        if scope not in SCOPES:
            raise PoolError("ScopeDoesNotExistException", f"Invalid scope requested: {scope}")
    _check_urls(settings)
    _check_flows(settings)
    for name in settings.get("SupportedIdentityProviders") or ():
        if name != identity_providers.LOCAL and identity_providers.find(ctx, pool, name) is None:
            invalid(f"The provider {name} does not exist for User Pool {pool.id}.")


def _check_flows(settings: Json) -> None:
    if not settings.get("AllowedOAuthFlowsUserPoolClient"):
        return
    if not settings.get("AllowedOAuthFlows") or not settings.get("AllowedOAuthScopes"):
        invalid(
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."
        )
    if not settings.get("CallbackURLs"):
        invalid("CallbackURLs can not be empty when the code flow is allowed.")


def _check_urls(settings: Json) -> None:
    callbacks = settings.get("CallbackURLs") or ()
    for member in ("CallbackURLs", "LogoutURLs"):
        for url in settings.get(member) or ():
            _check_url(member, url)
    default = settings.get("DefaultRedirectURI")
    if default is not None and default not in callbacks:
        invalid("DefaultRedirectURI must be in the CallbackURLs list.")


def _check_url(member: str, url: str) -> None:
    parts = _split(url)
    if parts is None or not _SCHEME.fullmatch(parts.scheme) or parts.scheme in _NO_APP:
        invalid(f"A URL of {member} is not an absolute URI.")
    if "#" in url:
        invalid(f"A URL of {member} must not include a fragment.")
    if parts.scheme in ("http", "https") and not _HOST.fullmatch(_authority(parts)):
        invalid(f"A URL of {member} names no host.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        invalid(f"A URL of {member} cannot use the HTTP protocol, except for localhost, 127.0.0.1 and [::1].")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname  # raise for what is none
    except ValueError:
        return None
    return parts if parts.scheme and ":" in url else None


def _authority(parts: SplitResult) -> str:
    """Answer the host as it stands in the URL, with its brackets and without its port."""
    return re.sub(r":[0-9]*$", "", parts.netloc)
