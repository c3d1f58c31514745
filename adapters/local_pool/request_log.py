"""The log of requests: which operation with which parameters, and never a secret."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final

import attrs

_PLAIN: Final = (
    "ClientId",
    "UserPoolId",
    "AuthFlow",
    "ChallengeName",
    "DeviceKey",
    "IdentityPoolId",
    "IdentityId",
    "CustomRoleArn",
    "AnalyticsMetadata.AnalyticsEndpointId",
    "UserContextData.IpAddress",
    "ContextData.IpAddress",
    "ContextData.ServerName",
    "ContextData.ServerPath",
    "client_id",
    "grant_type",
    "response_type",
    "redirect_uri",
    "logout_uri",
    "scope",
    "identity_provider",
    "prompt",
)
_LENGTH: Final = 10_000


@attrs.frozen(kw_only=True)
class Request:
    """One request that arrived over the wire.

    Attributes:
        operation: The operation's name, or that of a domain's endpoint such as ``oauth2/token``.
        parameters: The names of the parameters, those inside maps as ``AuthParameters.USERNAME``.
        values: The values of the few parameters that are no secret: client, pool, flow, challenge, device key,
            identity and its pool and role, analytics endpoint, the addresses of the context data, and of OAuth 2.0
            client, grant and response type, URLs, scope, provider and prompt. A device's fingerprint is one.
        error: The name of the error it was answered with; None if it succeeded, or got no answer.
        at: Seconds since the epoch, by the pool's clock.
    """

    operation: str
    parameters: tuple[str, ...]
    values: Mapping[str, str]
    error: str | None
    at: float


class RequestLog:
    """The last ten thousand requests, newest last."""

    def __init__(self) -> None:
        self._requests: deque[Request] = deque(maxlen=_LENGTH)

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests that are kept, newest last."""
        return tuple(self._requests)

    def add(self, operation: str, request: object, error: str | None, at: float) -> None:
        """Note a request."""
        given = request if isinstance(request, Mapping) else {}
        found = {name: _at(given, name) for name in _PLAIN}
        values = {name: value for name, value in found.items() if isinstance(value, str)}
        self._requests.append(
            Request(operation=operation, parameters=tuple(_names(given)), values=values, error=error, at=at)
        )


def _at(request: Mapping[str, object], path: str) -> object:
    member, _, inner = path.partition(".")
    value = request.get(member)
    return (value.get(inner) if isinstance(value, Mapping) else None) if inner else value


def _names(request: Mapping[str, object]) -> Iterator[str]:
    for name, value in request.items():
        yield str(name)
        if isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner in value)
