"""Making, describing and deleting identity pools, and setting their roles."""

from typing import Final

import attrs

from . import identity_roles
from .admin import page
from .context import Context
from .errors import PoolError, invalid, unmodelled
from .identity_records import THIRD_PARTIES, USER_POOL, Identity, IdentityPool
from .records import Json

_KEPT: Final = (
    "IdentityPoolName",
    "AllowUnauthenticatedIdentities",
    "AllowClassicFlow",
    "SupportedLoginProviders",
    "DeveloperProviderName",
    "CognitoIdentityProviders",
    "IdentityPoolTags",
)


def required(ctx: Context, pool_id: str) -> IdentityPool:
    """Answer an identity pool by id.

    Raises:
        PoolError: ``ResourceNotFoundException``.
    """
    found = ctx.store.get(IdentityPool, pool_id)
    if found is None:
        raise PoolError("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found.")
    return found


def create(ctx: Context, request: Json) -> Json:
    """CreateIdentityPool."""
    pool = IdentityPool(id=f"{ctx.region}:{ctx.random.uuid()}", settings=_settings(request))
    ctx.store.put(pool)
    return _described(pool)


def _settings(request: Json) -> Json:
    for provider in request.get("SupportedLoginProviders") or {}:
        if provider not in THIRD_PARTIES:
            unmodelled(f"the provider {provider} of SupportedLoginProviders")
    for entry in request.get("CognitoIdentityProviders") or []:
        if not entry.get("ProviderName") or not entry.get("ClientId"):
            invalid("Each of CognitoIdentityProviders needs a ProviderName and a ClientId.")
        if not entry["ProviderName"].startswith(USER_POOL):
            invalid("A ProviderName is cognito-idp.<region>.amazonaws.com/<user pool id>.")
    return {name: request[name] for name in _KEPT if request.get(name) is not None}


def _described(pool: IdentityPool) -> Json:
    return {"IdentityPoolId": pool.id, **pool.settings}


def describe(ctx: Context, request: Json) -> Json:
    """DescribeIdentityPool."""
    return _described(required(ctx, request["IdentityPoolId"]))


def list_pools(ctx: Context, request: Json) -> Json:
    """ListIdentityPools."""
    found, token = page(ctx.store.all(IdentityPool), request["MaxResults"], request.get("NextToken"))
    listed = [{"IdentityPoolId": pool.id, "IdentityPoolName": pool.name} for pool in found]
    return {"IdentityPools": listed, **({"NextToken": token} if token else {})}


def update(ctx: Context, request: Json) -> Json:
    """UpdateIdentityPool: what is not given goes back to its default.

    "Once you have set a developer provider name, you cannot change it" (CreateIdentityPool).
    """
    pool = required(ctx, request["IdentityPoolId"])
    if pool.developer_provider and request.get("DeveloperProviderName") != pool.developer_provider:
        invalid("The developer provider name cannot be changed.")
    changed = attrs.evolve(pool, settings=_settings(request))
    ctx.store.put(changed)
    return _described(changed)


def delete(ctx: Context, request: Json) -> Json:
    """DeleteIdentityPool: with its identities."""
    pool = required(ctx, request["IdentityPoolId"])
    for identity in ctx.store.all(Identity):
        if identity.pool_id == pool.id:
            ctx.store.delete(identity)
    ctx.store.delete(pool)
    return {}


def set_roles(ctx: Context, request: Json) -> Json:
    """SetIdentityPoolRoles."""
    pool = required(ctx, request["IdentityPoolId"])
    mappings: Json = request.get("RoleMappings") or {}
    identity_roles.check(mappings)
    ctx.store.put(attrs.evolve(pool, roles=dict(request["Roles"]), role_mappings=mappings))
    return {}


def get_roles(ctx: Context, request: Json) -> Json:
    """GetIdentityPoolRoles."""
    pool = required(ctx, request["IdentityPoolId"])
    mappings = {"RoleMappings": pool.role_mappings} if pool.role_mappings else {}
    return {"IdentityPoolId": pool.id, "Roles": dict(pool.roles), **mappings}
