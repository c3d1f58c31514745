"""A user pool's prefix domain: where its sign-in pages and its OAuth 2.0 endpoints are."""

from typing import Final

from .context import Context
from .errors import PoolError, invalid, unmodelled
from .oauth_records import Domain
from .records import Json, Pool

# What is below a domain, as `Fault` and the request log name it. "provider" is the page that plays the providers.
ENDPOINTS: Final = frozenset(
    {"oauth2/authorize", "oauth2/token", "oauth2/userInfo", "oauth2/revoke", "login", "logout", "provider"}
)
CLASSIC: Final = 1  # ManagedLoginVersion: the hosted UI
MANAGED_LOGIN: Final = 2
_RESERVED: Final = ("aws", "amazon", "cognito")  # developer guide, "Using the Amazon Cognito domain"


def find(ctx: Context, prefix: str) -> Domain | None:
    """Answer the domain of that prefix."""
    return ctx.store.get(Domain, prefix)


def of_pool(ctx: Context, pool_id: str) -> Domain | None:
    """Answer a user pool's domain; a pool has one at most."""
    return next((domain for domain in ctx.store.all(Domain) if domain.pool_id == pool_id), None)


def allowed(prefix: str) -> bool:
    """Whether AWS lets a prefix be: none may hold the names of its own."""
    return not any(word in prefix for word in _RESERVED)


def host(ctx: Context, prefix: str) -> str:
    """Answer the host that the domain has at AWS."""
    return f"{prefix}.auth.{ctx.region}.amazoncognito.com"


def base_url(ctx: Context, prefix: str) -> str:
    """Answer the URL to which clients append ``/oauth2/authorize`` and the rest.

    While the pool is served on loopback it is ``<server>/<prefix>``, otherwise what it would be at AWS.
    """
    site = ctx.outbox.site
    return f"{site}/{prefix}" if site else f"https://{host(ctx, prefix)}"


def web_domain(base: str) -> str:
    """Answer a base URL as configurations have it: a bare host, unless it is on loopback."""
    return base.removeprefix("https://")


def create(ctx: Context, request: Json) -> Json:
    """CreateUserPoolDomain."""
    pool, prefix = ctx.pool(request["UserPoolId"]), request["Domain"]
    _refuse_unmodelled(request, "CreateUserPoolDomain")
    if not allowed(prefix):
        invalid(f"Domain cannot contain reserved word: {', '.join(word for word in _RESERVED if word in prefix)}")
    if find(ctx, prefix) is not None:
        invalid("Domain already associated with another user pool.")
    if of_pool(ctx, pool.id) is not None:
        invalid("User pool already has a domain configured.")
    version = _version(pool, request.get("ManagedLoginVersion") or CLASSIC)
    ctx.store.put(Domain(prefix=prefix, pool_id=pool.id, managed_login=version))
    return {"ManagedLoginVersion": version}


def _refuse_unmodelled(request: Json, operation: str) -> None:
    for name in ("CustomDomainConfig", "Routing"):
        if request.get(name):
            unmodelled(f"the parameter {name} of {operation}")


def _version(pool: Pool, version: int) -> int:
    if version not in (CLASSIC, MANAGED_LOGIN):
        invalid("ManagedLoginVersion must be 1 or 2.")
    if version == MANAGED_LOGIN and pool.settings.get("UserPoolTier") == "LITE":
        raise PoolError("FeatureUnavailableInTierException", "Managed login is not available in the Lite feature plan.")
    return version


def describe(ctx: Context, request: Json) -> Json:
    """DescribeUserPoolDomain: a domain that does not exist has an empty description, as with Cognito."""
    found = find(ctx, request["Domain"])
    if found is None:
        return {"DomainDescription": {}}
    return {
        "DomainDescription": {
            "UserPoolId": found.pool_id,
            "AWSAccountId": "000000000000",
            "Domain": found.prefix,
            "Status": "ACTIVE",
            "CustomDomainConfig": {},
            "ManagedLoginVersion": found.managed_login,
        }
    }


def update(ctx: Context, request: Json) -> Json:
    """UpdateUserPoolDomain: the version of the pages is all that a prefix domain can change."""
    _refuse_unmodelled(request, "UpdateUserPoolDomain")
    pool, found = ctx.pool(request["UserPoolId"]), _own(ctx, request)
    version = _version(pool, request.get("ManagedLoginVersion") or found.managed_login)
    ctx.store.put(Domain(prefix=found.prefix, pool_id=found.pool_id, managed_login=version))
    return {"ManagedLoginVersion": version}


def delete(ctx: Context, request: Json) -> Json:
    """DeleteUserPoolDomain."""
    ctx.store.delete(_own(ctx, request))
    return {}


def _own(ctx: Context, request: Json) -> Domain:
    found = find(ctx, request["Domain"])
    if found is None or found.pool_id != ctx.pool(request["UserPoolId"]).id:
        raise PoolError("ResourceNotFoundException", "No such domain or user pool exists.")
    return found
