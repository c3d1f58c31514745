"""The life of a refresh token: using it, revoking it, signing out everywhere."""

import hmac
from collections.abc import Mapping

import attrs

from . import devices, rotation, secret_hash, tokens, users
from .challenge import needed
from .context import Context
from .errors import PoolError, unauthorized
from .records import Client, Grant, Json, Pool, User


def refresh(ctx: Context, pool: Pool, client: Client, values: Mapping[str, str]) -> Json:
    """InitiateAuth with REFRESH_TOKEN_AUTH."""
    grant, user = _issued(ctx, pool, client, tokens.find_grant(ctx, needed(values, "REFRESH_TOKEN")))
    secret_hash.check_refresh(client, user, values.get("SECRET_HASH"))
    _check_usable(ctx, grant, user, values.get("DEVICE_KEY"))
    return tokens.refresh(ctx, pool, client, user, grant)


def get_tokens(ctx: Context, request: Json) -> Json:
    """GetTokensFromRefreshToken, which needs no flow of the client's; a new refresh token comes with rotation only."""
    pool, client = ctx.client(request["ClientId"])
    secret_hash.check_secret(client, request.get("ClientSecret"))
    return {"AuthenticationResult": renew(ctx, pool, client, request["RefreshToken"], request.get("DeviceKey"))}


def renew(ctx: Context, pool: Pool, client: Client, refresh_token: str, device_key: str | None = None) -> Json:
    """Answer new tokens for a refresh token; a new refresh token is among them if the client rotates them.

    Args:
        ctx: The pool's parts.
        pool: The client's pool.
        client: The app client, which has proved who it is.
        refresh_token: The token as the client sent it.
        device_key: The device that the client says it is.

    Raises:
        PoolError: ``NotAuthorizedException``; ``RefreshTokenReuseException`` for a token that was replaced.
    """
    grant, user = _issued(ctx, pool, client, tokens.find_family(ctx, refresh_token))
    if not grant.revoked:
        rotation.check(ctx, grant, refresh_token)
    _check_usable(ctx, grant, user, device_key)
    result: Json = tokens.refresh(ctx, pool, client, user, grant)["AuthenticationResult"]
    if client.rotates:
        result["RefreshToken"] = rotation.rotate(ctx, client, grant, refresh_token)
    return result


def _issued(ctx: Context, pool: Pool, client: Client, grant: Grant | None) -> tuple[Grant, User]:
    """Answer the sign-in that a refresh token comes from, and its user, if it is one of this client's."""
    user = ctx.store.get(User, f"{pool.id}/{grant.username}") if grant else None
    if grant is None or user is None or grant.client_id != client.id:
        unauthorized("Invalid Refresh Token")
    return grant, user


def _check_usable(ctx: Context, grant: Grant, user: User, device_key: str | None) -> None:
    if grant.revoked:
        unauthorized("Refresh Token has been revoked")
    if ctx.clock() >= grant.expires_at:
        unauthorized("Refresh Token has expired")
    devices.check_refresh(ctx, grant, device_key)
    users.require_enabled(user)


def revoke(ctx: Context, request: Json) -> Json:
    """RevokeToken: end a refresh token and the access tokens that came from it.

    As RFC 7009, section 2.2, has it, a token that means nothing is no error: what the caller wanted is so.
    """
    _, client = ctx.client(request["ClientId"])
    if client.secret and not hmac.compare_digest(client.secret.encode(), (request.get("ClientSecret") or "").encode()):
        raise PoolError("UnauthorizedException", "Invalid client secret.")
    if not client.revocation:
        raise PoolError("UnsupportedOperationException", "Token revocation is not enabled for this client.")
    if request["Token"].count(".") == 2:
        raise PoolError("UnsupportedTokenTypeException", "Only refresh tokens can be revoked.")
    grant = tokens.find_family(ctx, request["Token"])
    if grant is not None:
        if grant.client_id != client.id:
            raise PoolError("UnauthorizedException", "The token was issued to another client.")
        rotation.revoke(ctx, grant, request["Token"])
    return {}


def global_sign_out(ctx: Context, request: Json) -> Json:
    """GlobalSignOut."""
    _, _, user = tokens.authenticate(ctx, request["AccessToken"])
    revoke_all(ctx, user)
    return {}


def admin_global_sign_out(ctx: Context, request: Json) -> Json:
    """AdminUserGlobalSignOut."""
    revoke_all(ctx, users.required_user(ctx, ctx.pool(request["UserPoolId"]), request["Username"]))
    return {}


def revoke_all(ctx: Context, user: User) -> None:
    """Revoke every token of a user."""
    for grant in ctx.store.all(Grant):
        if (grant.pool_id, grant.username) == (user.pool_id, user.username):
            ctx.store.put(attrs.evolve(grant, revoked=True))
