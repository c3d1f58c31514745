"""What `AuthFlow.local()` is made of: the ports of a flow on a local pool in this process.

Hand the pool in to reach what it sent:

    pool = LocalPool()
    flow = AuthFlow.local(pool)
    flow.sign_up("ana", "Correct-horse-9", user_attributes={"email": "ana@example.com"})
    flow.confirm_sign_up("ana", pool.last_code("ana"))
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.transport import HttpAnswer, Transport
from authflow.adapters.config import PoolConfig, load_config
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.errors import ConfigurationError
from authflow.frontend.traits import PoolTraits
from authflow.ports import Clock, DeviceStore, Provider, TokenStore
from authflow.secrets import Secret
from authflow.states import AuthFlowType

if TYPE_CHECKING:
    from authflow.adapters.local_pool import LocalPool
    from authflow.adapters.local_pool.records import Json

# The first of these that the app client allows is how a sign-in starts.
_FLOWS: Final = (
    ("ALLOW_USER_SRP_AUTH", AuthFlowType.USER_SRP_AUTH),
    ("ALLOW_USER_PASSWORD_AUTH", AuthFlowType.USER_PASSWORD_AUTH),
    ("ALLOW_CUSTOM_AUTH", AuthFlowType.CUSTOM_AUTH),
    ("ALLOW_USER_AUTH", AuthFlowType.USER_AUTH),
)
_PASSWORD: Final = "PASSWORD"  # noqa: S105 - a first factor
_DERIVED: Final = "sub"  # required of every user, and given by the pool itself


def local_ports(
    pool: "LocalPool | None" = None,
    token_store: TokenStore | None = None,
    keywords: Mapping[str, object] | None = None,
    *,
    device_store: DeviceStore | None = None,
) -> tuple[Provider, TokenStore, Clock, PoolTraits]:
    """Returns what a flow on a local pool needs.

    Args:
        pool: the pool to use. The user pool and the app client that were made last in it are taken; a usual one, which
            demands an e-mail address, is made where there is none. A new pool by default.
        token_store: keeps the tokens; in memory by default.
        keywords: settings that override what the pool's description says, such as auth_flow.
        device_store: keeps which users this device is known for; in memory by default.

    Returns:
        The provider, whose boto3 client the pool answers; the token store; the pool's clock; and what the pool's own
        description says of its screens.

    Raises:
        ConfigurationError: the user pool has no app client, or none that a user can sign in with and no `auth_flow`
            is given.
    """
    from authflow.adapters.local_pool import LocalPool

    service = LocalPool() if pool is None else pool
    config = local_config(service, keywords)
    provider = CognitoProvider(
        config,
        client_factory=service.client,
        admin_client_factory=service.client,
        identity_client_factory=service.identity_client,
        device_store=device_store,
        clock=service.clock,
        transport=_over(service),
    )
    store = MemoryTokenStore() if token_store is None else token_store
    return provider, store, service.clock, config.traits


def _over(service: "LocalPool") -> Transport:
    def transport(method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        status, _, content = service.http(method, url, headers, body)
        return status, content

    return transport


def local_config(service: "LocalPool", keywords: Mapping[str, object] | None = None) -> PoolConfig:
    """Returns the configuration of a local pool: its newest user pool, the app client and, if any, identity pool of it.

    Args:
        service: the pool; a usual user pool is made where there is none.
        keywords: as in `local_ports`.

    Raises:
        ConfigurationError: as `local_ports` does.
    """
    user_pool = _newest_pool(service)
    client = _newest_client(service, user_pool["Id"])
    given = dict(keywords or {})
    if given.get("auth_flow") is None:
        given["auth_flow"] = _auth_flow(user_pool, client)
    factors = service.call("GetUserPoolMfaConfig", {"UserPoolId": user_pool["Id"]})
    identity_pool_id = service.identity_pool_of(client["ClientId"])
    described = _described(user_pool, client, factors, identity_pool_id) | _hosted_ui(service, user_pool, client)
    return load_config(described, **given)


def _newest_pool(service: "LocalPool") -> "Json":
    ids = [listed["Id"] for listed in _listed(service, "ListUserPools", "UserPools", {})]
    pool_id = ids[-1] if ids else service.quickstart(required_attributes=("email",)).pool_id
    found: Json = service.call("DescribeUserPool", {"UserPoolId": pool_id})["UserPool"]
    return found


def _newest_client(service: "LocalPool", pool_id: str) -> "Json":
    ids = [
        listed["ClientId"]
        for listed in _listed(service, "ListUserPoolClients", "UserPoolClients", {"UserPoolId": pool_id})
    ]
    if not ids:
        raise ConfigurationError(
            source=f"local pool {pool_id}",
            key="app client",
            problem="is missing",
            remedy='make one with call("CreateUserPoolClient", ...), or both with quickstart()',
        )
    found: Json = service.call("DescribeUserPoolClient", {"UserPoolId": pool_id, "ClientId": ids[-1]})["UserPoolClient"]
    return found


def _listed(service: "LocalPool", operation: str, member: str, request: "Json") -> "Iterator[Json]":
    page = {"MaxResults": 60, **request}
    while True:
        answer = service.call(operation, page)
        yield from answer[member]
        if "NextToken" not in answer:
            return
        page = {**page, "NextToken": answer["NextToken"]}


def _described(user_pool: "Json", client: "Json", factors: "Json", identity_pool_id: str | None) -> dict[str, object]:
    policy = user_pool["Policies"]["PasswordPolicy"]
    secret = client.get("ClientSecret")
    return {
        "user_pool_id": user_pool["Id"],
        "client_id": client["ClientId"],
        "client_secret": Secret(secret) if secret else None,
        "identity_pool_id": identity_pool_id,
        "username_attributes": user_pool.get("UsernameAttributes"),
        "alias_attributes": user_pool.get("AliasAttributes"),
        "required_attributes": [
            entry["Name"] for entry in user_pool["SchemaAttributes"] if entry["Required"] and entry["Name"] != _DERIVED
        ],
        "user_verification_types": user_pool.get("AutoVerifiedAttributes"),
        "mfa_configuration": factors["MfaConfiguration"],
        "passkeys": "WebAuthnConfiguration" in factors,
        "session_validity": client["AuthSessionValidity"],
        "password_policy": {
            "min_length": policy["MinimumLength"],
            "require_lowercase": policy["RequireLowercase"],
            "require_uppercase": policy["RequireUppercase"],
            "require_numbers": policy["RequireNumbers"],
            "require_symbols": policy["RequireSymbols"],
        },
    }


def _hosted_ui(service: "LocalPool", user_pool: "Json", client: "Json") -> dict[str, object]:
    """Returns the settings of the pool's domain, if it has one that the app client may use."""
    from authflow.adapters.local_pool import oauth_configuration

    if not user_pool.get("Domain") or not oauth_configuration.usable(client):
        return {}
    return {"oauth": oauth_configuration.gen_2(client, service.domain_url(user_pool["Domain"]))}


def _auth_flow(user_pool: "Json", client: "Json") -> str:
    allowed = client["ExplicitAuthFlows"]
    factors = user_pool["Policies"].get("SignInPolicy", {}).get("AllowedFirstAuthFactors", [_PASSWORD])
    # Where there is a choice of first factors, it is offered.
    if "ALLOW_USER_AUTH" in allowed and factors != [_PASSWORD]:
        return AuthFlowType.USER_AUTH.value
    for name, flow in _FLOWS:
        if name in allowed:
            return flow.value
    raise ConfigurationError(
        source=f"local pool's app client {client['ClientId']}",
        key="ExplicitAuthFlows",
        problem="allows no flow that a user can sign in with",
        remedy=f"add one of {', '.join(name for name, _ in _FLOWS)}",
    )
