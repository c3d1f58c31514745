"""Sends a flow's token with the requests of requests. Needs the extra `requests`.

session = requests.Session()
session.auth = AuthFlowAuth(flow, origins="https://api.example.com")
"""

import time
from collections.abc import Collection
from functools import partial
from typing import Any, Final

from authflow.adapters.tokens.bearer import Bearer, Forcing, HoldsTokens, is_awaited, renewed
from authflow.adapters.tokens.claims import TokenUse
from authflow.errors import ConfigurationError
from authflow.ports import Clock
from authflow.secrets import Secret

try:
    import requests
    from requests.auth import AuthBase
except ImportError:
    raise ConfigurationError(
        source="authflow.adapters.tokens.for_requests",
        key="requests",
        problem="is not installed",
        remedy='install the extra: pip install "cognito-authflow[requests]"',
    ) from None

_UNAUTHORIZED: Final = 401
_HEADER: Final = "Authorization"


class AuthFlowAuth(AuthBase):
    """Puts a flow's token into each request, refreshed where that is due.

    A request that is answered with 401 is sent once more with new tokens, if its body can be: bytes, text, forms and
    JSON can, streams and files cannot. Of redirects the last request is repeated, and nothing that was taken before.
    Tokens are renewed for that once in half a minute at most, and no request is repeated meanwhile but with a token
    that it has not had yet. What the flow raises comes through as it is. Redirects to another host lose the token
    (requests takes it off), and a 401 from there changes nothing.

    Args:
        flow: an `AuthFlow`.
        origins: who may get the token, such as "https://api.example.com". A request to another is refused.
        token_use: "access", or "id".
        scheme: the word before the token; None for the bare token, as API Gateway's user-pool authorizers take it.
        clock: the time, in seconds since the epoch.

    Raises:
        ConfigurationError: an argument is no such thing.
    """

    def __init__(
        self,
        flow: HoldsTokens,
        *,
        origins: str | Collection[str],
        token_use: TokenUse | str = TokenUse.ACCESS,
        scheme: str | None = "Bearer",
        clock: Clock = time.time,
    ) -> None:
        if is_awaited(flow, "get_tokens"):
            raise ConfigurationError(
                source="AuthFlowAuth",
                key="flow",
                problem="is asynchronous, and requests is not",
                remedy="hand in an AuthFlow, or use httpx",
            )
        self._flow = flow
        self._bearer = Bearer.of(origins, token_use, scheme)
        self._forcing = Forcing(clock)

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Is called by requests with each request that is prepared.

        Raises:
            InvalidInput: the request goes to an origin that may not get the token.
        """
        self._bearer.demand(*_place(r))
        sent = self._bearer.header(self._flow.get_tokens())
        r.headers[_HEADER] = sent.reveal()
        repeat = partial(_repeated, self._flow, self._bearer, sent, self._forcing)
        r.register_hook("response", repeat)  # type: ignore[no-untyped-call]  # the stubs leave it out
        return r


def _repeated(
    flow: HoldsTokens,
    bearer: Bearer,
    sent: Secret[str],
    forcing: Forcing,
    response: requests.Response,
    **options: Any,
) -> requests.Response:
    """Sends a request again where its token was not accepted.

    requests calls this with each answer, those of redirects included, but not with that of the repetition.
    """
    asked = response.request
    if response.status_code != _UNAUTHORIZED or not _is_worth_repeating(asked, bearer, sent):
        return response
    try:
        header = renewed(flow, bearer, sent, forcing)
    except BaseException:
        response.close()  # which nobody gets
        raise
    if header is None:
        return response
    response.content  # noqa: B018 - read to the end, so that the connection can be used again
    response.close()
    again = asked.copy()
    # Where a redirect follows, requests goes on from the request that it knows.
    again.headers[_HEADER] = asked.headers[_HEADER] = header.reveal()
    found = response.connection.send(again, **options)
    found.history.append(response)
    found.request = again
    return found


def _is_worth_repeating(asked: requests.PreparedRequest, bearer: Bearer, sent: Secret[str]) -> bool:
    # With another token it was repeated already; without one, a redirect elsewhere has taken it off.
    carried = asked.headers.get(_HEADER) == sent.reveal()
    return carried and isinstance(asked.body, str | bytes | None) and bearer.allows(*_place(asked))


def _place(request: requests.PreparedRequest) -> tuple[str, str, int | None]:
    from urllib3.util import parse_url  # what requests itself finds the host with

    url = parse_url(request.url or "")
    return url.scheme or "", url.host or "", url.port
