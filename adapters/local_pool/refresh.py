"""The life of a refresh token: using it, revoking it, signing out everywhere."""

import hmac
from collections.abc import Mapping

import attrs

from . import devices, secret_hash, tokens, users
from .challenge import needed
from .context import Context
from .errors import PoolError, unauthorized
from .records import Client, Grant, Json, Pool, User


def refresh(ctx: Context, pool: Pool, client: Client, values: Mapping[str, str]) -> Json:
    """InitiateAuth with REFRESH_TOKEN_AUTH."""
    grant = tokens.find_grant(ctx, needed(values, "REFRESH_TOKEN"))
    user = ctx.store.get(User, f"{pool.id}/{grant.username}") if grant else None
    if grant is None or user is None or grant.client_id != client.id:
        unauthorized("Invalid Refresh Token")
    secret_hash.check_refresh(client, user, values.get("SECRET_HASH"))
    if grant.revoked:
        unauthorized("Refresh Token has been revoked")
    if ctx.clock() >= grant.expires_at:
        unauthorized("Refresh Token has expired")
    devices.check_refresh(ctx, grant, values.get("DEVICE_KEY"))
    users.require_enabled(user)
    return tokens.refresh(ctx, pool, client, user, grant)


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
    grant = tokens.find_grant(ctx, request["Token"])
    if grant is not None:
        if grant.client_id != client.id:
            raise PoolError("UnauthorizedException", "The token was issued to another client.")
        ctx.store.put(attrs.evolve(grant, revoked=True))
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
