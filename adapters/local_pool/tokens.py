"""Tokens with Cognito's claims: id and access as RS256 JWTs, refresh tokens opaque."""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError

from . import devices, schema
from .context import Context
from .errors import PoolError, unauthorized
from .records import Client, Grant, Json, Pool, User
from .users import require_enabled

_SCOPE: Final = "aws.cognito.signin.user.admin"
_BOOLEAN: Final = frozenset(schema.VERIFIED.values())


def issuer(pool: Pool) -> str:
    """Answer the ``iss`` claim of a pool's tokens."""
    return f"https://cognito-idp.{pool.id.split('_', 1)[0]}.amazonaws.com/{pool.id}"


def sign_in(ctx: Context, pool: Pool, client: Client, user: User) -> Json:
    """Complete a sign-in: make a grant and answer the response that carries its tokens.

    A remembered device that the sign-in has named proves its secret first.
    """
    device = devices.named(ctx, user)
    if device is not None and device.remembered and not ctx.call.device_proved:
        return devices.ask(ctx, client, user, device)
    now = ctx.clock()
    device_key, device_group, told = devices.bind(ctx, pool, device)
    grant_id = ctx.random.uuid()
    refresh_token = _refresh_token(ctx, grant_id)
    grant = Grant(
        id=grant_id,
        pool_id=pool.id,
        client_id=client.id,
        username=user.username,
        token_hash=_hash(refresh_token),
        origin_jti=ctx.random.uuid(),
        auth_time=int(now),
        expires_at=now + client.lifetime("RefreshToken"),
        device_key=device_key,
        device_group=device_group,
    )
    ctx.store.put(grant)
    result = {**_signed(ctx, pool, client, user, grant), "RefreshToken": refresh_token, **told}
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


def refresh(ctx: Context, pool: Pool, client: Client, user: User, grant: Grant) -> Json:
    """Answer fresh id and access tokens for a grant; the refresh token stays as it is."""
    return {"ChallengeParameters": {}, "AuthenticationResult": _signed(ctx, pool, client, user, grant)}


def find_grant(ctx: Context, refresh_token: str) -> Grant | None:
    """Answer the grant of a refresh token, or None if the pool never issued it."""
    try:
        raw = base64.urlsafe_b64decode(refresh_token + "=" * (-len(refresh_token) % 4))
    except (binascii.Error, ValueError):
        return None
    grant = ctx.store.get(Grant, raw[:36].decode("latin-1"))
    if grant is None or not hmac.compare_digest(grant.token_hash, _hash(refresh_token)):
        return None
    return grant


def authenticate(ctx: Context, access_token: str) -> tuple[Pool, Client, User]:
    """Check an access token and answer whose it is.

    Args:
        ctx: The pool's parts.
        access_token: The token as the client sent it.

    Raises:
        PoolError: ``NotAuthorizedException`` if it is forged, no access token, expired or revoked;
            ``UserNotFoundException`` if the user is gone.
    """
    pool, user, grant = granted(ctx, access_token)
    return pool, ctx.client(grant.client_id)[1], user


def granted(ctx: Context, access_token: str) -> tuple[Pool, User, Grant]:
    """Check an access token and answer whose it is, and the sign-in it came from.

    Raises:
        PoolError: As `authenticate` does.
    """
    pool, claims = _verified_claims(ctx, access_token)
    if ctx.clock() >= claims["exp"]:
        unauthorized("Access Token has expired")
    grant = ctx.store.get(Grant, claims["event_id"])
    user = ctx.store.get(User, f"{pool.id}/{grant.username}") if grant else None
    if grant is None or user is None:
        raise PoolError("UserNotFoundException", "User does not exist.")
    if grant.revoked:
        unauthorized("Access Token has been revoked")
    require_enabled(user)
    return pool, user, grant


def _verified_claims(ctx: Context, token: str) -> tuple[Pool, Json]:
    pool = _named_pool(ctx, token)
    if pool is None:
        unauthorized("Invalid Access Token")
    try:
        claims = jwt.decode(token, ctx.keys.key(pool.id), algorithms=["RS256"]).claims
    except (JoseError, ValueError):
        unauthorized("Invalid Access Token")
    if claims.get("token_use") != "access" or claims.get("iss") != issuer(pool):
        unauthorized("Invalid Access Token")
    return pool, dict(claims)


def _named_pool(ctx: Context, token: str) -> Pool | None:
    """Answer the pool that a token claims to come from, before anything about it is believed."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    named = payload.get("iss") if isinstance(payload, dict) else None
    return ctx.store.get(Pool, named.rpartition("/")[2]) if isinstance(named, str) else None


def _refresh_token(ctx: Context, grant_id: str) -> str:
    # The grant's id makes the token quick to find; the random rest makes it a secret.
    return base64.urlsafe_b64encode(grant_id.encode() + ctx.random.bytes(384)).decode()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _signed(ctx: Context, pool: Pool, client: Client, user: User, grant: Grant) -> Json:
    now = int(ctx.clock())
    shared: Json = {
        "sub": user.sub,
        "iss": issuer(pool),
        "event_id": grant.id,
        "auth_time": grant.auth_time,
        "iat": now,
    }
    if client.revocation:  # "origin_jti" and "jti" are added when token revocation is enabled
        shared["origin_jti"] = grant.origin_jti
    access = {
        **shared,
        "client_id": client.id,
        "token_use": "access",
        "scope": _SCOPE,
        "username": user.username,
    }
    if grant.device_key:
        access["device_key"] = grant.device_key
    identity = {**shared, "aud": client.id, "token_use": "id", "cognito:username": user.username}
    identity |= _attribute_claims(schema.readable(client, user.attributes))
    return {
        "AccessToken": _sign(ctx, pool, client, access, now + client.lifetime("AccessToken")),
        "IdToken": _sign(ctx, pool, client, identity, now + client.lifetime("IdToken")),
        "ExpiresIn": client.lifetime("AccessToken"),
        "TokenType": "Bearer",
    }


def _attribute_claims(attributes: dict[str, str]) -> Json:
    return {name: value == "true" if name in _BOOLEAN else value for name, value in attributes.items()}


def _sign(ctx: Context, pool: Pool, client: Client, claims: Json, expires: int) -> str:
    key = ctx.keys.key(pool.id)
    complete = {**claims, "exp": expires}
    if client.revocation:
        complete["jti"] = ctx.random.uuid()
    return jwt.encode({"alg": "RS256", "kid": key.kid}, complete, key, algorithms=["RS256"], default_type=None)
