"""Identities: who gets which, and what is linked to it.

A login belongs to one identity. A guest who logs in keeps the guest's identity, unless the login has one already, which
then is the answer, while the guest's is closed (developer guide, "Switching unauthenticated users to authenticated
users"; "the IdentityId returned may not match the one passed on input", GetOpenIdToken).
"""

from collections.abc import Sequence
from typing import Final, NoReturn

import attrs

from . import identity_pools, logins
from .admin import page
from .context import Context
from .errors import PoolError, unauthorized
from .identity_records import Identity, IdentityPool
from .logins import Login
from .records import Json

_NO_GUESTS: Final = "Unauthenticated access is not supported for this identity pool."


def required(ctx: Context, identity_id: str) -> Identity:
    """Answer an identity by id.

    Raises:
        PoolError: ``ResourceNotFoundException``.
    """
    found = ctx.store.get(Identity, identity_id)
    if found is None:
        raise PoolError("ResourceNotFoundException", f"Identity '{identity_id}' not found.")
    return found


def get_id(ctx: Context, request: Json) -> Json:
    """GetId."""
    pool = identity_pools.required(ctx, request["IdentityPoolId"])
    proved = logins.verify(ctx, pool, request.get("Logins") or {})
    if not proved and not pool.admits_guests:
        unauthorized(_NO_GUESTS)
    identity = link(ctx, owner(ctx, pool, proved) or make(ctx, pool), proved)
    return {"IdentityId": identity.id}


def make(ctx: Context, pool: IdentityPool) -> Identity:
    """Make an identity without logins."""
    now = ctx.clock()
    made = Identity(id=f"{ctx.region}:{ctx.random.uuid()}", pool_id=pool.id, created=now, modified=now)
    ctx.store.put(made)
    return made


def admit(ctx: Context, pool: IdentityPool, identity: Identity, proved: Sequence[Login]) -> Identity:
    """Let somebody be an identity whose id a request names.

    Args:
        ctx: The service's parts.
        pool: The identity pool.
        identity: The identity that is named.
        proved: The request's logins; none for a guest.

    Returns:
        The identity, with all logins linked to it; the logins' own where a guest turned out to have one.

    Raises:
        PoolError: ``NotAuthorizedException`` if it is not theirs; ``ResourceConflictException`` if the logins are
            of different identities.
    """
    if not proved:
        if not identity.is_guest:
            _forbid(identity)
        if not pool.admits_guests:
            unauthorized(_NO_GUESTS)
        return identity
    own = owner(ctx, pool, proved)
    if own is None:
        if identity.closed:
            _forbid(identity)
        if not identity.is_guest:
            unauthorized(logins.NO_MATCH)
    elif own.id != identity.id:
        if not identity.is_guest and identity.merged_into != own.id:
            unauthorized(logins.NO_MATCH)
        ctx.store.put(attrs.evolve(identity, closed=True, merged_into=own.id, modified=ctx.clock()))
    return link(ctx, own or identity, proved)


def _forbid(identity: Identity) -> NoReturn:
    unauthorized(f"Access to Identity '{identity.id}' is forbidden.")


def owner(ctx: Context, pool: IdentityPool, proved: Sequence[Login]) -> Identity | None:
    """Answer the identity that logins belong to, or None if they belong to none yet.

    Raises:
        PoolError: ``ResourceConflictException`` if they belong to different ones.
    """
    found = {
        identity.id: identity
        for identity in ctx.store.all(Identity)
        if identity.pool_id == pool.id and any(_has(identity, login) for login in proved)
    }
    if len(found) > 1:
        raise PoolError("ResourceConflictException", "The logins are linked to different identities.")
    return next(iter(found.values()), None)


def _has(identity: Identity, login: Login) -> bool:
    return login.subject in identity.logins.get(login.provider, ())


def link(ctx: Context, identity: Identity, proved: Sequence[Login]) -> Identity:
    """Link logins to an identity, which has one user of each provider at most.

    Raises:
        PoolError: ``ResourceConflictException`` if it has another user of the same provider.
    """
    new = [login for login in proved if not _has(identity, login)]
    if not new:
        return identity
    for login in new:
        if login.provider in identity.logins:
            sentence = f"Another user of {login.provider} is linked to the identity already."
            raise PoolError("ResourceConflictException", sentence)
    linked = {**identity.logins, **{login.provider: [login.subject] for login in new}}
    return _kept(ctx, attrs.evolve(identity, logins=linked))


def link_developer_user(ctx: Context, identity: Identity, provider: str, user: str) -> Identity:
    """Link a user of the developer provider, of whom an identity may have several."""
    users = identity.logins.get(provider, [])
    if user in users:
        return identity
    return _kept(ctx, attrs.evolve(identity, logins={**identity.logins, provider: [*users, user]}))


def _kept(ctx: Context, identity: Identity) -> Identity:
    changed = attrs.evolve(identity, modified=ctx.clock())
    ctx.store.put(changed)
    return changed


def unlink(ctx: Context, request: Json) -> Json:
    """UnlinkIdentity: whoever loses the last login becomes inaccessible."""
    identity = required(ctx, request["IdentityId"])
    pool = identity_pools.required(ctx, identity.pool_id)
    own = owner(ctx, pool, logins.verify(ctx, pool, request["Logins"]))
    if own is None or own.id != identity.id:
        unauthorized(logins.NO_MATCH)
    left = {name: users for name, users in identity.logins.items() if name not in request["LoginsToRemove"]}
    _kept(ctx, attrs.evolve(identity, logins=left, closed=not left))
    return {}


def delete(ctx: Context, request: Json) -> Json:
    """DeleteIdentities. One that is not there is deleted, as far as anybody can tell."""
    for identity_id in request["IdentityIdsToDelete"]:
        found = ctx.store.get(Identity, identity_id)
        if found is not None:
            ctx.store.delete(found)
    return {"UnprocessedIdentityIds": []}


def describe(ctx: Context, request: Json) -> Json:
    """DescribeIdentity."""
    return _described(required(ctx, request["IdentityId"]))


def _described(identity: Identity) -> Json:
    return {
        "IdentityId": identity.id,
        "Logins": sorted(identity.logins),
        "CreationDate": identity.created,
        "LastModifiedDate": identity.modified,
    }


def list_identities(ctx: Context, request: Json) -> Json:
    """ListIdentities."""
    pool = identity_pools.required(ctx, request["IdentityPoolId"])
    own = [
        identity
        for identity in ctx.store.all(Identity)
        if identity.pool_id == pool.id and not (request.get("HideDisabled") and identity.closed)
    ]
    found, token = page(own, request["MaxResults"], request.get("NextToken"))
    listed = [_described(identity) for identity in found]
    return {"IdentityPoolId": pool.id, "Identities": listed, **({"NextToken": token} if token else {})}
