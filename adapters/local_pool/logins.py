"""Logins: what proves to an identity pool who somebody is, and how each kind is checked.

A user pool's ID token is checked against the pool's own keys. Third parties cannot be asked: exactly the tokens that a
test has registered are theirs. The refusals are AWS's sentences, as its clients have met them.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Final, NoReturn

import attrs
from joserfc import jwt
from joserfc.errors import JoseError

from .context import Context
from .errors import unauthorized
from .identity_records import COGNITO, USER_POOL, IdentityPool, ThirdPartyToken
from .records import Grant, Json, Pool, User

NO_MATCH: Final = "Logins don't match. Please include at least one valid login for this identity or identity pool."
_UNSUPPORTED: Final = "Token is not from a supported provider of this identity pool."
_OPENID: Final = ("accounts.google.com", "appleid.apple.com")  # third parties whose login is an OpenID Connect token


@attrs.frozen(kw_only=True)
class Login:
    """A login that was proved.

    Attributes:
        provider: The name of the provider, as in the request.
        subject: Who it is there.
        claims: What the token says of the user.
        mapped_as: The provider's name in RoleMappings: for a user pool, with the app client.
        method: How the user signed in, as in the claim ``amr`` of Cognito's own tokens.
    """

    provider: str
    subject: str
    claims: Json = attrs.field(factory=dict, repr=False)
    mapped_as: str
    method: str


def verify(ctx: Context, pool: IdentityPool, logins: Mapping[str, str]) -> list[Login]:
    """Check the logins of a request.

    Args:
        ctx: The service's parts.
        pool: The identity pool that they are for.
        logins: The token by provider.

    Raises:
        PoolError: ``NotAuthorizedException``, if one of them proves nothing.
    """
    return [_verified(ctx, pool, provider, token) for provider, token in logins.items()]


def refuse(reason: str) -> NoReturn:
    """Refuse a login for what is wrong with its token.

    Raises:
        PoolError: Always, as ``NotAuthorizedException``.
    """
    unauthorized(f"Invalid login token. {reason}")


def _verified(ctx: Context, pool: IdentityPool, provider: str, token: str) -> Login:
    if not (pool.user_pools or pool.third_parties or pool.developer_provider):
        unauthorized(NO_MATCH)
    if provider in (COGNITO, pool.developer_provider):
        refuse("Can't pass in a Cognito token.")
    if provider.startswith(USER_POOL):
        return _of_user_pool(ctx, pool, provider, token)
    if provider not in pool.third_parties:
        unauthorized(_UNSUPPORTED)
    return _of_third_party(ctx, pool, provider, token)


def unverified(token: str) -> Json:
    """Answer what a token claims, before any of it is believed.

    Raises:
        PoolError: ``NotAuthorizedException`` if it is no JWT.
    """
    parts = token.split(".")
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, IndexError, RecursionError):
        payload = None
    if len(parts) != 3 or not isinstance(payload, dict):
        refuse("Not a valid OpenId Connect identity token.")
    return payload


def check_expiry(ctx: Context, expires_at: float) -> None:
    """Check that a token has not ended.

    Raises:
        PoolError: ``NotAuthorizedException``.
    """
    now = ctx.clock()
    if now >= expires_at:
        refuse(f"Token expired: {int(now)} >= {int(expires_at)}")


def _of_user_pool(ctx: Context, pool: IdentityPool, provider: str, token: str) -> Login:
    claimed = unverified(token)
    if "aud" not in claimed:  # an access token
        refuse("Missing a required claim: aud")
    if claimed.get("iss") != f"https://{provider}":
        refuse("Issuer doesn't match providerName")
    entry = _configured(pool, provider, claimed["aud"])
    user_pool = ctx.store.get(Pool, provider.rpartition("/")[2])
    if user_pool is None:
        refuse("Couldn't verify signed token.")
    try:
        claims = dict(jwt.decode(token, ctx.keys.key(user_pool.id), algorithms=["RS256"]).claims)
    except (JoseError, ValueError):
        refuse("Couldn't verify signed token.")
    check_expiry(ctx, claims["exp"])
    if claims.get("token_use") != "id":
        refuse("Not a valid OpenId Connect identity token.")
    if entry.get("ServerSideTokenCheck"):
        _check_active(ctx, user_pool, claims)
    return Login(
        provider=provider,
        subject=claims["sub"],
        claims=claims,
        mapped_as=f"{provider}:{claims['aud']}",
        method=f"{provider}:CognitoSignIn:{claims['sub']}",
    )


def _configured(pool: IdentityPool, provider: str, audience: object) -> Json:
    wanted = (provider, audience)
    found = next((entry for entry in pool.user_pools if (entry["ProviderName"], entry["ClientId"]) == wanted), None)
    return found if found is not None else unauthorized(_UNSUPPORTED)


def _check_active(ctx: Context, user_pool: Pool, claims: Json) -> None:
    """Check that the user "has not been globally signed out or deleted": CognitoIdentityProvider."""
    grant = ctx.store.get(Grant, claims["event_id"])
    user = ctx.store.get(User, f"{user_pool.id}/{claims['cognito:username']}")
    gone = grant is None or user is None or user.sub != claims["sub"]
    if gone or (grant is not None and grant.revoked):
        unauthorized("Token is inactive")


def _of_third_party(ctx: Context, pool: IdentityPool, provider: str, token: str) -> Login:
    known = ctx.store.get(ThirdPartyToken, token)
    openid = provider in _OPENID
    if known is None or known.provider != provider:
        if openid:
            refuse("Not a valid OpenId Connect identity token.")
        unauthorized("Invalid login token.")
    if openid:
        check_expiry(ctx, known.expires_at)
    elif ctx.clock() >= known.expires_at:
        refuse("Token is expired.")
    return Login(
        provider=provider,
        subject=known.subject,
        claims={"sub": known.subject, **known.claims},
        mapped_as=provider,
        method=f"{provider}:{pool.third_parties[provider]}:{known.subject}",
    )
