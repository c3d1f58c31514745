"""What the services say of a configuration's pool: asked once, compared afterwards without asking again."""

from collections.abc import Callable

import attrs

from authflow.adapters.config import PoolConfig
from authflow.adapters.provision.aws_errors import code_of, error_of
from authflow.adapters.provision.services import Json, Service, Services
from authflow.errors import AuthFlowError


@attrs.frozen(kw_only=True)
class Facts:
    """What is there. None is what is not there, or was not asked for.

    Args:
        pool: the user pool (DescribeUserPool).
        client: its app client (DescribeUserPoolClient), its secret included: never shown.
        mfa: second factors and passkeys (GetUserPoolMfaConfig).
        domain: the domain of the sign-in pages (DescribeUserPoolDomain), where it is one of Cognito's.
        domain_asked: whether it was asked for.
        identity_pool: the identity pool (DescribeIdentityPool).
        roles: its roles (GetIdentityPoolRoles).
        identity_asked: whether the two were asked for.
        emulator: whether it was an emulator that was asked, which has triggers of its own.
    """

    pool: Json | None
    client: Json | None = attrs.field(default=None, repr=False)
    mfa: Json = attrs.Factory(dict)
    domain: Json | None = None
    domain_asked: bool = False
    identity_pool: Json | None = None
    roles: Json = attrs.Factory(dict)
    identity_asked: bool = False
    emulator: bool = False


def consult(config: PoolConfig, services: Services, *, domain: str = "") -> Facts:
    """Asks the services what is there; changes nothing.

    Args:
        config: names the pool, the app client and the identity pool.
        services: who is asked.
        domain: the domain of the sign-in pages; "" for none.

    Raises:
        AuthFlowError: the caller may not ask, or nobody answers.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    failed: AuthFlowError
    try:
        return _facts(config, services, domain)
    except (BotoCoreError, ClientError) as error:
        failed = error_of(error, f"The user pool {config.user_pool_id}")
    raise failed


def _facts(config: PoolConfig, services: Services, domain: str) -> Facts:
    call, name = services.user_pools, {"UserPoolId": config.user_pool_id}
    pool = _if_there(lambda: call("DescribeUserPool", name)["UserPool"])
    if pool is None:
        return Facts(pool=None)
    client_name = {**name, "ClientId": config.client_id}
    facts = Facts(
        pool=pool,
        client=_if_there(lambda: call("DescribeUserPoolClient", client_name)["UserPoolClient"]),
        mfa=call("GetUserPoolMfaConfig", name),
        emulator=services.local,
    )
    facts = _unless_unmodelled(lambda: _with_domain(facts, call, domain), facts) if domain else facts
    identity = services.identity_pools
    if config.identity_pool_id is None:
        return facts
    pool_id = config.identity_pool_id
    return _unless_unmodelled(lambda: _with_identity_pool(facts, identity, pool_id), facts)


def _with_domain(facts: Facts, call: Service, domain: str) -> Facts:
    prefix, dot, rest = domain.partition(".auth.")
    if "://" in domain:  # an emulator's pages, below its own address
        prefix = domain.rstrip("/").rpartition("/")[2]
    name = prefix if "://" in domain or (dot and "amazoncognito" in rest) else domain  # one's own has its whole name
    found = _if_there(lambda: call("DescribeUserPoolDomain", {"Domain": name}).get("DomainDescription") or {})
    return attrs.evolve(facts, domain=found if found and found.get("UserPoolId") else None, domain_asked=True)


def _with_identity_pool(facts: Facts, call: Service, identity_pool_id: str) -> Facts:
    name = {"IdentityPoolId": identity_pool_id}
    pool = _if_there(lambda: call("DescribeIdentityPool", name))
    roles = call("GetIdentityPoolRoles", name) if pool is not None else {}
    return attrs.evolve(facts, identity_pool=pool, roles=roles.get("Roles") or {}, identity_asked=True)


def _unless_unmodelled(ask: Callable[[], Facts], otherwise: Facts) -> Facts:
    """An emulator may have user pools alone: what it does not know is not asked for."""
    from botocore.exceptions import ClientError

    try:
        return ask()
    except ClientError as error:
        if code_of(error) not in ("UnknownOperationException", "UnsupportedOperationException"):
            raise
    return otherwise


def _if_there(ask: Callable[[], Json]) -> Json | None:
    from botocore.exceptions import ClientError

    try:
        return ask()
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
    return None
