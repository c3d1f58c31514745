"""What an identity is given: tokens for STS, and credentials that are made up and good for nothing but to look at."""

import base64
from collections.abc import Sequence
from typing import Final

from . import identities, identity_pools, identity_roles, identity_tokens, logins
from .context import Context
from .errors import PoolError, invalid, unauthorized
from .identity_records import COGNITO, Identity, IdentityPool, Standing
from .logins import Login
from .records import Json

_LIFETIME: Final = 3600  # "valid for a maximum of one hour"
_KEPT: Final = 3600.0  # seconds that ended credentials are remembered, so that a test can still ask about them
_OPEN_ID_TOKEN: Final = 600  # "An OpenID token, valid for 10 minutes": GetOpenIdToken
_DEVELOPER_TOKEN: Final = 900  # "the token is valid for 15 minutes": GetOpenIdTokenForDeveloperIdentity


def get_credentials(ctx: Context, request: Json) -> Json:
    """GetCredentialsForIdentity."""
    identity = identities.required(ctx, request["IdentityId"])
    pool = identity_pools.required(ctx, identity.pool_id)
    given = dict(request.get("Logins") or {})
    own_token = given.pop(COGNITO, None)
    proved = logins.verify(ctx, pool, given)
    if own_token is not None:
        identity_tokens.check(ctx, pool, identity, own_token)
    if own_token is None or proved or not identity.logins:
        identity = identities.admit(ctx, pool, identity, proved)
    authenticated = bool(identity.logins)
    role = identity_roles.choose(pool, proved, request.get("CustomRoleArn"), authenticated=authenticated)
    return {"IdentityId": identity.id, "Credentials": _made_up(ctx, identity, role, authenticated=authenticated)}


def _made_up(ctx: Context, identity: Identity, role: str, *, authenticated: bool) -> Json:
    now = ctx.clock()
    for old in ctx.store.all(Standing):
        if old.expires_at < now - _KEPT:
            ctx.store.delete(old)
    standing = Standing(
        session_token=base64.b64encode(ctx.random.bytes(300)).decode(),
        identity_id=identity.id,
        identity_pool_id=identity.pool_id,
        role_arn=role,
        authenticated=authenticated,
        expires_at=now + _LIFETIME,
    )
    ctx.store.put(standing)
    return {
        "AccessKeyId": f"ASIA{ctx.random.name(16).upper()}",
        "SecretKey": base64.b64encode(ctx.random.bytes(30)).decode(),
        "SessionToken": standing.session_token,
        "Expiration": standing.expires_at,
    }


def get_open_id_token(ctx: Context, request: Json) -> Json:
    """GetOpenIdToken, for the basic (classic) flow."""
    identity = identities.required(ctx, request["IdentityId"])
    pool = identity_pools.required(ctx, identity.pool_id)
    if not pool.classic_flow:
        invalid("Basic (classic) flow is not enabled, please use enhanced flow.")
    proved = logins.verify(ctx, pool, request.get("Logins") or {})
    identity = identities.admit(ctx, pool, identity, proved)
    return {"IdentityId": identity.id, "Token": identity_tokens.issue(ctx, identity, proved, _OPEN_ID_TOKEN)}


def get_developer_token(ctx: Context, request: Json) -> Json:
    """GetOpenIdTokenForDeveloperIdentity: a backend, which has AWS credentials, vouches for a user of its own."""
    pool = identity_pools.required(ctx, request["IdentityPoolId"])
    given, provider = dict(request["Logins"]), pool.developer_provider
    if provider not in given:
        invalid("Logins must name a user of the identity pool's developer provider.")
    user = given.pop(provider)
    proved = logins.verify(ctx, pool, given)
    developer = Login(provider=provider, subject=user, mapped_as=provider, method=f"{provider}:{pool.id}:{user}")
    identity = identities.link_developer_user(
        ctx, _vouched_for(ctx, pool, request.get("IdentityId"), developer, proved), provider, user
    )
    lifetime = request.get("TokenDuration") or _DEVELOPER_TOKEN
    return {"IdentityId": identity.id, "Token": identity_tokens.issue(ctx, identity, [developer, *proved], lifetime)}


def _vouched_for(
    ctx: Context, pool: IdentityPool, identity_id: str | None, developer: Login, proved: Sequence[Login]
) -> Identity:
    """Answer the identity of a developer's user: the one that is named, the user's own, or a new one."""
    if identity_id is None:
        own = identities.owner(ctx, pool, [developer, *proved])
        return identities.link(ctx, own or identities.make(ctx, pool), proved)
    identity = identities.required(ctx, identity_id)
    if identity.pool_id != pool.id:
        raise PoolError("ResourceNotFoundException", f"Identity '{identity_id}' not found.")
    own = identities.owner(ctx, pool, [developer])
    if own is not None and own.id != identity.id:
        sentence = "This developer user identifier is already registered with Cognito."
        raise PoolError("DeveloperUserAlreadyRegisteredException", sentence)
    if own is not None:
        identities.owner(ctx, pool, [developer, *proved])  # the other logins may belong to somebody else
        return identities.link(ctx, identity, proved)
    if proved:
        return identities.admit(ctx, pool, identity, proved)
    if not identity.is_guest:
        unauthorized(logins.NO_MATCH)
    return identity
