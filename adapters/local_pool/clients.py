"""Making and describing app clients."""

from typing import Final

import attrs

from . import oauth_settings
from .admin import page
from .context import Context
from .errors import PoolError, invalid, unmodelled
from .records import Client, Json

# "If you don't specify ExplicitAuthFlows" in CreateUserPoolClient.
_DEFAULT_FLOWS: Final = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]
_FLOWS: Final = frozenset(
    {*_DEFAULT_FLOWS, "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"}
)
_DEFAULTS: Final[Json] = {
    "RefreshTokenValidity": 30,
    "AuthSessionValidity": 3,
    "PreventUserExistenceErrors": "LEGACY",
    "EnableTokenRevocation": True,
    "ExplicitAuthFlows": _DEFAULT_FLOWS,
    "AllowedOAuthFlowsUserPoolClient": False,
    "RefreshTokenRotation": {"Feature": "DISABLED", "RetryGracePeriodSeconds": 0},
}
_REFRESH: Final = "ALLOW_REFRESH_TOKEN_AUTH"
_KEPT: Final = [
    "ClientName",
    "RefreshTokenValidity",
    "AccessTokenValidity",
    "IdTokenValidity",
    "TokenValidityUnits",
    "ReadAttributes",
    "WriteAttributes",
    "ExplicitAuthFlows",
    "PreventUserExistenceErrors",
    "EnableTokenRevocation",
    "AuthSessionValidity",
    *oauth_settings.KEPT,
    "RefreshTokenRotation",
]
_DAY: Final = 86400
_RANGES: Final = {  # seconds, as CreateUserPoolClient documents
    "AccessToken": (300, _DAY),
    "IdToken": (300, _DAY),
    "RefreshToken": (3600, 3650 * _DAY),
}


def create(ctx: Context, request: Json) -> Json:
    """CreateUserPoolClient."""
    pool = ctx.pool(request["UserPoolId"])
    if request.get("ClientSecret") is not None and request.get("GenerateSecret"):
        invalid("ClientSecret and GenerateSecret cannot be used together.")
    secret = request.get("ClientSecret") or (ctx.random.name(51) if request.get("GenerateSecret") else "")
    now = ctx.clock()
    client = Client(
        id=ctx.random.name(26),
        pool_id=pool.id,
        settings=_settings(request),
        secret=secret,
        created=now,
        modified=now,
    )
    _check_lifetimes(client)
    oauth_settings.check(ctx, pool, client.settings)
    ctx.store.put(client)
    return {"UserPoolClient": _described(client)}


def _settings(request: Json) -> Json:
    _refuse_unmodelled(request)
    settings = {name: request[name] for name in _KEPT if request.get(name) is not None}
    for flow in settings.get("ExplicitAuthFlows", ()):
        if flow not in _FLOWS:
            unmodelled(f"{flow} of ExplicitAuthFlows")
    if not settings.get("ExplicitAuthFlows"):
        settings.pop("ExplicitAuthFlows", None)
    return _DEFAULTS | settings | _rotation(request, settings)


def _rotation(request: Json, settings: Json) -> Json:
    """Complete the settings of refresh token rotation.

    It excludes the flow REFRESH_TOKEN_AUTH (developer guide, "Refresh token rotation"), which the default flows
    then lack.

    Raises:
        PoolError: ``InvalidParameterException`` if the client is to have both.
    """
    rotation = {**_DEFAULTS["RefreshTokenRotation"], **(request.get("RefreshTokenRotation") or {})}
    if rotation["Feature"] != "ENABLED":
        return {"RefreshTokenRotation": rotation}
    flows = settings.get("ExplicitAuthFlows") or [flow for flow in _DEFAULT_FLOWS if flow != _REFRESH]
    if _REFRESH in flows:
        invalid(f"Refresh token rotation isn't compatible with {_REFRESH}. Use GetTokensFromRefreshToken instead.")
    return {"RefreshTokenRotation": rotation, "ExplicitAuthFlows": flows}


def _refuse_unmodelled(request: Json) -> None:
    if request.get("EnablePropagateAdditionalUserContextData"):
        unmodelled("EnablePropagateAdditionalUserContextData of user pool clients")


def _check_lifetimes(client: Client) -> None:
    for token, (low, high) in _RANGES.items():
        if not low <= client.lifetime(token) <= high:
            invalid(f"Invalid range for token validity: {token} must live from {low} to {high} seconds.")
    shorter = max(client.lifetime("AccessToken"), client.lifetime("IdToken"))
    if client.lifetime("RefreshToken") < shorter:
        invalid("Invalid range for token validity: the refresh token must live longest.")


def _described(client: Client) -> Json:
    answer: Json = {
        **client.settings,
        "UserPoolId": client.pool_id,
        "ClientId": client.id,
        "CreationDate": client.created,
        "LastModifiedDate": client.modified,
    }
    if client.secret:
        answer["ClientSecret"] = client.secret
    return answer


def _target(ctx: Context, request: Json) -> Client:
    ctx.pool(request["UserPoolId"])
    client = ctx.store.get(Client, request["ClientId"])
    if client is None or client.pool_id != request["UserPoolId"]:
        sentence = f"User pool client {request['ClientId']} does not exist."
        raise PoolError("ResourceNotFoundException", sentence)
    return client


def describe(ctx: Context, request: Json) -> Json:
    """DescribeUserPoolClient."""
    return {"UserPoolClient": _described(_target(ctx, request))}


def update(ctx: Context, request: Json) -> Json:
    """UpdateUserPoolClient: what is not given goes back to its default, as Cognito documents."""
    client = _target(ctx, request)
    settings = {"ClientName": client.settings["ClientName"], **_settings(request)}
    changed = attrs.evolve(client, settings=settings, modified=ctx.clock())
    _check_lifetimes(changed)
    oauth_settings.check(ctx, ctx.pool(client.pool_id), settings)
    ctx.store.put(changed)
    return {"UserPoolClient": _described(changed)}


def list_clients(ctx: Context, request: Json) -> Json:
    """ListUserPoolClients."""
    pool = ctx.pool(request["UserPoolId"])
    own = [client for client in ctx.store.all(Client) if client.pool_id == pool.id]
    found, token = page(own, request.get("MaxResults") or 60, request.get("NextToken"))
    listed = [
        {"ClientId": client.id, "UserPoolId": pool.id, "ClientName": client.settings["ClientName"]} for client in found
    ]
    return {"UserPoolClients": listed, **({"NextToken": token} if token else {})}
