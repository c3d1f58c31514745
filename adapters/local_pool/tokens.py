"""Tokens with Cognito's claims: id and access as RS256 JWTs, refresh tokens opaque."""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Final

import attrs
from joserfc import jwt
from joserfc.errors import JoseError

from . import devices, federation_names, oauth_scopes, schema
from .context import Context
from .errors import PoolError, unauthorized
from .oauth_records import AuthorizationCode
from .records import Client, Grant, Json, Pool, User
from .users import require_enabled

NO_SCOPE: Final = "Access Token does not have required scopes"
HOSTED: Final = "Hosted"  # instead of AuthenticationResult, where a browser signs in
_BOOLEAN: Final = frozenset(schema.VERIFIED.values())


def issuer(pool: Pool) -> str:
    """Answer the ``iss`` claim of a pool's tokens."""
    return f"https://cognito-idp.{pool.id.split('_', 1)[0]}.amazonaws.com/{pool.id}"


def sign_in(ctx: Context, pool: Pool, client: Client, user: User) -> Json:
    """Complete a sign-in: make a grant and answer the response that carries its tokens.

    A remembered device that the sign-in has named proves its secret first. On the pages of the pool's domain nothing
    is signed yet: the browser gets a code, which the app brings to the token endpoint.
    """
    if ctx.call.hosted:
        return {HOSTED: user.username}
    device = devices.named(ctx, user)
    if device is not None and device.remembered and not ctx.call.device_proved:
        return devices.ask(ctx, client, user, device)
    device_key, device_group, told = devices.bind(ctx, pool, device)
    grant, refresh_token = _new_grant(ctx, client, user)
    grant = attrs.evolve(grant, device_key=device_key, device_group=device_group)
    ctx.store.put(grant)
    result = {**_signed(ctx, pool, client, user, grant), "RefreshToken": refresh_token, **told}
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


def _new_grant(ctx: Context, client: Client, user: User) -> tuple[Grant, str]:
    now = ctx.clock()
    grant_id = ctx.random.uuid()
    refresh_token = new_refresh_token(ctx, grant_id)
    grant = Grant(
        id=grant_id,
        pool_id=client.pool_id,
        client_id=client.id,
        username=user.username,
        token_hash=fingerprint(refresh_token),
        origin_jti=ctx.random.uuid(),
        auth_time=int(now),
        expires_at=now + client.lifetime("RefreshToken"),
    )
    return grant, refresh_token


def exchange(ctx: Context, pool: Pool, client: Client, user: User, code: AuthorizationCode) -> Json:
    """Make a grant for an authorization code and answer its tokens, as AuthenticationResult has them.

    "The ID token is only returned if openid scope is requested" (developer guide, "Authorize endpoint").
    """
    grant, refresh_token = _new_grant(ctx, client, user)
    grant = attrs.evolve(grant, auth_time=code.auth_time, scopes=" ".join(code.scopes))
    ctx.store.put(grant)
    return {**_signed(ctx, pool, client, user, grant, code.nonce), "RefreshToken": refresh_token}


def refresh(ctx: Context, pool: Pool, client: Client, user: User, grant: Grant) -> Json:
    """Answer fresh id and access tokens for a grant; the refresh token stays as it is."""
    return {"ChallengeParameters": {}, "AuthenticationResult": _signed(ctx, pool, client, user, grant)}


def find_grant(ctx: Context, refresh_token: str) -> Grant | None:
    """Answer the grant whose newest refresh token this is, or None if there is none."""
    grant = find_family(ctx, refresh_token)
    return grant if grant and hmac.compare_digest(grant.token_hash, fingerprint(refresh_token)) else None


def find_family(ctx: Context, refresh_token: str) -> Grant | None:
    """Answer the grant of a refresh token, one that was replaced too, or None if the pool never issued it."""
    try:
        raw = base64.urlsafe_b64decode(refresh_token + "=" * (-len(refresh_token) % 4))
    except (binascii.Error, ValueError):
        return None
    grant = ctx.store.get(Grant, raw[:36].decode("latin-1"))
    used = fingerprint(refresh_token)
    if grant is None or not (hmac.compare_digest(grant.token_hash, used) or used in grant.rotated):
        return None
    return grant


def authenticate(ctx: Context, access_token: str) -> tuple[Pool, Client, User]:
    """Check an access token and answer whose it is.

    Args:
        ctx: The pool's parts.
        access_token: The token as the client sent it.

    Raises:
        PoolError: ``NotAuthorizedException`` if it is forged, no access token, expired or revoked, or if the app was
            not granted the scope that the API takes; ``UserNotFoundException`` if the user is gone.
    """
    pool, user, grant = granted(ctx, access_token)
    return pool, ctx.client(grant.client_id)[1], user


def granted(ctx: Context, access_token: str, scope: str = oauth_scopes.ADMIN) -> tuple[Pool, User, Grant]:
    """Check an access token and answer whose it is, and the sign-in it came from.

    Args:
        ctx: The pool's parts.
        access_token: The token as the client sent it.
        scope: The scope that it must have.

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
    if scope not in claims["scope"].split():
        unauthorized(NO_SCOPE)
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


def new_refresh_token(ctx: Context, grant_id: str) -> str:
    """Make a refresh token of a grant."""
    # The grant's id makes the token quick to find; the random rest makes it a secret.
    return base64.urlsafe_b64encode(grant_id.encode() + ctx.random.bytes(384)).decode()


def fingerprint(token: str) -> str:
    """Answer what is kept of a refresh token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _signed(ctx: Context, pool: Pool, client: Client, user: User, grant: Grant, nonce: str = "") -> Json:
    now = int(ctx.clock())
    shared: Json = {
        "sub": user.sub,
        "iss": issuer(pool),
        "event_id": grant.id,
        "auth_time": grant.auth_time,
        "iat": now,
    }
    if client.marks_tokens:
        shared["origin_jti"] = grant.origin_jti
    access = {
        **shared,
        "client_id": client.id,
        "token_use": "access",
        "scope": grant.scopes or oauth_scopes.ADMIN,
        "username": user.username,
        **_groups(pool, user),
    }
    if grant.scopes:
        access["version"] = 2
    if grant.device_key:
        access["device_key"] = grant.device_key
    result: Json = {
        "AccessToken": _sign(ctx, pool, client, access, now + client.lifetime("AccessToken")),
        "ExpiresIn": client.lifetime("AccessToken"),
        "TokenType": "Bearer",
    }
    scopes = grant.scopes.split()
    if scopes and oauth_scopes.OPENID not in scopes:
        return result
    identity = {**shared, "aud": client.id, "token_use": "id", "cognito:username": user.username}
    identity |= _groups(pool, user) | _attribute_claims(client, user, scopes)
    if scopes:
        identity["at_hash"] = _half_hash(result["AccessToken"])
    if nonce:
        identity["nonce"] = nonce
    return {**result, "IdToken": _sign(ctx, pool, client, identity, now + client.lifetime("IdToken"))}


def _half_hash(token: str) -> str:
    """OpenID Connect Core, section 3.1.3.6: the left half of the hash, in base64url."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


def _attribute_claims(client: Client, user: User, scopes: list[str]) -> Json:
    plain = {name: value for name, value in user.attributes.items() if name != federation_names.IDENTITIES}
    shown = oauth_scopes.shown(scopes, schema.readable(client, plain))
    claims: Json = {name: value == "true" if name in _BOOLEAN else value for name, value in shown.items()}
    identities = federation_names.identities(user)
    if identities:  # the claim spells numbers and truth values as texts
        claims["identities"] = [
            {key: value if value is None or isinstance(value, str) else json.dumps(value) for key, value in one.items()}
            for one in identities
        ]
    return claims


def _groups(pool: Pool, user: User) -> Json:
    """Cognito puts a federated user into a group that is named after the pool and the provider."""
    groups = [f"{pool.id}_{one['providerName']}" for one in federation_names.identities(user)]
    return {"cognito:groups": groups} if groups else {}


def _sign(ctx: Context, pool: Pool, client: Client, claims: Json, expires: int) -> str:
    key = ctx.keys.key(pool.id)
    complete = {**claims, "exp": expires}
    if client.marks_tokens:
        complete["jti"] = ctx.random.uuid()
    return jwt.encode({"alg": "RS256", "kid": key.kid}, complete, key, algorithms=["RS256"], default_type=None)
