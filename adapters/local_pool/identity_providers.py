"""The external identity providers of a user pool. No network is there: a page of the pool's own plays each of them."""

from collections.abc import Mapping
from typing import Final

import attrs

from . import schema
from .admin import page
from .context import Context
from .errors import PoolError, invalid, unmodelled
from .oauth_records import IdentityProvider
from .records import Json, Pool

LOCAL: Final = "COGNITO"  # how clients name the pool's own users among the providers
# ProviderType: (which ProviderDetails it must have, the claim that identifies its users), as in the API reference.
_SOCIAL: Final = ("client_id", "client_secret", "authorize_scopes")
_TYPES: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "Google": (_SOCIAL, "sub"),
    "Facebook": (_SOCIAL, "id"),
    "LoginWithAmazon": (_SOCIAL, "user_id"),
    "SignInWithApple": (("client_id", "team_id", "key_id", "private_key", "authorize_scopes"), "sub"),
    "OIDC": (("client_id", "attributes_request_method", "oidc_issuer", "authorize_scopes"), "sub"),
}


def subject_claim(provider: IdentityProvider) -> str:
    """Answer the claim that identifies a provider's users."""
    return _TYPES[provider.type][1]


def shown_name(provider: IdentityProvider) -> str:
    """Answer how users know a provider."""
    return {"LoginWithAmazon": "Amazon", "SignInWithApple": "Apple"}.get(provider.name, provider.name)


def find(ctx: Context, pool: Pool, name: str) -> IdentityProvider | None:
    """Answer a pool's provider of that name."""
    return ctx.store.get(IdentityProvider, f"{pool.id}/{name}")


def of_pool(ctx: Context, pool: Pool) -> list[IdentityProvider]:
    """Answer a pool's providers, oldest first."""
    return [provider for provider in ctx.store.all(IdentityProvider) if provider.pool_id == pool.id]


def create(ctx: Context, request: Json) -> Json:
    """CreateIdentityProvider."""
    pool, name, kind = ctx.pool(request["UserPoolId"]), request["ProviderName"], request["ProviderType"]
    if kind not in _TYPES:
        unmodelled(f"the ProviderType {kind} of CreateIdentityProvider")
    if name == LOCAL or (kind != "OIDC" and name != kind) or (kind == "OIDC" and name in _TYPES):
        invalid("A social identity provider has the name of its type, and no other provider has it.")
    if find(ctx, pool, name) is not None:
        raise PoolError("DuplicateProviderException", f"A provider with the name {name} exists already.")
    now = ctx.clock()
    provider = IdentityProvider(
        pool_id=pool.id,
        name=name,
        type=kind,
        details=dict(request["ProviderDetails"]),
        mapping=_mapping(kind, request.get("AttributeMapping")),
        identifiers=list(request.get("IdpIdentifiers") or ()),
        created=now,
        modified=now,
    )
    _check(ctx, pool, provider)
    ctx.store.put(provider)
    return {"IdentityProvider": _described(provider)}


def _mapping(kind: str, given: Mapping[str, str] | None) -> dict[str, str]:
    """Answer a mapping with the username in it, which is the provider's subject."""
    return {**(given or {}), "username": _TYPES[kind][1]}


def _check(ctx: Context, pool: Pool, provider: IdentityProvider) -> None:
    for name in _TYPES[provider.type][0]:
        if not provider.details.get(name):
            invalid(f"ProviderDetails of {provider.type} must have {name}.")
    known = schema.names(pool)
    for attribute in provider.mapping:
        if attribute != "username" and (attribute not in known or attribute == "sub"):
            invalid(f"AttributeMapping: {attribute} is no attribute that can be mapped.")
    for other in of_pool(ctx, pool):
        if other.name != provider.name and set(other.identifiers) & set(provider.identifiers):
            invalid("An identifier of IdpIdentifiers is another provider's.")


def _described(provider: IdentityProvider) -> Json:
    return {
        "UserPoolId": provider.pool_id,
        "ProviderName": provider.name,
        "ProviderType": provider.type,
        "ProviderDetails": dict(provider.details),
        "AttributeMapping": dict(provider.mapping),
        "IdpIdentifiers": list(provider.identifiers),
        "LastModifiedDate": provider.modified,
        "CreationDate": provider.created,
    }


def _target(ctx: Context, request: Json) -> IdentityProvider:
    found = find(ctx, ctx.pool(request["UserPoolId"]), request["ProviderName"])
    if found is None:
        sentence = f"Identity provider {request['ProviderName']} does not exist."
        raise PoolError("ResourceNotFoundException", sentence)
    return found


def describe(ctx: Context, request: Json) -> Json:
    """DescribeIdentityProvider."""
    return {"IdentityProvider": _described(_target(ctx, request))}


def by_identifier(ctx: Context, request: Json) -> Json:
    """GetIdentityProviderByIdentifier."""
    for provider in of_pool(ctx, ctx.pool(request["UserPoolId"])):
        if request["IdpIdentifier"] in provider.identifiers:
            return {"IdentityProvider": _described(provider)}
    raise PoolError("ResourceNotFoundException", "No identity provider has this identifier.")


def update(ctx: Context, request: Json) -> Json:
    """UpdateIdentityProvider: what is not given stays."""
    found = _target(ctx, request)
    given = request.get("AttributeMapping")
    changed = attrs.evolve(
        found,
        details=dict(request.get("ProviderDetails") or found.details),
        mapping=found.mapping if given is None else _mapping(found.type, given),
        identifiers=list(request.get("IdpIdentifiers", found.identifiers)),
        modified=ctx.clock(),
    )
    _check(ctx, ctx.pool(found.pool_id), changed)
    ctx.store.put(changed)
    return {"IdentityProvider": _described(changed)}


def delete(ctx: Context, request: Json) -> Json:
    """DeleteIdentityProvider. The users who came from there stay."""
    ctx.store.delete(_target(ctx, request))
    return {}


def list_providers(ctx: Context, request: Json) -> Json:
    """ListIdentityProviders."""
    own = of_pool(ctx, ctx.pool(request["UserPoolId"]))
    found, token = page(own, request.get("MaxResults") or 60, request.get("NextToken"))
    listed = [
        {
            "ProviderName": provider.name,
            "ProviderType": provider.type,
            "LastModifiedDate": provider.modified,
            "CreationDate": provider.created,
        }
        for provider in found
    ]
    return {"Providers": listed, **({"NextToken": token} if token else {})}
