"""Sends a flow's token with httpx's requests. Needs the extra `httpx`.

client = httpx.Client(auth=AuthFlowAuth(flow, origins="https://api.example.com"))
"""

import time
from collections.abc import AsyncGenerator, Collection, Generator
from functools import partial
from typing import TYPE_CHECKING, cast

from authflow.adapters.tokens.bearer import (
    AwaitsTokens,
    Bearer,
    Forcing,
    HoldsTokens,
    is_awaited,
    renewed,
    renewed_awaited,
)
from authflow.adapters.tokens.claims import TokenUse
from authflow.errors import ConfigurationError
from authflow.ports import Clock
from authflow.secrets import Secret

if TYPE_CHECKING:
    from authflow.ports import Tokens

try:
    import httpx
except ImportError:
    raise ConfigurationError(
        source="authflow.adapters.tokens.for_httpx",
        key="httpx",
        problem="is not installed",
        remedy='install the extra: pip install "cognito-authflow[httpx]"',
    ) from None

_UNAUTHORIZED = 401


class AuthFlowAuth(httpx.Auth):
    """Puts a flow's token into each request, refreshed where that is due.

    A request that is answered with 401 is sent once more with new tokens, if its body can be: bytes, text, forms and
    JSON can, streams and files cannot; and if no redirect came between, since what it was for is done then. Tokens are
    renewed for that once in half a minute at most, and no request is repeated meanwhile but with a token that it has
    not had yet. What the flow raises comes through as it is. Redirects to another origin lose the token (httpx takes it
    off), and a 401 from there changes nothing.

    Args:
        flow: `AuthFlow`, for both clients of httpx; or `AsyncAuthFlow`, for `httpx.AsyncClient`.
        origins: who may get the token, such as "https://api.example.com". A request to another is refused.
        token_use: "access", or "id".
        scheme: the word before the token; None for the bare token, as API Gateway's user-pool authorizers take it.
        clock: the time, in seconds since the epoch.

    Raises:
        ConfigurationError: an argument is no such thing.
    """

    def __init__(
        self,
        flow: HoldsTokens | AwaitsTokens,
        *,
        origins: str | Collection[str],
        token_use: TokenUse | str = TokenUse.ACCESS,
        scheme: str | None = "Bearer",
        clock: Clock = time.time,
    ) -> None:
        self._flow = flow
        self._bearer = Bearer.of(origins, token_use, scheme)
        self._forcing = Forcing(clock)

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Is called by `httpx.Client`.

        Raises:
            InvalidInput: the request goes to an origin that may not get the token.
            ConfigurationError: the flow is one to await.
        """
        flow = self._blocking()
        self._demand(request)
        sent = self._bearer.header(flow.get_tokens())
        response = yield _with(request, sent)
        if _is_worth_repeating(request, response, sent):
            fresh = renewed(flow, self._bearer, sent, self._forcing)
            if fresh is not None:
                yield _with(request, fresh)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Is called by `httpx.AsyncClient`; a blocking flow is asked in a worker thread.

        Raises:
            InvalidInput: the request goes to an origin that may not get the token.
        """
        self._demand(request)
        sent = self._bearer.header(await self._tokens(False))
        response = yield _with(request, sent)
        if _is_worth_repeating(request, response, sent):
            fresh = await renewed_awaited(self._tokens, self._bearer, sent, self._forcing)
            if fresh is not None:
                yield _with(request, fresh)

    def _blocking(self) -> HoldsTokens:
        if is_awaited(self._flow, "get_tokens"):
            raise ConfigurationError(
                source="AuthFlowAuth",
                key="flow",
                problem="is asynchronous, and the client is not",
                remedy="use httpx.AsyncClient, or an AuthFlow",
            )
        return cast(HoldsTokens, self._flow)

    async def _tokens(self, force: bool) -> "Tokens":
        if is_awaited(self._flow, "get_tokens"):
            return await cast(AwaitsTokens, self._flow).get_tokens(force_refresh=force)
        from anyio import to_thread

        return await to_thread.run_sync(partial(cast(HoldsTokens, self._flow).get_tokens, force_refresh=force))

    def _demand(self, request: httpx.Request) -> None:
        self._bearer.demand(request.url.scheme, request.url.host, request.url.port)


def _is_worth_repeating(request: httpx.Request, response: httpx.Response, sent: Secret[str]) -> bool:
    if response.status_code != _UNAUTHORIZED or not isinstance(request.stream, httpx.ByteStream):
        return False
    # Where it was redirected, this request was taken, and what it was for is done: an order was made, and the 401 is of
    # the page that it led to. httpx can only repeat all of it.
    return not response.history and bool(response.request.headers.get("Authorization") == sent.reveal())


def _with(request: httpx.Request, header: Secret[str]) -> httpx.Request:
    request.headers["Authorization"] = header.reveal()
    return request
