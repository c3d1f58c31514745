"""Users who sign in at an external identity provider: made at the first sign-in, brought up to date at each."""

import json
from collections.abc import Mapping
from typing import Any

import attrs

from . import federation_names, identity_providers, schema, triggers, users
from .context import Context
from .errors import invalid
from .oauth_records import IdentityProvider
from .records import EXTERNAL_PROVIDER, Client, Json, Pool, User


def signed_in(
    ctx: Context, pool: Pool, client: Client, provider: IdentityProvider, subject: str, claims: Mapping[str, str]
) -> User:
    """Answer the user of this pool whom a provider vouches for.

    Args:
        ctx: The pool's parts.
        pool: The user pool.
        client: The app client.
        provider: The provider.
        subject: Who it is there.
        claims: What the provider says of the user; the attribute mapping tells what becomes of it.

    Raises:
        PoolError: The user cannot be, or may not sign in.
    """
    if not subject or len(subject) > 96 or any(not char.isprintable() or char.isspace() for char in subject):
        invalid("The provider's subject must be a text without spaces of 96 characters at most.")
    # "[Provider name]_[identifier]", spelt as the pool spells usernames: in lower case unless they are case-sensitive.
    name = users.canonical(pool, f"{provider.name}_{subject}")
    mapped = _mapped(provider, {**claims, identity_providers.subject_claim(provider): subject})
    schema.check(pool, mapped)
    found = ctx.store.get(User, f"{pool.id}/{name}")
    if found is None:
        return _made(ctx, pool, client, provider, name, subject, mapped)
    if not any(one["providerName"] == provider.name for one in federation_names.identities(found)):
        invalid(f"Already found an entry for username {name}")
    users.require_enabled(found)
    return _updated(ctx, pool, found, mapped)


def _mapped(provider: IdentityProvider, claims: Mapping[str, str]) -> dict[str, str]:
    mapping = {attribute: claim for attribute, claim in provider.mapping.items() if attribute != "username"}
    return {attribute: claims[claim] for attribute, claim in mapping.items() if claims.get(claim)}


def _made(
    ctx: Context,
    pool: Pool,
    client: Client,
    provider: IdentityProvider,
    name: str,
    subject: str,
    mapped: dict[str, str],
) -> User:
    missing = [attribute for attribute in schema.required(pool) if not mapped.get(attribute)]
    if missing:
        invalid(f"attributes required: [{', '.join(missing)}]")
    now = ctx.clock()
    identity = {
        "userId": subject,
        "providerName": provider.name,
        "providerType": provider.type,
        "issuer": None,
        "primary": True,
        "dateCreated": int(now * 1000),
    }
    user = User(
        pool_id=pool.id,
        username=name,
        sub=ctx.random.uuid(),
        attributes={**_unverified(mapped), **mapped, federation_names.IDENTITIES: json.dumps([identity])},
        status=EXTERNAL_PROVIDER,
        created=now,
        modified=now,
    )
    _pre_sign_up(ctx, pool, client, user)
    ctx.store.put(user)
    return user


def _unverified(mapped: Mapping[str, str]) -> dict[str, str]:
    """Answer that addresses are not verified, which they are only if the provider says so and that is mapped."""
    return {verified: "false" for name, verified in schema.VERIFIED.items() if name in mapped}


def _pre_sign_up(ctx: Context, pool: Pool, client: Client, user: User) -> None:
    trigger = ctx.triggers_of(pool).pre_sign_up
    if trigger is not None:
        event: dict[str, Any] = {"userAttributes": dict(user.attributes), "validationData": {}, "clientMetadata": {}}
        answer: Json = {}
        source = "PreSignUp_ExternalProvider"
        triggers.run(trigger, "PreSignUp", source, pool, client, user.username, event, answer)


def _updated(ctx: Context, pool: Pool, user: User, mapped: dict[str, str]) -> User:
    """Answer a user with what the provider says now. A mapped attribute that cannot change fails the sign-in."""
    changed = {name: value for name, value in mapped.items() if user.attributes.get(name) != value}
    if not changed:
        return user
    schema.check_mutable(pool, changed)
    attributes = {**user.attributes, **_unverified(changed), **mapped}
    return users.save(ctx, attrs.evolve(user, attributes=attributes))
