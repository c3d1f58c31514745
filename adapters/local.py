"""A flow's ports on a local pool in this process: what `AuthFlow.local()` is made of."""

from collections.abc import Mapping
from typing import Any

from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.config import PoolConfig, load_config
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.ports import Clock, Provider, TokenStore
from authflow.traits import PoolTraits


def local_ports(
    pool: LocalPool | None = None, token_store: TokenStore | None = None
) -> tuple[Provider, TokenStore, Clock, PoolTraits]:
    """Returns a provider, a store, a clock and the traits of a local pool.

    Args:
        pool: the pool to use, with its first user pool and that one's first client; made when there is none.
        token_store: keeps the tokens; in memory by default.
    """
    service = pool or LocalPool()
    config = local_config(service)
    provider = CognitoProvider(config, client_factory=service.client, clock=service.clock)
    return provider, token_store or MemoryTokenStore(), service.clock, config.traits


def local_config(service: LocalPool) -> PoolConfig:
    """Returns the configuration of a service's first user pool, which is made when it has none."""
    pools = service.call("ListUserPools", {"MaxResults": 1})["UserPools"]
    if not pools:
        service.quickstart(required_attributes=("email",))
        pools = service.call("ListUserPools", {"MaxResults": 1})["UserPools"]
    pool_id = pools[0]["Id"]
    clients = service.call("ListUserPoolClients", {"UserPoolId": pool_id, "MaxResults": 1})["UserPoolClients"]
    client_id = clients[0]["ClientId"]
    found = service.call("DescribeUserPoolClient", {"UserPoolId": pool_id, "ClientId": client_id})["UserPoolClient"]
    described = service.call("DescribeUserPool", {"UserPoolId": pool_id})["UserPool"]
    return load_config(
        user_pool_id=pool_id,
        client_id=client_id,
        client_secret=found.get("ClientSecret"),
        username_attributes=described.get("UsernameAttributes", []),
        required_attributes=_required(described),
        password_policy=_policy(described),
    )


def _required(described: Mapping[str, Any]) -> list[str]:
    schema = described.get("SchemaAttributes", [])
    return [entry["Name"] for entry in schema if entry.get("Required") and entry["Name"] != "sub"]


def _policy(described: Mapping[str, Any]) -> dict[str, Any] | None:
    policy = described.get("Policies", {}).get("PasswordPolicy")
    if policy is None:
        return None
    return {
        "min_length": policy["MinimumLength"],
        "require_lowercase": policy["RequireLowercase"],
        "require_uppercase": policy["RequireUppercase"],
        "require_numbers": policy["RequireNumbers"],
        "require_symbols": policy["RequireSymbols"],
    }
